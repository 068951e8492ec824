"""
What a plan needs to know of demand: the queue and its claims, each read by one statement for any number of lines.

Tuples and small slotted objects, no model instances: a queue of 100,000 lines is read in one go.
The caller holds the product locks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import F, Q, Sum

from .models import Allocation, Basis, OrderLine, WarehouseRule
from .planning import QUEUE_ORDER, Demand
from .supply import Key


@dataclass(frozen=True, slots=True)
class LineState:
    """One order line as allocation sees it: quantities, claims and dates. ``line_id`` 0: not written yet."""

    line_id: int
    order_id: int
    customer_id: int
    product_id: int
    warehouse_id: int
    is_preferred_only: bool
    open: int
    shipped: int = 0
    canceled: int = 0
    likely_date: date | None = None
    safe_date: date | None = None
    basis: str = Basis.NONE
    first_promised_date: date | None = None
    promised_date: date | None = None
    is_promise_pinned: bool = False
    inbound_id: int | None = field(default=None, compare=False)
    claims: dict[Key, int] = field(default_factory=dict)

    @property
    def allocated(self) -> int:
        return sum(units for (stock_id, _), units in self.claims.items() if stock_id)

    @property
    def pegged(self) -> int:
        return sum(units for (_, inbound_id), units in self.claims.items() if inbound_id)

    @property
    def backordered(self) -> int:
        return self.open - self.allocated

    @property
    def uncovered(self) -> int:
        return self.open - sum(self.claims.values())

    def demand(self) -> Demand:
        return Demand(self.line_id, self.backordered, self.warehouse_id, self.is_preferred_only)

    def covered_by(self, claims: dict[Key, int]) -> "LineState":
        return replace(self, claims=claims)


LINE_COLUMNS = (
    "pk",
    "order_id",
    "order__customer_id",
    "product_id",
    "order__warehouse_id",
    "order__warehouse_rule",
    "open",
    "shipped",
    "canceled",
    "likely_date",
    "safe_date",
    "basis",
    "first_promised_date",
    "promised_date",
    "is_promise_pinned",
)


def lines(condition: Q) -> list[LineState]:
    """Read the lines that match, in queue order, with their claims: two statements."""
    claims: dict[int, dict[Key, int]] = defaultdict(dict)
    wanted = OrderLine.objects.filter(condition)
    held = Allocation.objects.filter(line__in=wanted.values("pk"))
    for line_id, stock_id, inbound_id, quantity in held.values_list("line_id", "stock_id", "inbound_id", "quantity"):
        claims[line_id][stock_id, inbound_id] = quantity
    rows = wanted.order_by(*QUEUE_ORDER).values_list(*LINE_COLUMNS)
    return [_state(row, claims) for row in rows]


def _state(row: tuple[Any, ...], claims: dict[int, dict[Key, int]]) -> LineState:
    is_preferred_only = row[5] == WarehouseRule.PREFERRED
    values: tuple[Any, ...] = (*row[:5], is_preferred_only, *row[6:], None, claims.get(row[0], {}))
    return LineState(*values)


def queue(product_ids: Collection[int], *, short: Collection[int]) -> list[LineState]:
    """
    Read the queue of these products: the lines that wait, and where stock is short all open ones.

    :param short: products of which stock rows hold more claims than units
    """
    waiting = Q(product_id__in=product_ids, backordered__gt=0)
    return lines(waiting | Q(product_id__in=short, open__gt=0) if short else waiting)


def shrunk_shelves(product_ids: Collection[int]) -> tuple[dict[Key, int], set[int]]:
    """
    Find the stock rows whose claims exceed their counter: stock was lost.

    :returns: the units too many by stock row, and the products they are of
    """
    rows = (
        Allocation.objects.filter(stock__product_id__in=product_ids)
        .values("stock_id", "stock__product_id")
        .annotate(excess=Sum("quantity") - F("stock__allocated"))
        .filter(excess__gt=0)
    )
    found = list(rows)
    return {(row["stock_id"], None): row["excess"] for row in found}, {row["stock__product_id"] for row in found}


def claimed(lines: Iterable[LineState]) -> set[int]:
    """The inbound that these lines hold claims on."""
    return {inbound_id for line in lines for _, inbound_id in line.claims if inbound_id}

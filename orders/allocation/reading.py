"""
What a plan needs to know of demand: the queue and its claims, each read by one statement for any number of lines.

Tuples and small slotted objects, no model instances: a queue of 100,000 lines is read in one go.
The caller holds the product locks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, F, Q, Sum

from inventory.ground.sql import bulk
from orders.models import UNPINNED, Allocation, Basis, OrderLine, WarehouseRule
from orders.rules.arrivals import Arrival, last
from orders.rules.planning import QUEUE_ORDER, Demand

from .supply import Key


class Together(NamedTuple):
    """
    What more a line knows whose order ships complete, or is wanted later.

    :ivar due: when the rest of its order can ship, and when it is wanted; None: nothing holds it up
    :ivar ready: when the line alone could ship
    :ivar is_held_back: it leaves units on hand to others until then
    :ivar is_unordered: something else of its order is not ordered yet
    """

    due: Arrival | None
    ready: Arrival
    is_held_back: bool = False
    is_unordered: bool = False


NOT_YET = Arrival(None, None, "")
"""A line of which nobody has computed when it alone could ship."""


@dataclass(slots=True)
class LineState:
    """
    One order line as allocation sees it: quantities, claims and dates. ``line_id`` 0: not written yet.

    One of a stopped order keeps what is set aside for it, and asks for nothing. ``picks``: of its claims, what lies in
    parcels that have not left yet.

    Never changed once it is made: ``but`` makes another one. Not frozen, and with loops where a sum would do, since a
    plan makes and asks hundreds of thousands of them.
    """

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
    together: Together | None = None
    redated: int = 0
    is_stopped: bool = False
    chance: float | None = None
    is_at_risk: bool = False
    told_date: date | None = None
    has_told_date: bool = False
    word_by: date | None = None
    picks: dict[Key, int] = field(default_factory=dict, compare=False)

    @property
    def allocated(self) -> int:
        here = 0
        for key, units in self.claims.items():
            if key[0]:
                here += units
        return here

    @property
    def pegged(self) -> int:
        coming = 0
        for key, units in self.claims.items():
            if key[1]:
                coming += units
        return coming

    @property
    def backordered(self) -> int:
        return self.open - self.allocated

    @property
    def is_unheard(self) -> bool:
        """Whether its customer was told another day than the one promised now, whose mail has not gone or came back."""
        return self.has_told_date and self.told_date != self.promised_date

    @property
    def uncovered(self) -> int:
        return self.open - sum(self.claims.values())

    def demand(self) -> Demand:
        return Demand(self.line_id, self.backordered, self.warehouse_id, self.is_preferred_only)

    def but(self, **changes: Any) -> "LineState":
        """The same line, but for these fields: ``dataclasses.replace`` in a quarter of its time."""
        line = LineState(*_VALUES(self))
        for name, value in changes.items():
            setattr(line, name, value)
        return line

    def covered_by(self, claims: dict[Key, int]) -> "LineState":
        """The same line with these claims: itself, where they are its own."""
        return self if claims == self.claims else self.but(claims=claims)


_VALUES = attrgetter(*(each.name for each in fields(LineState)))


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
    "order__is_ship_complete",
    "order__wanted_date",
    "ready_date",
    "ready_safe_date",
    "ready_basis",
    "is_held_back",
    "redated",
    "is_stopped",
    "chance_to_break",
    "is_at_risk",
    "told_date",
    "has_told_date",
    "word_by",
)


def lines(condition: Q) -> list[LineState]:
    """Read the lines that match, in queue order, with their claims: two statements, one more for orders that wait."""
    claims: dict[int, dict[Key, int]] = defaultdict(dict)
    picks: dict[int, dict[Key, int]] = defaultdict(dict)
    wanted = OrderLine.objects.filter(condition)
    held = Allocation.objects.filter(line__in=wanted.values("pk"))
    columns = ("line_id", "stock_id", "inbound_id", "quantity", "picked")
    for line_id, stock_id, inbound_id, quantity, picked in held.values_list(*columns):
        claims[line_id][stock_id, inbound_id] = quantity
        if picked:
            picks[line_id][stock_id, inbound_id] = picked
    found, held_up = [], []
    # unpacked, in the order of LINE_COLUMNS and of the fields of LineState: by far the quickest way to name them
    for (
        line_id, order_id, customer_id, product_id, warehouse_id, warehouse_rule, still_open, shipped, canceled,
        likely_date, safe_date, basis, first_promised_date, promised_date, is_promise_pinned,
        is_ship_complete, wanted_date, ready_date, ready_safe_date, ready_basis, is_held_back,
        redated, is_stopped, chance, is_at_risk, told_date, has_told_date, word_by,
    ) in wanted.order_by(*QUEUE_ORDER).values_list(*LINE_COLUMNS):  # fmt: skip
        line = LineState(
            line_id, order_id, customer_id, product_id, warehouse_id, warehouse_rule == WarehouseRule.PREFERRED,
            still_open, shipped, canceled, likely_date, safe_date, basis, first_promised_date, promised_date,
            is_promise_pinned, None, claims.get(line_id, {}), None, redated, is_stopped, chance, is_at_risk,
            told_date, has_told_date, word_by,
        )  # fmt: skip
        found.append(line)
        if is_ship_complete or wanted_date:
            ready = Arrival(ready_date, ready_safe_date, ready_basis)
            held_up.append((line, is_ship_complete, wanted_date, ready, is_held_back))
    rests = rest_of({line.order_id for line, is_ship_complete, *_ in held_up if is_ship_complete})
    for line, _, wanted_date, ready, is_held_back in held_up:
        others = [other for other in rests.get(line.order_id, ()) if other.product_id != line.product_id]
        is_unordered = any(other.basis == Basis.LEAD_TIME for other in others)
        line.together = Together(due(line.product_id, others, wanted_date), ready, is_held_back, is_unordered)
    for line in found if picks else ():
        line.picks = picks.get(line.line_id, {})
    return found


class Rest(NamedTuple):
    """A line that waits, as the others of its order see it: when it alone could ship, and how we know that."""

    product_id: int
    ready: Arrival
    basis: str = ""


def rest_of(order_ids: Collection[int]) -> dict[int, list[Rest]]:
    """Read the lines of these orders that wait."""
    rests: dict[int, list[Rest]] = defaultdict(list)
    if order_ids:
        columns = ("product_id", "ready_date", "ready_safe_date", "ready_basis", "likely_date", "safe_date")
        rows = (
            OrderLine.objects.backordered().filter(order__in=order_ids).order_by("pk").values_list("order_id", *columns)
        )
        for order_id, product_id, ready, safe, basis, likely, late in rows:
            when = Arrival(ready, safe, Basis.COMPLETE) if basis else Arrival(likely, late, Basis.COMPLETE)
            rests[order_id].append(Rest(product_id, when, basis))
    return rests


def due(product_id: int, rest: Iterable[Rest], wanted_date: date | None) -> Arrival | None:
    """
    Say when everything else of an order can ship, and when it is wanted; None if nothing holds its line up.

    Lines of the same product do not wait for each other: they are planned together.
    """
    parts = [other.ready for other in rest if other.product_id != product_id]
    if wanted_date:
        parts.append(Arrival(wanted_date, wanted_date, Basis.WANTED))
    return last(parts, none=Basis.NONE)._replace(inbound_id=None) if parts else None


def queue(product_ids: Collection[int], *, short: Collection[int]) -> list[LineState]:
    """
    Read the queue of these products in the order it is served: the lines that wait, and where stock is short all
    open ones.

    That is the order of the queue; where ``FINISH_ORDERS_FIRST`` is set, lines that complete their order come right
    after the pinned ones.

    Beside them stand, with nothing to ask for, the lines set aside that have a date by the rest of their order; and
    where stock is short, those of stopped orders, which may lose what they have.

    :param short: products of which stock rows hold more claims than units
    """
    state = Q(is_stopped=False) & (Q(backordered__gt=0) | ~Q(ready_basis=""))
    if short:
        state |= Q(product_id__in=bulk.among(short)) & Q(Q(is_stopped=False) | Q(allocated__gt=0))
    found = lines(Q(product_id__in=bulk.among(product_ids), open__gt=0) & state)
    return _finishing_first(found) if settings.FINISH_ORDERS_FIRST else found


def _finishing_first(found: list[LineState]) -> list[LineState]:
    last_ones = finishing(found)
    pinned = OrderLine.objects.filter(pk__in=[line.line_id for line in found]).exclude(pin_rank=UNPINNED)
    first = set(pinned.values_list("pk", flat=True))
    return sorted(found, key=lambda line: (line.line_id not in first, line.line_id not in last_ones))


def finishing(found: Iterable[LineState]) -> set[int]:
    """Of these lines, the ones that complete an order: it has other lines, and none of them waits."""
    order_ids = {line.order_id for line in found}
    waiting: dict[int, list[int]] = defaultdict(list)
    several = OrderLine.objects.filter(order__in=order_ids).values("order").annotate(n=Count("pk")).filter(n__gt=1)
    rows = OrderLine.objects.backordered().filter(order__in=several.values("order"))
    for order_id, line_id in rows.values_list("order_id", "pk"):
        waiting[order_id].append(line_id)
    return {line_ids[0] for line_ids in waiting.values() if len(line_ids) == 1}


def shrunk_shelves(product_ids: Collection[int]) -> tuple[dict[Key, int], set[int]]:
    """
    Find the stock rows whose claims exceed their counter: stock was lost.

    :returns: the units too many by stock row, and the products they are of
    """
    rows = (
        Allocation.objects.filter(stock__product_id__in=bulk.among(product_ids))
        .values("stock_id", "stock__product_id")
        .annotate(excess=Sum("quantity") - F("stock__allocated"))
        .filter(excess__gt=0)
    )
    found = list(rows)
    return {(row["stock_id"], None): row["excess"] for row in found}, {row["stock__product_id"] for row in found}


def claimed(lines: Iterable[LineState]) -> set[int]:
    """The inbound that these lines hold claims on."""
    return {inbound_id for line in lines for _, inbound_id in line.claims if inbound_id}

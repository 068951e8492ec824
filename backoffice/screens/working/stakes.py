"""
What hangs on an alert: lines, customers, money at the customers' prices, and the promise that would break first.

One statement for each model that alerts hang on, and one for orders that are not sent, whatever there is of it. Reads
only.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Min, Model, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from inventory.models import Inbound, Product, Warehouse
from orders.models import Allocation, Notice, NoticeLine, Order, OrderLine
from orders.models.kinds import CONFIRMATIONS
from suppliers.models import OrderLetter, PurchaseOrder, PurchaseOrderLine


class Reach(NamedTuple):
    """
    How lines reach the rows of a model that alerts hang on.

    :ivar source: what is counted: lines, or what ties them to the row
    :ivar path: from there to the row; ``line``: from there to the line
    :ivar units: how many of each hang on it
    :ivar key: the row's own key, or that of the row through which it is reached
    """

    source: type[Model]
    path: str
    line: str
    units: str
    which: Q
    key: Callable[[Any], int] = attrgetter("pk")


_CLAIMS = Q(inbound__outstanding__gt=0)
_ALIVE = Q(is_superseded=False) & ~Q(kind__in=CONFIRMATIONS)
_NEWER = NoticeLine.objects.filter(_ALIVE, notice=OuterRef("notice"), line=OuterRef("line"), pk__gt=OuterRef("pk"))
"""Of several facts of one mail about one line the newest stands for them."""
_EARLIER = PurchaseOrderLine.objects.filter(
    purchase_order=OuterRef("purchase_order"), product=OuterRef("product"), pk__lt=OuterRef("pk")
)
"""Of several lines of one order about one product the first stands for them."""
UNSENT = Reach(
    PurchaseOrderLine,
    "purchase_order",
    "product__order_lines__",
    "product__order_lines__uncovered",
    Q(product__order_lines__uncovered__gt=0) & ~Q(Exists(_EARLIER)),
)
"""Nothing is expected of an order before it is sent: what waits, uncovered, for its products hangs on it."""
REACHES: dict[type[Model], Reach] = {
    Inbound: Reach(Allocation, "inbound", "line__", "quantity", _CLAIMS),
    PurchaseOrder: Reach(Allocation, "inbound__purchase_line__purchase_order", "line__", "quantity", _CLAIMS),
    OrderLetter: Reach(
        Allocation,
        "inbound__purchase_line__purchase_order",
        "line__",
        "quantity",
        _CLAIMS,
        attrgetter("purchase_order_id"),
    ),
    Warehouse: Reach(
        Allocation,
        "stock__warehouse",
        "line__",
        "quantity",
        Q(line__allocated__gt=0, line__order__is_unpaid=False),
    ),
    Product: Reach(OrderLine, "product", "", "uncovered", Q(uncovered__gt=0)),
    Order: Reach(OrderLine, "order", "", "open", Q(open__gt=0)),
    OrderLine: Reach(OrderLine, "pk", "", "open", Q(open__gt=0)),
    Notice: Reach(
        NoticeLine,
        "notice",
        "line__",
        "line__open",
        _ALIVE & Q(line__open__gt=0) & ~Q(Exists(_NEWER)),
    ),
}


@dataclass(frozen=True, slots=True)
class Stake:
    """What hangs on one alert; ``money``: its units at what customers pay; ``first``: the earliest day promised."""

    lines: int = 0
    customers: int = 0
    money: Decimal = Decimal(0)
    first: date | None = None


NOTHING = Stake()


def of(rows: Iterable[Model | None], *, due_by: date) -> dict[Model, Stake]:
    """
    Give what hangs on each of these rows.

    :param due_by: of what stands in a warehouse, only what is promised by then
    """
    by_sort: dict[tuple[type[Model], bool], list[Any]] = defaultdict(list)
    for row in rows:
        if row is not None and type(row) in REACHES:
            by_sort[type(row), isinstance(row, PurchaseOrder) and row.sent_at is None].append(row)
    found: dict[Model, Stake] = {}
    for (model, is_unsent), own in by_sort.items():
        reach = UNSENT if is_unsent else REACHES[model]
        more = Q(line__promised_date__lte=due_by) if model is Warehouse else Q()
        stakes = _of(reach, [reach.key(row) for row in own], more)
        found |= {row: stakes.get(reach.key(row), NOTHING) for row in own}
    return found


def _of(reach: Reach, keys: Collection[int], more: Q) -> dict[int, Stake]:
    source, path, line, units, which, _ = reach
    rows: Any = source._base_manager.filter(
        which & more, **{f"{path}__in": keys, f"{line}is_stopped": False}
    ).order_by()
    counts = {
        "lines": Count(f"{line}pk", distinct=True),
        "customers": Count(f"{line}order__customer", distinct=True),
        "money": Sum(F(units) * F(f"{line}unit_price")),
        "first": Min(Coalesce(f"{line}promised_date", f"{line}first_promised_date")),
    }
    found = rows.values_list(path).annotate(**counts)
    return {pk: Stake(count, customers, Decimal(money), first) for pk, count, customers, money, first in found}

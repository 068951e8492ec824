"""
PURE: other rules by which the same units could be handed out.

A strategy is an order of the queue, which ``planning.plan`` then serves; all but equal shares, which give every
line a part. Lines that staff pinned stay before all others, whatever the strategy.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from .planning import Demand, Share, Supply, plan


class Strategy(StrEnum):
    """Who comes first. ``EQUAL`` is no order: it can be looked at, but no queue can keep it."""

    HOUSE = "house"
    AGE = "age"
    PRIORITY = "priority"
    COMPLETE = "complete"
    VALUE = "value"
    EQUAL = "equal"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def is_an_order(self) -> bool:
        return self is not Strategy.EQUAL


LABELS: Mapping[Strategy, str] = {
    Strategy.HOUSE: "House rule: age, moved forward by priority",
    Strategy.AGE: "Strict age: the oldest first, priorities ignored",
    Strategy.PRIORITY: "Priority first: the highest priority, then age",
    Strategy.COMPLETE: "Complete the most orders: the smallest first",
    Strategy.VALUE: "Most value: the dearest units first",
    Strategy.EQUAL: "Equal shares: everybody gets a part",
}


class Waiter(NamedTuple):
    """
    A line as a strategy sees it.

    :ivar demand: the units it wants
    :ivar value: the price of one of them
    :ivar is_stuck: its order waits for something outside this plan that does not come in time
    """

    demand: Demand
    product_id: int
    order_id: int
    placed_at: datetime
    queue_at: datetime
    pin_rank: int
    is_pinned: bool = False
    priority: int = 0
    value: Decimal = Decimal(0)
    is_stuck: bool = False

    @property
    def line_id(self) -> int:
        return self.demand.line_id


def ordered(
    strategy: Strategy, waiters: Iterable[Waiter], supplies: Mapping[int, Sequence[Supply]], *, lift_days: int
) -> list[Waiter]:
    """
    Put lines of any number of products in the order in which this strategy serves them.

    Equals are served by age. Equal shares have no order: theirs is that of the house.

    :param supplies: what there is for each product; only completing orders looks at it
    :param lift_days: days of age that one step of priority counts as, in the house rule
    """
    rows = list(waiters)
    pinned = sorted((row for row in rows if row.is_pinned), key=lambda row: (row.pin_rank, row.queue_at, row.line_id))
    rest = [row for row in rows if not row.is_pinned]
    if strategy is Strategy.COMPLETE:
        return pinned + _completing(pinned, rest, supplies)
    return pinned + sorted(rest, key=lambda row: _key(strategy, row, lift_days))


def _key(strategy: Strategy, row: Waiter, lift_days: int) -> tuple[Decimal, datetime, int]:
    rank, since = Decimal(0), row.placed_at
    match strategy:
        case Strategy.HOUSE | Strategy.EQUAL:
            since -= timedelta(days=row.priority * lift_days)
        case Strategy.PRIORITY:
            rank = Decimal(-row.priority)
        case Strategy.VALUE:
            rank = -row.value
    return rank, since, row.line_id


def _completing(
    pinned: Sequence[Waiter], rest: Sequence[Waiter], supplies: Mapping[int, Sequence[Supply]]
) -> list[Waiter]:
    """
    Serve the orders that need fewest units first, as long as all of an order can be covered; the others after them.

    The smallest first completes the most orders at any moment where there is one product (Smith's rule, 1956);
    over several products it is a good guess, for the best answer takes for ever to find.
    """
    left = {product_id: list(some) for product_id, some in supplies.items()}
    short = {row.order_id for row in pinned if not _take([row], left)} | {row.order_id for row in rest if row.is_stuck}
    orders: dict[int, list[Waiter]] = defaultdict(list)
    for row in sorted(rest, key=lambda row: (row.placed_at, row.line_id)):
        orders[row.order_id].append(row)
    smallest = sorted(
        orders.values(),
        key=lambda lines: (sum(row.demand.quantity for row in lines), lines[0].placed_at, lines[0].line_id),
    )
    first: list[Waiter] = []
    after: list[Waiter] = []
    for lines in smallest:
        is_complete = lines[0].order_id not in short and _take(lines, left, all_or_nothing=True)
        (first if is_complete else after).extend(lines)
    return first + sorted(after, key=lambda row: (row.placed_at, row.line_id))


def _take(lines: Sequence[Waiter], left: dict[int, list[Supply]], *, all_or_nothing: bool = False) -> bool:
    """Take from what is left for these lines, and say whether it was enough; all or nothing leaves it untouched."""
    by_product: dict[int, list[Demand]] = defaultdict(list)
    for row in lines:
        by_product[row.product_id].append(row.demand)
    taken: dict[int, list[Share]] = {}
    is_enough = True
    for product_id, demands in by_product.items():
        wanted = sum(demand.quantity for demand in demands)
        there = left.get(product_id, [])
        if all_or_nothing and wanted > sum(supply.quantity for supply in there):
            return False
        taken[product_id] = list(plan(demands, there))
        is_enough &= sum(share.quantity for share in taken[product_id]) == wanted
    if is_enough or not all_or_nothing:
        for product_id, shares in taken.items():
            left[product_id] = _without(left.get(product_id, []), shares)
    return is_enough


def _without(supplies: Iterable[Supply], shares: Iterable[Share]) -> list[Supply]:
    gone: dict[tuple[int | None, int | None], int] = defaultdict(int)
    for share in shares:
        gone[share.supply.key] += share.quantity
    rest = (supply._replace(quantity=supply.quantity - gone[supply.key]) for supply in supplies)
    return [supply for supply in rest if supply.quantity]


def equally(demands: Iterable[Demand], supplies: Sequence[Supply]) -> Iterator[Share]:
    """
    Hand out supply, earliest first, so that whoever has got least gets the next unit.

    Where units do not divide evenly, those who come first in the order given get one more.

    >>> from datetime import date
    >>> shelf = Supply(5, date.min, stock_id=1)
    >>> [(share.line_id, share.quantity) for share in equally([Demand(1, 9), Demand(2, 1), Demand(3, 9)], [shelf])]
    [(1, 2), (2, 1), (3, 2)]
    """
    lines = list(demands)
    given = [0] * len(lines)
    for supply in sorted(supplies, key=lambda supply: (supply.available_on, supply.warehouse_rank)):
        may = [
            place
            for place, line in enumerate(lines)
            if given[place] < line.quantity and (not line.is_preferred_only or line.warehouse_id == supply.warehouse_id)
        ]
        parts = _filled([(given[place], lines[place].quantity) for place in may], supply.quantity)
        for place, units in zip(may, parts, strict=True):
            if units:
                given[place] += units
                yield Share(lines[place].line_id, supply, units)


def _filled(glasses: Sequence[tuple[int, int]], units: int) -> list[int]:
    """Pour units into glasses (filled, size) so that the lowest rises first; what is over goes to the first ones."""
    if not glasses:
        return []

    def poured(level: int) -> int:
        return sum(max(0, min(size, level) - filled) for filled, size in glasses)

    # the highest level that the units reach everywhere
    level = bisect_right(range(max(size for _, size in glasses) + 1), units, key=poured) - 1
    parts = [max(0, min(size, level) - filled) for filled, size in glasses]
    over = units - sum(parts)
    for place, (filled, size) in enumerate(glasses):
        if over and size > level >= filled:
            parts[place] += 1
            over -= 1
    return parts

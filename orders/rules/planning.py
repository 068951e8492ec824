"""
PURE: who gets which unit, and when.

One sweep per product: demand in queue order against supply by date. What is allocated from units on hand
stays allocated; inbound is handed out anew each time. The same function serves one new line at the tail of
the queue (against what is left) and the whole queue (against all there is): both give the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

QUEUE_ORDER = ("pin_rank", "queue_at", "pk")
"""Field names in the order of the queue; ``queue_key`` is its twin in Python."""

HERE = date.min
"""When units on hand are available: before any date."""

UNKNOWN = date.max
"""When units are available whose date nobody knows: after any date."""


class Demand(NamedTuple):
    """
    A line that wants ``quantity`` more units; ``warehouse_id`` is asked first, or alone.

    :ivar needed_by: the line is wanted no earlier, so it must not hog: it leaves what is on hand, and what comes
        soon, to others and takes the latest inbound that ships by then; None: as soon as possible
    :ivar may_wait: what no inbound brings by then can still be ordered in time, so nothing else is taken
    :ivar avoids: stock rows of which it takes nothing this time
    """

    line_id: int
    quantity: int
    warehouse_id: int = 0
    is_preferred_only: bool = False
    needed_by: date | None = None
    may_wait: bool = True
    avoids: frozenset[int] = frozenset()


class Supply(NamedTuple):
    """``quantity`` free units of one stock or inbound row, from ``available_on`` on; they ship on ``ships_on``."""

    quantity: int
    available_on: date
    stock_id: int | None = None
    inbound_id: int | None = None
    warehouse_id: int = 0
    warehouse_rank: int = 0
    ships_on: date = UNKNOWN

    @property
    def key(self) -> tuple[int | None, int | None]:
        return (self.stock_id, self.inbound_id)


class Share(NamedTuple):
    """``quantity`` units of one supply that belong to one line."""

    line_id: int
    supply: Supply
    quantity: int


def queue_key(pin_rank: int, queue_at: datetime, pk: int) -> tuple[int, datetime, int]:
    """
    Place a line in the queue: pinned ones by rank, then by age with its lift, then by number.

    >>> early, late = datetime(2026, 3, 2), datetime(2026, 3, 3)
    >>> queue_key(9, early, 1) < queue_key(9, late, 2)
    True
    >>> queue_key(1, late, 2) < queue_key(9, early, 1)
    True
    """
    return (pin_rank, queue_at, pk)


def queue_at(placed_at: datetime, *, tail: datetime | None, priority: int, lift_days: int) -> datetime:
    """
    Say where a line stands among the unpinned: behind the tail, then forward by its priority.

    All lines age alike, so the order never changes with the clock.

    >>> monday = datetime(2026, 3, 2)
    >>> queue_at(monday, tail=None, priority=0, lift_days=7) == monday
    True
    >>> queue_at(monday, tail=monday, priority=0, lift_days=7) - monday
    datetime.timedelta(microseconds=1)
    >>> queue_at(monday, tail=None, priority=2, lift_days=7).date()
    datetime.date(2026, 2, 16)
    """
    behind = placed_at if tail is None else max(placed_at, tail + timedelta(microseconds=1))
    return behind - timedelta(days=priority * lift_days)


def plan(
    demands: Iterable[Demand], supplies: Sequence[Supply], soonest: dict[int, list[Share]] | None = None
) -> Iterator[Share]:
    """
    Hand out supply, earliest first, to demands in the order given.

    A demand may be split over several supplies; one that cannot be covered in full
    still takes what there is, so its customer keeps a place in the queue. Units on hand
    come before inbound; among equals the preferred warehouse, then the warehouse's rank.
    One that is needed later takes the latest inbound that still serves.

    :param soonest: is filled, at the end, with what each demand that is needed later could still have

    >>> shelf, lorry = Supply(5, HERE, stock_id=1), Supply(5, date(2026, 3, 6), inbound_id=1)
    >>> [(share.line_id, share.quantity) for share in plan([Demand(1, 7), Demand(2, 9)], [lorry, shelf])]
    [(1, 5), (1, 2), (2, 3)]
    >>> ship = lorry._replace(ships_on=date(2026, 3, 9))
    >>> late = Demand(1, 2, needed_by=date(2026, 3, 20))
    >>> [(share.supply.key, share.quantity) for share in plan([late, Demand(2, 9)], [ship, shelf])]
    [((None, 1), 2), ((1, None), 5), ((None, 1), 3)]
    """
    left = [supply.quantity for supply in supplies]
    routes: dict[tuple[int, bool, frozenset[int]], _Route] = {}
    waited: list[tuple[Demand, _Route, list[int], dict[int, int]]] = []
    for demand in demands:
        way = (demand.warehouse_id, demand.is_preferred_only, demand.avoids)
        route = routes.get(way)
        if route is None:
            route = routes[way] = _Route(supplies, *way)
        own: dict[int, int] = {}
        if demand.needed_by and soonest is not None:
            waited.append((demand, route, left.copy(), own))
        wanted = demand.quantity
        for place in route.served(demand, left):
            taken = min(wanted, left[place])
            if not taken:
                break
            yield Share(demand.line_id, supplies[place], taken)
            left[place] -= taken
            wanted -= taken
            own[place] = taken
    for demand, route, then, own in waited:
        assert soonest is not None
        now = [units + own.get(place, 0) for place, units in enumerate(left)]
        soonest[demand.line_id] = list(route.could_have(demand, then, now))


class _Route:
    """The supplies as one kind of demand asks them; what is used up is never looked at again."""

    def __init__(
        self, supplies: Sequence[Supply], warehouse_id: int, is_preferred_only: bool, avoids: frozenset[int]
    ) -> None:
        self.supplies = supplies
        self.first = 0
        self.places = sorted(
            (
                place
                for place, supply in enumerate(supplies)
                if (not is_preferred_only or supply.warehouse_id == warehouse_id) and supply.stock_id not in avoids
            ),
            key=lambda place: _asked(supplies[place], warehouse_id),
        )

    def served(self, demand: Demand, left: Sequence[int]) -> Iterator[int]:
        return self.with_units(left) if demand.needed_by is None else self._latest(demand, demand.needed_by, left)

    def with_units(self, left: Sequence[int]) -> Iterator[int]:
        while self.first < len(self.places) and not left[self.places[self.first]]:
            self.first += 1
        for at in range(self.first, len(self.places)):
            if left[self.places[at]]:
                yield self.places[at]

    def _latest(self, demand: Demand, day: date, left: Sequence[int]) -> Iterator[int]:
        for place in reversed(self.places):
            supply = self.supplies[place]
            if left[place] and supply.inbound_id and supply.ships_on <= day:
                yield place
        if not demand.may_wait:
            yield from self.with_units(left)

    def could_have(self, demand: Demand, then: Sequence[int], now: Sequence[int]) -> Iterator[Share]:
        """What was there at its turn, less the units on hand that went to lines behind it since."""
        wanted = demand.quantity
        for place in self.places:
            supply = self.supplies[place]
            taken = min(wanted, now[place] if supply.stock_id else then[place])
            if taken:
                yield Share(demand.line_id, supply, taken)
                wanted -= taken


def _asked(supply: Supply, warehouse_id: int) -> tuple[date, bool, int, int, int]:
    return (
        supply.available_on,
        supply.warehouse_id != warehouse_id,
        supply.warehouse_rank if supply.stock_id else 0,
        supply.inbound_id or 0,
        supply.stock_id or 0,
    )


NOBODY: Mapping[int, int] = {}


def keep(claims: Iterable[tuple[int, int]], units: int, picked: Mapping[int, int] = NOBODY) -> Mapping[int, int]:
    """
    Keep claims (line, quantity) on one stock row, in queue order, as far as its units go.

    Where stock is lost, the last in the queue lose first; what is picked is not on the shelf any more, and stays.

    >>> keep([(1, 4), (2, 4)], 7)
    {1: 4, 2: 3}
    >>> keep([(1, 4), (2, 4), (3, 1)], 6, {2: 3})
    {1: 3, 2: 3}
    """
    kept: dict[int, int] = {}
    units -= sum(picked.values())
    for line_id, quantity in claims:
        own = picked.get(line_id, 0)
        taken = min(quantity - own, units)
        if taken + own:
            kept[line_id] = taken + own
        units -= taken
    return kept

"""
Everything that can cover a line: shelves, inbound, lead times and warehouses, read by one statement. The caller holds
the product locks. Small tuples, no model instances: a hot product is read thousands of times a minute.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.formulas.calendars.working_days import PLAIN, Calendar
from inventory.ground.sql import bulk, prepared
from inventory.models import BackorderPolicy
from inventory.supply import calendars
from orders.models import UNPINNED
from orders.rules.overdue import OnTheRoad
from orders.rules.planning import HERE, UNKNOWN, Supply

Key = tuple[int | None, int | None]
"""Stock row or inbound, one of them None."""


class Shelf(NamedTuple):
    """A stock row, in units; ``kept``: of the allocated ones, those that are stopped or picked."""

    stock_id: int
    product_id: int
    warehouse_id: int
    available: int
    allocated: int
    kept: int


class Road(NamedTuple):
    """An inbound, in units and dates."""

    inbound_id: int
    product_id: int
    warehouse_id: int
    outstanding: int
    committed: int
    likely_date: date | None
    safe_date: date | None
    is_confirmed: bool
    days: ArrivalDays | None
    said: OnTheRoad


class Held(NamedTuple):
    """Units of a stock row held for a customer, 0 if nobody with that address is one; ``shelf_held``: held in all."""

    hold_id: int
    shelf_held: int
    stock_id: int
    customer_id: int
    units: int
    is_of_list: bool = False


class Place(NamedTuple):
    """A warehouse; ``rank`` is its place among all, the first asked first. Its days are working days of its own."""

    warehouse_id: int
    rank: int
    handling_days: int
    is_open: bool
    receiving_days: int = 0
    calendar: Calendar = PLAIN

    def ships(self, arrival: date, *, more_days: int = 0) -> date:
        """Give the day on which ships what arrives on this one: received, then handled."""
        return self.calendar.shift(arrival, self.receiving_days + self.handling_days + more_days)

    def ships_what_is_here(self, day: date) -> date:
        """Give the day on which ships what stands on the shelf, of which this is the first day that counts."""
        return self.calendar.shift(day, self.handling_days)

    def works_from(self, day: date) -> date:
        """Give this day, or the first one after it on which it works."""
        return self.calendar.shift(day, 0)


class Days(NamedTuple):
    """The lead time of a product, in days from deciding to buy: the median and the one we dare to promise."""

    likely: float
    safe: float


class BackorderTerms(NamedTuple):
    """
    How far a product is sold that is not here. A product that may not wait at all is taken from the shelf at once.
    :ivar most: units that may wait in all; None: any number
    :ivar covered_days: inbound due within so many days covers what may wait; None: nothing need cover it
    """

    most: int | None
    covered_days: int | None


@dataclass(frozen=True, slots=True)
class Supplies:
    """What there is for a set of products; shelves and roads also by product."""

    shelves: dict[int, Shelf]
    roads: dict[int, Road]
    places: dict[int, Place]
    lead_times: dict[int, dict[int, Days]]
    by_product: dict[int, tuple[list[Shelf], list[Road]]]
    terms: dict[int, BackorderTerms]
    tails: dict[int, datetime | None]
    """The newest ``queue_at`` among the open, unpinned lines of each product: an index look-up each."""
    holds: dict[int, list[Held]]
    """By product, the ones that end first before the others."""
    listed: set[int]  # products with a restock list
    held_back: set[int]
    """Products with a line that leaves units on hand to others: what it may still have depends on who takes them."""
    chances: dict[Any, float] = field(default_factory=dict)
    """Chances of promises to break, as far as they were worked out (``orders.allocation.chances``)."""

    def of(self, product_id: int, *, outstanding: bool, allocated: bool = False) -> list[Supply]:
        """
        Give the free units of one product.

        :param outstanding: count all that inbound still bring (the whole queue is planned again), or
            only what nobody has claimed (one line at the tail)
        :param allocated: count units on hand that are set aside, too (all of them are handed out anew, but for those
            that stopped orders keep, and those that are picked)
        """
        shelves, roads = self.by_product.get(product_id, ([], []))
        here = [
            Supply(
                shelf.available + (max(0, shelf.allocated - shelf.kept) if allocated else 0),
                HERE,
                shelf.stock_id,
                None,
                shelf.warehouse_id,
                self.places[shelf.warehouse_id].rank,
            )
            for shelf in shelves
            if self.places[shelf.warehouse_id].is_open
        ]
        coming = [
            Supply(
                road.outstanding - (0 if outstanding else road.committed),
                road.likely_date or UNKNOWN,
                inbound_id=road.inbound_id,
                warehouse_id=road.warehouse_id,
                ships_on=self._ships_on(road),
            )
            for road in roads
        ]
        return [supply for supply in here + coming if supply.quantity > 0]

    def _ships_on(self, road: Road) -> date:
        return self.places[road.warehouse_id].ships(road.likely_date) if road.likely_date else UNKNOWN

    def is_open(self, warehouse_id: int) -> bool:
        return self.places[warehouse_id].is_open

    def lead_time(self, product_id: int, warehouse_id: int) -> Days | None:
        """The lead time to this warehouse, else the shortest to any other that somebody supplies."""
        known = self.lead_times.get(product_id, {})
        return known.get(warehouse_id) or min(known.values(), key=lambda days: (days.safe, days.likely), default=None)

    def warehouse_of(self, key: Key) -> int:
        stock_id, inbound_id = key
        if stock_id:
            return self.shelves[stock_id].warehouse_id
        assert inbound_id
        return self.roads[inbound_id].warehouse_id


# Two NULLs alone would be text to PostgreSQL: the first two name every column's type. {0}: products, {1}: inbound.
_DAYS, _NO_DAYS = ", ".join((*FIELDS, "expected_date", "asked_on")), ", ".join(["NULL"] * (len(FIELDS) + 2))
QUERY = f"""
SELECT 'tail', wanted.id, (
    SELECT CASE WHEN product.is_discontinued OR product.backorder_policy = '{BackorderPolicy.NEVER}' THEN 0
                WHEN product.backorder_policy = '{BackorderPolicy.LIMIT}' THEN product.backorder_limit END
    FROM inventory_product AS product WHERE product.id = wanted.id), (
    SELECT product.covered_days FROM inventory_product AS product WHERE product.id = wanted.id
    AND product.backorder_policy = '{BackorderPolicy.COVERED}' AND NOT product.is_discontinued),
    (SELECT list.on_sale FROM orders_restocklist AS list WHERE list.product_id = wanted.id), NULL, NULL, NULL, EXISTS (
    SELECT 1 FROM orders_orderline AS line WHERE line.product_id = wanted.id AND line.is_held_back), (
    SELECT queue_at FROM orders_orderline AS line
    WHERE line.product_id = wanted.id AND line.open > 0 AND line.pin_rank = {UNPINNED}
    ORDER BY queue_at DESC LIMIT 1), {_NO_DAYS}
FROM (SELECT id FROM {{0}}) AS wanted
UNION ALL
SELECT 'road', id, product_id, warehouse_id, outstanding, committed, likely_date, safe_date, is_confirmed, NULL,
    {_DAYS}
FROM inventory_inbound WHERE product_id IN (SELECT id FROM {{0}}) AND outstanding > 0
UNION ALL
SELECT 'road', id, product_id, warehouse_id, outstanding, committed, likely_date, safe_date, is_confirmed, NULL,
    {_DAYS}
FROM inventory_inbound WHERE id IN (SELECT id FROM {{1}}) AND outstanding <= 0
UNION ALL
SELECT 'shelf', id, product_id, warehouse_id, available, allocated, NULL, NULL, NULL, NULL, {_NO_DAYS}
FROM inventory_stock WHERE product_id IN (SELECT id FROM {{0}})
UNION ALL
SELECT 'kept', id, product_id, warehouse_id, stopped + picked, NULL, NULL, NULL, NULL, NULL, {_NO_DAYS}
FROM inventory_stock WHERE product_id IN (SELECT id FROM {{0}}) AND stopped + picked > 0
UNION ALL
SELECT 'held', hold.id, stock.held, hold.stock_id, COALESCE(hold.customer_id, (SELECT customer.id
    FROM orders_restockrequest AS request JOIN orders_customer AS customer ON customer.key = request.key
    WHERE request.id = hold.request_id), 0), hold.units, hold.until_date, NULL, hold.request_id IS NOT NULL, NULL,
    {_NO_DAYS}
FROM orders_hold AS hold JOIN inventory_stock AS stock ON stock.id = hold.stock_id
WHERE hold.units > 0 AND stock.product_id IN (SELECT id FROM {{0}})
UNION ALL
SELECT 'days', id, product_id, warehouse_id, likely_days, safe_days, NULL, NULL, NULL, NULL, {_NO_DAYS}
FROM inventory_leadtime WHERE product_id IN (SELECT id FROM {{0}})
UNION ALL
SELECT 'place', id, receiving_days, calendar_revision, rank, handling_days, NULL, NULL, is_open, NULL, {_NO_DAYS}
FROM inventory_warehouse
"""


def read(product_ids: Collection[int], *, claimed: Collection[int] = ()) -> Supplies:
    """
    Read what can cover lines of these products.

    :param claimed: inbound that lines hold claims on; one may have nothing outstanding any more
    """
    return found(bulk.fetch(*reading(product_ids, claimed=claimed)))


def reading(product_ids: Collection[int], *, claimed: Collection[int] = ()) -> bulk.Statement:
    """Give the statement of ``read``, for a caller that sends it with the one that locks the products."""
    return prepared.over("supply", QUERY, product_ids, claimed)


def found(rows: Iterable[tuple[Any, ...]]) -> Supplies:
    """Sort out what ``reading`` has found."""
    by_kind: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for kind, *row in rows:
        by_kind[kind].append(tuple(row))
    kept = {row[0]: row[3] for row in by_kind["kept"]}
    shelves = {row[0]: Shelf(*_whole((*row[:5], kept.get(row[0], 0)))) for row in by_kind["shelf"]}
    roads = {row[0]: _road(row) for row in by_kind["road"]}
    lead_times: dict[int, dict[int, Days]] = defaultdict(dict)
    for _, product_id, warehouse_id, likely, safe, *_ in by_kind["days"]:
        lead_times[product_id][warehouse_id] = Days(likely, safe)
    by_product: dict[int, tuple[list[Shelf], list[Road]]] = defaultdict(lambda: ([], []))
    for shelf in shelves.values():
        by_product[shelf.product_id][0].append(shelf)
    for road in roads.values():
        by_product[road.product_id][1].append(road)
    terms = {row[0]: BackorderTerms(row[1], row[2]) for row in by_kind["tail"]}
    tails = {row[0]: _moment(row[8]) for row in by_kind["tail"]}
    held_back = {row[0] for row in by_kind["tail"] if row[7]}
    listed = {row[0] for row in by_kind["tail"] if row[3] is not None}
    holds, places = _holds(by_kind["held"], shelves), _ranked(by_kind["place"])
    return Supplies(shelves, roads, places, lead_times, by_product, terms, tails, holds, listed, held_back)


def _holds(rows: list[tuple[Any, ...]], shelves: Mapping[int, Shelf]) -> dict[int, list[Held]]:
    holds: dict[int, list[Held]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (_day(row[5]), row[0])):
        hold = Held(*(*_whole(row[:5]), bool(row[7])))
        holds[shelves[hold.stock_id].product_id].append(hold)
    return holds


def _road(row: tuple[Any, ...]) -> Road:
    *by, expected, asked_on = row[9:]
    days = None if None in by else ArrivalDays(*map(_day, by))
    said = OnTheRoad(_day(expected), bool(row[7]), _day(asked_on))
    return Road._make((*_whole(row[:5]), _day(row[5]), _day(row[6]), bool(row[7]), days, said))


def _whole(row: tuple[Any, ...]) -> Any:
    # the columns are shared with lead times, which are no whole numbers
    return tuple(int(value) for value in row)


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: datetime | str | None) -> datetime | None:
    # SQLite keeps times in UTC, and says so nowhere
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=value.tzinfo or UTC) if value else None


def _ranked(rows: list[tuple[Any, ...]]) -> dict[int, Place]:
    """Warehouses in the order they are asked; equal ranks by age."""
    ordered = sorted(rows, key=lambda row: (row[3], row[0]))
    return {row[0]: _place(rank, row) for rank, row in enumerate(ordered)}


def _place(rank: int, row: tuple[Any, ...]) -> Place:
    calendar = calendars.of(row[0], row[2]) if row[2] else PLAIN
    return Place(row[0], rank, int(row[4]), bool(row[7]), int(row[1]), calendar)

"""Hand allocated units to a carrier."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.formats import date_format

from inventory.models import MovementKind
from inventory.supply import stock
from inventory.supply.stock import UnitsPicked
from orders import allocation
from orders.allocation import dating, picking, promises, writing
from orders.allocation.door import Queue
from orders.allocation.reading import LineState
from orders.allocation.supply import Key
from orders.models import EventKind, NoticeKind, Order, OrderLine, OrderStop, Shipment, ShipmentLine
from orders.rules.transit import latest
from orders.wording import phrases

from . import transit
from .labels import Label, LeavingParcel, Place, Taken, carried_by, label_of, listed, refuse_twice, tidied
from .lines import LineUnits, named


class NothingToShip(Exception):
    """No units of these lines are allocated, or the order ships only complete."""


class OrderStopped(NothingToShip):
    """The order is stopped: nothing of it leaves before it goes on."""


class NotPaid(NothingToShip):
    """The order is not paid: nothing of it leaves before it is."""


class WantedLater(Exception):
    """The customer wants the order on a later day, and nobody has confirmed that it ships before."""


def ship(
    wanted: Sequence[LineUnits],
    *,
    labels: Mapping[Place, Label] | None = None,
    carrier: str = "",
    tracking: str = "",
    early: Collection[int] = (),
    by: User | None,
    at: datetime,
) -> list[Shipment]:
    """
    Hand allocated units to the carrier: one shipment per order and warehouse, and the customer is told.

    :param labels: of every parcel, by order and warehouse
    :param carrier: without labels: takes all parcels; with ``tracking`` if that is one
    :param early: orders of which a person has confirmed that they ship before the day on which they are wanted
    :raises NothingToShip: if a line has fewer units here, or its order ships only complete; nothing is written then
    :raises UnitsPicked: if what is here is picked: it leaves with its parcel; nothing is written then
    :raises OrderStopped: if an order is stopped; nothing is written then
    :raises NotPaid: if an order is not paid; nothing is written then
    :raises WantedLater: if an order is wanted on a later day and is not among ``early``; nothing is written then
    :raises NoLabel: if a parcel has no label, since its units lie elsewhere by now
    :raises NumberGivenTwice: if two parcels would carry one tracking number, now or in the last half year
    """
    with allocation.locked(lines=named(wanted), at=at) as queue:
        items: dict[Place, list[Taken]] = defaultdict(list)
        for item in wanted:
            line, units = _units(item, queue.lines.get(item.line_id))
            for stock_id, taken in _off_the_shelf(line, units).items():
                items[line.order_id, queue.supplies.shelves[stock_id].warehouse_id].append((line, stock_id, taken))
        label = labels or Label(carrier, tracking)
        parcels = [LeavingParcel(place, tidied(label_of(place, label)), some) for place, some in items.items()]
        return _leave(parcels, queue, early=early, by=by, at=at)


@dataclass(frozen=True, slots=True)
class Box:
    """What leaves one warehouse in one parcel: units by line and stock row."""

    place: Place
    label: Label
    units: Mapping[tuple[int, int], int]


def ship_boxes(boxes: Sequence[Box], *, early: Collection[int] = (), by: User | None, at: datetime) -> list[Shipment]:
    """
    Hand parcels to the carrier, each with its own label; several may be of one order and warehouse.

    What is in them is set aside for their lines, and not counted as picked any more. Each customer is told once.

    :returns: the shipment of each box, in their order
    :raises NothingToShip: as ``ship`` does, and its siblings; nothing is written then
    """
    line_ids = {line_id for box in boxes for line_id, _ in box.units}
    with allocation.locked(lines=line_ids, at=at) as queue:
        parcels = [
            LeavingParcel(
                box.place,
                tidied(box.label),
                [(queue.lines[line_id], stock_id, units) for (line_id, stock_id), units in box.units.items()],
            )
            for box in boxes
        ]
        return _leave(parcels, queue, early=early, by=by, at=at)


def _leave(
    parcels: Sequence[LeavingParcel], queue: Queue, *, early: Collection[int], by: User | None, at: datetime
) -> list[Shipment]:
    _refuse_stopped({line.order_id for line in queue.lines.values() if line.is_stopped})
    taken: dict[int, dict[Key, int]] = defaultdict(lambda: defaultdict(int))
    for parcel in parcels:
        for line, stock_id, units in parcel.items:
            taken[line.line_id][stock_id, None] += units
    lines = [(queue.lines[line_id], _after(queue.lines[line_id], gone)) for line_id, gone in taken.items()]
    _refuse_incomplete([after for _, after in lines])
    _refuse_unpaid_or_early({after.order_id for _, after in lines}, set(early), at)
    refuse_twice([(parcel.place, parcel.label) for parcel in parcels], at=at)
    arrivals = transit.arrivals([(parcel.place, parcel.label) for parcel in parcels], at=at)
    shipments = _write_shipments(parcels, arrivals, by, at)
    carried, arriving = carried_by(parcels), _arriving(parcels, arrivals)
    for before, after in lines:
        news = _shipped_news(after, before.open - after.open, carried[after.line_id], arriving[after.line_id])
        queue.change(before, after, news)
    # what leaves the shelf below has the queue planned again
    queue.commit(cause=f"shipment:{shipments[0].pk}", by=by, replans=False)
    stock.post(_leaving(parcels, shipments), by=by, at=at)
    return shipments


def _after(line: LineState, gone: Mapping[Key, int]) -> LineState:
    """
    The line when these units have left.

    :raises NothingToShip: if fewer are here
    """
    units = sum(gone.values())
    claims = {key: held - gone.get(key, 0) for key, held in line.claims.items()}
    if gone.keys() - claims.keys() or any(held < 0 for held in claims.values()):
        raise NothingToShip(f"{phrases.of_this_line(line.allocated, 'here')}, {units} cannot be shipped.")
    claims = {key: held for key, held in claims.items() if held}
    return replace(line, open=line.open - units, shipped=line.shipped + units, claims=claims)


def ship_order(
    order_id: int, *, carrier: str = "", tracking: str = "", is_early: bool = False, by: User | None, at: datetime
) -> list[Shipment]:
    """
    Ship all of an order that is here.

    :param is_early: a person has confirmed that it ships before the day on which it is wanted
    :raises NothingToShip: if nothing is
    :raises WantedLater: if it is wanted on a later day, and is not early
    :raises NumberGivenTwice: if it leaves in two parcels, or the number is that of another one
    """
    here = OrderLine.objects.filter(order_id=order_id, allocated__gt=0).order_by("pk")
    wanted = [LineUnits(pk) for pk in here.values_list("pk", flat=True)]
    if not wanted:
        raise NothingToShip("Nothing of this order is here to ship.")
    early = [order_id] if is_early else []
    return ship(wanted, carrier=carrier, tracking=tracking, early=early, by=by, at=at)


def _units(item: LineUnits, line: LineState | None) -> tuple[LineState, int]:
    picked = sum(line.picks.values()) if line else 0
    here = line.allocated - picked if line else 0
    units = here if item.units is None else item.units
    if line and picked and not 1 <= units <= here:
        raise UnitsPicked(picking.words(line.line_id))
    if line is None or not 1 <= units <= here:
        short = f"{phrases.of_this_line(here, 'here')}, {units:,} cannot be shipped."
        raise NothingToShip(short if here else "Nothing of this line is here to ship.")
    return line, units


def _off_the_shelf(line: LineState, units: int) -> dict[int, int]:
    """Take units off the fullest shelves first, by stock row; what is picked leaves with its parcel."""
    here = {key[0]: held - line.picks.get(key, 0) for key, held in line.claims.items() if key[0]}
    taken: dict[int, int] = {}
    for stock_id in sorted(here, key=lambda stock_id: -here[stock_id]):
        if units and here[stock_id]:
            taken[stock_id] = min(units, here[stock_id])
            units -= taken[stock_id]
    return taken


def _refuse_stopped(order_ids: Collection[int]) -> None:
    if not order_ids:
        return
    stops = OrderStop.objects.filter(order__in=order_ids, ended_at=None).select_related("order").order_by("pk")
    if stop := stops.first():
        raise OrderStopped(f"{stop.order} is stopped: {stop.words}. It ships when it goes on.")
    order = Order.objects.filter(pk__in=order_ids).order_by("pk")[0]
    raise NotPaid(f"{order} was not paid in time: nothing is kept for it.")


def _refuse_incomplete(lines: Sequence[LineState]) -> None:
    """An order that ships complete leaves with its last unit, or not at all."""
    order_ids = {line.order_id for line in lines}
    leaving = {line.line_id: line.open for line in lines}
    waiting = OrderLine.objects.filter(order_id__in=order_ids, order__is_ship_complete=True, open__gt=0)
    for pk, units, reference in waiting.values_list("pk", "open", "order__reference"):
        if leaving.get(pk, units):
            raise NothingToShip(f"{reference} ships only complete, and some of it is not here yet.")


def _refuse_unpaid_or_early(order_ids: Collection[int], early: Collection[int], at: datetime) -> None:
    """An order leaves when it is paid; one that is wanted later leaves on that day, and not before."""
    later = Q(wanted_date__gt=dating.day_of(at)) & ~Q(pk__in=early)
    order = Order.objects.filter(Q(is_unpaid=True) | later, pk__in=order_ids).order_by("-is_unpaid", "pk").first()
    if order and order.is_unpaid:
        raise NotPaid(f"{order} is not paid: nothing of it leaves before it is.")
    if order and order.wanted_date:
        day = date_format(order.wanted_date, "j F Y")
        raise WantedLater(f"{order.reference} is wanted on {day}: it ships before only if that is confirmed.")


def _arriving(parcels: Sequence[LeavingParcel], arrivals: Sequence[date | None]) -> dict[int, date | None]:
    """Give for each line the day by which all that leaves of it should be there."""
    found: dict[int, list[date | None]] = defaultdict(list)
    for parcel, day in zip(parcels, arrivals, strict=True):
        for line, _, _ in parcel.items:
            found[line.line_id].append(day)
    return {line_id: latest(days) for line_id, days in found.items()}


def _write_shipments(
    parcels: Sequence[LeavingParcel], arrivals: Sequence[date | None], by: User | None, at: datetime
) -> list[Shipment]:
    shipments = Shipment.objects.bulk_create(
        Shipment(
            order_id=parcel.place[0],
            warehouse_id=parcel.place[1],
            carrier=parcel.label.carrier,
            tracking=parcel.label.tracking,
            by=by,
            shipped_at=at,
            arrives_by=day,
        )
        for parcel, day in zip(parcels, arrivals, strict=True)
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line.line_id, quantity=quantity)
        for shipment, parcel in zip(shipments, parcels, strict=True)
        for line, _, quantity in parcel.items
    )
    return shipments


def _leaving(parcels: Sequence[LeavingParcel], shipments: Sequence[Shipment]) -> list[stock.Post]:
    return [
        stock.Post(
            line.product_id, parcel.place[1], -quantity, MovementKind.SHIPMENT, reference=f"shipment:{shipment.pk}"
        )
        for parcel, shipment in zip(parcels, shipments, strict=True)
        for line, _, quantity in parcel.items
    ]


def _shipped_news(after: LineState, units: int, carried: Sequence[Label], arrives_by: date | None) -> writing.News:
    how = listed(carried)
    fact = promises.fact(after, after, NoticeKind.SHIPPED, units, detail=how, arrives_by=arrives_by)
    event = writing.HistoryEntry(after.line_id, EventKind.SHIPPED, units, how or "shipped")
    return writing.News(event=event, fact=fact)

"""Hand allocated units to a carrier."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.formats import date_format

from inventory.models import MovementKind
from inventory.supply import stock
from orders import allocation
from orders.allocation import dating, promises, writing
from orders.allocation.reading import LineState
from orders.allocation.supply import Key
from orders.models import EventKind, NoticeKind, Order, OrderLine, OrderStop, Shipment, ShipmentLine
from orders.wording import phrases

from .labels import Label, Picked, Place, carried_by, labels_of, listed
from .lines import LineUnits, named


class NothingToShip(Exception):
    """No units of these lines are allocated, or the order ships only complete."""


class OrderStopped(NothingToShip):
    """The order is stopped: nothing of it leaves before it goes on."""


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
    :raises OrderStopped: if an order is stopped; nothing is written then
    :raises WantedLater: if an order is wanted on a later day and is not among ``early``; nothing is written then
    :raises NoLabel: if a parcel has no label, since its units lie elsewhere by now
    :raises NumberGivenTwice: if two parcels would carry one tracking number, now or in the last half year
    """
    with allocation.locked(lines=named(wanted), at=at) as queue:
        _refuse_stopped({line.order_id for line in queue.lines.values() if line.is_stopped})
        taken_of: list[tuple[LineState, LineState, int]] = []
        picked: Picked = defaultdict(list)
        for item in wanted:
            before, units = _units(item, queue.lines.get(item.line_id))
            claims, taken = _picked(before, units)
            for stock_id, quantity in taken.items():
                place = queue.supplies.shelves[stock_id].warehouse_id
                picked[before.order_id, place].append((before, stock_id, quantity))
            after = replace(before, open=before.open - units, shipped=before.shipped + units, claims=claims)
            taken_of.append((before, after, units))
        _refuse_incomplete([after for _, after, _ in taken_of])
        _refuse_early({after.order_id for _, after, _ in taken_of} - set(early), at)
        parcels = labels_of(picked, labels or Label(carrier.strip(), tracking.strip()), at=at)
        shipments = _write_shipments(picked, parcels, by, at)
        carried = carried_by(picked, parcels)
        for before, after, units in taken_of:
            queue.change(before, after, _shipped_news(after, units, carried[after.line_id]))
        # what leaves the shelf below has the queue planned again
        queue.commit(cause=f"shipment:{shipments[0].pk}", by=by, replans=False)
        stock.post(_leaving(picked, shipments), by=by, at=at)
    return shipments


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
    here = line.allocated if line else 0
    units = here if item.units is None else item.units
    if line is None or not 1 <= units <= here:
        raise NothingToShip(f"{phrases.of_this_line(here, 'here')}, {units or 'none'} cannot be shipped.")
    return line, units


def _picked(line: LineState, units: int) -> tuple[dict[Key, int], dict[int, int]]:
    """Split the claims on hand into what stays and what is taken, by stock row."""
    claims, taken = dict(line.claims), {}
    for key in sorted(claims, key=lambda key: -claims[key]):
        stock_id = key[0]
        if stock_id and units:
            taken[stock_id] = min(units, claims[key])
            claims[key] -= taken[stock_id]
            units -= taken[stock_id]
    return {key: kept for key, kept in claims.items() if kept}, taken


def _refuse_stopped(order_ids: Collection[int]) -> None:
    if order_ids:
        stop = OrderStop.objects.filter(order__in=order_ids, ended_at=None).select_related("order").order_by("pk")[0]
        raise OrderStopped(f"{stop.order} is stopped: {stop.words}. It ships when it goes on.")


def _refuse_incomplete(lines: Sequence[LineState]) -> None:
    """An order that ships complete leaves with its last unit, or not at all."""
    order_ids = {line.order_id for line in lines}
    leaving = {line.line_id: line.open for line in lines}
    waiting = OrderLine.objects.filter(order_id__in=order_ids, order__is_ship_complete=True, open__gt=0)
    for pk, units, reference in waiting.values_list("pk", "open", "order__reference"):
        if leaving.get(pk, units):
            raise NothingToShip(f"{reference} ships only complete, and some of it is not here yet.")


def _refuse_early(order_ids: Collection[int], at: datetime) -> None:
    """An order that is wanted later leaves on that day, and not before."""
    later = Order.objects.filter(pk__in=order_ids, wanted_date__gt=dating.day_of(at)).order_by("pk").first()
    if later and later.wanted_date:
        day = date_format(later.wanted_date, "j F Y")
        raise WantedLater(f"{later.reference} is wanted on {day}: it ships before only if that is confirmed.")


def _write_shipments(picked: Picked, parcels: Mapping[Place, Label], by: User | None, at: datetime) -> list[Shipment]:
    shipments = Shipment.objects.bulk_create(
        Shipment(
            order_id=order,
            warehouse_id=place,
            carrier=parcels[order, place].carrier,
            tracking=parcels[order, place].tracking,
            by=by,
            shipped_at=at,
        )
        for order, place in picked
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line.line_id, quantity=quantity)
        for shipment, items in zip(shipments, picked.values(), strict=True)
        for line, _, quantity in items
    )
    return shipments


def _leaving(picked: Picked, shipments: Sequence[Shipment]) -> list[stock.Post]:
    return [
        stock.Post(line.product_id, place, -quantity, MovementKind.SHIPMENT, reference=f"shipment:{shipment.pk}")
        for ((_, place), items), shipment in zip(picked.items(), shipments, strict=True)
        for line, _, quantity in items
    ]


def _shipped_news(after: LineState, units: int, carried: Sequence[Label]) -> writing.News:
    how = listed(carried)
    fact = promises.fact(after, after, NoticeKind.SHIPPED, units, detail=how)
    event = writing.HistoryEntry(after.line_id, EventKind.SHIPPED, units, how or "shipped")
    return writing.News(event=event, fact=fact)

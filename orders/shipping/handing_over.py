"""Hand the parcels of a batch to their carriers, all that may leave in one act."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from orders.allocation import picking
from orders.fulfillment import Box, Label, labels, ready, ship_boxes
from orders.fulfillment.changes.addressing import unanswered
from orders.models import OrderLine, OrderStop, Parcel, Shipment
from orders.models.records import plain

from .standing import StandingParcels, end, held

LEFT_OUT = "is left out"
BEFORE_IT_LEAVES = f"{ready.ASKED_ELSEWHERE}: do so first, or stop its parcel"
NO_NUMBER = "has no tracking number yet"
ANOTHER_STAYS = "ships only complete, and another parcel of it stays"


class NothingLeaves(Exception):
    """Nothing of the batch may leave now."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """
    What left, and what stays, with the reason.

    :ivar shipments: one a parcel
    """

    shipments: Sequence[Shipment]
    parcels: Sequence[Parcel]
    staying: dict[Parcel, str]
    units: int


def hand_over(batch_id: int, *, only_numbered: bool = False, by: User, at: datetime) -> HandedOver:
    """
    Let the parcels of a batch leave: a shipment each, with its own number, and one mail a customer.

    What may not leave now stays in the batch and holds up nobody: what was stopped or is another day's, what has no
    number or another parcel's, and what ships only complete and is not.

    :param only_numbered: those without a tracking number stay, too
    :raises NothingLeaves: if all of them stay; nothing is written then
    """
    with held(Q(batch=batch_id), at=at) as found:
        leaving, staying = sorted_out(found, only_numbered=only_numbered, at=at)
        if not leaving:
            named = " ".join(f"{parcel.order} {reason}." for parcel, reason in list(staying.items())[:3])
            raise NothingLeaves(f"Nothing of this batch leaves now. {named}".strip())
        picks = found.picks(leaving)
        picking.pick({key: -units for key, units in picks.items()})
        boxes = [
            Box(
                (parcel.order_id, parcel.batch.warehouse_id),
                Label(_carrier(parcel), parcel.tracking),
                found.units[parcel.pk],
            )
            for parcel in leaving
        ]
        shipments = ship_boxes(boxes, by=by, at=at)
        for parcel, shipment in zip(leaving, shipments, strict=True):
            parcel.shipment = shipment
        Parcel.objects.bulk_update(leaving, ["shipment"], batch_size=500)
        end({batch_id}, by=by, at=at)
    return HandedOver(shipments, leaving, staying, sum(picks.values()))


def _carrier(parcel: Parcel) -> str:
    return " ".join(filter(None, (parcel.carrier, parcel.service)))[:80]


def sorted_out(found: StandingParcels, *, only_numbered: bool, at: datetime) -> tuple[list[Parcel], dict[Parcel, str]]:
    """Say which of these parcels leave, and of the others why they stay."""
    orders = _stopped(found)
    staying: dict[Parcel, str] = {}
    for parcel in found.parcels:
        if parcel.is_left_out:
            staying[parcel] = LEFT_OUT
        elif only_numbered and not parcel.tracking:
            staying[parcel] = NO_NUMBER
        elif reason := orders.get(parcel.order_id) or ready.later(parcel.order, at=at):
            staying[parcel] = reason
    staying |= _given_twice([parcel for parcel in found.parcels if parcel not in staying], at)
    leaving = [parcel for parcel in found.parcels if parcel not in staying]
    incomplete = _incomplete(found, leaving)
    staying |= {parcel: incomplete[parcel.order_id] for parcel in leaving if parcel.order_id in incomplete}
    return [parcel for parcel in leaving if parcel.order_id not in incomplete], staying


def _stopped(found: StandingParcels) -> dict[int, str]:
    """Say of the orders that may not leave at all why not; they were free to when their batch was printed."""
    orders = {parcel.order_id: parcel.order for parcel in found.parcels}
    why = {pk: ready.UNPAID for pk, order in orders.items() if order.is_unpaid}
    out = OrderLine.objects.open().filter(order__in=orders.keys() - why.keys(), is_stopped=True)
    why |= dict.fromkeys(out.values_list("order_id", flat=True), ready.UNSOLD)
    why |= dict.fromkeys(unanswered(orders.keys() - why.keys()), BEFORE_IT_LEAVES)
    stops = OrderStop.objects.filter(order__in=orders, ended_at=None)
    return why | {stop.order_id: f"is stopped: {stop.words}" for stop in stops}


def _given_twice(parcels: Sequence[Parcel], at: datetime) -> dict[Parcel, str]:
    """Say of which parcels the number is another one's: of two with one number nobody knows which has it."""
    by_number: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        if parcel.tracking:
            by_number[plain(parcel.tracking)].append(parcel)
    labels.hold(by_number)
    twice = {}
    for same in by_number.values():
        for place, parcel in enumerate(same):
            if other := next(iter((*same[:place], *same[place + 1 :])), None):
                twice[parcel] = f"has the number {parcel.tracking}, and so has {other.order}"
    for shipment in labels.used(by_number, at=at):
        for parcel in by_number[plain(shipment.tracking)]:
            if (shipment.order_id, shipment.warehouse_id) != (parcel.order_id, parcel.batch.warehouse_id):
                gone = f"with which {shipment.order} left on {labels.day_of(shipment)}"
                twice[parcel] = f"has the number {parcel.tracking}, {gone}"
    return twice


def _incomplete(found: StandingParcels, leaving: Sequence[Parcel]) -> dict[int, str]:
    """Say why not of the orders that ship only complete, and of which something else is open."""
    complete = {parcel.order_id for parcel in leaving if parcel.order.is_ship_complete}
    if not complete:
        return {}
    units: dict[int, int] = defaultdict(int)
    for parcel in leaving:
        for (line_id, _), count in found.units[parcel.pk].items():
            units[line_id] += count
    stays = {parcel.order_id for parcel in found.parcels if parcel not in leaving}
    why: dict[int, str] = {}
    lines = OrderLine.objects.open().filter(order__in=complete).values_list("pk", "order_id", "open", "backordered")
    for pk, order_id, still, backordered in lines:
        if backordered:
            why[order_id] = ready.INCOMPLETE
        elif units[pk] < still:
            why.setdefault(order_id, ANOTHER_STAYS if order_id in stays else ready.PICKED_IN_PART)
    return why

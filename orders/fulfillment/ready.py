"""
What of some orders may leave now, parcel by parcel, and why the rest of them may not.

Reads; ``orders.fulfillment.shipping`` ships.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils.formats import date_format

from inventory.models import Warehouse
from orders.allocation.dating import day_of
from orders.models import Allocation, Order, OrderLine, OrderStop

NOTHING_OPEN = "has nothing open: all of it is shipped or canceled"
NOTHING_HERE = "has nothing here to ship yet"
PICKED = "is picked already, and leaves with its batch"
PICKED_IN_PART = "ships only complete, and only part of it is picked: stop its parcel, and pick all of it"
UNPAID = "may not leave: it is not paid"
UNSOLD = "was paid late, and not all of it may be sold any more: a person decides"
ASKED_ELSEWHERE = "is asked for at another address, and nobody has answered"
INCOMPLETE = "ships only complete, and some of it is not here yet"


@dataclass(frozen=True, slots=True)
class Ready:
    """What may leave one warehouse for one order: its lines, each with its units there."""

    order: Order
    warehouse: Warehouse
    lines: list[tuple[OrderLine, int]] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(units for _, units in self.lines)

    def __str__(self) -> str:
        return f"{self.order} from {self.warehouse.code}"


def of_orders(orders: Collection[Order]) -> tuple[list[Ready], dict[Order, str]]:
    """
    Give what may leave of these orders, and of each that may not leave why; an order leaves whole or not at all.

    Three statements, however many orders; one more if some of them are stopped.
    """
    lines = OrderLine.objects.open().filter(order__in=orders).select_related("product").order_by("order", "position")
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    stops = _stops(line.order_id for some in by_order.values() for line in some if line.is_stopped)
    places = _places(line.pk for some in by_order.values() for line in some if line.allocated)
    warehouses = Warehouse.objects.in_bulk({place for units in places.values() for place in units})
    ready: list[Ready] = []
    left_out: dict[Order, str] = {}
    for order in sorted(orders, key=lambda order: order.pk):
        if reason := stops.get(order.pk) or _why_not(order, by_order[order.pk], places):
            left_out[order] = reason
        else:
            ready += _parcels(order, by_order[order.pk], places, warehouses)
    return ready, left_out


def _stops(order_ids: Iterable[int]) -> dict[int, str]:
    """Say why each of these orders is stopped."""
    stopped = set(order_ids)
    stops = OrderStop.objects.filter(order__in=stopped, ended_at=None) if stopped else ()
    return {stop.order_id: f"is stopped: {stop.words}" for stop in stops}


def _why_not(order: Order, lines: Collection[OrderLine], places: Mapping[int, Mapping[int, int]]) -> str:
    if not lines:
        return NOTHING_OPEN
    if order.is_unpaid:
        return UNPAID
    if any(line.is_stopped for line in lines):
        return UNSOLD
    if not any(line.allocated for line in lines):
        return NOTHING_HERE
    if order.is_ship_complete and any(line.backordered for line in lines):
        return INCOMPLETE
    if not any(line.pk in places for line in lines):
        return PICKED
    is_here = all(sum(places.get(line.pk, {}).values()) == line.allocated for line in lines)
    return PICKED_IN_PART if order.is_ship_complete and not is_here else ""


def is_later(order: Order, *, at: datetime) -> bool:
    """Whether its customer wants it on a later day: before that it ships only if a person confirms just that."""
    return order.wanted_date is not None and order.wanted_date > day_of(at)


def later(order: Order, *, at: datetime) -> str:
    """Say that it is wanted on a later day; nothing if it is not."""
    return f"is wanted on {date_format(order.wanted_date or '', 'j F Y')}" if is_later(order, at=at) else ""


def _places(line_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Units on hand of each line that are not picked yet, by warehouse."""
    held = Allocation.objects.filter(line__in=list(line_ids), stock__isnull=False, quantity__gt=F("picked"))
    places: dict[int, dict[int, int]] = defaultdict(dict)
    rows = held.order_by("stock__warehouse").values_list("line_id", "stock__warehouse_id", "quantity", "picked")
    for line_id, place, units, picked in rows:
        places[line_id][place] = units - picked
    return places


def _parcels(
    order: Order,
    lines: Iterable[OrderLine],
    places: Mapping[int, Mapping[int, int]],
    warehouses: Mapping[int, Warehouse],
) -> list[Ready]:
    parcels: dict[int, Ready] = {}
    for line in lines:
        for place, units in places.get(line.pk, {}).items():
            parcel = parcels.setdefault(place, Ready(order, warehouses[place]))
            parcel.lines.append((line, units))
    return list(parcels.values())

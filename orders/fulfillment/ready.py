"""
What of some orders may leave now, parcel by parcel, and why the rest of them may not.

Reads; ``orders.fulfillment.shipping`` ships.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from inventory.models import Warehouse
from orders.models import Allocation, Order, OrderLine, OrderStop

NOTHING_OPEN = "has nothing open: all of it is shipped or canceled"
NOTHING_HERE = "has nothing here to ship yet"
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
        if reason := stops.get(order.pk) or _why_not(order, by_order[order.pk]):
            left_out[order] = reason
        else:
            ready += _parcels(order, by_order[order.pk], places, warehouses)
    return ready, left_out


def _stops(order_ids: Iterable[int]) -> dict[int, str]:
    """Say why each of these orders is stopped."""
    stopped = set(order_ids)
    stops = OrderStop.objects.filter(order__in=stopped, ended_at=None) if stopped else ()
    return {stop.order_id: f"is stopped: {stop.words}" for stop in stops}


def _why_not(order: Order, lines: Collection[OrderLine]) -> str:
    if not lines:
        return NOTHING_OPEN
    if not any(line.allocated for line in lines):
        return NOTHING_HERE
    return INCOMPLETE if order.is_ship_complete and any(line.backordered for line in lines) else ""


def _places(line_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Units on hand of each line, by warehouse."""
    held = Allocation.objects.filter(line__in=list(line_ids), stock__isnull=False).order_by("stock__warehouse")
    places: dict[int, dict[int, int]] = defaultdict(dict)
    for line_id, place, units in held.values_list("line_id", "stock__warehouse_id", "quantity"):
        places[line_id][place] = units
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

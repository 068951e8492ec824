"""The warehouse in Berlin, opened last week for customers in Germany: its days, its carrier, and its first orders."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

from django.db.models import Exists, OuterRef

from backoffice.demo.demand import Sale
from backoffice.demo.selling import draft_of, place
from backoffice.demo.wanting import freely_sold, place_of
from backoffice.demo.world import World
from inventory.formulas.calendars.working_days import MONDAY_TO_FRIDAY
from inventory.models import MovementKind, Warehouse
from inventory.supply import bins, calendars, counts
from inventory.supply.calendars import WorkingDays
from orders import fulfillment
from orders.fulfillment.changes import addressing
from orders.models import Customer, Order, OrderLine, StopReason, TransitTime, WarehouseRule

from . import addresses

CODE = "BER"
DAYS = WorkingDays(MONDAY_TO_FRIDAY, "DE", "BE", cut_off=time(14), receiving_days=0, handling_days=1)
PRODUCTS, UNITS = 6, 12
PAST_THE_FULLEST = 5
"""The fullest shelves of Portland are those that other stories take from."""
GONE, STOPPED, NEW = (f"HP-682{number}" for number in (1, 2, 3))


def plan(world: World) -> None:
    """Plan its opening, an order that has left with DHL, one that is stopped, and one of this morning."""
    for days_ago, hour, step in (
        (6, 9, _open),
        (5, 10, partial(_order, GONE)),
        (5, 13, _ship),
        (1, 10, partial(_order, STOPPED)),
        (1, 10.5, _stop),
    ):
        _on(world, days_ago, hour, step)
    world.timeline.plan(world.timeline.now - timedelta(minutes=35), partial(_order, NEW, world))


def _on(world: World, days_ago: int, hour: float, step: Callable[[World, datetime], None]) -> None:
    timeline = world.timeline
    timeline.plan(timeline.moment(timeline.today - timedelta(days=days_ago), hour), partial(step, world))


def _open(world: World, at: datetime) -> None:
    """Open it with some of what nobody waits for, and say how long DHL takes from there."""
    row = Warehouse.objects.create(
        code=CODE, name="Berlin", rank=4, address="Harbor & Pine\nWesthafenstr. 1, Halle 4\n13353 Berlin\nGermany"
    )
    calendars.change(row.pk, DAYS, by=None, at=at)
    TransitTime.objects.create(carrier="DHL", country="DE", days=2)
    chosen = _not_waited_for(world)
    bins.put({(product_id, row.pk): f"A-{number:02}" for number, product_id in enumerate(chosen, start=1)})
    found = [counts.Count(product_id, row.pk, UNITS, "Opening count", MovementKind.OPENING) for product_id in chosen]
    counts.count(found, by=world.people["operations"], at=at)


def _not_waited_for(world: World) -> Sequence[int]:
    waits = OrderLine.objects.backordered().filter(product=OuterRef("product"))
    rows = freely_sold(world).filter(~Exists(waits), available__gte=3).order_by("-available", "pk")
    return [row.product_id for row in rows[PAST_THE_FULLEST : PAST_THE_FULLEST + PRODUCTS]]


def _order(reference: str, world: World, at: datetime) -> None:
    """Somebody in Germany wants two of something, from Berlin, and says where it goes."""
    row = Warehouse.objects.get(code=CODE).stock.filter(available__gte=2).order_by("-available", "pk").first()
    if row:
        customer = _germans(world)[int(reference[-1])]
        basket = [Sale(at.date(), 0, place_of(world, row.product_id), 2)]
        draft = draft_of(world, basket, reference=reference, customer=customer, placed_at=at, is_ship_complete=False)
        place(replace(draft, warehouse_id=row.warehouse_id, warehouse_rule=WarehouseRule.PREFERRED), at)
        _tell(reference, customer, at)


def _germans(world: World) -> Sequence[Customer]:
    return [each for each in world.catalog.customers if addresses.of(each).country == "DE"]


def _tell(reference: str, customer: Customer, at: datetime) -> None:
    for order in Order.objects.filter(reference=reference):
        addressing.tell({order.pk: addresses.of(customer)}, {order.pk: customer.pk}, at=at)


def _ship(world: World, at: datetime) -> None:
    lines = OrderLine.objects.filter(order__reference=GONE, allocated__gt=0).order_by("pk")
    if wanted := [fulfillment.LineUnits(line.pk) for line in lines]:
        fulfillment.ship(wanted, carrier="DHL", tracking="00340434161094000017", by=world.people["operations"], at=at)


def _stop(world: World, at: datetime) -> None:
    until, owner = world.timeline.today + timedelta(days=20), world.people["service"]
    stop = fulfillment.Stop(StopReason.CUSTOMER, owner.pk, "Moves house, will say where to", until)
    for order in Order.objects.filter(reference=STOPPED):
        fulfillment.stop(order.pk, stop, by=owner, at=at)

"""The weeks since the shop went live: orders as they came in, shipped as they could be, and mail every day."""

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db.models import Exists, OuterRef

from inventory.models import MovementKind
from inventory.supply import counts
from orders import fulfillment
from orders.mail import notices
from orders.models import Allocation, Customer, OrderLine, WarehouseRule
from suppliers import performance

from .assortment import CARRIERS, WAREHOUSES
from .catalog import Item
from .demand import Sale, baskets
from .world import World

FIRST_REFERENCE = 7000
SHIP_COMPLETE = 0.12
LEFT_FOR_TOMORROW = 0.06
PICKING = timedelta(hours=4)
"""What was ordered so shortly before the carrier comes leaves the next day."""
TRACKED = 2
"""Parcels a day that somebody typed a tracking number for."""
SEASON_OF_NOW = 1.2


def plan(world: World, sales: Sequence[Sale]) -> None:
    """Plan the first day, every order since, and what the warehouse and the outbox do each day."""
    opening = world.timeline.moment(world.live, 5)
    world.timeline.plan(opening, partial(_count_everything, world))
    world.timeline.plan(opening + timedelta(hours=1), lambda at: performance.learn(at=at))
    _plan_orders(world, sales)
    day = world.live
    while day <= world.timeline.today:
        if day.weekday() < 5:
            world.timeline.plan(world.timeline.moment(day, 15.5), partial(_ship, world))
        for hour in (8.5, 16.5):
            world.timeline.plan(world.timeline.moment(day, hour), lambda at: notices.send_due(at=at))
        day += timedelta(days=1)


def _count_everything(world: World, at: datetime) -> None:
    """Count the shelves on the first day: most are well filled, some run low, some are empty."""
    entries = []
    for place, item in enumerate(world.catalog.items):
        for warehouse, (_, _, share) in zip(world.catalog.warehouses, WAREHOUSES, strict=True):
            units = _opening_units(world, place, item, share)
            opening = counts.Count(item.product.pk, warehouse.pk, units, "Opening count", MovementKind.OPENING)
            entries.append(opening)
    counts.count(entries, by=world.people["operations"], at=at)


def _opening_units(world: World, place: int, item: Item, share: float) -> int:
    """Give a well filled shelf some months of demand and a reserve, a short one less than a delivery takes."""
    if place in world.empty:
        return 0
    daily = item.weekly / 7 * SEASON_OF_NOW * item.group.season[world.live.month - 1] * share
    if place in world.short:
        return round(daily * world.random.uniform(3, 9))
    expected = daily * world.random.uniform(50, 110)
    return round(expected + 2.5 * math.sqrt(expected) + 1)


def _plan_orders(world: World, sales: Sequence[Sale]) -> None:
    for number, basket in enumerate(baskets(sales), start=FIRST_REFERENCE):
        hour = min(23.5, max(6.0, world.random.gauss(14.5, 4)))
        at = world.timeline.moment(basket[0].day, hour)
        customer = world.random.choice(world.catalog.customers)
        draft = draft_of(world, basket, reference=f"HP-{number}", customer=customer, placed_at=at)
        world.timeline.plan(at, partial(place, draft))


def draft_of(
    world: World,
    basket: Sequence[Sale],
    *,
    reference: str,
    customer: Customer,
    placed_at: datetime,
    keeps_age: bool = False,
    is_ship_complete: bool | None = None,
    warehouse_rule: WarehouseRule = WarehouseRule.ANY,
) -> fulfillment.OrderDraft:
    if is_ship_complete is None:
        is_ship_complete = len(basket) > 1 and world.random.random() < SHIP_COMPLETE
    items = world.catalog.items
    return fulfillment.OrderDraft(
        channel="shop",
        reference=reference,
        customer_id=customer.pk,
        warehouse_id=world.catalog.warehouses[basket[0].warehouse].pk,
        lines=tuple(
            fulfillment.LineDraft(items[sale.item].product.pk, sale.units, Decimal(items[sale.item].product.price))
            for sale in basket
        ),
        placed_at=placed_at,
        is_ship_complete=is_ship_complete,
        warehouse_rule=warehouse_rule,
        keeps_age=keeps_age,
    )


def place(draft: fulfillment.OrderDraft, at: datetime) -> None:
    """Place an order; a customer who asks for more than may be sold goes away, and the refusal is recorded."""
    with suppress(fulfillment.BackorderLimit):
        fulfillment.place(draft, by=None, at=at)


def _labels(world: World, lines: list[fulfillment.LineUnits], carrier: str) -> dict[tuple[int, int], fulfillment.Label]:
    """Give each parcel of an order a number."""
    places = Allocation.objects.filter(line__in=[line.line_id for line in lines], stock__isnull=False)
    parcels = sorted(set(places.values_list("line__order_id", "stock__warehouse_id")))
    return {parcel: fulfillment.Label(carrier, f"1Z{world.random.randrange(10**12):012d}") for parcel in parcels}


def _ship(world: World, at: datetime) -> None:
    """Hand over what is here: the parcels of a day in one go for each carrier, a few with a tracking number."""
    waits = OrderLine.objects.filter(order=OuterRef("order"), backordered__gt=0)
    ready = (
        OrderLine.objects.filter(allocated__gt=0, is_stopped=False, order__is_unpaid=False, placed_at__lt=at - PICKING)
        .exclude(Exists(waits), order__is_ship_complete=True)
        .order_by("order_id", "pk")
    )
    parcels: dict[int, list[fulfillment.LineUnits]] = {}
    for line_id, order_id in ready.values_list("pk", "order_id"):
        parcels.setdefault(order_id, []).append(fulfillment.LineUnits(line_id))
    kept = [lines for lines in parcels.values() if world.random.random() > LEFT_FOR_TOMORROW]
    by = world.people["operations"]
    for number, lines in enumerate(kept[:TRACKED]):
        carrier = CARRIERS[number % 2]
        fulfillment.ship(lines, labels=_labels(world, lines, carrier), by=by, at=at)
    for place_of, carrier in enumerate(CARRIERS):
        some = [unit for lines in kept[TRACKED + place_of :: len(CARRIERS)] for unit in lines]
        if some:
            fulfillment.ship(some, carrier=carrier, by=by, at=at)

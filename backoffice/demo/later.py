"""
What is kept for later: units held for somebody who called, an order for a fair in spring, orders that are not paid yet.

Customers who pay by bank transfer have a channel of their own; one order of each sort of ending is there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from inventory.models import BackorderPolicy, Stock
from orders import fulfillment
from orders.fulfillment import holds
from orders.models import Channel, Order, StopReason

from .demand import Sale
from .places import addresses
from .selling import draft_of, place
from .wanting import available_everywhere, freely_sold, place_of, trade
from .world import World

BANK = "bank transfer"
RESERVED, OUT, IN_TIME, LATE, SOLD_OUT, NEVER = (f"HP-{number}" for number in range(6811, 6817))


def hold_for_a_caller(world: World, at: datetime) -> None:
    """A customer wants to measure the room first."""
    row = freely_sold(world).filter(available__gte=3).order_by("-available", "-pk").first()
    if row:
        until = world.timeline.today + timedelta(days=5)
        draft = holds.HoldDraft(
            row.product_id, row.warehouse_id, trade(world, 3).pk, 2, until, "Measures the room first"
        )
        holds.hold(draft, by=world.people["service"], at=at)


def order_for_a_fair(world: World, at: datetime) -> None:
    """An order for next season leaves what is on the shelf to others."""
    rows = freely_sold(world).filter(available__gte=3, product__lead_times__safe_days__lt=40)
    row = rows.order_by("-available", "pk").first()
    if row:
        basket = [Sale(at.date(), 0, place_of(world, row.product_id), 6)]
        draft = draft_of(world, basket, reference="HP-6799", customer=trade(world, 4), placed_at=at)
        place(replace(draft, wanted_date=world.timeline.today + timedelta(days=60)), at)


def stop_for_its_address(world: World, at: datetime) -> None:
    """An order whose street nobody knows is stopped, and its customer asked."""
    rows = freely_sold(world).filter(available__gte=2)
    row = rows.order_by("-available", "pk").first()
    if row:
        basket = [Sale(at.date(), 0, place_of(world, row.product_id), row.available + 2)]
        place(draft_of(world, basket, reference="HP-6798", customer=trade(world, 5), placed_at=at), at)
        addresses.tell("HP-6798", at=at)
        until = world.timeline.today + timedelta(days=14)
        stop = fulfillment.Stop(
            StopReason.ADDRESS, world.people["service"].pk, "Street not known to the carrier", until
        )
        for order in Order.objects.filter(reference="HP-6798"):
            fulfillment.stop(order.pk, stop, by=world.people["service"], at=at + timedelta(minutes=20))


def plan_unpaid(world: World) -> None:
    """Plan one channel that is told later, and an order of it in each state."""
    for days_ago, hour, step in (
        (11, 8, _open_the_channel),
        (10, 10, partial(_order, NEVER)),
        (8, 10, partial(_order, LATE)),
        (8, 11, _order_the_last),
        (6, 9, partial(_order, IN_TIME)),
        (5, 14, partial(_order, OUT)),
        (5, 16, partial(_pay, IN_TIME)),
        (3, 11, partial(_pay, LATE)),
        (3, 11.5, _buy_the_last),
        (3, 12, partial(_pay, SOLD_OUT)),
        (1, 16, partial(_order, RESERVED)),
    ):
        _on(world, days_ago, hour, step)
    for days_ago in range(10, -1, -1):
        _on(world, days_ago, 6, _look)


def _on(world: World, days_ago: int, hour: float, step: Callable[[World, datetime], None]) -> None:
    timeline = world.timeline
    timeline.plan(timeline.moment(timeline.today - timedelta(days=days_ago), hour), partial(step, world))


def _open_the_channel(world: World, at: datetime) -> None:
    Channel.objects.create(name=BANK, arrives_unpaid=True, payment_minutes=3 * 24 * 60, cancel_after_days=7)


def _order(reference: str, world: World, at: datetime) -> None:
    row = freely_sold(world).filter(available__gte=3).order_by("-available", "-pk").first()
    if row:
        _place(world, row, 2, at, reference=reference)


def _place(world: World, row: Stock, units: int, at: datetime, *, reference: str, channel: str = BANK) -> None:
    number = [each.pk for each in world.catalog.warehouses].index(row.warehouse_id)
    basket = [Sale(at.date(), number, place_of(world, row.product_id), units)]
    customer = trade(world, int(reference[-1]) % 8)
    draft = draft_of(world, basket, reference=reference, customer=customer, placed_at=at, is_ship_complete=False)
    place(replace(draft, channel=channel), at)


def _order_the_last(world: World, at: datetime) -> None:
    scarce = Stock.objects.filter(product__backorder_policy=BackorderPolicy.NEVER, available__gt=0)
    row = scarce.order_by("available", "pk").first()
    if row:
        _place(world, row, 1, at, reference=SOLD_OUT)


def _buy_the_last(world: World, at: datetime) -> None:
    """Others buy, in time and in the shop, what was no longer kept."""
    order = Order.objects.filter(channel=BANK, reference=SOLD_OUT).first()
    line = order.lines.first() if order else None
    rows = Stock.objects.filter(product=line.product_id if line else None, available__gt=0)
    if row := rows.order_by("-available", "pk").first():
        units = available_everywhere(row.product_id)
        _place(world, row, units, at, reference="HP-6817", channel="shop")


def _pay(reference: str, world: World, at: datetime) -> None:
    order = Order.objects.filter(channel=BANK, reference=reference, is_unpaid=True).first()
    if order:
        fulfillment.pay(order.pk, reason="Statement of the bank", by=world.people["service"], at=at)


def _look(world: World, at: datetime) -> None:
    fulfillment.release_due(at=at)
    fulfillment.cancel_due(at=at)

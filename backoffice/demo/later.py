"""What is kept for later: units held for somebody who called, an order for a fair in spring."""

from dataclasses import replace
from datetime import datetime, timedelta

from orders.fulfillment import holds

from .demand import Sale
from .selling import draft_of, place
from .wanting import freely_sold, place_of, trade
from .world import World


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

"""Some nights of the clock, and the buyer's morning after: proposals looked at, approved, sent."""

from datetime import date, datetime, timedelta
from functools import partial

from backoffice import nightly
from suppliers.models import PurchaseOrder

from . import buying
from .world import World

NIGHTS_AGO = (14, 7, 0)
HOUR = 2 + 10 / 60
SENT_OF_TEN = 6
"""So many proposals of ten the buyer approves; the others wait for a second look."""


def plan(world: World) -> None:
    """Run the nightly chain three times, the last time this night; the buyer sends what the earlier ones proposed."""
    for days_ago in NIGHTS_AGO:
        day = world.timeline.today - timedelta(days=days_ago)
        world.timeline.plan(world.timeline.moment(day, HOUR), partial(_run, day))
        if days_ago > 1:
            world.timeline.plan(world.timeline.at_work(day), partial(_approve_proposals, world))


def _run(day: date, at: datetime) -> None:
    nightly.run(on=day, at=at)


def _approve_proposals(world: World, at: datetime) -> None:
    """Send most drafts of the night; what they bring then takes its course."""
    drafts = PurchaseOrder.objects.filter(approved_at=None, canceled_at=None).select_related("supplier").order_by("pk")
    batch = [
        (buying.Wish(order.supplier.code, 0, {}), order)
        for number, order in enumerate(drafts)
        if number % 10 < SENT_OF_TEN
    ]
    if batch:
        buying.approve(world, batch, at)

"""Some nights of the clock, and the buyer's morning after: proposals looked at, approved, sent."""

from datetime import date, datetime, timedelta
from functools import partial

from backoffice import nightly
from suppliers.asking import answers, questions
from suppliers.models import AskedDate, PurchaseOrder

from . import buying
from .world import World

NIGHTS_AGO = (14, 7, 0)
HOUR = 2 + 10 / 60
ASKED_AGO = (5, 4, 3, 2, 1)
"""Nights of which the demo plays no more than that suppliers are asked."""
SILENT_EACH = 5
"""Of so many orders one has a silent supplier."""
SENT_OF_TEN = 6
"""So many proposals of ten the buyer approves; the others wait for a second look."""


def plan(world: World) -> None:
    """Run the nightly chain three times, the last time this night; the buyer sends what the earlier ones proposed."""
    for days_ago in NIGHTS_AGO:
        day = world.timeline.today - timedelta(days=days_ago)
        world.timeline.plan(world.timeline.moment(day, HOUR), partial(_run, day))
        if days_ago > 1:
            world.timeline.plan(world.timeline.at_work(day), partial(_approve_proposals, world))

    for days_ago in ASKED_AGO:
        day = world.timeline.today - timedelta(days=days_ago)
        world.timeline.plan(world.timeline.moment(day, HOUR), _ask)
        world.timeline.plan(world.timeline.at_work(day), partial(_answer, world))


def _run(day: date, at: datetime) -> None:
    nightly.run(on=day, at=at)


def _ask(at: datetime) -> None:
    """Suppliers are asked whether what they confirmed has left."""
    questions.ask(at=at)


def _answer(world: World, at: datetime) -> None:
    """Most answer in the morning that it left; the others are silent, and an alert today."""
    waiting = AskedDate.objects.unanswered().exclude(letter=None).values("line__purchase_order")
    orders = PurchaseOrder.objects.filter(pk__in=waiting).order_by("pk").values_list("pk", flat=True)
    left = [pk for pk in orders if pk % SILENT_EACH]
    if left:
        answers.they_left(left, by=world.people["buyer"], at=at)


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

"""Money that is owed back: one refund was paid, one is still due, and one is overdue."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings

from orders import fulfillment
from orders.models import Channel, OrderLine, Refund
from orders.refunds import recording

from .selling import FIRST_REFERENCE
from .world import World

SHOP = "shop"
AT_LEAST = Decimal(10)


def plan(world: World) -> None:
    """Plan three cancellations, so long ago that each stands otherwise today."""
    within = settings.REFUND_WITHIN_DAYS
    for days_ago, reason, step in (
        (within + 3, "Moves abroad", _cancel),
        (within - 1, "Ordered twice", _cancel_and_pay_back),
        (1, "Found it elsewhere", _cancel),
    ):
        timeline = world.timeline
        timeline.plan(timeline.moment(timeline.today - timedelta(days=days_ago), 10.5), partial(step, world, reason))


def _cancel(world: World, reason: str, at: datetime) -> None:
    """One unit of the newest order of the shop that has several and has no other story."""
    if Channel.find(SHOP) is None:
        Channel.objects.create(name=SHOP)
    lines = OrderLine.objects.filter(
        order__channel=SHOP,
        order__reference__gte=f"HP-{FIRST_REFERENCE}",
        open__gte=2,
        shipped=0,
        canceled=0,
        unit_price__gte=AT_LEAST,
        placed_at__lt=at,
    )
    line = lines.order_by("-placed_at", "-pk").first()
    if line:
        fulfillment.cancel([fulfillment.LineUnits(line.pk, 1)], reason=reason, by=world.people["service"], at=at)


def _cancel_and_pay_back(world: World, reason: str, at: datetime) -> None:
    before = set(Refund.objects.values_list("pk", flat=True))
    _cancel(world, reason, at)
    for refund in Refund.objects.exclude(pk__in=before):
        paid_at = at + timedelta(hours=3)
        recording.record(
            refund.pk, refund.outstanding, reference=f"B-{refund.pk:05}", by=world.people["service"], at=paid_at
        )

"""
What would make a line that waits earlier: another warehouse, a priority, the first place.

Reads only. What the first place would give is asked of the planner itself.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from inventory.models import Inbound, Stock

from . import allocation, phrases, reading, supply
from .models import UNPINNED, OrderLine, WarehouseRule
from .ordering import MOST_PRIORITY
from .queue import EXACT_PLACES


def ways(line: OrderLine, place: int, free: Sequence[Stock], *, at: datetime) -> Iterator[str]:
    """
    Say what would make it earlier, one sentence each.

    :param place: among those who wait for the same product
    :param free: stock that nobody has claimed; the line may not use it, or it would have
    """
    for stock in free:
        if not stock.warehouse.is_open:
            yield f"{stock.warehouse} is closed: once it opens, {phrases.are(stock.available)} free there."
        elif line.order.warehouse_rule == WarehouseRule.PREFERRED:
            there = f"{phrases.are(stock.available).capitalize()} free in {stock.warehouse}"
            yield f"{there}, but this order ships only from {line.order.warehouse}."
    spare = _spare(line)
    if spare:
        yield f"{phrases.are(spare).capitalize()} on the way to a warehouse this order may not use."
    passed = _passed(line) if place > 1 else None
    if passed:
        priority, lines = passed
        days = (priority - line.priority) * settings.PRIORITY_LIFT_DAYS
        yield f"Priority {priority} counts as {days} more days of waiting: it would pass {lines}."
    if not line.is_pinned and place > 1:
        yield f"At the first place it would pass {_bounded(place - 1)} and {_first(line, at)}."


def _first(line: OrderLine, at: datetime) -> str:
    """What the planner gives the line if nobody is before it; units on hand stay with whom they are set aside for."""
    [state] = reading.lines(Q(pk=line.pk))
    supplies = supply.read([line.product_id], claimed=reading.claimed([state]))
    changes = allocation.planned([state], supplies, excess={}, at=at)
    then = changes[0].after if changes else state
    if not then.likely_date or not then.safe_date or (line.safe_date and then.safe_date >= line.safe_date):
        return "ship no sooner"
    today = timezone.localtime(at).date()
    window = f"could ship {phrases.between(then.likely_date, then.safe_date, today)}"
    days = (line.safe_date - then.safe_date).days if line.safe_date else 0
    return f"{window}, {days:,} day{'s'[: days != 1]} sooner" if days else window


def _bounded(lines: int) -> str:
    return phrases.lines(lines) if lines < EXACT_PLACES else f"{EXACT_PLACES:,}+ lines"


def _spare(line: OrderLine) -> int:
    """Units on their way that nobody has claimed: the line may not use them, or it would have."""
    coming = Inbound.objects.open().filter(product=line.product_id, uncommitted__gt=0)
    return int(coming.aggregate(units=Sum("uncommitted", default=0))["units"]) if line.uncovered > 0 else 0


def _passed(line: OrderLine) -> tuple[int, str] | None:
    """The lowest priority that passes somebody, and how many lines; None if even the highest does not."""
    if line.is_pinned or line.priority >= MOST_PRIORITY:
        return None
    lift = timedelta(days=settings.PRIORITY_LIFT_DAYS)
    furthest = line.queue_at - lift * (MOST_PRIORITY - line.priority)
    before = OrderLine.objects.backordered().filter(
        product=line.product_id, pin_rank=UNPINNED, queue_at__gte=furthest, queue_at__lt=line.queue_at
    )
    nearest = list(before.order_by("-queue_at", "-pk").values_list("queue_at", "pk")[: EXACT_PLACES + 1])
    for priority in range(line.priority + 1, MOST_PRIORITY + 1):
        place = (line.queue_at - lift * (priority - line.priority), line.pk)
        passed = sum(other > place for other in nearest)
        if passed:
            return priority, _bounded(passed)
    return None

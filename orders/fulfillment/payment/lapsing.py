"""
What the clock does with orders that are not paid: their units are free when the time is over; never paid, they go.

Each order in a transaction of its own, and so many at once: who dies in the middle leaves the others to the next run.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from orders.allocation.reading import LineState
from orders.fulfillment import cancellation
from orders.fulfillment.changes import whole
from orders.fulfillment.lines import LineUnits
from orders.models import OrderEventKind, OrderPayment
from orders.models.payment import RESERVED, UNPAID

AT_ONCE = 500
"""Orders that one run takes; the next one goes on."""
RELEASED = "unpaid"
"""How the cause begins of what an order left to others that was not paid in time."""
WHY = "it was not paid in time"


class _NotNow(Exception):
    """It changed in this moment, was paid, or another run was faster: whoever comes next sees."""


def release_due(*, at: datetime, order_done: Callable[[], None] | None = None) -> int:
    """
    Free the units of orders that were not paid in time; their lines leave the queue, and the next in it take them.

    Safe to run twice at once.

    :param order_done: called after each order
    :returns: orders that left the queue
    """
    due = OrderPayment.objects.filter(RESERVED, reserved_until__lte=at).order_by("reserved_until", "pk")
    return _each(due.values_list("pk", flat=True)[:AT_ONCE], _release, at, order_done)


def cancel_due(*, at: datetime, order_done: Callable[[], None] | None = None) -> int:
    """
    Cancel what was never paid, as its channel said when it was placed; its customer is told once.

    Safe to run twice at once.

    :param order_done: called after each order
    :returns: orders that were canceled
    """
    due = OrderPayment.objects.filter(UNPAID, cancel_at__lte=at).order_by("cancel_at", "pk")
    return _each(due.values_list("pk", flat=True)[:AT_ONCE], _cancel, at, order_done)


def _each(
    order_ids: Iterable[int],
    act: Callable[[int, datetime], None],
    at: datetime,
    order_done: Callable[[], None] | None,
) -> int:
    done = 0
    for order_id in list(order_ids):
        try:
            with transaction.atomic():
                act(order_id, at)
        except _NotNow:
            continue
        done += 1
        if order_done:
            order_done()
    return done


def _release(order_id: int, at: datetime) -> None:
    with whole.held(order_id, otherwise=_NotNow, at=at) as (queue, order):
        mine = OrderPayment.objects.filter(RESERVED, order=order, reserved_until__lte=at).update(released_at=at)
        if not mine:
            raise _NotNow
        if not queue.lines:
            return
        text = "nothing is kept for it any more, and it is not in the queue"
        event = whole.tell_history(order, OrderEventKind.RELEASED, text, by=None, at=at)
        for line in queue.lines.values():
            queue.change(line, _out(line))
        queue.commit(cause=f"{RELEASED}:{order.pk}:{event.pk}", by=None)


def _cancel(order_id: int, at: datetime) -> None:
    with whole.held(order_id, otherwise=_NotNow, at=at) as (queue, order):
        mine = OrderPayment.objects.filter(UNPAID, order=order, cancel_at__lte=at).update(canceled_at=at)
        if not mine:
            raise _NotNow
        if not queue.lines:
            return
        whole.tell_history(order, OrderEventKind.NEVER_PAID, "all of it that was open is canceled", by=None, at=at)
        wanted = [LineUnits(line_id) for line_id in queue.lines]
        cancellation.cancel(wanted, reason=WHY, is_never_paid=True, by=None, at=at)


def _out(line: LineState) -> LineState:
    together = line.together and line.together._replace(is_held_back=False)
    return line.but(claims={}, together=together, is_stopped=True)

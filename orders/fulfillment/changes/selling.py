"""An order that was paid late asks for its units anew: as one that is placed now, at the place of its payment."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User

from inventory.models import Product
from orders.allocation.door import Queue
from orders.allocation.reading import NOT_YET, LineState
from orders.fulfillment.limits import BackorderLimit, at_once, refuse_over_policy
from orders.models import Basis, Order, OrderEventKind, OrderLine, OrderPayment
from orders.rules.planning import queue_at

from . import unheard, whole

PAID = "paid"
"""How the causes begin of what a late payment brought about."""
LATE = "is paid; it stands in the queue from now on"
UNSOLD = "is paid late, and not all of it may be sold any more: a person decides"


def sell_or_ask(queue: Queue, order: Order, payment: OrderPayment, words: str, reason: str, *, by: User | None) -> bool:
    """Sell it (``sell``); or else tell its history that a person must decide, and say that it is not sold."""
    try:
        sell(queue, order, payment, words, reason, by=by)
    except BackorderLimit as error:
        why = f"{str(error).rstrip('.')}. {reason}"
        whole.tell_history(order, OrderEventKind.PAID, said(UNSOLD, why), by=by, at=queue.at)
        return False
    return True


def sell(queue: Queue, order: Order, payment: OrderPayment, words: str, reason: str, *, by: User | None) -> None:
    """
    Sell its open units as if they were ordered now, at the place of its payment.

    :raises BackorderLimit: if something of it may not be sold; nothing is written then
    """
    at = queue.at
    lines = list(queue.lines.values())
    names = dict(Product.objects.filter(pk__in=queue.product_ids).values_list("pk", "sku"))
    wanted = {order.pk: order.wanted_date} if order.wanted_date else None
    refuse_over_policy(
        at_once([_asking(line) for line in lines], queue.supplies, at=at), names, queue.supplies, wanted=wanted, at=at
    )
    payment.resumed_at = at
    payment.save(update_fields=["resumed_at"])
    event = whole.tell_history(order, OrderEventKind.PAID, said(words, reason), by=by, at=at)
    _place(lines, queue, payment.paid_at or at)
    for line in lines:
        queue.change(line, line.but(is_stopped=False))
    cause = f"{PAID}:{order.pk}:{event.pk}"
    line_ids = list(queue.lines)
    queue.commit(cause=cause, by=by, dates_all=True)
    unheard.tell(line_ids, queue, cause=cause)


def _asking(line: LineState) -> LineState:
    """The line as one that nobody has placed yet."""
    together = line.together and line.together._replace(ready=NOT_YET, is_held_back=False)
    return line.but(
        line_id=-line.line_id, claims={}, likely_date=None, safe_date=None, basis=Basis.NONE, is_stopped=False,
        together=together,
    )  # fmt: skip


def _place(lines: Sequence[LineState], queue: Queue, paid_at: datetime) -> None:
    """Give each line the place of the payment, with its own lift; a pin stands."""
    rows = list(OrderLine.objects.filter(pk__in=[line.line_id for line in lines]).order_by("pk"))
    for row in rows:
        lift = settings.PRIORITY_LIFT_DAYS
        row.queue_at = queue_at(paid_at, tail=None, priority=row.priority, lift_days=lift)
    OrderLine.objects.bulk_update(rows, ["queue_at"])


def said(words: str, reason: str) -> str:
    return ": ".join(filter(None, (words, reason.strip())))

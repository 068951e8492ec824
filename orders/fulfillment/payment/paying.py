"""
An order that was placed unpaid is paid: in time, and it stands where it stood; or late, and it asks anew.
"""

from datetime import datetime
from enum import Enum

from django.contrib.auth.models import User
from django.db.models import Sum

from orders.fulfillment.changes import selling, whole
from orders.models import EventKind, LineEvent, Order, OrderEventKind, OrderPayment, OrderStop, RefundReason
from orders.refunds import owing


class NotToPay(Exception):
    """It is paid already, or changed in this moment; or it has no unpaid or unsold units to go on with."""


class Paid(Enum):
    """What became of an order that was paid."""

    IN_TIME = "is paid; it keeps its place"
    LATE = selling.LATE
    STOPPED = "is paid late, while it is stopped: it asks for its units when it goes on"
    UNSOLD = selling.UNSOLD
    OVER = "is paid, though all of it was canceled: a person decides"


def pay(order_id: int, *, reason: str = "", by: User | None, at: datetime) -> Paid:
    """
    Note that an order is paid.

    In time, while its units are still kept for it, it is as any other and keeps its place. Paid late it takes the place
    of its payment, if all of it may be sold: the policy is asked as of a new order. Where it may not, nothing of it is
    sold, and it stays out of the queue until a person decides (``resume``, or a cancellation). Paid late while it is
    stopped, it asks when it goes on.

    :param by: None: a file or a channel says so
    :raises NotToPay: if it is paid already; nothing is written then
    """
    with whole.held(order_id, otherwise=NotToPay, at=at) as (queue, order):
        payment = OrderPayment.objects.filter(order=order, paid_at=None).first()
        if payment is None:
            raise NotToPay(f"{order} is paid already.")
        payment.paid_at, payment.paid_by = at, by
        payment.save(update_fields=["paid_at", "paid_by"])
        order.is_unpaid = False
        order.save(update_fields=["is_unpaid"])
        if not queue.lines and not order.lines.filter(shipped__gt=0).exists():
            return _paid_for_nothing(order, payment, reason, by=by, at=at)
        if not queue.lines or not payment.is_out:
            _tell(order, Paid.IN_TIME, reason, by=by, at=at)
            return Paid.IN_TIME
        if _is_stopped(order):
            _tell(order, Paid.STOPPED, reason, by=by, at=at)
            return Paid.STOPPED
        is_sold = selling.sell_or_ask(queue, order, payment, Paid.LATE.value, reason, by=by)
    return Paid.LATE if is_sold else Paid.UNSOLD


def resume(order_id: int, *, reason: str = "", by: User | None, at: datetime) -> None:
    """
    Let an order go on that was paid late, now that it may be sold again: with more stock, or fewer lines of its own.

    :raises NotToPay: if it was not, or goes on already; nothing is written then
    :raises BackorderLimit: if it still may not be sold; nothing is written then
    """
    with whole.held(order_id, otherwise=NotToPay, at=at) as (queue, order):
        payment = OrderPayment.objects.filter(order=order, paid_at__isnull=False).first()
        if payment is None or not payment.is_out or not queue.lines:
            raise NotToPay(f"{order} does not wait for units that may be sold.")
        if _is_stopped(order):
            raise NotToPay(f"{order} is stopped: it asks for its units when it goes on.")
        selling.sell(queue, order, payment, "goes on", reason, by=by)


def _is_stopped(order: Order) -> bool:
    return OrderStop.objects.filter(order=order, ended_at=None).exists()


def _paid_for_nothing(order: Order, payment: OrderPayment, reason: str, *, by: User | None, at: datetime) -> Paid:
    payment.canceled_at = payment.canceled_at or at
    payment.save(update_fields=["canceled_at"])
    events = LineEvent.objects.filter(line__order=order, kind=EventKind.CANCELED).order_by().values_list("line")
    gone = [owing.Unserved(*units) for units in events.annotate(units=Sum("units"))]
    owing.owe(gone, event=f"paid:{order.pk}", reason=RefundReason.PAID_LATE, at=at)
    _tell(order, Paid.OVER, reason, by=by, at=at)
    return Paid.OVER


def _tell(order: Order, paid: Paid, reason: str, *, by: User | None, at: datetime) -> None:
    whole.tell_history(order, OrderEventKind.PAID, selling.said(paid.value, reason), by=by, at=at)

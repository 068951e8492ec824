"""How the payment of an order stands, to staff and to its customer. Facts in, words out."""

from datetime import date, datetime

from django.utils import timezone

from orders.models import Order, OrderPayment, OrderStop
from orders.wording import phrases

NOT_PAID = "not in the queue: not paid"
PAID_STOPPED = "paid late: it asks for its units when it is no longer stopped"
PAID_LATE = "paid late: not all of it may be sold any more"


def of(order: Order) -> OrderPayment | None:
    """Read what an order waits for; None: it was paid when it was placed."""
    return OrderPayment.objects.filter(order=order).first()


def in_words(payment: OrderPayment | None) -> str:
    """Say to staff how the payment stands; "" if nobody waits for it."""
    if payment is None:
        return ""
    if payment.paid_at:
        if payment.is_out and OrderStop.objects.filter(order=payment.order_id, ended_at=None).exists():
            return PAID_STOPPED
        if payment.is_out:
            return f"{PAID_LATE}; cancel what may not, or let it go on when it may"
        return f"paid {phrases.moment(payment.paid_at)}, after it was canceled" if payment.canceled_at else ""
    if payment.canceled_at:
        return f"never paid, canceled {phrases.moment(payment.canceled_at)}"
    ends = f"; canceled {phrases.moment(payment.cancel_at)} if it is not paid by then" if payment.cancel_at else ""
    if payment.released_at:
        return f"{NOT_PAID}, since {phrases.moment(payment.released_at)}{ends}"
    return f"not paid; reserved until {phrases.moment(payment.reserved_until)}{ends}"


def said(order: Order, *, is_out: bool, today: date) -> str:
    """Say it to the customer of an order that is not paid."""
    if is_out:
        return f"Your order {order} is not paid, so nothing is kept for it: it is back in line when it is paid."
    payment = of(order)
    until = f": all of it is kept for you until {_clock(payment.reserved_until, today)}" if payment else ""
    return f"Your order {order} is not paid yet{until}, and ships once it is paid."


def _clock(at: datetime, today: date) -> str:
    """The hour, and the day where that is another one than today."""
    there = timezone.localtime(at)
    return f"{there:%H:%M}" if there.date() == today else phrases.moment(at)

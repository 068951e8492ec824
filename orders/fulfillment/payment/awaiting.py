"""An order that is placed unpaid: how long its units are kept for it, as its channel says."""

from datetime import datetime, timedelta

from orders.models import Channel, Order, OrderEvent, OrderEventKind, OrderPayment
from orders.wording import phrases


def begin(order: Order, *, at: datetime) -> None:
    """
    Write down how long units are kept for an order, and when it is canceled: from now on, whenever it was ordered.

    A channel that nobody has described gives the times that any new one would.
    """
    channel = Channel.find(order.channel) or Channel(name=order.channel)
    cancel_at = at + timedelta(days=channel.cancel_after_days) if channel.cancel_after_days else None
    reserved_until = at + timedelta(minutes=channel.payment_minutes)
    OrderPayment.objects.create(order=order, reserved_until=reserved_until, cancel_at=cancel_at)
    text = f"its units are kept until {phrases.moment(reserved_until)}"
    OrderEvent.objects.create(order=order, kind=OrderEventKind.UNPAID, text=text, by=None, at=at)

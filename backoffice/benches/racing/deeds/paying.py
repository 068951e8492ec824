"""Orders that are placed unpaid: they are paid in time, their time passes, or they are paid late."""

from orders import fulfillment
from orders.models import Order, OrderPayment
from orders.models.payment import RESERVED

from .hand import SEEN, Hand

BANK = "race by bank"
"""The channel of what is placed unpaid."""


def order_unpaid(hand: Hand) -> bool:
    hand.jobs += 1
    at = hand.at
    lines = (fulfillment.LineDraft(hand.product(), hand.dice.randint(1, 3)),)
    who, where = hand.dice.randint(1, hand.customers), hand.dice.choice(hand.places)
    draft = fulfillment.OrderDraft(BANK, f"{hand.number}-{hand.jobs}", who, where, lines, at, is_unpaid=True)
    fulfillment.place(draft, by=None, at=at)
    return True


def pay(hand: Hand) -> bool:
    order = hand.pick(Order.objects.filter(is_unpaid=True)[:SEEN])
    return bool(fulfillment.pay(order.pk, by=None, at=hand.at))


def lapse(hand: Hand) -> bool:
    """The time of one is over, and the clock ticks."""
    at, payment = hand.at, hand.pick(OrderPayment.objects.filter(RESERVED)[:SEEN])
    OrderPayment.objects.filter(RESERVED, pk=payment.pk).update(reserved_until=at)
    return bool(fulfillment.release_due(at=at))

"""
Which day an order was sent on: that of *Send*, unless its letter was handed over on a later one.

A mail server that is away for two days costs our supplier nothing: how long they took counts from when they could
read the order. Writes ``sent_at`` of an order and of what is expected of it.
"""

from datetime import datetime

from inventory.supply import redated
from suppliers import arrivals, sent
from suppliers.models import LetterKind, OrderLetter, PurchaseOrder


def over(letter_id: int, *, at: datetime) -> None:
    """
    Note that a letter was handed over now, in the transaction that says so.

    Products are locked after the letter's row: nobody who holds a product waits for a letter. An order that was sent
    by hand first keeps its day, whatever is mailed later.
    """
    letter = OrderLetter.objects.select_related("purchase_order").get(pk=letter_id)
    order = letter.purchase_order
    if letter.kind != LetterKind.ORDER or not order.sent_at or arrivals.day(at) <= arrivals.day(order.sent_at):
        return
    if not order.letters.filter(number=1, created_at__lte=order.sent_at).exists():
        return
    sent.lock_products_of([order.pk])
    lines = order.lines.filter(inbound__isnull=False).values_list("inbound_id", flat=True)
    if redated.sent_later(list(lines), at=at):
        PurchaseOrder.objects.filter(pk=order.pk).update(sent_at=at)

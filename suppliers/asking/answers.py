"""What suppliers answer to the question whether the goods left, as staff type it."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from suppliers.drafts import PurchaseRefused
from suppliers.models import AskedDate, PurchaseOrder


class NothingAsked(PurchaseRefused):
    """Nothing of this order waits for an answer."""


@transaction.atomic
def they_left(order_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Write down that the goods asked about have left: their day stands as it was said, and nobody is asked again for it.

    :returns: lines that were answered for
    :raises NothingAsked: if nothing of one of the orders waits for an answer
    """
    orders = PurchaseOrder.objects.filter(pk__in=order_ids).order_by("pk").select_for_update(no_key=True)
    found = []
    for order in orders:
        rows = AskedDate.objects.unanswered().filter(line__purchase_order=order)
        if not (ids := list(rows.values_list("pk", flat=True))):
            raise NothingAsked(f"Nothing of {order} waits for an answer: it was answered, has another day, or came.")
        found += ids
    return AskedDate.objects.filter(pk__in=found).update(answered_at=at, answered_by=by)


def left() -> set[int]:
    """Name the inbound still to come whose suppliers say that they have left."""
    rows = AskedDate.objects.filter(answered_at__isnull=False, line__inbound__outstanding__gt=0)
    return set(rows.values_list("line__inbound", flat=True))

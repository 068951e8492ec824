"""
What is kept of an address on restock lists, how it is given out, and when it is erased.

An erased request keeps its product, units and days, which are figures; its address and its letters are gone.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from inventory.ground import keys
from inventory.models import Product
from orders.models import RequestState, RestockLetter, RestockList, RestockRequest
from orders.models.waiting import LIVE

from . import asking

BLOCK = 1_000


def kept_of(address: str) -> list[dict[str, Any]]:
    """Give all that is kept of an address, the newest first, in words that its owner can read."""
    rows = RestockRequest.objects.filter(key=keys.key(address)).exclude(key="").select_related("product")
    return [
        {
            "product": str(row.product),
            "email": row.email,
            "units wanted": row.quantity,
            "asked at": row.asked_at.isoformat(),
            "agreed to": row.consent,
            "agreed on": row.consent_from,
            "confirmed at": row.confirmed_at.isoformat() if row.confirmed_at else "",
            "state": row.get_state_display(),
            "mails sent at": [sent.isoformat() for sent in _sent(row)],
        }
        for row in rows.order_by("-pk")
    ]


def _sent(row: RestockRequest) -> list[datetime]:
    moments = row.letters.order_by("sent_at").values_list("sent_at", flat=True)
    return [moment for moment in moments if moment]


def erase(address: str, *, at: datetime) -> int:
    """
    Take an address off every list at once, and forget it; what was held for it goes to the next in the queue.

    :returns: requests that were erased
    """
    key = keys.key(address)
    if not key:
        return 0
    own = RestockRequest.objects.filter(key=key)
    for request_id in own.filter(state__in=LIVE).order_by("product", "pk").values_list("pk", flat=True):
        asking.leave(request_id, at=at)
    return _blank(own.exclude(state__in=LIVE))


def forget(*, at: datetime) -> int:
    """
    Erase what is of no use any more: requests nobody confirmed, addresses some time after their request ended
    (``RESTOCK_KEPT_DAYS``), lists on which nobody is. Give how many requests.
    """
    unconfirmed = RestockRequest.objects.filter(state=RequestState.ASKED, asked_at__lte=at - asking.TO_CONFIRM)
    late = list(unconfirmed.order_by("pk").values_list("pk", flat=True)[:BLOCK])
    unconfirmed.filter(pk__in=late).delete()
    before = at - timedelta(days=settings.RESTOCK_KEPT_DAYS)
    used = RestockRequest.objects.exclude(state__in=LIVE).exclude(key="").filter(changed_at__lte=before)
    forgotten = len(late) + _blank(used)
    live = RestockRequest.objects.filter(product=OuterRef("product"), state__in=LIVE)
    empty = RestockList.objects.filter(~Exists(live), stopped_at=None)
    for product_id in list(empty.order_by("pk").values_list("pk", flat=True)[:BLOCK]):
        with transaction.atomic():
            Product.objects.lock([product_id])
            empty.filter(pk=product_id).delete()
    return forgotten


@transaction.atomic
def _blank(rows: QuerySet[RestockRequest]) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BLOCK])
    RestockLetter.objects.filter(request__in=ids).delete()
    return RestockRequest.objects.filter(pk__in=ids).update(email="", key="")

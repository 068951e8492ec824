"""What a person does to a list: send a wave of what is on sale, stop it, let it go on."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum

from inventory.models import Product, Stock
from orders import allocation
from orders.allocation import offering
from orders.models import RestockList


class NothingToOffer(Exception):
    """Nobody waits, nothing is on sale, or the list is stopped or closed."""


@transaction.atomic
def send_now(product_id: int, *, at: datetime) -> int:
    """
    Hold a share of what is on sale for who asked first, and owe them its mail.

    :returns: people who are offered something
    :raises NothingToOffer: if nobody can be
    """
    Product.objects.lock([product_id])
    cause = f"restock-sent:{product_id}:{at:%y%m%d%H%M%S%f}"
    made = allocation.offer(product_id, is_all=True, cause=cause, at=at) if offering.is_open() else 0
    if not made:
        raise NothingToOffer(
            "There is nothing to offer: nobody waits, too little is on sale, the list is stopped or switched off, "
            "or no mail is sent (MAIL=shadow)."
        )
    return made


@transaction.atomic
def stop(product_ids: Collection[int], *, by: User, at: datetime) -> int:
    """Let lists offer nothing more; one that is stopped stays as it was. Give how many were stopped."""
    Product.objects.lock(product_ids)
    going = RestockList.objects.filter(product__in=product_ids, stopped_at=None)
    return going.update(stopped_at=at, stopped_by=by)


@transaction.atomic
def go_on(product_ids: Collection[int]) -> int:
    """Let stopped lists offer again what comes free from now on. Give how many go on."""
    Product.objects.lock(product_ids)
    stopped = list(RestockList.objects.filter(product__in=product_ids, stopped_at__isnull=False))
    for each in stopped:
        shelves = Stock.objects.filter(product=each.pk, warehouse__is_open=True)
        each.on_sale = max(0, shelves.aggregate(total=Sum("available"))["total"] or 0)
        each.stopped_at = each.stopped_by = None
        each.save(update_fields=["on_sale", "stopped_at", "stopped_by"])
    return len(stopped)

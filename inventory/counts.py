"""Stock counts: the difference between the book and the shelf becomes a movement with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from . import stock
from .models import MovementKind, Product, Stock
from .signals import supply_changed


class NotACount(Exception):
    """A count below zero, or the same place counted twice at once."""


@dataclass(frozen=True, slots=True)
class Count:
    """Units found on the shelf of one place."""

    product_id: int
    warehouse_id: int
    counted: int
    reason: str = "Stock count"
    kind: MovementKind = MovementKind.COUNT


@transaction.atomic
def count(entries: Sequence[Count], *, by: User | None, at: datetime) -> stock.Posted | None:
    """
    Make the books say what the shelf says; None if they did already.

    :raises NotACount: if a count is negative or a place is counted twice
    """
    places = {(entry.product_id, entry.warehouse_id) for entry in entries}
    if len(places) < len(entries):
        raise NotACount("The same product and warehouse is counted twice.")
    if any(entry.counted < 0 for entry in entries):
        raise NotACount("A count is 0 or more.")
    product_ids = Product.objects.lock(product for product, _ in places)
    book = {(row.product_id, row.warehouse_id): row.on_hand for row in Stock.objects.filter(product_id__in=product_ids)}
    stock.ensure(places)
    posts = [
        stock.Post(entry.product_id, entry.warehouse_id, difference, entry.kind, entry.reason)
        for entry in entries
        if (difference := entry.counted - book.get((entry.product_id, entry.warehouse_id), 0))
    ]
    if not posts:
        return None
    posted = stock.post(posts, by=by, at=at)
    supply_changed.send(count, product_ids=posted.product_ids, cause=posted.cause, by=by, at=at)
    return posted

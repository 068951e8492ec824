"""Stock counts: the difference between the book and the shelf becomes a movement with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from . import since, stock
from .models import MovementKind, Product, Stock
from .signals import supply_changed


class NotACount(Exception):
    """A count below zero, the same place counted twice at once, or one that a later count has overtaken."""


@dataclass(frozen=True, slots=True)
class Count:
    """Units found on the shelf of one place; ``counted_at``: when, if not now. What moved since is no part of them."""

    product_id: int
    warehouse_id: int
    counted: int
    reason: str = "Stock count"
    kind: MovementKind = MovementKind.COUNT
    counted_at: datetime | None = None


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
    now = _now(entries)
    posts = [
        stock.Post(*place, difference, entry.kind, entry.reason, reference=since.reference(entry.counted_at))
        for entry in entries
        if (difference := now[place := (entry.product_id, entry.warehouse_id)] - book.get(place, 0))
    ]
    if not posts:
        return None
    posted = stock.post(posts, by=by, at=at)
    supply_changed.send(count, product_ids=posted.product_ids, cause=posted.cause, by=by, at=at)
    return posted


def _now(entries: Sequence[Count]) -> dict[since.Place, int]:
    """Give what is there now of what was counted: less what left since, and with what came."""
    earlier = [entry for entry in entries if entry.counted_at]
    times = [entry.counted_at for entry in earlier if entry.counted_at]
    moved = since.Since({entry.product_id for entry in earlier}, min(times)) if times else None
    now = {}
    for entry in entries:
        place = (entry.product_id, entry.warehouse_id)
        now[place] = entry.counted
        if moved and entry.counted_at:
            if moved.newer(place, entry.counted_at):
                raise NotACount("A place was counted again since: the later count stands.")
            now[place] += moved.units(place, entry.counted_at)
            if now[place] < 0:
                raise NotACount("More units left since the count than were counted.")
    return now

"""
Time moves promises: every night the lines whose promised day has come and gone, or whose ground has.

Looks for them, and lets ``orders.allocation`` decide again, in blocks. Writes nothing itself, so a night that was
killed between two blocks is simply run again: what was decided is not found a second time.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db.models import Count, Q

from . import allocation, notices, order_by
from .dating import day_of
from .models import OrderLine

MOST_PRODUCTS, MOST_LINES = 200, 5_000
"""What one transaction looks at, about a second's worth; a product with more lines than that is one by itself."""


def sweep(*, at: datetime) -> int:
    """
    Decide again about every open line that stands on nothing any more; customers are told as of any new date.

    Nothing ordered and the day by which to order passed, or nobody supplies it any more; a promised or typed day that
    has passed, of what waits and of what is here; a warehouse that was closed. Inbound that is late or gone has moved
    its lines before (``suppliers.performance``). Commits by block; run twice, it changes nothing.

    :returns: how many lines changed
    """
    today = day_of(at)
    stale = _stale(today)
    product_ids = set(order_by.passed(today)) | _products(stale)
    changed = 0
    for block in _blocks(product_ids):
        # one mail for a customer of several blocks, and another event if the night is run again
        cause = f"time:{today}{notices.AFTER}{at:%H%M%S%f}"
        changed += allocation.settle(block, cause=cause, stale=stale, by=None, at=at)
    return changed


def _stale(today: date) -> Q:
    """Lines promised a day that has passed, or one that a closed warehouse cannot keep, or could again."""
    shut = Q(allocations__stock__warehouse__is_open=False) | Q(allocations__inbound__warehouse__is_open=False)
    standing = OrderLine.objects.open().filter(shut, promised_date__isnull=False)
    return Q(promised_date__lt=today) | Q(pk__in=standing.values("pk")) | Q(allocated__gt=0, safe_date=None)


def _products(stale: Q) -> set[int]:
    return set(OrderLine.objects.open().filter(stale).order_by().values_list("product_id", flat=True).distinct())


def _blocks(product_ids: Iterable[int]) -> Iterator[list[int]]:
    """Cut products into blocks by how many open lines they have."""
    wanted = sorted(product_ids)
    lines = dict(
        OrderLine.objects.open().filter(product__in=wanted).order_by().values_list("product").annotate(Count("pk"))
    )
    block: list[int] = []
    size = 0
    for product_id in wanted:
        if block and (len(block) == MOST_PRODUCTS or size + lines.get(product_id, 0) > MOST_LINES):
            yield block
            block, size = [], 0
        block.append(product_id)
        size += lines.get(product_id, 0)
    if block:
        yield block

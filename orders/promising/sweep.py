"""
Time moves promises: every night the lines whose promised day has come and gone, or whose ground has.

Looks for them, and lets ``orders.allocation`` decide again, in blocks. Writes nothing itself, so a night that was
killed between two blocks is simply run again: what was decided is not found a second time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Count, Q

from inventory.ground.sql import plans
from inventory.supply import calendars
from orders import allocation
from orders.allocation.dating import day_of
from orders.mail import notices
from orders.models import Allocation, OrderLine
from orders.rules import news, overdue

from . import order_by, parted

MOST_PRODUCTS, MOST_LINES = 200, 5_000
"""What one transaction looks at, about a second's worth; a product with more lines than that is one by itself."""


def sweep(*, at: datetime, block_done: Callable[[], None] | None = None) -> int:
    """
    Decide again about every open line that stands on nothing any more; customers are told as of any new date.

    Nothing ordered and the day by which to order passed, or nobody supplies it any more; a promised or typed day that
    has passed, of what waits and of what is here; a warehouse that was closed; a promise at risk on the last working
    day before it; the day has come by which the customer of a late one hears again. Inbound that is late or gone has
    moved its lines before (``suppliers.performance``). After that, parts that were told for a day and come later
    (``parted``). Commits by block; run twice, it changes nothing.

    :param block_done: called after each block
    :returns: how many lines changed, or are told of
    """
    today = day_of(at)
    product_ids = order_by.passed(today).union(*(_products(ground) for ground in _grounds(today)))
    changed = 0
    for block in _blocks(product_ids):
        # one mail for a customer of several blocks, and another event if the night is run again
        cause = f"time:{today}{notices.AFTER}{at:%H%M%S%f}"
        with plans.by_index():
            changed += allocation.settle(block, cause=cause, dates_all=True, by=None, at=at)
        if block_done:
            block_done()
    return changed + parted.tell(at=at)


def undated(*, at: datetime, block_done: Callable[[], None] | None = None) -> int:
    """Date the lines that had none, for products that somebody supplies since; commits by block."""
    return _planned("dated", Q(safe_date=None, product__lead_times__isnull=False), at, block_done)


def together(*, at: datetime, block_done: Callable[[], None] | None = None) -> int:
    """
    Plan the lines of orders that ship complete or are wanted later: their time to take units may have come.

    Commits by block.
    """
    return _planned("together", Q(order__is_ship_complete=True) | Q(order__wanted_date__isnull=False), at, block_done)


def given_up() -> set[int]:
    """Name the inbound that nobody has confirmed, for which customers wait who are promised no day any more."""
    claims = Allocation.objects.filter(
        inbound__is_confirmed=False,
        inbound__outstanding__gt=0,
        line__backordered__gt=0,
        line__is_stopped=False,
        line__promised_date=None,
        line__redated__gt=overdue.MOST_REDATED,
    )
    return set(claims.order_by().values_list("inbound", flat=True).distinct())


def weigh(*, at: datetime, block_done: Callable[[], None] | None = None) -> int:
    """
    Reckon anew how likely each promise breaks: what nobody has ordered comes a day later than last night.

    Commits by block; tells nobody.

    :returns: how many lines have another chance
    """
    lines = OrderLine.objects.backordered().filter(promised_date__isnull=False, open__gt=0).order_by()
    changed = 0
    for block in _blocks(set(lines.values_list("product_id", flat=True).distinct())):
        with plans.by_index():
            changed += allocation.weigh(block, at=at)
        if block_done:
            block_done()
    return changed


def _planned(cause: str, which: Q, at: datetime, block_done: Callable[[], None] | None) -> int:
    waiting = OrderLine.objects.backordered().filter(which).order_by()
    product_ids = sorted(set(waiting.values_list("product_id", flat=True)))
    changed = 0
    for first in range(0, len(product_ids), MOST_PRODUCTS):
        some = product_ids[first : first + MOST_PRODUCTS]
        with plans.by_index():
            changed += allocation.settle(some, cause=f"{cause}:{some[0]}:{at.date()}", by=None, at=at)
        if block_done:
            block_done()
    return changed


def _grounds(today: date) -> list[Q]:
    """Say which lines to look at, each answered by an index: promised a day that has passed, or shut in, or let out."""
    past = Q(promised_date__lt=today)
    stock_shut, inbound_shut = (Q(**{f"allocations__{way}__warehouse__is_open": False}) for way in ("stock", "inbound"))
    return [
        Q(backordered__gt=0) & past,
        Q(backordered__gt=0, is_at_risk=True) & last_day(today),
        Q(word_by__lte=today),
        Q(allocated__gt=0) & (past | Q(safe_date=None)),
        *(Q(promised_date__isnull=False) & shut for shut in (stock_shut, inbound_shut)),
    ]


def last_day(today: date) -> Q:
    """Narrow to lines for whose promise today is the last day of their warehouse before it, or that is past."""
    found: dict[date, list[int]] = defaultdict(list)
    for place, calendar in calendars.of_all().items():
        found[news.next_day(today, calendar)].append(place)
    ends = (Q(promised_date__lte=day, order__warehouse__in=places) for day, places in found.items())
    return Q(promised_date__lte=max(found, default=today)) & reduce(or_, ends, Q(pk__in=()))


def _products(ground: Q) -> set[int]:
    lines = OrderLine.objects.open().filter(ground, is_stopped=False)
    return set(lines.order_by().values_list("product_id", flat=True).distinct())


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

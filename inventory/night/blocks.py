"""
A night's reorder points as pieces of work that several workers can share: the only writer of ``ReorderBlock``.

A piece is a row. Who works at it holds the row's lock and commits it as done together with what it wrote; so no piece
is done twice, and one whose worker was lost is free again the moment its connection is gone, or after two minutes in
which nothing was heard on it. On SQLite there is one writer, and pieces are done one after another.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from inventory.formulas.classes import Limits
from inventory.formulas.forecast import VarianceLine
from inventory.ground.sql import bulk
from inventory.models import ReorderBlock

from .skus import Block

logger = logging.getLogger(__name__)

KEPT = timedelta(days=14)
"""How long the blocks of past nights are kept: a screen says of each product when it was last looked at."""
LONGEST_ERROR = 500
LOST_AFTER = timedelta(minutes=2)
"""A worker that says nothing to the database for so long, in the middle of a block, is lost."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a block: counts, and bytes from which the figures of the whole shop are fitted."""

    counts: Counter[str]
    levels: bytes


Work = Callable[[ReorderBlock], Done]


@transaction.atomic
def plan(ranges: Sequence[Block], *, on: date, line: VarianceLine, limits: Limits | None) -> None:
    """
    Lay out the work of a night; what was laid out for it before, and what older nights left undone, is dropped.

    Waits for those who still work at one of these.
    """
    ReorderBlock.objects.filter(on=on).delete()
    ReorderBlock.objects.filter(is_done=False).delete()
    ReorderBlock.objects.filter(on__lt=on - KEPT).delete()
    ReorderBlock.objects.bulk_create(
        ReorderBlock(
            on=on,
            after=after,
            until=until,
            line_a=line.a,
            line_b=line.b,
            value_of_a=limits.a if limits else None,
            value_of_b=limits.b if limits else None,
        )
        for after, until in ranges
    )


def _left() -> QuerySet[ReorderBlock]:
    return ReorderBlock.objects.filter(is_done=False).order_by("pk")


def do_next(work: Work) -> bool:
    """
    Do one block that nobody else is at, and say whether there was one; commits.

    One that fails is written down with its error, and what it wrote is taken back.
    """
    with transaction.atomic():
        block = _left().select_for_update(skip_locked=True).first()
        if block is None:
            return False
        bulk.end_if_silent(LOST_AFTER)  # whose machine is gone, or stands still, would hold the row for ever
        try:
            with transaction.atomic():
                done = work(block)
        except Exception as error:
            logger.exception("The reorder points of products %s to %s failed", block.after + 1, block.until)
            block.error = f"{block}: {type(error).__name__}: {error}"[:LONGEST_ERROR]
        else:
            block.counts, block.levels = dict(done.counts), done.levels
        block.is_done = True
        block.save()
    return True


def left(on: date) -> int:
    """Count the blocks of a night that are not done, well or not; somebody may be at them."""
    return _left().filter(on=on).count()


def of(on: date) -> list[ReorderBlock]:
    """List the blocks of a night, by product."""
    return list(ReorderBlock.objects.filter(on=on).order_by("after"))


def forget_levels(on: date) -> None:
    """Drop the bytes that the figures of the shop have been fitted from."""
    ReorderBlock.objects.filter(on=on).update(levels=b"")


def last_looked_at(product_id: int) -> date | None:
    """Give the last night that computed the reorder points of a product, whether or not they moved."""
    rows = ReorderBlock.objects.filter(after__lt=product_id, until__gte=product_id, is_done=True, error="")
    return rows.order_by("-on").values_list("on", flat=True).first()

"""
A big file in blocks, each written in one transaction that marks it as done: the only writer of ``UploadBlock``.

The look lays out what it found, so that it is kept and not made again. Whoever loads takes the next block that is not
done; a worker that is killed takes its own block back with it and no other, and the next one goes on from there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from backoffice.models import Upload, UploadBlock
from inventory.ground.sql import bulk
from inventory.resources import Plan

from . import loading

KEPT_FOR = timedelta(days=30)
"""So long a look waits for its yes."""
MOST_SWEPT = 1_000
"""Files of one night."""


def has(kind: str) -> bool:
    """Say if a big file of this kind is written in blocks."""
    return loading.KINDS[kind].blocks is not None


def lay_out(upload: Upload, plan: Plan, *, at: datetime) -> None:
    """Keep what a look found, in the caller's transaction; what an earlier one found is no longer wanted."""
    UploadBlock.objects.filter(upload=upload).delete()
    ways = loading.KINDS[upload.kind].blocks
    if ways:
        found = enumerate(ways.lay_out(plan, at=at))
        blocks = (UploadBlock(upload=upload, number=number, rows=rows) for number, rows in found)
        for block in blocks:  # several in one statement are written into an array, every quotation mark of them twice
            block.save(force_insert=True)


def how_many(upload: Upload) -> tuple[int, int]:
    """Give blocks done, and blocks in all."""
    return upload.blocks.exclude(done_at=None).count(), upload.blocks.count()


def write(upload: Upload, *, mine: Callable[[], None], by: User | None, at: Callable[[], datetime]) -> bool:
    """
    Write the next block, if there is one that is not done.

    :param mine: holds the file in this transaction, or raises: somebody else has it
    """
    ways = loading.KINDS[upload.kind].blocks
    with transaction.atomic(), bulk.uncollected():
        mine()
        block = upload.blocks.filter(done_at=None).order_by("number").first()
        if block is None or ways is None:
            return False
        block.skipped, block.done_at = ways.write(block.rows, by=by, at=at()), at()
        block.save(update_fields=["skipped", "done_at"])
    return True


def sweep(*, at: datetime) -> int:
    """
    Let go of looks that nobody said yes to within a month: of what stands there by now they say nothing any more.

    A file of which a part is loaded keeps its blocks, so that it can go on.
    """
    begun = UploadBlock.objects.filter(upload=OuterRef("pk")).exclude(done_at=None)
    old = Upload.objects.filter(
        ~Exists(begun), state=Upload.State.LOOKED, loaded_at=None, blocks__number=0, uploaded_at__lt=at - KEPT_FOR
    )
    swept = 0
    for upload in list(old.order_by("pk")[:MOST_SWEPT]):
        with transaction.atomic():
            mine = Upload.objects.filter(pk=upload.pk, state=Upload.State.LOOKED, loaded_at=None, report=upload.report)
            if mine.update(state=Upload.State.NEW, report={}):
                swept += UploadBlock.objects.filter(upload=upload).delete()[0]
    return swept


def skipped(upload: Upload) -> list[str]:
    """Give a sentence for each row that was left as it is."""
    return [line for lines in upload.blocks.values_list("skipped", flat=True) for line in lines]


def finish(upload: Upload, report: dict[str, Any]) -> dict[str, Any]:
    """Give what is kept of a file whose blocks are all done, and let them go, in the caller's transaction."""
    left = skipped(upload)
    told = f"{report['told']}, {len(left):,} left as they are" if left else report["told"]
    upload.blocks.all().delete()
    return report | {"told": told, "problems": [*left, *report["problems"]]}

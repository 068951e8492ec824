"""Delete rows that nobody asks for any more: block by block, and no more at once than a night can take."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from . import bulk

BLOCK, BLOCKS = 10_000, 50
"""Rows that one statement deletes, and how many of them a night does: some seconds, and more than a day writes."""


def prune(rows: QuerySet[Any], *, block_done: Callable[[], None] | None = None) -> int:
    """
    Delete these rows in their order; each block commits by itself, so one that is killed goes on where it stopped.

    What is left after so many blocks goes the next time.

    :param block_done: called after each block
    """
    gone = 0
    for _ in range(BLOCKS):
        some = list(rows.values_list("pk", flat=True)[:BLOCK])
        if not some:
            break
        gone += rows.model._base_manager.filter(pk__in=bulk.among(some)).delete()[0]
        if block_done:
            block_done()
    return gone

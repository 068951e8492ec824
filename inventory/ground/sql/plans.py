"""How PostgreSQL is to find rows, where its own guess costs too much. SQLite goes by its indexes anyway."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from . import bulk


@contextmanager
def by_index() -> Iterator[None]:
    """
    Work in one transaction in which rows are found by their index, not by reading whole tables for each block of them.

    Out of the box PostgreSQL takes a page that an index leads to for four times as dear as the next one of the table,
    as on a disk that turns: a block of some percent of the rows costs as much as all, and all blocks their square.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        bulk.run("SELECT set_config('random_page_cost', '1.1', true)", [])
        yield

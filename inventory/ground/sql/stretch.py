"""
Rows that lie together: a block of a big file is of products in a row, which an index gives in one stretch.

Of 2,000 products one by one PostgreSQL believes that to read the whole table is cheaper, and it did so for every block.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from . import bulk


def among(column: str, numbers: Collection[int]) -> dict[str, Any]:
    """Give a filter by these numbers; of many it says between which they lie, too."""
    found = {f"{column}__in": bulk.among(numbers)}
    if _is_long(numbers):
        found |= {f"{column}__gte": min(numbers), f"{column}__lte": max(numbers)}
    return found


def between(column: str, numbers: Collection[int]) -> str:
    """Give what a condition on a column goes on with, which is joined to these numbers: between which many lie."""
    return f" AND {column} BETWEEN {min(numbers)} AND {max(numbers)}" if _is_long(numbers) else ""


def _is_long(numbers: Collection[int]) -> bool:
    return connection.vendor == "postgresql" and len(numbers) > bulk.MANY

"""
Counting that stops: a list of a million rows says "10,000+" and never counts on.

``BoundedPaginator`` is the paginator of every long admin list; ``bounded_counts`` counts several questions in
one statement.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.functional import cached_property

from . import bulk

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

BOUND = 10_000
"""Rows are counted up to one more than this; deeper pages are not offered."""


class BoundedPaginator(AnyPaginator):
    """
    A paginator that counts to ``BOUND`` + 1, so that its last page is never deep.

    Behind the first page the rows are found by their keys: what is looked up beside a row is then looked up for those
    of the page alone, and not for all that stand before them.
    """

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        return rows.order_by()[: BOUND + 1].count()

    def page(self, number: int | str) -> Page[Any]:
        rows: Any = self.object_list
        wanted: int = self.validate_number(number)
        if wanted == 1 or not isinstance(rows, models.QuerySet):
            return super().page(wanted)
        first = (wanted - 1) * self.per_page
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(rows.filter(pk__in=keys), wanted, self)

    @cached_property
    def num_pages(self) -> int:
        counted = min(self.count, BOUND)
        return max(1, -(-counted // self.per_page))


def bounded_counts(questions: Mapping[str, models.QuerySet[Any]], *, bound: int = BOUND) -> dict[str, int]:
    """
    Count the rows of each of these querysets up to ``bound`` + 1, all in one statement.

    :returns: rows by name; ``bound`` + 1 means "more than ``bound``"
    """
    counts = dict.fromkeys(questions, 0)
    asked: list[str] = []
    parts: list[str] = []
    params: list[Any] = []
    for name, rows in questions.items():
        try:
            sql, values = rows.order_by().values("pk")[: bound + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        asked.append(name)
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS bounded)")
        params.extend(values)
    if parts:
        counts |= dict(zip(asked, bulk.fetch(f"SELECT {', '.join(parts)}", params)[0], strict=True))
    return counts


def in_words(count: int, *, bound: int = BOUND) -> str:
    """
    Write a bounded count.

    >>> in_words(412), in_words(10_001)
    ('412', '10,000+')
    """
    return f"{bound:,}+" if count > bound else f"{count:,}"

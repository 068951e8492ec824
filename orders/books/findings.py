"""What an audit has to say: a rule in words, how many rows break it, and the first few. Reads; writes nothing."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its rule in words, how many rows break it, and the first few."""

    rule: str
    broken: int
    examples: tuple[str, ...]


def finding(rule: str, rows: QuerySet[Any], *parts: str) -> Finding:
    """
    Count the rows that break a rule, and name the first few.

    :param parts: the column that names a row, and those that disagree
    """
    broken = rows.count()
    examples = tuple(
        ": ".join((str(row[0]), " against ".join(str(value) for value in row[1:])))
        for row in (rows.values_list(*parts)[:SHOWN] if broken else ())
    )
    return Finding(rule, broken, examples)


def summed(queryset: QuerySet[Any], link: str, column: str) -> Coalesce:
    """The sum of a column over the rows that point here, 0 if there are none."""
    rows = queryset.filter(**{link: OuterRef("pk")}).order_by().values(link).annotate(total=Sum(column))
    return Coalesce(Subquery(rows.values("total")), 0)

"""What the figures can be narrowed to. Reads only, and remembers it for all who look."""

from datetime import date

from django.core.cache import cache

from backoffice.models import WeeklyFigure
from inventory.ground.sql import bulk
from orders.queue import counting

from . import calendar
from .dimensions import Dimension, FigureChoice

KNOWN = "figures:choices"
VALUES = """
WITH RECURSIVE each_one(id) AS (
    SELECT (SELECT one.id FROM {figure} AS one WHERE one.dimension > '' ORDER BY one.dimension, one.value LIMIT 1)
    UNION ALL
    SELECT (SELECT after.id FROM {figure} AS after WHERE (after.dimension, after.value) > (seen.dimension, seen.value)
        ORDER BY after.dimension, after.value LIMIT 1)
    FROM each_one JOIN {figure} AS seen ON seen.id = each_one.id
)
SELECT seen.dimension, seen.value FROM each_one JOIN {figure} AS seen ON seen.id = each_one.id
WHERE EXISTS (SELECT 1 FROM {figure} AS newer WHERE newer.dimension = seen.dimension AND newer.value = seen.value
    AND newer.week >= %s)
"""
"""From one value to the next by the index: what is read grows with the values, not with their weeks and figures."""


def choices(today: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give what the figures can be narrowed to: words of addresses and their names, by dimension."""
    found: list[tuple[str, list[tuple[str, str]]]] | None = cache.get(KNOWN)
    if found is None:
        pairs = sorted(bulk.fetch(VALUES.format(figure=WeeklyFigure._meta.db_table), [calendar.first(today)]))
        found = [
            (
                label.capitalize(),
                [(FigureChoice(name, value).word, value) for dimension, value in pairs if dimension == name],
            )
            for name, label in Dimension.choices
            if any(dimension == name for dimension, _ in pairs)
        ]
        cache.set(KNOWN, found, counting.FRESH_SECONDS)
    return found

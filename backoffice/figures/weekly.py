"""
The figures by week, added up from the rows that are counted. The only writer of ``WeeklyFigure``.

A statement for each table, cohort and dimension reads sums, never rows; what differs is written. Weeks that can no
longer change stay as they are; what is counted of a moment (who waits, cover) is of the last night of its week.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import TruncWeek
from django.utils import timezone

from backoffice.models import WeeklyFigure
from inventory.ground.sql import bulk, schema

from . import calendar, standing
from .declared import DECLARED, DeclaredFigure
from .dimensions import splits
from .standing import Added

DAY = timedelta(days=1)
PLACES = Decimal("0.0001")

_TABLE = WeeklyFigure._meta.db_table
_COLUMNS = schema.columns(WeeklyFigure, "dimension", "value", "week", "figure", "reached", "counted")
_SAME = " AND ".join(f"target.{name} = staged.{name}" for name in ("dimension", "value", "week", "figure"))


def add_up(*, at: datetime, part_done: Callable[[], object] = bool) -> dict[str, int]:
    """
    Count every figure of the weeks that can still change. Commits by table and cohort.

    :returns: figures written, and those taken away because nothing is counted any more
    """
    today = timezone.localdate(at)
    counts = {"written": 0, "removed": 0}
    since = calendar.first(today)
    for names, first, found in (*_counted(since, today), *standing.figures(at=at)):
        with transaction.atomic():
            for name, changed in _write(names, first, [row for row in found if row.counted > 0]):
                counts[name] += changed
        part_done()
    return counts


def _counted(since: date, today: date) -> Iterator[tuple[Sequence[str], date, Iterable[Added]]]:
    """Give the figures that are counted of rows: those of one table and cohort at a time."""
    groups: dict[tuple[type[Model], str], list[DeclaredFigure]] = defaultdict(list)
    for each in DECLARED:
        groups[each.model, each.cohort].append(each)
    for (model, cohort), figures in groups.items():
        yield [each.name for each in figures], since, list(_sums(model, cohort, figures, since, today))


def _sums(
    model: type[Model], cohort: str, figures: Sequence[DeclaredFigure], since: date, today: date
) -> Iterator[Added]:
    wanted: dict[str, Any] = {}
    for each in figures:
        wanted |= {f"{each.name}_reached": each.reached(today), f"{each.name}_counted": each.counted(today)}
    rows = model._default_manager.filter(**{f"{cohort}__gte": since, f"{cohort}__lte": today})
    for dimension, column in splits(model):
        weekly = rows.annotate(in_week=TruncWeek(cohort), **({"of_value": column} if dimension else {}))
        named = weekly.values("in_week", "of_value") if dimension else weekly.values("in_week")
        for row in named.order_by().annotate(**wanted):
            value = row.get("of_value") or ""
            if dimension and not value:
                continue  # nobody's
            for each in figures:
                reached, counted = (_number(row[f"{each.name}_{what}"]) for what in ("reached", "counted"))
                yield Added(dimension, value, row["in_week"], each.name, reached, counted)


def _number(value: Any) -> Decimal:
    """Give a sum as a number; a span of time in days."""
    if isinstance(value, timedelta):
        value = Decimal(value // DAY)
    return Decimal(value or 0).quantize(PLACES)


def _write(names: Sequence[str], since: date, rows: Sequence[Added]) -> Iterator[tuple[str, int]]:
    """Write those that differ, and take away those that are none any more."""
    source, params = bulk.staged(_COLUMNS, rows)
    marks = ", ".join(["%s"] * len(names))
    yield (
        "removed",
        bulk.run(
            f"DELETE FROM {_TABLE} WHERE id IN (SELECT target.id FROM {_TABLE} AS target LEFT JOIN {source} ON {_SAME}"
            f" WHERE target.week >= %s AND target.figure IN ({marks}) AND staged.figure IS NULL)",
            [*params, since, *names],
        ),
    )
    listed = ", ".join(_COLUMNS)
    yield (
        "written",
        bulk.run(
            f"INSERT INTO {_TABLE} AS target ({listed}) SELECT {listed} FROM {source} WHERE true"
            " ON CONFLICT (dimension, value, week, figure) DO UPDATE SET reached = excluded.reached,"
            " counted = excluded.counted"
            " WHERE target.reached <> excluded.reached OR target.counted <> excluded.counted",
            params,
        ),
    )

"""
The figures of a moment: who waits and since when, how long stock lasts, which promises may break. Reads only.

They are kept as of the last night of each week; of the weeks to come, how many promises are likely to break.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import fsum
from typing import Any, NamedTuple

from django.db.models import (
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce, Greatest, TruncWeek
from django.utils import timezone

from backoffice.models import LineOutcome
from inventory.models import ReorderPolicy, Stock
from orders.filters import AGES, aged

from . import calendar
from .dimensions import splits

PLACES = Decimal("0.0001")
COVER, RISK = "cover", "risk"
WAITING = Q(line__backordered__gt=0, line__is_stopped=False)
"""Of the row of a line: it waits (``orders.models.order.WAITS``)."""
WEEK = 7


class Added(NamedTuple):
    """One figure of one week and value: what was reached of what was counted."""

    dimension: str
    value: str
    week: date
    figure: str
    reached: Decimal
    counted: Decimal


Figures = tuple[Sequence[str], date, Sequence[Added]]
"""Names of figures, the first week that they are counted anew for, and what was counted."""


def units_of(age: str) -> str:
    """Name the figure of the units that have waited so long."""
    return f"units_{age}"


def worth_of(age: str) -> str:
    return f"worth_{age}"


def waits(age: str, *, at: datetime) -> Q:
    """Ask of rows whether their line waits, and has done so for so long."""
    return WAITING & aged(age, at=at, lines="line__")


def may_break(today: date) -> Q:
    """Ask of rows whether their line waits for a promised day to come, with a chance to break."""
    return WAITING & Q(line__promised_date__gte=today, line__chance_to_break__isnull=False)


def figures(*, at: datetime) -> Iterator[Figures]:
    """Count what stands now."""
    today = timezone.localdate(at)
    week = calendar.monday(today)
    yield [name(age) for age in AGES for name in (units_of, worth_of)], week, list(_waiting(week, at))
    yield [COVER], week, list(_cover(week))
    yield [RISK], week, list(_risk(today))


def _waiting(week: date, at: datetime) -> Iterator[Added]:
    """Units and value of lines that wait, by age; of how many lines."""
    wanted: dict[str, Any] = {}
    for age in AGES:
        asked = aged(age, at=at, lines="line__")
        worth = ExpressionWrapper(
            F("line__backordered") * F("line__unit_price"), DecimalField(max_digits=24, decimal_places=4)
        )
        wanted |= {
            f"lines_{age}": Count("pk", filter=asked),
            units_of(age): Sum("line__backordered", filter=asked, default=0),
            worth_of(age): Sum(worth, filter=asked, default=Decimal()),
        }
    rows = LineOutcome.objects.filter(WAITING)
    for dimension, value, row in _added(LineOutcome, rows, wanted):
        for age in AGES:
            for name in (units_of(age), worth_of(age)):
                yield Added(dimension, value, week, name, _exact(row[name]), _exact(row[f"lines_{age}"]))


def _cover(week: date) -> Iterator[Added]:
    """Units free on the shelf, of the units a day that are expected to be asked for."""
    place = Stock.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
    available = Subquery(place.values("available")[:1], output_field=IntegerField())
    free = Greatest(Coalesce(available, 0), 0)
    columns = {f"of_{dimension}": column for dimension, column in splits(ReorderPolicy) if dimension}
    rows = ReorderPolicy.objects.filter(weekly_demand__gt=0).annotate(free=free, **columns)
    wanted = {"free_units": Sum("free"), "a_week": Sum("weekly_demand", output_field=FloatField())}
    # all policies are read once: what is alike in every column is one row, and of those few is added up by each column
    alike = list(rows.values(*columns).order_by().annotate(**wanted))
    for dimension, _ in splits(ReorderPolicy):
        by_value: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in alike:
            by_value[row[f"of_{dimension}"] if dimension else ""].append(row)
        for value, own in by_value.items():
            if value or not dimension:
                free_units, a_week = sum(row["free_units"] for row in own), fsum(row["a_week"] for row in own)
                yield Added(dimension, value, week, COVER, _exact(free_units), _exact(a_week / WEEK))


def _risk(today: date) -> Iterator[Added]:
    """Lines promised for each week to come that are expected to break, by their chances; of how many lines."""
    rows = LineOutcome.objects.filter(may_break(today)).annotate(in_week=TruncWeek("line__promised_date"))
    wanted = {"expected": Sum("line__chance_to_break"), "promised": Count("pk")}
    for dimension, value, row in _added(LineOutcome, rows, wanted, "in_week"):
        yield Added(dimension, value, row["in_week"], RISK, _exact(row["expected"]), _exact(row["promised"]))


def _added(model: Any, rows: Any, wanted: dict[str, Any], *groups: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Add up rows by each dimension; those without a value are nobody's."""
    for dimension, column in splits(model):
        if dimension:
            for row in rows.annotate(of_value=column).values("of_value", *groups).order_by().annotate(**wanted):
                if row["of_value"]:
                    yield dimension, row["of_value"], row
        elif groups:
            for row in rows.values(*groups).order_by().annotate(**wanted):
                yield dimension, "", row
        else:
            yield dimension, "", rows.aggregate(**wanted)


def _exact(value: Any) -> Decimal:
    return Decimal(value or 0).quantize(PLACES)

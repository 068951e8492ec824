"""
The figures of a moment: who waits and since when, how long stock lasts, which promises may break. Reads only.

They are kept as of the last night of each week; of the weeks to come, how many promises are likely to break.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import fsum
from typing import Any, NamedTuple

from django.db.models import (
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
)
from django.utils import timezone

from backoffice.models import LineOutcome
from inventory.ground.sql import bulk
from inventory.models import ReorderPolicy, Stock, Warehouse
from orders.filters import AGES, aged

from . import calendar
from .dimensions import COLUMNS, splits

FREE = f"""
SELECT {{columns}}, SUM(CASE WHEN shelf.available > 0 THEN shelf.available ELSE 0 END), SUM(policy.weekly_demand)
FROM {ReorderPolicy._meta.db_table} AS policy
JOIN {Warehouse._meta.db_table} AS warehouse ON warehouse.id = policy.warehouse_id
LEFT JOIN {Stock._meta.db_table} AS shelf ON shelf.product_id = policy.product_id
    AND shelf.warehouse_id = policy.warehouse_id
WHERE policy.weekly_demand > 0 GROUP BY {{columns}}
"""
"""
Units free on the shelf, and demand a week. Joined: the ORM has it by a query for each policy alone, which SQLite asks
in the order of the groups.
"""
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
    alike = _alike(LineOutcome.objects.filter(WAITING), wanted)
    for dimension, value, _, row in _added(alike, wanted):
        for age in AGES:
            for name in (units_of(age), worth_of(age)):
                yield Added(dimension, value, week, name, _exact(row[name]), _exact(row[f"lines_{age}"]))


def _cover(week: date) -> Iterator[Added]:
    """Units free on the shelf, of the units a day that are expected to be asked for."""
    dimensions = COLUMNS[ReorderPolicy]
    # all policies are read once: what is alike in every column is one row, and of those few is added up by each column
    alike = bulk.fetch(FREE.format(columns=", ".join(map(_column, dimensions.values()))), [])
    for place, dimension in enumerate(["", *dimensions], start=-1):
        by_value: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in alike:
            by_value[row[place] if dimension else ""].append(row)
        for value, own in by_value.items():
            if value or not dimension:
                free_units, a_week = sum(row[-2] for row in own), fsum(row[-1] for row in own)
                yield Added(dimension, value, week, COVER, _exact(free_units), _exact(a_week / WEEK))


def _column(path: str) -> str:
    """Give the column of ``FREE`` that a path of Django's leads to."""
    first, _, rest = path.partition("__")
    return f"{first}.{rest}" if rest else f"policy.{first}"


def _risk(today: date) -> Iterator[Added]:
    """Lines promised for each week to come that are expected to break, by their chances; of how many lines."""
    rows = LineOutcome.objects.filter(may_break(today)).annotate(day=F("line__promised_date"))
    wanted = {"expected": Sum("line__chance_to_break"), "promised": Count("pk")}
    alike = [row | {"week": calendar.monday(row["day"])} for row in _alike(rows, wanted, "day")]
    for dimension, value, week, row in _added(alike, wanted, "week"):
        yield Added(dimension, value, week, RISK, _exact(row["expected"]), _exact(row["promised"]))


def _alike(rows: Any, wanted: Mapping[str, Any], *also: str) -> list[dict[str, Any]]:
    """Add up rows of lines that are alike in every dimension, and in these columns too: few, and read once."""
    columns = {f"of_{dimension}": column for dimension, column in splits(LineOutcome) if dimension}
    return list(rows.annotate(**columns).values(*columns, *also).order_by().annotate(**wanted))


def _added(
    alike: Sequence[dict[str, Any]], names: Iterable[str], group: str = ""
) -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """Add them up by each dimension, and by a column; those without a value are nobody's."""
    for dimension, _ in splits(LineOutcome):
        own: dict[tuple[str, Any], list[dict[str, Any]]] = defaultdict(list)
        for row in alike:
            own[row[f"of_{dimension}"] if dimension else "", row.get(group)].append(row)
        for (value, which), rows in own.items():
            if value or not dimension:
                yield dimension, value, which, {name: _sum([row[name] for row in rows]) for name in names}


def _sum(values: Sequence[Any]) -> Any:
    return fsum(values) if isinstance(values[0], float) else sum(values)


def _exact(value: Any) -> Decimal:
    return Decimal(value or 0).quantize(PLACES)

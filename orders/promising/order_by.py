"""
The order-by day: the last one on which an order to the supplier keeps what was promised on its lead time.

Promise − receiving and handling − safe lead time, which includes our approval. Reads only: a constant number of
statements, whatever the number of lines.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.db.models import Count, F, Min, Sum
from django.db.models.functions import Coalesce

from inventory.formulas.calendars.working_days import Calendar
from inventory.ground.sql import bulk
from inventory.models import LeadTime, Product
from inventory.supply import calendars
from orders.models import Basis, OrderLine


class LinesByDay(NamedTuple):
    """Lines of one product and place that rest on one day: units that nobody has ordered, and what is promised."""

    product_id: int
    day: date
    sender: str
    units: int
    waiting: int
    promises: int
    promised: date | None
    value: Decimal


class Soonest(NamedTuple):
    """The lead time of a product to one place, and whose it is."""

    safe_days: float
    likely_days: float
    sender: str


@dataclass(frozen=True, slots=True)
class DueOrder:
    """
    What to order of one product now.

    :ivar day: the last one on which that keeps every promise; once it has passed, they hold less likely each day
    :ivar units: that nobody has ordered, of the lines that hang on it
    :ivar promises: that break otherwise; ``promised``: the first of them
    :ivar undated: lines whose promise was broken so often that they have none
    :ivar value: of the units, at what customers pay
    """

    product: Product
    day: date
    sender: str
    units: int
    promises: int
    promised: date | None
    undated: int
    value: Decimal


def last_day(promise: date, safe_days: float, shelf_days: int, calendar: Calendar) -> date:
    """
    Give the order-by day of a promise; on a week-end nobody orders, so it is the Friday before.

    :param shelf_days: working days of its warehouse, receiving and handling

    >>> from inventory.formulas.calendars.working_days import PLAIN
    >>> last_day(date(2026, 11, 30), 10, 1, PLAIN)  # a Monday: here on Friday the 27th
    datetime.date(2026, 11, 17)
    """
    day = promise - timedelta(days=round(safe_days))
    while calendar.shift(day + timedelta(days=round(safe_days)), shelf_days) > promise or day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def passed(today: date) -> set[int]:
    """Give the products of which a promise rests on an order that comes too late by now, or that nobody takes."""
    return {group.product_id for group in _groups() if group.day < today}


def due(today: date) -> list[DueOrder]:
    """List what is to be ordered today so that no promise breaks, what breaks most first."""
    found: dict[int, list[LinesByDay]] = defaultdict(list)
    for group in _groups():
        if date.min < group.day and (group.day <= today or group.promises < group.waiting):
            found[group.product_id].append(group)
    products = Product.objects.in_bulk(found)
    rows = [_due(products[product_id], groups) for product_id, groups in found.items()]
    return sorted(rows, key=lambda row: (-row.promises, -row.undated, row.product.sku))


def _due(product: Product, groups: Sequence[LinesByDay]) -> DueOrder:
    first = min(groups, key=lambda group: group.day)
    promises = sum(group.promises for group in groups)
    return DueOrder(
        product,
        first.day,
        first.sender,
        sum(group.units for group in groups),
        promises,
        min((group.promised for group in groups if group.promised), default=None),
        sum(group.waiting for group in groups) - promises,
        sum((group.value for group in groups), Decimal()),
    )


_DAYS = "handling_days", "receiving_days", "calendar_revision"


def _groups() -> Iterator[LinesByDay]:
    """The lines that rest on a lead time, by product, place and day; ``date.min`` where nobody supplies them."""
    lines = OrderLine.objects.open().filter(
        uncovered__gt=0, is_stopped=False, basis=Basis.LEAD_TIME, safe_date__isnull=False
    )
    counted = {"promises": Count("promised_date"), "first": Min("promised_date")}
    worth = Sum(F("uncovered") * F("unit_price"))
    stands = Coalesce("promised_date", "safe_date")
    rows = list(
        lines.order_by()
        .values_list("product_id", "order__warehouse_id", *(f"order__warehouse__{name}" for name in _DAYS), stands)
        .annotate(units=Sum("uncovered"), waiting=Count("pk"), **counted, value=worth)
    )
    times: dict[int, dict[int, Soonest]] = defaultdict(dict)
    known = LeadTime.objects.filter(product__in=bulk.among(row[0] for row in rows))
    for product_id, place, *said in known.values_list("product_id", "warehouse_id", *Soonest._fields):
        times[product_id][place] = Soonest(*said)
    known_day = cache(last_day)  # many lines are of one day and about one lead time
    for product_id, place, handling, receiving, revision, day_at_stake, *counts in rows:
        places = times[product_id]
        time = places.get(place) or min(places.values(), default=None)
        calendar = calendars.of(place, revision)
        day = known_day(day_at_stake, round(time.safe_days), receiving + handling, calendar) if time else date.min
        yield LinesByDay(product_id, day, time.sender if time else "", *counts)

"""
The order-by day: the last one on which an order to the supplier keeps what was promised on its lead time.

Promise − receiving and handling − safe lead time, which includes our approval. Reads only: a constant number of
statements, whatever the number of lines.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Sum

from inventory.models import LeadTime, Product, Warehouse

from .arrivals import shipping_date
from .models import Basis, OrderLine


class Group(NamedTuple):
    """Lines of one product and place that rest on one day: how many, their units that nobody has ordered."""

    product_id: int
    day: date
    safe_date: date
    units: int
    lines: int


@dataclass(frozen=True, slots=True)
class Due:
    """
    What to order of one product now.

    :ivar day: by which; a day that has passed if the night has not looked since
    :ivar units: to order by then
    :ivar lines: promises that break otherwise
    :ivar promised: the first of them
    """

    product: Product
    day: date
    units: int
    lines: int
    promised: date


def last_day(promise: date, safe_days: float, handling_days: int) -> date:
    """
    Give the order-by day of a promise; on a week-end nobody orders, so it is the Friday before.

    >>> last_day(date(2026, 11, 30), safe_days=10, handling_days=1)  # a Monday: here on Friday the 27th
    datetime.date(2026, 11, 17)
    """
    day = promise - timedelta(days=round(safe_days))
    while shipping_date(day + timedelta(days=round(safe_days)), handling_days) > promise or day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def passed(today: date) -> set[int]:
    """Give the products of which a promise rests on an order that comes too late by now, or that nobody takes."""
    return {group.product_id for group in _groups() if group.day < today}


def due(today: date) -> list[Due]:
    """List what is to be ordered today so that no promise breaks, what breaks most first."""
    found: dict[int, list[Group]] = defaultdict(list)
    for group in _groups():
        if date.min < group.day <= today:
            found[group.product_id].append(group)
    products = Product.objects.in_bulk(found)
    rows = [
        Due(
            products[product_id],
            min(group.day for group in groups),
            sum(group.units for group in groups),
            sum(group.lines for group in groups),
            min(group.safe_date for group in groups),
        )
        for product_id, groups in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.lines, row.product.sku))


def _groups() -> Iterator[Group]:
    """The lines that rest on a lead time, by product, place and day; ``date.min`` where nobody supplies them."""
    handling = dict(Warehouse.objects.values_list("pk", "handling_days"))
    lines = OrderLine.objects.open().filter(uncovered__gt=0, basis=Basis.LEAD_TIME, safe_date__isnull=False)
    rows = list(
        lines.order_by()
        .values_list("product_id", "order__warehouse_id", "safe_date")
        .annotate(units=Sum("uncovered"), lines=Count("pk"))
    )
    times: dict[int, dict[int, float]] = defaultdict(dict)
    for product_id, place, safe_days in LeadTime.objects.filter(product__in={row[0] for row in rows}).values_list(
        "product_id", "warehouse_id", "safe_days"
    ):
        times[product_id][place] = safe_days
    for product_id, place, safe_date, units, count in rows:
        known = times[product_id]
        safe_days = known.get(place) or min(known.values(), default=None)
        day = date.min if safe_days is None else last_day(safe_date, safe_days, handling[place])
        yield Group(product_id, day, safe_date, units, count)

"""
Weeks that sold less than was wanted: only sales are known of them, and the shelf ran empty. Reads only.

What was ordered is never censored; a history file may hold sales (``DemandEntry.is_sale``), and ``EmptyShelf`` knows
the days without stock. ``forecast`` puts in place of such a week what was probably asked for (rules §3.1).
"""

from datetime import date, timedelta
from typing import Any

import numpy as np

from inventory.demand.entries import as_date
from inventory.ground.sql import bulk, columns
from inventory.models import DailyDemand, EmptyShelf

from .skus import Bools

DAY, DAYS = timedelta(days=1), 7

_DEMAND, _SHELVES = DailyDemand._meta.db_table, EmptyShelf._meta.db_table


def weeks(asked: columns.Table, start: date, count: int) -> Bools | None:
    """Mark the weeks of which only sales are known, and that had a day without stock; None if there are none."""
    first, last = int(asked["product_id"].min()), int(asked["product_id"].max())
    if not count or not DailyDemand.objects.filter(is_sale=True, product__gte=first, product__lte=last).exists():
        return None
    end = start + DAY * DAYS * count - DAY
    same = "rows.product_id = staged.product_id AND rows.warehouse_id = staged.warehouse_id"
    with columns.loaded(asked) as staged:
        sales = bulk.fetch(
            f"SELECT staged.place, MIN(rows.day), MAX(rows.day) FROM {staged} AS staged JOIN {_DEMAND} AS rows"
            f" ON {same} AND rows.is_sale WHERE rows.day <= %s GROUP BY staged.place",
            [end.isoformat()],
        )
        shelves = bulk.fetch(
            f"SELECT staged.place, rows.began_on, COALESCE(rows.ended_on, %s) FROM {staged} AS staged"
            f" JOIN {_SHELVES} AS rows ON {same} WHERE rows.began_on <= %s",
            [end.isoformat(), end.isoformat()],
        )
    found: Bools = _touched(sales, start, (len(asked["place"]), count))
    found &= _touched(shelves, start, (len(asked["place"]), count))
    return found if found.any() else None


def _touched(spans: list[tuple[Any, ...]], start: date, shape: tuple[int, int]) -> Bools:
    """Mark the weeks in which a span of days (place, first, last) lies, in whole or in part; shape (n, weeks)."""
    steps = np.zeros((shape[0], shape[1] + 1), np.int64)
    for place, first, last in spans:
        week = max(0, (as_date(first) - start).days // DAYS)
        after = min(shape[1], (as_date(last) - start).days // DAYS + 1)
        if week < after:
            steps[place, week] += 1
            steps[place, after] -= 1
    return np.asarray(steps.cumsum(axis=1)[:, :-1] > 0)

"""
Which SKU had nothing on hand on which days: the only writer of ``EmptyShelf``.

From the ledger, day by day as each closes: a shelf is empty on a day that ends with nothing on hand, once there ever
was something to post. And from history
files, which may say so of the time before this shop ran here.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from inventory.ground.sql import bulk, schema
from inventory.models import DemandWatermark, EmptyShelf, Movement, Stock

SOURCE = "shelves"
MOST_DAYS = 60
"""Days caught up at most after the clock stood still."""
DAY = timedelta(days=1)

_SHELVES, _STOCK, _MOVEMENTS = (model._meta.db_table for model in (EmptyShelf, Stock, Movement))
_EMPTY = f"""
    SELECT stock.product_id, stock.warehouse_id FROM {_STOCK} AS stock
    LEFT JOIN (SELECT product_id, warehouse_id, SUM(quantity) AS units FROM {_MOVEMENTS} WHERE at >= %s
               GROUP BY product_id, warehouse_id) AS later
      ON later.product_id = stock.product_id AND later.warehouse_id = stock.warehouse_id
    WHERE stock.on_hand - COALESCE(later.units, 0) <= 0
      AND EXISTS (SELECT 1 FROM {_MOVEMENTS} AS earlier WHERE earlier.product_id = stock.product_id
                  AND earlier.warehouse_id = stock.warehouse_id AND earlier.at < %s)"""
_SAME = "shelf.product_id = empty.product_id AND shelf.warehouse_id = empty.warehouse_id"

Day = tuple[int, int, date]
"""Product, warehouse, day."""


def record(*, on: date, day_done: Callable[[], None] | None = None) -> int:
    """
    Write down the empty shelves of the days that ended before ``on``, and return how many days that were.

    Commits by day, so that a night that broke off goes on where it stood.

    :param day_done: called after each day
    """
    days = 0
    while _record_next(on):
        days += 1
        if day_done:
            day_done()
    return days


@transaction.atomic
def _record_next(on: date) -> bool:
    """Close the first day that is still open before ``on``; False if there is none."""
    mark, _ = DemandWatermark.objects.get_or_create(
        source=SOURCE, defaults={"fed_until": datetime(1970, 1, 1, tzinfo=UTC)}
    )
    mark = DemandWatermark.objects.select_for_update(no_key=True).get(pk=mark.pk)
    done = timezone.localtime(mark.fed_until).date()
    day = max(done, on - DAY * MOST_DAYS) if done.year > 1970 else on - DAY
    if day >= on:
        return False
    _close(day)
    mark.fed_until = _midnight(day + DAY)
    mark.save(update_fields=["fed_until"])
    return True


@transaction.atomic
def add(days: Iterable[Day]) -> int:
    """Write down single days of empty shelves, such as a history file knows; return how many are new."""
    known = set(EmptyShelf.objects.values_list("product_id", "warehouse_id", "began_on"))
    rows = [(*day, day[2]) for day in sorted(set(days)) if day not in known]
    columns = schema.columns(EmptyShelf, "product_id", "warehouse_id", "began_on", "ended_on")
    return bulk.insert(_SHELVES, columns, rows, "ON CONFLICT (product_id, warehouse_id, began_on) DO NOTHING")


def _close(day: date) -> None:
    """End the shelves that were filled on this day, and begin those that it left empty."""
    moment = connection.ops.adapt_datetimefield_value(_midnight(day + DAY))
    bulk.run(
        f"UPDATE {_SHELVES} SET ended_on = %s WHERE ended_on IS NULL AND NOT EXISTS (SELECT 1 FROM ({_EMPTY}) AS empty"
        f" WHERE empty.product_id = {_SHELVES}.product_id AND empty.warehouse_id = {_SHELVES}.warehouse_id)",
        [(day - DAY).isoformat(), moment, moment],
    )
    bulk.run(
        f"INSERT INTO {_SHELVES} (product_id, warehouse_id, began_on)"
        f" SELECT empty.product_id, empty.warehouse_id, %s FROM ({_EMPTY}) AS empty WHERE NOT EXISTS"
        f" (SELECT 1 FROM {_SHELVES} AS shelf WHERE {_SAME} AND shelf.ended_on IS NULL)"
        " ON CONFLICT (product_id, warehouse_id, began_on) DO UPDATE SET ended_on = NULL",
        [day.isoformat(), moment, moment],
    )


def _midnight(day: date) -> datetime:
    """Give the moment a day begins on the shop's own calendar."""
    return datetime.combine(day, time(), timezone.get_default_timezone())

"""
The offer of each product that is safely here first, passed on to inventory as ``LeadTime``.

The hand of ``suppliers.performance`` that writes it, by two statements a block of products however many there are: the
database ranks the offers, and writes only lead times that differ.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate

from inventory import bulk
from inventory.models import LeadTime, Product, Warehouse

from . import arrivals, terms
from .models import Offer, PriceBreak, PurchaseOrder, Supplier

# Orders older than this say little of how often a supplier is asked now.
REMEMBERED_DAYS = 365
DAYS_A_WEEK = 7

_ASKED = {"id": "bigint", "before": "double precision", "review": "double precision", "name": "text"}
_NUMBERS = ("mean_days", "sd_days", "likely_days", "safe_days", "review_days", "minimum", "pack")
_LEAD_TIMES = LeadTime._meta.db_table
# The databases may differ in the last digits: those are no news.
_DIFFERS = " OR ".join(
    ["found.id IS NULL", "found.sender <> wanted.sender"]
    + [f"ABS(found.{name} - wanted.{name}) > 1e-9 * ABS(wanted.{name})" for name in _NUMBERS]
)
_LEAST = "CASE WHEN offer.minimum > price.least THEN offer.minimum ELSE price.least END"
_OFFERS = f"""
SELECT offer.product_id, asked.name AS sender, asked.review AS review_days, asked.before + offer.mean_days AS mean_days,
    offer.sd_days, asked.before + offer.likely_days AS likely_days, asked.before + offer.safe_days AS safe_days,
    {_LEAST} AS minimum, offer.pack,
    ROW_NUMBER() OVER (PARTITION BY offer.product_id ORDER BY asked.before + offer.safe_days, offer.id) AS place
FROM {Offer._meta.db_table} AS offer
JOIN {Product._meta.db_table} AS product ON product.id = offer.product_id AND NOT product.is_discontinued
JOIN (
    SELECT priced.offer_id, MIN(priced.minimum) AS least FROM {PriceBreak._meta.db_table} AS priced
    JOIN {Offer._meta.db_table} AS own ON own.id = priced.offer_id AND own.product_id > %s AND own.product_id <= %s
    GROUP BY priced.offer_id
) AS price ON price.offer_id = offer.id
JOIN (SELECT * FROM {{asked}}) AS asked ON asked.id = offer.supplier_id
WHERE offer.product_id > %s AND offer.product_id <= %s AND offer.is_active AND offer.safe_days IS NOT NULL
    AND (offer.capacity IS NULL OR offer.capacity / offer.pack * offer.pack >= {_LEAST})
"""
_WANTED = f"""
SELECT offers.*, place.id AS warehouse_id FROM ({_OFFERS}) AS offers
JOIN {Warehouse._meta.db_table} AS place ON place.is_open WHERE offers.place = 1
"""
_FIELDS = ("product_id", "warehouse_id", *_NUMBERS, "sender")
_WRITE = f"""
INSERT INTO {_LEAD_TIMES} ({", ".join(_FIELDS)}, updated_at)
SELECT {", ".join(f"wanted.{name}" for name in _FIELDS)}, %s FROM ({_WANTED}) AS wanted
LEFT JOIN {_LEAD_TIMES} AS found
    ON found.product_id = wanted.product_id AND found.warehouse_id = wanted.warehouse_id
WHERE {_DIFFERS}
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*_NUMBERS, "sender", "updated_at"))}
"""
_REMOVE = f"""
DELETE FROM {_LEAD_TIMES} WHERE product_id > %s AND product_id <= %s AND NOT EXISTS (
    SELECT 1 FROM ({_WANTED}) AS wanted WHERE wanted.product_id = {_LEAD_TIMES}.product_id
    AND wanted.warehouse_id = {_LEAD_TIMES}.warehouse_id)
"""


class Written(NamedTuple):
    """So many products are done of all; of this block so many lead times were written, and so many removed."""

    done: int
    products: int
    written: int
    removed: int


def write(*, at: datetime, size: int) -> Iterator[Written]:
    """Write the lead time of each product that is still bought, by blocks of so many."""
    asked = _asked(at)
    moment = connection.ops.adapt_datetimefield_value(at)
    products = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    ends = [0, *products[size - 1 :: size], *products[-1:]]
    for number, (above, last) in enumerate(pairwise(ends), start=1):
        source, staged = bulk.staged(_ASKED, asked)
        block = [above, last]
        within = [*block, *staged, *block]
        with transaction.atomic():
            written = bulk.run(_WRITE.format(asked=source), [moment, *within])
            removed = bulk.run(_REMOVE.format(asked=source), [*block, *within])
        yield Written(min(number * size, len(products)), len(products), written, removed)


def _asked(at: datetime) -> list[tuple[int, float, float, str]]:
    """Say of each supplier that can be asked how many days go by before it is, and between two orders to it."""
    on = arrivals.day(at)
    closed = terms.closures(on)
    intervals = review_days(at=at)
    asked = []
    for supplier in Supplier.objects.filter(is_on_hold=False).order_by("pk"):
        closure = closed.get(supplier.pk)
        before = supplier.approval_days + ((closure.ends_on - on).days + 1 if closure else 0)
        review = intervals.get(supplier.pk, max(1.0, float(supplier.review_days)))
        asked.append((supplier.pk, float(before), review, supplier.name))
    return asked


def review_days(*, at: datetime) -> dict[int, float]:
    """
    Learn the days between two orders sent to each supplier: at least one, at most what the shop allows.

    A supplier that was not sent two on different days within the last year is left out.
    """
    since = at - timedelta(days=REMEMBERED_DAYS)
    recent = PurchaseOrder.objects.filter(sent_at__gt=since, sent_at__lte=at)
    seen = (
        recent.order_by()
        .values_list("supplier_id")
        .annotate(days=Count(TruncDate("sent_at"), distinct=True), first=Min("sent_at"), last=Max("sent_at"))
    )
    most = DAYS_A_WEEK * settings.LONGEST_REVIEW_WEEKS
    return {
        supplier_id: min(most, max(1.0, arrivals.days_between(first, last) / (days - 1)))
        for supplier_id, days, first, last in seen
        if days > 1
    }

"""
The offer of each product that is safely here first, passed on to inventory as ``LeadTime``.

The hand of ``suppliers.performance`` that writes it. Block by block, in columns: two reads of what is offered and what
was passed on before, and writes only where they differ.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate

from inventory.ground.sql import bulk, columns
from inventory.ground.sql.columns import TEXT, Table
from inventory.models import LeadTime, Product, Warehouse
from inventory.night import skus
from inventory.night.skus import Block, Bools, Floats, Ints, rows_of, taken

from . import arrivals, closed, lessons
from .closed import ALL_DAYS, OpenDays
from .models import Offer, PriceBreak, PurchaseOrder, Supplier

# Orders older than this say little of how often a supplier is asked now.
REMEMBERED_DAYS = 365
DAYS_A_WEEK = 7
LEAST_NEWS = 1e-9
"""The last digits of a number are no news; as a share of it."""

_KEY = ("product_id", "warehouse_id")
_DAYS = ("mean_days", "sd_days", "likely_days", "safe_days", "review_days")
_UNITS = ("minimum", "pack")
_LEAD_TIMES = LeadTime._meta.db_table
_OFFERED = dict.fromkeys(("product_id", "id", "supplier", *_UNITS, "least", "capacity"), "i8")
_OFFERED |= dict.fromkeys(_DAYS[:4], "f8")
_OFFERS = f"""
SELECT offer.product_id, offer.id, offer.supplier_id, offer.minimum, offer.pack,
    COALESCE((SELECT price.minimum FROM {PriceBreak._meta.db_table} AS price WHERE price.offer_id = offer.id
        ORDER BY price.minimum LIMIT 1), -1),
    COALESCE(offer.capacity, -1), offer.mean_days, offer.sd_days, offer.likely_days, offer.safe_days
FROM {Offer._meta.db_table} AS offer
WHERE offer.product_id > %s AND offer.product_id <= %s AND offer.is_active AND offer.safe_days IS NOT NULL
"""
_KNOWN = dict.fromkeys(("id", *_KEY, *_UNITS), "i8") | dict.fromkeys(_DAYS, "f8") | {"sender": TEXT}
_FOUND = f"SELECT {', '.join(_KNOWN)} FROM {_LEAD_TIMES} WHERE product_id > %s AND product_id <= %s"


class BlockProgress(NamedTuple):
    """So many products are done of all; of this block so many lead times were written, and so many removed."""

    done: int
    products: int
    written: int
    removed: int


class AskableSupplier(NamedTuple):
    """
    A supplier that can be asked: days that go by before it is, days between two orders to it, and the closures ahead.

    Where it is closed ahead, what it takes is counted from ``on``, around the closures.
    """

    supplier_id: int
    before: float
    review: float
    name: str
    approval: float = 0.0
    on: date = date.min
    open_days: OpenDays = ALL_DAYS

    def takes(self, days: Floats) -> Floats:
        """Give the days from deciding to buy until it is here, of lead times in days."""
        if not self.open_days:
            return self.before + days
        found: Floats = self.open_days.lengthened(self.on, self.approval, days)
        return found


def write_some(product_ids: Collection[int], *, at: datetime) -> set[int]:
    """
    Write the lead times of a few products anew.

    :returns: products of which one changed, or is none any more
    """
    ids = sorted(product_ids)
    if not ids:
        return set()
    asked, block = askable(at), (ids[0] - 1, ids[-1])
    places = np.array(sorted(Warehouse.objects.filter(is_open=True).values_list("pk", flat=True)), np.int64)
    found, offers = (_among(table, ids) for table in (columns.read(_FOUND, block, _KNOWN), offered(block)))
    wanted = _everywhere(choose(offers, asked), places)
    before = _days_of(found)
    _store(wanted, found, asked, at)
    after = _days_of(_among(columns.read(_FOUND, block, _KNOWN), ids))
    return {product_id for product_id in ids if before.get(product_id) != after.get(product_id)}


def _among(table: Table, product_ids: list[int]) -> Table:
    own = np.isin(table["product_id"], np.array(product_ids, np.int64))
    return {name: values[own] for name, values in table.items()}


def _days_of(table: Table) -> dict[int, set[tuple[Any, ...]]]:
    """Give what dates go by, of each product in its warehouses."""
    found: dict[int, set[tuple[Any, ...]]] = {}
    rows = zip(*(table[name].tolist() for name in ("product_id", "warehouse_id", *_DAYS[:4])), strict=True)
    for product_id, *days in rows:
        found.setdefault(product_id, set()).add(tuple(days))
    return found


def write(*, at: datetime, size: int) -> Iterator[BlockProgress]:
    """Write the lead time of each product that is still bought, by blocks of so many."""
    asked = askable(at)
    places = np.array(sorted(Warehouse.objects.filter(is_open=True).values_list("pk", flat=True)), np.int64)
    products = Product.objects.count()
    for number, block in enumerate(skus.ranges(size), start=1):
        with transaction.atomic():
            found = columns.read(_FOUND, block, _KNOWN)
            wanted = _everywhere(choose(offered(block), asked), places)
            written, removed = _store(wanted, found, asked, at)
        yield BlockProgress(min(number * size, products), products, written, removed)


def offered(block: Block) -> Table:
    """Read the offers of the products that are still bought."""
    offers = columns.read(_OFFERS, block, _OFFERED)
    ended = Product.objects.filter(is_discontinued=True, pk__gt=block[0], pk__lte=block[1])
    is_bought = ~np.isin(offers["product_id"], np.array(list(ended.values_list("pk", flat=True)), np.int64))
    return {name: values[is_bought] for name, values in offers.items()}


def choose(offers: Table, asked: list[AskableSupplier]) -> Table:
    """Give the offer of each product that is safely here first, with the days from deciding to buy, by product."""
    row = rows_of(np.array([each.supplier_id for each in asked], np.int64), offers["supplier"])
    before = taken(np.array([each.before for each in asked], float), row, 0.0)
    for name in ("mean_days", "likely_days", "safe_days"):
        days, offers[name] = offers[name], before + offers[name]
        for place in (place for place, each in enumerate(asked) if each.open_days):
            own = row == place
            offers[name][own] = asked[place].takes(days[own])
    offers["review_days"] = taken(np.array([each.review for each in asked], float), row, 0.0)
    offers["minimum"] = np.maximum(offers["minimum"], offers["least"])
    packs = np.maximum(offers["pack"], 1)
    can_deliver = (offers["capacity"] < 0) | (offers["capacity"] // packs * packs >= offers["minimum"])
    usable = np.flatnonzero((row >= 0) & (offers["least"] >= 0) & can_deliver)
    order = usable[np.lexsort([offers[name][usable] for name in ("id", "safe_days", "product_id")])]
    _, first = np.unique(offers["product_id"][order], return_index=True)
    return {name: values[order[first]] for name, values in offers.items()}


def _everywhere(quickest: Table, places: Ints) -> Table:
    """Give what each open warehouse is to know: the same."""
    rows = np.repeat(np.arange(len(quickest["product_id"])), len(places))
    wanted = {name: quickest[name][rows] for name in ("product_id", "supplier", *_UNITS, *_DAYS)}
    return wanted | {"warehouse_id": np.tile(places, len(quickest["product_id"]))}


def _store(wanted: Table, found: Table, asked: list[AskableSupplier], at: datetime) -> tuple[int, int]:
    """Write what differs, and take away what nobody supplies any more: how many of each."""
    key, found_key = _keys(wanted, found)
    order = np.argsort(found_key)
    row = rows_of(found_key[order], key)
    row = np.where(row >= 0, order[row] if len(order) else -1, -1)
    news = np.flatnonzero((row < 0) | _differs(wanted, found, row, asked))
    rows = {"id": taken(found["id"], row, 0)} | wanted
    whose = {"id": "bigint", "name": "text", "at": "timestamptz"}
    who, params = columns.looked_up("who", whose, [(each.supplier_id, each.name, at) for each in asked])
    columns.store(
        _LEAD_TIMES,
        {name: values[news] for name, values in rows.items()},
        key=_KEY,
        values={name: f"staged.{name}" for name in (*_UNITS, *_DAYS)} | {"sender": "who.name", "updated_at": "who.at"},
        joined=(f"LEFT JOIN {who} ON who.id = staged.supplier", params),
    )
    gone = np.delete(np.arange(len(found_key)), row[row >= 0])
    bulk.delete(_LEAD_TIMES, found["id"][gone].tolist())
    return len(news), len(gone)


def _keys(*tables: Table) -> list[Ints]:
    """Give one number a row of each table, the same for the same product and warehouse."""
    most = 1 + max(table["warehouse_id"].max(initial=0) for table in tables)
    return [table["product_id"] * most + table["warehouse_id"] for table in tables]


def _differs(wanted: Table, found: Table, row: Ints, asked: list[AskableSupplier]) -> Bools:
    names = {each.supplier_id: each.name for each in asked}
    senders = np.array([names[pk] for pk in wanted["supplier"].tolist()], object)
    differs: Bools = taken(found["sender"], row, None) != senders
    for name in (*_UNITS, *_DAYS):
        differs |= np.abs(taken(found[name], row, 0) - wanted[name]) > LEAST_NEWS * np.abs(wanted[name])
    return differs


def askable(at: datetime) -> list[AskableSupplier]:
    """Say of each supplier that can be asked how many days go by before it is, and between two orders to it."""
    on = arrivals.day(at)
    open_days = closed.of(since=on)
    intervals = review_days(at=at)
    asked = []
    for supplier in Supplier.objects.filter(is_on_hold=False).order_by("pk"):
        own, approval = open_days.get(supplier.pk, ALL_DAYS), float(supplier.approval_days)
        before = own.before(on, approval)
        review = intervals.get(supplier.pk, max(1.0, float(supplier.review_days)))
        asked.append(AskableSupplier(supplier.pk, before, review, supplier.name, *((approval, on, own) if own else ())))
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
        supplier_id: min(most, max(1.0, lessons.days_between(first, last) / (days - 1)))
        for supplier_id, days, first, last in seen
        if days > 1
    }

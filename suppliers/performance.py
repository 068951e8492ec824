"""
How well suppliers keep their word: what deliveries taught, and the dates that follow from it.

The only writer of an offer's learned lead time, of ``LeadTime`` and of ``ShopRecord``. Runs every night before the
reorder points, and touches only what has news since the last: offers whose lines came or whose quote changed, lead
times that differ, inbound that time or a lesson moves. Numbers go in columns; the database compares. Commits by block
and writes only what changed, so running it twice changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from math import isclose

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from inventory.ground.sql import bulk, columns

from . import arrivals, leadtimes, lessons, quickest, redating
from .models import Lesson, Offer, ShopRecord

BLOCK = 20_000
"""Offers or products of one transaction: none of them is locked."""
NOTEWORTHY = 0.01
"""The record of the whole shop is that of last time until mean or spread have moved by more than this share."""

_OFFERS = Offer._meta.db_table
_LESSONS = Lesson._meta.db_table
_SEEN = f"""
SELECT offer.id, offer.quoted_days, COALESCE(seen.count, 0), COALESCE(seen.total, 0), COALESCE(seen.squares, 0)
FROM {{0}} JOIN {_OFFERS} AS offer ON offer.id = staged.id
LEFT JOIN (
    SELECT offer_id, COUNT(*) AS count, SUM(days / quoted_days) AS total,
        SUM(days / quoted_days * (days / quoted_days)) AS squares
    FROM {_LESSONS} WHERE quoted_days > 0 AND offer_id IN (SELECT staged.id FROM {{0}}) GROUP BY offer_id
) AS seen ON seen.offer_id = offer.id
"""
_READ = {"id": "i8", "quoted": "f8", "count": "f8", "total": "f8", "squares": "f8"}


def learn(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """
    Learn what has news, pass the best lead time of each product on to inventory, and re-date what is open.

    Commits by block; only products whose dates move are locked, at most 200 of them at a time.

    :param progress: called after each block with products done and products in all
    :returns: offers and lead times that changed, lead times removed because nobody supplies the product any
        more, and inbound given new dates
    """
    if not ShopRecord.objects.exists():
        lessons.fill()
    news = list(Lesson.objects.filter(is_learned=False).order_by("pk").values_list("pk", "supplier_id", "offer_id"))
    record, is_other = _shop_record(bool(news), at=at)
    stale = None if is_other else {offer_id for _, _, offer_id in news if offer_id}
    counts = {"offers": _learn_offers(record, stale), "lead_times": 0, "removed": 0, "dates": 0}
    for done, total, written, removed in quickest.write(at=at, size=BLOCK):
        counts["lead_times"] += written
        counts["removed"] += removed
        if progress:
            progress(done, total)
    counts["dates"] = redating.redate(suppliers={supplier_id for _, supplier_id, _ in news}, at=at)
    lessons.learned([lesson_id for lesson_id, _, _ in news])
    return counts


def redate(product_ids: Iterable[int], *, at: datetime) -> int:
    """
    Give what is open of these products, and time has moved, the dates that the record makes of it now.

    :returns: inbound given new dates
    """
    return redating.redate(products=set(product_ids), at=at)


def _shop_record(has_news: bool, *, at: datetime) -> tuple[leadtimes.LeadTimeRatio, bool]:
    """Give the record that offers are learned with, and whether it is another than they were."""
    row = ShopRecord.objects.first()
    chance = settings.PROMISE_QUANTILE
    record = arrivals.quoted_record() if has_news or row is None or row.quantile != chance else None
    if row and row.quantile == chance and (record is None or _is_alike(row, record)):
        return leadtimes.LeadTimeRatio(row.mean, row.sd), False
    found = record or leadtimes.LeadTimeRatio()
    news = {"mean": found.mean, "sd": found.sd, "quantile": chance, "learned_at": at}
    if row:
        ShopRecord.objects.filter(pk=row.pk).update(**news)
    else:
        ShopRecord.objects.create(**news)
    return found, True


def _is_alike(row: ShopRecord, record: leadtimes.LeadTimeRatio) -> bool:
    pairs = ((row.mean, record.mean), (row.sd, record.sd))
    return all(isclose(was, now, rel_tol=NOTEWORTHY) for was, now in pairs)


def _learn_offers(record: leadtimes.LeadTimeRatio, taught: Collection[int] | None) -> int:
    """
    Learn the offers that lines came of or whose quote is another, or all of them.

    :param taught: offers of which there are lessons; None: all offers
    :returns: how many changed
    """
    stale = Offer.objects.order_by("pk")
    if taught is not None:
        # an earlier release let a lead time scatter more than its mean (decision record 0109)
        too_wide = Q(sd_days__gt=F("mean_days") * (leadtimes.MOST_CV + NOTEWORTHY))
        stale = stale.filter(Q(safe_days=None) | Q(learned_from=None) | ~Q(learned_from=F("quoted_days")) | too_wide)
    ids = sorted({*stale.values_list("pk", flat=True), *(taught or ())})
    changed = 0
    for start in range(0, len(ids), BLOCK):
        with transaction.atomic():
            changed += _learn_block(ids[start : start + BLOCK], record)
    return changed


def _learn_block(ids: Sequence[int], record: leadtimes.LeadTimeRatio) -> int:
    source, params = bulk.staged(bulk.IDS, [(offer_id,) for offer_id in ids])
    seen = columns.read(_SEEN.format(source), [*params, *params], _READ)
    quoted = np.maximum(seen["quoted"], 1.0)
    found = leadtimes.in_columns(
        quoted, seen["count"], seen["total"], seen["squares"], record=record, chance=settings.PROMISE_QUANTILE
    )
    numbers = {"mean_days": found.mean, "sd_days": found.sd, "likely_days": found.likely, "safe_days": found.safe}
    rows = {"id": seen["id"], "observed": seen["count"].astype("i8"), "quoted": seen["quoted"].astype("i8"), **numbers}
    differs = [
        f"target.{name} IS NULL OR ABS(target.{name} - staged.{name}) > 1e-9 * staged.{name}" for name in numbers
    ]
    with columns.loaded(rows) as name:
        return bulk.run(
            f"UPDATE {_OFFERS} AS target SET observed = staged.observed, learned_from = staged.quoted,"
            f" {', '.join(f'{each} = staged.{each}' for each in numbers)} FROM {name} AS staged"
            " WHERE target.id = staged.id AND (target.observed <> staged.observed OR target.learned_from IS NULL"
            f" OR target.learned_from <> staged.quoted OR {' OR '.join(differs)})",
            [],
        )

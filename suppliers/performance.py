"""
How well suppliers keep their word: what deliveries taught, and the dates that follow from it.

The only writer of an offer's learned lead time and of ``LeadTime``. Runs every night before the reorder points.
``learn`` commits by block of products and writes only what changed, so running it twice changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from math import isclose

from django.db import transaction
from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate

from inventory import bulk, inbound
from inventory.models import Inbound, LeadTime, Product, Warehouse

from . import arrivals, terms
from .models import Offer, PurchaseOrder, PurchaseOrderLine

BLOCK = 200
# Orders older than this say little of how often a supplier is asked now.
REMEMBERED_DAYS = 365
SECONDS_A_DAY = 86_400

Place = tuple[int, int]
"""A product and a warehouse, by primary key."""

_LEARNED = {"id": "bigint", "mean": "double precision", "sd": "double precision", "observed": "integer"}
_NUMBERS = ("mean_days", "sd_days", "likely_days", "safe_days", "review_days")


def learn(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """
    Learn every offer's lead time, pass the best one of each product on to inventory, and re-date what is open.

    Commits by block of at most 200 products; only products whose dates move are locked.

    :param progress: called after each block with products done and products in all
    :returns: offers and lead times that changed, lead times removed because nobody supplies the product any
        more, and inbound given new dates
    """
    counts = {"offers": 0, "lead_times": 0, "removed": 0, "dates": 0}
    quoted, confirmed = arrivals.records()
    intervals = review_days(at=at)
    products = list(Product.objects.values_list("pk", flat=True))
    for number, block in enumerate(_blocks(products), start=1):
        offers = _offers(block)
        own = arrivals.receipts(offer.pk for offer in offers)
        history = arrivals.History(quoted, confirmed, own)
        with transaction.atomic():
            counts["offers"] += _learn_offers(offers, history)
            written, removed = _write_lead_times(block, offers, intervals, at=at)
        counts["lead_times"] += written
        counts["removed"] += removed
        counts["dates"] += _redate(block, offers, history, at=at)
        if progress:
            progress(min(number * BLOCK, len(products)), len(products))
    return counts


def redate(product_ids: Iterable[int], *, at: datetime) -> int:
    """
    Give what is open of these products the dates that the record makes of it now, as ``learn`` does every night.

    :returns: inbound given new dates
    """
    changed = 0
    for block in _blocks(product_ids):
        offers = _offers(block)
        changed += _redate(block, offers, arrivals.history(offer.pk for offer in offers), at=at)
    return changed


def _blocks(product_ids: Iterable[int]) -> Iterator[list[int]]:
    products = sorted(product_ids)
    return (products[start : start + BLOCK] for start in range(0, len(products), BLOCK))


def _offers(block: Collection[int]) -> list[Offer]:
    return list(Offer.objects.filter(product_id__in=block).prefetch_related("supplier").order_by("pk"))


def review_days(*, at: datetime) -> dict[int, float]:
    """
    Learn the days between two orders sent to each supplier, at least one.

    A supplier that was not sent two on different days within the last year is left out.
    """
    recent = PurchaseOrder.objects.filter(sent_at__gt=at - timedelta(days=REMEMBERED_DAYS), sent_at__lte=at)
    seen = recent.values("supplier_id").annotate(
        days=Count(TruncDate("sent_at"), distinct=True), first=Min("sent_at"), last=Max("sent_at")
    )
    return {
        row["supplier_id"]: max(1.0, (row["last"] - row["first"]).total_seconds() / SECONDS_A_DAY / (row["days"] - 1))
        for row in seen
        if row["days"] > 1
    }


def _learn_offers(offers: Iterable[Offer], history: arrivals.History) -> int:
    changed = []
    for offer in offers:
        lead = history.lead_time(offer)
        if not (
            offer.observed == lead.count
            and _alike(offer.mean_days, lead.mean)
            and _alike(offer.sd_days, lead.predictive_sd)
        ):
            offer.mean_days, offer.sd_days, offer.observed = lead.mean, lead.predictive_sd, lead.count
            changed.append((offer.pk, lead.mean, lead.predictive_sd, lead.count))
    return bulk.update(
        Offer._meta.db_table,
        _LEARNED,
        changed,
        "mean_days = staged.mean, sd_days = staged.sd, observed = staged.observed",
        "target.id = staged.id",
    )


def _write_lead_times(
    block: Collection[int], offers: Iterable[Offer], intervals: Mapping[int, float], *, at: datetime
) -> tuple[int, int]:
    """Write the lead time of the best offer for each warehouse; count those written and those removed."""
    wanted = _lead_times(block, offers, intervals, at=at)
    found = {(row.product_id, row.warehouse_id): row for row in LeadTime.objects.filter(product_id__in=block)}
    changed = [row for place, row in wanted.items() if place not in found or not _same(row, found[place])]
    LeadTime.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["product", "warehouse"],
        update_fields=[*_NUMBERS, "sender", "updated_at"],
    )
    gone = [row.pk for place, row in found.items() if place not in wanted]
    LeadTime.objects.filter(pk__in=gone).delete()
    return len(changed), len(gone)


def _lead_times(
    block: Collection[int], offers: Iterable[Offer], intervals: Mapping[int, float], *, at: datetime
) -> dict[Place, LeadTime]:
    """Take, for each product that is still bought, the usable offer that is safely here first."""
    bought = set(Product.objects.filter(pk__in=block, is_discontinued=False).values_list("pk", flat=True))
    warehouses = list(Warehouse.objects.filter(is_open=True).values_list("pk", flat=True))
    active = [offer for offer in offers if offer.is_active and offer.product_id in bought]
    wanted = {}
    for product_id, quotes in terms.quotes(active, on=arrivals.day(at), wait_for_closed=True).items():
        usable = [quote for quote in quotes if not quote.terms.objection()]
        if not usable:
            continue
        best = min(usable, key=lambda quote: (quote.terms.safe_days, quote.offer.pk))
        for warehouse_id in warehouses:
            wanted[product_id, warehouse_id] = _lead_time(best, warehouse_id, intervals, at=at)
    return wanted


def _lead_time(best: terms.Quote, warehouse_id: int, intervals: Mapping[int, float], *, at: datetime) -> LeadTime:
    supplier = best.offer.supplier
    mean, sd = terms.lead(best.offer)
    before = best.terms.lead_mean - mean
    return LeadTime(
        product_id=best.offer.product_id,
        warehouse_id=warehouse_id,
        mean_days=best.terms.lead_mean,
        sd_days=sd,
        likely_days=before + arrivals.days_within(0.5, mean, sd),
        safe_days=best.terms.safe_days,
        review_days=intervals.get(supplier.pk, max(1.0, float(supplier.review_days))),
        sender=supplier.name,
        updated_at=at,
    )


def _same(row: LeadTime, found: LeadTime) -> bool:
    return row.sender == found.sender and all(_alike(getattr(row, name), getattr(found, name)) for name in _NUMBERS)


def _alike(was: float | None, now: float) -> bool:
    """Databases may sum in another order each time: the last digits are no news."""
    return was is not None and isclose(was, now, rel_tol=1e-9)


def _redate(block: Collection[int], offers: Collection[Offer], history: arrivals.History, *, at: datetime) -> int:
    """Lock the products whose inbound would move, look again, and move them."""
    stirring = {product_id for product_id, _ in _moves(block, offers, history, at=at)}
    if not stirring:
        return 0
    with transaction.atomic():
        Product.objects.lock(stirring)
        changes = [change for _, change in _moves(stirring, offers, history, at=at)]
        return inbound.reschedule(changes, by=None, at=at)


def _moves(
    product_ids: Collection[int], offers: Collection[Offer], history: arrivals.History, *, at: datetime
) -> list[tuple[int, inbound.DateChange]]:
    """
    List the new dates of open inbound, by product, where they differ.

    One from a sender we know no offer of, a transfer too, keeps the dates it came with until the safe one has passed;
    then the record of all deliveries says how late such a one comes. One of which nobody knows when it was sent was
    sent when we heard of it.
    """
    today = arrivals.day(at)
    by_pk = {offer.pk: offer for offer in offers}
    by_sender = {(offer.product_id, offer.supplier.name): offer for offer in offers}
    lines = PurchaseOrderLine.objects.filter(product_id__in=product_ids, inbound__outstanding__gt=0)
    asked = dict(lines.values_list("inbound_id", "offer_id"))
    moves = []
    for row in Inbound.objects.open().filter(product_id__in=product_ids).order_by("pk"):
        offer = by_pk.get(asked.get(row.pk) or 0) or by_sender.get((row.product_id, row.sender))
        if offer is None and row.safe_date and row.safe_date >= today:
            continue
        sent = arrivals.day(row.sent_at or row.created_at)
        likely, safe = history.dates(offer, sent=sent, expected=row.expected_date, today=today)
        if (likely, safe) != (row.likely_date, row.safe_date):
            change = inbound.DateChange(row.pk, row.expected_date, likely, safe, row.is_confirmed)
            moves.append((row.product_id, change))
    return moves

"""
New dates of what is open: moved by a day that went by, or by what other deliveries taught.

The hand of ``suppliers.performance`` that looks for it. Goods that nobody confirmed (``suppliers.unsaid``), and overdue
ones, are dated every night; a confirmed day that has not come yet moves only when its supplier taught something, five
days at a time.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.models import Inbound, Product
from inventory.supply.arriving import rescheduling

from . import arrivals, closed, lateness, leadtimes, unsaid
from .closed import ALL_DAYS
from .models import Offer, Supplier

BLOCK = 200
"""Products that are locked at once."""
UNREAD = arrivals.History(lateness.shop([], []), {}, {})
READ = 5_000
"""Inbound that are looked at in one go."""


class OpenInbound(NamedTuple):
    """An open inbound, and where it comes from as far as its purchase order says."""

    pk: int
    product_id: int
    sender: str
    sent_at: datetime | None
    created_at: datetime
    expected: date | None
    likely: date | None
    safe: date | None
    is_confirmed: bool
    offer_id: int | None
    supplier_id: int | None
    days: ArrivalDays | None

    @property
    def sent(self) -> date:
        """When it was sent; one of which nobody knows was sent when we heard of it."""
        return arrivals.day(self.sent_at or self.created_at)


_COLUMNS = (
    *("pk", "product_id", "sender", "sent_at", "created_at", "expected_date", "likely_date", "safe_date"),
    *("is_confirmed", "purchase_line__offer_id", "purchase_line__purchase_order__supplier_id", *FIELDS),
)


def redate(*, suppliers: Collection[int] = (), products: Collection[int] | None = None, at: datetime) -> int:
    """
    Give open inbound the dates that the record makes of it now, where they differ.

    :param suppliers: those of whom there are lessons since the last time
    :param products: only these; None: all
    :returns: inbound given new dates
    """
    today = arrivals.day(at)
    wanted = _ground(suppliers, today) & (Q(expected_date__isnull=False) | Q(purchase_line__offer=None))
    if products is not None:
        wanted &= Q(product_id__in=products)
    stirring: set[int] = set()
    last = 0
    while rows := _rows(wanted & Q(pk__gt=last), READ):
        last = rows[-1].pk
        stirring |= {product_id for product_id, _ in _moves(rows, suppliers, today)}
    ordered = sorted(stirring)
    changed = unsaid.redate(products=products, at=at)
    for start in range(0, len(ordered), BLOCK):
        block = ordered[start : start + BLOCK]
        with transaction.atomic():
            Product.objects.lock(block)
            moves = _moves(_rows(wanted & Q(product_id__in=block)), suppliers, today)
            changed += rescheduling.reschedule([change for _, change in moves], by=None, at=at)
    return changed


def _ground(suppliers: Collection[int], today: date) -> Q:
    """Say what to look at: nobody confirmed it, it is overdue, its days were never worked out, or there is news."""
    names = list(Supplier.objects.filter(pk__in=suppliers).values_list("name", flat=True))
    news = Q(purchase_line__purchase_order__supplier__in=suppliers) | Q(sender__in=names)
    moved_by_time = Q(expected_date=None) | Q(expected_date__lt=today) | Q(by_50=None)
    return moved_by_time | news if suppliers else moved_by_time


def _rows(wanted: Q, most: int | None = None) -> list[OpenInbound]:
    rows = Inbound.objects.open().filter(wanted).order_by("pk").values_list(*_COLUMNS)[:most]
    plain = len(_COLUMNS) - len(FIELDS)
    return [
        OpenInbound(*row[:plain], None if None in row[plain:] else ArrivalDays(*row[plain:]))  # type: ignore[call-arg]
        for row in rows
    ]


def _moves(
    rows: Collection[OpenInbound], suppliers: Collection[int], today: date
) -> list[tuple[int, rescheduling.DateChange]]:
    """
    List the new dates of open inbound, by product, where they differ.

    One from a sender we know no offer of, a transfer too, keeps the dates it came with until the safe one has passed;
    then the record of all deliveries says how late such a one comes.
    """
    sources = _sources(rows)
    # what nobody confirmed is dated by its offer alone
    confirmed = [row for row in rows if row.expected]
    history = arrivals.history(filter(None, (sources.get(row.pk) for row in confirmed))) if confirmed else UNREAD
    moves = []
    for row in rows:
        source = sources.get(row.pk)
        if source is None and row.safe and row.safe >= today:
            continue
        found = history.dates(source or arrivals.Origin(), sent=row.sent, expected=row.expected, today=today)
        if _is_awaited(row, today) and row.days and row.safe and found.days and found.safe:
            if source is None or source.supplier_id not in suppliers:
                continue
            days = lateness.all_eased(found.days, row.days)
            found = arrivals.InboundDates(days.by_50, max(lateness.eased(found.safe, row.safe), days.by_50), days)
        if found != (row.likely, row.safe, row.days):
            change = rescheduling.DateChange(
                row.pk, row.expected, found.likely, found.safe, row.is_confirmed, found.days
            )
            moves.append((row.product_id, change))
    return moves


def _is_awaited(row: OpenInbound, today: date) -> bool:
    """Whether it is to come on a day that has not passed: no day that goes by moves it."""
    return row.expected is not None and row.expected >= today


def _sources(rows: Collection[OpenInbound]) -> dict[int, arrivals.Origin]:
    """Find where each comes from: the offer it was bought from, else the one of its sender by that name."""
    bought = {row.offer_id for row in rows if row.offer_id}
    named = [row for row in rows if not row.offer_id]
    wanted = Q(pk__in=bought)
    if named:
        wanted |= Q(product_id__in={row.product_id for row in named}, supplier__name__in={row.sender for row in named})
    known = closed.of()
    by_pk: dict[int, arrivals.Origin] = {}
    by_sender: dict[tuple[int, str], arrivals.Origin] = {}
    for offer in Offer.objects.filter(wanted).select_related("supplier").order_by("pk"):
        mean, sd = arrivals.lead(offer)
        lead = leadtimes.LeadTimeEstimate(mean, sd, sd, 0)
        by_pk[offer.pk] = arrivals.Origin(offer.pk, offer.supplier_id, lead, known.get(offer.supplier_id, ALL_DAYS))
        by_sender[offer.product_id, offer.supplier.name] = by_pk[offer.pk]
    found = {}
    for row in rows:
        source = by_pk.get(row.offer_id or 0) or by_sender.get((row.product_id, row.sender))
        if source is not None:
            found[row.pk] = source
        elif row.supplier_id:
            found[row.pk] = arrivals.Origin(supplier_id=row.supplier_id)
    return found

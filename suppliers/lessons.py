"""
What a line that came teaches: the only writer of ``Lesson``. One line, one lesson, however many parcels it took.

A line of ours teaches when 90 % of its units have come, or when it is closed with fewer; a line of a file when it is
loaded. What a lesson makes of dates is ``suppliers.performance``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from . import leadtimes
from .models import Delivery, Lesson, Offer, PurchaseOrderLine, Supplier

BLOCK = 5_000
ENOUGH_PERCENT = 90
SECONDS_A_DAY = 86_400
_MEASURES = ["offer", "came_on", "days", "quoted_days", "confirmed_days", "days_late", "is_learned"]


@dataclass(frozen=True, slots=True)
class _TeachingLine:
    """A line that was sent, as far as it teaches; units are those ordered, and those that will not come."""

    pk: int
    offer_id: int | None
    quoted_days: int | None
    supplier_id: int
    reference: str
    sku: str
    sent_at: datetime
    first_date: date | None
    ordered: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class _Parcel:
    units: int
    days: float
    at: datetime


def days_between(sent_at: datetime, at: datetime) -> float:
    """Give the days from sending to a moment; none before it."""
    return max(0.0, (at - sent_at).total_seconds() / SECONDS_A_DAY)


def note(line_ids: Collection[int], *, at: datetime | None) -> int:
    """
    Write what these lines teach, those that have come so far or were closed just now.

    One with nothing received teaches nothing: it was called off. One that taught before teaches nothing more.

    :param at: when one with less than that was closed; None: nobody knows, its last parcel stands for it
    :returns: how many lessons
    """
    parcels: dict[int, list[_Parcel]] = defaultdict(list)
    rows = Delivery.objects.filter(line__in=line_ids, line__lesson__isnull=True).order_by("received_at", "pk")
    for line_id, units, days, received_at in rows.values_list("line_id", "quantity", "days", "received_at"):
        parcels[line_id].append(_Parcel(units, days, received_at))
    found = [lesson for line in _lines(parcels) if (lesson := _lesson(line, parcels[line.pk], at))]
    Lesson.objects.bulk_create(found, batch_size=500, ignore_conflicts=True)
    return len(found)


def _lines(line_ids: Iterable[int]) -> Iterator[_TeachingLine]:
    rows = PurchaseOrderLine.objects.filter(pk__in=list(line_ids), inbound__sent_at__isnull=False).order_by("pk")
    for row in rows.values_list(
        "pk",
        "offer_id",
        "offer__quoted_days",
        "purchase_order__supplier_id",
        "purchase_order__reference",
        "product__sku",
        "inbound__sent_at",
        "inbound__first_date",
        "inbound__quantity",
        "inbound__outstanding",
    ):
        yield _TeachingLine(*row)  # type: ignore[arg-type]


def _lesson(line: _TeachingLine, parcels: Sequence[_Parcel], at: datetime | None) -> Lesson | None:
    came = 0
    for parcel in parcels:
        came += parcel.units
        if 100 * came >= ENOUGH_PERCENT * line.ordered:
            return _of(line, parcel.days, parcel.at, is_learned=at is None)
    if line.outstanding:
        return None
    # closed with less: the rest took longer than until now
    closed_at = at or parcels[-1].at
    return _of(line, days_between(line.sent_at, closed_at), closed_at, is_learned=at is None)


def _of(line: _TeachingLine, days: float, came_at: datetime, *, is_learned: bool) -> Lesson:
    sent_on = timezone.localtime(line.sent_at).date()
    came_on = max(sent_on, timezone.localtime(came_at).date())
    lesson = Lesson(
        line_id=line.pk,
        supplier_id=line.supplier_id,
        offer_id=line.offer_id,
        reference=line.reference,
        item=line.sku,
        sent_on=sent_on,
        came_on=came_on,
        days=days,
        quoted_days=line.quoted_days,
        is_learned=is_learned,
    )
    _measure(lesson, line.first_date)
    return lesson


def fill() -> int:
    """
    Write the lessons of what came before lessons were kept, in blocks; run again, it goes on where it stopped.

    They are no news: the first night learns from all there is.

    :returns: how many
    """
    filled = 0
    rows = Delivery.objects.filter(line__lesson__isnull=True).order_by("line_id")
    last = 0
    while True:
        block = list(rows.filter(line_id__gt=last).values_list("line_id", flat=True).distinct()[:BLOCK])
        if not block:
            return filled
        last = block[-1]
        with transaction.atomic():
            filled += note(block, at=None)


def of_the_past(
    *,
    key: str,
    supplier: Supplier,
    offer: Offer | None,
    reference: str,
    item: str,
    sent_on: date,
    came_on: date,
    confirmed_on: date | None,
    quoted_days: int | None,
) -> Lesson:
    """
    Give, unwritten, the lesson of a line that came before this shop kept its books here.

    :param key: what tells it from any other
    :param quoted_days: None: those of the offer
    """
    lesson = Lesson(
        key=key,
        supplier=supplier,
        offer=offer,
        reference=reference,
        item=item,
        sent_on=sent_on,
        came_on=came_on,
        days=float((came_on - sent_on).days),
        quoted_days=quoted_days if quoted_days is not None or offer is None else offer.quoted_days,
    )
    _measure(lesson, confirmed_on)
    return lesson


def _measure(lesson: Lesson, confirmed_on: date | None) -> None:
    """Set it beside the day confirmed first."""
    if confirmed_on:
        lesson.confirmed_days = leadtimes.days_stated(lesson.sent_on, confirmed_on)
        lesson.days_late = (lesson.came_on - confirmed_on).days


def remember(past: Sequence[Lesson]) -> None:
    """Write lessons of the past, in place of those that are known by the same key. The next night learns from them."""
    for lesson in past:
        lesson.pk, lesson.supplier_id = None, lesson.supplier.pk
    Lesson.objects.bulk_create(
        past, batch_size=500, update_conflicts=True, unique_fields=["key"], update_fields=_MEASURES
    )


def learned(lesson_ids: Sequence[int]) -> None:
    """Take note that these were learned from."""
    for start in range(0, len(lesson_ids), BLOCK):
        Lesson.objects.filter(pk__in=lesson_ids[start : start + BLOCK]).update(is_learned=True)

"""
What a line that came teaches: the only writer of ``Lesson``. One line, one lesson, however many parcels it took, and
however many dated parts it was confirmed in (``suppliers.splitting``).

A line of ours teaches when 90 % of its units have come, or when it is closed with fewer; a line of a file when it is
loaded. What a lesson makes of dates is ``suppliers.performance``.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import closed, leadtimes
from .models import Closure, Delivery, Lesson, Offer, PurchaseOrderLine, Supplier

BLOCK = 5_000
ENOUGH_PERCENT = 90
SECONDS_A_DAY = 86_400
_READ = (
    *("pk", "part_of", "offer", "offer__quoted_days", "purchase_order__supplier", "purchase_order__reference"),
    *("product__sku", "inbound__sent_at", "inbound__first_date", "inbound__quantity", "inbound__outstanding"),
)
_MEASURES = ["offer", "came_on", "days", "quoted_days", "confirmed_days", "days_late", "is_learned"]


@dataclass(frozen=True, slots=True)
class _TeachingLine:
    """
    A line that was sent, as far as it teaches: all its parts as one.

    ``first_date`` is the day by which as much of it was to come as makes it teach, as it was confirmed first.
    """

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
    lines, whole = _lines(line_ids)
    rows = Delivery.objects.filter(line__in=whole).order_by("received_at", "pk")
    came = rows.values_list("line_id", "quantity", "replaced", "days", "received_at")
    for line_id, units, replaced, days, received_at in came:
        parcels[whole[line_id]].append(_Parcel(units - replaced, days, received_at))
    found = [lesson for line in lines if parcels[line.pk] and (lesson := _lesson(line, parcels[line.pk], at))]
    _leave_out_closures(found)
    Lesson.objects.bulk_create(found, batch_size=500, ignore_conflicts=True)
    return len(found)


def forget(line_ids: Collection[int]) -> None:
    """Take back what these lines taught: they had not come. The next night learns their offers anew."""
    taught = Lesson.objects.filter(line__in=_ordered_as(line_ids))
    Offer.objects.filter(pk__in=list(taught.exclude(offer=None).values_list("offer", flat=True))).update(
        learned_from=None
    )
    taught.delete()


def _leave_out_closures(found: Collection[Lesson]) -> None:
    """Take the days on which their suppliers were closed off what lines took: they teach how long it takes to work."""
    rows = list(Closure.objects.filter(supplier__in={lesson.supplier_id for lesson in found})) if found else []
    known = closed.around(rows) if rows else {}
    for lesson in found:
        if open_days := known.get(lesson.supplier_id):
            shut = (lesson.came_on - lesson.sent_on).days - open_days.passed(lesson.sent_on, lesson.came_on)
            lesson.days = max(0.0, lesson.days - shut)


def _ordered_as(line_ids: Collection[int]) -> set[int]:
    """Name the lines that were ordered, which these are, or are parts of."""
    rows = PurchaseOrderLine.objects.filter(pk__in=line_ids).values_list("pk", "part_of")
    return {part_of or pk for pk, part_of in rows}


def _lines(line_ids: Collection[int]) -> tuple[list[_TeachingLine], dict[int, int]]:
    """Read the lines that were ordered and have not taught, which these are, or are parts of; and by part which."""
    ordered = _ordered_as(line_ids)
    rows = PurchaseOrderLine.objects.filter(Q(pk__in=ordered) | Q(part_of__in=ordered), inbound__sent_at__isnull=False)
    parts: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows.filter(lesson=None, part_of__lesson=None).order_by("pk").values(*_READ):
        parts[row["part_of"] or row["pk"]].append(row)
    lines = [_of_parts(each) for _, each in sorted(parts.items())]
    return lines, {row["pk"]: pk for pk, each in parts.items() for row in each}


def _of_parts(parts: Sequence[Mapping[str, Any]]) -> _TeachingLine:
    ordered = sum(row["inbound__quantity"] for row in parts)
    first_date, said = None, 0
    for day, units in sorted((day, row["inbound__quantity"]) for row in parts if (day := row["inbound__first_date"])):
        said += units
        if first_date is None and _is_enough(said, ordered):
            first_date = day
    first = parts[0]
    return _TeachingLine(
        pk=first["pk"],
        offer_id=first["offer"],
        quoted_days=first["offer__quoted_days"],
        supplier_id=first["purchase_order__supplier"],
        reference=first["purchase_order__reference"],
        sku=first["product__sku"],
        sent_at=first["inbound__sent_at"],
        first_date=first_date,
        ordered=ordered,
        outstanding=sum(row["inbound__outstanding"] for row in parts),
    )


def _is_enough(units: int, ordered: int) -> bool:
    return 100 * units >= ENOUGH_PERCENT * ordered


def _lesson(line: _TeachingLine, parcels: Sequence[_Parcel], at: datetime | None) -> Lesson | None:
    came = 0
    for parcel in parcels:
        came += parcel.units
        if _is_enough(came, line.ordered):
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
    rows = Delivery.objects.filter(line__lesson=None, line__part_of__lesson=None).order_by("line_id")
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
    _leave_out_closures(past)
    Lesson.objects.bulk_create(
        past, batch_size=500, update_conflicts=True, unique_fields=["key"], update_fields=_MEASURES
    )


def learned(lesson_ids: Sequence[int]) -> None:
    """Take note that these were learned from."""
    for start in range(0, len(lesson_ids), BLOCK):
        Lesson.objects.filter(pk__in=lesson_ids[start : start + BLOCK]).update(is_learned=True)

"""
When goods arrive: what the record of deliveries makes of a quoted time or a confirmed date. Reads only.

The arithmetic is ``suppliers.leadtimes`` and ``suppliers.lateness``; this module fetches what they need, in a constant
number of queries whatever the number of lines.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Count, F, FloatField, Sum, Window
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Least, RowNumber
from django.utils import timezone

from inventory.formulas.arrival_days import ArrivalDays
from inventory.night.skus import Floats, Ints

from . import closed, lateness, leadtimes
from .closed import ALL_DAYS, OpenDays
from .models import Lesson, Offer, PurchaseOrderLine


class InboundDates(NamedTuple):
    """The likely and the safe date of an inbound, and its days by chance; null: nobody knows."""

    likely: date | None
    safe: date | None
    days: ArrivalDays | None


NO_DATES = InboundDates(None, None, None)


class Origin(NamedTuple):
    """
    Where goods come from, as far as it is known: the offer, whose it is, what its lead time is learned to be, and the
    days on which that counts.
    """

    offer_id: int | None = None
    supplier_id: int | None = None
    lead: leadtimes.LeadTimeEstimate | None = None
    open_days: OpenDays = ALL_DAYS

    @classmethod
    def of(cls, line: PurchaseOrderLine, open_days: OpenDays = ALL_DAYS) -> "Origin":
        """:param line: with its offer and its purchase order read"""
        offer = line.offer
        estimate = _lead_time(*lead(offer)) if offer else None
        return cls(line.offer_id, line.purchase_order.supplier_id, estimate, open_days)


def origins(lines: Iterable[PurchaseOrderLine]) -> dict[PurchaseOrderLine, Origin]:
    """Give where the goods of each line come from; one statement for the closures of all suppliers."""
    lines = list(lines)
    known = closed.of({line.purchase_order.supplier_id for line in lines})
    return {line: Origin.of(line, known.get(line.purchase_order.supplier_id, ALL_DAYS)) for line in lines}


@dataclass(frozen=True, slots=True)
class History:
    """How confirmed dates were kept: by the whole shop, and by each supplier and offer, the latest lines last."""

    shop: lateness.PastLateness
    of_supplier: dict[int, list[lateness.Punctuality]]
    of_offer: dict[int, list[lateness.Punctuality]]
    _pooled: dict[tuple[int | None, int | None], lateness.PastLateness] = field(default_factory=dict)

    def record(self, source: Origin) -> lateness.PastLateness:
        """Give what a confirmed date of this source is judged by: its offer's own lines, else its supplier's."""
        own = self.of_offer.get(source.offer_id or 0, [])
        key = (source.offer_id, None) if lateness.has_its_own(own) else (None, source.supplier_id)
        if key not in self._pooled:
            lessons = own if key[0] else self.of_supplier.get(source.supplier_id or 0, [])
            self._pooled[key] = lateness.pooled(lessons, self.shop)
        return self._pooled[key]

    def dates(self, source: Origin, *, sent: date, expected: date | None, today: date) -> InboundDates:
        """
        Give the dates of goods still on their way.

        What the supplier says stands in for the quote as soon as they say anything (rules §2.4).
        No dates where neither a date nor an offer is known.
        """
        if expected is None:
            if not source.lead:
                return NO_DATES
            return _of_lead(sent, today, source.lead, settings.PROMISE_QUANTILE, source.open_days)
        record = self.record(source)
        days = lateness.days(record, sent=sent, confirmed=expected, today=today)
        safe = lateness.day(record, settings.PROMISE_QUANTILE, sent=sent, confirmed=expected, today=today)
        return InboundDates(days.by_50, max(safe, days.by_50), days)


def history(sources: Iterable[Origin]) -> History:
    """Read how the whole shop kept confirmed dates, and how these suppliers and offers did."""
    sources = list(sources)
    return History(
        shop_record(),
        _kept("supplier_id", {source.supplier_id for source in sources}),
        _kept("offer_id", {source.offer_id for source in sources}),
    )


def shop_record() -> lateness.PastLateness:
    """Count how late the lines of the whole shop came."""
    kept = Lesson.objects.filter(days_late__isnull=False).order_by()
    late = list(
        kept.filter(days_late__gt=0).values_list("days_late", "confirmed_days").annotate(Count("pk")).order_by()
    )
    punctual = kept.filter(days_late__lte=0).count()
    days = np.concatenate([np.zeros(punctual), *(np.full(count, float(days)) for days, _, count in late)])
    each = [lateness.Punctuality(days, confirmed) for days, confirmed, count in late for _ in range(count)]
    return lateness.shop(days, each)


def _kept(name: str, wanted: set[int | None]) -> dict[int, list[lateness.Punctuality]]:
    """Give the latest lines of each supplier or offer, the last of them last."""
    place = Window(RowNumber(), partition_by=F(name), order_by=[F("came_on").desc(), F("pk").desc()])
    rows = (
        Lesson.objects.filter(days_late__isnull=False, **{f"{name}__in": wanted - {None}})
        .annotate(place=place)
        .filter(place__lte=lateness.MOST_LESSONS)
        .order_by("came_on", "pk")
        .values_list(name, "days_late", "confirmed_days")
    )
    found: dict[int, list[lateness.Punctuality]] = defaultdict(list)
    for owner, days_late, confirmed in rows:
        found[owner].append(lateness.Punctuality(days_late, confirmed))
    return found


def quoted_record() -> leadtimes.LeadTimeRatio:
    """Sum up actual ÷ quoted time over all lessons of the shop."""
    taken = ExpressionWrapper(F("days") / F("quoted_days"), output_field=FloatField())
    ratio = Least(taken, leadtimes.MOST_OF_QUOTE)
    seen: dict[str, Any] = Lesson.objects.filter(quoted_days__gt=0).aggregate(
        count=Count("pk"), total=Sum(ratio), squares=Sum(ratio * ratio)
    )
    return leadtimes.LeadTimeRatio.of_shop(seen["count"], seen["total"] or 0.0, seen["squares"] or 0.0)


def quoted_days(offer: Offer) -> float:
    """A quote of no days at all is read as one day, so that a ratio to it exists."""
    return max(1.0, float(offer.quoted_days))


def lead(offer: Offer) -> tuple[float, float]:
    """Give mean and sd of an offer's lead time, in days since sending: as learned, else as quoted."""
    if offer.mean_days and offer.sd_days:
        # a quote that changed since the night
        changed = quoted_days(offer) / max(1, offer.learned_from or quoted_days(offer))
        return offer.mean_days * changed, offer.sd_days * changed
    quoted = leadtimes.expect(quoted_days(offer), (), record=leadtimes.LeadTimeRatio())
    return quoted.mean, quoted.predictive_sd


def leads(mean: Floats, sd: Floats, *, learned_from: Ints, quoted: Ints) -> tuple[Floats, Floats]:
    """Do what ``lead`` does for many offers; shape (n,) each, 0 where nothing was learned."""
    days = np.maximum(quoted.astype(float), 1.0)
    as_quoted = leadtimes.in_columns(days, *np.zeros((3, len(days))), record=leadtimes.LeadTimeRatio(), chance=0.5)
    changed = days / np.where(learned_from > 0, learned_from, days)
    is_learned = (mean != 0) & (sd != 0)
    return np.where(is_learned, mean * changed, as_quoted.mean), np.where(is_learned, sd * changed, as_quoted.sd)


def _lead_time(mean: float, sd: float) -> leadtimes.LeadTimeEstimate:
    return leadtimes.LeadTimeEstimate(mean, sd, sd, 0)


def of_quote(source: Origin, *, sent: date, today: date) -> InboundDates:
    """Give the dates of goods of an offer of which nobody has said a day yet; none where there is no offer."""
    if not source.lead:
        return NO_DATES
    return _of_lead(sent, today, source.lead, settings.PROMISE_QUANTILE, source.open_days)


@lru_cache(maxsize=20_000)
def _of_lead(
    sent: date, today: date, time: leadtimes.LeadTimeEstimate, quantile: float, open_days: OpenDays
) -> InboundDates:
    """Work in open days, as if no others were between, and tell the days of the calendar."""
    passed = open_days.passed(sent, today)
    days, safe = leadtimes.days(leadtimes.Open(sent, sent + timedelta(days=passed), time, quantile))
    told = ArrivalDays(*(open_days.after(sent, (each - sent).days) for each in days))
    return InboundDates(told.by_50, open_days.after(sent, (safe - sent).days), told)


@lru_cache(maxsize=20_000)
def _of_mean_one(q: float, cv: float) -> float:
    return leadtimes.quantile(q, 1.0, cv)


def days_within(q: float, mean: float, sd: float) -> float:
    """Give the gamma quantile in days; offers of one coefficient of variation share the work."""
    return mean * _of_mean_one(q, round(sd / mean, 9))


def day(at: datetime) -> date:
    """The calendar day of a moment in the shop's time zone."""
    return timezone.localtime(at).date()

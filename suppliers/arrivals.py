"""
When goods arrive: what the record of deliveries makes of a quoted time or a confirmed date. Reads only.

The arithmetic is ``suppliers.leadtimes``; this module fetches what it needs, in three queries whatever
the number of offers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import sqrt

from django.conf import settings
from django.db.models import Avg, Count, ExpressionWrapper, F, FloatField, Q, QuerySet, StdDev
from django.utils import timezone

from . import leadtimes
from .models import Delivery, Offer

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery in days since sending: actual, quoted, and what was confirmed first (None: nothing was)."""

    actual: float
    quoted: float
    confirmed: float | None


@dataclass(frozen=True, slots=True)
class History:
    """The shop-wide record against quotes and against confirmed dates, and each offer's own receipts."""

    quoted: leadtimes.Record
    confirmed: leadtimes.Record
    own: dict[int, list[Receipt]]

    def lead_time(self, offer: Offer) -> leadtimes.LeadTime:
        """Work out the time from sending to receipt, in days, from the quote and the record (RULES §3.9)."""
        seen = leadtimes.ratios((each.actual, each.quoted) for each in self.own.get(offer.pk, ()))
        return leadtimes.expect(quoted_days(offer), seen, record=self.quoted)

    def dates(
        self, offer: Offer | None, *, sent: date, expected: date | None, today: date
    ) -> tuple[date | None, date | None]:
        """
        Give the likely and the safe date of goods still on their way.

        What the supplier says stands in for the quote as soon as they say anything (RULES §2).
        No dates where neither a date nor an offer is known.
        """
        if expected is not None:
            own = self.own.get(offer.pk, ()) if offer else ()
            seen = leadtimes.ratios((each.actual, each.confirmed) for each in own)
            stated = leadtimes.days_stated(sent, expected)
            lead = leadtimes.expect(stated, seen, record=self.confirmed, confirmed=True)
        elif offer is not None:
            lead = self.lead_time(offer)
        else:
            return None, None
        return _likely_and_safe(sent, today, lead, settings.PROMISE_QUANTILE)


def history(offer_ids: Iterable[int]) -> History:
    """Read the record of the whole shop, and that of these offers."""
    quoted, confirmed = records()
    return History(quoted, confirmed, receipts(offer_ids))


def records() -> tuple[leadtimes.Record, leadtimes.Record]:
    """Sum up actual ÷ quoted and actual ÷ first confirmed time over all deliveries of the shop."""
    deliveries = Delivery.objects.filter(offer__isnull=False)
    quoted = _record(deliveries.filter(offer__quoted_days__gt=0), "offer__quoted_days")
    confirmed = _record(Delivery.objects.filter(_CONFIRMED), "planned_days")
    return quoted, confirmed


_CONFIRMED = Q(line__inbound__first_date__isnull=False, planned_days__gt=0)


def _record(deliveries: QuerySet[Delivery], stated: str) -> leadtimes.Record:
    ratio = ExpressionWrapper(F("days") / F(stated), output_field=FloatField())
    # SQLite knows no sample deviation of a single row
    seen = deliveries.aggregate(count=Count("pk"), mean=Avg(ratio), sd=StdDev(ratio))
    if seen["count"] < 2:
        return leadtimes.Record(seen["mean"] or 1.0)
    sd = seen["sd"] * sqrt(seen["count"] / (seen["count"] - 1))
    return leadtimes.Record(seen["mean"] or 1.0, sd or leadtimes.UNKNOWN_CV)


def receipts(offer_ids: Iterable[int]) -> dict[int, list[Receipt]]:
    """List the receipts of each offer, oldest first."""
    rows = (
        Delivery.objects.filter(offer_id__in=set(offer_ids))
        .order_by("pk")
        .values_list("offer_id", "days", "offer__quoted_days", "planned_days", "line__inbound__first_date")
    )
    own: dict[int, list[Receipt]] = {}
    for offer_id, days, quoted, planned, first_date in rows:
        own.setdefault(offer_id, []).append(Receipt(days, quoted, planned if first_date else None))
    return own


def quoted_days(offer: Offer) -> float:
    """A quote of no days at all is read as one day, so that a ratio to it exists."""
    return max(1.0, float(offer.quoted_days))


@lru_cache(maxsize=20_000)
def _likely_and_safe(sent: date, today: date, lead: leadtimes.LeadTime, q: float) -> tuple[date, date]:
    return leadtimes.likely_and_safe(sent, today, lead, quantile=q)


@lru_cache(maxsize=20_000)
def _of_mean_one(q: float, cv: float) -> float:
    return leadtimes.quantile(q, 1.0, cv)


def days_within(q: float, mean: float, sd: float) -> float:
    """Give the gamma quantile in days; offers of one coefficient of variation share the work."""
    return mean * _of_mean_one(q, round(sd / mean, 9))


def day(at: datetime) -> date:
    """The calendar day of a moment in the shop's time zone."""
    return timezone.localtime(at).date()


def days_between(sent_at: datetime, at: datetime) -> float:
    return max(0.0, (at - sent_at).total_seconds() / SECONDS_A_DAY)

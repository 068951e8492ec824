"""
Lead times as they came to be known, week by week, for a backtest of the demand on record. Reads only.

Each week the offers of today are learned anew from what had come before it, and the one safely here first is asked, as
``suppliers.performance`` and ``suppliers.quickest`` do it. What is ordered in a week takes as long as the line of that
offer which was sent last by then: the world, which the night of that week did not know yet.
"""

from datetime import date, datetime, time, timedelta
from functools import cache

import numpy as np
from django.conf import settings
from django.utils import timezone

from inventory.formulas.backtesting.nights import LeadsAt, Night
from inventory.ground.sql import columns
from inventory.night.skus import Floats, Ints, rows_of, taken

from . import leadtimes, quickest
from .models import Closure, Lesson, Offer, Supplier

DAYS = 7
WEEK = timedelta(weeks=1)
LONGEST_WEEKS = 104
_SPREADS = np.concatenate([np.linspace(0.0, 2.0, 401), np.geomspace(2.01, 50.0, 200)])
_LESSON = {"offer": "i8", "sent": "M8[D]", "came": "M8[D]", "days": "f8", "quoted": "i8"}
_LESSONS = (
    "SELECT COALESCE(offer_id, 0), sent_on, came_on, days, COALESCE(quoted_days, 0)"
    f" FROM {Lesson._meta.db_table} ORDER BY came_on, id"
)


class LeadTimesLearned:
    """
    Of n SKUs; ``longest`` (n,): weeks that an order of theirs takes at most.

    A SKU that nobody offers today keeps what the night has of it.
    """

    def __init__(self, products: Ints, night: Night, *, start: date) -> None:
        self.products, self.start = products, start
        lead = np.zeros(len(products), np.int64) if night.lead is None else night.lead
        sd = np.zeros(len(products)) if night.lead_sd is None else night.lead_sd
        self.usual = LeadsAt(lead.astype(float), sd, lead)
        self.asked: list[quickest.AskableSupplier] = []
        self.offers = quickest.offered((0, int(products.max(initial=0))))
        quoted = dict(Offer.objects.filter(is_active=True).values_list("pk", "quoted_days"))
        self.quoted = np.array([quoted.get(pk, 1) for pk in self.offers["id"].tolist()], float)
        lessons = columns.read(_LESSONS, [], _LESSON)
        order = np.argsort(self.offers["id"])
        row = rows_of(self.offers["id"][order], lessons["offer"])
        self.lessons = lessons | {"row": np.where(row >= 0, order[row] if len(order) else -1, -1)}
        self.by_sending = np.argsort(lessons["sent"], kind="stable")
        self.came = self.sent = 0
        self.count, self.total, self.squares = np.zeros((3, len(self.quoted)))
        self.shop = np.zeros(3)
        self.takes = self._first()
        self.known: LeadsAt | None = None
        self.longest = self._longest()

    def at(self, period: int) -> LeadsAt:
        """Give the lead times at the start of a week: learned from what came before, taking what is sent in it."""
        monday = self.start + timedelta(weeks=period)
        was, self.asked = self.asked, quickest.askable(timezone.make_aware(datetime.combine(monday, time.min)))
        came, sent = self.came, self.sent
        self.came = int(np.searchsorted(self.lessons["came"], np.datetime64(monday)))
        self.sent = int(np.searchsorted(self.lessons["sent"][self.by_sending], np.datetime64(monday + WEEK)))
        if self.known and (was, came, sent) == (self.asked, self.came, self.sent):
            return self.known
        self._learn(slice(came, self.came))
        self._take(self.by_sending[sent : self.sent])
        self.known = self._quickest()
        return self.known

    def _learn(self, lessons: slice) -> None:
        row, days, quoted = (self.lessons[name][lessons] for name in ("row", "days", "quoted"))
        ratio = days[quoted > 0] / quoted[quoted > 0]
        capped = leadtimes.LeadTimeRatio.in_record(ratio)
        self.shop += len(ratio), capped.sum(), (capped**2).sum()
        own = row[quoted > 0]
        for sums, values in ((self.count, np.ones(len(own))), (self.total, ratio), (self.squares, ratio**2)):
            np.add.at(sums, own[own >= 0], values[own >= 0])

    def _take(self, lessons: Ints) -> None:
        lessons = lessons[self.lessons["row"][lessons] >= 0]
        self.takes[self.lessons["row"][lessons]] = self.lessons["days"][lessons]

    def _first(self) -> Floats:
        """Return the days that the first line of each offer took, (offers,); those of today where none ever came."""
        takes: Floats = self.offers["mean_days"].copy()
        last_first = self.by_sending[::-1]
        last_first = last_first[self.lessons["row"][last_first] >= 0]
        takes[self.lessons["row"][last_first]] = self.lessons["days"][last_first]
        return takes

    def _quickest(self) -> LeadsAt:
        """Give the lead time of the offer of each product that is safely here first, by what is known now."""
        sums = (self.count, self.total, self.squares)
        mean, sd = leadtimes.moments(
            np.maximum(self.quoted, 1.0), *sums, record=leadtimes.LeadTimeRatio.of_shop(*self.shop.tolist())
        )
        learned = {"mean_days": mean, "sd_days": sd, "safe_days": mean * _safe(settings.PROMISE_QUANTILE, sd / mean)}
        best = quickest.choose(self.offers | learned | {"takes": self.takes}, self.asked)
        row = rows_of(best["product_id"], self.products)
        before = {each.supplier_id: each.before for each in self.asked}
        takes = best["takes"] + np.array([before[pk] for pk in best["supplier"].tolist()], float)
        mean, sd, weeks = (values / DAYS for values in (best["mean_days"], best["sd_days"], takes))
        is_known = row >= 0
        return LeadsAt(
            np.where(is_known, taken(mean, row, 0.0), self.usual.mean),
            np.where(is_known, taken(sd, row, 0.0), self.usual.sd),
            np.where(is_known, taken(_whole(weeks), row, 0), self.usual.takes),
        )

    def _longest(self) -> Ints:
        """Return the weeks that the slowest line of any offer of each SKU took, or takes today where none came."""
        before = dict(Supplier.objects.values_list("pk", "approval_days"))
        pauses = dict(before)
        for closure in Closure.objects.order_by("pk"):
            pause = before[closure.supplier_id] + (closure.ends_on - closure.starts_on).days + 1
            pauses[closure.supplier_id] = max(pauses[closure.supplier_id], pause)
        lead = np.array([pauses[pk] for pk in self.offers["supplier"].tolist()], float)
        slowest = self.takes.copy()
        own = self.lessons["row"] >= 0
        np.maximum.at(slowest, self.lessons["row"][own], self.lessons["days"][own])
        weeks = _whole((lead + slowest) / DAYS)
        products, place = np.unique(self.offers["product_id"], return_inverse=True)
        most = np.zeros(len(products), np.int64)
        np.maximum.at(most, place, weeks)
        row = rows_of(products, self.products)
        longest: Ints = np.maximum(taken(most, row, 0), self.usual.takes)
        return longest


def _whole(weeks: Floats) -> Ints:
    return np.minimum(np.rint(weeks), LONGEST_WEEKS).astype(np.int64)


def _safe(chance: float, cv: Floats) -> Floats:
    """Give this quantile of many gammas of mean 1, read from a table: each is only held against others."""
    found: Floats = np.interp(cv, _SPREADS, _table(chance))
    return found


@cache
def _table(chance: float) -> Floats:
    return leadtimes.of_mean_one(chance, _SPREADS)

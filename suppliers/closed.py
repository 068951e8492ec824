"""
Days on which suppliers are closed, and counting around them: one inside a closure is no day of a lead time. Reads only.

What is sent on such a day counts from its end. The counting itself is pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .models import Closure

EVERY_DAY = "1111111"
Span = tuple[date, date]
"""The first and the last day of a closure, both included."""
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class OpenDays:
    """
    The days on which a supplier works at an order: all but those of its closures, the first of which comes first.

    >>> may = OpenDays(((date(2026, 5, 11), date(2026, 5, 24)),))
    >>> may.after(date(2026, 5, 4), 10), may.after(date(2026, 5, 12), 1), OpenDays().after(date(2026, 5, 4), 10)
    (datetime.date(2026, 5, 28), datetime.date(2026, 5, 25), datetime.date(2026, 5, 14))
    >>> may.passed(date(2026, 5, 4), date(2026, 5, 28)), may.passed(date(2026, 5, 4), date(2026, 5, 20))
    (10, 6)
    """

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans)

    def after(self, sent: date, days: int) -> date:
        """Give the day on which so many open days have passed since that of sending."""
        if not self.spans:
            return sent + timedelta(days=days)
        found: date = self.all_after(np.array([sent], "M8[D]"), np.array([days]))[0].item()
        return found

    def passed(self, sent: date, day: date) -> int:
        """Count the open days since that of sending, the last one included."""
        if not self.spans:
            return max(0, (day - sent).days)
        return int(self.all_passed(np.array([sent], "M8[D]"), day)[0])

    def all_after(self, sent: Days, days: Any) -> Days:
        """Do what ``after`` does for many; the shapes are those of NumPy's broadcasting."""
        found: Days = np.busday_offset(sent, days, roll="preceding", busdaycal=_calendar(self.spans))
        return found

    def all_passed(self, sent: Days, day: date) -> NDArray[np.int64]:
        """Do what ``passed`` does for many."""
        one = np.timedelta64(1, "D")
        count = np.busday_count(sent + one, np.datetime64(day) + one, busdaycal=_calendar(self.spans))
        return np.maximum(np.asarray(count, np.int64), 0)

    def lengthened(self, on: date, before: float, days: Any) -> Any:
        """
        Give the days from now until what is still to be asked for is here: a number, or an array of them.

        :param before: days until it is asked for; while the supplier is closed it is not
        :param days: of the lead time, once it is asked for
        """
        if not self.spans:
            return before + days
        asked = self._asked(on, before)
        whole = np.ceil(np.asarray(days, float))
        start = np.full(whole.shape, np.datetime64(asked))
        here = self.all_after(start, whole.astype(np.int64))
        found = (here - np.datetime64(on)).astype(np.int64) - (whole - days)
        return float(found) if np.ndim(days) == 0 else found

    def before(self, on: date, approval: float) -> float:
        """Give the days until it is asked for: approved, and on a day on which the supplier takes orders."""
        return float((self._asked(on, approval) - on).days) if self.spans else approval

    def _asked(self, on: date, approval: float) -> date:
        """The first day on which it takes orders, so many days after one on which it does."""
        return self._open_from(self._open_from(on) + timedelta(days=int(np.ceil(approval))))

    def _open_from(self, day: date) -> date:
        for first, last in self.spans:
            if first <= day <= last:
                day = last + timedelta(days=1)
        return day


ALL_DAYS = OpenDays()


@lru_cache(maxsize=1024)
def _calendar(spans: tuple[Span, ...]) -> np.busdaycalendar:
    off = [first + timedelta(days=step) for first, last in spans for step in range((last - first).days + 1)]
    return np.busdaycalendar(EVERY_DAY, off)


def of(supplier_ids: Collection[int] | None = None, *, since: date | None = None) -> Mapping[int, OpenDays]:
    """
    Read on which days suppliers are open, by supplier; one that is never closed is left out. One statement.

    :param supplier_ids: only of these; None: of all
    :param since: leave out closures that had ended by then
    """
    rows = Closure.objects.order_by()
    if supplier_ids is not None:
        rows = rows.filter(supplier__in=supplier_ids)
    if since:
        rows = rows.filter(ends_on__gte=since)
    return around(rows)


def around(closures: Iterable[Closure]) -> dict[int, OpenDays]:
    """Give the days on which suppliers are open around these closures, by supplier."""
    found: dict[int, list[Span]] = defaultdict(list)
    for closure in closures:
        found[closure.supplier_id].append((closure.starts_on, closure.ends_on))
    return {supplier_id: OpenDays(tuple(sorted(spans))) for supplier_id, spans in found.items()}

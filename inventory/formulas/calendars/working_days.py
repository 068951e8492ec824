"""
PURE: on which days a warehouse works, and counting in them.

A calendar says which weekdays it works, which public holidays it keeps, when it is closed besides, and from which hour
on a day does not count. ``PLAIN`` is Monday to Friday and nothing else.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from . import public_holidays

MONDAY_TO_FRIDAY = "1111100"
YEARS = 5
"""How far beyond the year of its first day a count may lead."""
A_YEAR = 366


class NeverWorks(Exception):
    """A warehouse of which no day is a working day would never ship anything."""


class Closed(NamedTuple):
    """Days on which a warehouse is closed, the first and the last included."""

    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """
    :ivar week: a 1 for each weekday it works, from Monday on
    :ivar country: whose public holidays it keeps, and of which ``region``; empty: none
    :ivar cut_off: from this hour on the day does not count; None: it always does
    """

    week: str = MONDAY_TO_FRIDAY
    country: str = ""
    region: str = ""
    closed: tuple[Closed, ...] = ()
    cut_off: time | None = None

    @property
    def revision(self) -> int:
        """
        A number that is another one for every other calendar, and 0 for the plain one.

        >>> PLAIN.revision, Calendar().revision, Calendar("1111110").revision == Calendar("1111110").revision
        (0, 0, True)
        >>> Calendar(region="BY", country="DE").revision != Calendar(country="DE").revision
        True
        """
        said = repr((self.week, self.country, self.region, sorted(self.closed), self.cut_off))
        if said == repr((MONDAY_TO_FRIDAY, "", "", [], None)):
            return 0
        return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest()) >> 1 or 1

    def shift(self, day: date, days: int) -> date:
        """
        Add working days; a day on which it does not work counts as the next one on which it does.

        >>> PLAIN.shift(date(2026, 11, 27), 1)  # a Friday
        datetime.date(2026, 11, 30)
        >>> Calendar(country="DE").shift(date(2026, 12, 24), 1)  # Christmas is a Friday
        datetime.date(2026, 12, 28)
        """
        return _shifted(self, day, days)

    def works_on(self, day: date) -> bool:
        return self.shift(day, 0) == day

    def counts_from(self, at: datetime, zone: str) -> date:
        """
        Give the first day that counts for what is there at a moment: today, or tomorrow from the cut-off hour on.

        The hour is one of the shop's clock. Of an hour that comes twice as summer time ends it is the first, and of one
        that is left out as it begins, the same stretch after midnight.
        """
        today = at.astimezone(ZoneInfo(zone)).date()
        is_over = self.cut_off is not None and at >= _moment(zone, today, self.cut_off)
        return today + timedelta(days=1) if is_over else today

    def closed_days(self, first: date, count: int) -> list[tuple[date, str]]:
        """
        Give the next days on which it is closed though it works on that weekday, and why.

        >>> for day, why in Calendar(country="DE").closed_days(date(2026, 12, 24), 2):
        ...     print(day, why)
        2026-12-25 Christmas Day
        2027-01-01 New Year's Day
        """
        found = []
        for day in (first + timedelta(days=step) for step in range(A_YEAR)):
            if self._is_weekday(day) and (why := self._why_closed(day)) is not None:
                found.append((day, why))
                if len(found) == count:
                    break
        return found

    def check(self, today: date) -> None:
        """
        :raises NeverWorks: if it has no working day within a year
        """
        if "1" not in self.week:
            raise NeverWorks("A warehouse works on at least one day of the week.")
        days = (today + timedelta(days=step) for step in range(A_YEAR))
        if not any(self._is_weekday(day) and self._why_closed(day) is None for day in days):
            raise NeverWorks("Nothing would ever ship: the warehouse would work on no day of the coming year.")

    def _is_weekday(self, day: date) -> bool:
        return self.week[day.weekday()] == "1"

    def _why_closed(self, day: date) -> str | None:
        for closed in self.closed:
            if closed.first <= day <= closed.last:
                return closed.reason or "closed"
        return public_holidays.of_year(self.country, self.region, day.year).get(day) if self.country else None


@lru_cache(maxsize=256)
def of_country(country: str) -> Calendar | None:
    """
    Give the days on which people work in a country, by its two letters; None if its holidays are not known.

    >>> of_country("SA").shift(date(2026, 11, 27), 0), of_country("XX"), of_country("")  # their week begins on Sunday
    (datetime.date(2026, 11, 29), None, None)
    """
    try:
        code, _ = public_holidays.known(country, "")
    except public_holidays.NoSuchHolidays:
        return None
    return Calendar(public_holidays.week(code), code) if code else None


PLAIN = Calendar()
"""Monday to Friday, as every warehouse that nobody said anything else of."""


@lru_cache(maxsize=8192)
def _shifted(calendar: Calendar, day: date, days: int) -> date:
    found: date = np.busday_offset(
        np.datetime64(day), days, roll="forward", busdaycal=_business_days(calendar, day.year)
    ).astype(object)
    return found


@lru_cache(maxsize=256)
def _business_days(calendar: Calendar, year: int) -> np.busdaycalendar:
    return np.busdaycalendar(calendar.week, sorted(_off(calendar, year)))


def _off(calendar: Calendar, year: int) -> Iterator[date]:
    for closed in calendar.closed:
        yield from (closed.first + timedelta(days=step) for step in range((closed.last - closed.first).days + 1))
    if calendar.country:
        for each in range(year, year + YEARS):
            yield from public_holidays.of_year(calendar.country, calendar.region, each)


@lru_cache(maxsize=1024)
def _moment(zone: str, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)

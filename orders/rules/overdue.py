"""
PURE: what a customer is told while something is late that its sender had confirmed, or that nobody has confirmed and
that comes later than computed again and again.

A computed day would be wrong more often than right: the conditional quantile of a late delivery says two months where
half of them come within three weeks. So it is said that it is late, that the sender was asked, and by when there is
word; when that day comes without an answer, a span in weeks, which is no date.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from inventory.formulas.calendars.working_days import PLAIN, Calendar
from orders.rules.news import MORE_LIKELY_THAN_NOT

MOST_REDATED = 2
"""How often a customer is promised another day while nobody does or says anything."""
WORD_WITHIN = 2
"""Working days within which a customer hears again."""
WEEK = timedelta(days=7)


class OnTheRoad(NamedTuple):
    """
    What its sender said of an inbound that a line waits for.

    :ivar asked_on: when it was last asked where that is; None: it was not
    """

    expected: date | None
    is_confirmed: bool
    asked_on: date | None


def is_late(roads: Iterable[OnTheRoad], today: date) -> bool:
    """
    Say whether the confirmed day of any of these has passed.

    >>> thursday = OnTheRoad(date(2026, 12, 3), True, None)
    >>> [is_late([thursday], date(2026, 12, day)) for day in (3, 4)]
    [False, True]
    >>> is_late([thursday._replace(is_confirmed=False), OnTheRoad(None, True, None)], date(2026, 12, 4))
    False
    """
    return any(road.is_confirmed and road.expected is not None and road.expected < today for road in roads)


def is_given_up(road: OnTheRoad | None, redated: int) -> bool:
    """
    Say whether no day is promised any more of what rests on this: nobody confirmed one, and time moved it too often.

    :param redated: how often time alone has moved the promise

    >>> thursday = OnTheRoad(date(2026, 12, 3), False, None)
    >>> is_given_up(thursday, 2), is_given_up(thursday, 3), is_given_up(thursday._replace(expected=None), 3)
    (False, True, True)
    >>> is_given_up(thursday._replace(is_confirmed=True), 3), is_given_up(None, 3)
    (False, False)
    """
    return redated > MOST_REDATED and road is not None and not road.is_confirmed


def takes_back(chance: float) -> bool:
    """
    Say whether a promise with this chance to break is taken back for being late.

    >>> takes_back(0.5), takes_back(0.51)
    (False, True)
    """
    return chance > MORE_LIKELY_THAN_NOT


def word_by(today: date, calendar: Calendar = PLAIN) -> date:
    """
    Give the day by which the customer hears again.

    :param calendar: of the warehouse that they wait for: news of a night goes on a day on which it works

    >>> word_by(date(2026, 12, 3)), word_by(date(2026, 12, 5))  # a Thursday, a Saturday
    (datetime.date(2026, 12, 7), datetime.date(2026, 12, 9))
    """
    return calendar.shift(today, WORD_WITHIN)


def is_word_due(by: date | None, today: date) -> bool:
    """
    Say whether the customer has to hear again today, answer or not.

    >>> thursday = date(2026, 12, 3)
    >>> is_word_due(None, thursday), is_word_due(date(2026, 12, 4), thursday), is_word_due(thursday, thursday)
    (False, False, True)
    """
    return by is not None and by <= today


def asked(roads: Sequence[OnTheRoad], today: date) -> date | None:
    """
    Give the day on which senders were asked where late ones are, the latest; None if one was not asked since.

    Where no confirmed day has passed, it is asked of those that nobody has confirmed.

    >>> late = OnTheRoad(date(2026, 12, 3), True, date(2026, 12, 4))
    >>> asked([late], date(2026, 12, 7)), asked([late, late._replace(asked_on=None)], date(2026, 12, 7))
    (datetime.date(2026, 12, 4), None)
    >>> asked([late._replace(asked_on=date(2026, 12, 1))], date(2026, 12, 7))
    >>> unsaid = OnTheRoad(None, False, date(2026, 12, 1))
    >>> asked([unsaid], date(2026, 12, 7)), asked([unsaid, late], date(2026, 12, 7))
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 4))
    >>> asked([unsaid._replace(asked_on=None)], date(2026, 12, 7))
    """
    late = [road for road in roads if is_late([road], today)]
    unsaid = [road for road in roads if not road.is_confirmed]
    days = [day for road in late or unsaid if (day := _asked_where(road))]
    return max(days) if days and len(days) == len(late or unsaid) else None


def _asked_where(road: OnTheRoad) -> date | None:
    """When its sender was asked where it is: of a confirmed day, after that."""
    if road.is_confirmed and road.asked_on and road.expected and road.asked_on <= road.expected:
        return None
    return road.asked_on


def in_weeks(likely: date, eighty: date, today: date) -> str:
    """
    Say from the median to the day by which four of five have shipped, in weeks from today.

    >>> today = date(2026, 12, 3)
    >>> [in_weeks(today + timedelta(low), today + timedelta(high), today) for low, high in ((21, 42), (22, 43))]
    ['in 3 to 6 weeks', 'in 3 to 7 weeks']
    >>> [in_weeks(today + timedelta(low), today + timedelta(high), today) for low, high in ((3, 7), (6, 8), (14, 14))]
    ['within a week', 'within 2 weeks', 'in about 2 weeks']
    """
    low, high = max(0, (likely - today) // WEEK), max(1, -((today - eighty) // WEEK))
    if low == 0:
        return "within a week" if high == 1 else f"within {high:,} weeks"
    if low >= high:
        return f"in about {high:,} weeks" if high > 1 else "in about a week"
    return f"in {low:,} to {high:,} weeks"

"""
PURE: when a date is news to somebody who was promised another one.

The safe date of an open purchase order creeps every night, while the promise stands still. To tell each step would send
mail after mail to customers most of whom are served in time after all; so a later date is news only when the promise is
more likely to break than to hold.
"""

from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from inventory.formulas.calendars.working_days import PLAIN, Calendar

MORE_LIKELY_THAN_NOT = 0.5
"""A promise whose chance to break is greater than this is taken back."""
AT_RISK = 1 / 3
"""From this chance to break on, staff are shown the line: there may still be time to keep the promise."""


class DateNews(Enum):
    """What a computed date is to a customer beside the promised one."""

    NOTHING = "nothing"
    LATER = "later"
    EARLIER = "earlier"
    NO_DATE = "no date"
    A_DATE = "a date at last"
    PASSED = "the promised day has passed"


class DateStanding(NamedTuple):
    """
    How a promise stands.

    :ivar safe: the computed date
    :ivar threshold: by how many working days, Monday to Friday, the two may differ in silence
    :ivar chance: that the line ships after the promised day
    :ivar is_certain: units are here, or their sender said so: what is only computed is no reason to tell an earlier day
    :ivar calendar: of its warehouse
    """

    promised: date | None
    safe: date | None
    threshold: int
    chance: float
    is_certain: bool
    calendar: Calendar = PLAIN


def of(standing: DateStanding, today: date) -> DateNews:
    """
    Say what the computed date is beside the promised one.

    *Later*: it is more likely than not that the promise breaks, and the safe date passes it by more than the threshold;
    on the last working day of its warehouse before it, however little. *Earlier*: by more than that, and certain.

    >>> wednesday, tuesday, monday = date(2026, 12, 2), date(2026, 12, 1), date(2026, 11, 30)
    >>> def said(day, chance, today=monday, is_certain=False):
    ...     return of(DateStanding(wednesday, date(2026, 12, day), 2, chance, is_certain), today).value
    >>> said(7, 0.51), said(7, 0.5), said(4, 0.99), said(3, 0.51, tuesday), said(3, 0.5, tuesday)
    ('later', 'nothing', 'nothing', 'later', 'nothing')
    >>> thursday = DateStanding(date(2026, 12, 10), tuesday, 2, 0.1, is_certain=True)
    >>> of(thursday, monday).value, of(thursday._replace(is_certain=False), monday).value
    ('earlier', 'nothing')
    >>> of(thursday._replace(safe=date(2026, 12, 8)), monday).value, of(thursday._replace(safe=None), monday).value
    ('nothing', 'no date')
    """
    promised, safe = standing.promised, standing.safe
    if promised and promised < today:
        return DateNews.PASSED
    if safe is None or promised is None:
        return DateNews.NOTHING if safe == promised else DateNews.NO_DATE if safe is None else DateNews.A_DATE
    if safe > promised:
        is_last = is_last_day(promised, today, standing.calendar)
        is_much = is_last or is_beyond(promised, safe, standing.threshold)
        return DateNews.LATER if is_much and standing.chance > MORE_LIKELY_THAN_NOT else DateNews.NOTHING
    is_much = is_beyond(safe, promised, standing.threshold)
    return DateNews.EARLIER if is_much and standing.is_certain else DateNews.NOTHING


def is_beyond(day: date, later: date, threshold: int) -> bool:
    """
    Say whether a day comes more than so many working days after another.

    >>> friday = date(2026, 11, 27)
    >>> [is_beyond(friday, date(2026, 11, 30) + timedelta(days), 2) for days in (0, 1, 2)]
    [False, False, True]
    """
    return later > PLAIN.shift(day, threshold)


def is_last_day(promised: date, today: date, calendar: Calendar = PLAIN) -> bool:
    """
    Say whether no working day lies between today and the promised one.

    :param calendar: of the warehouse that it ships from: news of a night goes on a day on which it works

    >>> monday, tuesday = date(2026, 11, 30), date(2026, 12, 1)
    >>> [is_last_day(monday, date(2026, 11, day)) for day in (26, 27, 28, 30)]
    [False, True, True, True]
    >>> [is_last_day(tuesday, date(2026, 11, day), Calendar("0111100")) for day in (26, 27, 28, 30)]
    [False, True, True, True]
    """
    return promised <= next_day(today, calendar)


def next_day(today: date, calendar: Calendar = PLAIN) -> date:
    """Give the first working day after today: for what is promised until then, today is the last day for news."""
    return calendar.shift(today + timedelta(days=1), 0)

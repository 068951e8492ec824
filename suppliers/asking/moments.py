"""
PURE: on which day a supplier is asked about a confirmed one.

Twice at most: three of its working days before, so that goods that have not left can still be hurried, and once the
day has passed.
"""

from datetime import date, timedelta

from inventory.formulas.calendars.working_days import PLAIN, Calendar

DAYS_BEFORE = 3
"""Working days of the supplier."""
LATELY = timedelta(days=30)
"""A day that passed before that is not asked about any more: a shop that begins to ask does not ask about its past."""
BEFORE, PASSED, UNSAID = "before", "passed", "unsaid"


def first_day(day: date, calendar: Calendar = PLAIN) -> date:
    """
    Give the day on which a supplier is asked about one that it confirmed.

    >>> first_day(date(2026, 12, 4)), first_day(date(2026, 12, 6))  # a Friday; a Sunday
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 2))
    """
    first = day
    while calendar.shift(first - timedelta(days=1), DAYS_BEFORE) >= day or not calendar.works_on(first):
        first -= timedelta(days=1)
    return first


def due(day: date, *, said_on: date, today: date, calendar: Calendar = PLAIN) -> str | None:
    """
    Say which question about a confirmed day is due; None if none is.

    Before the day it is not asked of who named it no sooner than on the day of asking: they have just said so.

    >>> friday = date(2026, 12, 4)
    >>> [due(friday, said_on=date(2026, 11, 2), today=date(2026, 12, on)) for on in (1, 4, 5)]
    ['before', 'before', 'passed']
    >>> due(friday, said_on=date(2026, 11, 2), today=date(2026, 11, 30))
    >>> due(friday, said_on=date(2026, 12, 1), today=date(2026, 12, 3))
    >>> due(friday, said_on=date(2026, 11, 30), today=date(2026, 12, 3))
    'before'
    >>> due(friday, said_on=friday, today=date(2027, 1, 3)), due(friday, said_on=friday, today=date(2027, 1, 4))
    ('passed', None)
    """
    if today > day:
        return PASSED if today - day <= LATELY else None
    first = first_day(day, calendar)
    return BEFORE if said_on < first <= today else None


def silent_from(asked_on: date, calendar: Calendar = PLAIN) -> date:
    """
    Give the day from which silence is an alert: the next working day after one on which they could read it.

    >>> silent_from(date(2026, 12, 3)), silent_from(date(2026, 12, 4)), silent_from(date(2026, 12, 5))
    (datetime.date(2026, 12, 4), datetime.date(2026, 12, 7), datetime.date(2026, 12, 8))
    """
    return calendar.shift(asked_on, 1)

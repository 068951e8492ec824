"""
PURE: which days a person, a file or another program may name, and what to say of one they may not.

Every door asks here, so that no date is too far for the arithmetic behind it: nothing is planned further ahead than
``YEARS_AHEAD``, and nothing on record is older than ``FIRST``.
"""

from datetime import date

FIRST = date(1970, 1, 1)
YEARS_AHEAD = 2


def latest(today: date) -> date:
    """
    Give the last day that may be named: two years from today, that day included.

    >>> latest(date(2026, 3, 2)), latest(date(2028, 2, 29))
    (datetime.date(2028, 3, 2), datetime.date(2030, 2, 28))
    """
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year + YEARS_AHEAD, day=28 if is_leap_day else today.day)


def objection(day: date, *, today: date, earliest: date = FIRST) -> str:
    """
    Say why this day cannot be; empty if it can.

    :param earliest: the first day that makes sense: today for what is still to come

    >>> monday = date(2026, 3, 2)
    >>> objection(date(9999, 12, 31), today=monday)
    '31 December 9999 is too far ahead. Enter a day up to 2 March 2028, two years from today.'
    >>> objection(date(2026, 3, 1), today=monday, earliest=monday)
    '1 March 2026 has passed. Enter today or a later day.'
    >>> objection(date(1, 1, 1), today=monday)
    '1 January 0001 is too long ago. Enter a day from 1 January 1970 on.'
    >>> objection(date(2028, 3, 2), today=monday), objection(monday, today=monday, earliest=monday)
    ('', '')
    """
    if day > latest(today):
        return f"{said(day)} is too far ahead. Enter a day up to {said(latest(today))}, two years from today."
    if day < earliest == today:
        return f"{said(day)} has passed. Enter today or a later day."
    if day < earliest:
        return f"{said(day)} is too long ago. Enter a day from {said(earliest)} on."
    return ""


def said(day: date) -> str:
    return f"{day.day} {day:%B} {day.year:04}"

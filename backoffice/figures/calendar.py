"""The weeks that figures are kept by, and the days that SQL cannot reckon with on both databases alike."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from inventory.formulas.calendars.working_days import PLAIN, Calendar
from inventory.ground.sql import bulk
from inventory.supply import calendars

WEEKS = 13
"""Weeks that the page shows and each night counts anew; the last one is not over."""


def monday(day: date) -> date:
    """
    Give the first day of a week.

    >>> monday(date(2026, 11, 29)), monday(date(2026, 11, 30))
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 30))
    """
    return day - timedelta(days=day.weekday())


def first(today: date) -> date:
    """Give the first day of the weeks that can still change."""
    return monday(today) - timedelta(weeks=WEEKS - 1)


def weeks(today: date) -> list[date]:
    """Give the weeks that the page shows, by their first days."""
    return [first(today) + timedelta(weeks=ahead) for ahead in range(WEEKS)]


def before(day: date, calendar: Calendar = PLAIN) -> date:
    """
    Give the last working day before a day: of a warehouse.

    >>> [before(date(2026, 11, day)).day for day in (27, 28, 29, 30)]
    [26, 27, 27, 27]
    >>> [before(date(2026, 11, day), Calendar("0011111")).day for day in (25, 28, 29, 30)]
    [22, 27, 28, 29]
    """
    found = day - timedelta(days=1)
    while not calendar.works_on(found):
        found -= timedelta(days=1)
    return found


def days_before(days: Sequence[date]) -> tuple[str, list[Any]]:
    """Give a table ``staged`` of these days, each with the last day before it on which each warehouse worked."""
    rows = [(pk, day, before(day, calendar)) for pk, calendar in calendars.of_all().items() for day in days]
    return bulk.staged({"place": "bigint", "day": "date", "eve": "date"}, rows)

"""The weeks that figures are kept by, and the days that SQL cannot reckon with on both databases alike."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from inventory.formulas.calendars.working_days import PLAIN
from inventory.ground.sql import bulk

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


def before(day: date) -> date:
    """
    Give the last working day before a day, Monday to Friday.

    >>> [before(date(2026, 11, day)).day for day in (27, 28, 29, 30)]
    [26, 27, 27, 27]
    """
    found = day - timedelta(days=1)
    while PLAIN.shift(found, 0) != found:
        found -= timedelta(days=1)
    return found


def days_before(days: Sequence[date]) -> tuple[str, list[Any]]:
    """Give a table ``staged`` of these days, each with the last working day before it, and its parameters."""
    return bulk.staged({"day": "date", "eve": "date"}, [(day, before(day)) for day in days])

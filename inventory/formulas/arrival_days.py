"""
PURE: the days by which an inbound is here with a chance of .5, .8, .9, .95 and .99, as it stores them.

Written with the dates of an inbound (``inventory.supply.inbound``), worked out by who knows its sender, read by who
waits.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from math import ceil, expm1, log, log1p
from typing import NamedTuple

CHANCES = (0.5, 0.8, 0.9, 0.95, 0.99)


class ArrivalDays(NamedTuple):
    """The days, none before the one ahead of it; the names are those of the columns."""

    by_50: date
    by_80: date
    by_90: date
    by_95: date
    by_99: date


FIELDS = ArrivalDays._fields


def of(day: Callable[[float], date]) -> ArrivalDays:
    """Give the days of all chances, from a function that knows the day of one."""
    return ArrivalDays(*map(day, CHANCES))


def by(days: ArrivalDays, chance: float) -> date:
    """
    Give the day by which it is here with this chance: read between two that are stored, and none beyond the last.

    The logarithm of the chance that it is not here yet is taken to fall evenly between them, as in a long tail it does.

    >>> first = date(2026, 3, 2)
    >>> days = of({0.5: first, 0.8: first, 0.9: first, 0.95: first + timedelta(7), 0.99: first + timedelta(45)}.get)
    >>> [(by(days, chance) - first).days for chance in (0.3, 0.9, 0.9**0.5, 0.95, 0.95**0.5, 0.999)]
    [0, 0, 7, 7, 24, 45]
    """
    if chance <= CHANCES[0]:
        return days[0]
    for place in range(1, len(CHANCES)):
        if chance <= CHANCES[place]:
            lower, upper = log1p(-CHANCES[place - 1]), log1p(-CHANCES[place])
            share = (log1p(-chance) - lower) / (upper - lower)
            return days[place - 1] + timedelta(ceil(share * (days[place] - days[place - 1]).days - 1e-9))
    return days[-1]


def between(likely: date, safe: date, chance: float) -> ArrivalDays:
    """
    Give the days of what has two alone: the likely one, and one by which it is here with this chance. None lies beyond.

    >>> days = between(date(2026, 3, 2), date(2026, 3, 12), 0.9)
    >>> [(day - days.by_50).days for day in days]
    [0, 6, 10, 10, 10]
    """
    return ArrivalDays(*(likely + step for step in _steps((safe - likely).days, chance)))


@lru_cache(maxsize=1024)
def _steps(days: int, chance: float) -> tuple[timedelta, ...]:
    """Give how far each of the days lies behind the likely one, of a safe one so many days behind it."""
    reach = log1p(-chance) - log1p(-CHANCES[0])
    shares = (min(1.0, (log1p(-each) - log1p(-CHANCES[0])) / reach) for each in CHANCES)
    return tuple(timedelta(ceil(share * days - 1e-9)) for share in shares)


def here_by(days: ArrivalDays, day: date, *, first: date) -> float:
    """
    Give the chance that it is here by this day: what ``by`` reads, the other way round.

    Before the day of the least chance it rises evenly, in the same measure, from the first day on which it can come;
    beyond the last one nothing is known, and the chance grows no more.

    :param first: the first day on which it can be here

    >>> monday = date(2026, 3, 2)
    >>> week, late = monday + timedelta(7), monday + timedelta(45)
    >>> days = of({0.5: monday, 0.8: monday, 0.9: monday, 0.95: week, 0.99: late}.get)
    >>> [round(here_by(days, monday + timedelta(n), first=monday), 3) for n in (-1, 0, 3, 7, 26, 45, 99)]
    [0.0, 0.9, 0.926, 0.95, 0.978, 0.99, 0.99]
    >>> days = of(lambda chance: monday + timedelta(chance * 10))
    >>> [round(here_by(days, monday + timedelta(n), first=monday), 2) for n in (0, 2, 4, 5)]
    [0.11, 0.29, 0.44, 0.5]
    """
    if day < first:
        return 0.0
    past = [place for place, by_then in enumerate(days) if by_then <= day]
    if not past:
        return -expm1(log(1 - CHANCES[0]) * ((day - first).days + 1) / ((days[0] - first).days + 1))
    place = past[-1]
    if place == len(CHANCES) - 1:
        return CHANCES[place]
    lower, upper = log1p(-CHANCES[place]), log1p(-CHANCES[place + 1])
    share = (day - days[place]).days / (days[place + 1] - days[place]).days
    return -expm1(lower + share * (upper - lower))

"""
PURE: the days by which an inbound is here with a chance of .5, .8, .9, .95 and .99, as it stores them.

Written with the dates of an inbound (``inventory.supply.inbound``), worked out by who knows its sender, read by who
waits.
"""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil, log1p
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

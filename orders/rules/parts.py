"""
PURE: a line that comes in several deliveries is told in parts, each with its units and its window.

The promise of a line stays the day of its last part; what comes clearly before it is told as a part of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from .news import is_beyond

MOST = 4
"""Parts that are told; those after them come with the last one."""


class Portion(NamedTuple):
    """Units of a line that ship between two days; without the first, by the last."""

    units: int
    likely: date | None
    by: date


def of(
    waiting: int, coming: Iterable[Portion], whole: tuple[date | None, date | None], threshold: int
) -> list[Portion]:
    """
    Give the parts in which what waits of a line ships; none if that is one arrival, or nobody knows a day.

    Deliveries no more than the threshold apart are one part: what is so little later would be no news either.

    :param coming: what is on its way for it, with the days on which that ships
    :param whole: the window of the line, whose last day is promised for all of it
    :param threshold: in working days, Monday to Friday

    >>> days = [date(2026, 12, day) for day in range(1, 21)]
    >>> def parts(waiting, *coming):
    ...     found = of(waiting, [Portion(n, days[i - 1], days[by - 1]) for n, i, by in coming], (days[15], days[19]), 2)
    ...     return [(part.units, part.likely and part.likely.day, part.by.day) for part in found]
    >>> parts(5, (3, 4, 7), (2, 16, 20)), parts(5, (3, 4, 7)), parts(5, (5, 16, 20)), parts(5)
    ([(3, 4, 7), (2, 16, 20)], [(3, 4, 7), (2, 16, 20)], [], [])
    >>> parts(5, (1, 4, 7), (2, 5, 9), (2, 16, 20)), parts(5, (3, 4, 16)), parts(5, (3, 4, 17))  # 20 is a Sunday
    ([(3, 4, 9), (2, 16, 20)], [(3, 4, 16), (2, 16, 20)], [])
    """
    likely, by = whole
    if by is None:
        return []
    found: list[Portion] = []
    for each in sorted(coming, key=lambda part: part.by):
        if not is_beyond(each.by, by, threshold):
            break
        last = found[-1] if found else None
        if last and not is_beyond(last.by, each.by, threshold):
            found[-1] = Portion(last.units + each.units, _first(last.likely, each.likely), each.by)
        elif len(found) < MOST - 1:
            found.append(each)
    rest = waiting - sum(part.units for part in found)
    return [*found, Portion(rest, likely, by)] if found and rest > 0 else []


def _first(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else None


def is_later(told: Sequence[Portion], now: Sequence[Portion], threshold: int) -> bool:
    """
    Say whether any units come later, by more than the threshold, than in the parts that were told.

    >>> friday, week = date(2026, 12, 4), date(2026, 12, 11)
    >>> told = [Portion(3, None, friday), Portion(2, None, week)]
    >>> [is_later(told, now, 2) for now in ([Portion(5, None, week)], told, [Portion(5, None, friday)])]
    [True, False, False]
    >>> is_later(told, [Portion(2, None, friday), Portion(3, None, week)], 2)  # the third lamp comes a week later
    True
    >>> is_later(told, [Portion(3, None, date(2026, 12, 8)), Portion(2, None, week)], 2)  # two working days are no news
    False
    """
    return any(
        is_beyond(part.by, _day_of(units, now), threshold)
        for part, units in zip(told, accumulate(part.units for part in told), strict=True)
    )


def until(day: date, told: Iterable[Portion]) -> list[Portion]:
    """
    Give the parts that were told by a day.

    >>> friday, week = date(2026, 12, 4), date(2026, 12, 11)
    >>> told = [Portion(3, None, friday), Portion(2, None, week)]
    >>> [len(until(day, told)) for day in (date(2026, 12, 3), friday, week)]
    [0, 1, 2]
    """
    return [part for part in told if part.by <= day]


def _day_of(units: int, parts: Sequence[Portion]) -> date:
    """Give the day by which so many units have come; of more than there are, the last one."""
    sums = accumulate(part.units for part in parts)
    return next((part.by for part, given in zip(parts, sums, strict=True) if given >= units), parts[-1].by)

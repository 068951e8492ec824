"""
Years of two digits. 26-11-15 is 15 November 2026 where people write the year first, and 26 November 2015 elsewhere.

No cell of it shows which, so the column is looked at as a whole: where all of it lies in these years if the year stands
first, and some of it years away if the day does, neither is taken. Pure.
"""

from collections.abc import Iterable
from datetime import date

from inventory.ground import days

NEAR_YEARS = 5
"""What a shop sends today is hardly older than so many years."""


def year(digits: str) -> int:
    """
    Give a year; two digits as POSIX reads them: 69 to 99 are of the last century.

    >>> year("2026"), year("26"), year("99")
    (2026, 2026, 1999)
    """
    return int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= 69 else 2000)


def may_stand_first(written: Iterable[tuple[str, str, str]], latest: date) -> bool:
    """
    Say if the years of a column may stand first, where its dates do not look so read the other way.

    :param latest: the last day that one of them can be

    >>> may_stand_first([("26", "11", "15"), ("26", "11", "20")], date(2026, 11, 27))
    True
    >>> may_stand_first([("26", "11", "15"), ("31", "12", "15")], date(2026, 11, 27))
    False
    >>> may_stand_first([("25", "11", "26"), ("26", "11", "26")], date(2026, 11, 27))
    False
    """
    is_far = False
    for first, second, third in written:
        if not _is_near(_day(first, second, third), latest):
            return False
        is_far = is_far or not any(
            _is_near(day, latest) for day in (_day(third, second, first), _day(third, first, second))
        )
    return is_far


def expected(first: str, second: str, third: str) -> str:
    """
    Name both readings of a date.

    >>> expected("26", "11", "15")
    'a year of four digits, or that you say the day comes first; this may be 15 November 2026 or 26 November 2015'
    """
    found = [day for day in (_day(first, second, third), _day(third, second, first)) if day]
    told = " or ".join(days.said(day) for day in dict.fromkeys(found))
    return f"a year of four digits, or that you say the day comes first; this may be {told}"


def _day(digits: str, month: str, day: str) -> date | None:
    try:
        return date(year(digits), int(month), int(day))
    except ValueError:
        return None


def _is_near(day: date | None, latest: date) -> bool:
    return day is not None and day <= latest and latest.year - day.year <= NEAR_YEARS

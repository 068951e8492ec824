"""
Dates as people write them: 2010-12-31, 31-Dec-10, 31.12.2010, Dec 31, 2010, and 12/31/2010 or 31/12/2010.

The last two look alike on the first twelve days of a month. One column is one or the other throughout:
a single 31 decides for all of it. A column that nothing in it decides is read as the file's other dates are; where
those show nothing either, it is refused with the ways out.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone

from django.utils import timezone as zones

from inventory.ground import days

FORMATS = "2010-12-31, 31-Dec-2010, 31.12.2010, 12/31/2010 or 31/12/2010"
FIRST_YEAR, LAST_YEAR = 1970, 2100
NO_DAY = date(1970, 1, 1)
"""The day that computers count from."""
_TIME = (
    r"(?:(?:\s*T\s*|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + _TIME)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})" + _TIME)
_DAY_NAME = re.compile(r"(?P<day>\d{1,2})[-\s./]+(?P<name>[A-Za-z]{3,9})\.?[-\s.,/]+(?P<year>\d{4}|\d{2})" + _TIME)
_NAME_DAY = re.compile(
    r"(?P<name>[A-Za-z]{3,9})\.?[-\s]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(?P<year>\d{4}|\d{2})" + _TIME
)
_NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second_number>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})" + _TIME
)
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")
_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]


class DateReader:
    """
    Reads one column of one file, and decides its order of day and month when it first matters.

    >>> reader = DateReader(lambda: ["01/12/2010", "12/31/2010"])
    >>> reader.day("01/12/2010")
    datetime.date(2010, 1, 12)
    >>> reader.day("2-Jun-06"), reader.day("31.12.2010"), reader.day("2010-12-01 08:26:00")
    (datetime.date(2006, 6, 2), datetime.date(2010, 12, 31), datetime.date(2010, 12, 1))
    """

    def __init__(
        self,
        values: Callable[[], Iterable[str]],
        order: str = "",
        *,
        latest: date | None = None,
        bound: str = "up to",
        elsewhere: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.values = values
        self.elsewhere = elsewhere
        self.order = order
        self.latest = latest
        self.bound = bound
        self.doubt = ""
        self.is_decided = bool(order)
        self.zone = zones.get_default_timezone()

    def day(self, cell: str) -> date:
        """
        Give the day, in the shop's time zone.

        :raises ValueError: with what was expected
        """
        return self.moment(cell).date()

    def moment(self, cell: str) -> datetime:
        """
        Give the moment, in the shop's time zone; a date alone is its midnight.

        :raises ValueError: with what was expected
        """
        return self._moment(self._taken_apart(cell))

    def zoned(self, cell: str) -> datetime:
        """
        Give the moment in the zone that its cell names; UTC, as programs write it, names nobody's: the shop's then.

        :raises ValueError: with what was expected
        """
        found = self._taken_apart(cell)
        zone = _zone(found["zone"]) if found["zone"] else UTC
        return self._moment(found).astimezone(zone if zone.utcoffset(None) else self.zone)

    def _taken_apart(self, cell: str) -> re.Match[str]:
        if len(cell) <= 40:
            for pattern in (_ISO, _NUMBERS, _DAY_NAME, _NAME_DAY, _COMPACT):
                if found := pattern.fullmatch(cell):
                    return found
        raise ValueError(f"a date such as {FORMATS}{_counted(cell)}")

    def _moment(self, found: re.Match[str]) -> datetime:
        parts = found.groupdict()
        if "first" in parts:
            year, month, day = self._from_numbers(parts)
        else:
            year, month, day = parts["year"], _month(parts), parts["day"]
        try:
            on = date(_year(year), int(month), int(day))
            moment = datetime.combine(on, _time(parts), _zone(parts["zone"]) if parts["zone"] else self.zone)
        except ValueError:
            raise ValueError(f"a date that exists, such as {FORMATS}") from None
        if on == NO_DAY:
            raise ValueError(f"a day; {on} is what programs write for none: leave the cell empty")
        if not FIRST_YEAR <= on.year <= LAST_YEAR:
            raise ValueError(f"a date between {FIRST_YEAR} and {LAST_YEAR}")
        if self.latest and on > self.latest:
            raise ValueError(f"a day {self.bound} {days.said(self.latest)}")
        return moment.astimezone(self.zone)

    def _from_numbers(self, parts: dict[str, str]) -> tuple[str, str, str]:
        first, second, year = parts["first"], parts["second_number"], parts["year"]
        if parts["sign"] == ".":
            return year, second, first
        if not self.is_decided:
            self._decide()
        if self.doubt and int(first) != int(second):
            raise ValueError(self.doubt)
        return (year, first, second) if self.order == "month-first" else (year, second, first)

    def _decide(self) -> None:
        """Look through the whole column for a number over 12, which can only be a day; then through the other dates."""
        self.is_decided = True
        day_first, month_first = _shown_by(self.values())
        if not (day_first or month_first):
            day_first, month_first = _shown_by(self.elsewhere())
            if day_first and month_first:  # they contradict each other, and show nothing of this one
                day_first = month_first = ""
        if day_first and month_first:
            self.doubt = (
                f"one order of day and month in the whole column (it has “{day_first}” and “{month_first}”); "
                f"write dates as 2010-12-31"
            )
        elif not day_first and not month_first:
            self.doubt = (
                "a date that can be read one way only, such as 2010-12-31 or 31-Dec-2010; "
                "or say whether the day or the month comes first"
            )
        self.order = "month-first" if month_first else "day-first"


def _counted(cell: str) -> str:
    """
    Say what a bare number is that a program wrote for a moment: days since the end of 1899, or seconds since 1970.

    >>> _counted("45992.5")
    '; this is how a spreadsheet counts days: format the column as dates, and it says 2025-12-01'
    >>> _counted("1771581600")
    '; this counts seconds since 1970, and is 2026-02-20: have the program write dates'
    >>> _counted("459"), _counted("99999"), _counted("Lamp")
    ('', '', '')
    """
    if _SERIAL.fullmatch(cell):
        day = date(1899, 12, 30) + timedelta(days=int(cell[:5]))
        return f"; this is how a spreadsheet counts days: format the column as dates, and it says {day}"
    if _SECONDS.fullmatch(cell):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(cell[:10]))).date()
        return f"; this counts seconds since 1970, and is {day}: have the program write dates"
    return ""


def _shown_by(cells: Iterable[str]) -> tuple[str, str]:
    """Give a cell that shows the day first and one that shows the month first, as far as there are any."""
    day_first = month_first = ""
    for cell in cells:
        found = _NUMBERS.fullmatch(cell) if len(cell) <= 40 else None
        if found and found["sign"] != ".":
            day_first = day_first or (cell if int(found["first"]) > 12 else "")
            month_first = month_first or (cell if int(found["second_number"]) > 12 else "")
            if day_first and month_first:
                break
    return day_first, month_first


def _year(digits: str) -> int:
    # Two digits as POSIX reads them: 69 to 99 are of the last century.
    return int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= 69 else 2000)


def _month(parts: dict[str, str]) -> str:
    if "month" in parts:
        return parts["month"]
    name = parts["name"].lower()
    for number, month in enumerate(_MONTHS, start=1):
        if month.startswith(name) or (name == "sept" and number == 9):
            return str(number)
    raise ValueError(f"a date such as {FORMATS}")


def _time(parts: dict[str, str]) -> time:
    if not parts["hour"]:
        return time()
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    return time(hour, int(parts["minute"]), int(parts["second"] or 0))


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))

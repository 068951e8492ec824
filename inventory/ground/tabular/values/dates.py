"""
Dates as people write them: 2010-12-31, 31-Dec-10, 31.12.2010, Dec 31, 2010, and 12/31/2010 or 31/12/2010; with names in
the languages of shops (1. März 2025, 1 de marzo de 2025), and as mail has them (Sat, 01 Mar 2025 10:00:00 +0100).

The last two look alike on the first twelve days of a month. One column is one or the other throughout:
a single 31 decides for all of it. A column that nothing in it decides is read as the file's other dates are; where
those show nothing either, it is refused with the ways out.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone

from django.utils import timezone as zones

from inventory.ground import days

from . import calendar_words, counted_days, short_years, signs

FORMATS = "2010-12-31, 31-Dec-2010, 31.12.2010, 12/31/2010 or 31/12/2010"
FIRST_YEAR, LAST_YEAR = 1970, 2100
NO_DAY = date(1970, 1, 1)
"""The day that computers count from."""
_LONGEST = 80
_ZONE = (
    r"(?P<zone>Z|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?|GMT|UTC|UT|[ECMP][SD]T|CES?T|MES?Z)"
    r"(?:\s*\([^()]*\)|\[[\w/+-]+\])?"
)
_TIME = (
    r"(?:(?:\s*(?P<t>T)\s*|,?\s+(?:(?:at|um|kl\.?|à|om|alle|a las)\s+)?)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AP]\.?M\.?)?(?:\s*Uhr)?\s*(?:" + _ZONE + ")?)?"
)
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_ORDINAL = r"(?:st|nd|rd|th|er|re|e|\.?[º°ª])?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text + _TIME, re.IGNORECASE)


_ISO = _pattern(r"(?P<year>\d{4})\s?([-/.])\s?(?P<month>\d{1,2})\s?\2\s?(?P<day>\d{1,2})\.?")
_COMPACT = _pattern(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_DAY_NAME = _pattern(
    rf"(?P<day>\d{{1,2}}){_ORDINAL}(?:\s+(?:of|de|di)\s+|[-\s./]+){_NAME}(?:\s+(?:del?|di)\s+|[-\s.,/]+){_YEAR}(?:\s?r\.)?"
)
_NAME_DAY = _pattern(rf"{_NAME}[-\s]+(?P<day>\d{{1,2}}){_ORDINAL},?(?:\s+del?\s+|[-\s]+){_YEAR}")
_YEAR_NAME = _pattern(rf"(?P<year>\d{{4}})[-\s./]+{_NAME}[-\s./]+(?P<day>\d{{1,2}})")
_NUMBERS = _pattern(rf"(?P<first>\d{{1,2}})\s?(?P<sign>[-/.])\s?(?P<second_number>\d{{1,2}})\s?(?P=sign)\s?{_YEAR}\.?")
_CLOCK_FIRST = re.compile(
    rf"{_NAME}\s+(?P<day>\d{{1,2}})\s+(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}):(?P<second>\d{{2}})(?P<t>)(?P<half>)"
    rf"\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})",
    re.IGNORECASE,
)
_PATTERNS = (_ISO, _NUMBERS, _DAY_NAME, _NAME_DAY, _COMPACT, _YEAR_NAME, _CLOCK_FIRST)
_WEEKDAY = re.compile(r"(?P<word>[^\W\d_]{2,13}(?:-feira)?)(?:\.,?|,)?\s+(?=\S)")
_ARTICLE = re.compile(r"^(?:den|the|le|el|il|am|on)\s+(?=\d)", re.IGNORECASE)
_BASIC = re.compile(r"(\d{8}T)(\d{2})(\d{2})(\d{2})?(?=\D|$)")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
"""From hour to hour, or a time and its zone: behind a T or with seconds, or earlier than the first, it is a zone."""
MOST_HOURS_WEST = 12
_EASTERN = str.maketrans({"年": "-", "月": "-", "日": " "})
_ZONES = {
    name: hours
    for hours, names in enumerate(["PST", "MST PDT", "MDT", "EST CDT", "EDT", "", "", "", "UT UTC GMT Z"], start=-8)
    for name in names.split()
} | {"CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2}
"""Hours from Greenwich; those of America as mail has them (RFC 5322, 4.3)."""
MOST_HOURS = 14
_Parts = dict[str, str]


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
        self.may_begin_with_year: bool | None = False if order or latest is None else None
        self.zone = zones.get_default_timezone()

    def day(self, cell: str) -> date:
        """
        Give the day, in the shop's time zone; a midnight is of the day that it is written with, whatever its zone.

        :raises ValueError: with what was expected
        """
        parts, weekdays = _taken_apart(cell)
        if parts["zone"] and _time(parts) == time():
            parts["zone"] = ""
        return self._moment(parts, weekdays).date()

    def moment(self, cell: str) -> datetime:
        """
        Give the moment, in the shop's time zone; a date alone is its midnight.

        :raises ValueError: with what was expected
        """
        return self._moment(*_taken_apart(cell))

    def zoned(self, cell: str) -> datetime:
        """
        Give the moment in the zone that its cell names; UTC, as programs write it, names nobody's: the shop's then.

        :raises ValueError: with what was expected
        """
        parts, weekdays = _taken_apart(cell)
        moment = self._moment(parts, weekdays)
        zone = _zone(parts["zone"]) if parts["zone"] else UTC
        return moment.astimezone(zone if zone.utcoffset(None) else self.zone)

    def _moment(self, parts: _Parts, weekdays: tuple[int, ...]) -> datetime:
        if "first" in parts:
            year, month, day = self._from_numbers(parts)
        else:
            year, month, day = parts["year"], _month(parts), parts["day"]
        zone = _zone(parts["zone"]) if parts["zone"] else self.zone
        try:
            on = date(short_years.year(year), int(month), int(day))
            moment = datetime.combine(on, _time(parts), zone)
        except ValueError:
            raise ValueError(f"a date that exists, such as {FORMATS}") from None
        if weekdays and on.isoweekday() not in weekdays:
            raise ValueError(f"a day and its own weekday; {days.said(on)} is a {on:%A}")
        if on == NO_DAY:
            raise ValueError(f"a day; {on} is what programs write for none: leave the cell empty")
        if not FIRST_YEAR <= on.year <= LAST_YEAR:
            raise ValueError(f"a date between {FIRST_YEAR} and {LAST_YEAR}")
        if self.latest and on > self.latest:
            raise ValueError(f"a day {self.bound} {days.said(self.latest)}")
        return moment.astimezone(self.zone)

    def _from_numbers(self, parts: _Parts) -> tuple[str, str, str]:
        first, second, year = parts["first"], parts["second_number"], parts["year"]
        if len(year) == 2 and self._begins_with_year():
            raise ValueError(short_years.expected(first, second, year))
        if parts["sign"] == ".":
            return year, second, first
        if not self.is_decided:
            self._decide()
        if self.doubt and int(first) != int(second):
            raise ValueError(self.doubt)
        return (year, first, second) if self.order == "month-first" else (year, second, first)

    def _begins_with_year(self) -> bool:
        """Say if the years of the column may stand first, as in 26-11-15; looked through once."""
        if self.may_begin_with_year is None:
            assert self.latest
            written = (_short(cell) for cell in self.values())
            self.may_begin_with_year = short_years.may_stand_first((each for each in written if each), self.latest)
        return self.may_begin_with_year

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


def _taken_apart(cell: str) -> tuple[_Parts, tuple[int, ...]]:
    """Give the parts of a date or moment, and the weekdays that the word before it may be."""
    text, weekdays = _without_weekday(cell)
    if len(text) <= _LONGEST:
        for pattern in _PATTERNS:
            if found := pattern.fullmatch(text):
                if not found["t"] and not found["second"] and _may_be_a_range(text):
                    raise ValueError("a time with seconds or a T before its zone: this may be from hour to hour")
                return found.groupdict(), weekdays
    raise ValueError(f"a date such as {FORMATS}{counted_days.said(text)}")


def _may_be_a_range(text: str) -> bool:
    if not (found := _RANGE.search(text)):
        return False
    hour, minute, other, beyond = map(int, found.groups())
    return (other, beyond) > (hour, minute) or other > MOST_HOURS_WEST


def _without_weekday(cell: str) -> tuple[str, tuple[int, ...]]:
    text = signs.western(cell)
    text = text if text.isascii() else text.translate(_EASTERN).strip()
    text = _BASIC.sub(_with_colons, text)
    weekdays: tuple[int, ...] = ()
    if not text[:1].isdigit():
        word = _WEEKDAY.match(text)
        if word and (weekdays := calendar_words.weekdays(word["word"])):
            rest = text[word.end() :]
            # “mar 1, 2025” is a day in March, whatever Tuesday is called: a weekday has a whole date behind it
            text, weekdays = (rest, weekdays) if _is_date(rest) else (text, ())
        text = _ARTICLE.sub("", text, count=1)
    return text, weekdays


def _is_date(text: str) -> bool:
    text = _ARTICLE.sub("", text, count=1)
    return any(pattern.fullmatch(text) for pattern in _PATTERNS)


def _with_colons(basic: re.Match[str]) -> str:
    return basic[1] + ":".join(part for part in basic.groups()[1:] if part)


def _short(cell: str) -> tuple[str, str, str] | None:
    """Give the numbers of a date whose year has two digits; None if it is none."""
    found = _NUMBERS.fullmatch(_without_weekday(cell)[0]) if len(cell) <= _LONGEST else None
    return (found["first"], found["second_number"], found["year"]) if found and len(found["year"]) == 2 else None


def _shown_by(cells: Iterable[str]) -> tuple[str, str]:
    """Give a cell that shows the day first and one that shows the month first, as far as there are any."""
    day_first = month_first = ""
    for cell in cells:
        found = _NUMBERS.fullmatch(_without_weekday(cell)[0]) if len(cell) <= _LONGEST else None
        if found and found["sign"] != ".":
            day_first = day_first or (cell if int(found["first"]) > 12 else "")
            month_first = month_first or (cell if int(found["second_number"]) > 12 else "")
            if day_first and month_first:
                break
    return day_first, month_first


def _month(parts: _Parts) -> str:
    if "month" in parts:
        return parts["month"]
    found = calendar_words.months(parts["name"])
    if len(found) > 1:
        named = " or ".join(f"{date(2000, number, 1):%B}" for number in found)
        raise ValueError(f"a month that can be told; “{parts['name']}” is {named}")
    if not found:
        raise ValueError(f"a date such as {FORMATS}")
    return str(found[0])


def _time(parts: _Parts) -> time:
    if not parts["hour"]:
        return time()
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    return time(hour, int(parts["minute"]), int(parts["second"] or 0))


def _zone(text: str) -> timezone:
    name = text.upper()
    if name == "CST":
        raise ValueError("a zone that can be told, such as -06:00; CST is of America and of China")
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    name = name.removeprefix("GMT").removeprefix("UTC")
    hours, minutes = name[1:].replace(":", ""), 0
    if len(hours) > 2:
        hours, minutes = hours[:-2], int(hours[-2:])
    if int(hours) > MOST_HOURS or minutes >= 60:
        raise ValueError("a zone that there is, such as +01:00")
    return timezone((-1 if name[0] == "-" else 1) * timedelta(hours=int(hours), minutes=minutes))

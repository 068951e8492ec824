"""Numbers, places and days the way they are said."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format

from inventory.ground.plurals import counted

NUMBERS = (
    *("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
PLACES = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)


def count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"


def ordinal(number: int) -> str:
    """
    Write a place in words up to twenty, then with its ending.

    >>> [ordinal(number) for number in (3, 21, 112, 1000)]
    ['third', '21st', '112th', '1,000th']
    """
    if number < len(PLACES):
        return PLACES[number]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def units(number: int) -> str:
    return counted(number, "unit")


def money(amount: Decimal, currency: str) -> str:
    """
    Write an amount with its currency.

    >>> money(Decimal("1204.5"), "EUR"), money(Decimal(3), "")
    ('1,204.50 EUR', '3.00')
    """
    return f"{amount:,.2f} {currency}".rstrip()


def priced(name: str, price: Decimal, was: Decimal, currency: str) -> str:
    """
    Name what is offered in place of something, and what one costs where that is another price.

    >>> priced("Birch lamp", Decimal(45), Decimal(45), "EUR"), priced("Birch lamp", Decimal(45), Decimal(40), "EUR")
    ('Birch lamp, at the same price', 'Birch lamp, at 45.00 EUR each instead of 40.00 EUR')
    """
    if price == was:
        return f"{name}, at the same price"
    return f"{name}, at {money(price, currency)} each instead of {money(was, currency)}"


def of_this_line(number: int, what: str) -> str:
    """
    Say how many units of a line are open, or here.

    >>> of_this_line(1, "open"), of_this_line(3, "here")
    ('1 unit of this line is open', '3 units of this line are here')
    """
    return f"{units(number)} of this line {'is' if number == 1 else 'are'} {what}"


def lines(number: int) -> str:
    return counted(number, "line")


def are(number: int) -> str:
    return "one unit is" if number == 1 else f"{count(number)} units are"


def listed(names: Sequence[str]) -> str:
    """
    Name them all, or the first few.

    >>> listed(["a", "b", "c"]), listed(list("abcdef"))
    ('a, b and c', 'a, b, c and 3 more')
    """
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def moment(at: datetime) -> str:
    """Write a moment by the clock of the shop, with its day."""
    return date_format(timezone.localtime(at), "j M Y, H:i")


ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
"""A day as a line's history keeps it; no part of a number."""


def with_days(text: str) -> str:
    """
    Write the days of a line's history the way days are written elsewhere.

    >>> with_days("no date → 2026-12-02, typed: see SO-2026-12-02, not 2026-13-02")
    'no date → 2 Dec 2026, typed: see SO-2026-12-02, not 2026-13-02'
    """
    return ISO_DAY.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    with suppress(ValueError):
        return written(date.fromisoformat(found[0]))
    return found[0]


def written(value: date) -> str:
    """Write a day as lists and histories do."""
    return date_format(value, "j M Y")


def day(value: date, today: date) -> str:
    return date_format(value, "F j" if value.year == today.year else "F j, Y")


def between(likely: date, safe: date, today: date) -> str:
    """
    Write a window the way it is said.

    >>> between(date(2026, 12, 12), date(2026, 12, 16), date(2026, 11, 23))
    'between December 12 and 16'
    """
    if likely == safe:
        return f"on {day(safe, today)}"
    if (likely.year, likely.month) == (safe.year, safe.month) and safe.year == today.year:
        return f"between {day(likely, today)} and {safe.day}"
    return f"between {day(likely, today)} and {day(safe, today)}"

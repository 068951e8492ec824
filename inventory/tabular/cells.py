"""
One cell, one value: whole numbers, amounts, dates, words. Each parser says what it expected when it fails.

What can be read in two ways is never guessed: "01/12/2010" is decided by the rest of its column,
and "1,234" as a price is refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from inventory import days

from .dates import DateReader

Parser = Callable[[str], Any]
MOST = 2**31 - 1
_CURRENCY = " \t\u00a0£€$"
_WHOLE = re.compile(
    r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?|(\d{1,3}(?:\.\d{3}){2,})|(\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+)|(\d+),0{1,2}"
)
_THREE_ZEROS = re.compile(r"\d{1,3}\.\d{3}")
_AMOUNT = re.compile(r"-?\d*(?:[.,]\d+)?")
_COMMA_GROUPS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINT_GROUPS = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+|-?\d{1,3}(?:\.\d{3}){2,}")
_SPACE_GROUPS = re.compile(r"(?<=\d)[ '’\u00a0\u202f](?=\d{3})")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_YES = {"1", "true", "yes", "y", "on", "x", "ja"}
_NO = {"0", "false", "no", "n", "off", "nein"}


class Expected(ValueError):
    """The cell is something else; the message completes "expected …"."""


def whole(least: int = 0, most: int = MOST) -> Parser:
    """
    Make a parser of whole numbers, with or without thousands separators.

    >>> [whole()(cell) for cell in ("12", "12.0", "1,000", "1 000", "1.234.567", "12,0")]
    [12, 12, 1000, 1000, 1234567, 12]
    >>> whole()("1.000")
    Traceback (most recent call last):
    inventory.tabular.cells.Expected: a whole number that can be read one way only, such as 1000 or 1
    """
    wanted = f"a whole number of {least:,} or more" if least >= 0 else "a whole number"

    def parse(cell: str) -> int:
        sign, digits = (-1, cell[1:]) if cell[0] in "-−" else (1, cell)
        if digits.isdecimal() and digits.isascii() and len(digits) < 12:
            value = sign * int(digits)
        else:
            found = _WHOLE.fullmatch(digits) if len(digits) < 20 else None
            if found is None or _THREE_ZEROS.fullmatch(digits):
                if _THREE_ZEROS.fullmatch(digits):
                    raise Expected("a whole number that can be read one way only, such as 1000 or 1")
                raise Expected(wanted)
            value = sign * int(re.sub(r"\D", "", next(group for group in found.groups() if group)))
        if value < least:
            raise Expected(wanted if least >= 0 else f"a whole number of {least:,} or more")
        if value > most:
            raise Expected(f"a whole number of {most:,} or less")
        return value

    return parse


def amount(
    places: int = 2, *, digits: int = 12, least: Decimal | None = Decimal(0), is_rounded: bool = False
) -> Parser:
    """
    Make a parser of amounts with a point or a comma, such as 12.50, 12,50, 1,234.50 or £1.234,50.

    :param places: decimals the database keeps; more are refused, or rounded if ``is_rounded``
    :param least: smallest amount; None: any, below zero too

    >>> [str(amount()(cell)) for cell in ("12.5", "12,50", "1,234.50", "1.234,50", "£3")]
    ['12.50', '12.50', '1234.50', '1234.50', '3.00']
    >>> amount()("1,234")
    Traceback (most recent call last):
    inventory.tabular.cells.Expected: an amount that can be read one way only, such as 1234.00 or 1.234
    """
    step = Decimal(1).scaleb(-places)
    most = Decimal(10) ** (digits - places) - step
    example = f"{1250:.{places}f}"
    wanted = f"an amount such as {example}" + ("" if least is None else f", {_said(least)} or more")

    def parse(cell: str) -> Decimal:
        value = _decimal(cell.strip(_CURRENCY), wanted)
        if value != value.quantize(step) and not is_rounded:
            raise Expected(f"an amount with at most {places} decimals")
        if least is not None and value < least:
            raise Expected(wanted)
        if abs(value) > most:
            raise Expected(f"an amount of {most:,} or less")
        return value.quantize(step)

    return parse


def _said(least: Decimal) -> str:
    return f"{least.normalize():f}"


def _decimal(cell: str, wanted: str) -> Decimal:
    cell = _SPACE_GROUPS.sub("", cell.replace("−", "-"))
    if not 0 < len(cell) <= 24 or not cell.isascii() or not any(sign.isdecimal() for sign in cell):
        raise Expected(wanted)
    if _POINT_GROUPS.fullmatch(cell):
        return Decimal(cell.replace(".", "").replace(",", "."))
    if _COMMA_GROUPS.fullmatch(cell):
        if "." not in cell and cell.count(",") == 1 and not cell.lstrip("-").startswith("0"):
            raise Expected("an amount that can be read one way only, such as 1234.00 or 1.234")
        if not cell.lstrip("-").startswith("0,"):
            return Decimal(cell.replace(",", ""))
    if _AMOUNT.fullmatch(cell):
        return Decimal(cell.replace(",", "."))
    raise Expected(wanted)


def text(longest: int, *, is_code: bool = False) -> Parser:
    """
    Make a parser of text: white space collapsed, nothing unprintable; a code (a SKU, say) in capitals.

    >>> text(20)("  two   words "), text(20, is_code=True)("85123a")
    ('two words', '85123A')
    """
    wanted = f"at most {longest} characters"

    def parse(cell: str) -> str:
        value = " ".join(cell.split())
        if is_code:
            value = value.upper()
        if len(value) > longest:
            raise Expected(wanted)
        if _UNPRINTABLE.search(value):
            raise Expected("text without control characters")
        return value

    return parse


def choice(options: Iterable[str]) -> Parser:
    """Make a parser of one word out of a few, in any case."""
    allowed = {option.lower(): option for option in options}

    def parse(cell: str) -> str:
        try:
            return allowed[cell.lower()]
        except KeyError:
            raise Expected("one of " + ", ".join(allowed.values())) from None

    return parse


def boolean(cell: str) -> bool:
    """
    Read yes or no.

    >>> boolean("Yes"), boolean("0")
    (True, False)
    """
    word = cell.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Expected("yes or no")


_check_email = EmailValidator()


def email(cell: str) -> str:
    """Read an e-mail address."""
    try:
        _check_email(cell)
    except ValidationError:
        raise Expected("an e-mail address such as name@shop.example") from None
    if len(cell) > 254:
        raise Expected("an e-mail address of at most 254 characters")
    return cell


@dataclass(frozen=True, slots=True)
class Dates:
    """
    A column of dates; with ``has_time``, of moments. Its order of day and month is decided once for the file.

    :ivar is_past: they say what has happened, so that none lies ahead; others lie two years ahead at most
    """

    has_time: bool = False
    is_past: bool = False

    def reader(
        self,
        values: Callable[[], Iterable[str]],
        order: Literal["", "day-first", "month-first"],
        today: date | None = None,
    ) -> Parser:
        """Give the parser of one file's column; ``values`` reads the column again from its start."""
        if self.is_past:
            reader = DateReader(values, order, latest=today, bound="that is not in the future, so up to")
        else:
            reader = DateReader(values, order, latest=days.latest(today) if today else None)
        read = reader.moment if self.has_time else reader.day

        def parse(cell: str) -> Any:
            try:
                return read(cell)
            except ValueError as error:
                raise Expected(str(error)) from None

        return parse

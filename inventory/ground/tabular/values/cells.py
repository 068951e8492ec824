"""
One cell, one value: whole numbers, amounts, dates, words. Each parser says what it expected when it fails.

What can be read in two ways is never guessed: "01/12/2010" is decided by the rest of its column, "12,000" by its
column and then by the file (``numbers``).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from inventory.ground import days, keys

from . import numbers, signs
from .dates import DateReader
from .words import Expected, Parser

MOST = 2**31 - 1
_YES = {
    *(
        "1",
        "true",
        "yes",
        "y",
        "t",
        "on",
        "x",
        "✓",
        "✔",
        "☑",
        "ja",
        "wahr",
        "oui",
        "vrai",
        "sí",
        "si",
        "sì",
        "verdadero",
    ),
    *("j", "1.0", "1,0", "да", "ano", "áno", "kyllä", "igen", "evet", "ναι", "是", "はい", "예"),
    *("vero", "sim", "verdadeiro", "waar", "sant", "sand", "sann", "tak", "prawda"),
}
_NO = {
    *(
        "0",
        "false",
        "no",
        "n",
        "f",
        "off",
        "✗",
        "✘",
        "☐",
        "nein",
        "falsch",
        "non",
        "faux",
        "falso",
        "não",
        "nao",
        "nee",
    ),
    *("0.0", "0,0", "нет", "ne", "ei", "nem", "hayır", "hayir", "όχι", "否", "いいえ", "아니요"),
    *("onwaar", "nej", "nei", "falskt", "falsk", "usann", "nie", "fałsz"),
}


def _alone() -> numbers.NumberColumn:
    return numbers.NumberColumn(tuple, lambda: "")


@dataclass(frozen=True, slots=True)
class Whole:
    """A parser of whole numbers, with or without thousands separators; alone it knows nothing of its column."""

    least: int = 0
    most: int = MOST
    column: numbers.NumberColumn = field(default_factory=_alone)

    def of(self, column: numbers.NumberColumn) -> "Whole":
        """Give the parser of one file's column."""
        return Whole(self.least, self.most, column)

    def __call__(self, cell: str) -> int:
        if cell.isdecimal() and cell.isascii() and len(cell) < 12:
            value = int(cell)
        else:
            written = numbers.take_apart(cell)
            if written is None or written.currency:
                raise Expected(self._wanted())
            number = _decided(written, cell, self.column, lambda reading: reading == reading.to_integral_value())
            if number != number.to_integral_value():
                raise Expected(f"{self._wanted()}; this reads as {number.normalize():f}")
            value = int(number)
        if value < self.least:
            raise Expected(self._wanted() if self.least >= 0 else f"a whole number of {self.least:,} or more")
        if value > self.most:
            raise Expected(f"a whole number of {self.most:,} or less")
        return value

    def _wanted(self) -> str:
        return f"a whole number of {self.least:,} or more" if self.least >= 0 else "a whole number"


def whole(least: int = 0, most: int = MOST) -> Whole:
    """
    Make a parser of whole numbers.

    >>> [whole()(cell) for cell in ("12", "12.0", "1 000", "1,234,567", "1.234.567", "12,0", "2.")]
    [12, 12, 1000, 1234567, 1234567, 12, 2]
    >>> whole()("1.000")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: a number that can be read one way only: 1000 or 1, and nothing shows which
    """  # noqa: E501
    return Whole(least, most)


@dataclass(frozen=True, slots=True)
class Amount:
    """A parser of amounts. Those with more decimals than are kept are ``rounded``, half up, as invoices are.

    :ivar is_own: the currency is that of whom the row names, not the shop's: its kind of file asks ``numbers.sign_of``
    """

    places: int
    digits: int
    least: Decimal | None
    column: numbers.NumberColumn = field(default_factory=_alone)
    rounded: set[str] = field(default_factory=set)
    is_own: bool = False

    def of(self, column: numbers.NumberColumn) -> "Amount":
        """Give the parser of one file's column."""
        return Amount(self.places, self.digits, self.least, column, is_own=self.is_own)

    def __call__(self, cell: str) -> Decimal:
        written = numbers.take_apart(cell)
        if written is None:
            raise Expected(self._wanted())
        if written.currency and not self.is_own and (foreign := self.column.foreign(written.currency)):
            raise Expected(foreign)
        number = _decided(written, cell, self.column, lambda reading: True)
        step = Decimal(1).scaleb(-self.places)
        if self.least is not None and number < self.least:
            raise Expected(self._wanted())
        if abs(number) > (most := Decimal(10) ** (self.digits - self.places) - step):
            raise Expected(f"an amount of {most:,} or less")
        value = number.quantize(step, ROUND_HALF_UP)
        if value != number:
            if self.least is not None and value < self.least:
                raise Expected(self._wanted())
            self.rounded.add(cell)
        return numbers.MarkedAmount.of(value, written.currency, cell) if self.is_own and written.currency else value

    def _wanted(self) -> str:
        return f"an amount such as {1250:.{self.places}f}" + (
            "" if self.least is None else f", {self.least.normalize():f} or more"
        )


def amount(places: int = 2, *, digits: int = 12, least: Decimal | None = Decimal(0), is_own: bool = False) -> Amount:
    """
    Make a parser of amounts with a point or a comma, such as 12.50, 12,50, 1,234.50 or £1.234,50.

    :param places: decimals the database keeps; more are rounded
    :param least: smallest amount; None: any, below zero too
    :param is_own: see ``Amount``

    >>> [str(amount()(cell)) for cell in ("12.5", "12,50", "1,234.50", "1.234,50", "£3", "16.806723", "0.125")]
    ['12.50', '12.50', '1234.50', '1234.50', '3.00', '16.81', '0.13']
    >>> amount()("1,234")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: a number that can be read one way only: 1234 or 1.234, and nothing shows which
    """  # noqa: E501
    return Amount(places, digits, least, is_own=is_own)


def _decided(
    written: numbers.Written, cell: str, column: numbers.NumberColumn, fits: Callable[[Decimal], bool]
) -> Decimal:
    """Give the value of a number; one that can be read in two ways as its column shows."""
    if not written.is_doubtful:
        if written.may_be_slipped and not column.sign() and column.doubt:
            raise Expected(f"one decimal sign in the whole column (it has {column.doubt})")
        return written.value("")
    if sign := column.sign():
        return written.value(sign)
    thousands, small = written.value("," if "." in cell else "."), written.value("." if "." in cell else ",")
    both = f"{thousands:f} or {small.normalize():f}"
    if column.doubt:
        raise Expected(f"one decimal sign in the whole column (it has {column.doubt}); this is {both}")
    raise Expected(f"a number that can be read one way only: {both}, and nothing shows which")


def choice(options: Iterable[str]) -> Parser:
    """Make a parser of one word out of a few, in any case."""
    allowed = {option.lower(): option for option in options}

    def parse(cell: str) -> str:
        try:
            return allowed[signs.western(cell).lower()]
        except KeyError:
            raise Expected("one of " + ", ".join(allowed.values())) from None

    return parse


def boolean(cell: str) -> bool:
    """
    Read yes or no.

    >>> boolean("Yes"), boolean("0"), boolean("não")
    (True, False, False)
    """
    word = signs.western(cell).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Expected("yes or no")


_ADDRESS = re.compile(r"(?:(?:[^<>@]*[\s\"'])?<)?(?:mailto:)?(?P<address>[^<>]+)>?", re.IGNORECASE)
_check_email = EmailValidator()


def email(cell: str) -> str:
    """
    Read an e-mail address, alone or as mail programs write it.

    >>> email("'a@x.example"), email("mailto:a@x.example"), email('"Lee, Ann" <a@x.example>')
    ('a@x.example', 'a@x.example', 'a@x.example')
    """
    cell = signs.bare(keys.clean(cell))
    if found := _ADDRESS.fullmatch(cell):  # the whole of it: what is joined of two halves is nobody's
        cell = found["address"]
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

    :ivar keeps_zone: moments stay in the zone that the file names
    :ivar is_past: they say what has happened, so that none lies ahead; others lie two years ahead at most
    """

    has_time: bool = False
    is_past: bool = False
    keeps_zone: bool = False

    def reader(
        self,
        values: Callable[[], Iterable[str]],
        order: Literal["", "day-first", "month-first"],
        today: date | None = None,
        elsewhere: Callable[[], Iterable[str]] = tuple,
    ) -> Parser:
        """
        Give the parser of one file's column; ``values`` reads the column again from its start.

        :param elsewhere: reads the other columns of dates, which are asked where this one decides nothing
        """
        if self.is_past:
            bound = "that is not in the future, so up to"
            reader = DateReader(values, order, latest=today, bound=bound, elsewhere=elsewhere)
        else:
            reader = DateReader(values, order, latest=days.latest(today) if today else None, elsewhere=elsewhere)
        moment = reader.zoned if self.keeps_zone else reader.moment
        read = moment if self.has_time else reader.day

        def parse(cell: str) -> Any:
            try:
                return read(cell)
            except ValueError as error:
                raise Expected(str(error)) from None

        return parse

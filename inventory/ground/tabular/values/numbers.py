"""
Numbers as people and programs write them: 1,234.50, 1.234,50, 1 234,50, 1'234.50, (3), 3-, ٣٤, $12.50, 12,-.

"12,000" is twelve thousand or twelve. One column is written one way throughout, so any of its cells decides for all
("3,5" or "1,234.50"); then the other numbers of the file do, then its separator: who parts cells by semicolons does so
because the comma is taken. Where nothing decides, both readings are named and neither is taken.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from . import money, signs

Sign = Literal["", ".", ","]
"""The decimal sign: "" where nothing shows it."""
LONGEST = 40
_BLANK_GROUPS = re.compile(r"(?<=\d)[ '](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"\d*")
_GROUPED = {
    ".": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?"),
    ",": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
_DOUBTFUL = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_SHORT = re.compile(r"-?[1-9]\d{0,2}\.\d{3,4}")
_SIMPLE = re.compile(r"\d*[.,]\d*")
_NO_CENTS = re.compile(r"(?P<all>\d{1,3}(?P<group>[.,' ])\d{3}(?:(?P=group)\d{3})*|\d+)\s?(?P<sign>[.,:])\s?(?:--?|=)")
"""Twelve, as people write it who leave the cents out: 12,- or 12.– or 12:- or 12,--."""


SLIPPED = 4
"""Digits behind a sign of thousands that stands one place too far left."""


@dataclass(frozen=True, slots=True)
class Written:
    """
    One number taken apart: its sign, its digits with the separators that stand in them, and the currency beside it.

    ``shows`` is the decimal sign that it shows, ``is_doubtful`` says that it can be read with either.
    """

    is_negative: bool
    digits: str
    currency: str
    shows: Sign
    is_doubtful: bool

    @property
    def may_be_slipped(self) -> bool:
        """Whether it may be thousands whose sign slipped, as in 1,2345: its column says if four decimals are meant."""
        whole, _, decimals = self.digits.rpartition(self.shows) if self.shows else ("", "", "")
        return len(decimals) == SLIPPED and 0 < len(whole) < SLIPPED and whole[0] != "0"

    def value(self, decimal: Sign) -> Decimal:
        """Give the number, a doubtful one as the decimal sign says."""
        sign = self.shows or decimal or "."
        plain = self.digits.replace("," if sign == "." else ".", "").replace(sign, ".")
        return Decimal(f"-{plain}" if self.is_negative else plain)


def take_apart(cell: str) -> Written | None:
    """
    Take a cell apart as a number; None if it is none.

    >>> [str(take_apart(cell).value("")) for cell in ("1,234.50", "1.234,50", "(3)", "3-", "٣٤", "€ 5", "12,- €")]
    ['1234.50', '1234.50', '-3', '-3', '34', '5', '12']
    >>> take_apart("12,000").is_doubtful, take_apart("0,125").shows, take_apart("1e5"), take_apart("1/2")
    (True, ',', None, None)
    """
    if not 0 < len(cell) <= LONGEST:
        return None
    text = " ".join(signs.western(cell).split())
    currency = ""
    is_negative: bool | None = None
    for _ in range(2):  # a sign may stand before the currency or behind it
        if not currency:
            found = money.beside(text)
            if found is None:
                return None
            text, currency = found
        if whole := _NO_CENTS.fullmatch(text):
            return _whole(whole, bool(is_negative), currency)
        if is_negative is None:
            text, is_negative = _unsigned(text)
    return _judged(_BLANK_GROUPS.sub("", text), bool(is_negative), currency)


def is_short(cell: str) -> bool:
    """
    Say if a number with a decimal point has so few decimals that its text may be read in another way.

    >>> is_short("1.234"), is_short("-12.3456"), is_short("0.125"), is_short("13.5"), is_short("1234")
    (True, True, False, False, False)
    """
    return _SHORT.fullmatch(cell) is not None


def _unsigned(text: str) -> tuple[str, bool | None]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text[:1] in {"-", "+"}:
        return text[1:].strip(), text[0] == "-"
    if text[-1:] == "-":
        return text[:-1].strip(), True
    return text, None


def _whole(found: re.Match[str], is_negative: bool, currency: str) -> Written | None:
    """Give an amount without cents; a comma before the dash is the decimal sign, a point may part thousands."""
    if found["group"] == found["sign"] == ",":
        return None
    digits = "".join(sign for sign in found["all"] if sign.isdigit())
    return Written(is_negative, digits, currency, "," if found["sign"] == "," else "", is_doubtful=False)


def _judged(digits: str, is_negative: bool, currency: str) -> Written | None:
    if not digits.isascii() or not any(sign.isdigit() for sign in digits):
        return None
    if _PLAIN.fullmatch(digits):
        return Written(is_negative, digits, currency, "", is_doubtful=False)
    if _DOUBTFUL.fullmatch(digits):
        return Written(is_negative, digits, currency, "", is_doubtful=True)
    if digits.count(".") + digits.count(",") == 1 and _SIMPLE.fullmatch(digits):
        return Written(is_negative, digits, currency, "." if "." in digits else ",", is_doubtful=False)
    for sign in (".", ","):
        if _GROUPED[sign].fullmatch(digits):
            return Written(is_negative, digits, currency, "." if sign == "." else ",", is_doubtful=False)
    return None


class MarkedAmount(Decimal):
    """An amount beside which a currency stood, as a sign or in capitals, and the cell that said so."""

    sign: str
    cell: str

    @classmethod
    def of(cls, value: Decimal, sign: str, cell: str) -> "MarkedAmount":
        money = cls(value)
        money.sign, money.cell = sign, cell
        return money


def sign_of(value: Decimal) -> str:
    """Give the currency that stood beside an amount ``is_own``; "" if none did."""
    return value.sign if isinstance(value, MarkedAmount) else ""


def shown_by(cells: Iterable[str]) -> tuple[Sign, str]:
    """
    Look through a column for the decimal sign that it shows; where both are, give two cells that contradict.

    >>> shown_by(["12,000", "3,5"]), shown_by(["12,000"]), shown_by(["3,5", "3.5"])
    ((',', ''), ('', ''), ('', '“3,5” and “3.5”'))
    """
    seen: dict[Sign, str] = {}
    for cell in cells:
        if "," in cell or "." in cell or not cell.isascii():
            written = take_apart(cell.strip())
            if written and written.shows:
                seen.setdefault(written.shows, cell.strip())
                if len(seen) > 1:
                    return "", " and ".join(f"“{cell}”" for cell in seen.values())
    return next(iter(seen), ""), ""


@dataclass(slots=True)
class NumberColumn:
    """
    One column of numbers of one file: its cells, and what the rest of the file shows.

    ``elsewhere`` is asked only where the column itself is silent; ``currency`` is the one that amounts are in, ""
    where the shop has not told.
    """

    cells: Callable[[], Iterable[str]]
    elsewhere: Callable[[], Sign]
    currency: str = ""
    decimal: Sign = ""
    doubt: str = ""
    is_decided: bool = False
    signs: frozenset[str] | None = None

    def sign(self) -> Sign:
        """Give the decimal sign of the column; decided once."""
        if not self.is_decided:
            self.is_decided = True
            self.decimal, self.doubt = shown_by(self.cells())
            if not self.decimal and not self.doubt:
                self.decimal = self.elsewhere()
        return self.decimal

    def foreign(self, sign: str) -> str:
        """Say what is wrong with the currency beside an amount; "" if nothing is."""
        if self.currency:
            return "" if money.is_of(sign, self.currency) else f"an amount in {self.currency}, not in {sign}"
        if self.signs is None:
            self.signs = frozenset(other for cell in self.cells() if (other := _currency(cell)))
        if money.meet(self.signs):
            return ""
        return f"amounts in one currency; the column has {' and '.join(sorted(self.signs))}"


def _currency(cell: str) -> str:
    text = cell.strip()
    if not text or (text[0].isdigit() and text[-1].isdigit()):
        return ""
    written = take_apart(text)
    return written.currency if written else ""

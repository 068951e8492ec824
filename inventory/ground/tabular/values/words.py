"""Cells of words: text, names, and codes that a spreadsheet may have damaged. Each says what it expected."""

import re
from collections.abc import Callable
from typing import Any

from inventory.ground import keys

from . import signs

Parser = Callable[[str], Any]
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PLAIN_CODE = re.compile(r"\d+|(?![A-Z][a-z]{2,3}-\d{2}$)(?=[\w.-]*\d)[A-Za-z][\w-]*(?:\.[\w-]+)*", re.ASCII)
"""Most codes: nobody need look whether these were damaged. Not a month and a number, nor a word without a digit."""
_FORMULA = re.compile(r"=(?:[A-Z.]+\(.*\)|\"[^\"]*\"&.*)", re.IGNORECASE | re.DOTALL)
"""What a spreadsheet would compute a code from; ="00123" alone is the code."""


FEWEST_DIGITS = 3
"""What has fewer calls nobody."""


class Expected(ValueError):
    """The cell is something else; the message completes "expected …"."""


def text(longest: int) -> Parser:
    """
    Make a parser of text: white space collapsed, nothing unprintable.

    >>> text(20)("  two   words ")
    'two words'
    """

    def parse(cell: str) -> str:
        return _short(" ".join(cell.split()), longest)

    return parse


def named(longest: int, *, is_known_by: bool = False) -> Parser:
    """
    Make a parser of what somebody or something is called: text, and never what a spreadsheet shows for an error.

    :param is_known_by: the name tells one from the other, so that nothing else that is damaged is one either

    >>> named(20)("  Nordlys  AS"), named(20)("nan")
    ('Nordlys AS', 'nan')
    >>> named(20, is_known_by=True)("#N/A")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: a name, not the error of a spreadsheet
    """

    def parse(cell: str) -> str:
        damage = keys.damage(cell)
        if damage and (is_known_by or damage == "the error of a spreadsheet"):
            raise Expected(_damaged("a name", damage))
        return _short(" ".join(cell.split()), longest)

    return parse


def phone(longest: int) -> Parser:
    """
    Make a parser of numbers to call, as people write them; a word for nothing is none.

    >>> phone(40)("+49 (0)30/123-45 ext. 6"), phone(40)("n/a")
    ('+49 (0)30/123-45 ext. 6', None)
    >>> phone(40)("\\u200e+49 30 123\\u201345\\u202c")
    '+49 30 123-45'
    >>> phone(40)("4.93012E+11")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: a phone number, not a number that lost its digits: export the column as text
    """  # noqa: E501

    def parse(cell: str) -> str | None:
        damage = keys.damage(signs.bare(cell))
        if damage == "nothing":
            return None
        if damage:
            raise Expected(_damaged("a phone number", damage))
        if "@" in cell or sum(map(str.isdigit, cell)) < FEWEST_DIGITS:
            raise Expected("a phone number, such as +49 30 123456")
        return _short(" ".join(signs.western(cell).split()), longest)

    return parse


def product_code(longest: int) -> Parser:
    """
    Make a parser of products' codes: clean, in capitals, sound.

    >>> product_code(20)("tee-s\u200b")
    'TEE-S'
    >>> product_code(20)("4.00638E+12")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: a code, not a number that lost its digits: export the column as text
    """

    def parse(cell: str) -> str:
        if len(cell) <= longest and _PLAIN_CODE.fullmatch(cell):
            return cell.upper()
        cell = _sound(cell, "a code", is_product=True)
        return _short(keys.key(cell), longest)

    return parse


def plain_code(longest: int) -> Parser:
    """
    Make a parser of an order's number or another code, in the letters it is written in.

    >>> plain_code(20)("#1001 ")
    '#1001'
    """

    def parse(cell: str) -> str:
        cell = _sound(cell, "a number or code")
        return _short(keys.clean(cell), longest)

    return parse


def _sound(cell: str, wanted: str, *, is_product: bool = False) -> str:
    """Give a code without what was put around it; one that was damaged is refused."""
    if _FORMULA.fullmatch(cell):
        raise Expected(f"{wanted}, not a formula: export the column as text")
    code = signs.bare(cell)
    if damage := keys.damage(code, is_product=is_product):
        raise Expected(_damaged(wanted, damage))
    return code


def _damaged(wanted: str, damage: str) -> str:
    way_out = ": export the column as text" if damage.startswith("a ") else ""
    return f"{wanted}, not {damage}{way_out}"


def _short(value: str, longest: int) -> str:
    if len(value) > longest:
        raise Expected(f"at most {longest} characters")
    if _UNPRINTABLE.search(value):
        raise Expected("text without control characters")
    if not value:
        raise Expected("a value that can be seen")
    return value

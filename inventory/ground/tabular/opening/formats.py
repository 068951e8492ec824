"""
What a workbook shows of its numbers by their format alone: "$12.50" is a 12.5 in a cell formatted so, 00789 a 789.

Formats that every spreadsheet program has of its own show the currency of whoever looks, and tell none.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from defusedxml import ElementTree

from inventory.ground import currencies
from inventory.ground.tabular.values import money

T = TypeVar("T", str, int)
_SKIPPED = re.compile(r"[_*].")
_LOCALE = re.compile(r"\[\$-[^\]]*\]")
_TOLD = re.compile(r"\[\$([^\]-]*)[^\]]*\]|\"([^\"]*)\"|\\(.)|([^\w\s#.,;?%@/\\\"\[\]()+-])")


def currency(code: str) -> str:
    """
    Give the currency of a number's format; "" if it shows none.

    >>> [currency(code) for code in ('"$"#,##0.00', "#,##0.00\\\\ [$€-407]", '_-[$USD]* #,##0_-', '#,##0.00" kr"')]
    ['$', '€', 'USD', 'kr']
    >>> [currency(code) for code in ('0" pcs"', '0" PCS"', "[$-409]d/m/yyyy", "0.00%", "General")]
    ['', '', '', '', '']
    """
    for found in _TOLD.findall(_SKIPPED.sub("", code.partition(";")[0])):
        sign = "".join(found).strip()
        if sign in currencies.CODES or (money.is_currency(sign) and not (sign.isalpha() and sign.isupper())):
            return sign
    return ""


def digits(code: str) -> int:
    """
    Give how many digits a number's format shows at least, of a code that keeps its zeros; 0 if it keeps none.

    >>> [digits(code) for code in ("00000", "0000000000000", "[$-407]00000;-00000", "0", "0.00", "#,##0", "General")]
    [5, 13, 5, 0, 0, 0, 0]
    """
    first = _LOCALE.sub("", code.partition(";")[0])
    return len(first) if len(first) > 1 and not first.strip("0") else 0


def by_style(styles: bytes, told: Callable[[str], T]) -> dict[int, T]:
    """
    Give what the format of each style of a workbook tells, by the number that cells name it by; not what tells none.

    :param told: what a format tells, as ``currency`` or ``digits``
    """
    codes: dict[str, str] = {}
    cells: list[str] = []
    for part in ElementTree.fromstring(styles):
        if _is(part, "numFmts"):
            codes = {each.get("numFmtId", ""): each.get("formatCode", "") for each in part}
        elif _is(part, "cellXfs"):
            cells = [each.get("numFmtId", "") for each in part if _is(each, "xf")]
    return {place: sign for place, key in enumerate(cells) if (sign := told(codes.get(key, "")))}


def _is(part: Any, name: str) -> bool:
    return str(part.tag).rpartition("}")[2] == name

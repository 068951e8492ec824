"""
The currencies that a workbook shows beside its numbers by their format: "$12.50" is a 12.5 in a cell formatted so.

Formats that every spreadsheet program has of its own show the currency of whoever looks, and tell none.
"""

import re
from typing import Any

from defusedxml import ElementTree

from inventory.ground import currencies
from inventory.ground.tabular.values import money

_SKIPPED = re.compile(r"[_*].")
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


def by_style(styles: bytes) -> dict[int, str]:
    """Give the currency of each style of a workbook that shows one, by the number that cells name it by."""
    codes: dict[str, str] = {}
    cells: list[str] = []
    for part in ElementTree.fromstring(styles):
        if _is(part, "numFmts"):
            codes = {each.get("numFmtId", ""): each.get("formatCode", "") for each in part}
        elif _is(part, "cellXfs"):
            cells = [each.get("numFmtId", "") for each in part if _is(each, "xf")]
    return {place: sign for place, key in enumerate(cells) if (sign := currency(codes.get(key, "")))}


def _is(part: Any, name: str) -> bool:
    return str(part.tag).rpartition("}")[2] == name

"""A cell without what was put around it, and the values of a column, each read once."""

import re
from typing import Any

from inventory.ground.tabular.export import is_risky

from .cells import Amount
from .words import Parser

MOST_REMEMBERED = 50_000

_KEPT = re.compile(r'="((?:[^"]|"")*)"')
_MARKED = re.compile(r"'\d[\dA-Z.,:/+-]*")
"""A number or code behind the apostrophe by which a spreadsheet keeps it as text; '68 Special is a name."""


class Memo(dict[str, Any]):
    """
    The values of one column by cell, each read once: columns repeat themselves, and equal values are kept once.

    Empty cells give None; what cannot be read raises anew each time.
    """

    def __init__(self, parse: Parser) -> None:
        super().__init__({"": None})
        self.parse = parse
        self.rounded = parse.rounded if isinstance(parse, Amount) else frozenset()

    def __missing__(self, cell: str) -> Any:
        bare = plain(cell)
        value = self.parse(bare) if bare else None
        if len(self) < MOST_REMEMBERED:
            self[cell] = value
        return value


def plain(cell: str) -> str:
    """
    Give a cell without what was put around it: white space, the apostrophe of our export before a formula or of a
    spreadsheet before digits, and the formula ="00123" in which programs write a code so that it keeps its digits.
    """
    cell = cell.strip()
    if cell[:1] == "=" and (kept := _KEPT.fullmatch(cell)):
        return kept[1].replace('""', '"').strip()
    return cell[1:] if cell[:1] == "'" and (is_risky(cell[1:]) or _MARKED.fullmatch(cell)) else cell

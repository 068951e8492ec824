"""The values of a column, each read once."""

from typing import Any

from inventory.ground import keys

from .cells import Amount, Whole
from .signs import plain
from .words import Parser

MOST_REMEMBERED = 50_000


class Memo(dict[str, Any]):
    """
    The values of one column by cell, each read once: columns repeat themselves, and equal values are kept once.

    Empty cells give None; what cannot be read raises anew each time.
    """

    def __init__(self, parse: Parser) -> None:
        super().__init__({"": None})
        self.parse = parse
        self.is_amount = isinstance(parse, Amount)
        self.is_number = isinstance(parse, Whole | Amount)
        self.rounded = parse.rounded if isinstance(parse, Amount) else frozenset()

    def __missing__(self, cell: str) -> Any:
        bare = plain(cell)
        is_seen = bool(bare) if bare.isascii() else bool(keys.clean(bare))
        value = self.parse(bare) if is_seen else None
        if len(self) < MOST_REMEMBERED:
            self[cell] = value
        return value

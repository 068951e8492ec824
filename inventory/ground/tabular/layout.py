"""
What another program's export looks like, as data: which column is which field, and which rows are no such thing.

A layout is known by its header and said by its name. One is a small file in ``backoffice/files/layouts``; what a kind
of file cannot take yet (a field it does not have) it does not ask for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from inventory.ground import keys

from .header import normalized

Outcome = Literal[
    "no such row", "no product", "never paid", "shipped", "canceled", "part shipped", "part refunded", "unpaid", "open"
]
"""
What the other program says of a row. A kind of file may take rows of some outcomes (an order that has left is an
order); of several such outcomes the first of ``TAKEN`` counts. A column with a rule of the outcome "open" knows all its
words: another one is given to the kind of file as it stands, which names it instead of taking the row for open.
"""
OPEN: Outcome = "open"
TAKEN: tuple[Outcome, ...] = ("never paid", "shipped", "canceled", "part shipped", "part refunded", "unpaid")


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Rows that are not loaded as they stand, by the cell of one column, and why; or that are (``opened``).

    ``words`` in any case, or a ``pattern`` of the whole cell, or a cell that ``is_empty`` or ``is_filled``; only
    where the column ``unless`` is empty, if one is named. ``{}`` in the reason is the cell of ``names``.
    """

    column: str
    reason: str
    outcome: Outcome = "no such row"
    words: tuple[str, ...] = ()
    pattern: str = ""
    is_empty: bool = False
    is_filled: bool = False
    unless: str = ""
    names: str = ""
    kinds: tuple[str, ...] = ()

    def matches(self, cell: str) -> bool:
        """
        Say if a cell is one that the rule is about.

        >>> Rule("Status", "", words=("voided",)).matches("Voided"), Rule("SKU", "", is_empty=True).matches(" ")
        (True, True)
        """
        cell = cell.strip() if cell.isascii() else keys.clean(cell)
        if self.is_empty:
            return not cell
        if self.is_filled:
            return bool(cell)
        if self.pattern:
            return re.fullmatch(self.pattern, cell, re.IGNORECASE) is not None
        return cell.lower() in self.words


def opened(column: str, *words: str, kinds: tuple[str, ...] = ("orders",)) -> Rule:
    """Give the words with which a column says that a row is open; an empty cell says so too."""
    return Rule(column, "", OPEN, words=words, kinds=kinds)


@dataclass(frozen=True, slots=True)
class Items:
    """
    Lines of an order that stand in one row with it: in columns of one name and a number, or several in one cell.

    :ivar columns: a pattern of the columns' names
    :ivar between: what parts the items of one cell; "" if a cell holds one
    :ivar parts: part of an item → field; an item is written ``sku:TEE-S|quantity:2``
    """

    columns: str
    parts: Mapping[str, str]
    between: str = ""

    def read(self, cell: str) -> list[dict[str, str]]:
        """
        Give the fields of each item of a cell.

        >>> Items("x", {"sku": "sku", "quantity": "quantity"}).read("name:Tee|sku:TEE-S|quantity:2")
        [{'sku': 'TEE-S', 'quantity': '2'}]
        """
        found = []
        for item in cell.split(self.between) if self.between else [cell]:
            pairs = (part.partition(":") for part in item.split("|"))
            named = {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}
            if item.strip():
                found.append({field: named.get(part, "") for part, field in self.parts.items()})
        return found


@dataclass(frozen=True, slots=True)
class Layout:
    """
    One export of one program.

    :ivar known_by: headers that must all be there; of each tuple, one
    :ivar columns: field → the headers it may stand under, the first that is there
    :ivar joined: field → columns whose cells make its value together, such as a date and a time, where none of
        ``columns`` is there
    :ivar cut: field → pattern whose group is the value, such as the code behind a group's name
    :ivar fixed: field → its value, where the file has no column of it
    :ivar carried: columns of the whole order that only its first row fills
    :ivar footers: patterns of rows that are not of the table, cells joined by blanks
    :ivar blanks: what the program writes into a cell that is empty, such as two dashes
    """

    name: str
    about: str
    kinds: tuple[str, ...]
    known_by: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cut: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    footers: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    items: Items | None = None

    def knows(self, headers: Sequence[str]) -> bool:
        """Say if a header is this program's."""
        names = {normalized(header) for header in headers}
        return all(any(normalized(header) in names for header in options) for options in self.known_by)


def recognized(layouts: Sequence[Layout], headers: Sequence[str]) -> Layout | None:
    """Give the layout that a header is known by; of several, the one that asks for most."""
    found = [layout for layout in layouts if layout.knows(headers)]
    return max(found, key=lambda layout: len(layout.known_by), default=None)

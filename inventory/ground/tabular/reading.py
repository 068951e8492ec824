"""How one file is to be read, as somebody said it or as the file shows: its header, its layout."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from inventory.ground.tabular.opening.files import Source
from inventory.ground.tabular.opening.limits import Unreadable

from . import header
from .layout import Layout, recognized

DateOrder = Literal["", "day-first", "month-first"]
NO_LAYOUT = "none"
TOP_ROWS = 30
"""Rows at the top of a file among which the header is looked for."""


class Named(Protocol):
    """A column that a kind of file has."""

    @property
    def name(self) -> str: ...

    @property
    def is_required(self) -> bool: ...


def _nobody_knows(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How one file is to be read.

    :ivar mapping: column as written → field; without an entry, a column is taken by its name
    :ivar date_order: how to read 01/12/2010 in a column that does not show it
    :ivar today: no day in it may lie more than two years after; None: it is read long after it was written
    :ivar header_row: the row of the header; 0: the first that is not blank
    :ivar kind: what kind of file it is, for a layout to know
    :ivar layouts: those it may have; ``layout``: the one that somebody named, or ``NO_LAYOUT``
    :ivar fill: fields that a row leaves to the row above, if it is of the same thing; the first names the thing
    :ivar takes: outcomes of a layout whose rows the kind takes, with the outcome as their status
    :ivar currency: the one that amounts are in; "" where nobody has told
    :ivar is_known: says of a code if the shop has a product of it, which is a row and no total, whatever it is called
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = ""
    today: date | None = None
    header_row: int = 0
    kind: str = ""
    layouts: Sequence[Layout] = ()
    layout: str = ""
    fill: Sequence[str] = ()
    takes: Sequence[str] = ()
    currency: str = ""
    is_known: Callable[[str], bool] = _nobody_knows


def find_header(source: Source, reading: Reading) -> tuple[int, list[str]]:
    """
    Give the row of the header and the columns that it names.

    :raises Unreadable: if there is no such row
    """
    wanted = reading.header_row
    for number, cells in source:
        if number >= wanted:
            if wanted and number > wanted:
                raise Unreadable(f"Row {wanted} of {source.name} is blank; the next with cells is row {number}.")
            return number, header.told(cells)
    if wanted:
        raise Unreadable(f"{source.name} has no row {wanted}.")
    told = " ".join(source.told)
    raise Unreadable(f"{source.name} is empty.{f' {told}' if told else ''}")


def choose_layout(reading: Reading, headers: Sequence[str]) -> tuple[Layout | None, list[str]]:
    """
    Give the layout that was named or that the header is known by, and a sentence that says so.

    :raises Unreadable: if there is no layout of that name for this kind of file
    """
    if reading.layout == NO_LAYOUT:
        return None, []
    if reading.layout:
        for layout in reading.layouts:
            if layout.name == reading.layout:
                return layout, [f"Read as {layout.about} ({layout.name})."]
        names = ", ".join(layout.name for layout in reading.layouts) or "none"
        raise Unreadable(f"There is no layout “{reading.layout}” for this kind of file. There are: {names}.")
    found = recognized(reading.layouts, headers)
    return found, [f"This looks like {found.about}: read by the layout {found.name}."] if found else []


def better_header(
    source: Source, reading: Reading, taken: int, columns: Sequence[Named]
) -> tuple[int, list[str]] | None:
    """Find the row near the top that names more of what is wanted than the row that was taken."""
    required = {column.name for column in columns if column.is_required}
    mapped = {header.normalized(name): field for name, field in reading.mapping.items()}
    best, best_score = None, 0.0
    for number, cells in source:
        if number > taken + TOP_ROWS:
            break
        headers = header.told(cells)
        names = {mapped.get(name, name) for name in map(header.normalized, headers)}
        is_known = recognized(reading.layouts, headers) is not None
        score = len(required) if is_known else len(names & required) + len(names & {c.name for c in columns}) / 100
        if number >= taken and score > best_score:
            best, best_score = (number, headers), score
    return best if best and best[0] != taken else None

"""
How a text file parts its rows into cells: by which sign, and whether cells are quoted.

Reading is strict. A quotation mark that is never closed would swallow the rows after it, so it is refused with the
row where it stands. Marketplaces write tables with tabs that quote nothing, where a name may begin with a quotation
mark ("Retro Tee, 5" pipe): such a file is known by its rows, which are all as wide as its header only if a quotation
mark is a letter like any other.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .limits import Unreadable
from .plain import Text

DELIMITERS = ",;\t|"
UNQUOTED = "\t|"
"""Signs that hardly stand inside a cell: only with these may a file do without quoting."""
_SAMPLE_LINES = 60
_Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What parts the cells, and whether a quotation mark means anything."""

    delimiter: str
    is_quoted: bool = True


def find(text: Text) -> Dialect:
    """Look through the file for its dialect; the comma, quoted, if nothing shows."""
    delimiter = _delimiter(list(islice(text, _SAMPLE_LINES)))
    if delimiter in UNQUOTED and text.has_quotes and not _is_quoted(text, delimiter):
        return Dialect(delimiter, is_quoted=False)
    return Dialect(delimiter)


def rows(text: Text, dialect: Dialect) -> Iterator[_Row]:
    """
    Give each row with its number as a spreadsheet counts them.

    :raises Unreadable: if a quotation mark is never closed
    """
    reader = _reader(text, dialect)
    number = width = line = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_unclosed(text.name, number + 1, str(error))) from None
        number += 1
        width = width or (len(cells) if len(cells) > 1 else 0)
        spans, line = reader.line_num - line, reader.line_num
        if spans > 1 and any(_swallows(cell, width, dialect.delimiter) for cell in cells):
            raise Unreadable(_unclosed(text.name, number, "rows"))
        yield number, cells


def _reader(lines: Iterable[str], dialect: Dialect, *, is_strict: bool = True) -> Any:
    if dialect.is_quoted:
        return csv.reader(lines, delimiter=dialect.delimiter, strict=is_strict)
    return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=is_strict)


def _unclosed(name: str, row: int, error: str) -> str:
    if "field larger" in error:
        return f'{name}: a cell in row {row} is too long. Is a closing quote (") missing?'
    what = (
        "what follows it looks like further rows"
        if error == "rows"
        else "a quotation mark inside a quoted cell is written twice"
    )
    return f'{name}: a quotation mark (") in row {row} is never closed, or closed in the wrong place ({what}).'


def _swallows(cell: str, width: int, delimiter: str) -> bool:
    """
    Say if a quoted cell holds lines that look like rows of this table.

    >>> _swallows("shelf A\\nMUG-01,6,\\nTEE-M,7,", 3, ","), _swallows("First line,\\nsecond line", 3, ",")
    (True, False)
    """
    if "\n" not in cell and "\r" not in cell:
        return False
    lines = cell.splitlines()[1:]
    wanted = 1 if width > 2 else 2
    return width > 1 and len(lines) >= wanted and all(line.count(delimiter) == width - 1 for line in lines)


def _delimiter(sample: Sequence[str]) -> str:
    """Find the sign that gives the most lines the same number of cells; the wider the better."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        for is_quoted in (True, False) if delimiter in UNQUOTED else (True,):
            widths = Counter(width for width in _widths(sample, Dialect(delimiter, is_quoted)) if width)
            wide = [(number, width) for width, number in widths.items() if width > 1]
            if wide:
                number, width = max(wide)
                score = (number / widths.total(), width)
                best, best_score = max((best, best_score), (delimiter, score), key=lambda option: option[1])
    return best


def _widths(sample: Sequence[str], dialect: Dialect) -> Iterator[int]:
    try:
        for cells in _reader(sample, dialect, is_strict=False):
            yield len(cells)
    except csv.Error:
        return


def _is_quoted(text: Text, delimiter: str) -> bool:
    """Read it both ways; without quoting only if that alone makes a table of it, or the fuller one."""
    plain = _shape(text, Dialect(delimiter, is_quoted=False))
    if plain is None:
        return True
    quoted = _shape(text, Dialect(delimiter))
    return quoted == plain or (quoted is not None and not plain.is_full)


@dataclass(frozen=True, slots=True)
class _Shape:
    rows: int
    width: int
    is_full: bool
    """Every row has as many cells as the header; none leaves off its end."""


def _shape(text: Text, dialect: Dialect) -> _Shape | None:
    """Give rows and width, if no row is wider than the first that has several cells, and that one is not in quotes."""
    width = count = 0
    is_full = True
    try:
        for number, cells in rows(text, dialect):
            count = number
            filled = len(cells)
            while filled and not cells[filled - 1]:
                filled -= 1
            if not width and filled > 1:
                width = len(cells)
                if any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells):
                    return None
            if filled > width > 0:
                return None
            is_full = is_full and (not filled or not width or len(cells) == width)
    except Unreadable:
        return None
    return _Shape(count, width, is_full)

"""
Open a file that somebody sent us and read its rows, trusting nothing about it.

What it is shows in its first bytes, not in its name: CSV text, the same packed with gzip or xz, or XLSX.
Every file is read within limits, so that one that unpacks to gigabytes is refused and not unpacked.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from . import dialect
from .limits import MAX_COLUMNS, MAX_ROWS, Unreadable
from .plain import Text
from .workbook import Marks, Workbook

MOST_PARTS = 20
"""Rows into which line breaks inside cells tear one; more are rows of their own."""


class Source:
    """
    One file as rows of text cells; may be iterated again from its start.

    ``lines`` is about how many rows there are, for a progress bar; 0: it does not say. ``delimiter`` is the sign that
    parts the cells of a text file; ``marks`` is what a workbook's cells are beside their text; ``told`` says which
    sheet was read. Of a text file ``torn`` has the rows that a line break made of one, each before it is given, and
    ``breaks_off`` is the row within which it seems to end, once it was read to its end.

    :param sheet: which sheet of a workbook; needed only where several could be meant
    :raises Unreadable: when made or iterated, if it is no table or beyond the limits
    :raises SeveralSheets: if somebody must say which sheet
    """

    def __init__(self, path: Path, name: str = "", *, sheet: str = "", most_columns: int = MAX_COLUMNS) -> None:
        self.most_columns = most_columns
        self.path = path
        self.name = name or path.name
        try:
            packed = path.stat().st_size
            with path.open("rb") as handle:
                magic = handle.read(8)
        except OSError as error:
            raise Unreadable(f"{self.name} cannot be opened: {error.strerror or error}.") from error
        if not packed:
            raise Unreadable(f"{self.name} is empty.")
        self.marks = Marks()
        self.told: list[str] = []
        self.delimiter = ""
        self.lines = 0
        self.book = None
        self.breaks_off = 0
        self.torn: set[int] = set()
        if magic.startswith(b"PK\x03\x04"):
            self.book = Workbook(path, self.name, sheet)
            self.marks = self.book.marks
            self.lines = self.book.rows.total_height
            if len(self.book.names) > 1 or self.book.hidden:
                hidden = f" Hidden and not read: {', '.join(self.book.hidden)}." if self.book.hidden else ""
                self.told.append(f"Read the sheet “{self.book.sheet}”.{hidden}")
            self.told += self.book.told
            return
        if sheet:
            raise Unreadable(f"{self.name} is no workbook: it has no sheets to choose from.")
        self.text = Text(path, self.name, magic, packed)
        self.dialect = dialect.find(self.text)
        self.delimiter = self.dialect.delimiter
        self.lines = self.text.lines
        self.told += self.text.told
        if not self.dialect.is_quoted:
            self.told.append("Cells are not quoted in this file: a quotation mark in it is a letter like any other.")

    @property
    def fractions(self) -> frozenset[tuple[int, int]]:
        """The places of cells that are numbers, and no whole ones, rather than text that says some; by row, column."""
        return self.book.fractions if self.book else frozenset()

    def __iter__(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Give each row with its number as a spreadsheet shows it; blank rows count but are left out."""
        for number, cells in self.book or self._lines():
            if number > MAX_ROWS:
                raise Unreadable(f"{self.name} has more than {MAX_ROWS:,} rows. Please split it.")
            if len(cells) > self.most_columns and any(cells[self.most_columns :]):
                raise Unreadable(
                    f"Row {number} of {self.name} has {len(cells):,} cells; {self.most_columns:,} are the most we read."
                )
            if any(cells) and not "".join(cells).isspace():
                yield number, cells

    def _lines(self) -> Iterator[tuple[int, Sequence[str]]]:
        """
        Give the rows of a text file, and notice what was torn: rows beside each other that are one row together where
        others are whole, and a last row within which the file ends.
        """
        width = whole = number = 0
        short: list[tuple[int, Sequence[str]]] = []
        is_even = True
        for number, cells in dialect.rows(self.text, self.dialect):
            if not cells:
                continue
            if len(cells) < width:
                short.append((number, cells))
                if len(short) > MOST_PARTS:  # rows that leave off their ends, and no parts
                    yield short.pop(0)
                    is_even = False
                continue
            if short:
                is_even = False
                self._tell_torn(short, width, is_beside_whole=whole > 0 or len(cells) == width)
                yield from short
                short = []
            if width:
                whole += len(cells) == width
                is_even = is_even and len(cells) == width
            elif len(cells) > 1:
                width = len(cells)
            yield number, cells
        self._tell_torn(short, width, is_beside_whole=whole > 0)
        yield from short
        is_cut = self.text.is_open_ended and is_even and whole > 0 and len(short) == 1
        self.breaks_off = short[0][0] if is_cut else 0

    def _tell_torn(self, short: Sequence[tuple[int, Sequence[str]]], width: int, *, is_beside_whole: bool) -> None:
        """Note rows that a line break made of one."""
        cells = sum(len(cells) for _, cells in short) - len(short) + 1
        if 1 < len(short) < MOST_PARTS and is_beside_whole and cells == width:
            self.torn.update(number for number, _ in short)

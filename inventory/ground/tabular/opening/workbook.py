"""
XLSX files: one sheet of them, every cell as the text a CSV would hold.

A hidden sheet is never read. Of several that a person sees and that hold something, somebody says which. What a
cell's text does not show (a formula that was never computed, an error, cells that are merged) is told beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils.functional import cached_property
from python_calamine import CalamineWorkbook

from inventory.ground import keys

from . import formats
from .archive import Archive, Tab
from .formats import T
from .limits import MAX_AREA, MAX_ROWS, Unreadable

_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[ >]")
_ODD = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/", b't="e"', b"t='e'")
_FAR = re.compile(rb"=\s*[\"'](?:[A-Za-z]{3}\d|[A-Za-z]{2}\d{5}|[A-Za-z]\d{7})")
"""A place beyond 26 columns or a million rows, or near both: then the sheet is measured."""
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,8})[\"']")
_STYLED = (
    rb"<(?:\w+:)?c\s(?=[^>]*\bs\s*=\s*[\"'](?:%b)[\"'])(?![^>]*\bt\s*=\s*[\"'][^n])"
    rb"[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,8})[\"']"
)
"""The place of a number in one of these styles."""
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_HAS_VALUE = re.compile(rb"<(?:\w+:)?v>[^<]|<(?:\w+:)?is[ >]")
_ERROR = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,8})[\"']")
_COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_SPAN = re.compile(rb"\s(min|max)\s*=\s*[\"'](\d{1,5})[\"']")
MOST_UNSEEN = 10
"""Rows and columns out of sight that are named."""
UNCOMPUTED = "a value; the formula in this cell has none: open the file in a spreadsheet program and save it there"


class SeveralSheets(Unreadable):
    """More than one sheet could be meant; ``names`` are to choose from."""

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


@dataclass(slots=True)
class Marks:
    """
    What the cells of a sheet are beside their text, by row and column (rows from 1, columns from 0).

    ``broken`` cells have no value, with what was expected; ``merged`` ones take that of the cell above; ``money`` are
    numbers beside which a currency is shown; ``digits`` says how many of a code are shown that keeps its zeros.
    """

    broken: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    money: dict[tuple[int, int], str] = field(default_factory=dict)
    digits: dict[tuple[int, int], int] = field(default_factory=dict)


class Workbook:
    """One sheet of a workbook. ``sheet`` is the one that is read, ``names`` those a person sees."""

    def __init__(self, path: Path, name: str, sheet: str = "") -> None:
        archive = Archive(path, name)
        self.name = name
        self.names = [tab.name for tab in archive.tabs if tab.is_visible]
        self.hidden = [tab.name for tab in archive.tabs if not tab.is_visible]
        tab = _chosen(archive, sheet) if sheet else _only(archive)
        content = archive.read(tab.part)
        self.sheet = tab.name
        self.marks = Marks()
        self._measure(content)
        self._mark(content)
        self._read_formats(archive, content)
        try:
            # Whatever it raises is a damaged workbook; panics of its own are BaseException.
            book = CalamineWorkbook.from_object(archive.packed_anew(tab, content))
            self.rows = book.get_sheet_by_name(tab.name)
            merged = self.rows.merged_cell_ranges or []
        except Unreadable:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise archive.damaged() from error
        self._merge(merged)
        self.told = _unseen(content, self.rows.total_height + 1, self.rows.total_width + 1)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        columns = {at for _, at in self.marks.digits}
        for number, cells in enumerate(self.rows.iter_rows(), start=1):
            texts = [cell if type(cell) is str else _written(cell) for cell in cells]
            for at in columns:
                if at < len(texts) and texts[at].isdecimal() and (shown := self.marks.digits.get((number, at))):
                    texts[at] = texts[at].zfill(shown)
            yield number, texts

    @cached_property
    def fractions(self) -> frozenset[tuple[int, int]]:
        """The places of numbers that are not whole; they are what they are, however decimals are written elsewhere."""
        return frozenset(
            (number, at)
            for number, cells in enumerate(self.rows.iter_rows(), start=1)
            for at, cell in enumerate(cells)
            if isinstance(cell, float) and not cell.is_integer()
        )

    def _measure(self, content: bytes) -> None:
        """Refuse a sheet whose far corner alone would fill the memory: rows × columns are kept, empty or not."""
        if not _FAR.search(content):
            return
        places = _PLACE.findall(content)
        rows = max((int(row) for _, row in places), default=0)
        columns = max((_column(letters) for letters in {letters for letters, _ in places}), default=0) + 1
        if rows > MAX_ROWS or rows * columns > MAX_AREA:
            raise Unreadable(
                f"{self.name}: the sheet “{self.sheet}” reaches to row {rows:,} and column {columns:,}. "
                "Delete the rows and columns beyond the table, or save it as CSV."
            )

    def _mark(self, content: bytes) -> None:
        if not any(odd in content for odd in _ODD):
            return
        for head, inside in _CELL.findall(content):
            place = _PLACE.search(head)
            is_error = b't="e"' in head or b"t='e'" in head
            if not place or not (is_error or _FORMULA.search(inside)):
                continue
            where = (int(place[2]), _column(place[1]))
            if is_error:
                told = _ERROR.search(inside)
                self.marks.broken[where] = (told[1].decode("utf-8", "replace") if told else "", "a value, no error")
            elif b"str" not in head and not _HAS_VALUE.search(inside):
                self.marks.broken[where] = ("", UNCOMPUTED)

    def _read_formats(self, archive: Archive, content: bytes) -> None:
        """Note what the format of numbers shows beside them: a currency, or the zeros that a code keeps."""
        part = next((part.filename for part in archive.parts if part.filename.lower() == "xl/styles.xml"), "")
        styles = archive.read(part) if part else b""
        try:
            money = formats.by_style(styles, formats.currency) if part else {}
            digits = formats.by_style(styles, formats.digits) if part else {}
        except (SyntaxError, ValueError) as error:  # no XML
            raise archive.damaged() from error
        self.marks.money = dict(_styled(content, money))
        self.marks.digits = dict(_styled(content, digits))

    def _merge(self, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        for (top, left), (bottom, right) in ranges[:100_000]:
            for row in range(top + 1, min(bottom, top + MAX_ROWS) + 1):
                for column in range(left, min(right, left + 256) + 1):
                    self.marks.merged[row + 1, column] = (top + 1, left)
                    if len(self.marks.merged) > MAX_AREA // 10:
                        raise Unreadable(f"{self.name} merges too many cells. Unmerge them, or save it as CSV.")


def _styled(content: bytes, shown: dict[int, T]) -> Iterator[tuple[tuple[int, int], T]]:
    """Give the places of the numbers in one of these styles, each with what its style shows."""
    places: dict[bytes, int] = {}
    for sign in set(shown.values()):
        styles = "|".join(str(style) for style, other in shown.items() if other == sign)
        for letters, row in re.findall(_STYLED % styles.encode(), content):
            at = places[letters] if letters in places else places.setdefault(letters, _column(letters))
            yield (int(row), at), sign


def _unseen(content: bytes, height: int, width: int) -> list[str]:
    """Say which rows and columns of the table nobody sees, behind a filter or hidden: they are read like the others."""
    if not _HIDDEN.search(content):
        return []
    rows = [int(number) for head in _ROW.findall(content) if _HIDDEN.search(head) for number in _NUMBER.findall(head)]
    rows = [number for number in rows if number <= height]
    spans = [dict(_SPAN.findall(head)) for head in _COLUMNS.findall(content) if _HIDDEN.search(head)]
    columns = [at for span in spans for at in range(int(span[b"min"]), min(int(span[b"max"]), width) + 1)]
    told = []
    if rows:
        listed = ", ".join(f"{number:,}" for number in rows[:MOST_UNSEEN]) + (", …" if rows[MOST_UNSEEN:] else "")
        told.append(f"{_many(len(rows), 'row')} hidden in the sheet and read like the others: {listed}.")
    if columns:
        listed = ", ".join(map(_letters, columns[:MOST_UNSEEN])) + (", …" if columns[MOST_UNSEEN:] else "")
        told.append(f"{_many(len(columns), 'column')} hidden in the sheet and read like the others: {listed}.")
    return told


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{' is' if count == 1 else 's are'}"


def _letters(column: int) -> str:
    """
    Give the letters of a column, counted from 1.

    >>> _letters(1), _letters(28)
    ('A', 'AB')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _chosen(archive: Archive, sheet: str) -> Tab:
    for tab in archive.tabs:
        if keys.key(tab.name) == keys.key(sheet):
            if not tab.is_visible:
                raise Unreadable(f"The sheet “{tab.name}” of {archive.name} is hidden. Show it there first, and save.")
            return tab
    names = ", ".join(tab.name for tab in archive.tabs if tab.is_visible)
    raise Unreadable(f"{archive.name} has no sheet “{sheet}”. It has: {names}.")


def _only(archive: Archive) -> Tab:
    shown = [tab for tab in archive.tabs if tab.is_visible]
    if not shown:
        raise Unreadable(f"All sheets of {archive.name} are hidden. Show the one that is meant, and save.")
    if len(shown) == 1:
        return shown[0]
    filled = [tab for tab in shown if _VALUE.search(archive.read(tab.part))]
    if len(filled) > 1:
        names = [tab.name for tab in filled]
        raise SeveralSheets(
            f"{archive.name} has {len(names)} sheets with something in them: {', '.join(names)}. Say which is meant.",
            names,
        )
    return filled[0] if filled else shown[0]


def _column(letters: bytes) -> int:
    """
    Give the place of a column, from 0.

    >>> _column(b"A"), _column(b"AA")
    (0, 26)
    """
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place - 1


def _written(cell: Any) -> str:
    if isinstance(cell, float):
        # What a person sees: 12 and 0.1, not 12.0 and 0.1000000000000000055
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)

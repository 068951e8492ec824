"""
Tables written for spreadsheets, as a stream, with nothing in them that a spreadsheet would run.

A cell that begins with = + - @ |, a tab or a line break (in full width and behind blanks too) is taken for a formula by
Excel and its like, whoever typed it into our shop's address field. An apostrophe before it makes it text (OWASP, "CSV
Injection").
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from .values.signs import is_risky

PLAIN = {int, float, Decimal, date, type(None)}
BLOCK = 1_000
"""Rows of CSV that are sent at once."""
LONGEST = 32_767
"""Characters that a spreadsheet keeps in one cell."""


def neutralize(cell: Any) -> Any:
    """
    Put an apostrophe before text that a spreadsheet would run; numbers and dates pass as they are.

    >>> neutralize("=1+1"), neutralize(" @SUM(A1)"), neutralize("Lamp"), neutralize(-3)
    ("'=1+1", "' @SUM(A1)", 'Lamp', -3)
    """
    return f"'{cell}" if isinstance(cell, str) and is_risky(cell) else cell


def write_csv(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Give the rows as CSV text, a block at a time; it begins with the mark that lets Excel read UTF-8."""
    rest, zone = iter(rows), timezone.get_current_timezone()
    yield "\ufeff"
    while block := list(islice(rest, BLOCK)):
        text = StringIO()
        columns = [_csv_column(cells, zone) for cells in zip(*block, strict=True)]
        csv.writer(text).writerows(zip(*columns, strict=True))
        yield text.getvalue()


def write_xlsx(rows: Iterable[Sequence[Any]], file: IO[bytes], *, title: str = "Export") -> None:
    """Write the rows to a file as a workbook of one sheet, never holding more than one of them."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([_xlsx_cell(cell) for cell in row])
    book.save(file)


def _csv_column(cells: Sequence[Any], zone: tzinfo) -> Sequence[Any]:
    """Write a column, as it is where all of it may stay so: numbers, days, nothing."""
    return cells if set(map(type, cells)) <= PLAIN else [_csv_cell(cell, zone) for cell in cells]


def _csv_cell(cell: Any, zone: tzinfo) -> Any:
    kind = type(cell)
    if kind is str:
        # most texts begin with a letter or a digit, and a look at one sign is all they need
        return cell if cell[:1].isalnum() else neutralize(cell)
    if kind is datetime:
        return _local(cell, zone).isoformat(" ", "seconds")
    if kind is bool:
        return "yes" if cell else "no"
    return neutralize(cell)  # numbers, dates and nothing are written as they are


def _xlsx_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return _local(cell, timezone.get_current_timezone())
    if isinstance(cell, str):
        return neutralize(ILLEGAL_CHARACTERS_RE.sub("", cell))[:LONGEST]
    return cell


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """Give a moment in the shop's time zone, without its zone: spreadsheets know none."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment

"""
Any list of the admin as a file: the columns that it shows, as it is narrowed and sorted; the whole of it, or an error.

Its rows come from one statement, a block at a time, so that it is of one moment and no list is held: what is committed
meanwhile is in it with none of its rows. What is looked up beside a row is read with its block. What a column
shows is written as it is read there, without its marks; what is a number, a day or a moment stays one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from html import unescape
from io import BytesIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import FileResponse, HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from inventory.desk import moments
from inventory.desk.columns import MOST_XLSX
from inventory.ground import tabular

from .choosing import BOX, called

BLOCK = 2_000
MOST = {"csv": 100_000, "xlsx": MOST_XLSX}
"""Rows of a file of each kind that are written while somebody waits."""
PLAIN = (int, float, Decimal, date, type(None))
MARKS = re.compile(r"<[^>]+>")
NUMBER = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?")


def file(request: HttpRequest, desk: ModelAdmin, kind: str) -> FileResponse:
    """
    Give a list as its address asks for it.

    :param kind: "csv" or "xlsx"
    :raises BadRequest: if the address says nothing to this list, or these are too many rows
    """
    name = str(desk.opts.verbose_name_plural)
    with moments.read_in(""):  # a file has the shop's time, whoever reads it
        found = desk.get_changelist_instance(request)
        if found.queryset.order_by()[MOST[kind] : MOST[kind] + 1].exists():
            raise BadRequest(_too_many(kind))
        rows, written = _table(found), _xlsx if kind == "xlsx" else _csv
        return FileResponse(
            written(rows, name), as_attachment=True, filename=f"{name.replace(' ', '-')}.{kind}", **_type(kind)
        )


def _type(kind: str) -> dict[str, Any]:
    return {"content_type": "text/csv; charset=utf-8"} if kind == "csv" else {}


def _too_many(kind: str) -> str:
    if kind == "xlsx":
        other = f"have them as CSV, up to {MOST['csv']:,}, which spreadsheets open too, or narrow the list."
        return f"Nothing was exported. A workbook holds up to {MOST['xlsx']:,} rows, and these are more: {other}"
    return f"Nothing was exported. A file holds up to {MOST['csv']:,} rows, and these are more: narrow the list first."


def _csv(rows: Iterator[Sequence[Any]], name: str) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    try:
        file.writelines(block.encode() for block in tabular.write_csv(rows))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _xlsx(rows: Iterator[Sequence[Any]], name: str) -> IO[bytes]:
    file = BytesIO()
    tabular.write_xlsx(rows, file, title=name.capitalize()[:31])
    file.seek(0)
    return file


def _table(found: Any) -> Iterator[Sequence[Any]]:
    desk = found.model_admin
    chosen = found.asked_columns.shown
    names = [name for name in found.list_display if name != BOX and called(name) in chosen]
    yield [capfirst(str(label_for_field(name, found.model, desk))) for name in names]
    cells = [_cell(name, desk) for name in names]
    rest = found.queryset.iterator(BLOCK)
    while block := list(islice(rest, BLOCK)):
        found.prepare(block)
        for row in block:
            yield [cell(row) for cell in cells]


def _cell(name: Any, desk: ModelAdmin) -> Callable[[Any], Any]:
    def cell(row: Any) -> Any:
        try:
            field, _, value = lookup_field(name, row, desk)
        except ObjectDoesNotExist:
            return None
        if field is not None and field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        return value if isinstance(value, PLAIN) else plain(value)

    return cell


def plain(value: Any) -> Any:
    """
    Give what a column shows without its marks; a number that is shown as one is one.

    >>> plain(SafeString('<b>LAMP-1</b><small>Oak &amp; ash</small>')), plain("<b>"), plain(SafeString("1,204"))
    ('LAMP-1 Oak & ash', '<b>', '1,204')
    >>> plain(SafeString('<span class="number">1,204</span>'))
    Decimal('1204')
    """
    text = str(value)
    if not isinstance(value, SafeString):
        return text
    words = " ".join(unescape(MARKS.sub(" ", text)).split())
    return Decimal(words.replace(",", "")) if 'class="number"' in text and NUMBER.fullmatch(words) else words

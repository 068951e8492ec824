"""
The columns of a list, each declared once: its heading, what it shows of a row, how it sorts, what it is in a file.

A list of any length is to be had as CSV, which PostgreSQL writes itself; one that a workbook can be made of while
somebody waits as XLSX too. A file has plain values, none of them an object of ours: the whole list, or an error.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Case, CharField, DateTimeField, F, Func, Model, QuerySet, TextField, Value, When
from django.db.models.expressions import OrderBy
from django.http import FileResponse
from django.utils import timezone
from django.utils.text import slugify

from inventory.ground import tabular
from inventory.ground.sql import copying, paging

from .lists import choosing

EXPORT_BLOCK = 2_000
MOST_XLSX = 20_000
"""Rows of a workbook: packing one takes ten times as long as the same as CSV."""
Row = TypeVar("Row")


class Sort(NamedTuple):
    """An order of the list, as its address and its menu name it."""

    name: str
    label: str
    by: OrderBy


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[Row]):
    """
    One column of a list.

    :ivar cell: what it shows of a row; an address or a link is safe, everything else is escaped
    :ivar css: the classes of its cells, and ``head`` those of its heading if they are others
    :ivar in_file: what it shows, in a file: headings, and the fields that they are read from
    :ivar beside: what a file of every column has besides, read likewise
    """

    heading: str
    cell: Callable[[Row], str]
    css: str = ""
    head: str = ""
    sort: Sort | None = None
    in_file: Mapping[str, str] | None = None
    beside: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """What an address calls it."""
        return slugify(self.heading)


def chosen(columns: Sequence[ListColumn[Any]], asked: str) -> choosing.ShownColumns:
    """Choose among the columns of a list by what its address asks for; the first is always shown."""
    names = [(column.name, column.heading) for column in columns]
    return choosing.choose(asked, names, {columns[0].name})


def sorts(columns: Sequence[ListColumn[Any]]) -> dict[str, Sort]:
    """The orders of a list, by name."""
    return {column.sort.name: column.sort for column in columns if column.sort}


def shown(columns: Sequence[ListColumn[Row]], row: Row) -> Iterator[tuple[ListColumn[Row], str]]:
    """Give the cells of a row, each with its column."""
    for column in columns:
        yield column, column.cell(row)


def headings(columns: Sequence[ListColumn[Any]], *, every: bool = False) -> dict[str, str]:
    """What a file of these columns has: the field of each heading; with ``every``, what stands beside them, too."""
    parts = [part for column in columns for part in (column.in_file, column.beside if every else None)]
    return {heading: field for part in parts for heading, field in (part or {}).items()}


def csv(rows: QuerySet[Any], fields: Mapping[str, str], name: str) -> FileResponse:
    """
    Give the rows as CSV, whole or not at all: it is written to a file that nobody sees, and then sent.

    :param fields: what ``headings`` gave, here and below
    """
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    if connection.vendor == "postgresql":
        written = (_written(rows, path) for path in fields.values())
        copying.copy_csv(rows.values_list(*written), list(fields), file)
    else:
        file.writelines(block.encode() for block in tabular.write_csv(_exported(rows, fields)))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.csv", content_type="text/csv; charset=utf-8")


def is_beyond(rows: QuerySet[Any], most: int, counted: int) -> bool:
    """
    Say if a list has more rows than a file takes.

    :param counted: its rows as they were counted for its page, up to ``BOUND`` + 1
    """
    return counted > most or (counted > paging.BOUND and rows.order_by()[most : most + 1].exists())


def xlsx(rows: QuerySet[Any], fields: Mapping[str, str], name: str) -> FileResponse:
    """Give the rows as a workbook, if there are not too many."""
    if rows.order_by()[MOST_XLSX : MOST_XLSX + 1].exists():
        raise BadRequest(
            f"Nothing was exported. A workbook holds up to {MOST_XLSX:,} lines, and these are more: have them as CSV, "
            "which spreadsheets open too, or narrow the list."
        )
    file = BytesIO()
    tabular.write_xlsx(_exported(rows, fields), file, title=name.capitalize())
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")


def _written(rows: QuerySet[Any], path: str) -> Any:
    """Give a field as PostgreSQL writes it into a text file."""
    field = _of(rows, path)
    if isinstance(field, DateTimeField):
        local = Func(Value(timezone.get_current_timezone_name()), F(path), function="timezone")
        return Func(local, Value("YYYY-MM-DD HH24:MI:SS"), function="to_char", output_field=CharField())
    if words := _words(field):
        return Case(*(When(**{path: key}, then=Value(said)) for key, said in words.items()), default=F(path))
    return copying.Neutral(path) if isinstance(field, CharField | TextField) else F(path)


def _of(rows: QuerySet[Any], path: str) -> Any:
    """The field of a path, or what an annotation of the rows gives."""
    annotation = rows.query.annotations.get(path)
    return annotation.output_field if annotation is not None else _field(rows.model, path)


def _field(model: type[Model], path: str) -> Any:
    """The field that a path ends in, through the rows that it points at."""
    first, _, rest = path.partition("__")
    field: Any = model._meta.get_field(first)
    return _field(field.related_model, rest) if rest else field


def _words(field: Any) -> dict[Any, str]:
    """What its values are called, of a field that has a few."""
    return {value: str(words) for value, words in field.flatchoices}


def _exported(rows: QuerySet[Any], fields: Mapping[str, str]) -> Iterator[Sequence[Any]]:
    chosen = [(place, _words(_of(rows, path))) for place, path in enumerate(fields.values())]
    chosen = [(place, words) for place, words in chosen if words]
    yield list(fields)
    for row in rows.values_list(*fields.values()).iterator(EXPORT_BLOCK):
        values = list(row)
        for place, words in chosen:
            values[place] = words.get(values[place], values[place])
        yield values

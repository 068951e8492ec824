"""A header put to a table: which column is which field, and each row as values or as problems."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from .cells import Dates, Expected, Parser
from .files import Source
from .limits import Unreadable
from .problems import Problems, shorten

DateOrder = Literal["", "day-first", "month-first"]
MOST_REMEMBERED = 50_000
_RISKY = tuple("=+-@\t\r\n")


@dataclass(frozen=True, slots=True)
class Column:
    """One field that a kind of file may or must have; ``help`` is for people, ``is_key`` names the thing."""

    name: str
    parse: Parser | Dates
    help: str
    is_required: bool = False
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One row; a field that is absent, empty or wrong has no value, and with a wrong one the row is no good."""

    row: int
    values: dict[str, Any]
    is_good: bool = True


class Memo(dict[str, Any]):
    """
    The values of one column by cell, each read once: columns repeat themselves, and equal values are kept once.

    Empty cells give None; what cannot be read raises anew each time.
    """

    def __init__(self, parse: Parser) -> None:
        super().__init__({"": None})
        self.parse = parse

    def __missing__(self, cell: str) -> Any:
        plain = _plain(cell)
        value = self.parse(plain) if plain else None
        if len(self) < MOST_REMEMBERED:
            self[cell] = value
        return value


class MissingColumns(Unreadable):
    """The header lacks ``field``, or names it twice; it can be mapped by hand."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def normalized(header: str) -> str:
    """
    Give a column's name as fields are named.

    >>> normalized(" Unit-Price "), normalized("\\ufeffSKU")
    ('unit_price', 'sku')
    """
    return "_".join(header.strip("\ufeff\u200b \t\r\n").lower().replace("-", " ").replace("_", " ").split())


class Sheet:
    """
    A source with fields put to its columns.

    ``headers`` are the columns as written, ``fields`` gives for each field found the place of its column.

    :param mapping: column as written → field; without an entry, a column is taken by its name
    :param date_order: how to read 01/12/2010 in a column that does not show it
    :param today: no day in it may lie more than two years after; None: it is read long after it was written
    :raises MissingColumns: if a required field has no column or two
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[Column],
        *,
        mapping: Mapping[str, str] | None = None,
        date_order: DateOrder = "",
        today: date | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        self.source = source
        self.columns = tuple(columns)
        self.date_order = date_order
        self.today = today
        self.progress = progress
        self.rows = 0
        self.header_row, self.headers = self._header()
        self.fields = self._place(dict(mapping or {}))
        self._require()

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def label(self, field: str) -> str:
        """Give the header of a field's column, as the file writes it."""
        return self.headers[self.fields[field]] if field in self.fields else field

    def records(self, problems: Problems, *, is_whole: bool = True) -> Iterator[Record]:
        """
        Give every row that can be read; the others become problems. Counts ``rows``.

        :param is_whole: False gives the others too, for a kind whose things have several rows
        """
        self.rows = 0
        readers = [
            (column.name, self.fields[column.name], Memo(self._parser(column)), column.is_required)
            for column in self.columns
            if column.name in self.fields
        ]
        width = len(self.headers)
        for number, cells in self._body():
            self.rows += 1
            if self.progress and not self.rows % 1000:
                self.progress(self.rows)
            if len(cells) > width and any(cells[width:]):
                problems.add(number, "", "", f"the row has {len(cells)} cells, the header {width}")
                continue
            values: dict[str, Any] = {}
            is_good = True
            for name, place, memo, is_required in readers:
                cell = cells[place] if place < len(cells) else ""
                try:
                    value = memo[cell]
                except Expected as error:
                    is_good = False
                    problems.add(number, self.headers[place], _plain(cell), str(error))
                    continue
                if value is not None:
                    values[name] = value
                elif is_required:
                    is_good = False
                    problems.add(number, self.headers[place], "", "a value")
            if is_good or not is_whole:
                yield Record(number, values, is_good)

    def _body(self) -> Iterator[tuple[int, Sequence[str]]]:
        for number, cells in self.source:
            if number > self.header_row:
                yield number, cells

    def _parser(self, column: Column) -> Parser:
        if not isinstance(column.parse, Dates):
            return column.parse
        place = self.fields[column.name]

        def values() -> Iterator[str]:
            return (_plain(cells[place]) for _, cells in self._body() if place < len(cells))

        return column.parse.reader(values, self.date_order, self.today)

    def _header(self) -> tuple[int, list[str]]:
        for number, cells in self.source:
            headers = [cell.strip("\ufeff\u200b \t\r\n") for cell in cells]
            while headers and not headers[-1]:
                headers.pop()
            return number, headers
        raise Unreadable(f"{self.source.name} is empty.")

    def _place(self, mapping: dict[str, str]) -> dict[str, int]:
        names = {column.name for column in self.columns}
        for header, field in mapping.items():
            if field not in names:
                raise MissingColumns(
                    f"“{field}” is no field of this kind of file. Its fields: {', '.join(sorted(names))}."
                )
            if not any(_same(header, found) for found in self.headers):
                raise MissingColumns(f"{self.source.name} has no column “{shorten(header)}”. It has: {self._found()}.")
        fields: dict[str, int] = {}
        for field in (column.name for column in self.columns):
            wanted = [header for header, to in mapping.items() if to == field]
            taken = [header for header, to in mapping.items() if to != field]
            places = [
                place
                for place, header in enumerate(self.headers)
                if (any(_same(header, want) for want in wanted) if wanted else normalized(header) == field)
                and not any(_same(header, other) for other in taken)
            ]
            if len(places) > 1:
                raise MissingColumns(
                    f"{self.source.name} has {len(places)} columns for “{field}”: "
                    f"{', '.join(f'“{shorten(self.headers[place])}”' for place in places)}. Keep one."
                )
            if places:
                fields[field] = places[0]
        return fields

    def _require(self) -> None:
        missing = [column.name for column in self.columns if column.is_required and column.name not in self.fields]
        if not missing:
            return
        told = f"{self.source.name} has no column {' and no column '.join(f'“{name}”' for name in missing)}. "
        if len(self.headers) == 1:
            raise MissingColumns(
                told + f"It has one column only: “{shorten(self.headers[0])}”. "
                "Cells are told apart by a comma, semicolon, tab or vertical bar."
            )
        raise MissingColumns(told + f"It has: {self._found()}.", missing[0])

    def _found(self) -> str:
        shown = ", ".join(shorten(header) or "(no name)" for header in self.headers[:30])
        return shown + (", …" if len(self.headers) > 30 else "")


def _same(header: str, other: str) -> bool:
    return header == other.strip() or normalized(header) == normalized(other)


def _plain(cell: str) -> str:
    """Give a cell without white space around it, and without the apostrophe that our export put before a formula."""
    cell = cell.strip()
    if cell[:1] == "'" and cell[1:].startswith(_RISKY):
        return cell[1:]
    return cell

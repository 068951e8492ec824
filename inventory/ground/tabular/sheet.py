"""A header put to a table: which column is which field, and each row as values or as problems."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from inventory.ground.tabular.opening.files import Source
from inventory.ground.tabular.opening.limits import Unreadable
from inventory.ground.tabular.values.cells import Amount, Dates, Whole
from inventory.ground.tabular.values.memo import Memo
from inventory.ground.tabular.values.signs import plain
from inventory.ground.tabular.values.words import Expected, Parser

from . import header
from .arranged import Arranged
from .evidence import ColumnEvidence
from .header import MissingColumns, listed, normalized
from .problems import BREAKS_OFF, LeftOut, Problems, shorten
from .reading import DateOrder, Reading, better_header, choose_layout, find_header
from .values import doubts, money

__all__ = ["Column", "DateOrder", "MissingColumns", "Reading", "Record", "Sheet", "normalized"]


@dataclass(frozen=True, slots=True)
class Column:
    """
    One field that a kind of file may or must have; ``help`` is for people, ``is_key`` names the thing.

    ``may_be_empty``: a required column with cells that are, in rows that the kind leaves out.
    """

    name: str
    parse: Parser | Dates
    help: str
    is_required: bool = False
    is_key: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One row; a field that is absent, empty or wrong has no value, and with a wrong one the row is no good."""

    row: int
    values: dict[str, Any]
    is_good: bool = True


Reader = tuple[str, int, tuple[int, ...], Memo, bool]
"""How a field is read: its name, its column, further columns of it, its values so far, whether it must be there."""


class Sheet:
    """
    A source with fields put to its columns.

    ``headers`` are the columns as written, ``fields`` gives for each field found the places of its column; ``left``
    has the rows that are no such thing, ``rounded`` how many amounts of each field were rounded, ``doubts`` sentences
    on what looks wrong and may be meant.

    :raises MissingColumns: if a required field has no column or two
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[Column],
        reading: Reading | None = None,
        *,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        self.source = source
        self.columns = tuple(columns)
        self.reading = reading or Reading()
        self.progress = progress
        self.rows = 0
        self.left = LeftOut()
        self.rounded: Counter[str] = Counter()
        self.doubts: list[str] = []
        self._has_marks = bool(source.marks.broken or source.marks.merged)
        self.told = list(source.told)
        self.header_row, headers = find_header(source, self.reading)
        self.layout, named = choose_layout(self.reading, headers)
        self.told += named
        self.table = Arranged(
            source,
            self.header_row,
            headers,
            layout=self.layout,
            kind=self.reading.kind,
            takes=self.reading.takes,
            is_known=self.reading.is_known,
        )
        self.headers = self.table.headers
        names = [column.name for column in self.columns]
        pairs = [column.name for column in self.columns if isinstance(column.parse, Dates) and column.parse.has_time]
        laid = {name: place for name, place in self.table.fields.items() if name in names}
        self.fields = header.places(source.name, headers, names, mapping=self.reading.mapping, laid=laid, pairs=pairs)
        self._require()
        self._refuse_foreign()
        self._settle()
        taken = set(chain.from_iterable(self.fields.values()))
        self._watched = self.table.watched() - taken
        self.told += header.unused(self.headers[: self.table.width], taken | self._watched)

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def label(self, field: str) -> str:
        """Give the header of a field's column, as the file writes it."""
        return " + ".join(self.headers[place] for place in self.fields[field]) if field in self.fields else field

    def records(self, problems: Problems, *, is_whole: bool = True) -> Iterator[Record]:
        """
        Give every row that can be read; the others become problems. Counts ``rows``, those of the file.

        :param is_whole: False gives the others too, for a kind whose things have several rows
        """
        self.left = LeftOut()
        self.rounded.clear()
        self.rows = last = 0
        evidence = ColumnEvidence(self.source, self.table, self.columns, self.fields, self.reading)
        measured = evidence.measured if self.source.book else None
        readers = [
            (
                column.name,
                self.fields[column.name][0],
                self.fields[column.name][1:],
                Memo(evidence.parser(column)),
                column.is_required and not column.may_be_empty,
            )
            for column in self.columns
            if column.name in self.fields
        ]
        rows = self.table.rows(self.left)
        for number, cells in rows if self.source.book else self._but_cut_off(rows, problems):
            self.rows += number != last
            last = number
            if self.progress and not self.rows % 1000:
                self.progress(self.rows)
            if len(cells) > len(self.headers) and any(cell.strip() for cell in cells[len(self.headers) :]):
                width = self.table.width
                problems.add(
                    number, "", "", f"the row has {len(cells) - len(self.headers) + width} cells, the header {width}"
                )
                continue
            if number in self.source.torn:
                problems.add(
                    number,
                    "",
                    "",
                    "this may be a part of a row that a line break tears. Put the cell that holds the break in "
                    "quotation marks or, if the row only leaves off its last cells, end it with their separators",
                )
                continue
            values, is_good = self._values(number, cells, readers, problems, measured)
            if is_good or not is_whole:
                yield Record(number, values, is_good)
        self.rows += self.left.total
        coded = {column.name for column in self.columns if column.is_key}
        self.doubts = doubts.of(
            chain.from_iterable(memo.values() for name, _, _, memo, _ in readers if name in coded),
            chain.from_iterable(memo.values() for _, _, _, memo, _ in readers),
        )

    def _but_cut_off(
        self, rows: Iterator[tuple[int, Sequence[str]]], problems: Problems
    ) -> Iterator[tuple[int, Sequence[str]]]:
        """Give the rows, and refuse the last one if the file seems to end within it: its numbers may be cut, too."""
        held = next(rows, None)
        for following in rows:
            if held:
                yield held
            held = following
        if held and held[0] == self.source.breaks_off:
            self.rows += 1
            problems.add(held[0], "", "", BREAKS_OFF)
        elif held:
            yield held

    def _values(
        self,
        number: int,
        cells: Sequence[str],
        readers: Sequence[Reader],
        problems: Problems,
        measured: Callable[..., str] | None,
    ) -> tuple[dict[str, Any], bool]:
        """Read the fields of one row; what cannot be read is a problem."""
        values: dict[str, Any] = {}
        broken = self._broken(number, problems) if self._has_marks else ()
        is_good = not broken
        width = len(cells)
        for name, place, others, memo, is_required in readers:
            cell = cells[place] if place < width else ""
            if others:
                cell = " ".join([cell.strip(), *(cells[at].strip() for at in others if at < width)])
            if broken and name in broken:
                continue
            text = cell
            if measured and memo.is_number and ("." in cell or memo.is_amount):
                text = measured(number, place, cell, is_amount=memo.is_amount)
            try:
                value = memo[text]
            except Expected as error:
                is_good = False
                problems.add(number, self.label(name), plain(cell), str(error))
                continue
            if value is not None:
                values[name] = value
                if memo.rounded and plain(text) in memo.rounded:
                    self.rounded[name] += 1
            elif is_required:
                is_good = False
                problems.add(number, self.label(name), "", "a value")
        return values, is_good

    def _broken(self, number: int, problems: Problems) -> set[str]:
        """Refuse cells of a workbook whose text does not show what they are; give their fields."""
        marks = self.source.marks
        broken = set()
        for column in self.columns:
            for place in self.fields.get(column.name, ()):
                told = marks.broken.get((number, place))
                if isinstance(column.parse, Whole | Amount) and (above := marks.merged.get((number, place))):
                    told = told or ("", f"a value of its own; it is merged with row {above[0]}")
                if told:
                    problems.add(number, self.headers[place], *told)
                    broken.add(column.name)
        for place in self._watched:
            if told := marks.broken.get((number, place)):
                problems.add(number, self.headers[place], *told)
                broken.add(self.headers[place])
        return broken

    def _settle(self) -> None:
        key = next((name for name in ("sku", *(c.name for c in self.columns if c.is_key)) if name in self.fields), "")
        fill = [self.fields[name][0] for name in self.reading.fill if name in self.fields]
        texts = [
            place
            for column in self.columns
            if column.name in self.fields and not isinstance(column.parse, Whole | Amount)
            for place in self.fields[column.name]
        ]
        is_filling = bool(fill) and self.reading.fill[0] in self.fields
        self.table.settle(fill if is_filling else (), self.fields[key][0] if key else 0, texts)

    def _refuse_foreign(self) -> None:
        """Refuse amounts whose column's name says that they are in another currency than ours."""
        own = self.reading.currency
        for column in self.columns:
            if not own or column.name not in self.fields or not isinstance(column.parse, Amount) or column.parse.is_own:
                continue
            named = money.named_in(self.label(column.name))
            if named and not money.is_of(named, own):
                raise Unreadable(
                    f"“{shorten(self.label(column.name))}” is in {named}, and amounts here are in {own}: nothing is "
                    "converted. Put the column right, or leave it out."
                )

    def _require(self) -> None:
        missing = [column.name for column in self.columns if column.is_required and column.name not in self.fields]
        if not missing:
            return
        told = f"{self.source.name} has no column {' and no column '.join(f'“{name}”' for name in missing)}. "
        if not self.reading.header_row and (
            better := better_header(self.source, self.reading, self.header_row, self.columns)
        ):
            row, headers = better
            raise MissingColumns(
                f"{told}Row {row} looks like the header: {listed(headers)}. Say so with header row {row}.", row=row
            )
        headers = self.headers[: self.table.width]
        if len(headers) == 1:
            raise MissingColumns(
                told + f"It has one column only: “{shorten(headers[0])}”. "
                "Cells are told apart by a comma, semicolon, tab or vertical bar."
            )
        raise MissingColumns(told + f"It has: {listed(headers)}.", missing[0])

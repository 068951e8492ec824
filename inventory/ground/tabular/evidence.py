"""
What the columns of one sheet show of how they are written: the decimal sign, the order of day and month, the currency.

A number of a workbook is what it is. It shows nothing of how the text beside it is written, and needs nobody to say
how it is read itself: only the currency of its format stands beside it, as a person sees it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

from inventory.ground.tabular.opening.files import Source
from inventory.ground.tabular.values import numbers
from inventory.ground.tabular.values.cells import Amount, Dates, Whole
from inventory.ground.tabular.values.currency import ShopCurrency
from inventory.ground.tabular.values.signs import plain
from inventory.ground.tabular.values.words import Parser

from .arranged import Arranged
from .problems import LeftOut
from .reading import Reading


class Field(Protocol):
    """A column that a kind of file has, and what it is read by."""

    @property
    def name(self) -> str: ...

    @property
    def parse(self) -> Parser | Dates: ...


class ColumnEvidence:
    """The columns of a sheet, read again from their start where a cell alone does not show what it says."""

    def __init__(
        self,
        source: Source,
        table: Arranged,
        columns: Sequence[Field],
        fields: Mapping[str, tuple[int, ...]],
        reading: Reading,
    ) -> None:
        self.source = source
        self.table = table
        self.columns = [column for column in columns if column.name in fields]
        self.fields = fields
        self.reading = reading

    def parser(self, column: Field) -> Parser:
        """Give the parser of a column, which may ask what the others show."""
        if isinstance(column.parse, Dates):
            return column.parse.reader(
                lambda: self._cells(column.name),
                self.reading.date_order,
                self.reading.today,
                lambda: self._other_dates(column.name),
            )
        if isinstance(column.parse, Whole | Amount):
            return column.parse.of(
                numbers.NumberColumn(
                    lambda: self._numbers(column.name), lambda: self._sign_elsewhere(column.name), self.reading.currency
                )
            )
        if isinstance(column.parse, ShopCurrency):
            return column.parse.of(self.reading.currency, lambda: self._cells(column.name))
        return column.parse

    def measured(self, number: int, place: int, cell: str, *, is_amount: bool) -> str:
        """Give a cell of a column of numbers so that what a workbook knows of it stands in its text."""
        if numbers.is_short(cell) and (number, place) in self.source.fractions:
            cell += "00"
        money = self.source.marks.money
        sign = money.get((number, place)) if money and is_amount and cell else None
        return f"{cell} {sign}" if sign else cell

    def _cells(self, field: str) -> Iterator[str]:
        """Read one column again."""
        places = self.fields[field]
        for _, cells in self.table.rows(LeftOut()):
            yield plain(" ".join(cells[at].strip() for at in places if at < len(cells)))

    def _numbers(self, field: str) -> Iterator[str]:
        """Read the text of a column of numbers again; of a workbook's own numbers no more than their currency."""
        place = self.fields[field][0]
        fractions, money = self.source.fractions, self.source.marks.money
        for number, cells in self.table.rows(LeftOut()):
            if sign := money.get((number, place)):
                yield f"0 {sign}"
            elif place < len(cells) and (number, place) not in fractions:
                yield plain(cells[place])

    def _other_dates(self, field: str) -> Iterator[str]:
        """Read the cells of the other columns of dates."""
        others = (column.name for column in self.columns if isinstance(column.parse, Dates))
        same = self.fields[field]
        return chain.from_iterable(self._cells(name) for name in others if self.fields[name] != same)

    def _sign_elsewhere(self, field: str) -> numbers.Sign:
        """
        Say which decimal sign the rest of the file shows: its other columns of numbers, then what parts its cells.

        A column that nobody asked for counts too if all of it are numbers.
        """
        for column in self.columns:
            if column.name != field and isinstance(column.parse, Whole | Amount):
                sign, doubt = numbers.shown_by(self._numbers(column.name))
                if sign or doubt:
                    return sign
        shown = self._shown_by_unused(set(chain.from_iterable(self.fields.values())))
        if shown:
            return shown.pop() if len(shown) == 1 else ""
        return "," if self.source.delimiter == ";" else ""

    def _shown_by_unused(self, taken: Collection[int]) -> set[numbers.Sign]:
        columns: dict[int, set[numbers.Sign]] = {at: set() for at in range(self.table.width) if at not in taken}
        fractions = self.source.fractions
        for number, cells in self.table.rows(LeftOut()):
            for at in list(columns):
                cell = plain(cells[at]) if at < len(cells) else ""
                if not cell or (number, at) in fractions:
                    continue
                if (written := numbers.take_apart(cell)) is None:
                    del columns[at]
                elif written.shows:
                    columns[at].add(written.shows)
        return set(chain.from_iterable(columns.values()))

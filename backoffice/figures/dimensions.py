"""By what figures can be told apart: the columns of each table that say whose a row is, and a choice as one word."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from backoffice.models import ArrivalForecast, LineOutcome, OrderOutcome, WeeklyFigure
from inventory.models import ReorderPolicy

Dimension = WeeklyFigure.Dimension

OF_LINES: dict[str, str] = {
    Dimension.SUPPLIER: "supplier",
    Dimension.ABC: "abc",
    Dimension.WAREHOUSE: "warehouse__code",
    Dimension.CHANNEL: "channel",
}
COLUMNS: Mapping[type[Model], Mapping[str, str]] = {
    LineOutcome: OF_LINES,
    OrderOutcome: OF_LINES | {Dimension.SUPPLIER: "lines__supplier", Dimension.ABC: "lines__abc"},
    ArrivalForecast: {
        Dimension.SUPPLIER: "supplier",
        Dimension.ABC: "abc",
        Dimension.WAREHOUSE: "warehouse__code",
        Dimension.HORIZON: "horizon",
    },
    ReorderPolicy: {
        Dimension.SUPPLIER: "sender",
        Dimension.ABC: "abc",
        Dimension.WAREHOUSE: "warehouse__code",
    },
}
"""An order counts with each supplier and class that it has a line of; whose a line is, is said as of the last night."""


class FigureChoice(NamedTuple):
    """All rows, or those of one value; as a word of an address ("supplier:Nordlys")."""

    dimension: str = ""
    value: str = ""

    @classmethod
    def read(cls, word: str) -> "FigureChoice | None":
        """
        Read the word of an address; None: it is none.

        >>> FigureChoice.read("supplier:Nord: lys"), FigureChoice.read(""), FigureChoice.read("color:red")
        (FigureChoice(dimension='supplier', value='Nord: lys'), FigureChoice(dimension='', value=''), None)
        """
        dimension, _, value = word.partition(":")
        return cls(dimension, value) if dimension in Dimension.values and bool(dimension) == bool(value) else None

    @property
    def word(self) -> str:
        return f"{self.dimension}:{self.value}" if self.dimension else ""

    def narrow(self, rows: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the rows of one of these tables to this value; to none where the table has no such column."""
        if not self.dimension:
            return rows
        column = COLUMNS[rows.model].get(self.dimension)
        if column is None:
            return rows.none()
        first, _, rest = column.partition("__")
        if first == "lines":  # an order once, however many lines of it there are
            return rows.filter(Exists(LineOutcome.objects.filter(order=OuterRef("pk"), **{rest: self.value})))
        return rows.filter(Q(**{column: self.value}))


def splits(model: type[Model]) -> list[tuple[str, str | Combinable]]:
    """Give each dimension of a table with the column it is by; first all rows at once, by none."""
    return [(Dimension.ALL, ""), *((name, F(column)) for name, column in COLUMNS[model].items())]

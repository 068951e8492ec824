"""
Demand per item and period, as a backtest replays it, out of a file. Writes nothing.

Two kinds of file are told apart by their header: a wide table (the item, then one column a period), and
order history as ``history`` loads it, which is netted by the same rules and added up to weeks.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from inventory.ground import tabular
from inventory.ground.tabular import Expected, Problems, Sheet, Source, Unreadable
from inventory.ground.tabular.problems import BREAKS_OFF
from inventory.ground.tabular.reading import DateOrder
from inventory.ground.tabular.sheet import normalized
from inventory.ground.tabular.values.memo import Memo
from inventory.resources.plan import Plan, rows_of

from . import history
from .history_rows import Rows
from .netting import HistoryRow, net
from .not_products import matcher

MOST_PERIODS = 5_000
MOST_WEEKS = 1_040
MOST_UNITS = 1e9
UNKNOWN = {"na", "n/a", "nan", "null", "none", "-"}
KNOWN_AS = {
    "invoiceno": "reference",
    "invoice": "reference",
    "stockcode": "sku",
    "description": "name",
    "invoicedate": "placed_at",
    "unitprice": "unit_price",
    "customerid": "customer",
    "customer_id": "customer",
}
"""Columns of the Online Retail files, which are read without a mapping."""
WEEK = timedelta(weeks=1)

_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class DemandTable:
    """
    units: shape (items, periods), nan before an item was sold and where nothing is known.

    period: what a column is, "period" or "week"; periods are their names, of weeks ``start`` is the first Monday.
    told: what was left out, in sentences.
    """

    items: Sequence[str]
    units: NDArray[np.float64]
    period: str
    told: Sequence[str] = ()
    periods: Sequence[str] = ()
    start: date | None = None


@dataclass(frozen=True, slots=True)
class HistoryFormat:
    """How to read a file: as for a load of history; ``is_skipping_bad`` leaves out what cannot be read."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = ""
    not_products: Sequence[str] = ()
    is_skipping_bad: bool = False
    sheet: str = ""


def read(path: Path, how: HistoryFormat, *, progress: Callable[[int, int], object] | None = None) -> DemandTable:
    """
    Read a file of either kind.

    :raises Unreadable: if it is neither, or a row of it cannot be read and such rows are not to be skipped
    """
    source, mapping, tell = _opened(path, how, progress)
    problems = Problems()
    if mapping is None:
        table = _wide(source, problems, tell)
    else:
        table = _in_weeks(*_counted(_sheet(source, mapping, how, tell), problems, how.not_products))
    if skipped := _skipped(source, problems, how):
        table = replace(table, told=[*table.told, skipped])
    if not table.items:
        raise Unreadable(f"{source.name} has no demand in it.")
    return table


def _known_mapping(headers: Sequence[str]) -> dict[str, str] | None:
    """Give the mapping of a history file, by its own names or those of Online Retail; None for any other file."""
    names = {header: normalized(header) for header in headers}
    fields = {column.name for column in history.COLUMNS}
    required = {column.name for column in history.COLUMNS if column.is_required}
    known = {header: KNOWN_AS[name] for header, name in names.items() if name in KNOWN_AS}
    return known if required <= {*known.values(), *(fields & set(names.values()))} else None


def orders(
    path: Path, how: HistoryFormat, *, progress: Callable[[int, int], object] | None = None
) -> tuple[list[tuple[str, date]], list[str]]:
    """
    Read order history as who asked for what when: the SKU and the day of each line that was not canceled, by day.

    :returns: beside them what was left out, in sentences
    :raises Unreadable: as ``read`` does, and if the file is no order history
    """
    source, mapping, tell = _opened(path, how, progress)
    problems = Problems()
    if mapping is None:
        raise Unreadable(f"{source.name} is no order history. {_HISTORY}")
    lines, told = _counted(_sheet(source, mapping, how, tell), problems, how.not_products)
    skipped = _skipped(source, problems, how)
    if not lines:
        raise Unreadable(f"{source.name} has no demand in it.")
    _whole_weeks([line.placed_at.date() for line in lines])
    return [(line.sku, line.placed_at.date()) for line in lines], [*told, skipped] if skipped else [*told]


def _opened(
    path: Path, how: HistoryFormat, progress: Callable[[int, int], object] | None
) -> tuple[Source, dict[str, str] | None, Callable[[int], None]]:
    """Give a file, the mapping of its columns if it is order history, and what is to be told of each row."""
    source = Source(path, sheet=how.sheet, most_columns=MOST_PERIODS + 1)

    def tell(row: int) -> None:
        if progress:
            progress(row, max(source.lines, row))

    headers = next((cells for _, cells in source), ())
    return source, dict(how.mapping) or _known_mapping(headers), tell


def _sheet(source: Source, mapping: Mapping[str, str], how: HistoryFormat, tell: Callable[[int], object]) -> Sheet:
    reading = tabular.Reading(mapping=mapping, date_order=how.date_order, fill=history.RESOURCE.fill)
    return Sheet(source, history.COLUMNS, reading, progress=tell)


def _skipped(source: Source, problems: Problems, how: HistoryFormat) -> str:
    """
    Say which rows were left out since they cannot be read; "" for none.

    :raises Unreadable: if such rows are not to be skipped
    """
    if not problems:
        return ""
    if not how.is_skipping_bad:
        hint = "Put them right, or leave them out with --skip-bad."
        raise Unreadable("\n  ".join([f"{source.name} cannot be read whole:", *problems.lines(10), hint]))
    return f"rows that cannot be read: {problems.row_ranges()}"


def _counted(sheet: Sheet, problems: Problems, not_products: Sequence[str]) -> tuple[Sequence[HistoryRow], list[str]]:
    """Give the lines that asked for units, and in sentences what else there was."""
    plan = Plan(sheet, problems=problems)
    rows = Rows(plan, matcher([*settings.NOT_PRODUCTS, *not_products]))
    netted = net(rows)
    none = rows.refused.total() + len(netted.unmatched)
    told = [
        f"{rows_of(rows.codes.total())} that sold no product" if rows.codes else "",
        f"{rows_of(sheet.left.total)} of totals and the like" if sheet.left.total else "",
        f"{rows_of(len(netted.netted))} that canceled one another" if netted.netted else "",
        f"{rows_of(none)} that {'is' if none == 1 else 'are'} no demand" if none else "",
    ]
    return netted.counted, [sentence for sentence in told if sentence]


def _in_weeks(lines: Iterable[HistoryRow], told: Sequence[str]) -> DemandTable:
    """
    Add up lines by item, warehouse and ISO week, each from its first sale to the last week that is whole.

    :raises Unreadable: if the dates lie further apart than any history
    """
    sold = [((line.sku, line.warehouse), line.placed_at.date(), line.quantity) for line in lines]
    if not sold:
        return DemandTable([], np.empty((0, 0)), "week", told)
    start, weeks = _whole_weeks([day for _, day, _ in sold])
    places = {key: row for row, key in enumerate(sorted({key for key, _, _ in sold}))}
    units = np.zeros((len(places), weeks + 1))
    row = [places[key] for key, _, _ in sold]
    column = [(day - start).days // 7 for _, day, _ in sold]
    np.add.at(units, (row, column), [quantity for _, _, quantity in sold])
    units[np.cumsum(units, axis=1) == 0] = np.nan
    items = [" in ".join(filter(None, key)) for key in places]
    return DemandTable(items, units[:, :weeks], "week", told, start=start)


def _whole_weeks(days: Sequence[date]) -> tuple[date, int]:
    """
    Give the Monday of the first week, and how many there are to the last one that is whole.

    :raises Unreadable: if the days lie further apart than any history
    """
    first, last = min(days), max(days)
    start = _monday(first)
    weeks = (_monday(last + timedelta(days=1)) - start).days // 7
    if weeks > MOST_WEEKS:
        raise Unreadable(f"The dates run from {first} to {last}. Is one of them mistyped?")
    return start, weeks


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _wide(source: Source, problems: Problems, tell: Callable[[int], object]) -> DemandTable:
    rows = iter(source)
    _, headers = next(rows)
    periods = len(headers) - 1
    if periods < 1:
        raise Unreadable(f"{source.name} has one column only. {_KINDS}")
    memo = Memo(_units)
    items: dict[str, int] = {}
    units = []
    for number, cells in rows:
        name = cells[0].strip()
        if len(cells) > periods + 1 and any(cells[periods + 1 :]):
            problems.add(number, "", "", f"the row has {len(cells)} cells, the header {periods + 1}")
            continue
        if not name or name in items:
            wanted = f"each only once; row {items[name]} has it already" if name else "a value"
            problems.add(number, headers[0], name, wanted)
            continue
        items[name] = number
        row = _row(cells[1 : periods + 1], headers[1:], memo, number, problems)
        units.append(row + [np.nan] * (periods - len(row)))
        if not len(units) % 1000:
            tell(number)
    if source.breaks_off and source.breaks_off not in problems.rows:
        problems.add(source.breaks_off, "", "", BREAKS_OFF)
    good = [place for place, number in enumerate(items.values()) if number not in problems.rows]
    if problems and not good:
        raise Unreadable("\n  ".join([f"{source.name} is no demand file. {_KINDS}", *problems.lines(3)]))
    table = np.array(units, float).reshape(len(items), periods)[good]
    names = [name for name, number in items.items() if number not in problems.rows]
    return DemandTable(names, table, "period", periods=headers[1:])


_COLUMNS = "columns reference, sku, quantity and placed_at (columns called otherwise are named by --map)."
_HISTORY = f"Order history has the {_COLUMNS}"
_KINDS = (
    "It is a wide table (the item, then one column of units a period; empty: not yet sold) or order history with the "
    + _COLUMNS
)


def _row(cells: Sequence[str], headers: Sequence[str], memo: Memo, number: int, problems: Problems) -> list[float]:
    values = []
    for header, cell in zip(headers, cells, strict=False):
        try:
            value = memo[cell]
        except Expected as error:
            problems.add(number, header, cell, str(error))
            value = None
        values.append(np.nan if value is None else value)
    return values


def _units(cell: str) -> float | None:
    """
    Read the units of one period; None where they are not known.

    >>> _units("3"), _units("2.5"), _units("NaN")
    (3.0, 2.5, None)
    """
    if cell.lower() in UNKNOWN:
        return None
    if not _NUMBER.fullmatch(cell) or float(cell) > MOST_UNITS:
        raise Expected(f"units, from 0 to {MOST_UNITS:,.0f}, or nothing where they are not known")
    return float(cell)

"""What a carrier's file, or a pasted column, says of the parcels of a batch: which number each has, or why not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from inventory.ground import keys
from inventory.ground.tabular import (
    Column,
    Expected,
    Problems,
    Reading,
    SeveralSheets,
    Sheet,
    Source,
    named,
    text,
    whole,
)
from inventory.ground.tabular.problems import shorten
from inventory.ground.tabular.reading import TOP_ROWS
from inventory.ground.tabular.values import signs
from orders.fulfillment.labels import HEADINGS, heading, no_number, number
from orders.models import Parcel, ParcelLine
from orders.models.records import plain
from orders.shipping import ParcelLabel
from orders.wording import phrases


def _number(cell: str) -> str:
    read = number(cell)
    if wrong := no_number(read):
        raise Expected(f"a tracking number, not {wrong}")
    return read


COLUMNS = (
    Column("order", text(80), "the number of an order in this batch", is_required=True),
    Column("tracking", _number, "its tracking number", is_required=True),
    Column("units", whole(1, 1_000_000), "units in the parcel; left out: all that were put into it"),
    Column("carrier", named(80), "who takes it; left out: as it stands"),
    Column("service", named(80), "by which service; left out: as it stands"),
)
CALLED = {
    "order": {"order", "order number", "order no", "order id", "reference", "reference 1", "customer reference"},
    "tracking": HEADINGS,
    "units": {"units", "quantity", "qty"},
    "carrier": {"carrier", "courier"},
    "service": {"service", "service type", "product"},
}
"""What carriers call these columns. Their pieces are parcels, not units."""
MOST_ROWS = 5_000
APART = "\t;,"
"""What parts the cells of a pasted row: the first of these that stands in it."""


@dataclass(frozen=True, slots=True)
class TrackingRow:
    """One row: which number is for which order; without an order, for the parcel in its place."""

    row: int
    tracking: str
    order: str = ""
    units: int | None = None
    carrier: str = ""
    service: str = ""


def of_file(path: Path, name: str) -> tuple[list[TrackingRow], list[str]]:
    """
    Read a carrier's file.

    :returns: its rows, and what is wrong with it, in words
    :raises Unreadable: if it is no table, or lacks a column
    """
    source = _source(path, name)
    found = _header_row(source)
    headers = Sheet(source, (), Reading(header_row=found)).headers
    mapping = {header: field for header in headers if (field := _field(header))}
    problems = Problems()
    sheet = Sheet(source, COLUMNS, Reading(mapping=mapping, header_row=found))
    rows = [
        TrackingRow(
            record.row,
            record.values["tracking"],
            record.values["order"],
            record.values.get("units"),
            record.values.get("carrier", ""),
            record.values.get("service", ""),
        )
        for record in sheet.records(problems)
        if "tracking" in record.values and "order" in record.values
    ]
    return rows, problems.lines()


def _source(path: Path, name: str) -> Source:
    """
    Open a carrier's file; of several sheets the one that names an order and a number.

    :raises Unreadable: if it is no table, or several sheets may be meant
    """
    try:
        return Source(path, name)
    except SeveralSheets as error:
        sheets = [Source(path, name, sheet=each) for each in error.names]
        meant = [source for source in sheets if _header_row(source)]
        if len(meant) != 1:
            raise
        return meant[0]


def _header_row(source: Source) -> int:
    """Give the row near the top that names an order and a tracking number, below titles perhaps; 0 if none does."""
    for row, cells in islice(source, TOP_ROWS):
        if {"order", "tracking"} <= {_field(cell) for cell in cells}:
            return row
    return 0


def _field(header: str) -> str:
    """Give the column that a carrier calls so; "" if it is none of ours."""
    return next((field for field, names in CALLED.items() if heading(header) in names), "")


def of_column(pasted: str) -> tuple[list[TrackingRow], list[str]]:
    """
    Read a pasted column: a number a line, or an order and its number, parted by a tab, a semicolon or a comma.

    A line of headings says which column is which. A blank line leaves a parcel as it is.

    :returns: its rows, and what is wrong with it, in words

    >>> [(each.row, each.order, each.tracking) for each in of_column("1Z 1\\n1Z2")[0]]
    [(1, '', '1Z 1'), (2, '', '1Z2')]
    >>> [(each.row, each.order, each.tracking) for each in of_column("AWB,Order\\n1Z2,SO-7")[0]]
    [(2, 'SO-7', '1Z2')]
    """
    lines = [(row, _cells(line)) for row, line in enumerate(pasted.splitlines(), start=1)]
    columns: list[str] = []
    first = next((cells for _, cells in lines if cells), [])
    if "tracking" in (named := [_field(cell) for cell in first]) and all(named):
        columns = named
        lines = lines[[cells for _, cells in lines].index(first) + 1 :]
    found, wrong = [], []
    for row, cells in lines[:MOST_ROWS]:
        names = columns or (["tracking"] if len(cells) < 2 else ["order", "tracking"])
        if len(cells) > len(names):
            wrong.append(
                f"Row {row}: it has {len(cells)} columns. Paste the order and its number, or their headings too."
            )
        values = dict(zip(names, cells, strict=False))
        read = number(values.get("tracking", ""))
        if why := no_number(read):
            wrong.append(f"Row {row}: “{shorten(read)}” is {why}, and no tracking number.")
        found.append(TrackingRow(row, read, values.get("order", "")))
    if len(lines) > MOST_ROWS:
        wrong.append(f"At most {MOST_ROWS:,} rows are read, and these are {len(lines):,}.")
    while found and not found[-1].tracking:
        found.pop()
    return found, wrong


def _cells(line: str) -> list[str]:
    """Part a row where it is parted, without what was put around its cells and what is blank behind them."""
    apart = next((sign for sign in APART if sign in line), None)
    cells = [signs.bare(signs.plain(keys.clean(cell))) for cell in (line.split(apart) if apart else [line])]
    while len(cells) > 2 and not cells[-1]:
        cells.pop()
    return cells if any(cells) else []


def matched(rows: Sequence[TrackingRow], parcels: Sequence[Parcel]) -> tuple[dict[int, ParcelLabel], list[str]]:
    """
    Say which parcel gets which label.

    Several rows of one order are for its parcels in their order. Rows name their orders, all of them or none: a number
    without one is for the parcel in its place, which another row may name.

    :param parcels: those of a batch that are to leave, in the order in which they were shown
    :returns: labels by parcel, and what is wrong, row by row; with anything wrong nothing is to be written
    """
    wrong: list[str] = []
    labels: dict[int, ParcelLabel] = {}
    of_order: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        of_order[keys.key(parcel.order.reference)].append(parcel)
    left = {name: iter(some) for name, some in of_order.items()} | {"": iter(parcels)}
    units, given = _units(parcels), dict[str, int]()
    is_named = any(row.order for row in rows)
    for row in rows:
        if is_named and not row.order:
            if row.tracking:
                wrong.append(f"Row {row.row}: {row.tracking} stands without an order, and other rows have one.")
            continue
        name = keys.key(row.order) if row.order else ""
        meant = next(left.get(name, iter(())), None)
        if meant is None:
            wrong.append(f"Row {row.row}: {_why_none(row, len(of_order.get(name, ())), len(parcels))}")
            continue
        if not row.tracking:
            continue
        if row.units is not None and row.units != units[meant.pk]:
            there = units[meant.pk]
            lie = "lies" if there == 1 else "lie"
            said = phrases.units(row.units)
            wrong.append(f"Row {row.row}: {said} of {meant.order}, but {there:,} {lie} in its parcel.")
        compared = plain(row.tracking)
        if compared in given:
            wrong.append(f"Row {row.row}: {row.tracking} stands in row {given[compared]} already.")
        given.setdefault(compared, row.row)
        stands = ParcelLabel.of(meant)
        carrier, service = row.carrier or stands.carrier, row.service or stands.service
        labels[meant.pk] = replace(stands, tracking=row.tracking, carrier=carrier, service=service)
    return labels, wrong


def _why_none(row: TrackingRow, own: int, all_of_them: int) -> str:
    if not row.order:
        return f"this batch has only {all_of_them:,} parcels."
    if not own:
        return f"no parcel in this batch is of an order “{row.order[:60]}”."
    return f"{row.order} has {'1 parcel' if own == 1 else f'{own} parcels'} here. Make another parcel of it first."


def _units(parcels: Iterable[Parcel]) -> dict[int, int]:
    units: dict[int, int] = defaultdict(int)
    rows = ParcelLine.objects.filter(parcel__in=[parcel.pk for parcel in parcels])
    for parcel_id, count in rows.values_list("parcel_id", "quantity"):
        units[parcel_id] += count
    return units

"""
Units still owed per product, warehouse and promised date, and to how many lines: the only writer of ``Owed``.

Allocation adds and takes the difference of each change; rows at zero are swept at night.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from inventory.ground.sql import bulk, schema
from inventory.models import Owed

Key = tuple[int, int, date | None]
"""Product, warehouse, promised date."""

COLUMNS = schema.columns(Owed, "product_id", "warehouse_id", "promised_date", "units", "lines")


def add(changes: Iterable[tuple[Key, int, int]]) -> None:
    """Add (key, units, lines) to what is owed, more or less, in one statement."""
    totals: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for key, units, lines in changes:
        totals[key][0] += units
        totals[key][1] += lines
    rows = [(*key, *total) for key, total in totals.items() if any(total)]
    # Keys in one order everywhere, so that two transactions never wait for each other.
    rows.sort(key=lambda row: (row[0], row[1], row[2] or date.min))
    bulk.insert(
        f"{Owed._meta.db_table} AS owed",
        COLUMNS,
        rows,
        f"ON CONFLICT (product_id, warehouse_id, COALESCE(promised_date, '{date.max}')) "
        "DO UPDATE SET units = owed.units + excluded.units, lines = owed.lines + excluded.lines",
    )


def sweep() -> int:
    """Delete the rows where nothing is owed any more; a nightly job."""
    return Owed.objects.filter(units=0, lines=0).delete()[0]

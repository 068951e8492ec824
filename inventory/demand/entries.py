"""
What people asked for: the only writer of ``DemandEntry`` and of its roll-up ``DailyDemand``.

Every source (orders, refusals, history files) records here, by block, and only the days that changed are
summed again. A change in a week that the forecast has absorbed already marks that SKU to be rebuilt.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from inventory.ground.sql import bulk, schema
from inventory.models import DailyDemand, DemandEntry, DemandWatermark, ForecastState

BLOCK = 50_000
"""Entries staged by one statement; bounds the memory of a load of any size."""
MOST_UNITS = 100_000_000
ROLL_UP = "roll-up"
"""The watermark whose row whoever records demand holds."""

Day = tuple[int, int, date]
"""Product, warehouse, day."""
Row = tuple[str, str, int, int, date, int, bool, bool]
"""The fields of an ``Entry``, in their order."""

_ENTRIES = DemandEntry._meta.db_table
_DAILY = DailyDemand._meta.db_table
_STATES = ForecastState._meta.db_table
_ENTRY_COLUMNS = schema.columns(
    DemandEntry, "source", "reference", "product_id", "warehouse_id", "day", "units", "is_one_off", "is_sale"
)
_DAY_COLUMNS = schema.columns(DailyDemand, "product_id", "warehouse_id", "day") | {"week": "date"}
_SAME_ENTRY = (
    "entry.source = staged.source AND entry.reference = staged.reference"
    " AND entry.product_id = staged.product_id AND entry.warehouse_id = staged.warehouse_id"
)
_SAME_DAY = (
    "entry.product_id = staged.product_id AND entry.warehouse_id = staged.warehouse_id AND entry.day = staged.day"
)


class ImpossibleDemand(ValueError):
    """Units that nobody can have asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Units of one product that one order (refusal, line of a file) asked for; 0 takes an earlier entry back.

    ``is_sale``: only what was sold is known, and more may have been wanted on a day that ended without stock.

    :raises ImpossibleDemand: if the units are negative or absurdly many
    """

    source: str
    reference: str
    product_id: int
    warehouse_id: int
    day: date
    units: int
    is_one_off: bool = False
    is_sale: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.units <= MOST_UNITS:
            raise ImpossibleDemand(
                f"{self.reference}: {self.units} units cannot be demand; it is a whole number from 0 to {MOST_UNITS:,}."
            )


def record(entries: Iterable[Entry]) -> int:
    """
    Write down what was asked for, and return how many entries were new, different or taken back.

    Entries of the same source, reference, product and warehouse add up within one call, and replace what
    an earlier call recorded; so feeding anything twice changes nothing. Commits by block of 50,000.
    """
    summed: dict[tuple[str, str, int, int], tuple[date, int, bool, bool]] = {}
    for entry in entries:
        key = (entry.source, entry.reference, entry.product_id, entry.warehouse_id)
        day, units, is_one_off, is_sale = summed.get(key, (entry.day, 0, False, False))
        flags = is_one_off or entry.is_one_off, is_sale or entry.is_sale
        summed[key] = (min(day, entry.day), units + entry.units, *flags)
    rows = [(*key, *value) for key, value in summed.items()]
    return sum(_record_block(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK))


@transaction.atomic
def mark_one_off(entry_ids: Sequence[int], is_one_off: bool) -> int:
    """Leave these entries out of the forecast, or take them back in; return how many changed."""
    one_writer()
    changed = DemandEntry.objects.filter(pk__in=entry_ids).exclude(is_one_off=is_one_off)
    days = set(changed.values_list("product_id", "warehouse_id", "day"))
    count = changed.update(is_one_off=is_one_off)
    _roll_up(days, lost=days)
    return count


@transaction.atomic
def _record_block(rows: Sequence[Row]) -> int:
    one_writer()
    known = _known(rows)
    changed = [row for place, row in enumerate(rows) if known.get(place, row[5] > 0)]
    if not changed:
        return 0
    # What a person marked as one-off stays marked, whatever is fed again.
    bulk.insert(
        _ENTRIES,
        _ENTRY_COLUMNS,
        [row for row in changed if row[5]],
        "ON CONFLICT (source, reference, product_id, warehouse_id) DO UPDATE SET day = excluded.day,"
        f" units = excluded.units, is_one_off = ({_ENTRIES}.is_one_off OR excluded.is_one_off),"
        " is_sale = excluded.is_sale",
    )
    _take_back([row for row in changed if not row[5]])
    lost = {(rows[place][2], rows[place][3], day) for place, day in known.items() if day}
    _roll_up({(row[2], row[3], row[4]) for row in changed} | lost, lost=lost)
    return len(changed)


def _known(rows: Sequence[Row]) -> dict[int, date | None]:
    """Give, by place in ``rows``, the day that a recorded entry stood on; None for one that stays as it is."""
    source, params = bulk.staged(
        {"place": "integer"} | _ENTRY_COLUMNS, [(place, *row) for place, row in enumerate(rows)]
    )
    found = bulk.fetch(
        "SELECT staged.place, CASE WHEN entry.units <> staged.units OR entry.day <> staged.day"
        " OR entry.is_sale <> staged.is_sale OR (staged.is_one_off AND NOT entry.is_one_off) THEN entry.day END"
        f" FROM {source} JOIN {_ENTRIES} AS entry ON {_SAME_ENTRY}",
        params,
    )
    return {place: day and as_date(day) for place, day in found}


def _take_back(rows: Sequence[Row]) -> None:
    if rows:
        source, params = bulk.staged(_ENTRY_COLUMNS, rows)
        found = bulk.fetch(f"SELECT entry.id FROM {source} JOIN {_ENTRIES} AS entry ON {_SAME_ENTRY}", params)
        bulk.delete(_ENTRIES, [row[0] for row in found])


def recorded(source: str, references: Collection[str]) -> Iterator[tuple[str, int, int, date, int, bool]]:
    """Give what is recorded of a source under these names: name, product, warehouse, day, units, whether a sale."""
    names = sorted(references)
    for start in range(0, len(names), BLOCK):
        staged, params = bulk.staged(
            schema.columns(DemandEntry, "reference"), [(name,) for name in names[start : start + BLOCK]]
        )
        found = bulk.fetch(
            "SELECT entry.reference, entry.product_id, entry.warehouse_id, entry.day, entry.units, entry.is_sale"
            f" FROM {staged} JOIN {_ENTRIES} AS entry ON entry.source = %s AND entry.reference = staged.reference",
            [*params, source],
        )
        for reference, product, warehouse, day, units, is_sale in found:
            yield reference, product, warehouse, as_date(day), units, bool(is_sale)


def one_writer() -> None:
    """
    Let nobody else record demand or absorb it until the transaction ends.

    Two at once would each sum a day without the other's entries, and the later sum would stand; and a
    forecast written meanwhile would not know that a week it absorbed has changed.
    """
    DemandWatermark.objects.get_or_create(source=ROLL_UP, defaults={"fed_until": datetime(1970, 1, 1, tzinfo=UTC)})
    list(DemandWatermark.objects.select_for_update(no_key=True).filter(source=ROLL_UP))


def no_writer() -> None:
    """Let nobody record demand until the transaction ends; several may absorb it at once, each its own SKUs."""
    DemandWatermark.objects.get_or_create(source=ROLL_UP, defaults={"fed_until": datetime(1970, 1, 1, tzinfo=UTC)})
    bulk.share(f"SELECT id FROM {DemandWatermark._meta.db_table} WHERE source = 'roll-up'")


def _roll_up(days: set[Day], *, lost: set[Day]) -> None:
    """
    Sum these days again from their entries, and mark forecasts that had absorbed one of them.

    :param lost: those that may have no entry left, and then have no row
    """
    if not days:
        return
    rows = [(*key, key[2] - timedelta(days=key[2].weekday())) for key in sorted(days)]
    first, last = min(row[2] for row in rows), max(row[2] for row in rows)
    for start in range(0, len(rows), BLOCK):
        source, params = bulk.staged(_DAY_COLUMNS, rows[start : start + BLOCK])
        bulk.run(
            f"INSERT INTO {_DAILY} (product_id, warehouse_id, day, units, is_sale)"
            " SELECT staged.product_id, staged.warehouse_id, staged.day, SUM(entry.units),"
            " MAX(CASE WHEN entry.is_sale THEN 1 ELSE 0 END) = 1"
            f" FROM {source} JOIN {_ENTRIES} AS entry ON {_SAME_DAY}"
            " WHERE NOT entry.is_one_off AND entry.day BETWEEN %s AND %s"
            " GROUP BY staged.product_id, staged.warehouse_id, staged.day"
            " ON CONFLICT (product_id, warehouse_id, day) DO UPDATE SET units = excluded.units,"
            " is_sale = excluded.is_sale",
            # the range says nothing new, but spares PostgreSQL sorting all history to join a few days of it
            [*params, first.isoformat(), last.isoformat()],
        )
        bulk.run(
            f"UPDATE {_STATES} AS target SET is_stale = true FROM {source} WHERE NOT target.is_stale"
            " AND target.product_id = staged.product_id AND target.warehouse_id = staged.warehouse_id"
            " AND staged.week <= target.last_week",
            params,
        )
    _forget(lost)


def _forget(days: set[Day]) -> None:
    """Delete the sums of these days if no entry is left to count."""
    if not days:
        return
    source, params = bulk.staged(_DAY_COLUMNS, [(*key, key[2]) for key in days])
    empty = bulk.fetch(
        f"SELECT entry.id FROM {source} JOIN {_DAILY} AS entry ON {_SAME_DAY} WHERE NOT EXISTS ("
        f"SELECT 1 FROM {_ENTRIES} AS counted WHERE counted.product_id = entry.product_id"
        " AND counted.warehouse_id = entry.warehouse_id AND counted.day = entry.day AND NOT counted.is_one_off)",
        params,
    )
    bulk.delete(_DAILY, [row[0] for row in empty])


def as_date(value: date | str) -> date:
    """Give a date that came by raw SQL: SQLite keeps it as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)

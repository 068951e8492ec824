"""
From days of demand to the memory of the forecast: closed weeks absorbed once, in order.

The hand of ``policies`` that reads ``DailyDemand`` and writes ``ForecastState``. A SKU is advanced by the
weeks it lacks, rebuilt from all of them if one it had absorbed changed (or an event in one of them did),
and left alone otherwise. A constant number of statements, however many SKUs there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np
from django.db.models import Min
from numpy.typing import NDArray

from inventory.demand import uplift
from inventory.demand.uplift import Event, week_of
from inventory.formulas import forecast
from inventory.ground.sql import bulk, columns
from inventory.models import DailyDemand, ForecastState

from . import censoring
from .outlook import Outlook
from .skus import Bools, Floats, Ints, Skus

DAY = timedelta(days=1)
DAYS = 7
WEEK = DAYS * DAY
LONGEST_WEEKS = 520
"""Weeks looked back at most; a forecast remembers far less, and one mistyped year must not cost memory."""
UNKNOWN = np.datetime64("NaT")

Days = NDArray[np.datetime64]

_STATES, _DEMAND = ForecastState._meta.db_table, DailyDemand._meta.db_table
_STORED = {
    "product_id": "i8",
    "warehouse_id": "i8",
    "id": "i8",
    "first_week": "M8[D]",
    "last_week": "M8[D]",
    "is_stale": "?",
    "cleaned_of": "i8",
    "memory": f"V{8 * forecast.MEMORY}",
}
_WITHOUT_TOTALS = 8 * (forecast.MEMORY - 2)
"""Bytes of a memory from before the largest week and the total were kept: such a SKU is learned anew, once."""


@dataclass(frozen=True, slots=True)
class Learned:
    """
    What is known of each SKU of a block after the last closed week, and how it came to be known.

    is_rebuilt: (n,), whose weeks were all read again; units: those weeks, a row for each of these.
    """

    state: forecast.ForecastMemory
    rebuilt: int
    advanced: int
    is_rebuilt: Bools
    units: Floats


@dataclass(frozen=True, slots=True)
class Weeks:
    """
    Units per SKU and week, shape (n, weeks); ``start`` is the Monday of column 0.

    ``first`` (n,): the column of the first week to absorb; those before it are nan. Where it lies past the
    end, a SKU has no demand at all. ``censored``: the weeks of which only sales are known and that had a day
    without stock; None if there are none.
    """

    units: Floats
    first: Ints
    start: date
    censored: Bools | None = None

    @property
    def count(self) -> int:
        return len(self.units.T)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The ``ForecastState`` of each SKU as it was found, shape (n,); pk is 0 where there is none."""

    pk: Ints
    first_week: Days
    last_week: Days
    is_stale: Bools
    cleaned_of: Ints
    state: forecast.ForecastMemory


def last_closed_week(on: date) -> date:
    """
    Give the Monday of the last week that was over before this day began.

    >>> last_closed_week(date(2026, 11, 23)), last_closed_week(date(2026, 11, 22))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 9))
    """
    return week_of(on) - WEEK


def absorb(found: Skus, around: Outlook, *, last: date) -> Learned:
    """
    Bring the forecast of the SKUs of a block up to the week that began on ``last``, and store it.

    The caller holds ``demand.no_writer()``. A week already absorbed is not absorbed again.
    """
    events = around.events
    known = _stored(found)
    is_known = known.pk > 0
    is_other = _fingerprints(events, known.first_week, known.last_week) != known.cleaned_of
    is_rebuilt = ~is_known | known.is_stale | is_other
    is_later = ~is_rebuilt & (known.last_week < np.datetime64(last))
    changed, first_week, units = known.state, known.first_week.copy(), np.empty((0, 0))
    for rows in (np.flatnonzero(is_rebuilt), np.flatnonzero(is_later)):
        if rows.size:
            since = np.where(is_later, known.last_week + np.timedelta64(DAYS), UNKNOWN)[rows]
            weeks = read(found.product[rows], found.warehouse[rows], since, last)
            units = weeks.units if is_rebuilt[rows[0]] else units
            before = _take(changed, rows) if is_later[rows[0]] else forecast.nothing(len(rows))
            _put(changed, rows, _absorbed(before, weeks, around.take(rows)))
            first_week[rows] = np.where(is_later[rows], first_week[rows], _mondays(weeks))
    now = replace(known, state=changed, first_week=first_week)
    _store(found, now, events, np.flatnonzero(is_rebuilt | is_later), last=last)
    return Learned(changed, int((is_known & known.is_stale).sum()), int(is_later.sum()), is_rebuilt, units)


def relearned(found: Skus, around: Outlook, *, last: date) -> forecast.ForecastMemory:
    """Return what the forecasts would be if all weeks on record were absorbed again; nothing is stored."""
    return _absorbed(forecast.nothing(len(found)), read_all(found, last), around)


def open_week(found: Skus, on: date) -> tuple[int, Ints]:
    """Read the week that is not over: how many of its days are, and the units asked for in them, shape (n,)."""
    monday = week_of(on)
    units = np.zeros(len(found), np.int64)
    if on > monday:
        rows = columns.read(
            f"SELECT product_id, warehouse_id, units FROM {_DEMAND} WHERE day >= %s AND day < %s"
            " AND product_id > %s AND product_id <= %s",
            [monday.isoformat(), on.isoformat(), *found.products],
            {"product_id": "i8", "warehouse_id": "i8", "units": "i8"},
        )
        place = found.places(rows["product_id"], rows["warehouse_id"])
        np.add.at(units, place[place >= 0], rows["units"][place >= 0])
    return (on - monday).days, units


def read(product: Ints, warehouse: Ints, since: Days, last: date) -> Weeks:
    """Read the weeks that each SKU lacks, from the Monday ``since`` (NaT: from its first demand), in one statement."""
    start = _start(since, last)
    count = max(0, (last - start).days // DAYS + 1)
    monday = np.datetime64(start)
    begun = np.where(np.isnat(since), monday, np.maximum(since, monday))
    place = np.arange(len(begun))
    asked: columns.Table = {"place": place, "product_id": product, "warehouse_id": warehouse, "since": begun}
    with columns.loaded(asked) as staged:
        # the range says nothing new, but keeps PostgreSQL from ever reading all demand for one block
        rows = columns.read(
            f"SELECT staged.place, {bulk.days_between('%s', 'daily.day')}, daily.units FROM {staged} AS staged"
            f" JOIN {_DEMAND} AS daily ON daily.product_id = staged.product_id"
            " AND daily.warehouse_id = staged.warehouse_id AND daily.day >= staged.since"
            " WHERE daily.day < %s AND daily.product_id BETWEEN %s AND %s",
            [start.isoformat(), (last + WEEK).isoformat(), int(product.min()), int(product.max())],
            {"place": "i8", "day": "i4", "units": "i4"},
        )
    place, week = rows["place"], rows["day"] // DAYS
    cells = np.bincount(place * count + week, rows["units"], len(begun) * count)
    units: Floats = cells.reshape(len(begun), count).astype(float)
    first = np.where(np.isnat(since), count, (begun - monday).astype(np.int64) // DAYS)
    np.minimum.at(first, place, week)
    units[np.arange(count) < first[:, None]] = np.nan
    return Weeks(units, first, start, censoring.weeks(asked, start, count))


def read_all(found: Skus, last: date) -> Weeks:
    """Read all weeks on record of the SKUs of a block; there is at least one."""
    return read(found.product, found.warehouse, np.full(len(found), UNKNOWN, "M8[D]"), last)


def _start(since: Days, last: date) -> date:
    """Give the Monday of the first week that any of these SKUs lacks, within reason."""
    known = since[~np.isnat(since)]
    start: date = last if not known.size else known.min().item()
    if len(known) < len(since):
        beginning = DailyDemand.objects.aggregate(first=Min("day"))["first"] or last
        start = min(start, week_of(beginning))
    return max(start, last - WEEK * (LONGEST_WEEKS - 1))


def _stored(found: Skus) -> _Stored:
    rows = columns.read(
        f"SELECT {', '.join(_STORED)} FROM {_STATES} WHERE product_id > %s AND product_id <= %s"
        f" AND length(memory) <> {_WITHOUT_TOTALS}",
        found.products,
        _STORED,
    )
    place = found.places(rows["product_id"], rows["warehouse_id"])
    rows = {name: values[place >= 0] for name, values in rows.items()}
    place = place[place >= 0]
    count = len(found)
    none, never = np.zeros(count, np.int64), np.full(count, UNKNOWN, "M8[D]")
    stored = _Stored(none, never, never.copy(), np.zeros(count, bool), none.copy(), forecast.nothing(count))
    for column, name in (
        (stored.pk, "id"), (stored.first_week, "first_week"), (stored.last_week, "last_week"),
        (stored.is_stale, "is_stale"), (stored.cleaned_of, "cleaned_of"),
    ):  # fmt: skip
        column[place] = rows[name]
    memory = np.frombuffer(rows["memory"].tobytes(), "<f8").reshape(-1, forecast.MEMORY)
    _put(stored.state, place, forecast.from_rows(memory))
    return stored


def _absorbed(state: forecast.ForecastMemory, weeks: Weeks, around: Outlook) -> forecast.ForecastMemory:
    """Absorb weeks as they would have been without events and seasons."""
    lift = around.lift(weeks.start, weeks.count) if weeks.count else None
    units = weeks.units if lift is None else forecast.without_events(weeks.units, lift)
    return forecast.advance(state, units, weeks.censored)


def _take(state: forecast.ForecastMemory, rows: Ints) -> forecast.ForecastMemory:
    return forecast.ForecastMemory(*(getattr(state, each.name)[rows] for each in fields(state)))


def _put(state: forecast.ForecastMemory, rows: Ints, part: forecast.ForecastMemory) -> None:
    for each in fields(state):
        getattr(state, each.name)[rows] = getattr(part, each.name)


def _mondays(weeks: Weeks) -> Days:
    """Return the Monday of each SKU's first week."""
    mondays: Days = np.datetime64(weeks.start) + DAYS * weeks.first.astype("m8[D]")
    return mondays


def _fingerprints(events: Sequence[tuple[Event, ...]], first: Days, last: Days) -> Ints:
    """Return a number per SKU that tells which events touched its weeks; 0 where none did, or there are no weeks."""
    prints = np.zeros(len(events), np.int64)
    known: dict[tuple[tuple[Event, ...], date, date], int] = {}
    for row, own in enumerate(events):
        if own and not np.isnat(last[row]):
            key = (own, first[row].item(), last[row].item())
            if key not in known:
                known[key] = _fingerprint(*key)
            prints[row] = known[key]
    return prints


def _fingerprint(events: tuple[Event, ...], first: date, last: date) -> int:
    touched = uplift.during(events, first, last + WEEK - DAY)
    digest = blake2b(repr(touched).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True) if touched else 0


def _store(found: Skus, now: _Stored, events: Sequence[tuple[Event, ...]], rows: Ints, *, last: date) -> None:
    """Write the states of ``rows``; one without any week is forgotten."""
    pk, state, first_week = now.pk, now.state, now.first_week
    is_empty = state.weeks[rows] == 0
    bulk.delete(_STATES, [key for key in pk[rows[is_empty]].tolist() if key])
    rows = rows[~is_empty]
    last_week = np.full(len(rows), np.datetime64(last))
    table: columns.Table = {
        "id": pk[rows],
        "product_id": found.product[rows],
        "warehouse_id": found.warehouse[rows],
        "first_week": first_week[rows],
        "last_week": last_week,
        "memory": forecast.as_rows(_take(state, rows)).view(f"V{8 * forecast.MEMORY}").reshape(-1),
        "cleaned_of": _fingerprints([events[row] for row in rows.tolist()], first_week[rows], last_week),
    }
    values = ("first_week", "last_week", "memory", "cleaned_of")
    written = {name: f"staged.{name}" for name in values} | {"is_stale": "false"}
    columns.store(_STATES, table, key=("product_id", "warehouse_id"), values=written)

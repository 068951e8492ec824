"""
From days of demand to the memory of the forecast: closed weeks absorbed once, in order.

The hand of ``policies`` that reads ``DailyDemand`` and writes ``ForecastState``. A SKU is advanced by the
weeks it lacks, rebuilt from all of them if one it had absorbed changed (or an event in one of them did),
and left alone otherwise.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Min, Sum
from numpy.typing import NDArray

from . import bulk, forecast, uplift
from .demand import as_date
from .models import DailyDemand, ForecastState
from .uplift import Event, week_of

DAY = timedelta(days=1)
DAYS = 7
WEEK = DAYS * DAY
ROWS_AT_ONCE = 50_000
LONGEST_WEEKS = 520
"""Weeks looked back at most; a forecast remembers far less, and one mistyped year must not cost memory."""

_STATES = ForecastState._meta.db_table
_READ_COLUMNS = {"place": "integer", "product_id": "bigint", "warehouse_id": "bigint", "since": "date"}
_STATE_COLUMNS = {
    "product_id": "bigint",
    "warehouse_id": "bigint",
    "first_week": "date",
    "last_week": "date",
    "state": "jsonb",
    "is_stale": "boolean",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A ``ForecastState`` as it was found."""

    pk: int
    first_week: date
    last_week: date
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of each SKU of a block after the last closed week, and how it came to be known."""

    state: forecast.State
    rebuilt: int
    advanced: int


@dataclass(frozen=True, slots=True)
class Weeks:
    """
    Units per SKU and week, shape (n, weeks); ``start`` is the Monday of column 0.

    ``first`` (n,): the column of the first week to absorb; those before it are nan. Where it lies past the
    end, a SKU has no demand at all.
    """

    units: NDArray[np.float64]
    first: NDArray[np.int64]
    start: date

    @property
    def count(self) -> int:
        return len(self.units.T)


def last_closed_week(on: date) -> date:
    """
    Give the Monday of the last week that was over before this day began.

    >>> last_closed_week(date(2026, 11, 23)), last_closed_week(date(2026, 11, 22))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 9))
    """
    return week_of(on) - WEEK


def absorb(
    skus: Sequence[tuple[int, int]], events: Sequence[tuple[Event, ...]], *, products: tuple[int, int], last: date
) -> Learned:
    """
    Bring the forecast of these (product, warehouse) up to the week that began on ``last``, and store it.

    The caller holds ``demand.one_writer()``. A week already absorbed is not absorbed again.

    :param products: primary keys, first exclusive and last inclusive, of the block all of them are in
    """
    stored, stale = _stored(products)
    whole, later = [], []
    for row, sku in enumerate(skus):
        known = stored.get(sku)
        if known is None or known.pk in stale or _is_cleaned_of_other_events(known, events[row]):
            whole.append(row)
        elif known.last_week < last:
            later.append(row)
    state = _remembered(skus, stored, without=set(whole))
    rows = whole + later
    if rows:
        since = [None] * len(whole) + [stored[skus[row]].last_week + WEEK for row in later]
        cleaned = [events[row] for row in rows]
        weeks = read([skus[row] for row in rows], since, last)
        lift = uplift.factors(cleaned, weeks.start, weeks.count)
        units = weeks.units if lift is None else forecast.without_events(weeks.units, lift)
        _put(state, whole, forecast.start(units[: len(whole)]))
        if later:
            _put(state, later, _advanced(_take(state, later), units[len(whole) :]))
        begun = [weeks.start + WEEK * first for first in weeks.first[: len(whole)].tolist()]
        begun += [stored[skus[row]].first_week for row in later]
        _store([skus[row] for row in rows], _memories(_take(state, rows), cleaned, begun, last), last)
        bulk.delete(_STATES, [stored[skus[row]].pk for row in whole if not state.weeks[row] and skus[row] in stored])
    return Learned(state, len(stale), len(later))


def open_week(products: tuple[int, int], on: date) -> tuple[int, dict[tuple[int, int], int]]:
    """Read the week that is not over: how many of its days are, and the units asked for in them."""
    monday = week_of(on)
    rows = DailyDemand.objects.filter(
        day__gte=monday, day__lt=on, product_id__gt=products[0], product_id__lte=products[1]
    ).values_list("product_id", "warehouse_id")
    units = {(product_id, warehouse_id): total for product_id, warehouse_id, total in rows.annotate(Sum("units"))}
    return (on - monday).days, units


def _stored(products: tuple[int, int]) -> tuple[dict[tuple[int, int], Stored], set[int]]:
    rows = bulk.fetch(
        f"SELECT product_id, warehouse_id, is_stale, id, first_week, last_week, state FROM {_STATES}"
        " WHERE product_id > %s AND product_id <= %s",
        products,
    )
    # all of them in one go: half the time of one call a row
    states = json.loads(f"[{','.join(row[-1] for row in rows)}]")
    stored, stale = {}, set()
    for (product_id, warehouse_id, is_stale, pk, first_week, last_week, _), state in zip(rows, states, strict=True):
        stored[product_id, warehouse_id] = Stored(pk, as_date(first_week), as_date(last_week), state)
        if is_stale:
            stale.add(pk)
    return stored, stale


def _is_cleaned_of_other_events(known: Stored, events: tuple[Event, ...]) -> bool:
    cleaned_of = known.state.get("events")
    if not events:
        return cleaned_of != []
    return cleaned_of != uplift.during(events, known.first_week, known.last_week + WEEK - DAY)


def _remembered(
    skus: Sequence[tuple[int, int]], stored: dict[tuple[int, int], Stored], *, without: set[int]
) -> forecast.State:
    """Give the stored states in the order of ``skus``; empty ones for those that are new or to be rebuilt."""
    state = forecast.start(np.empty((len(skus), 0)))
    rows = [row for row, sku in enumerate(skus) if sku in stored and row not in without]
    _put(state, rows, forecast.from_rows([stored[skus[row]].state for row in rows]))
    return state


def _take(state: forecast.State, rows: list[int]) -> forecast.State:
    return forecast.State(*(getattr(state, each.name)[rows] for each in fields(state)))


def _put(state: forecast.State, rows: list[int], part: forecast.State) -> None:
    for each in fields(state):
        getattr(state, each.name)[rows] = getattr(part, each.name)


def _advanced(state: forecast.State, units: NDArray[np.float64]) -> forecast.State:
    for week in units.T:
        state = forecast.advance(state, week)
    return state


def read(skus: Sequence[tuple[int, int]], since: Sequence[date | None], last: date) -> Weeks:
    """Read the weeks that each SKU lacks, from the Monday ``since`` (None: from its first demand), in one statement."""
    beginning = DailyDemand.objects.aggregate(first=Min("day"))["first"] or last
    start = max(min(day or week_of(beginning) for day in since), last - WEEK * (LONGEST_WEEKS - 1))
    count = max(0, (last - start).days // DAYS + 1)
    begun = [max(day or start, start) for day in since]
    source, params = bulk.staged(
        _READ_COLUMNS, [(place, *sku, day) for place, (sku, day) in enumerate(zip(skus, begun, strict=True))]
    )
    units = np.zeros((len(skus), count))
    first = np.array([count if day is None else (day - start).days // DAYS for day in since])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT staged.place, {bulk.days_between('%s', 'daily.day')}, daily.units"
            f" FROM {source} JOIN {DailyDemand._meta.db_table} AS daily"
            " ON daily.product_id = staged.product_id AND daily.warehouse_id = staged.warehouse_id"
            " AND daily.day >= staged.since AND daily.day < %s",
            [start.isoformat(), *params, (last + WEEK).isoformat()],
        )
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            place, day, sold = np.array(rows, np.int64).T
            week = day // DAYS
            np.add.at(units, (place, week), sold)
            np.minimum.at(first, place, week)
    units[np.arange(count) < first[:, None]] = np.nan
    return Weeks(units, first, start)


def _memories(
    state: forecast.State, events: Sequence[tuple[Event, ...]], begun: Sequence[date], last: date
) -> list[tuple[date, dict[str, Any]]]:
    """Give, per SKU, its first week and what is kept of its forecast: the state, and the events it was cleaned of."""
    end = last + WEEK - DAY
    return [
        (first_week, {**memory, "events": uplift.during(own, first_week, end) if own else []})
        for memory, own, first_week in zip(forecast.as_rows(state), events, begun, strict=True)
    ]


def _store(skus: Sequence[tuple[int, int]], memories: Sequence[tuple[date, dict[str, Any]]], last: date) -> None:
    rows = [
        (*sku, first_week, last, json.dumps(memory), False)
        for sku, (first_week, memory) in zip(skus, memories, strict=True)
        if memory["weeks"]
    ]
    bulk.insert(
        _STATES,
        _STATE_COLUMNS,
        rows,
        "ON CONFLICT (product_id, warehouse_id) DO UPDATE SET first_week = excluded.first_week,"
        " last_week = excluded.last_week, state = excluded.state, is_stale = excluded.is_stale",
    )

"""
What the products of a group have in common, and the days of the week: the only writer of ``GroupPattern``.

Learned every four weeks from all demand on record, in a constant number of statements. A season that changes marks
the forecasts of its group to be rebuilt, since their weeks were divided by the old one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Min
from numpy.typing import NDArray

from inventory.formulas import launches, seasons
from inventory.formulas.distributions import Floats
from inventory.ground.sql import bulk
from inventory.models import DailyDemand, ForecastState, GroupPattern, Product

from . import entries, uplift

EVERY = timedelta(weeks=seasons.EVERY)
WEEK = timedelta(weeks=1)
MOST_WEEKS = seasons.WEEKS * seasons.MOST_YEARS
WEEKDAY_WEEKS, LEAST_WEEKDAY_UNITS = 26, 500
SHOP = ""
"""The group of the row that is about all products."""

_DEMAND, _PRODUCTS, _STATES = (model._meta.db_table for model in (DailyDemand, Product, ForecastState))


@dataclass(frozen=True, slots=True)
class Patterns:
    """By group, arrays of 52 factors and of 13 weeks' units; ``weekdays``: 7 factors from Monday, None if unknown."""

    seasons: dict[str, Floats] = field(default_factory=dict)
    launches: dict[str, Floats] = field(default_factory=dict)
    weekdays: Floats | None = None

    def season_of(self, groups: Sequence[str]) -> Floats | None:
        """Return the factors of each of these products by its group, shape (n, 52); None if no group has a season."""
        return _of_each(self.seasons, groups, np.ones(seasons.WEEKS))

    def launch_of(self, groups: Sequence[str]) -> Floats | None:
        """Return the launch profile of each of these products, (n, 13), nan where its group has none; None for none."""
        return _of_each(self.launches, groups, np.full(launches.WEEKS, np.nan))


def load() -> Patterns:
    """Read all patterns; there are as many as groups, and every block of SKUs needs them."""
    found = Patterns()
    weekdays = None
    rows = GroupPattern.objects.values_list("group", "season", "launch", "weekdays")
    for group, season, launch, days in rows:
        if len(season) == seasons.WEEKS:
            found.seasons[group] = np.array(season, float)
        if len(launch) == launches.WEEKS:
            found.launches[group] = np.array(launch, float)
        if group == SHOP and len(days) == uplift.DAYS:
            weekdays = np.array(days, float)
    return Patterns(found.seasons, found.launches, weekdays)


@transaction.atomic
def learn(*, on: date, part_done: Callable[[], None] = lambda: None) -> dict[str, int]:
    """
    Learn what four weeks may have changed, from the weeks closed before ``on``, and return counts.

    Once in four weeks; between them, and when it is run again, nothing changes.

    :param part_done: called after each statement that reads all demand
    """
    known = {row.group: row for row in GroupPattern.objects.all()}
    shop = known.get(SHOP)
    first = DailyDemand.objects.aggregate(first=Min("day"))["first"]
    end = uplift.week_of(on)
    if first is None or first >= end or (shop and shop.learned_on > end - EVERY):
        return {"learned": 0}
    entries.one_writer()
    start = max(uplift.week_of(first), end - WEEK * MOST_WEEKS)
    groups, season, gain = _seasons(start, end)
    part_done()
    began = _launches(uplift.week_of(first) + WEEK * launches.NEW_AFTER, end)
    part_done()
    weekdays = _weekdays(end)
    part_done()
    names = sorted({*groups, *began, *known, SHOP})
    places = {group: place for place, group in enumerate(groups)}
    rows, moved = [], []
    for name in names:
        place = places.get(name)
        factors = season[place] if place is not None else []
        old = known.get(name) or GroupPattern(group=name)
        if not _is_same(old.season, factors):
            old.season = factors
            moved.append(name)
        old.season_gain = gain[place] if place is not None else None
        old.launch, old.launches = began.get(name, ([], 0))
        old.weekdays = weekdays if name == SHOP else []
        old.learned_on = end
        rows.append(old)
    columns = ["season", "season_gain", "launch", "launches", "weekdays", "learned_on"]
    GroupPattern.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["group"], update_fields=columns, batch_size=500
    )
    _mark_stale(moved)
    return {
        "learned": len(rows),
        "seasons": sum(bool(row.season) for row in rows),
        "seasons_changed": len(moved),
        "launch_profiles": sum(bool(row.launch) for row in rows),
    }


def _is_same(old: list[float], new: list[float]) -> bool:
    if len(old) != len(new):
        return False
    return not old or float(np.abs(np.subtract(old, new)).max()) < seasons.SAME


def _seasons(start: date, end: date) -> tuple[list[str], list[list[float]], list[float | None]]:
    """Learn the season of each group: its name, its factors (none if off), and how much better they forecast."""
    weeks = (end - start).days // uplift.DAYS
    if weeks < seasons.LEAST_YEARS * seasons.WEEKS:
        return [], [], []
    rows = bulk.fetch(
        f'SELECT product."group", {bulk.days_between("%s", "daily.day")} / 7 AS week, SUM(daily.units)'
        f" FROM {_DEMAND} AS daily JOIN {_PRODUCTS} AS product ON product.id = daily.product_id"
        " WHERE daily.day >= %s AND daily.day < %s AND product.\"group\" <> '' GROUP BY 1, 2",
        [start.isoformat(), start.isoformat(), end.isoformat()],
    )
    groups = sorted({row[0] for row in rows})
    places = {group: place for place, group in enumerate(groups)}
    units = np.zeros((len(groups), weeks))
    for group, week, total in rows:
        units[places[group], week] = total
    events = uplift.load()
    lift = uplift.factors([events.of(0, group) for group in groups], start, weeks)
    found = seasons.learn(units if lift is None else units / lift, start)
    factors = [
        np.round(row, 4).tolist() if is_on else []
        for row, is_on in zip(found.factors, found.is_on.tolist(), strict=True)
    ]
    gains = [None if np.isnan(gain) else round(gain, 4) for gain in found.gain.tolist()]
    return groups, factors, gains


def _launches(since: date, end: date) -> dict[str, tuple[list[float], int]]:
    """Learn how the SKUs of each group began to sell that were first asked for in this time and long enough ago."""
    until = end - WEEK * launches.WEEKS
    if until <= since:
        return {}
    first = (
        f"SELECT product_id, warehouse_id, MIN(day) AS day FROM {_DEMAND}"
        " GROUP BY product_id, warehouse_id HAVING MIN(day) >= %s AND MIN(day) < %s"
    )
    age = f"{bulk.days_between('first.day', 'daily.day')} / 7"
    source = (
        f"({first}) AS first JOIN {_PRODUCTS} AS product ON product.id = first.product_id"
        f" JOIN {_DEMAND} AS daily ON daily.product_id = first.product_id"
        " AND daily.warehouse_id = first.warehouse_id"
    )
    rows = bulk.fetch(
        f'SELECT product."group", {age} AS age, SUM(daily.units) FROM {source}'
        f" WHERE product.\"group\" <> '' AND {age} < %s GROUP BY 1, 2",
        [since.isoformat(), until.isoformat(), launches.WEEKS],
    )
    counts = bulk.fetch(
        f'SELECT product."group", COUNT(*) FROM ({first}) AS first'
        f" JOIN {_PRODUCTS} AS product ON product.id = first.product_id"
        " WHERE product.\"group\" <> '' GROUP BY 1",
        [since.isoformat(), until.isoformat()],
    )
    profiles: dict[str, NDArray[np.float64]] = {group: np.zeros(launches.WEEKS) for group, _ in counts}
    for group, week, total in rows:
        profiles[group][week] = total
    return {
        group: (np.round(profiles[group] / count, 4).tolist(), count)
        for group, count in counts
        if count >= launches.LEAST
    }


def _weekdays(end: date) -> list[float]:
    """Learn how much of a mean day each weekday of the shop is; nothing from little."""
    start = end - WEEK * WEEKDAY_WEEKS
    rows = bulk.fetch(
        f"SELECT {bulk.days_between('%s', 'day')} %% 7, SUM(units) FROM {_DEMAND}"
        " WHERE day >= %s AND day < %s GROUP BY 1",
        [start.isoformat(), start.isoformat(), end.isoformat()],
    )
    units = np.zeros(uplift.DAYS)
    for day, total in rows:
        units[day] = total
    if units.sum() < LEAST_WEEKDAY_UNITS:
        return []
    return [round(float(day), 4) for day in units * uplift.DAYS / units.sum()]


def _mark_stale(groups: Sequence[str]) -> None:
    """Mark the forecasts of these groups to be rebuilt: their weeks were divided by another season."""
    changed = [group for group in groups if group != SHOP]
    if changed:
        source, params = bulk.staged({"name": "text"}, [(group,) for group in changed])
        bulk.run(
            f"UPDATE {_STATES} SET is_stale = true WHERE product_id IN (SELECT product.id FROM {_PRODUCTS} AS product"
            f' JOIN {source} ON staged.name = product."group")',
            params,
        )


def _of_each(by_group: dict[str, Floats], groups: Sequence[str], without: Floats) -> Floats | None:
    names, place = np.unique(np.asarray(groups, object).astype(str), return_inverse=True)
    if not any(name in by_group for name in names.tolist()):
        return None
    table = np.stack([by_group.get(name, without) for name in names.tolist()])
    return np.asarray(table[place])

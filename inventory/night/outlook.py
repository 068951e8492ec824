"""
What is known of SKUs beyond their level: events, the season and the launches of their group, the shop's weekdays.

Reads only. Past weeks are divided by ``lift`` before they are smoothed, future ones multiplied with it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from inventory.demand import patterns, uplift
from inventory.demand.uplift import Event
from inventory.formulas import forecast, launches, seasons
from inventory.models import Product

from .skus import Bools, Floats, Ints, Skus

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    Of n SKUs. events: those that touch each. season: (n, 52), launch: (n, 13) units a week, nan where unknown.

    weekdays: (7,), from Monday. Each is None where there is none of it.
    """

    events: list[tuple[Event, ...]]
    season: Floats | None
    launch: Floats | None
    weekdays: Floats | None

    def take(self, rows: Ints) -> "Outlook":
        """Return some of the SKUs."""
        return Outlook(
            [self.events[row] for row in rows.tolist()],
            None if self.season is None else self.season[rows],
            None if self.launch is None else self.launch[rows],
            self.weekdays,
        )

    def lift(self, start: date, weeks: int) -> Floats | None:
        """Return by how much demand is lifted in each of so many times seven days, (n, weeks); None if never."""
        events = uplift.factors(self.events, start, weeks)
        if self.season is None:
            return events
        season = seasons.over(self.season, start, weeks)
        return season if events is None else events * season

    def weekdays_from(self, day: date) -> Floats | None:
        """Return how much of a mean day each of the next seven days is, (7,); None where it is not known."""
        return None if self.weekdays is None else np.roll(self.weekdays, -day.weekday())

    def season_over(self, start: date, weeks: Floats) -> Floats:
        """Return the mean factor of the season over the next ``weeks`` of each SKU, shape (n,)."""
        if self.season is None:
            return np.ones(len(self.events))
        longest = int(np.ceil(min(weeks.max(initial=0.0), seasons.WEEKS * 10))) + 1
        return forecast.uplift_over(seasons.over(self.season, start, longest), weeks)


def of(found: Skus) -> Outlook:
    """Read the outlook of the SKUs of a block, in three statements."""
    return _around(found.product.tolist(), found.group.tolist())


def of_product(product: Product) -> Outlook:
    """Read the outlook of one product, the same in every warehouse."""
    return _around([product.pk], [product.group])


def _around(products: list[int], groups: list[str]) -> Outlook:
    known = patterns.load()
    return Outlook(
        uplift.load().of_each(products, groups), known.season_of(groups), known.launch_of(groups), known.weekdays
    )


def launching(found: Skus, known: Outlook, state: forecast.ForecastMemory, *, on: date, weeks: Floats) -> Floats:
    """
    Return the units a week that new SKUs are expected to sell over the next ``weeks``, (n,); nan for all others.

    New is a SKU with fewer than eight closed weeks since it was first asked for, or since its product was made, whose
    group has a launch profile.
    """
    expected = np.full(len(found), np.nan)
    if known.launch is None:
        return expected
    age = np.where(state.weeks > 0, state.weeks, _weeks_since_made(found, on, state.weeks == 0))
    is_new = (age >= 0) & (age < forecast.HEAD) & np.isfinite(known.launch[:, 0]) & np.isfinite(weeks)
    rows = np.flatnonzero(is_new & ~found.is_discontinued)
    if rows.size:
        seen = np.nansum(state.head[rows], axis=1)
        expected[rows] = launches.weekly(known.launch[rows], seen, age=age[rows].astype(float), weeks=weeks[rows])
    return expected


def _weeks_since_made(found: Skus, on: date, asked: Bools) -> Ints:
    """Return how many whole weeks ago a product was made, (n,); -1 for one made longer ago, or not ``asked``."""
    age = np.full(len(found), -1)
    if asked.any():
        rows = Product.objects.filter(pk__gt=found.products[0], pk__lte=found.products[1])
        made = dict(rows.filter(created_at__date__gt=on - WEEK * forecast.HEAD).values_list("pk", "created_at__date"))
        if made:
            keys = np.array(sorted(made), np.int64)
            weeks = np.array([max(0, (on - made[key]).days) // uplift.DAYS for key in keys.tolist()], np.int64)
            place = np.minimum(np.searchsorted(keys, found.product), len(keys) - 1)
            age = np.where(asked & (keys[place] == found.product), weeks[place], -1)
    return age

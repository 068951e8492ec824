"""How products of a group were seen to begin, as a replay goes on, and what that let expect of new ones. Pure."""

import numpy as np

from inventory.formulas import forecast, launches, seasons
from inventory.formulas.distributions import Bools, Floats, Ints

NEVER = -1


class LaunchesSeen:
    """
    The launch profile of each item's group as it stands, (n, 13), nan where it has none; in weeks.

    It is the mean of the first 13 weeks of those of the group that were launched and have them behind them: of three
    at least.
    """

    def __init__(self, groups: Ints) -> None:
        self.groups = groups
        self.week = 0
        self.first = np.full(len(groups), NEVER)
        self.began: int | None = None
        self.head = np.zeros((len(groups), launches.WEEKS))
        self.profile = np.full((len(groups), launches.WEEKS), np.nan)

    def absorb(self, units: Floats) -> None:
        """Take in one week, shape (n,): units asked for, nan before an item's first."""
        is_known = ~np.isnan(units)
        self.first[is_known & (self.first == NEVER)] = self.week
        if self.began is None and is_known.any():
            self.began = self.week
        age = self.week - self.first
        rows = np.flatnonzero(is_known & (self.first != NEVER) & (age < launches.WEEKS))
        self.head[rows, age[rows]] = units[rows]
        self.week += 1
        if self.week % seasons.EVERY == 0:
            self._learn()

    def is_new(self, weeks: Ints) -> Bools:
        """Say of which items a launch is expected that have so many weeks behind them, (n,)."""
        known: Bools = (weeks > 0) & (weeks < forecast.HEAD) & np.isfinite(self.profile[:, 0])
        return known

    def expected(self, state: forecast.ForecastMemory, span: Floats) -> Floats:
        """Return the units a week that new items are expected to sell over the next ``span``; nan for all others."""
        found = np.full(len(self.groups), np.nan)
        rows = np.flatnonzero(self.is_new(state.weeks))
        if rows.size:
            seen, age = np.nansum(state.head[rows], axis=1), state.weeks[rows].astype(float)
            found[rows] = launches.weekly(self.profile[rows], seen, age=age, weeks=span[rows])
        return found

    def _learn(self) -> None:
        """Learn the profiles from the launches that are over."""
        if self.began is None:
            return
        is_over = (self.first >= self.began + launches.NEW_AFTER) & (self.first < self.week - launches.WEEKS)
        rows = np.flatnonzero(is_over & (self.groups >= 0))
        count = np.bincount(self.groups[rows], minlength=1 + int(self.groups.max(initial=0)))
        total = np.zeros((len(count), launches.WEEKS))
        np.add.at(total, self.groups[rows], self.head[rows])
        enough = np.where(count >= launches.LEAST, count, np.nan)
        self.profile = np.where(self.groups[:, None] >= 0, (total / enough[:, None])[self.groups], np.nan)

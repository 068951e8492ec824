"""
Three ways to say how much stock to order up to, for a backtest to compare. Pure NumPy over the SKU axis.

Each is told one period after the other and asked for its levels in between, so none can look ahead. A period
takes the part of a week; an order is possible in every one of them, so levels cover P = lead time + 1.
"""

import math
from datetime import timedelta
from typing import Protocol

import numpy as np

from inventory.formulas import capping, classes, forecast, reorder, seasons
from inventory.formulas.distributions import Floats, Ints
from inventory.formulas.reorder import FILL, Inputs

from .launching import LaunchesSeen
from .nights import NOTHING_ELSE, Night, Target
from .textbook import textbook_reorder_point

NAIVE_PERIODS = 6
"""Last periods whose mean the naive method expects for the next ones."""
DAYS = 7.0
WEEK = timedelta(weeks=1)

_Z = np.linspace(-40.0, 8.0, 48_001)
_LOSS = np.array([math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * math.erfc(z / math.sqrt(2)) / 2 for z in _Z])


class Method(Protocol):
    """
    A method that keeps up with n SKUs.

    It is made for a ``span`` of P periods and the ``measure`` that its targets are of, "cycle" or "fill".
    """

    def __init__(self, count: int, *, span: float, measure: str, night: Night = NOTHING_ELSE) -> None: ...

    def expect(self, lead: Floats, sd: Floats) -> None:
        """Take note of the lead times as they are known now, periods, (n,)."""

    def absorb(self, units: Floats) -> None:
        """Take in one period, shape (n,): units asked for, nan where nothing is known."""

    def levels(self, target: Target) -> tuple[Floats, Floats]:
        """Return at what position to order at this service target, and up to how much; (n,) units each."""


class Naive:
    """The mean of the last few periods × P: no safety stock, whatever the target."""

    def __init__(self, count: int, *, span: float, measure: str, night: Night = NOTHING_ELSE) -> None:
        self.span = night.span(count, span)
        self.last = np.full((NAIVE_PERIODS, count), np.nan)

    def expect(self, lead: Floats, sd: Floats) -> None:
        self.span = lead + 1

    def absorb(self, units: Floats) -> None:
        known = ~np.isnan(units)
        self.last[:, known] = np.vstack([self.last[1:, known], units[known]])

    def levels(self, target: Target) -> tuple[Floats, Floats]:
        known = (~np.isnan(self.last)).sum(axis=0)
        total = np.nansum(self.last, axis=0)
        level: Floats = np.ceil(self.span * total / np.maximum(known, 1) - 1e-9)
        return level, level


class Textbook:
    """Normal demand with the mean and standard deviation of all that was seen: μP + zσ√P."""

    def __init__(self, count: int, *, span: float, measure: str, night: Night = NOTHING_ELSE) -> None:
        self.span = night.span(count, span)
        self.measure = measure
        self.default = night.default
        self.known, self.mean, self.squares = np.zeros(count), np.zeros(count), np.zeros(count)

    def expect(self, lead: Floats, sd: Floats) -> None:
        self.span = lead + 1

    def absorb(self, units: Floats) -> None:
        here = ~np.isnan(units)
        self.known += here
        gap = np.where(here, units - self.mean, 0.0)
        self.mean += gap / np.maximum(self.known, 1)
        self.squares += gap * np.where(here, units - self.mean, 0.0)

    def levels(self, target: Target) -> tuple[Floats, Floats]:
        aim = self.default if isinstance(target, str) else target
        sd = np.sqrt(self.squares / np.maximum(self.known - 1, 1))
        if self.measure == FILL:
            spread = sd * np.sqrt(self.span)
            allowed = np.divide((1 - aim) * self.mean, spread, out=np.full(len(sd), np.inf), where=spread > 0)
            z = np.interp(allowed, _LOSS[::-1], _Z[::-1])
            point = np.where(spread > 0, self.mean * self.span + z * spread, self.mean * self.span)
        else:
            _, point = textbook_reorder_point(self.mean, sd, lead=self.span, target=aim)
        level = np.maximum(np.ceil(point - 1e-9), 0.0)
        return level, level


class Recommended:
    """
    Ours, as the nightly job does it: pooled variance, counts or gamma, the variance line of the run before.

    Lumpy demand is capped, and what ``Night`` knows counts: how much is ordered at once, classes, events, seasons,
    launches, lead times as they were learned.
    """

    def __init__(self, count: int, *, span: float, measure: str, night: Night = NOTHING_ELSE) -> None:
        self.night, self.measure = night, measure
        self.span = night.span(count, span)
        self.lead_sd = np.zeros(count) if night.lead_sd is None else night.lead_sd
        self.window = _window(self.span)
        self.launches = None if night.groups is None else LaunchesSeen(night.groups)
        self.state = forecast.nothing(count)
        self.line = forecast.DEFAULT_LINE
        self.limits: classes.Limits | None = None
        self.seen: list[Floats] = []
        self.until = [np.zeros(count)]
        self.busiest = np.zeros(count)
        self.season: Floats | None = None

    def expect(self, lead: Floats, sd: Floats) -> None:
        self.span, self.lead_sd = lead + 1, sd
        was, self.window = self.window, _window(self.span)
        moved = np.flatnonzero(was != self.window)
        for length in np.unique(self.window[moved]).tolist():
            rows = moved[self.window[moved] == length]
            until = np.stack([units[rows] for units in self.until])
            began = np.maximum(np.arange(len(until)) - length, 0)
            self.busiest[rows] = (until - until[began]).max(axis=0)

    def absorb(self, units: Floats) -> None:
        if self.state.weeks.any():
            mean = forecast.level(self.state)
            self.line = forecast.fit_line(mean, self.state.variance)
            self.limits = classes.limits(self._value(mean))
        period = len(self.seen)
        self.seen.append(units)
        self.state = self._absorbed(self.state, period)
        self.until.append(self.until[-1] + np.nan_to_num(units))
        for length in np.unique(self.window).tolist():
            rows = self.window == length
            latest = self.until[-1][rows] - self.until[max(0, period + 1 - length)][rows]
            self.busiest[rows] = np.maximum(self.busiest[rows], latest)
        if self.launches:
            self.launches.absorb(units)
        if self.night.groups is not None and (period + 1) % seasons.EVERY == 0:
            self._learn_seasons()

    def levels(self, target: Target) -> tuple[Floats, Floats]:
        launch = self._launch()
        inputs = self._inputs(target, launch)
        outputs = reorder.recompute(inputs)
        weeks = np.where(np.isfinite(launch), 0, self.state.weeks)
        may = capping.may_be_capped(inputs, outputs, weeks=weeks, least=self.busiest)
        outputs = capping.capped(outputs, np.where(may, self.busiest, np.nan))
        return outputs.reorder_point.astype(float), outputs.order_up_to.astype(float)

    def _launch(self) -> Floats:
        """Return the units a period that new items are expected to sell, (n,); nan for all others."""
        if self.launches is None:
            return np.full(len(self.span), np.nan)
        return self.launches.expected(self.state, self.span)

    def _inputs(self, target: Target, launch: Floats) -> Inputs:
        night, count = self.night, len(self.state.weeks)
        same, unset = np.ones(count), np.full(count, np.nan)
        is_launch = np.isfinite(launch)
        level = np.where(self.state.weeks > 0, forecast.level(self.state), 0.0)
        mean, own = np.where(is_launch, launch, level), np.where(is_launch, np.nan, self.state.variance)
        variance = forecast.shrunk_variance(mean, own, self.state.weeks_with_demand, line=self.line)
        return Inputs(
            mean=mean,
            variance=variance,
            lead_mean_days=DAYS * (self.span - 1),
            lead_sd_days=DAYS * self.lead_sd,
            review_days=same * DAYS,
            target=self._targets(level, mean, variance) if isinstance(target, str) else same * target,
            measure=np.full(count, self.measure),
            minimum=unset if night.minimum is None else night.minimum,
            pack=unset if night.pack is None else night.pack,
            cover_weeks=same * night.cover,
            order_cost=unset,
            unit_cost=unset,
            holding_rate=unset,
            discontinued=np.zeros(count, bool),
            weeks_since_demand=np.where(is_launch, 0, self.state.weeks_since_demand),
            uplift=self._lift(len(self.seen), int(self.window.max(initial=1))),
            slope=self.line.b,
        )

    def _value(self, mean: Floats) -> Floats:
        return mean * classes.WEEKS_PER_YEAR * (np.nan if self.night.earns is None else self.night.earns)

    def _targets(self, level: Floats, mean: Floats, variance: Floats) -> Floats:
        value = classes.abc(self._value(level), self.limits)
        cells = np.where(value == classes.UNKNOWN, "", np.char.add(value, classes.xyz(mean, variance)))
        aim = classes.targets(cells, self.night.by_class, default=self.night.default)
        return aim if self.night.own is None else np.where(np.isnan(self.night.own), aim, self.night.own)

    def _lift(self, period: int, periods: int) -> Floats | None:
        """Return by how much so many periods from this one on are lifted, (n, periods); None if none is."""
        lift: Floats | None = None
        if self.night.lift is not None:
            known = self.night.lift[:, period : period + periods]
            lift = np.pad(known, ((0, 0), (0, periods - known.shape[1])), constant_values=1.0)
        if self.season is not None and self.night.start:
            ahead = seasons.over(self.season, self.night.start + WEEK * period, periods)
            lift = ahead if lift is None else lift * ahead
        return None if lift is None or (lift == 1).all() else lift

    def _absorbed(self, state: forecast.ForecastMemory, first: int) -> forecast.ForecastMemory:
        """Absorb what was seen from a period on, as it would have been without events and seasons."""
        units = np.stack(self.seen[first:], axis=1)
        lift = self._lift(first, len(units.T))
        censored = self.night.censored
        return forecast.advance(
            state,
            units if lift is None else forecast.without_events(units, lift),
            None if censored is None else censored[:, first : len(self.seen)],
        )

    def _learn_seasons(self) -> None:
        """Learn the season of each group from what was seen; where one moved, all weeks are absorbed again."""
        groups, start, weeks = self.night.groups, self.night.start, len(self.seen)
        if groups is None or start is None or weeks < seasons.WEEKS * seasons.LEAST_YEARS:
            return
        units = np.stack(self.seen, axis=1)
        if self.night.lift is not None:
            units = units / self.night.lift[:, :weeks]
        totals = np.zeros((int(groups.max(initial=-1)) + 1, weeks))
        np.add.at(totals, groups[groups >= 0], np.nan_to_num(units[groups >= 0]))
        last = seasons.WEEKS * seasons.MOST_YEARS
        found = seasons.learn(totals[:, -last:], start + WEEK * max(0, weeks - last)).factors
        factors = np.where(groups[:, None] >= 0, found[groups], 1.0)
        known = np.ones_like(factors) if self.season is None else self.season
        if (np.abs(factors - known).max(initial=0.0)) >= seasons.SAME:
            self.season = factors
            self.state = self._absorbed(forecast.nothing(len(groups)), 0)


def _window(span: Floats) -> Ints:
    """Return how many whole periods each has to cover, (n,)."""
    return capping.window_weeks(DAYS * (span - 1), np.full(len(span), DAYS))


METHODS: dict[str, type[Method]] = {"naive": Naive, "textbook": Textbook, "recommended": Recommended}

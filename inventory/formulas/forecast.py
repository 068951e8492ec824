"""
Demand per week and how much it varies, for every SKU at once. Pure NumPy over the SKU axis.

The level is the mean of three exponential smoothings, the variance the smoothed square of its own
one-step error; no parameter is searched for. A week is closed before it is absorbed, and absorbed once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distributions import Bools, Floats, Ints, remainder

ALPHAS = (0.05, 0.1, 0.2)
_COLUMN = np.array(ALPHAS)[:, None]
HEAD = 8
"""Weeks whose mean starts the levels; errors count from the week after."""
ERROR_WEIGHT = 0.05
MOST_UNITS = 1e8
"""More units than this in a week are a mistake: one order never asks for so many."""
MEMORY = len(ALPHAS) + 1 + 3 + HEAD + 2
"""Numbers that a state keeps per SKU: levels, variance, three counts, the head, the largest week and the total."""
MOST_ABOVE = 7.0
"""How far above the line, in logarithms, one SKU may raise it: a thousandfold; more is a mistake in the data."""
OWN_WEIGHT_AT = 10.0
"""Weeks with demand at which a SKU's own variance weighs as much as the shop-wide line."""


@dataclass(frozen=True, slots=True)
class ForecastMemory:
    """
    All that the forecast of n SKUs remembers: enough to absorb the next week exactly.

    levels: (n, 3), units per week, one column per weight in ALPHAS; nan before the first week.
    variance: (n,), units² per week; nan until the first error, in week 9.
    weeks, weeks_with_demand, weeks_since_demand: (n,), counts; the last from the first week on.
    head: (n, 8), the first weeks while there are fewer than 8; nan once they are no longer needed.
    largest, total: (n,), units of the largest week, and of all weeks so far.
    """

    levels: Floats
    variance: Floats
    weeks: Ints
    weeks_with_demand: Ints
    weeks_since_demand: Ints
    head: Floats
    largest: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class VarianceLine:
    """The shop-wide line log v = a + b·log m, m and v in units (units²) per week."""

    a: float
    b: float


DEFAULT_LINE = VarianceLine(1.5, 1.5)
"""Used while a shop has too little history of its own: between gift-shop and spare-part demand, which were measured."""


def start(history: ArrayLike, censored: Bools | None = None) -> ForecastMemory:
    """
    Absorb a whole history, shape (n, weeks): units per closed week, nan where a SKU did not exist yet.

    ``censored`` marks weeks as ``advance`` has them.

    A week below 0 or absurdly large spoils its row: the level is nan until the SKU is rebuilt.

    >>> level(start([[4, 4, 4, 4], [0, 0, 0, 8]])).round(3).tolist()
    [4.0, 2.187]
    """
    weeks = np.atleast_2d(np.asarray(history, float))
    return _absorb(nothing(len(weeks)), weeks, censored)


def nothing(count: int) -> ForecastMemory:
    """Return the state of so many SKUs before their first week."""
    unknown, none = np.full(count, np.nan), np.zeros(count, np.int64)
    head = np.full((count, HEAD), np.nan)
    levels, seen = np.full((count, len(ALPHAS)), np.nan), np.zeros(count)
    return ForecastMemory(levels, unknown, none, none.copy(), none.copy(), head, seen, seen.copy())


def advance(state: ForecastMemory, week_units: ArrayLike, censored: Bools | None = None) -> ForecastMemory:
    """
    Absorb one more closed week, shape (n,), or several, (n, weeks); a SKU keeps its state where they are nan.

    :param censored: of several weeks, (n, weeks): those of which only sales are known, and that had an empty shelf.
        They count with what was probably asked for, as soon as there is a level to tell it from.
    """
    weeks = np.asarray(week_units, float)
    return _absorb(state, weeks if weeks.ndim == 2 else weeks[:, None], censored)


def level(state: ForecastMemory) -> Floats:
    """Return the expected units per week: the mean of the three levels, shape (n,)."""
    return _mean_level(state.levels.T)


def as_rows(state: ForecastMemory) -> Floats:
    """Return all that is remembered as one row of ``MEMORY`` floats per SKU, shape (n, MEMORY)."""
    counts = np.stack([state.weeks, state.weeks_with_demand, state.weeks_since_demand], axis=1)
    seen = np.stack([state.largest, state.total], axis=1)
    return np.concatenate([state.levels, state.variance[:, None], counts, state.head, seen], axis=1)


def from_rows(rows: Floats) -> ForecastMemory:
    """Return the state that ``as_rows`` wrote."""
    ends = np.cumsum([len(ALPHAS), 1, 3, HEAD])
    levels, variance, counts, head, seen = np.split(rows, ends, axis=1)
    weeks, weeks_with_demand, weeks_since_demand = counts.T.astype(np.int64)
    largest, total = seen.T.copy()
    return ForecastMemory(
        levels.copy(), variance[:, 0].copy(), weeks, weeks_with_demand, weeks_since_demand, head.copy(), largest, total
    )


def fit_line(mean: Floats, variance: Floats, *, least: int = 10, default: VarianceLine = DEFAULT_LINE) -> VarianceLine:
    """
    Fit log v = a + b·log m by least squares over the SKUs with m, v > 0, then raise it to the mean of v.

    A line through logarithms passes through the geometric mean of v, which lies the further below its mean the
    burstier a shop sells (Duan's smearing estimate, 1983; decision record 0017).
    With fewer than ``least`` of them the ``default`` stands. A slope outside .5 to 2.5 says only that
    the SKUs are too alike to show one: it is limited, and the line still passes through their middle.

    >>> line = fit_line(np.arange(1.0, 21), np.exp(1) * np.arange(1.0, 21) ** 1.5)
    >>> round(line.a, 6), round(line.b, 6)
    (1.0, 1.5)
    """
    usable = np.isfinite(mean) & np.isfinite(variance) & (mean > 0) & (variance > 0)
    if usable.sum() < least:
        return default
    x, y = np.log(mean[usable]), np.log(variance[usable])
    middle = x.mean()
    spread = ((x - middle) ** 2).sum()
    slope = float(((x - middle) * y).sum() / spread) if spread > 1e-9 else default.b
    slope = min(max(slope, 0.5), 2.5)
    start = float(y.mean() - slope * middle)
    above = np.minimum(y - start - slope * x, MOST_ABOVE)
    return VarianceLine(start + float(np.log(np.exp(above).mean())), slope)


def shrunk_variance(mean: Floats, variance: Floats, weeks_with_demand: Ints, *, line: VarianceLine) -> Floats:
    """
    Return the variance shrunk towards the line: log v with own weight k/(k + 10), k = weeks with demand.

    A variance still unknown (nan) is the line's alone. One of exactly 0, the same units every week, has
    no logarithm and counts as that of a Poisson. Without demand the variance is 0.
    """
    selling = mean > 0
    log_mean = np.log(mean, out=np.zeros(mean.shape), where=selling)
    pooled = line.a + line.b * log_mean
    own = np.log(variance, out=log_mean.copy(), where=variance > 0)
    weight = np.where(np.isnan(variance), 0.0, weeks_with_demand / (weeks_with_demand + OWN_WEIGHT_AT))
    shrunk = np.exp(pooled + weight * (own - pooled))
    return np.where(selling, shrunk, np.where(np.isnan(mean), np.nan, 0.0))


def estimate_censored(mean: Floats, variance: Floats, sold: Floats) -> Floats:
    """
    Return what was probably asked for in weeks that sold ``sold`` units and then had an empty shelf.

    E[D | D ≥ s] = s + n(s)/P(X ≥ s), D negative binomial (gamma for fast movers) with the forecast's
    mean and variance; shape (n,).

    >>> estimate_censored(np.array([4.0]), np.array([10.0]), np.array([2.0])).round(5).tolist()
    [4.98737]
    """
    sold = np.maximum(np.floor(sold), 0.0)
    return sold + remainder(mean, variance, sold)


def without_events(units: Floats, uplift: Floats) -> Floats:
    """Return past weeks as they would have been without events; ``uplift`` 3 means three times the usual demand."""
    return units / uplift


def uplift_over(uplift: Floats, weeks: Floats, *, power: float = 1.0) -> Floats:
    """
    Return the mean of upliftᵖ over the next ``weeks`` (n,), the last of them in part.

    ``uplift``: (n, w), per week from today; later weeks count as 1. Multiply a mean by it with power 1,
    a variance with power b, the slope of the line.

    >>> uplift_over(np.array([[3.0, 1.0]]), np.array([1.5])).round(4).tolist()
    [2.3333]
    """
    share = np.clip(weeks[:, None] - np.arange(uplift.shape[1]), 0.0, 1.0)
    extra: Floats = (share * (uplift**power - 1)).sum(axis=1)
    return np.divide(extra, weeks, out=np.zeros(weeks.shape), where=weeks > 0) + 1.0


def launch_expected(
    future_profile: Floats, seen_profile: Floats, seen: Floats, *, shape: float = 2.0, discount: float = 1.0
) -> Floats:
    """
    Return the units a new SKU is expected to sell, from the launch profile of its group.

    profile · (a + w·seen)/(a + w·profile seen): the profile of the weeks to come, scaled by how the
    weeks seen compare with theirs (a gamma prior of shape a, observations weighted by w).

    >>> launch_expected(np.array(19.0), np.array(18.0), np.array(30.0)).round(1).item()
    30.4
    """
    return future_profile * (shape + discount * seen) / (shape + discount * seen_profile)


def _absorb(state: ForecastMemory, weeks: Floats, censored: Bools | None) -> ForecastMemory:
    """Absorb the columns of ``weeks`` in order; the only place where a state moves."""
    levels, variance = state.levels.T.copy(), state.variance.copy()
    count, with_demand, since = state.weeks.copy(), state.weeks_with_demand.copy(), state.weeks_since_demand.copy()
    head, largest, total = state.head.copy(), state.largest.copy(), state.total.copy()
    for place, column in enumerate(weeks.T):
        here = ~np.isnan(column)
        units = np.where((column >= 0) & (column <= MOST_UNITS), column, np.nan)
        if censored is not None and (short := np.flatnonzero(censored[:, place] & here & (count >= HEAD))).size:
            units[short] = _asked_for(levels[:, short], variance[short], units[short])
        young = np.flatnonzero(here & (count < HEAD))
        head[young, count[young]] = units[young]
        _smooth(levels, variance, units, here & (count >= HEAD), count)
        known = np.where(here & np.isfinite(units), units, 0.0)
        np.maximum(largest, known, out=largest)
        total += known
        count += here
        with_demand += here & (units > 0)
        since = np.where(here & (units > 0), 0, since + here)
        if (grown := young[count[young] == HEAD]).size:
            levels[:, grown] = _first_levels(head[grown], count[grown])
    young = np.flatnonzero((count > 0) & (count < HEAD))
    levels[:, young] = _first_levels(head[young], count[young])
    head[count >= HEAD] = np.nan
    return ForecastMemory(levels.T.copy(), variance, count, with_demand, since, head, largest, total)


def _asked_for(levels: Floats, variance: Floats, sold: Floats) -> Floats:
    """Return what was probably asked for where the shelf ran empty, given what was expected."""
    mean = _mean_level(levels)
    return np.fmax(sold, estimate_censored(mean, np.fmax(variance, mean), sold))


def _smooth(levels: Floats, variance: Floats, units: Floats, rows: NDArray[np.bool_], count: Ints) -> None:
    """Move levels (3, n) and variances of ``rows`` by one week; ``count`` are the weeks absorbed before it."""
    error = np.where(rows, units - _mean_level(levels), 0.0)
    errors = count - HEAD + 1
    first = rows & (errors == 1)
    variance[first] = error[first] ** 2
    weight = np.maximum(ERROR_WEIGHT, 1 / np.maximum(errors, 1))
    later = rows & (errors > 1)
    variance[later] += (weight * (error**2 - variance))[later]
    levels += np.where(rows, _COLUMN * (units - levels), 0.0)


def _first_levels(head: Floats, count: Ints) -> Floats:
    """Return the levels (3, n) after the first weeks: started at their mean, then updated from week 1."""
    inside = np.arange(HEAD) < count[:, None]
    total = np.zeros(len(head))
    for week in range(HEAD):
        total += np.where(inside[:, week], head[:, week], 0.0)
    levels = np.tile(total / count, (len(ALPHAS), 1))
    for week in range(HEAD):
        levels += np.where(inside[:, week], _COLUMN * (head[:, week] - levels), 0.0)
    return levels


def _mean_level(levels: Floats) -> Floats:
    """Average in one fixed order, so that a resumed state gives the same bits as one never interrupted."""
    low, middle, high = levels
    mean: Floats = (low + middle + high) / len(ALPHAS)
    return mean

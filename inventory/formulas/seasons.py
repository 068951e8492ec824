"""
The yearly profile of a group of products: by how much each week of the year differs from an ordinary one. Pure NumPy.

Learned from the group's weekly totals of two whole years or more, smoothed, and shrunk to 1 as far as the data do
not support it. The year held back decides whether it is used: only if forecasts for it are better with than without.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from . import forecast
from .distributions import Bools, Floats, Ints

WEEKS = 52
LEAST_YEARS, MOST_YEARS = 2, 5
WINDOW = 4
"""Weeks ahead that a profile must forecast better: about a lead time."""
LEAST_GAIN = 0.1
"""Share of the squared error that it must take away; less is chance."""
LEAST_STRENGTH = 0.25
LEAST_FACTOR, MOST_FACTOR = 0.2, 5.0
EVERY = 4
"""Weeks after which it is learned again."""
SAME = 0.1
"""A season whose factors moved by less is still the old one: its group need not be learned again."""
KERNEL = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
"""Weights of a week and its neighbors: a peak keeps its place, chance is averaged out."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """
    Of g groups. factors: (g, 52), mean 1, by place in the year; all 1 where it is off.

    strength: (g,), how much of what was seen the data support, 0 to 1. gain: (g,), share of the squared error of
    forecasts of the year held back that the profile takes away; nan where two years are not known. is_on: (g,).
    """

    factors: Floats
    strength: Floats
    gain: Floats
    is_on: Bools


def place(monday: date) -> int:
    """
    Return which week of the year this is, 0 to 51; a 53rd week counts as the 52nd.

    >>> place(date(2026, 1, 5)), place(date(2026, 12, 28))
    (1, 51)
    """
    return min(monday.isocalendar().week, WEEKS) - 1


def places(start: date, weeks: int) -> Ints:
    """Return the places of so many weeks from this Monday on."""
    return np.array([place(start + timedelta(weeks=week)) for week in range(weeks)], np.int64)


def learn(units: Floats, start: date) -> Profiles:
    """
    Learn the profiles of g groups from their units per week, shape (g, weeks), the first from this Monday on.

    Weeks before a group's first sale do not count. A group that has not two whole years with sales is off.
    """
    count, weeks = units.shape
    found = Profiles(np.ones((count, WEEKS)), np.zeros(count), np.full(count, np.nan), np.zeros(count, bool))
    known = weeks - np.where((units > 0).any(axis=1), (units > 0).argmax(axis=1), weeks)
    years = np.minimum(known // WEEKS, MOST_YEARS)
    at = places(start, weeks)
    for number in range(LEAST_YEARS, MOST_YEARS + 1):
        rows = np.flatnonzero(years == number)
        last = slice(weeks - number * WEEKS, weeks)
        _learn(found, rows, units[rows, last], at[last])
    return found


def over(factors: Floats, start: date, weeks: int) -> Floats:
    """
    Return the factors of so many times seven days from ``start`` on, shape (g, weeks).

    Seven days that begin in mid-week lie in two weeks, and have a share of the factor of each.
    """
    monday = start - timedelta(days=start.weekday())
    at = places(monday, weeks + 1)
    share = 1 - start.weekday() / 7
    ahead: Floats = share * factors[:, at[:-1]] + (1 - share) * factors[:, at[1:]]
    return ahead


def _learn(found: Profiles, rows: Ints, units: Floats, at: Ints) -> None:
    """Learn the groups ``rows`` of whole years of ``units``, and write them into ``found``."""
    years = units.shape[1] // WEEKS
    sells = (units.reshape(len(rows), years, WEEKS).sum(axis=2) > 0).all(axis=1)
    rows, units = rows[sells], units[sells]
    if not rows.size:
        return
    past = slice(0, -WEEKS)
    earlier, _ = _profile(units[:, past], at[past])
    factors, strength = _profile(units, at)
    found.gain[rows] = _gain(units, earlier[:, at])
    found.strength[rows] = strength
    found.is_on[rows] = (found.gain[rows] >= LEAST_GAIN) & (strength >= LEAST_STRENGTH)
    found.factors[rows] = np.where(found.is_on[rows, None], factors, 1.0)


def _profile(units: Floats, at: Ints) -> tuple[Floats, Floats]:
    """Return factors (g, 52) and their strength (g,) from whole years of units."""
    years = units.shape[1] // WEEKS
    ratio = units / _trend(units)
    index = np.eye(WEEKS)[at]
    raw = _smooth(ratio @ index) / _smooth(index.sum(axis=0)[None])
    chance = np.maximum(_scatter(ratio, raw[:, at]), _disagreement(ratio, index)) / years
    signal = ((raw - 1) ** 2).mean(axis=1)
    strength = np.clip(1 - np.divide(chance, signal, out=np.ones(len(raw)), where=signal > 0), 0.0, 1.0)
    factors = np.clip(1 + strength[:, None] * (raw - 1), LEAST_FACTOR, MOST_FACTOR)
    return factors / factors.mean(axis=1, keepdims=True), strength


def _scatter(ratio: Floats, expected: Floats) -> Floats:
    """Return the variance that chance from week to week leaves in one smoothed year."""
    left = ratio.shape[1] - WEEKS * KERNEL.max()
    variance: Floats = ((ratio - expected) ** 2).sum(axis=1) / left * (KERNEL**2).sum()
    return variance


def _disagreement(ratio: Floats, index: Floats) -> Floats:
    """Return the variance of a smoothed year from one year to the next: a rate that wanders has a large one."""
    years = len(index) // WEEKS
    if years == 1:
        return np.zeros(len(ratio))
    each = [
        _smooth(part @ place) / _smooth(place.sum(axis=0)[None])
        for part, place in zip(np.split(ratio, years, axis=1), np.split(index, years), strict=True)
    ]
    variance: Floats = np.var(each, axis=0, ddof=1).mean(axis=1)
    return variance


def _trend(units: Floats) -> Floats:
    """Return the level of each week without its season: the mean of its year, and the growth from year to year."""
    count, weeks = units.shape
    years = weeks // WEEKS
    level = units.reshape(count, years, WEEKS).mean(axis=2)
    number = np.arange(years) - (years - 1) / 2
    growth = (level @ number) / (number @ number) / WEEKS if years > 1 else np.zeros(count)
    inside = np.tile(np.arange(WEEKS) - (WEEKS - 1) / 2, years)
    mean = np.repeat(level, WEEKS, axis=1)
    return np.maximum(mean + growth[:, None] * inside, 0.1 * mean)


def _smooth(values: Floats) -> Floats:
    """Average each week with its neighbors, round the turn of the year."""
    reach = len(KERNEL) // 2
    return np.asarray(
        sum(weight * np.roll(values, step - reach, axis=1) for step, weight in enumerate(KERNEL)), dtype=float
    )


def _gain(units: Floats, factors: Floats) -> Floats:
    """Return by which share the factors make forecasts of the last year better, (g,)."""
    first = units.shape[1] - WEEKS
    plain, clean = forecast.start(units[:, :first]), forecast.start(units[:, :first] / factors[:, :first])
    errors: NDArray[np.float64] = np.zeros((2, len(units)))
    for week in range(first, units.shape[1] - WINDOW + 1):
        ahead = slice(week, week + WINDOW)
        true = units[:, ahead].sum(axis=1)
        errors[0] += (true - WINDOW * forecast.level(plain)) ** 2
        errors[1] += (true - factors[:, ahead].sum(axis=1) * forecast.level(clean)) ** 2
        plain, clean = (
            forecast.advance(plain, units[:, week]),
            forecast.advance(clean, units[:, week] / factors[:, week]),
        )
    gain: Floats = 1 - np.divide(errors[1], errors[0], out=np.ones(len(units)), where=errors[0] > 0)
    return gain

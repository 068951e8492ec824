"""
Three ways to say how much stock to order up to, for a backtest to compare. Pure NumPy over the SKU axis.

Each is told one period after the other and asked for its levels in between, so none can look ahead. A period
takes the part of a week; an order is possible in every one of them, so levels cover P = lead time + 1.
"""

import math
from typing import Protocol

import numpy as np

from inventory import forecast, reorder
from inventory.distributions import Floats
from inventory.reorder import FILL, Inputs, textbook_reorder_point

NAIVE_PERIODS = 6
"""Last periods whose mean the naive method expects for the next ones."""
DAYS = 7.0

_Z = np.linspace(-40.0, 8.0, 48_001)
_LOSS = np.array([math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * math.erfc(z / math.sqrt(2)) / 2 for z in _Z])


class Method(Protocol):
    """
    A method that keeps up with n SKUs.

    It is made for a ``span`` of P periods and the ``measure`` that its targets are of, "cycle" or "fill".
    """

    def __init__(self, count: int, *, span: float, measure: str) -> None: ...

    def absorb(self, units: Floats) -> None:
        """Take in one period, shape (n,): units asked for, nan where nothing is known."""

    def level(self, target: float) -> Floats:
        """Return the units to order up to at this service target, shape (n,), whole numbers."""


class Naive:
    """The mean of the last few periods × P: no safety stock, whatever the target."""

    def __init__(self, count: int, *, span: float, measure: str) -> None:
        self.span = span
        self.last = np.full((NAIVE_PERIODS, count), np.nan)

    def absorb(self, units: Floats) -> None:
        known = ~np.isnan(units)
        self.last[:, known] = np.vstack([self.last[1:, known], units[known]])

    def level(self, target: float) -> Floats:
        known = (~np.isnan(self.last)).sum(axis=0)
        total = np.nansum(self.last, axis=0)
        level: Floats = np.ceil(self.span * total / np.maximum(known, 1) - 1e-9)
        return level


class Textbook:
    """Normal demand with the mean and standard deviation of all that was seen: μP + zσ√P."""

    def __init__(self, count: int, *, span: float, measure: str) -> None:
        self.span = span
        self.measure = measure
        self.known, self.mean, self.squares = np.zeros(count), np.zeros(count), np.zeros(count)

    def absorb(self, units: Floats) -> None:
        here = ~np.isnan(units)
        self.known += here
        gap = np.where(here, units - self.mean, 0.0)
        self.mean += gap / np.maximum(self.known, 1)
        self.squares += gap * np.where(here, units - self.mean, 0.0)

    def level(self, target: float) -> Floats:
        sd = np.sqrt(self.squares / np.maximum(self.known - 1, 1))
        if self.measure == FILL:
            spread = sd * math.sqrt(self.span)
            allowed = np.divide((1 - target) * self.mean, spread, out=np.full(len(sd), np.inf), where=spread > 0)
            z = np.interp(allowed, _LOSS[::-1], _Z[::-1])
            point = np.where(spread > 0, self.mean * self.span + z * spread, self.mean * self.span)
        else:
            _, point = textbook_reorder_point(self.mean, sd, lead=self.span, target=target)
        return np.maximum(np.ceil(point - 1e-9), 0.0)


class Recommended:
    """Ours, as the nightly job does it: pooled variance, counts or gamma, the variance line of the run before."""

    def __init__(self, count: int, *, span: float, measure: str) -> None:
        self.span = span
        self.measure = measure
        self.state = forecast.start(np.empty((count, 0)))
        self.line = forecast.DEFAULT_LINE

    def absorb(self, units: Floats) -> None:
        if self.state.weeks.any():
            self.line = forecast.fit_line(forecast.level(self.state), self.state.variance)
        self.state = forecast.advance(self.state, units)

    def level(self, target: float) -> Floats:
        count = len(self.state.weeks)
        same = np.ones(count)
        unset = np.full(count, np.nan)
        mean = np.where(self.state.weeks > 0, forecast.level(self.state), 0.0)
        variance = forecast.shrunk_variance(mean, self.state.variance, self.state.weeks_with_demand, line=self.line)
        inputs = Inputs(
            mean=mean,
            variance=variance,
            lead_mean_days=same * DAYS * (self.span - 1),
            lead_sd_days=same * 0.0,
            review_days=same * DAYS,
            target=same * target,
            measure=np.full(count, self.measure),
            minimum=unset,
            pack=unset,
            cover_weeks=same * 0.0,
            order_cost=unset,
            unit_cost=unset,
            holding_rate=unset,
            discontinued=np.zeros(count, bool),
            weeks_since_demand=self.state.weeks_since_demand,
            slope=self.line.b,
        )
        return reorder.recompute(inputs).order_up_to.astype(float)


METHODS: dict[str, type[Method]] = {"naive": Naive, "textbook": Textbook, "recommended": Recommended}

"""
Service levels of a reorder point, and the reorder point of a service level.

Pure NumPy over the SKU axis; all arrays have shape (n,) and count units. A reorder point s means: order
when the position falls to s or below, up to s + Q, in multiples of Q, once per review.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .distributions import Bools, Floats, Ints, blocks, is_gamma, losses, negative_binomial_table, tail_end


@dataclass(frozen=True, slots=True)
class LeadTimeDemand:
    """Mean and variance of demand over P = lead time + review (what an order must cover), and over L alone."""

    mean: Floats
    variance: Floats
    lead_mean: Floats
    lead_variance: Floats

    def take(self, rows: Ints | Bools) -> "LeadTimeDemand":
        """Return some of the SKUs."""
        return LeadTimeDemand(self.mean[rows], self.variance[rows], self.lead_mean[rows], self.lead_variance[rows])


def cycle_service_point(mean: Floats, variance: Floats, *, target: Floats) -> Ints:
    """
    Return s = y − 1, y the smallest whole number ≥ 1 with P(X ≤ y) ≥ target, X the demand over P.

    >>> cycle_service_point(np.array([6.0]), np.array([18.0]), target=np.array([0.9]))
    array([11])
    """
    point = np.empty(len(mean))
    gamma = is_gamma(mean, variance)
    point[~gamma] = _scan_cycle(mean[~gamma], variance[~gamma], target[~gamma])
    heavy = np.flatnonzero(gamma)

    def surplus(rows: Ints, at: Floats) -> Floats:
        of = heavy[rows]
        return cycle_service(mean[of], variance[of], point=at) - target[of]

    point[gamma] = _smallest(surplus, _reach(mean[gamma], variance[gamma]))
    return point.astype(np.int64)


def fill_rate_point(demand: LeadTimeDemand, *, batch: Floats, target: Floats) -> Ints:
    """
    Return the smallest s ≥ 0 whose fill rate reaches ``target``, ordering in batches of Q.

    Counts are scanned upwards from 0. For the gamma the search is by bisection: the loss over P less
    that over L falls and then rises to 0 from below, so the fill rate crosses a target below 1 once.
    """
    point = np.empty(len(batch))
    gamma = is_gamma(demand.mean, demand.variance)
    point[~gamma] = _scan_fill(demand.take(~gamma), batch[~gamma], target[~gamma])
    heavy = np.flatnonzero(gamma)

    def surplus(rows: Ints, at: Floats) -> Floats:
        of = heavy[rows]
        return fill_rate(demand.take(of), point=at, batch=batch[of]) - target[of]

    point[gamma] = _smallest(surplus, _reach(demand.mean[gamma], demand.variance[gamma]))
    return point.astype(np.int64)


def cycle_service(mean: Floats, variance: Floats, *, point: ArrayLike) -> Floats:
    """Return the chance that a replenishment cycle sees no stock-out: P(X ≤ s + 1), X the demand over P."""
    return losses(mean, variance, np.asarray(point, float) + 1, is_gamma(mean, variance)).cdf


def fill_rate(demand: LeadTimeDemand, *, point: ArrayLike, batch: Floats) -> Floats:
    """
    Return the share of units served from the shelf, 0 to 1; nan where no demand is expected between reviews.

    1 − [N_P(s) − N_P(s + Q) − N_L(s) + N_L(s + Q)] / (Q·(μ_P − μ_L)), N the second loss; exact for
    (R, s, nQ), within .004 for (R, s, S) (Axsäter, Inventory Control, ch. 5). One family for both terms.
    """
    start = np.asarray(point, float)
    at = np.stack([start, start + batch])
    gamma = is_gamma(demand.mean, demand.variance)
    late = losses(demand.mean, demand.variance, at, gamma).second
    early = losses(demand.lead_mean, demand.lead_variance, at, gamma).second
    backorders = late[0] - late[1] - early[0] + early[1]
    served = batch * (demand.mean - demand.lead_mean)
    share = np.divide(backorders, served, out=np.full(len(batch), np.nan), where=served > 0)
    rate: Floats = np.clip(1 - share, 0.0, 1.0)
    return rate


def chance_of_stockout(position: Floats | Ints, *, mean: Floats, variance: Floats) -> Floats:
    """
    Return the chance that demand with this mean and variance exceeds ``position`` units before more can arrive.

    >>> chance_of_stockout(np.array([4, -1]), mean=np.array([2.0, 0.0]), variance=np.array([2.0, 0.0])).round(3)
    array([0.054, 1.   ])
    """
    whole = np.floor(position)
    within = losses(mean, variance, np.maximum(whole, 0.0), is_gamma(mean, variance)).cdf
    return np.where(whole < 0, 1.0, 1.0 - within)


def is_spike(units: Floats | Ints, *, mean: Floats, variance: Floats, days: float, level: float = 0.99) -> Bools:
    """Say whether the open week's units, ``days`` into it, exceed the ``level`` quantile of its demand so far."""
    share = days / 7
    below = np.maximum(np.floor(units) - 1.0, 0.0)
    cdf = losses(mean * share, variance * share, below, is_gamma(mean * share, variance * share)).cdf
    return (np.asarray(units) >= 1) & (cdf >= level)


def _reach(mean: Floats, variance: Floats) -> Floats:
    """Return how far up a search looks first."""
    first: Floats = np.ceil(mean + 3 * np.sqrt(np.maximum(variance, mean))) + 2
    return first


def _scan_cycle(mean: Floats, variance: Floats, target: Floats) -> Floats:
    def reached(rows: Ints, width: int) -> Bools:
        return negative_binomial_table(mean[rows], variance[rows], width).cdf[:, 1:] >= target[rows, None]

    end = np.maximum(tail_end(mean, variance), 1.0)
    return _scan(reached, reach=_reach(mean, variance), end=end)


def _scan_fill(demand: LeadTimeDemand, batch: Floats, target: Floats) -> Floats:
    end = np.maximum(tail_end(demand.mean, demand.variance), tail_end(demand.lead_mean, demand.lead_variance))
    allowed = (1 - target) * batch * (demand.mean - demand.lead_mean)

    def reached(rows: Ints, width: int) -> Bools:
        part = demand.take(rows)
        short = negative_binomial_table(part.mean, part.variance, width).second
        short -= negative_binomial_table(part.lead_mean, part.lead_variance, width).second
        at = np.arange(width)
        after = at + batch[rows, None].astype(np.int64)
        known = (after < width) | (width > end[rows, None])
        short -= np.take_along_axis(short, np.minimum(after, width - 1), axis=1)
        return known & (short <= allowed[rows, None])

    return _scan(reached, reach=_reach(demand.mean, demand.variance), end=end, beyond=batch)


def _scan(reached: Callable[[Ints, int], Bools], *, reach: Floats, end: Floats, beyond: Floats | float = 0.0) -> Floats:
    """
    Return the first column that ``reached(rows, width)`` marks, looking twice as far until there is one.

    ``beyond``: columns a table needs past the points looked at; none is wider than ``end``, where the
    tail is over and any target is met.
    """
    point = end.copy()
    todo = np.arange(len(end))
    while todo.size:
        left = []
        for chosen, width in blocks((np.minimum(reach + beyond, end) + 1)[todo]):
            rows = todo[chosen]
            marks = reached(rows, width)
            first = marks.argmax(axis=1)
            found = marks[np.arange(len(rows)), first]
            point[rows[found]] = first[found]
            left.append(rows[~found & (width <= end[rows])])
        todo = np.concatenate(left)
        reach = reach * 2
    return point


def _smallest(surplus: Callable[[Ints, Floats], Floats], reach: Floats) -> Floats:
    """
    Return the smallest whole numbers ≥ 0 at which ``surplus(rows, at)`` ≥ 0, for surpluses that cross 0 once.

    Regula falsi with the Illinois rule; every third step halves the bracket, so that it always ends.
    """
    point = np.zeros(len(reach))
    everyone = np.arange(len(reach))
    low, below = np.zeros(len(reach)), surplus(everyone, np.zeros(len(reach)))
    high, above = reach.copy(), surplus(everyone, reach)
    todo = np.flatnonzero((below < 0) & (above < 0))
    while todo.size:
        low[todo], below[todo] = high[todo], above[todo]
        high[todo] *= 2
        above[todo] = surplus(todo, high[todo])
        todo = todo[(above[todo] < 0) & (high[todo] < 1e15)]
    todo = np.flatnonzero(below < 0)
    point[todo] = high[todo]
    step = 0
    while (todo := todo[high[todo] - low[todo] > 1]).size:
        step += 1
        fraction = -below[todo] / (above[todo] - below[todo]) if step % 3 else 0.5
        at = low[todo] + np.floor((high[todo] - low[todo]) * fraction)
        at = np.clip(at, low[todo] + 1, high[todo] - 1)
        value = surplus(todo, at)
        enough = value >= 0
        above[todo] = np.where(enough, value, above[todo] / 2)
        below[todo] = np.where(enough, below[todo] / 2, value)
        high[todo] = np.where(enough, at, high[todo])
        low[todo] = np.where(enough, low[todo], at)
        point[todo] = high[todo]
    return point

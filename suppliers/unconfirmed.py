"""
When goods come of which nobody has said a day, for many orders at once. Pure NumPy; writes nothing.

The columns of ``leadtimes.Open``: gamma until the safe date of the day they were sent has passed, lognormal after it.
Only whole days are told, so whole days are tried: nine of them tell one of a year from all others.
"""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from inventory.formulas.distributions import upper_gamma

from .leadtimes import LONGEST_WAIT, SMALLEST_CV

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ASYMPTOTIC_FROM = 25.0
"""Standard deviations beyond which the normal tail is summed as a series: erfc would underflow."""
_erfc = np.frompyfunc(math.erfc, 1, 1)


def days(elapsed: Ints, mean: Floats, sd: Floats, *, chances: Sequence[float], safe: float) -> Ints:
    """
    Give the days since sending by which each order is here with each of these chances, shape (n, k).

    From tomorrow to a year from now.

    :param elapsed: days since it was sent, 0 at least; it is not here yet
    :param mean: of its lead time, in days, as ``sd``
    :param safe: the chance of a safe date; an order is late once the one it had first has passed
    """
    late = is_late(elapsed, mean, sd, safe=safe)
    found = np.empty((len(elapsed), len(chances)), np.int64)
    left = np.log1p(-np.asarray(chances, float))
    for rows, survival in ((late, _log_normal), (~late, _log_gamma)):
        if rows.any():
            columns = (values[rows, None] for values in (mean, np.maximum(sd / mean, SMALLEST_CV)))
            found[rows] = _first_day(elapsed[rows, None], left, survival(*columns))
    return found


def is_late(elapsed: Ints, mean: Floats, sd: Floats, *, safe: float) -> Bools:
    """Say of which orders the safe date has passed that they had when they were sent (``leadtimes.Open.is_late``)."""
    cv = sd / mean
    root = 1 - cv**2 / 9 + NormalDist().inv_cdf(safe) * cv / 3
    # a spread of hours: as Wilson & Hilferty have it
    certain: Bools = elapsed > np.ceil(mean * root**3)
    wide = cv > SMALLEST_CV
    shape = np.maximum(cv, SMALLEST_CV) ** -2
    known = np.flatnonzero(wide & (elapsed > 0))
    late = np.where(wide, False, certain)
    # the day before, it was as likely to be here as a safe date says
    survival = upper_gamma(shape[known], (elapsed[known] - 1) * shape[known] / mean[known])
    late[known] = survival <= 1 - safe
    return late


def _first_day(elapsed: Ints, left: Floats, survival: Callable[[Ints], Floats]) -> Ints:
    """Give the first whole day on which the logarithm of survival has fallen by what is left, at most a year on."""
    target = left + survival(elapsed)
    lower = np.broadcast_to(elapsed, target.shape).copy()
    upper = lower + LONGEST_WAIT
    while (upper - lower > 1).any():
        middle = (lower + upper) // 2
        is_before = survival(middle) > target
        lower = np.where(is_before, middle, lower)
        upper = np.where(is_before, upper, middle)
    return upper


def _log_gamma(mean: Floats, cv: Floats) -> Callable[[Ints], Floats]:
    shape = cv**-2

    def survival(day: Ints) -> Floats:
        # no order that is not late is so far out that it vanishes
        with np.errstate(divide="ignore"):
            return np.log(upper_gamma(shape, day * shape / mean))

    return survival


def _log_normal(mean: Floats, cv: Floats) -> Callable[[Ints], Floats]:
    sigma = np.sqrt(np.log1p(cv**2))
    center = np.log(mean) - sigma**2 / 2
    return lambda day: _log_tail((np.log(day) - center) / sigma)


def _log_tail(z: Floats) -> Floats:
    """Give ``leadtimes.log_normal_survival`` of each."""
    near = np.minimum(z, ASYMPTOTIC_FROM)
    tail: Floats = np.log(np.asarray(_erfc(near / math.sqrt(2)), float) / 2)
    if (far := z >= ASYMPTOTIC_FROM).any():
        square = z[far] ** 2
        series = 1 - 1 / square * (1 - 3 / square * (1 - 5 / square * (1 - 7 / square)))
        tail[far] = -square / 2 - np.log(z[far] * math.sqrt(2 * math.pi)) + np.log(series)
    return tail

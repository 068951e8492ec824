"""
Which SKUs matter most, and how evenly they sell: ABC × XYZ. Pure NumPy over the SKU axis.

ABC is by value: what a SKU's expected demand of a year earns. A are the SKUs that make the first 80 % of it, B the
next 15 %, C the rest. XYZ is by the coefficient of variation of a week's demand. Both limits of value are the
shop's own and stand for a week (``Limits``), so that blocks of SKUs are independent of one another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distributions import Floats

A, B, C = "ABC"
X, Y, Z = "XYZ"
CELLS = tuple(abc + xyz for abc in (A, B, C) for xyz in (X, Y, Z))
"""The nine classes, the most even of the most valuable first."""
UNKNOWN = ""
"""The class of a SKU whose value nobody knows: it has neither a price nor a cost."""
A_SHARE, B_SHARE = 0.80, 0.95
"""Shares of all value at which A ends, and B."""
EVEN, UNEVEN = 0.5, 1.0
"""Coefficients of variation of a week's demand up to which a SKU is X, and Y."""
WEEKS_PER_YEAR = 365.25 / 7


@dataclass(frozen=True, slots=True)
class Limits:
    """The least value of a year, in money, of a SKU that is A, and of one that is B."""

    a: float
    b: float


def yearly_value(mean: Floats, *, price: Floats, cost: Floats, by_margin: bool = True) -> Floats:
    """
    Return what the expected demand of a year earns (margin, or revenue), never below 0; nan without a price.

    >>> yearly_value(np.array([2.0, 2.0]), price=np.array([10.0, 0.0]), cost=np.array([4.0, 0.0])).round(2)
    array([626.14,    nan])
    """
    each = np.maximum(price - cost, 0.0) if by_margin else price
    return np.where(price > 0, mean * WEEKS_PER_YEAR * each, np.nan)


def limits(value: Floats) -> Limits | None:
    """
    Return from which value on a SKU is A, and B; None where no SKU earns anything.

    The SKU that crosses a share still belongs to the better class, so the most valuable one is always A.

    >>> limits(np.array([70.0, 20.0, 6.0, 4.0, 0.0, np.nan]))
    Limits(a=20.0, b=6.0)
    """
    known = np.sort(value[np.isfinite(value) & (value > 0)])[::-1]
    if not known.size:
        return None
    # whole cents, so that the same SKUs in another order of blocks give the same limits
    share = np.cumsum(np.rint(known * 100))
    share /= share[-1] or 1.0
    ends = np.minimum(np.searchsorted(share, [A_SHARE, B_SHARE]), known.size - 1)
    return Limits(*known[ends].tolist())


def abc(value: Floats, found: Limits | None) -> NDArray[np.str_]:
    """
    Return A, B or C per SKU, "" where its value is not known; all are "" while there are no limits.

    >>> abc(np.array([70.0, 6.0, 0.0, np.nan]), Limits(20.0, 6.0)).tolist()
    ['A', 'B', 'C', '']
    """
    if found is None:
        return np.full(value.shape, UNKNOWN, "U1")
    return np.select([np.isnan(value), value >= found.a, value >= found.b], [UNKNOWN, A, B], C)


def xyz(mean: Floats, variance: Floats) -> NDArray[np.str_]:
    """
    Return X, Y or Z per SKU, by the coefficient of variation of its demand; without demand it is Z.

    >>> xyz(np.array([10.0, 10.0, 1.0, 0.0]), np.array([20.0, 80.0, 4.0, 0.0])).tolist()
    ['X', 'Y', 'Z', 'Z']
    """
    selling = (mean > 0) & np.isfinite(variance)
    spread = np.sqrt(np.where(selling, variance, 0.0))
    ratio = np.divide(spread, mean, out=np.full(mean.shape, np.inf), where=selling)
    return np.select([ratio <= EVEN, ratio <= UNEVEN], [X, Y], Z)


def targets(cells: NDArray[np.str_], by_cell: dict[str, float], *, default: float) -> Floats:
    """
    Return the service target of each SKU's class ("AX"); ``default`` for one that has none.

    >>> targets(np.array(["AX", "", "CZ"]), {"AX": 0.98, "CZ": 0.9}, default=0.95).tolist()
    [0.98, 0.95, 0.9]
    """
    known, place = np.unique(cells, return_inverse=True)
    return np.array([by_cell.get(str(cell), default) for cell in known], float)[place]

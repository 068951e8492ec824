"""
Demand over a time as a distribution: negative binomial, or gamma for fast movers.

Pure NumPy over the SKU axis. For both families the three figures that reorder points are made of:
cdf F(y) = P(X ≤ y), loss n(y) = E(X − y)⁺ and second loss N(y): Σ_{z>y} n(z) for counts,
∫_y^∞ n(z)dz = E((X − y)⁺)²/2 for the gamma (Axsäter, Inventory Control, ch. 5; Snyder & Shen, app. C).
Means and variances are in units and units², of one time span; a mean of 0 is "no demand, surely".
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEGATIVE_BINOMIAL = "negative binomial"
GAMMA = "gamma"

FAST_MOVER = 300.0
"""Mean above which demand is gamma: there a step of one unit no longer matters."""
LUMPY = 10_000.0
"""Variance ÷ mean above which demand is gamma too: the families then differ by less than 1 in 10,000."""
LEAST_DISPERSION = 1.02
"""Least variance ÷ mean: counts vary at least like a Poisson, of which the negative binomial is a mixture."""

_BLOCK_CELLS = 1 << 17  # a table of 1 MB stays in the cache
_STIRLING_FROM = 30.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)


@dataclass(frozen=True, slots=True)
class Losses:
    """Figures of one family at the same points: cdf F(y), loss n(y) and second loss N(y), of equal shape."""

    cdf: Floats
    loss: Floats
    second: Floats


def spread(mean: Floats, variance: Floats) -> Floats:
    """Return the variance used: at least 1.02 × the mean, and 0 where there is no demand."""
    return np.where(mean > 0, np.maximum(variance, LEAST_DISPERSION * mean), 0.0)


def is_gamma(mean: Floats, variance: Floats) -> Bools:
    """Say for which SKUs demand of this mean and variance is taken as gamma."""
    return (mean > FAST_MOVER) | (variance > LUMPY * mean)


def losses(mean: Floats, variance: Floats, at: Floats, gamma: Bools) -> Losses:
    """
    Return cdf, loss and second loss at whole numbers ``at`` ≥ 0, by each SKU's own family.

    ``mean``, ``variance`` and ``gamma`` have shape (n,), ``at`` (n,) or (k, n).
    """
    found = Losses(np.ones(at.shape), np.zeros(at.shape), np.zeros(at.shape))
    for rows, family in ((gamma, gamma_losses), (~gamma, negative_binomial_losses)):
        if rows.any():
            part = family(mean[rows], variance[rows], at[..., rows])
            found.cdf[..., rows], found.loss[..., rows] = part.cdf, part.loss
            found.second[..., rows] = part.second
    return found


def negative_binomial_table(mean: Floats, variance: Floats, width: int) -> Losses:
    """
    Tabulate the negative binomial at 0 … width − 1: one recursion of the mass function; shape (n, width).

    r = μ²/(σ² − μ), p = μ/σ², P(0) = pʳ, P(k) = P(k − 1)·(1 − p)·(k − 1 + r)/k;
    n(0) = μ, n(k) = n(k − 1) − P(X > k − 1); N(0) = E X(X − 1)/2, N(k) = N(k − 1) − n(k).
    """
    variance = spread(mean, variance)
    excess = variance - mean
    shape = np.divide(mean**2, excess, out=np.zeros(mean.shape), where=excess > 0)
    success = np.divide(mean, variance, out=np.ones(mean.shape), where=variance > 0)
    cdf = np.empty((len(mean), width))
    cdf[:, 0] = success**shape
    if width > 1:
        np.divide((shape - 1)[:, None], np.arange(1.0, width), out=cdf[:, 1:])
        cdf[:, 1:] += 1.0
        cdf[:, 1:] *= (1 - success)[:, None]
    np.cumprod(cdf, axis=1, out=cdf)
    np.cumsum(cdf, axis=1, out=cdf)
    np.minimum(cdf, 1.0, out=cdf)
    loss = np.empty_like(cdf)
    loss[:, 0] = mean
    np.subtract(cdf[:, :-1], 1.0, out=loss[:, 1:])
    np.cumsum(loss, axis=1, out=loss)
    np.maximum(loss, 0.0, out=loss)
    second = np.negative(loss)
    second[:, 0] = (excess + mean**2) / 2
    np.cumsum(second, axis=1, out=second)
    return Losses(cdf, loss, np.maximum(second, 0.0, out=second))


def negative_binomial_losses(mean: Floats, variance: Floats, at: Floats) -> Losses:
    """Return cdf, loss and second loss at whole numbers ``at`` ≥ 0 of shape (n,) or (k, n)."""
    points = np.atleast_2d(at)
    end = tail_end(mean, variance)
    inside = points <= end
    found = Losses(np.ones(points.shape), np.zeros(points.shape), np.zeros(points.shape))
    for rows, width in blocks(np.minimum(points.max(axis=0), end) + 1):
        table = negative_binomial_table(mean[rows], variance[rows], width)
        column = np.minimum(points[:, rows], width - 1).astype(np.int64)
        line = np.arange(len(rows))
        found.cdf[:, rows] = np.where(inside[:, rows], table.cdf[line, column], 1.0)
        found.loss[:, rows] = np.where(inside[:, rows], table.loss[line, column], 0.0)
        found.second[:, rows] = np.where(inside[:, rows], table.second[line, column], 0.0)
    return Losses(*(figure.reshape(at.shape) for figure in (found.cdf, found.loss, found.second)))


def tail_end(mean: Floats, variance: Floats) -> Floats:
    """Return a whole number that demand exceeds with a chance below 1e-15: the tail falls like e^(−y·μ/σ²)."""
    variance = spread(mean, variance)
    # a mean that is next to nothing would overflow, and its tail is no longer than that of the lumpiest we take
    ratio = np.divide(np.minimum(variance, LUMPY * mean), mean, out=np.ones(mean.shape), where=mean > 0)
    end: Floats = np.ceil(mean + 12 * np.sqrt(variance) + 40 * ratio)
    return end


def blocks(widths: Floats) -> Iterator[tuple[Ints, int]]:
    """Split rows into blocks of like width, each a table of about 1 MB: row numbers and the block's width."""
    order = np.argsort(widths, kind="stable")[::-1]
    start = 0
    while start < len(order):
        width = int(widths[order[start]])
        stop = start + max(1, _BLOCK_CELLS // width)
        yield order[start:stop], width
        start = stop


def gamma_losses(mean: Floats, variance: Floats, at: Floats) -> Losses:
    """
    Return cdf, loss and second loss of the gamma at ``at`` ≥ 0, of any shape that broadcasts with ``mean``.

    With k = μ²/σ², x = yμ/σ², Q the upper incomplete gamma ratio and D = xᵏe⁻ˣ/Γ(k + 1):
    n = (μ − y)Q + μD, N = ½[((μ − y)² + σ²)Q + (μ² + σ² − yμ)D]; both from Q(k + 1, x) = Q(k, x) + D.
    """
    variance = spread(mean, variance)
    some = mean > 0
    shape = np.divide(mean**2, variance, out=np.ones(mean.shape), where=some)
    points = at * np.divide(mean, variance, out=np.ones(mean.shape), where=some)
    survival = upper_gamma(shape, points)
    density = gamma_term(shape, points)
    short = mean - at
    loss = short * survival + mean * density
    second = ((short**2 + variance) * survival + (mean * short + variance) * density) / 2
    return Losses(
        np.where(some, 1 - survival, 1.0),
        np.where(some, np.maximum(loss, 0), 0.0),
        np.where(some, np.maximum(second, 0), 0.0),
    )


def remainder(mean: Floats, variance: Floats, at: Floats) -> Floats:
    """
    Return n(y)/P(X ≥ y), the units still to come when y ≥ 0 have; 0 where the mean is 0 or unknown.

    The negative binomial is summed upwards from y, relative to P(y), so that no tail is too far out.
    """
    result = np.zeros(mean.shape)
    usable = np.isfinite(mean) & np.isfinite(variance) & np.isfinite(at) & (mean > 0)
    gamma = usable & is_gamma(mean, variance)
    found = gamma_losses(mean[gamma], variance[gamma], at[gamma])
    tail = gamma_survival(mean[gamma], spread(mean, variance)[gamma], at[gamma])
    result[gamma] = np.divide(found.loss, tail, out=np.zeros(tail.shape), where=tail > 0)
    counts = np.flatnonzero(usable & ~gamma)
    widths = np.maximum(tail_end(mean[counts], variance[counts]) - np.minimum(at[counts], mean[counts]), 1.0)
    for chosen, width in blocks(np.ceil(widths)):
        rows = counts[chosen]
        success = (mean[rows] / spread(mean[rows], variance[rows]))[:, None]
        shape = mean[rows, None] * success / (1 - success)
        step = np.arange(1.0, width + 1)
        reached = at[rows, None] + step
        relative = np.cumprod((1 - success) * (reached - 1 + shape) / reached, axis=1)
        result[rows] = relative @ step / (1 + relative.sum(axis=1))
    return result


def gamma_survival(mean: ArrayLike, variance: ArrayLike, at: ArrayLike) -> Floats:
    """Return P(X > at) of a gamma, exact in its digits far out in the tail as well; 1 below 0."""
    mean, variance = np.asarray(mean, float), np.asarray(variance, float)
    return upper_gamma(mean**2 / variance, np.maximum(np.asarray(at, float), 0) * mean / variance)


def gamma_term(shape: ArrayLike, x: ArrayLike) -> Floats:
    """Return D = xᵃe⁻ˣ/Γ(a + 1): what Q(a + 1, x) has more than Q(a, x)."""
    a, x = np.broadcast_arrays(np.asarray(shape, float), np.asarray(x, float))
    large = a >= _STIRLING_FROM
    term = np.empty(a.shape)
    term[large] = _stirling_density(a[large], x[large]) / a[large]
    a, x = a[~large], x[~large]
    with np.errstate(divide="ignore", over="ignore"):
        term[~large] = np.exp(a * np.log(x) - x - _log_gamma(a + 1).astype(float))
    return term


def upper_gamma(shape: ArrayLike, x: ArrayLike) -> Floats:
    """
    Return the regularised upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a), for a > 0 and x ≥ 0.

    By quadrature where a is large, else by the power series (x < a + 1) or Legendre's continued
    fraction (Abramowitz & Stegun 6.5.29 and 6.5.31). Relative error about 1e-12, in the far tail too.
    """
    a, x = np.broadcast_arrays(np.asarray(shape, float), np.asarray(x, float))
    result = np.empty(a.shape)
    large = a >= _STIRLING_FROM
    series = ~large & (x < a + 1)
    fraction = ~large & ~series
    result[large] = _upper_by_quadrature(a[large], x[large])
    result[series] = 1 - _lower_by_series(a[series], x[series])
    result[fraction] = _upper_by_fraction(a[fraction], x[fraction])
    return result


def _stirling_density(a: Floats, t: Floats) -> Floats:
    """Return tᵃe⁻ᵗ/Γ(a) for a ≥ 30, scaled about its peak so that nothing overflows or cancels."""
    gap = (t - a) / a
    correction = (1 / 12 - (1 / 360 - 1 / (1260 * a**2)) / a**2) / a
    with np.errstate(divide="ignore"):
        exponent = a * (np.log1p(gap) - gap) - correction
    return np.sqrt(a / (2 * math.pi)) * np.exp(exponent)


def _upper_by_quadrature(a: Floats, x: Floats) -> Floats:
    """Integrate the density from x away from the mean, as far as it reaches, by Gauss–Legendre."""
    upper = x >= a
    root = np.sqrt(a)
    distance = np.abs(x - a) / root
    # from z standard deviations out, e^(−z·u − u²/2) is below 1e-17 of its start at u = 78/(z + √(z² + 78))
    reach = 78 / (distance + np.sqrt(distance**2 + 78)) * root
    reach = np.where(upper, reach * (1 + distance / root + 6 / root), np.minimum(reach, x))
    start = np.where(upper, x, x - reach)
    total = np.zeros(a.shape)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        t = start + reach * (node + 1) / 2
        total += weight * _stirling_density(a, t) / np.maximum(t, np.finfo(float).tiny)
    total *= reach / 2
    return np.where(upper, total, 1 - total)


def _lower_by_series(a: Floats, x: Floats) -> Floats:
    """Return P(a, x) = D·Σ xⁿ/((a + 1)…(a + n))."""
    term = np.ones(a.shape)
    total = term.copy()
    n = 0
    while term.size and (term > 1e-17 * total).any():
        n += 1
        term = term * x / (a + n)
        total += term
    return gamma_term(a, x) * total


def _upper_by_fraction(a: Floats, x: Floats) -> Floats:
    """Return Q(a, x) by the continued fraction, evaluated forwards (Lentz 1976, as modified by Thompson & Barnett)."""
    b = x + 1 - a
    d = 1 / b
    c = np.full(a.shape, 1e300)
    value = d.copy()
    step = np.zeros(a.shape)
    n = 0
    while step.size and (np.abs(step - 1) > 1e-15).any() and n < 500:
        n += 1
        top = n * (a - n)
        b = b + 2
        d = 1 / (top * d + b)
        c = b + top / c
        step = c * d
        value *= step
    return gamma_term(a, x) * a * value

"""
How many units to order: minimum, packs, capacity, the economic order quantity and price breaks. Pure NumPy.

Arguments broadcast against one another, so one offer is as good as a block of SKUs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .distributions import Floats, Ints


@dataclass(frozen=True, slots=True)
class PricedQuantity:
    """A quantity, its price per unit, and the yearly cost of always buying so."""

    annual_cost: Floats
    quantity: Ints
    unit_price: Floats


def order_quantity(need: ArrayLike, *, minimum: ArrayLike, pack: ArrayLike, capacity: ArrayLike | None = None) -> Ints:
    """
    Return the units to order: ceil(max(need, MOQ)/pack)·pack, nothing if nothing is needed.

    A stated capacity (nan: none) limits it to whole packs; below the minimum the offer is not usable: 0.

    >>> order_quantity([0, 51, 61], minimum=50, pack=12)
    array([ 0, 60, 72])
    >>> order_quantity(61, minimum=50, pack=12, capacity=65).item()
    60
    """
    wanted, least = np.asarray(need, float), np.asarray(minimum, float)
    size = np.maximum(np.asarray(pack, float), 1.0)
    order = np.where(wanted > 0, round_up(np.maximum(wanted, least), size), 0.0)
    if capacity is not None:
        limit = np.asarray(capacity, float)
        order = np.where(np.isnan(limit), order, np.minimum(order, np.floor(np.maximum(limit, 0) / size) * size))
        order = np.where(order < least, 0.0, order)
    return order.astype(np.int64)


def economic_order_quantity(demand: ArrayLike, *, order_cost: ArrayLike, holding_cost: ArrayLike) -> Floats:
    """
    Return √(2KD/h) (Harris 1913), holding cost per unit and the time of the demand; nan where it is undefined.

    >>> economic_order_quantity(1300, order_cost=8, holding_cost=0.225).round(5).item()
    304.04678
    """
    holding = np.asarray(holding_cost, float)
    twice = 2 * np.asarray(order_cost, float) * np.asarray(demand, float)
    known = (holding > 0) & (twice >= 0)
    twice, holding, known = np.broadcast_arrays(twice, holding, known)
    with np.errstate(over="ignore"):
        best: Floats = np.sqrt(np.divide(twice, holding, out=np.full(known.shape, np.nan), where=known))
    return best


def cheapest_quantity(
    annual_demand: ArrayLike,
    *,
    order_cost: ArrayLike,
    holding_rate: ArrayLike,
    tier_starts: ArrayLike,
    tier_prices: ArrayLike,
    minimum: ArrayLike = 0,
    pack: ArrayLike = 1,
) -> PricedQuantity:
    """
    Return the order quantity of least yearly cost D·u + K·D/Q + i·u·Q/2 under all-units price breaks.

    Tiers, ascending and padded with nan, are the last axis of ``tier_starts`` and ``tier_prices``; the
    rest is (n,) or scalar. Candidates: each tier's EOQ, both pack multiples about it, and lower bound.
    Without any price: quantity 0, nan. (Snyder & Shen, ch. 3.)
    """
    demand, cost, rate, least, size = (
        np.asarray(figure, float)[..., None] for figure in (annual_demand, order_cost, holding_rate, minimum, pack)
    )
    starts, prices = np.asarray(tier_starts, float), np.asarray(tier_prices, float)
    size = np.maximum(size, 1.0)
    best = economic_order_quantity(demand, order_cost=cost, holding_cost=rate * prices)
    floor = np.fmax(np.fmax(starts, least), 1.0)
    candidates = np.concatenate(
        [
            round_up(np.broadcast_to(floor, best.shape), size),
            round_up(np.fmax(best, floor), size),
            np.fmax(np.floor(best / size) * size, round_up(floor, size)),
        ],
        axis=-1,
    )
    tier = (starts[..., None, :] <= candidates[..., None]).sum(axis=-1) - 1
    price = np.take_along_axis(np.broadcast_to(prices, (*best.shape[:-1], prices.shape[-1])), np.maximum(tier, 0), -1)
    price = np.where(tier >= 0, price, np.nan)
    total = demand * price + cost * demand / candidates + rate * price * candidates / 2
    order = np.lexsort((candidates, np.where(np.isnan(total), np.inf, total)), axis=-1)[..., :1]
    total, quantity, price = (np.take_along_axis(part, order, -1)[..., 0] for part in (total, candidates, price))
    return PricedQuantity(total, np.where(np.isnan(total), 0, quantity).astype(np.int64), price)


def round_up(units: Floats, pack: Floats) -> Floats:
    """
    Round up to whole packs; a billionth above a multiple is arithmetic, not need, but what is needed takes a pack.

    >>> round_up(np.array([1.0, 12.0, 12.5]), np.array([1e9, 6.0, 6.0])).tolist()
    [1000000000.0, 12.0, 18.0]
    """
    rounded: Floats = np.fmax(np.ceil(units / pack - 1e-9), np.sign(units)) * pack
    return rounded

"""
When to order again (s), up to how much (S = s + Q), and in what quantities. Pure NumPy over the SKU axis.

A SKU is one product in one warehouse. ``recompute`` does a whole block; the single formulas stand
beside it. Demand is in units per week, lead times are in days outside and in weeks inside.
"""

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .covering import lead_time_demand
from .distributions import GAMMA, NEGATIVE_BINOMIAL, Bools, Floats, Ints, is_gamma, spread
from .quantities import PricedQuantity, cheapest_quantity, economic_order_quantity, order_quantity, round_up
from .service_levels import (
    LeadTimeDemand,
    chance_of_stockout,
    cycle_service,
    cycle_service_point,
    fill_rate,
    fill_rate_point,
    is_spike,
)

__all__ = [
    "CYCLE",
    "FILL",
    "Inputs",
    "LeadTimeDemand",
    "Outputs",
    "PricedQuantity",
    "Reason",
    "chance_of_stockout",
    "cheapest_quantity",
    "cycle_service",
    "cycle_service_point",
    "days_of_cover",
    "economic_order_quantity",
    "fill_rate",
    "fill_rate_point",
    "is_long",
    "is_spike",
    "lead_time_demand",
    "order_quantity",
    "recompute",
]

FILL, CYCLE = "fill", "cycle"
WEEKS_PER_YEAR = 365.25 / 7
DORMANT_WEEKS = 52
MOST_UNITS = 2_000_000_000
"""A level above this is a mistake in the data, and does not fit the database's integers."""
MOST, MOST_DAYS = 1e25, 36_500.0
"""Figures and times above these are mistakes, not demand, money or lead times."""
WILDEST = 1e6
"""Variance ÷ mean² above which lumpy demand is a mistake in the data, not a distribution."""
LONG_WEEKS = 2 * WEEKS_PER_YEAR
"""Weeks of demand in a level above which it is asked whether to stock a SKU at all."""


class Reason(IntEnum):
    """Why a SKU has the reorder point it has; all but COMPUTED have 0, and order only what is owed."""

    COMPUTED = 0
    DISCONTINUED = 1
    DORMANT = 2
    NO_DEMAND = 3
    BAD_DEMAND = 4
    BAD_LEAD_TIME = 5
    BAD_TARGET = 6
    BAD_ORDER_TERMS = 7
    TOO_LARGE = 8


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    What a reorder point is made of, for n SKUs; arrays of shape (n,), nan where something is not set.

    mean, variance: units (units²) per week, the variance shrunk.
    lead_mean_days, lead_sd_days, review_days: days; a review below one day counts as one.
    target, measure: the service level, between 0 and 1, and what it measures: "fill" or "cycle".
    minimum, pack: units; nan or 0 for none.
    cover_weeks: how many weeks one order should last; not set: the economic order quantity of
    order_cost (money per order), unit_cost (money) and holding_rate (share of the value per year).
    uplift: (n, w), for each of the next w weeks, if any event is known; slope: b of the shop-wide line.
    weekdays: (7,), how much of a mean day each of the next seven is, today first; not set: all are alike.
    """

    mean: Floats
    variance: Floats
    lead_mean_days: Floats
    lead_sd_days: Floats
    review_days: Floats
    target: Floats
    measure: NDArray[np.str_]
    minimum: Floats
    pack: Floats
    cover_weeks: Floats
    order_cost: Floats
    unit_cost: Floats
    holding_rate: Floats
    discontinued: Bools
    weeks_since_demand: Ints
    uplift: Floats | None = None
    slope: float = 1.5
    weekdays: Floats | None = None

    def take(self, rows: Ints) -> "Inputs":
        """Return some of the SKUs."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        del parts["weekdays"]
        taken: dict[str, Any] = {name: part[rows] for name, part in parts.items() if isinstance(part, np.ndarray)}
        return replace(self, **taken)


@dataclass(frozen=True, slots=True)
class Outputs:
    """
    The answer and its parts, arrays of shape (n,).

    reorder_point, order_up_to, batch, safety_stock: whole units (s, S = s + Q, Q, s − μ_P rounded).
    mean, variance: demand over lead time + review; lead_mean, lead_variance: over the lead time alone.
    family: the distribution used, "" if none; fill, cycle: expected service of s, nan where there is
    nothing to serve; reason: a ``Reason`` per SKU. busiest: the most units ever asked for in so long a time, nan
    where that limits nothing; uncapped: what s would be without that limit.
    """

    reorder_point: Ints
    order_up_to: Ints
    batch: Ints
    safety_stock: Ints
    mean: Floats
    variance: Floats
    lead_mean: Floats
    lead_variance: Floats
    family: NDArray[np.str_]
    fill: Floats
    cycle: Floats
    reason: NDArray[np.int8]
    busiest: Floats
    uncapped: Ints


def recompute(inputs: Inputs) -> Outputs:
    """
    Compute every reorder point of a block; a SKU that has none gets 0 and the reason, never an exception.

    Such a SKU has batch 0 too, so that nothing but what is owed is ordered for it.
    """
    reason = _reasons(inputs)
    rows = np.flatnonzero(reason == Reason.COMPUTED)
    part = inputs.take(rows)
    demand, batch = _demand(part), _batch(part)
    small = (demand.mean <= MOST_UNITS) & (batch <= MOST_UNITS)
    small &= ~is_gamma(demand.mean, demand.variance) | (demand.variance <= WILDEST * demand.mean**2)
    reason[rows[~small]] = Reason.TOO_LARGE
    rows, demand, batch = rows[small], demand.take(small), batch[small]
    point = _points(demand, batch, inputs.take(rows))
    fits = point + batch <= MOST_UNITS
    reason[rows[~fits]] = Reason.TOO_LARGE
    return _outputs(reason, rows[fits], demand.take(fits), batch[fits], point[fits])


def days_of_cover(units: Floats | Ints, *, mean: Floats) -> Floats:
    """Return how many days ``units`` last at ``mean`` units per week; nan without demand, 0 without stock."""
    days: Floats = np.full(mean.shape, np.nan)
    np.divide(np.maximum(units, 0) * 7.0, mean, out=days, where=mean > 0)
    return days


def is_long(level: float, *, mean: float) -> bool:
    """
    Say whether a level, in units, is more than two years of demand of ``mean`` units a week.

    >>> is_long(105, mean=1.0), is_long(104, mean=1.0), is_long(105, mean=0.0)
    (True, False, False)
    """
    return 0 < mean * LONG_WEEKS < level


def _reasons(inputs: Inputs) -> NDArray[np.int8]:
    """Return per SKU the first reason there is not to compute a reorder point."""

    def bad(*figures: Floats, most: float) -> Bools:
        good = np.ones(len(inputs.mean), bool)
        for figure in figures:
            good &= (figure >= 0) & (figure <= most)
        return ~good

    uplift = np.ones((len(inputs.mean), 1)) if inputs.uplift is None else inputs.uplift
    times = (inputs.lead_mean_days, inputs.lead_sd_days, inputs.review_days)
    terms = (inputs.minimum, inputs.pack, inputs.cover_weeks, inputs.order_cost, inputs.unit_cost, inputs.holding_rate)
    checks = {
        Reason.DISCONTINUED: inputs.discontinued,
        Reason.DORMANT: inputs.weeks_since_demand >= DORMANT_WEEKS,
        Reason.BAD_DEMAND: bad(inputs.mean, inputs.variance, most=MOST)
        | bad(*uplift.T, most=MOST)
        | (uplift == 0).any(1),
        Reason.NO_DEMAND: inputs.mean == 0,
        Reason.BAD_LEAD_TIME: bad(*times, most=MOST_DAYS),
        Reason.BAD_TARGET: ~((inputs.target > 0) & (inputs.target < 1) & np.isin(inputs.measure, (FILL, CYCLE))),
        Reason.BAD_ORDER_TERMS: bad(*(np.where(np.isnan(term), 0.0, term) for term in terms), most=MOST),
    }
    return np.select(list(checks.values()), list(checks), Reason.COMPUTED).astype(np.int8)


def _demand(inputs: Inputs) -> LeadTimeDemand:
    """Return lead-time demand with the variances that the distributions use."""
    demand = lead_time_demand(
        inputs.mean,
        inputs.variance,
        lead_weeks=inputs.lead_mean_days / 7,
        lead_sd_weeks=inputs.lead_sd_days / 7,
        review_weeks=np.maximum(inputs.review_days, 1.0) / 7,
        uplift=inputs.uplift,
        slope=inputs.slope,
        weekdays=inputs.weekdays,
    )
    variance = spread(demand.mean, demand.variance)
    return LeadTimeDemand(demand.mean, variance, demand.lead_mean, spread(demand.lead_mean, demand.lead_variance))


def _batch(inputs: Inputs) -> Floats:
    """Return Q = max(1, MOQ, EOQ or the set weeks of cover × m), rounded up to the pack."""
    economic = economic_order_quantity(
        inputs.mean * WEEKS_PER_YEAR, order_cost=inputs.order_cost, holding_cost=inputs.unit_cost * inputs.holding_rate
    )
    wanted = np.where(np.isnan(inputs.cover_weeks), economic, inputs.cover_weeks * inputs.mean)
    return round_up(np.fmax(np.fmax(wanted, inputs.minimum), 1.0), np.fmax(inputs.pack, 1.0))


def _points(demand: LeadTimeDemand, batch: Floats, inputs: Inputs) -> Ints:
    """Return the reorder points, each by its own measure."""
    fill = inputs.measure == FILL
    point = np.zeros(len(batch), np.int64)
    point[fill] = fill_rate_point(demand.take(fill), batch=batch[fill], target=inputs.target[fill])
    point[~fill] = cycle_service_point(demand.mean[~fill], demand.variance[~fill], target=inputs.target[~fill])
    return point


def _outputs(reason: NDArray[np.int8], rows: Ints, demand: LeadTimeDemand, batch: Floats, point: Ints) -> Outputs:
    """Spread the results of ``rows`` over all SKUs, with zeros, blanks and nan for the others."""

    def whole(values: Floats | Ints) -> Ints:
        filled = np.zeros(len(reason), np.int64)
        filled[rows] = np.rint(values)
        return filled

    def real(values: Floats, empty: float = 0.0) -> Floats:
        filled = np.full(len(reason), empty)
        filled[rows] = values
        return filled

    family = np.full(len(reason), "", dtype=f"U{len(NEGATIVE_BINOMIAL)}")
    family[rows] = np.where(is_gamma(demand.mean, demand.variance), GAMMA, NEGATIVE_BINOMIAL)
    return Outputs(
        reorder_point=whole(point),
        order_up_to=whole(point + batch),
        batch=whole(batch),
        safety_stock=whole(point - demand.mean),
        mean=real(demand.mean),
        variance=real(demand.variance),
        lead_mean=real(demand.lead_mean),
        lead_variance=real(demand.lead_variance),
        family=family,
        fill=real(fill_rate(demand, point=point, batch=batch), np.nan),
        cycle=real(cycle_service(demand.mean, demand.variance, point=point), np.nan),
        reason=reason,
        busiest=np.full(len(reason), np.nan),
        uncapped=whole(point),
    )

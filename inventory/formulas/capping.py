"""
What may be believed of lumpy demand: a limit to its reorder points (rules §3.6). Pure NumPy over the SKU axis.

A distribution fitted to a handful of large demands goes on for ever, and a fill target runs along it.
"""

from dataclasses import replace

import numpy as np

from .distributions import Bools, Floats, Ints
from .reorder import Inputs, Outputs, Reason
from .service_levels import LeadTimeDemand, cycle_service, fill_rate

FACTOR, MARGIN = 2.0, 2.0
"""No shelf is filled for more than twice the most that was ever asked for in the weeks it covers, and two units."""
LEAST_WEEKS = 12
"""Weeks of history below which nobody knows yet what is much (decision record 0047)."""


def window_weeks(lead_days: Floats, review_days: Floats) -> Ints:
    """Return how many whole weeks lead time and review touch, (n,), at least one; 0 where a time is not known."""
    weeks = (lead_days + np.maximum(review_days, 1.0)) / 7
    return np.where(np.isfinite(weeks), np.ceil(np.nan_to_num(weeks) - 1e-9), 0.0).astype(np.int64)


def may_be_capped(inputs: Inputs, outputs: Outputs, *, weeks: Ints, least: Floats) -> Bools:
    """
    Say whose point exceeds what a cap may be: not the new ones, nor where a season or an event lies ahead.

    :param weeks: closed weeks of history; 0 for a launch
    :param least: what the busiest weeks had at least, units
    """
    window = window_weeks(inputs.lead_mean_days, inputs.review_days)
    known = (outputs.reason == Reason.COMPUTED) & (weeks >= np.maximum(window, LEAST_WEEKS))
    if inputs.uplift is not None:
        ahead = np.arange(inputs.uplift.shape[1]) < window[:, None]
        known &= ~(ahead & (inputs.uplift != 1)).any(axis=1)
    may: Bools = known & (outputs.reorder_point > _cap(least))
    return may


def capped(outputs: Outputs, busiest: Floats) -> Outputs:
    """
    Limit the points to what can be believed of lumpy demand, and give the service that is then to be expected.

    No shelf is filled for more than twice the most ever seen in as many weeks as it covers, and two units.

    :param busiest: units, nan where nothing is limited
    """
    limit = _cap(busiest)
    rows = np.flatnonzero(np.isfinite(limit) & (outputs.reorder_point > limit))
    point, fill, cycle = outputs.reorder_point.copy(), outputs.fill.copy(), outputs.cycle.copy()
    point[rows] = limit[rows].astype(np.int64)
    demand = LeadTimeDemand(outputs.mean, outputs.variance, outputs.lead_mean, outputs.lead_variance).take(rows)
    fill[rows] = fill_rate(demand, point=point[rows], batch=outputs.batch[rows].astype(float))
    cycle[rows] = cycle_service(demand.mean, demand.variance, point=point[rows])
    return replace(
        outputs,
        reorder_point=point,
        order_up_to=point + outputs.batch,
        safety_stock=np.rint(point - outputs.mean).astype(np.int64),
        fill=fill,
        cycle=cycle,
        busiest=busiest,
    )


def _cap(busiest: Floats) -> Floats:
    """Return the highest reorder point: s + 1 units are what is left to cover P when nothing is ordered."""
    limit: Floats = np.floor(FACTOR * busiest + MARGIN) - 1
    return limit

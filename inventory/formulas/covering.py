"""
Demand over the time that an order must cover: lead time and review, with what is known of its weeks and days.

Pure NumPy over the SKU axis; demand in units per week, times in weeks.
"""

import numpy as np

from .distributions import Floats
from .forecast import uplift_over
from .service_levels import LeadTimeDemand

LEVEL_WEIGHT = 0.1
"""Weight of the smoothing whose uncertainty a longer lead time adds up."""
WEEKDAYS_COUNT_BELOW = 2
"""Weeks of P from which on it does not matter which weekdays are in it."""


def lead_time_demand(
    mean: Floats,
    variance: Floats,
    *,
    lead_weeks: Floats,
    lead_sd_weeks: Floats,
    review_weeks: Floats,
    alpha: float = LEVEL_WEIGHT,
    uplift: Floats | None = None,
    slope: float = 1.5,
    weekdays: Floats | None = None,
) -> LeadTimeDemand:
    """
    Return the demand over P = L + R and over L: μ = mP, σ² = vP(1 + α(P − 1)/2) + m²σ_L².

    The bracket is the uncertainty of the level itself (Snyder & Koehler; simulated: 1.35 at P = 8).
    Events (``uplift``, per week from today) multiply the mean, and the variance by uplift^slope. ``weekdays`` weigh
    the days of a P below two weeks.

    >>> week = np.array([1.0])
    >>> lead_time_demand(week, 9 * week, lead_weeks=3 * week, lead_sd_weeks=0 * week, review_weeks=week).variance
    array([41.4])
    """

    share = weekday_share(weekdays, lead_weeks + review_weeks)

    def over(weeks: Floats) -> tuple[Floats, Floats]:
        m, v = mean * share, variance * share
        if uplift is not None:
            m, v = m * uplift_over(uplift, weeks), v * uplift_over(uplift, weeks, power=slope)
        return m * weeks, v * weeks * (1 + alpha * (weeks - 1) / 2) + (m * lead_sd_weeks) ** 2

    return LeadTimeDemand(*over(lead_weeks + review_weeks), *over(lead_weeks))


def weekday_share(weekdays: Floats | None, weeks: Floats) -> Floats:
    """
    Return how much of a mean day the days of the next ``weeks`` are, (n,): 1 from two weeks on.

    >>> weekday_share(np.array([2.0, 1, 1, 1, 1, 1, 0]), np.array([1 / 7, 1.0, 9 / 7, 3.0])).round(3).tolist()
    [2.0, 1.0, 1.111, 1.0]
    """
    if weekdays is None:
        return np.ones(len(weeks))
    days = np.concatenate([[0.0], np.tile(weekdays, WEEKDAYS_COUNT_BELOW).cumsum()])
    reached = np.interp(weeks * 7, np.arange(len(days)), days)
    counts = (weeks > 0) & (weeks < WEEKDAYS_COUNT_BELOW)
    share: Floats = np.divide(reached, weeks * 7, out=np.ones(len(weeks)), where=counts)
    return share

"""
How likely a product runs out, for every SKU with stock, demand or waiters (rules §3.12). Pure.

A risk to rank by, not a service level: over the time until an order of now is here, and over the next three weeks.
Where more is owed than lies on the shelf, it is out, whatever is on its way: 1, and nothing else is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .distributions import Bools, Floats, Ints, spread
from .forecast import DEFAULT_LINE
from .service_levels import chance_of_stockout

NEAR_WEEKS = 3.0
SMALL_RATE = 1e-4
"""Units a week of what nobody asked for in a year, so that what has nothing on the shelf ranks before what has much."""
WEEKS_A_MONTH = 52 / 12
USUAL_WEEKS = 8.0
"""Lead time of a product of a file that does not say."""
UNKNOWN_WEEKS = 4.0
"""How long an order takes that nobody can be asked for."""
MOST_RATE, MOST_WEEKS = 1e9, 520.0
"""What is beyond is a mistake in the data, and as likely to run out as this is."""
OUT = 1.0
MOST = 1 - 1e-9
"""The greatest chance of a product that is not out."""


@dataclass(frozen=True, slots=True)
class Chances:
    """Shares between 0 and 1 per SKU, shape (n,): over the lead time, and over the next three weeks."""

    lead: Floats
    near: Floats


def of(
    *,
    level: Floats,
    forward: Floats,
    variance: Floats,
    lead_weeks: Floats,
    lead_sd_weeks: Floats,
    position: Floats | Ints,
    near: Floats | Ints,
    is_out: Bools,
) -> Chances:
    """
    Return the chances of n SKUs.

    :param level: units a week as they were; ``forward``: as they are expected; their mean counts, a small rate at least
    :param variance: units² a week
    :param lead_weeks: until an order of now is here, nan where nobody supplies it; ``lead_sd_weeks``: its spread
    :param position: units on hand and on their way in that time, less those owed; ``near``: in the next three weeks
    """
    rate = np.clip((_within(level, MOST_RATE) + _within(forward, MOST_RATE)) / 2, SMALL_RATE, MOST_RATE)
    own = _within(variance, MOST_RATE**2)
    weeks = ahead(lead_weeks)
    sd = np.where(np.isfinite(lead_sd_weeks), np.minimum(lead_sd_weeks, MOST_WEEKS), 0.0)
    by_lead = _chance(rate, own, weeks, sd, position)
    by_now = _chance(rate, own, np.full(len(rate), NEAR_WEEKS), np.zeros(len(rate)), near)
    return Chances(np.where(is_out, OUT, by_lead), np.where(is_out, OUT, by_now))


def ahead(lead_weeks: Floats) -> Floats:
    """Return the weeks until an order of now is here, within reason."""
    known = np.isfinite(lead_weeks) & (lead_weeks > 0)
    weeks: Floats = np.where(known, np.minimum(lead_weeks, MOST_WEEKS), UNKNOWN_WEEKS)
    return weeks


def is_out(on_hand: Floats | Ints, owed: Floats | Ints) -> Bools:
    """Say where somebody waits for more than lies on the shelf."""
    out: Bools = (np.asarray(owed) > 0) & (np.asarray(owed) > np.asarray(on_hand))
    return out


def auc(scores: Floats, happened: Bools) -> float:
    """
    Return the chance that what happened was ranked before what did not; ties count half (Mann & Whitney 1947).

    >>> auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    yes = int(happened.sum())
    return float((rank[happened].sum() - yes * (yes + 1) / 2) / (yes * (len(scores) - yes)))


def backtest(known: Mapping[str, Floats], happened: Bools) -> dict[str, float]:
    """
    Return how well the chances told what happened to these products: ``auc`` by level alone, and with the forecast.

    :param known: (n,) each, as ``resources.risk_table`` names them; months are cumulated, the lead time is in weeks
    """
    sold = [known[f"sales_{months}_month"] for months in (1, 3, 6, 9)]
    spans = [(sold[3] - sold[2], 3), (sold[2] - sold[1], 3), (sold[1] - sold[0], 2), (sold[0], 1)]
    months = [np.maximum(units, 0.0) / span for units, span in spans for _ in range(span)]
    level, forecast = level_of(months), known["forecast_3_month"] / (3 * WEEKS_A_MONTH)
    stock = known["national_inv"] + known["in_transit_qty"]

    def rank(forward: Floats) -> Chances:
        mean = (level + forward) / 2
        return of(
            level=level,
            forward=forward,
            variance=np.exp(DEFAULT_LINE.a) * mean**DEFAULT_LINE.b,
            lead_weeks=np.where(np.isnan(known["lead_time"]), USUAL_WEEKS, known["lead_time"]),
            lead_sd_weeks=np.zeros(len(stock)),
            position=stock,
            near=stock,
            is_out=is_out(known["national_inv"], np.maximum(-known["national_inv"], 0.0)),
        )

    both = rank(forecast)
    return {
        "level": auc(rank(level).lead, happened),
        "lead_time": auc(both.lead, happened),
        "near": auc(both.near, happened),
    }


def level_of(months: Sequence[Floats]) -> Floats:
    """
    Return units a week from the sales of months, oldest first, (n,) each: what the night's three smoothings make of it.

    α a week of .05, .1 and .2 is 1 − (1 − α)^4⅓ a month (rules §3.2).
    """
    levels = []
    for alpha in (0.05, 0.1, 0.2):
        share = 1 - (1 - alpha) ** WEEKS_A_MONTH
        level = (months[0] + months[1]) / 2
        for units in months:
            level = level + share * (units - level)
        levels.append(level)
    mean: Floats = np.mean(levels, axis=0) / WEEKS_A_MONTH
    return mean


def _within(figures: Floats, most: float) -> Floats:
    """Return figures without nan, between 0 and the most that can be meant."""
    return np.clip(np.nan_to_num(figures, posinf=most), 0.0, most)


def _chance(rate: Floats, variance: Floats, weeks: Floats, sd: Floats, units: Floats | Ints) -> Floats:
    mean = rate * weeks
    spread_out = variance * weeks * (1 + 0.1 * np.maximum(weeks - 1, 0) / 2) + (rate * sd) ** 2
    return np.minimum(chance_of_stockout(units, mean=mean, variance=spread(mean, spread_out)), MOST)

"""
What an offer's record says about when its goods arrive. Pure arithmetic; writes nothing.

All times are days since the purchase order was sent. Divide by seven before a lead time
meets weekly demand. What a confirmed date is worth is ``suppliers.lateness``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist, fmean

import numpy as np
from numpy.typing import NDArray

from inventory.formulas import arrival_days
from inventory.formulas.arrival_days import ArrivalDays
from inventory.formulas.distributions import gamma_survival, gamma_term
from inventory.formulas.tails import log_gamma_survival, log_gamma_weight, log_normal_survival

Floats = NDArray[np.float64]

PRIOR_ORDERS = 3
ASSUMED_LINES, MOST_OF_QUOTE = 5, 4.0
"""What the shop's record begins with, and what a line weighs in it at most (decision record 0110)."""
UNKNOWN_CV, MOST_CV = 0.35, 1.0
"""The spread, as a share of the mean, that is assumed while nothing is known, and the most (decision record 0109)."""
WILSON_HILFERTY_CV = 0.4
LONGEST_WAIT = 365
# Below this the spread is a matter of hours, and the sums for the tail would need thousands of terms.
SMALLEST_CV = 0.01


class ImpossibleLeadTime(ValueError):
    """A time that cannot have been: negative, infinite, or not a number."""


@dataclass(frozen=True, slots=True)
class LeadTimeEstimate:
    """
    The lead time of the next order, in days.

    ``sd`` is the spread between orders; ``predictive_sd`` adds what is not yet known of
    their mean, and is the one to make dates and safety stock from. ``count`` receipts
    were seen.
    """

    mean: float
    sd: float
    predictive_sd: float
    count: int


@dataclass(frozen=True, slots=True)
class LeadTimeRatio:
    """Mean and sd of actual ÷ stated time over the whole shop; as it stands, what is assumed while nothing is known."""

    mean: float = 1.0
    sd: float = UNKNOWN_CV

    @classmethod
    def of_shop(cls, count: float, total: float, squares: float) -> "LeadTimeRatio":
        """
        Give the record of a shop, in which what is assumed while nothing is known fades.

        :param count: lines that came
        :param total: sum of their ratios, each ``in_record``
        :param squares: sum of the squares of these
        """
        lines = ASSUMED_LINES + count
        mean = (ASSUMED_LINES + total) / lines
        return cls(mean, math.sqrt((ASSUMED_LINES * (1 + UNKNOWN_CV**2) + squares) / lines - mean**2))

    @staticmethod
    def in_record(ratio: Floats) -> Floats:
        """Give what ratios count for in the record of the shop."""
        return np.minimum(ratio, MOST_OF_QUOTE)


def days_stated(sent: date, confirmed: date) -> int:
    """Count the days from sending to the confirmed date: at least one, so that a ratio to it exists."""
    return max(1, (confirmed - sent).days)


def expect(quoted_days: float, own_ratios: Sequence[float], *, record: LeadTimeRatio) -> LeadTimeEstimate:
    """
    Work out the lead time of an order from the time quoted for it and the offer's own record.

    The quoted time is first corrected by what the whole shop has seen (rules §3.9).

    :raises ImpossibleLeadTime: if the quoted time is not positive
    """
    prior_mean = quoted_days * record.mean
    observed = [ratio * quoted_days for ratio in own_ratios]
    return learn(observed, prior_mean=prior_mean, prior_sd=record.sd * prior_mean)


@dataclass(frozen=True, slots=True)
class Columns:
    """Estimates of many offers: shape (n,) each, days; ``likely`` and ``safe`` the median and the safe quantile."""

    mean: Floats
    sd: Floats
    likely: Floats
    safe: Floats


def in_columns(
    quoted_days: Floats, count: Floats, total: Floats, squares: Floats, *, record: LeadTimeRatio, chance: float
) -> Columns:
    """Do what ``expect`` does for many offers, and give their dates too; ``safe`` is the quantile ``chance``."""
    mean, sd = moments(quoted_days, count, total, squares, record=record)
    spread, back = np.unique(np.round(sd / mean, 9), return_inverse=True)
    return Columns(mean, sd, *(mean * of_mean_one(q, spread)[back] for q in (0.5, chance)))


def moments(quoted_days: Floats, *sums: Floats, record: LeadTimeRatio) -> tuple[Floats, Floats]:
    """Give mean and predictive sd, from count, sum and sum of squares of each one's ratios; shape (n,) each."""
    (count, total, squares), prior = sums, quoted_days * record.mean
    ratio = np.divide(total, count, out=np.full(len(count), record.mean), where=count > 0)
    scatter = np.maximum(squares - count * ratio**2, 0.0) * quoted_days**2 * (count > 1)
    orders, spread = PRIOR_ORDERS + count, 2 * PRIOR_ORDERS * (record.sd * prior) ** 2
    surprise = PRIOR_ORDERS * count / orders * (ratio * quoted_days - prior) ** 2
    variance = (spread + scatter + surprise) / (2 * PRIOR_ORDERS + count)
    mean: Floats = (PRIOR_ORDERS * prior + count * ratio * quoted_days) / orders
    return mean, np.minimum(np.sqrt(variance * (1 + 1 / orders)), MOST_CV * mean)


def of_mean_one(q: float, cv: Floats) -> Floats:
    """Give ``quantile`` for many gammas of mean 1."""
    normal = NormalDist().inv_cdf(q)
    found = np.where(cv > 0, np.maximum(1 - cv**2 / 9 + normal * cv / 3, 0.0) ** 3, 1.0)
    small = (cv > SMALLEST_CV) & (cv <= WILSON_HILFERTY_CV)
    shape = cv[small] ** -2
    x = shape * found[small]
    for _ in range(2):
        x += (gamma_survival(shape, shape, x) - (1 - q)) * x / (gamma_term(shape, x) * shape)
    found[small] = x / shape
    if (wide := cv > WILSON_HILFERTY_CV).any():
        found[wide] = [quantile(q, 1.0, each) for each in cv[wide].tolist()]
    return found


def learn(observed_days: Sequence[float], *, prior_mean: float, prior_sd: float) -> LeadTimeEstimate:
    """
    Weigh what was seen against three prior orders.

    Normal-inverse-gamma posterior (Gelman et al., *Bayesian Data Analysis*, §3.3) with three
    prior orders for the mean and six for the spread; formulas in rules §3.9.

    :raises ImpossibleLeadTime: if a time is negative or not finite, or the prior mean not positive
    """
    if not all(math.isfinite(days) and days >= 0 for days in (*observed_days, prior_mean, prior_sd)) or not prior_mean:
        raise ImpossibleLeadTime("A lead time must be a number of days, and the stated one more than none.")
    count = len(observed_days)
    seen = fmean(observed_days) if count else prior_mean
    orders = PRIOR_ORDERS + count
    scatter = math.fsum((days - seen) ** 2 for days in observed_days)
    surprise = PRIOR_ORDERS * count / orders * (seen - prior_mean) ** 2
    variance = (2 * PRIOR_ORDERS * prior_sd**2 + scatter + surprise) / (2 * PRIOR_ORDERS + count)
    mean = (PRIOR_ORDERS * prior_mean + count * seen) / orders
    sd, predictive_sd = (min(math.sqrt(variance * more), MOST_CV * mean) for more in (1, 1 + 1 / orders))
    return LeadTimeEstimate(mean, sd, predictive_sd, count)


def quantile(q: float, mean: float, sd: float) -> float:
    """
    Give the days within which a share ``q`` of orders arrives, gamma distributed.

    Wilson & Hilferty (1931) while the coefficient of variation is at most .4, with two steps
    of Newton to take off their half hour of error; bisection on the incomplete gamma above.
    """
    cv = sd / mean
    if cv > WILSON_HILFERTY_CV:
        return _gamma_bisected(q, 1 / cv**2) * mean * cv**2
    root = 1 - cv**2 / 9 + NormalDist().inv_cdf(q) * cv / 3
    if cv <= SMALLEST_CV:
        return mean * root**3
    shape = 1 / cv**2
    x = shape * root**3
    for _ in range(2):
        survival = math.exp(log_gamma_survival(shape, x))
        x += (survival - (1 - q)) * x / math.exp(log_gamma_weight(shape, x))
    return x / shape * mean


def open_quantile(q: float, elapsed: float, mean: float, sd: float, *, late: bool) -> float:
    """
    Give the days since sending within which an order still open after ``elapsed`` days arrives with chance ``q``.

    The t with S(t) = (1 − q)·S(elapsed), at most a year from now. Gamma while the order is
    not ``late``; lognormal with the same mean and variance once it is, because real late
    deliveries have the longer tail (rules §2.3). Works on log S: S itself vanishes in the tail.
    """
    cv = max(sd / mean, SMALLEST_CV)
    shape = 1 / cv**2
    sigma = math.sqrt(math.log1p(cv**2))
    center = math.log(mean) - sigma**2 / 2

    def log_survival(days: float) -> float:
        if days <= 0:
            return 0.0
        if late:
            return log_normal_survival((math.log(days) - center) / sigma)
        return log_gamma_survival(shape, days * shape / mean)

    return _bisect(log_survival, math.log1p(-q) + log_survival(elapsed), elapsed, elapsed + LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Open:
    """
    Goods sent and still to come, of which no date was confirmed, as seen on a day.

    Late once the safe date has passed that they would have been given on the day they were sent, or ``previous_safe``
    (the first they were given), whichever is earlier.
    """

    sent: date
    today: date
    lead: LeadTimeEstimate
    quantile: float
    previous_safe: date | None = None

    @property
    def is_late(self) -> bool:
        safe = self.sent + timedelta(math.ceil(_gamma_safe(self.quantile, self.lead)))
        return self.today > min(safe, self.previous_safe or safe)

    def day(self, chance: float, *, is_late: bool) -> date:
        """
        Give the day by which they are here with this chance, tomorrow at the earliest.

        An order still open today takes longer than it has so far; hence never before a safe date that has passed.
        """
        elapsed = max(0, (self.today - self.sent).days)
        days = open_quantile(chance, elapsed, self.lead.mean, self.lead.predictive_sd, late=is_late)
        return self.sent + timedelta(math.ceil(days))


def days(goods: Open) -> tuple[ArrivalDays, date]:
    """Give the days that an inbound stores, and its safe one."""
    is_late = goods.is_late
    found = arrival_days.of(lambda chance: goods.day(chance, is_late=is_late))
    return found, goods.day(goods.quantile, is_late=is_late)


def likely_and_safe(
    sent: date, today: date, lead: LeadTimeEstimate, *, quantile: float, previous_safe: date | None = None
) -> tuple[date, date]:
    """Date an open inbound without a confirmed date: the median, and the ``quantile`` we dare to promise."""
    goods = Open(sent, today, lead, quantile, previous_safe)
    is_late = goods.is_late
    return goods.day(0.5, is_late=is_late), goods.day(quantile, is_late=is_late)


def _gamma_safe(q: float, lead: LeadTimeEstimate) -> float:
    return quantile(q, lead.mean, lead.predictive_sd)


def _gamma_bisected(q: float, shape: float) -> float:
    target = math.log1p(-q)
    upper = shape
    while log_gamma_survival(shape, upper) > target:
        upper *= 2
    return _bisect(lambda x: log_gamma_survival(shape, x), target, 0.0, upper)


def _bisect(falling: Callable[[float], float], target: float, lower: float, upper: float) -> float:
    """Find where a falling function meets the target; the upper end if it is still above it there."""
    if falling(upper) >= target:
        return upper
    while upper - lower > 1e-12 * upper:
        middle = (lower + upper) / 2
        if falling(middle) > target:
            lower = middle
        else:
            upper = middle
    return upper

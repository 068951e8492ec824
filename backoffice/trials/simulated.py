"""
``manage.py backtest promises --simulated``: how many mails of a later date the rule makes where suppliers are exactly
as they are believed to be. Reads no table and writes none.

Each night dates what is not here yet (``suppliers.leadtimes``), asks for the chance to break, and asks the rule.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from inventory.formulas import arrival_days
from inventory.formulas.arrival_days import ArrivalDays
from inventory.formulas.calendars.working_days import PLAIN
from orders.rules import news
from suppliers import leadtimes

ORDERS = 3_000
TIMES = ((10, 3.5), (30, 8.4), (45, 16))
"""Mean and sd of the days that a supplier takes."""
MOST = 2
"""How often a customer is promised another day; after that none is given."""
MONDAY = date(2026, 3, 2)


class Simulated(NamedTuple):
    """Of 100 orders: mails of a later date, and promises broken; of those, how many were told of nothing before."""

    later: float
    broken: float
    untold: int


def ships(day: date) -> date:
    return PLAIN.shift(day, 1)


@cache
def dated(sent: date, today: date, mean: float, sd: float) -> tuple[ArrivalDays, date]:
    """The days by which it is here by chance, and the safe one."""
    return leadtimes.days(leadtimes.Open(sent, today, leadtimes.LeadTimeEstimate(mean, sd, sd, 0), 0.9))


def play(mean: float, sd: float, orders: int = ORDERS) -> Simulated:
    """Play so many orders of this lead time, sent on the five days of a week in turn."""
    took = np.random.default_rng(1).gamma((mean / sd) ** 2, sd * sd / mean, orders)
    later = broken = untold = 0
    for number, days in enumerate(took):
        sent = MONDAY + timedelta(number % 5)
        came = sent + timedelta(max(1, ceil(days)))
        told = _told(sent, came, mean, sd)
        first = ships(dated(sent, sent, mean, sd)[1])
        later += len(told)
        if ships(came) > first:
            broken += 1
            untold += not told or told[0] >= first
    return Simulated(100 * later / orders, 100 * broken / orders, untold)


def _told(sent: date, came: date, mean: float, sd: float) -> list[date]:
    """The days on which its customer was told of a later one, until it came or none was given any more."""
    told: list[date] = []
    promised = None
    for night in range((came - sent).days):
        today = sent + timedelta(night)
        by_then, safe = dated(sent, today, mean, sd)
        safe = ships(max(safe, today))
        if promised is None:
            promised = safe
            continue
        days = ArrivalDays(*(ships(max(day, today)) for day in by_then))
        chance = 1 - arrival_days.here_by(days, promised, first=ships(today))
        standing = news.DateStanding(promised, safe, 2, chance, is_certain=False)
        if news.of(standing, today) != news.DateNews.NOTHING:
            told.append(today)
            promised = safe
            if len(told) > MOST:
                break
    return told


def run() -> list[dict[str, Any]]:
    """Play all suppliers; per 100 orders."""
    return [{"mean": mean, "sd": sd, "orders": ORDERS, **play(mean, sd)._asdict()} for mean, sd in TIMES]


def printed(report: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{ORDERS:,} orders of each supplier, who is exactly as believed; of 100 orders:"
    for each in report:
        yield (
            f"  {each['mean']:g} ± {each['sd']:g} days: {each['later']:.1f} later-mails, {each['broken']:.1f} promises "
            f"broken; {each['untold']} of all told of nothing before"
        )

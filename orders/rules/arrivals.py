"""
PURE: when a line will ship, from the supply that covers it.

The promised date is the day of shipment: the supply's date plus receiving and handling in working days of the
warehouse (``inventory.formulas.calendars.working_days``). A line arrives with the last supply it needs.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from inventory.formulas.arrival_days import ArrivalDays, by


class Arrival(NamedTuple):
    """The window in which a line can ship, how we know it, and what it rests on. Null: nobody knows."""

    likely_date: date | None
    safe_date: date | None
    basis: str
    inbound_id: int | None = None


def last(arrivals: Iterable[Arrival], *, none: str) -> Arrival:
    """
    Give the arrival of a whole line: the last of its parts, none at all if one part has no date.

    >>> friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    >>> last([Arrival(friday, monday, "learned", 7), Arrival(monday, monday, "confirmed", 8)], none="none")
    Arrival(likely_date=datetime.date(2026, 11, 30), safe_date=datetime.date(2026, 11, 30), basis='confirmed', \
inbound_id=8)
    """
    parts = list(arrivals)
    undated = next((part for part in parts if part.safe_date is None or part.likely_date is None), None)
    if undated or not parts:
        return Arrival(None, None, none, undated.inbound_id if undated else None)
    latest = max(parts, key=lambda part: (part.safe_date, part.likely_date))
    likely = max(part.likely_date for part in parts if part.likely_date)
    return Arrival(likely, latest.safe_date, latest.basis, latest.inbound_id)


def safe_together(safe: date, days: ArrivalDays, *, quantile: float, parts: int) -> date:
    """
    Give the date at which one of several inbound is so safe that all of them together keep ``quantile``.

    Each is taken at quantile^(1/parts), read off the days it stores; never earlier than its safe date.

    :param parts: how many they are, two or more

    >>> from datetime import timedelta
    >>> safe = date(2026, 3, 2)
    >>> days = ArrivalDays(safe, safe, safe, safe + timedelta(7), safe + timedelta(45))
    >>> [(safe_together(safe, days, quantile=0.9, parts=parts) - safe).days for parts in (2, 5)]
    [7, 28]
    """
    return max(safe, by(days, quantile ** (1 / parts)))

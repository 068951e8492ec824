"""
PURE: how long a parcel is under way, by what people know of its carrier: the most specific word wins.

What nobody has said of a parcel is not guessed: then no day can be given.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from inventory.formulas.calendars.working_days import Calendar


class TransitRule(NamedTuple):
    """
    What is known of a carrier, in the form in which keys are compared.

    :ivar service: empty: any, and those that nobody has named
    :ivar country: two letters of the destination; empty: any
    :ivar days: working days of the destination after the day of shipment, at most
    """

    carrier: str
    service: str
    country: str
    days: int


def days_under_way(rules: Iterable[TransitRule], *, carried_by: str, country: str) -> int | None:
    """
    Give how many working days a parcel takes at most; None: nobody has said.

    A rule of its service goes before one of its carrier alone, and of two such, one of its country before one of any.

    :param carried_by: the key of what the parcel says of its carrier: the name, and its service where it has one

    >>> rules = [TransitRule("UPS", "", "", 5), TransitRule("UPS", "", "FR", 4), TransitRule("UPS", "EXPRESS", "", 1)]
    >>> [days_under_way(rules, carried_by=by, country="FR") for by in ("UPS", "UPS EXPRESS", "UPS GROUND", "UPSY")]
    [4, 1, 4, None]
    >>> days_under_way(rules, carried_by="UPS", country="DE")
    5
    """
    fitting = [rule for rule in rules if rule.country in ("", country) and _carries(rule, carried_by)]
    best = max(fitting, key=lambda rule: (bool(rule.service), len(rule.carrier), bool(rule.country)), default=None)
    return best.days if best else None


def _carries(rule: TransitRule, carried_by: str) -> bool:
    """
    Whether a parcel is of its carrier and, where it names one, its service.

    >>> [_carries(TransitRule("DHL", service, "", 1), "DHL EXPRESS") for service in ("", "EXPRESS", "EXP")]
    [True, True, False]
    """
    if rule.service:
        return carried_by == f"{rule.carrier} {rule.service}"
    return carried_by == rule.carrier or carried_by.startswith(f"{rule.carrier} ")


def arrival(shipped: date, days: int, calendar: Calendar) -> date:
    """
    Give the day by which it should be there, in working days of its destination.

    A parcel that leaves on a day on which nobody works there counts from the next one on which somebody does.

    >>> berlin = Calendar(country="DE")
    >>> [str(arrival(date(2026, 12, day), 2, berlin)) for day in (21, 23, 24, 26)]  # Christmas is a Friday
    ['2026-12-23', '2026-12-28', '2026-12-29', '2026-12-30']
    """
    return calendar.shift(shipped, days)


def latest(days: Iterable[date | None]) -> date | None:
    """
    Give the day by which all parcels should be there; None if one of them may come on any.

    >>> latest([date(2026, 12, 1), date(2026, 12, 2)]), latest([date(2026, 12, 1), None]), latest([])
    (datetime.date(2026, 12, 2), None, None)
    """
    known = list(days)
    dated = [day for day in known if day]
    return max(dated) if dated and len(dated) == len(known) else None

"""
When a line can ship: from all that covers it, from the rest of its order, from the day it is wanted.

Computes only; what a date means to the customer is ``orders.allocation.promises``. A line of an order that ships
complete, or is wanted later, leaves units on hand to others until its last line is due within ``TOGETHER_DAYS``
(``wanted``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from orders.models import Basis
from orders.rules.arrivals import Arrival, last, safe_together
from orders.rules.planning import UNKNOWN, Demand, Supply

from .reading import LineState
from .supply import BackorderTerms, Key, Place, Supplies


def day_of(at: datetime) -> date:
    """The day in the shop's time zone."""
    return _day_in(settings.TIME_ZONE, at)


def counts_from(place: Place, at: datetime) -> date:
    """The first day that counts at a warehouse: today, or tomorrow once its hour has struck."""
    return day_of(at) if place.calendar.cut_off is None else place.calendar.counts_from(at, settings.TIME_ZONE)


@lru_cache(maxsize=64)
def _day_in(zone: str, at: datetime) -> date:
    return timezone.localtime(at, ZoneInfo(zone)).date()


def arrival(line: LineState, supplies: Supplies, *, at: datetime) -> Arrival:
    """
    Compute when a line can ship, from all it is covered by.

    On hand: today and handling. Inbound: its likely and safe dates, receiving and handling; of several, each is taken
    so safe that all of them together keep their word as often as one would. Nothing ordered yet: the lead time of who
    supplies it, fixed when first told. A date once given on these grounds stays until its day, or the day by which
    to order, has passed, or is one on which its warehouse works no longer. Nothing ships from a warehouse that is
    closed.
    """
    today = day_of(at)
    if _is_shut_in(line, supplies):
        return Arrival(None, None, Basis.NONE)
    is_told = line.safe_date is not None and (line.safe_date >= today or line.together is not None)
    if not line.backordered and line.basis == Basis.ON_HAND and is_told:
        return _still(line, _here(line, supplies), Basis.ON_HAND)
    inbound_ids = [inbound_id for _, inbound_id in line.claims if inbound_id]
    many = len(inbound_ids) + (line.uncovered > 0)
    parts = [_of_inbound(inbound_id, supplies, many, at) for inbound_id in inbound_ids]
    if line.uncovered:
        parts.append(_of_lead_time(line, supplies, at))
    if not parts:
        return _on_hand(line, supplies, at)
    whole = parts[0] if len(parts) == 1 else last(parts, none=Basis.NONE)
    # as long as a part is not ordered, that is what the date rests on; so it stays as it was told
    return whole._replace(basis=Basis.LEAD_TIME) if line.uncovered and whole.safe_date else whole


def dated(line: LineState, supplies: Supplies, *, soonest: Mapping[Key, int] | None = None, at: datetime) -> LineState:
    """
    Give the line its computed dates; a line with nothing open keeps the ones it had.

    :param soonest: the claims that a line which may leave units to others could have had instead
    """
    if not line.open:
        return line
    if line.together is None:
        likely, safe, basis, inbound_id = arrival(line, supplies, at=at)
    else:
        line = _ready(line, supplies, soonest, at)
        likely, safe, basis, inbound_id = _whole(line, supplies, at)
    if safe and safe < day_of(at):
        likely, safe, basis = _late(line, supplies, at)
    return line.but(likely_date=likely, safe_date=safe, basis=basis, inbound_id=inbound_id)


def _late(line: LineState, supplies: Supplies, at: datetime) -> tuple[date | None, date | None, str]:
    """When it ships though the day the rest of its order was due, or that it was wanted on, has passed."""
    basis = line.basis if line.backordered else Basis.ON_HAND
    place = supplies.places[line.warehouse_id]
    if line.safe_date and line.safe_date >= day_of(at):
        likely, safe, *_ = _still(line, [place], basis)
        return likely, safe, basis
    day = place.ships_what_is_here(counts_from(place, at))
    return day, day, basis


def wanted(line: LineState, supplies: Supplies, units: Iterable[Supply], *, at: datetime) -> Demand:
    """
    Say what a line asks of the planner.

    One that is needed later than in ``TOGETHER_DAYS`` leaves what is on hand and what comes soon to others, as long
    as an inbound, or an order placed today, still serves it; one of a product that is sold only as far as inbound
    covers it trusts in no order to come. One of a product that may not wait leaves nothing.

    :param units: what there is for its product
    """
    demand = line.demand()
    due = line.together.due if line.together else None
    today = day_of(at)
    if due is None or (due.likely_date and due.likely_date <= today + timedelta(days=settings.TOGETHER_DAYS)):
        return demand
    if not may_wait(line, supplies.terms[line.product_id], units, today):
        return demand
    is_covered = supplies.terms[line.product_id].covered_days is not None
    serves = due.safe_date is None or _could_be_ordered(line, supplies, today, due.safe_date)
    return demand._replace(needed_by=due.likely_date or UNKNOWN, may_wait=serves and not is_covered)


def may_wait(line: LineState, terms: BackorderTerms, units: Iterable[Supply], today: date) -> bool:
    """Say whether any unit of this line might be sold while none is here."""
    if terms.covered_days is None:
        return terms.most != 0
    return any(
        covers(supply, terms.covered_days, today)
        for supply in units
        if not line.is_preferred_only or supply.warehouse_id == line.warehouse_id
    )


def covers(supply: Supply, days: int, today: date) -> bool:
    """Say whether an inbound comes soon enough to be sold: on the last of these days, too."""
    return supply.inbound_id is not None and supply.available_on <= today + timedelta(days=days)


def _could_be_ordered(line: LineState, supplies: Supplies, today: date, by: date) -> bool:
    time = supplies.lead_time(line.product_id, line.warehouse_id)
    place = supplies.places[line.warehouse_id]
    return time is not None and place.ships(today + timedelta(days=round(time.safe))) <= by


def _ready(line: LineState, supplies: Supplies, soonest: Mapping[Key, int] | None, at: datetime) -> LineState:
    """Note when the line alone could ship, had it taken the first units it could have had."""
    assert line.together
    ready = line.together.ready
    if soonest is None and line.together.is_held_back and line.backordered:
        return line
    alone = replace(line, likely_date=ready.likely_date, safe_date=ready.safe_date, basis=ready.basis)
    if soonest is not None:
        alone = replace(alone, claims=dict(soonest))
    likely, safe, basis, _ = arrival(alone, supplies, at=at)
    is_held_back = soonest is not None and soonest != line.claims
    return replace(line, together=line.together._replace(ready=Arrival(likely, safe, basis), is_held_back=is_held_back))


def _whole(line: LineState, supplies: Supplies, at: datetime) -> Arrival:
    """When the line ships: with the last of its order, on the day it is wanted, or when it can by itself."""
    assert line.together
    due, ready, is_held_back, _ = line.together
    if due is None and not line.backordered:
        # the last of its order has come: not on the day it could have shipped alone
        return arrival(line, supplies, at=at)
    if is_held_back:
        inbound_ids = [inbound_id for _, inbound_id in line.claims if inbound_id]
        parts = [_of_inbound(inbound_id, supplies, len(inbound_ids), at) for inbound_id in inbound_ids]
    else:
        inbound_id = max((inbound_id for _, inbound_id in line.claims if inbound_id), default=None)
        parts = [ready._replace(inbound_id=inbound_id)]
    return last([*parts, due] if due else parts, none=Basis.NONE)


def _on_hand(line: LineState, supplies: Supplies, at: datetime) -> Arrival:
    day = max(place.ships_what_is_here(counts_from(place, at)) for place in _here(line, supplies))
    return Arrival(day, day, Basis.ON_HAND)


def _here(line: LineState, supplies: Supplies) -> list[Place]:
    """The warehouses where units of the line are set aside."""
    return [supplies.places[supplies.warehouse_of(key)] for key in line.claims if key[0]]


def _still(line: LineState, places: Iterable[Place], basis: str) -> Arrival:
    """The days that a line was told, or the next on which its warehouses work."""
    likely, safe = line.likely_date, line.safe_date
    for place in places:
        likely, safe = likely and place.works_from(likely), safe and place.works_from(safe)
    return Arrival(likely, safe, basis)


def _is_shut_in(line: LineState, supplies: Supplies) -> bool:
    return any(key[0] and not supplies.is_open(supplies.warehouse_of(key)) for key in line.claims)


def _of_inbound(inbound_id: int, supplies: Supplies, many: int, at: datetime) -> Arrival:
    """When units of an inbound can ship; one whose day has passed comes today at the earliest."""
    road = supplies.roads[inbound_id]
    if not road.likely_date or not road.safe_date or not supplies.is_open(road.warehouse_id):
        return Arrival(None, None, Basis.NONE, inbound_id)
    place = supplies.places[road.warehouse_id]
    basis = Basis.CONFIRMED if road.is_confirmed else Basis.LEARNED
    safe = road.safe_date
    if many > 1 and road.days:
        safe = safe_together(safe, road.days, quantile=settings.PROMISE_QUANTILE, parts=many)
    first = counts_from(place, at)
    return Arrival(place.ships(max(road.likely_date, first)), place.ships(max(safe, first)), basis, inbound_id)


def _of_lead_time(line: LineState, supplies: Supplies, at: datetime) -> Arrival:
    """From an order placed today, with some days to place it; as it was told while an order today still keeps that."""
    time = supplies.lead_time(line.product_id, line.warehouse_id)
    if not time or (line.is_preferred_only and not supplies.is_open(line.warehouse_id)):
        return Arrival(None, None, Basis.NONE)
    place, today = supplies.places[line.warehouse_id], day_of(at)
    first = counts_from(place, at)
    likely, safe = (max(today + timedelta(days=round(days)), first) for days in time)
    if line.basis == Basis.LEAD_TIME and line.safe_date and place.ships(safe) <= line.safe_date:
        return _still(line, [place], Basis.LEAD_TIME)
    days = settings.ORDERING_DAYS
    return Arrival(place.ships(likely, more_days=days), place.ships(safe, more_days=days), Basis.LEAD_TIME)

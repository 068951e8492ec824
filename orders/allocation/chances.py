"""
The chance that a line ships after its promised day: from the days by which what covers it is here, its place and the
calendar.

Computes only. A line keeps its word if all of its parts come in time; what nobody has ordered comes as if it were
ordered today.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings

from inventory.formulas import arrival_days
from inventory.formulas.arrival_days import ArrivalDays
from orders.rules import news

from .dating import counts_from, day_of
from .reading import LineState
from .supply import Place, Supplies

NOBODY_KNOWS = 1.0
"""What has no day does not come in time."""


def to_break(line: LineState, supplies: Supplies, *, at: datetime) -> float:
    """
    Give the chance that an open line ships after the day it was promised, 0 to 1; 0 if none was promised.

    Lines that are alike in all that it rests on get the same answer: it is worked out once for each sort of line.
    """
    if line.promised_date is None:
        return 0.0
    rest = line.together and (line.together.due,)
    state = (line.uncovered > 0, line.backordered > 0, line.safe_date, line.promised_date)
    rests_on = (line.product_id, line.warehouse_id, line.is_preferred_only, rest, *state, at, *line.claims)
    chance = supplies.chances.get(rests_on)
    if chance is None:
        in_time = 1.0
        for part in _parts(line, supplies, at):
            in_time *= part
        chance = supplies.chances[rests_on] = round(1 - in_time, 4)
    return chance


def stored(line: LineState, supplies: Supplies, *, at: datetime) -> tuple[float | None, bool]:
    """Give the two columns of a line: the chance of its promise to break, None if it waits for none; is it at risk?"""
    if line.promised_date is None or line.is_stopped or line.backordered <= 0:
        return None, False
    chance = to_break(line, supplies, at=at)
    return chance, chance >= news.AT_RISK


def _parts(line: LineState, supplies: Supplies, at: datetime) -> Iterator[float]:
    """Give of each part the chance that it ships by the promised day."""
    promised, today = line.promised_date, day_of(at)
    assert promised
    if promised < today:
        yield 0.0
        return
    for _, inbound_id in line.claims:
        if inbound_id:
            yield _of_inbound(inbound_id, promised, supplies, at)
    if line.uncovered:
        yield _of_lead_time(line, promised, supplies, today, at)
    elif line.backordered <= 0 and line.safe_date and line.together is None:
        yield 1.0 if line.safe_date <= promised else 0.0  # all of it is here, and ships on this day
    if line.together and (due := line.together.due):
        yield _by_pair(due.likely_date, due.safe_date, promised, today)


def _of_inbound(inbound_id: int, promised: date, supplies: Supplies, at: datetime) -> float:
    road = supplies.roads[inbound_id]
    if not road.likely_date or not road.safe_date or not supplies.is_open(road.warehouse_id):
        return 1 - NOBODY_KNOWS
    place = supplies.places[road.warehouse_id]
    days = road.days or arrival_days.between(road.likely_date, road.safe_date, settings.PROMISE_QUANTILE)
    return _ships_by(days, promised, place, counts_from(place, at))


def _of_lead_time(line: LineState, promised: date, supplies: Supplies, today: date, at: datetime) -> float:
    time = supplies.lead_time(line.product_id, line.warehouse_id)
    if not time or (line.is_preferred_only and not supplies.is_open(line.warehouse_id)):
        return 1 - NOBODY_KNOWS
    likely, safe = (today + timedelta(days=round(days)) for days in time)
    place = supplies.places[line.warehouse_id]
    return _ships_by(
        arrival_days.between(likely, safe, settings.PROMISE_QUANTILE), promised, place, counts_from(place, at)
    )


def _ships_by(days: ArrivalDays, promised: date, place: Place, first: date) -> float:
    ships = ArrivalDays(*(place.ships(max(day, first)) for day in days))
    return arrival_days.here_by(ships, promised, first=place.ships(first))


def _by_pair(likely: date | None, safe: date | None, promised: date, today: date) -> float:
    """Give the chance of what is known by two days of shipment: the rest of its order, or the day it is wanted."""
    if not likely or not safe:
        return 1 - NOBODY_KNOWS
    if likely == safe:
        return 1.0 if safe <= promised else 0.0  # a day that somebody wants, or on which it is there
    return arrival_days.here_by(
        arrival_days.between(likely, safe, settings.PROMISE_QUANTILE), promised, first=min(today, likely)
    )

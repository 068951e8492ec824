"""
What a plan would mean: how each line stands before and after, who gains, who loses, and the figures over all.

Arithmetic over lines that were read before; it asks the database nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from orders.allocation import chances
from orders.allocation.reading import LineState
from orders.allocation.supply import Supplies
from orders.allocation.writing import Change
from orders.rules.news import MORE_LIKELY_THAN_NOT

Facts = list[int | str | None]
"""A ``Standing`` as JSON."""


class Standing(NamedTuple):
    """How a line stands: units here, coming and uncovered, and when it can ship."""

    here: int
    coming: int
    uncovered: int
    likely_date: date | None
    safe_date: date | None


@dataclass(frozen=True, slots=True)
class Move:
    """
    One line before and after.

    :ivar days: how much later it can ship (negative: sooner); None where one side has no date
    :ivar gain: days sooner, counted so that no date is later than any; 0: neither better nor worse
    """

    line_id: int
    before: Standing
    after: Standing
    days: int | None
    gain: int


def facts(line: LineState) -> Facts:
    likely, safe = (day.isoformat() if day else None for day in (line.likely_date, line.safe_date))
    return [line.allocated, line.pegged, line.uncovered, likely, safe]


def differences(changes: Iterable[Change]) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """The lines that stand otherwise, before and after, by line number."""
    before: dict[str, Facts] = {}
    after: dict[str, Facts] = {}
    for change in changes:
        assert change.before
        was, now = facts(change.before), facts(change.after)
        if was != now:
            before[str(change.after.line_id)], after[str(change.after.line_id)] = was, now
    return before, after


def moves(before: Mapping[str, Sequence[Any]], after: Mapping[str, Sequence[Any]]) -> list[Move]:
    """Who stands otherwise, those who gain most first."""
    found = [_move(int(line_id), _standing(was), _standing(after[line_id])) for line_id, was in before.items()]
    return sorted(found, key=lambda move: (-move.gain, move.line_id))


def _standing(values: Sequence[Any]) -> Standing:
    here, coming, uncovered, *days = values
    likely, safe = (date.fromisoformat(day) if day else None for day in days)
    return Standing(here, coming, uncovered, likely, safe)


def _move(line_id: int, before: Standing, after: Standing) -> Move:
    """Compare the safe dates; if they are the same, the likely ones, the units here and what nobody sends."""
    days = (after.safe_date - before.safe_date).days if before.safe_date and after.safe_date else None
    gain = (before.safe_date or date.max).toordinal() - (after.safe_date or date.max).toordinal()
    was, now = _fortune(before), _fortune(after)
    return Move(line_id, before, after, days, gain or (was > now) - (was < now))


def _fortune(standing: Standing) -> tuple[date, int, int]:
    return standing.likely_date or date.max, -standing.here, standing.uncovered


@dataclass(frozen=True, slots=True)
class Weights:
    """
    What the figures need to know beside the lines.

    :ivar prices: of one unit, by line
    :ivar stuck: orders that wait for something outside the plan
    :ivar horizon: the day up to which units count as released
    """

    prices: Mapping[int, Decimal]
    stuck: Collection[int]
    horizon: date
    at: datetime


def figures(
    lines: Sequence[LineState], changes: Sequence[Change], supplies: Supplies, weights: Weights
) -> dict[str, Any]:
    """
    Count the figures of a plan, each before and after.

    A date is held against what is promised today, not against what the plan would promise anew.
    ``told`` are the customers who would get a mail.
    """
    moved = moves(*differences(changes))
    now = {change.after.line_id: change.after for change in changes}
    pair = (lines, [now.get(line.line_id, line) for line in lines])
    promised = {line.line_id: line.promised_date for line in lines}
    broken = [
        {line.line_id for line in some if _breaks(line, promised[line.line_id], supplies, weights.at)} for some in pair
    ]
    values = [
        sum((weights.prices[line.line_id] * _released(line, supplies, weights.horizon) for line in some), Decimal(0))
        for some in pair
    ]
    return {
        "orders": len({line.order_id for line in lines}),
        "orders_completed": [_completed(some, supplies, weights) for some in pair],
        "value_released": [f"{value:.2f}" for value in values],
        "promises_breaking": [len(some) for some in broken],
        "newly_broken": sorted(broken[1] - broken[0]),
        "gain": sum(move.gain > 0 for move in moved),
        "lose": sum(move.gain < 0 for move in moved),
        "days_gained": sum(-move.days for move in moved if move.days and move.days < 0),
        "days_lost": sum(move.days for move in moved if move.days and move.days > 0),
        "told": len({news.fact.customer_id for change in changes for news in change.news if news.fact}),
    }


def _breaks(line: LineState, promised: date | None, supplies: Supplies, at: datetime) -> bool:
    """Whether a line that waits will not ship by its promise, more likely than not."""
    if promised is None or not line.backordered:
        return False
    is_known = line.chance is not None and line.promised_date == promised
    chance = line.chance if is_known else chances.to_break(line.but(promised_date=promised), supplies, at=at)
    return bool(chance and chance > MORE_LIKELY_THAN_NOT)


def _released(line: LineState, supplies: Supplies, horizon: date) -> int:
    """Units that are here, or likely to be by the horizon."""
    return sum(units for (_, inbound_id), units in line.claims.items() if _is_near(inbound_id, supplies, horizon))


def _is_near(inbound_id: int | None, supplies: Supplies, horizon: date) -> bool:
    if inbound_id is None:
        return True
    road = supplies.roads[inbound_id]
    return road.likely_date is not None and supplies.places[road.warehouse_id].ships(road.likely_date) <= horizon


def _completed(lines: Iterable[LineState], supplies: Supplies, weights: Weights) -> int:
    """Orders of which every unit is here, or likely to be by the horizon."""
    orders, short = set(), set(weights.stuck)
    for line in lines:
        orders.add(line.order_id)
        if _released(line, supplies, weights.horizon) < line.open:
            short.add(line.order_id)
    return len(orders - short)

"""
The parts in which lines come that wait for several deliveries, as they stand: read from what covers them.

A line whose day somebody typed, or whose order ships together, is one part; so are units of a delivery that is late
without a word, which come with the last. Reads only, in one statement however many lines.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from inventory.supply import calendars
from orders.models import Allocation
from orders.rules import parts
from orders.rules.overdue import OnTheRoad, is_late
from orders.rules.parts import Portion

from . import window

PartsOf = Mapping[int, Sequence[Portion]]
"""The parts of each line that comes in several."""
COLUMNS = (
    *("quantity", "inbound__likely_date", "inbound__safe_date"),
    *("inbound__expected_date", "inbound__is_confirmed", "inbound__asked_on"),
    *("inbound__warehouse_id", "inbound__warehouse__calendar_revision"),
    *("inbound__warehouse__receiving_days", "inbound__warehouse__handling_days"),
)


def of_lines(lines: Iterable[Any], *, at: datetime) -> PartsOf:
    """Read in which parts these lines come; one that comes at once, or without a day, is left out."""
    today = timezone.localtime(at).date()
    may = {line.pk: line for line in lines if line.backordered > 1 and _has_a_day(line, today)}
    if not may:
        return {}
    coming: dict[int, list[Portion]] = defaultdict(list)
    for line_id, *row in _covers(may):
        if part := _part(row, today, at):
            coming[line_id].append(part)
    found = {
        pk: parts.of(may[pk].backordered, own, window.standing(may[pk]), settings.MATERIAL_DELAY_DAYS)
        for pk, own in coming.items()
    }
    return {pk: own for pk, own in found.items() if own}


@FixedQuery
def _covers(line_ids: Collection[int]) -> QuerySet[Allocation, tuple[Any, ...]]:
    """Deliveries from which these lines come, of orders that may come in parts."""
    covers = Allocation.objects.filter(line__in=bulk.among(line_ids), inbound__warehouse__is_open=True)
    covers = covers.filter(line__order__is_ship_complete=False, line__order__wanted_date=None)
    return covers.order_by("pk").values_list("line_id", *COLUMNS)


def read_with(lines: Iterable[Any], *, at: datetime) -> None:
    """Read with these lines the parts in which they come, for who puts them into words (``of``)."""
    known = list(lines)
    found = of_lines(known, at=at)
    for line in known:
        line.parts = found.get(line.pk, ())


def of(line: Any) -> Sequence[Portion]:
    """Give the parts that were read with a line; none if it comes at once, or they were not."""
    found: Sequence[Portion] = getattr(line, "parts", ())
    return found


def in_words(line: Any, today: date) -> str:
    """Say in which parts a line comes, each with its units and window; "" if it comes at once."""
    return window.in_parts(of(line), today=today)


def _has_a_day(line: Any, today: date) -> bool:
    if line.is_stopped or line.is_promise_pinned:
        return False
    return line.promised_date is not None and line.promised_date >= today


def _part(row: Sequence[Any], today: date, at: datetime) -> Portion | None:
    """Give what ships of one delivery; None if nobody knows when, or its sender is late and silent."""
    units, likely, safe, expected, is_confirmed, asked_on, warehouse_id, revision, *days = row
    if not likely or not safe or is_late([OnTheRoad(expected, is_confirmed, asked_on)], today):
        return None
    calendar = calendars.of(warehouse_id, revision)
    first = today if calendar.cut_off is None else calendar.counts_from(at, settings.TIME_ZONE)
    return Portion(units, *(calendar.shift(max(day, first), sum(days)) for day in (likely, safe)))


def kept(found: Sequence[Portion]) -> str:
    """Write parts, as JSON, as a fact keeps them that told of them."""
    return json.dumps(found, default=date.isoformat)


def read(told: Sequence[tuple[int, str | None, str]] | None) -> tuple[Portion, ...]:
    """
    Read the parts that a fact has kept.

    >>> read(json.loads(kept([Portion(3, None, date(2026, 12, 7))]))), read(None)
    ((Portion(units=3, likely=None, by=datetime.date(2026, 12, 7)),), ())
    """
    return tuple(
        Portion(units, date.fromisoformat(likely) if likely else None, date.fromisoformat(by))
        for units, likely, by in told or ()
    )

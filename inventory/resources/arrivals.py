"""PURE: the arrivals that a file names of one product beside those that are on record: which is which."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(slots=True)
class DatedUnits:
    """So many units on a day; ``what`` is the row or the record that says so."""

    units: int
    day: date | None
    what: Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Units of an arrival on record that a row of the file speaks of."""

    row: Any
    known: Any
    units: int


def pair(rows: Sequence[DatedUnits], known: Sequence[DatedUnits]) -> list[Pair]:
    """
    Pair rows with what is on record, where both have as many units in all.

    The same day and units first, then the same units, then the same day; what is left in the order of days: there an
    arrival is split, or several become one.

    >>> ten, late = date(2026, 12, 10), date(2026, 12, 24)
    >>> split = pair([DatedUnits(50, ten, "a"), DatedUnits(30, late, "b")], [DatedUnits(80, ten, 1)])
    >>> [(part.row, part.known, part.units) for part in split]
    [('a', 1, 50), ('b', 1, 30)]
    >>> known = [DatedUnits(5, ten, 1), DatedUnits(5, None, 2)]
    >>> moved = pair([DatedUnits(5, late, "a"), DatedUnits(5, ten, "b")], known)
    >>> [(part.row, part.known) for part in moved]
    [('b', 1), ('a', 2)]
    """
    rows, known = sorted(rows, key=_by_day), sorted(known, key=_by_day)
    pairs: list[Pair] = []
    alike: list[Callable[[DatedUnits, DatedUnits], bool]] = [
        lambda row, there: (row.units, row.day) == (there.units, there.day),
        lambda row, there: row.units == there.units,
        lambda row, there: row.day == there.day,
        lambda row, there: True,
    ]
    for is_alike in alike:
        for row in rows:
            for there in known:
                units = min(row.units, there.units)
                if units and is_alike(row, there):
                    pairs.append(Pair(row.what, there.what, units))
                    row.units -= units
                    there.units -= units
    return pairs


def _by_day(arrival: DatedUnits) -> date:
    return arrival.day or date.max

"""Shares, notice and warning lists, as replays of promises measure them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

FALSE_ALARMS = 0.1
"""Share of promises that held and are warned of, at which a warning list is judged."""


def warned(seen: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """
    Rank promises a week before their day by their chance to break: what share of those that broke is warned of.

    Promises with the same chance are warned of alike, so that a share of them is drawn by lot.

    >>> warned([(0.9, True), (0.5, False), (0.5, True)] + [(0.1, False)] * 9)["recall"]
    1.0
    >>> warned([(0.1, True)] + [(0.1, False)] * 9)["recall"]
    0.1
    """
    broke, held = sum(is_broken for _, is_broken in seen), sum(not is_broken for _, is_broken in seen)
    if not broke or not held:
        return {"promises": len(seen), "broken": broke, "recall": None, "curve": {}}
    points, hits, alarms = [(0.0, 0.0)], 0, 0
    for chance in sorted({chance for chance, _ in seen}, reverse=True):
        hits += sum(is_broken for each, is_broken in seen if each == chance)
        alarms += sum(not is_broken for each, is_broken in seen if each == chance)
        points.append((alarms / held, hits / broke))
    curve = {f"{share:g}": _at(points, share) for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)}
    return {"promises": len(seen), "broken": broke, "recall": _at(points, FALSE_ALARMS), "curve": curve}


def _at(points: Sequence[tuple[float, float]], share: float) -> float:
    """Read the share warned of at a share of false alarms, evenly between two points."""
    before = max(point for point in points if point[0] <= share)
    after = next((point for point in points if point[0] > share), None)
    if after is None or before[0] == share:
        return round(before[1], 4)
    return round(before[1] + (after[1] - before[1]) * (share - before[0]) / (after[0] - before[0]), 4)


def working_days(told: date, due: date) -> int:
    """
    Count the working days from when it was told to the day before it is due.

    >>> friday = date(2026, 11, 27)
    >>> [working_days(friday, friday + timedelta(days)) for days in (-1, 0, 1, 3, 4)]
    [0, 0, 1, 1, 2]
    """
    days = (told + timedelta(ahead) for ahead in range(max(0, (due - told).days)))
    return sum(day.weekday() < 5 for day in days)


def ratio(part: int, whole: int) -> float | None:
    """Give a share; None: nothing is counted."""
    return round(part / whole, 4) if whole else None


def in_percent(part: float | None) -> str:
    """Say a share; of nothing it is "no data"."""
    return "no data" if part is None else f"{part:.1%}"

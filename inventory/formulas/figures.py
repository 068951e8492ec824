"""
The numbers that a reorder point was made from, packed: one row of floats a SKU, and its parts for people.

Pure. A row is what ``ReorderPolicy.figures`` keeps; new figures go to the end, and rows written before lack them.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .classes import CELLS, UNKNOWN
from .distributions import GAMMA, NEGATIVE_BINOMIAL, Bools, Floats, Ints
from .explanations import NOBODY_SUPPLIES
from .reorder import CYCLE, FILL, Reason

WHOLE = frozenset(
    (
        *("point", "safety_stock", "batch", "weeks", "weeks_with_demand", "on_hand", "inbound", "owed", "spike"),
        *("frozen_point", "frozen_until", "minimum", "pack", "uncapped", "busiest", "busiest_weeks"),
    )
)
"""Figures that are whole numbers; ``frozen_until`` is a day by its ordinal."""
WORDS = {
    "reason": {**{int(reason): reason.name.lower() for reason in Reason}, -1: NOBODY_SUPPLIES},
    "distribution": {0: "", 1: NEGATIVE_BINOMIAL, 2: GAMMA},
    "measure": {0: FILL, 1: CYCLE},
    "class": dict(enumerate((UNKNOWN, *CELLS))),
}
"""Figures that stand for a word."""
NAMES = (
    *("reason", "point", "safety_stock", "batch", "weekly_demand", "variance", "weeks", "weeks_with_demand"),
    *("lead_days", "lead_sd_days", "review_days", "sender", "uplift", "expected", "expected_variance", "distribution"),
    *("target", "measure", "fill", "cycle", "on_hand", "inbound", "owed", "spike", "frozen_point", "frozen_until"),
    *("class", "season", "launch", "lead_expected", "lead_variance", "cover_weeks", "minimum", "pack"),
    *("uncapped", "busiest", "busiest_weeks", "busiest_until"),
)
"""
The order of a row. ``sender`` is a number that changes with the name, which stands in a column of its own.
"""
EXACT = ("expected", "expected_variance", "lead_expected", "lead_variance")
"""What a point is scanned from: not rounded, so that it can be computed again from its row."""
_EXACT = [NAMES.index(name) for name in EXACT]
WIDTH = 8 * len(NAMES)
UNSUPPLIED = -1


def codes(kind: str, words: NDArray[np.str_]) -> Ints:
    """Return the numbers that stand for these words."""
    found = np.zeros(words.shape, np.int64)
    for number, word in WORDS[kind].items():
        found[words == word] = number
    return found


def ordinals(days: NDArray[np.datetime64]) -> Ints:
    """Return days as the numbers that ``date.fromordinal`` knows."""
    numbers: Ints = (days - np.datetime64("0001-01-01")).astype(np.int64) + 1
    return numbers


def pack(columns: dict[str, NDArray[Any]]) -> Floats:
    """Return the rows, shape (n, figures), of these columns: most rounded to four places, nan for what is unknown."""
    rows = np.stack([columns[name] for name in NAMES], axis=1).astype(float)
    exact = rows[:, _EXACT]
    np.round(rows, 4, out=rows)
    rows[:, _EXACT] = exact
    rows[~np.isfinite(rows)] = np.nan
    return rows + 0.0  # no -0, whose bits would look like a change


def unpack(stored: NDArray[np.void]) -> Floats:
    """Return the rows, shape (n, figures), of bytes of ``WIDTH``."""
    return np.frombuffer(stored.tobytes(), "<f8").reshape(-1, len(NAMES))


def stored(name: str) -> str:
    """Give the SQL of the bytes of one figure; none where the row is older than it."""
    return f"substr(figures, {8 * NAMES.index(name) + 1}, 8)"


def column(rows: Floats, name: str) -> Floats:
    """Return one figure of each row, shape (n,)."""
    return rows[:, NAMES.index(name)]


def is_known(rows: Floats) -> Bools:
    """Say which rows were ever computed."""
    return ~np.isnan(column(rows, "reason"))


def tally(kind: str, rows: Floats) -> dict[str, int]:
    """Count the rows by one of their words."""
    found, counts = np.unique(column(rows, kind), return_counts=True)
    return {WORDS[kind][int(code)]: int(count) for code, count in zip(found, counts, strict=True)}


def of(stored: bytes | memoryview, name: str) -> float | None:
    """Return one figure of one SKU as it is stored; None if it is not known."""
    value = one(stored)[NAMES.index(name)]
    return None if math.isnan(value) else value


def one(stored: bytes | memoryview) -> list[float]:
    """Return the row of one SKU as it is stored, whenever it was written."""
    known: list[float] = np.frombuffer(bytes(stored), "<f8").tolist()
    return known + [math.nan] * (len(NAMES) - len(known))


def as_parts(row: Sequence[float], *, sender: str = "", frozen_reason: str = "") -> dict[str, Any]:
    """
    Give the figures of a row by name, as people read them: words for codes, None for what is unknown.

    Empty for a row that was never computed.
    """
    if math.isnan(row[0]):
        return {}
    parts: dict[str, Any] = {}
    for name, value in zip(NAMES, row, strict=True):
        if math.isnan(value):
            parts[name] = None
        elif name in WORDS:
            parts[name] = WORDS[name][int(value)]
        else:
            parts[name] = int(value) if name in WHOLE else value
    parts["sender"] = sender
    del parts["busiest_until"]
    point, until = parts.pop("frozen_point"), parts.pop("frozen_until")
    if point is not None:
        parts["frozen"] = {"point": point, "until": date.fromordinal(until).isoformat(), "reason": frozen_reason}
    return parts

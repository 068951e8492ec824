"""
What was known of each product on one day, and whether it then went on backorder, out of a file. Writes nothing.

The columns are those of the public set "predict product backorders"; others are not looked at.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inventory.ground.tabular import Source, Unreadable

NUMBERS = (
    *("national_inv", "in_transit_qty", "lead_time", "forecast_3_month"),
    *("sales_1_month", "sales_3_month", "sales_6_month", "sales_9_month"),
)
"""Units; lead time in weeks, empty where nobody knows it. Stock below 0 is what is owed beyond it."""
OUTCOME = "went_on_backorder"
MOST_SHOWN = 10

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_OUTCOMES = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class RiskTable:
    """``numbers``: the columns by name, (n,) each, nan for an unknown lead time; ``told``: what was left out."""

    numbers: dict[str, NDArray[np.float64]]
    happened: NDArray[np.bool_]
    told: tuple[str, ...] = ()


def read(path: Path, *, sheet: str = "", progress: Callable[[int, int], object] | None = None) -> RiskTable:
    """
    Read a file of products.

    A last row that is empty but for its first cell, as these sets have, is left out.

    :raises Unreadable: if a column is missing, a cell cannot be read, or one of the two outcomes never happens
    """
    source = Source(path, sheet=sheet)
    rows = iter(source)
    headers = next((cells for _, cells in rows), ())
    places = _places(source.name, headers)
    found: list[list[float]] = []
    happened: list[bool] = []
    problems: list[str] = []
    blank = 0
    for number, cells in rows:
        if not any(cell.strip() for cell in cells[1:]):
            blank += 1
            continue
        values, faults = _row(cells, places)
        problems += [f"row {number}, {fault}" for fault in faults]
        if len(cells) > len(headers) and any(cell.strip() for cell in cells[len(headers) :]):
            problems.append(f"row {number}: it has {len(cells)} cells, the header {len(headers)}")
        found.append(values)
        happened.append(_OUTCOMES.get(_cell(cells, places[OUTCOME]).lower(), False))
        if progress:
            progress(number, max(source.lines, number))
    if problems:
        more = [f"and {len(problems) - MOST_SHOWN:,} more"] if len(problems) > MOST_SHOWN else []
        raise Unreadable("\n  ".join([f"{source.name} cannot be read whole:", *problems[:MOST_SHOWN], *more]))
    outcome = np.array(happened, bool)
    if outcome.all() or not outcome.any():
        raise Unreadable(f"{source.name}: “{OUTCOME}” must say Yes of some products and No of others.")
    table = np.array(found)
    told = (f"rows with nothing in them: {blank:,}",) if blank else ()
    return RiskTable({name: table[:, place] for place, name in enumerate(NUMBERS)}, outcome, told)


def _places(name: str, headers: Sequence[str]) -> dict[str, int]:
    known = [header.strip().lower() for header in headers]
    missing = [column for column in (*NUMBERS, OUTCOME) if known.count(column) != 1]
    if missing:
        raise Unreadable(f"{name} must have each of these columns once: {', '.join(missing)}.")
    return {column: known.index(column) for column in (*NUMBERS, OUTCOME)}


def _row(cells: Sequence[str], places: dict[str, int]) -> tuple[list[float], list[str]]:
    values, faults = [], []
    for name in NUMBERS:
        cell = _cell(cells, places[name])
        is_number = bool(_NUMBER.fullmatch(cell)) and abs(float(cell)) <= 1e9
        is_number &= name == "national_inv" or not cell.startswith("-")
        if not is_number and not (name == "lead_time" and not cell):
            faults.append(f"{name}: “{cell}” is no number of {'weeks' if name == 'lead_time' else 'units'}")
        values.append(float(cell) if is_number else np.nan)
    outcome = _cell(cells, places[OUTCOME])
    if outcome.lower() not in _OUTCOMES:
        faults.append(f"{OUTCOME}: “{outcome}”: Yes or No was expected")
    return values, faults


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""

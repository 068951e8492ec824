"""Lines as callers name them."""

from collections.abc import Sequence
from dataclasses import dataclass


class NotALine(Exception):
    """No line is named, or one is named twice."""


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of one line; None: all there are."""

    line_id: int
    units: int | None = None


def named(wanted: Sequence[LineUnits]) -> set[int]:
    """
    Give the numbers of these lines.

    :raises NotALine: if none is named, or one twice
    """
    line_ids = {item.line_id for item in wanted}
    if len(line_ids) < len(wanted) or not wanted:
        raise NotALine("Name each line once.")
    return line_ids

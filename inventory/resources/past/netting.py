"""
Cancellations in a history file, netted against what they cancel.

A file gives no reasons, so the rule is: a cancellation takes back the latest earlier line of the same customer,
product and quantity (rules §3.1). Both then count as nothing. Without such a line it is a return or a correction
of something older, and what was asked for stays asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One row of a history file: ``quantity`` units, below zero in a cancellation. ``customer`` may be unknown: ""."""

    row: int
    placed_at: datetime
    reference: str
    sku: str
    quantity: int
    customer: str
    warehouse: str = ""
    number: str = ""
    """The order's number alone, where ``reference`` names its channel too."""


@dataclass(frozen=True, slots=True)
class Netted:
    """What is left to count, the rows that took each other out (two and two), and cancellations of nothing."""

    counted: Sequence[HistoryRow]
    netted: Sequence[HistoryRow]
    unmatched: Sequence[HistoryRow]


def net(lines: Iterable[HistoryRow]) -> Netted:
    """
    Net each cancellation against the latest earlier line, in order of time and then of rows.

    >>> from datetime import UTC
    >>> at = datetime(2011, 1, 18, 10, tzinfo=UTC)
    >>> asked = HistoryRow(2, at, "541431", "23166", 74215, "12346")
    >>> lines = [asked, HistoryRow(3, at, "C541433", "23166", -74215, "12346")]
    >>> [line.row for line in net(lines).netted]
    [2, 3]
    """
    ordered = sorted(lines, key=lambda line: (line.placed_at, line.row))
    standing: dict[tuple[str, str, int], list[HistoryRow]] = {}
    gone: set[int] = set()
    unmatched = []
    for line in ordered:
        if line.quantity > 0:
            if line.customer:
                standing.setdefault((line.customer, line.sku, line.quantity), []).append(line)
        elif line.customer and (earlier := standing.get((line.customer, line.sku, -line.quantity))):
            gone.update((earlier.pop().row, line.row))
        else:
            unmatched.append(line)
    return Netted(
        counted=[line for line in ordered if line.quantity > 0 and line.row not in gone],
        netted=[line for line in ordered if line.row in gone],
        unmatched=unmatched,
    )

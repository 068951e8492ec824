"""What is wrong with a file, said so that the person who sent it can find the cell."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHOWN = 50
"""Problems that are told one by one; the rest is a number."""
KEPT = 10_000
BREAKS_OFF = "the file seems to end within this row. Send it whole, or end its last line with a line break"
LONGEST = 60
SHOWN_SIGNS = 200
"""Characters of one cell that a page shows: a small workbook can hold cells of thirty thousand."""


def shorten(value: str, longest: int = LONGEST) -> str:
    """
    Give a cell's text short enough to quote, with what cannot be seen made visible.

    >>> shorten("a" * 80)[-3:]
    'aa…'
    >>> shorten("two\\nlines")
    'two lines'
    """
    seen = "".join(sign if sign.isprintable() else "·" for sign in " ".join(value[: longest * 2].split()))
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell (or, without a column, one row) that cannot be loaded. ``row`` counts as a spreadsheet does."""

    row: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """
        >>> str(Problem(14, "quantity", "-3", "a whole number of 1 or more"))
        'Row 14, column "quantity": "-3" — expected a whole number of 1 or more.'
        """
        if not self.column:
            return f"Row {self.row}: {self.expected}."
        value = f'"{shorten(self.value)}"' if self.value else "empty"
        return f'Row {self.row}, column "{self.column}": {value} — expected {self.expected}.'


class Problems:
    """Everything wrong with one file: which rows, how many, and the first ones word for word."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.total = 0
        self.rows: set[int] = set()
        self.trace = hashlib.sha256()

    def add(self, row: int, column: str, value: str, expected: str) -> None:
        self.total += 1
        self.trace.update(repr((row, column, value, expected)).encode())
        self.rows.add(row)
        if len(self.kept) < KEPT:
            self.kept.append(Problem(row, shorten(column), shorten(value, SHOWN_SIGNS), expected))

    def __bool__(self) -> bool:
        return self.total > 0

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.kept, key=lambda problem: problem.row))

    def lines(self, limit: int = SHOWN) -> list[str]:
        """Give the first problems as sentences, and how many there are beyond them."""
        told = [str(problem) for problem in self][:limit]
        if self.total > len(told):
            told.append(f"… and {self.total - len(told):,} more.")
        return told

    def row_ranges(self) -> str:
        """Name every row that has a problem, shortly."""
        return ranges(self.rows)


class LeftOut:
    """Rows that are not loaded because they are no such thing: how many for which reason, and which."""

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = {}

    def add(self, row: int, reason: str) -> None:
        self.rows.setdefault(reason, []).append(row)

    @property
    def total(self) -> int:
        return sum(map(len, self.rows.values()))

    def counts(self) -> dict[str, int]:
        """Give how many rows were left out for each reason."""
        return {reason: len(rows) for reason, rows in self.rows.items()}

    def lines(self) -> list[str]:
        """
        Give each reason as a sentence, with its rows.

        >>> left = LeftOut()
        >>> left.add(7, "a total"), left.lines()
        (None, ['Row 7: a total.'])
        """
        return [
            f"{'Row' if len(rows) == 1 else 'Rows'} {_first(ranges(rows))}: {reason}."
            for reason, rows in self.rows.items()
        ]


def ranges(rows: Iterable[int]) -> str:
    """
    Name rows shortly.

    >>> ranges([2, 3, 4, 9])
    '2–4, 9'
    """
    found: list[list[int]] = []
    for row in sorted(rows):
        if found and found[-1][1] >= row - 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in found)


def _first(listed: str) -> str:
    parts = listed.split(", ")
    return ", ".join(parts[:20]) + (f" and {len(parts) - 20:,} more places" if len(parts) > 20 else "")

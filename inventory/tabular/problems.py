"""What is wrong with a file, said so that the person who sent it can find the cell."""

from collections.abc import Iterator
from dataclasses import dataclass

SHOWN = 50
"""Problems that are told one by one; the rest is a number."""
KEPT = 10_000
LONGEST = 60


def shorten(value: str) -> str:
    """
    Give a cell's text short enough to quote, with what cannot be seen made visible.

    >>> shorten("a" * 80)[-3:]
    'aa…'
    >>> shorten("two\\nlines")
    'two lines'
    """
    seen = "".join(sign if sign.isprintable() else "·" for sign in " ".join(value[: LONGEST * 2].split()))
    return seen if len(seen) <= LONGEST else seen[: LONGEST - 1] + "…"


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

    def add(self, row: int, column: str, value: str, expected: str) -> None:
        self.total += 1
        self.rows.add(row)
        if len(self.kept) < KEPT:
            self.kept.append(Problem(row, column, value, expected))

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
        """
        Name every row that has a problem, shortly.

        >>> problems = Problems()
        >>> for row in (2, 3, 4, 9): problems.add(row, "", "", "x")
        >>> problems.row_ranges()
        '2–4, 9'
        """
        ranges: list[list[int]] = []
        for row in sorted(self.rows):
            if ranges and ranges[-1][1] == row - 1:
                ranges[-1][1] = row
            else:
                ranges.append([row, row])
        return ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in ranges)

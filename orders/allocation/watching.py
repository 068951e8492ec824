"""What covered lines before, and what does after, while somebody watches: a preview names it. Writes nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from .reading import LineState
from .supply import Key


class Claims(NamedTuple):
    """Units of a line by what covers it, and those that nothing covers."""

    units: dict[Key, int]
    uncovered: int


Seen = dict[int, tuple[Claims, Claims]]
"""By line: its claims before the first change of it and after the last."""
WATCHED: ContextVar[Seen | None] = ContextVar("watched", default=None)
"""Where claims that are written are noted; None: nobody watches."""


@contextmanager
def watched() -> Iterator[Seen]:
    """Note the claims of all lines that are changed inside."""
    seen: Seen = {}
    token = WATCHED.set(seen)
    try:
        yield seen
    finally:
        WATCHED.reset(token)


def note(seen: Seen, lines: Iterable[tuple[LineState | None, LineState]]) -> None:
    """Note lines before and after; one that was just placed had no claims that somebody knew of."""
    for before, after in lines:
        if before:
            first, _ = seen.get(after.line_id) or (_claims(before), None)
            seen[after.line_id] = first, _claims(after)


def _claims(line: LineState) -> Claims:
    return Claims(dict(line.claims), line.uncovered)

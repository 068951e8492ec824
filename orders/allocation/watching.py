"""What lines were before, and are after, while somebody watches: a preview names what covers them. Writes nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .reading import LineState

Seen = dict[int, tuple[LineState, LineState]]
"""By line: what it was before its first change and is after the last."""
WATCHED: ContextVar[Seen | None] = ContextVar("watched", default=None)
"""Where lines that are written are noted; None: nobody watches."""
IS_TAKEN_BACK: ContextVar[bool] = ContextVar("is_taken_back", default=False)
"""Whether none of what is written will have happened, so that nobody will read its history."""


@contextmanager
def watched(*, is_taken_back: bool) -> Iterator[Seen]:
    """
    Note all lines that are changed inside.

    :param is_taken_back: for certain, whatever is found
    """
    seen: Seen = {}
    token, taken = WATCHED.set(seen), IS_TAKEN_BACK.set(is_taken_back)
    try:
        yield seen
    finally:
        WATCHED.reset(token)
        IS_TAKEN_BACK.reset(taken)


def note(seen: Seen, lines: Iterable[tuple[LineState | None, LineState]]) -> None:
    """Note lines before and after; one that was just placed had no claims that somebody knew of."""
    for before, after in lines:
        if before:
            first, _ = seen.get(after.line_id, (before, None))
            seen[after.line_id] = first, after

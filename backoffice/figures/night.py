"""What the night does for the figures: what became of promises, what was forecast of arrivals, and the sums by week."""

from collections.abc import Callable
from datetime import datetime

from . import forecasts, outcomes, weekly


def keep(*, at: datetime, part_done: Callable[[], object] = bool) -> dict[str, int]:
    """
    Keep the figures of the weeks that can still change; run twice, it changes nothing. Commits by block.

    :param part_done: called after each block
    """
    counts = outcomes.record(at=at, block_done=part_done)
    counts |= forecasts.record(at=at, block_done=part_done)
    return counts | weekly.add_up(at=at, part_done=part_done)

"""
A clock that several processes read and one moves ahead: it runs as fast as any, and skips what nobody waits for.

Each deed is done in a turn; while the clock is moved there are none, so that no deed lasts for hours of it. A turn ends
with its process, however that ends.
"""

import fcntl
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backoffice.benches import crew

PAUSE = 0.002


class Clock:
    def __init__(self, folder: Path, begins: datetime) -> None:
        self._file = folder / "turns"
        self._file.touch()
        self.begins, self._started = begins, time.time()
        # shared by all, and without a lock that a killed process would keep
        self._ahead: Any = crew.FORKED.RawValue("d", 0)
        self._is_moving: Any = crew.FORKED.RawValue("b", 0)
        self._is_over: Any = crew.FORKED.RawValue("b", 0)
        self._moves: list[tuple[float, float]] = [(0, 0)]

    @property
    def now(self) -> datetime:
        return self.begins + timedelta(seconds=time.time() - self._started + self._ahead.value)

    @property
    def is_over(self) -> bool:
        return bool(self._is_over.value)

    def stop(self) -> None:
        self._is_over.value = 1

    @contextmanager
    def turn(self) -> Iterator[datetime | None]:
        """Give the time, for one deed; None if the clock is being moved."""
        if self._is_moving.value:
            time.sleep(PAUSE)
            yield None
            return
        with self._file.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield None if self._is_moving.value else self.now

    def move_to(self, moment: datetime) -> None:
        """Move it ahead, once nobody is at a deed; never back."""
        self._is_moving.value = 1
        with self._file.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._ahead.value += max(0.0, (moment - self.now).total_seconds())
            self._moves.append((time.time(), self._ahead.value))
        self._is_moving.value = 0

    def said(self, stamp: float) -> datetime:
        """Say what it showed at a moment of the machine's own clock, as a time stamp."""
        _, ahead = self._moves[bisect(self._moves, (stamp, float("inf"))) - 1]
        return self.begins + timedelta(seconds=stamp - self._started + ahead)


def stamp(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp()

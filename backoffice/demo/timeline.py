"""Steps in order of time. A step may plan later ones; those after now never happen, so they are still open."""

import heapq
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from django.db import connection
from django.utils import timezone

Step = Callable[[datetime], object]
SATURDAY = 5


def _count_rows() -> None:
    """
    Let the database see how its tables have grown, each time they have about doubled.

    A shop that grows by two years in a minute outruns PostgreSQL's own autovacuum, and is planned as if empty.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class ShopHistory:
    """What happens in the shop until now, each step with its own moment."""

    def __init__(self, *, now: datetime, random: Random) -> None:
        self.now = now
        self.random = random
        self._steps: list[tuple[datetime, int, Step]] = []
        self._numbers = count()

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def plan(self, at: datetime, step: Step) -> None:
        heapq.heappush(self._steps, (at, next(self._numbers), step))

    def run(self, progress: Callable[[datetime], None]) -> int:
        """Take the steps until now, oldest first, and count them."""
        taken = 0
        while self._steps and self._steps[0][0] <= self.now:
            at, _, step = heapq.heappop(self._steps)
            progress(at)
            step(at)
            taken += 1
            if taken.bit_count() == 1:
                _count_rows()
        return taken

    def moment(self, day: date, hour: float) -> datetime:
        """Give a moment of a day in the shop's time zone."""
        midnight = timezone.make_aware(datetime.combine(day, time.min))
        return (midnight + timedelta(hours=hour)).astimezone(UTC)

    def at_work(self, day: date) -> datetime:
        """Give a moment between nine and five, on this day or the next working day."""
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return self.moment(day, self.random.uniform(9, 17))

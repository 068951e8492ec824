"""
PURE: what a restock list is offered, and how long it is kept.

Of the units that came free, after everybody who waits for an order, a share at most is offered in the order of asking;
the rest is on sale. A deadline counts waking hours of the shop's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)
EPSILON = 1e-9


class Asker(NamedTuple):
    """Who asks for how many units."""

    request_id: int
    wanted: int


class Wave(NamedTuple):
    """
    What a list is offered.

    :ivar offers: request and units, in the order of asking
    :ivar on_sale: of the units that came free, those that are everybody's from now on
    """

    offers: list[tuple[int, int]]
    on_sale: int

    @property
    def units(self) -> int:
        return sum(units for _, units in self.offers)


def wave(freed: int, askers: Iterable[Asker], *, share_percent: int, most: int) -> Wave:
    """
    Split units that came free between who asks for them, in this order, and everybody.

    Who wants more than is left is offered what there is. A single unit that cannot be split is left for the next time,
    and so is what more than ``most`` askers would get: the units on sale grow in step with what was offered.

    :param share_percent: from 0 to 100, of ``freed`` at most
    :param most: offers at most

    >>> wave(10, [Asker(1, 2), Asker(2, 9), Asker(3, 1)], share_percent=50, most=9)
    Wave(offers=[(1, 2), (2, 3)], on_sale=5)
    >>> wave(10, [Asker(1, 2)], share_percent=50, most=9)
    Wave(offers=[(1, 2)], on_sale=8)
    >>> wave(10, [Asker(1, 1), Asker(2, 1)], share_percent=50, most=1)
    Wave(offers=[(1, 1)], on_sale=1)
    >>> wave(1, [Asker(1, 2)], share_percent=50, most=9), wave(3, [Asker(1, 2)], share_percent=50, most=9)
    (Wave(offers=[], on_sale=0), Wave(offers=[(1, 1)], on_sale=1))
    """
    left = freed * share_percent // 100
    offers: list[tuple[int, int]] = []
    is_exhausted = True
    for asker in askers:
        if not left or len(offers) == most:
            is_exhausted = False
            break
        units = min(left, asker.wanted)
        offers.append((asker.request_id, units))
        left -= units
    offered = sum(units for _, units in offers)
    if is_exhausted and left:
        return Wave(offers, freed - offered)
    return Wave(offers, -(-offered * 100 // share_percent) - offered if offered else 0)


def announced(
    freed: int, askers: Iterable[Asker], *, share_percent: int, take_up: float, most: int
) -> list[tuple[int, int]]:
    """
    Say who is told that there is something, where nothing is held for them: so many, in this order, that a share of
    what came free is what they are likely to order.

    :param take_up: of those who are told, the part that orders; above 0
    :returns: request and units they may hope for

    >>> announced(2, [Asker(1, 1), Asker(2, 9), Asker(3, 1)], share_percent=50, take_up=0.5, most=9)
    [(1, 1), (2, 2)]
    >>> len(announced(10, [Asker(n, 1) for n in range(99)], share_percent=50, take_up=0.1, most=99))
    50
    >>> announced(0, [Asker(1, 1)], share_percent=50, take_up=0.1, most=9)
    []
    """
    left = freed * share_percent / 100
    told: list[tuple[int, int]] = []
    for asker in askers:
        if left < EPSILON or len(told) == most:
            break
        told.append((asker.request_id, min(freed, asker.wanted)))
        left -= told[-1][1] * take_up
    return told


@dataclass(frozen=True, slots=True)
class WakingHours:
    """
    :ivar zone: the shop's
    :ivar begins: the hour of each day from which people are awake
    :ivar ends: the one at which they are no longer
    """

    zone: str = "UTC"
    begins: int = 8
    ends: int = 20

    def opening(self, at: datetime) -> datetime:
        """
        Give the first moment from then on at which people are awake.

        >>> f"{WakingHours().opening(datetime(2026, 11, 27, 20, tzinfo=UTC)):%d %H:%M}"
        '28 08:00'
        """
        day = at.astimezone(ZoneInfo(self.zone)).date()
        if at >= self._clock(day, self.ends):
            return self._clock(day + A_DAY, self.begins)
        return max(at, self._clock(day, self.begins))

    def after(self, at: datetime, hours: int) -> datetime:
        """
        Give the moment by which people were awake for so many hours since then.

        >>> def told(text, hours=4, zone="UTC"):
        ...     return f"{WakingHours(zone).after(datetime.fromisoformat(text), hours).astimezone(UTC):%d %H:%M}"
        >>> told("2026-11-27T09:30Z"), told("2026-11-27T16:00Z"), told("2026-11-27T18:30Z"), told("2026-11-27T20:00Z")
        ('27 13:30', '27 20:00', '28 10:30', '28 12:00')
        >>> told("2026-11-27T03:00Z"), told("2026-11-27T09:00Z", hours=30)
        ('27 12:00', '29 15:00')
        >>> told("2026-03-28T18:00Z", zone="Europe/Berlin"), told("2026-10-24T17:00Z", zone="Europe/Berlin")
        ('29 09:00', '25 10:00')
        """
        left = timedelta(hours=hours)
        moment = self.opening(at)
        while True:
            end = self._clock(moment.astimezone(ZoneInfo(self.zone)).date(), self.ends)
            if left <= end - moment:
                return moment + left
            left -= end - moment
            moment = self.opening(end)

    def _clock(self, day: date, hour: int) -> datetime:
        return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), ZoneInfo(self.zone)).astimezone(UTC)

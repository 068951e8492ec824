"""
PURE: when a customer's digest goes.

What a person or a parcel brings about goes after a stretch of quiet, so that what belongs together is one mail; what
the night finds out goes at the mail hour of the next working day, when somebody can answer. Who had a digest today gets
the next one at the mail hour of another day, unless it changes what was promised for a day that is no later than that
one. And nobody is written to while it is night where they live.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from inventory.formulas.calendars.working_days import PLAIN

STRETCHED = 4
"""So many times the quiet stretch, and no longer, a mail waits for more news to follow."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MailHours:
    """
    :ivar zone: the shop's
    :ivar hour: of its working days, at which goes what waits for the mail hour
    :ivar quiet: how long nothing more is to have happened before what a person or a parcel brought about goes
    :ivar night: the hour at which it begins, and the one at which it ends; twice the same: there is none
    :ivar works_on: whether somebody answers on a day
    """

    zone: str = "UTC"
    hour: int = 10
    quiet: timedelta = timedelta(hours=1)
    night: tuple[int, int] = (20, 8)
    works_on: Callable[[date], bool] = PLAIN.works_on


class Piece(NamedTuple):
    """
    One piece of news.

    :ivar since: when it became true
    :ivar is_of_the_night: nobody did or said anything: a day went by
    :ivar was_date: what was promised before it
    :ivar is_changed: that day does not stand any more
    """

    since: datetime
    is_of_the_night: bool = False
    was_date: date | None = None
    is_changed: bool = False


def due(
    pieces: Sequence[Piece], *, last: datetime | None, zones: Sequence[str] = (), hours: MailHours, at: datetime
) -> datetime:
    """
    Say when the one mail of all this news goes: a moment that may have passed.

    :param pieces: at least one
    :param last: when this customer's newest digest left
    :param zones: of where they live; none: nobody knows, and the shop's clock is theirs
    """
    since = [min(piece.since, at) for piece in pieces if not piece.is_of_the_night]
    if since:
        found = min(max(since) + hours.quiet, min(since) + STRETCHED * hours.quiet)
    else:
        found = mail_hour(min(min(piece.since, at) for piece in pieces), hours)
    if last and not any(_is_pressing(piece, hours, at) for piece in pieces):
        found = max(found, _of_another_day(min(last, at), hours))
    goes, wakes = awake(found, zones, hours), awake(at, zones, hours)
    return max(goes, wakes) if wakes > at else goes  # what could not go by day does not go by night


def mail_hour(at: datetime, hours: MailHours) -> datetime:
    """
    Give the first mail hour that is not over.

    >>> def told(text, **given):
    ...     return f"{mail_hour(datetime.fromisoformat(text), MailHours(**given)).astimezone(UTC):%a %d %H:%M}"
    >>> told("2026-11-27T10:00Z"), told("2026-11-27T10:00:01Z")  # a Friday
    ('Fri 27 10:00', 'Mon 30 10:00')
    >>> told("2026-03-29T00:00Z", zone="Europe/Berlin", hour=2, works_on=bool)  # no clock there shows 2:00 that night
    'Sun 29 01:00'
    >>> told("2026-10-25T00:00Z", zone="Europe/Berlin", hour=2, works_on=bool)  # there it is 2:00 twice
    'Sun 25 00:00'
    >>> told("2026-10-25T00:00:01Z", zone="Europe/Berlin", hour=2, works_on=bool)
    'Mon 26 01:00'
    """
    day = at.astimezone(ZoneInfo(hours.zone)).date()
    while not hours.works_on(day) or _clock(day, hours.hour, hours.zone) < at:
        day += A_DAY
    return _clock(day, hours.hour, hours.zone)


def _of_another_day(last: datetime, hours: MailHours) -> datetime:
    """The mail hour of the next working day after the one on which a digest left."""
    day = last.astimezone(ZoneInfo(hours.zone)).date() + A_DAY
    return mail_hour(_clock(day, 0, hours.zone), hours)


def _is_pressing(piece: Piece, hours: MailHours, at: datetime) -> bool:
    """Whether it changes what was promised for today, or until the next day on which mail goes."""
    today = until = at.astimezone(ZoneInfo(hours.zone)).date()
    if not piece.is_changed or piece.was_date is None or piece.was_date < today:
        return False
    while until < piece.was_date and (until == today or not hours.works_on(until)):
        until += A_DAY
    return piece.was_date <= until


def awake(at: datetime, zones: Sequence[str], hours: MailHours) -> datetime:
    """
    Give the first moment from then on at which it is night in none of these zones.

    Where that never comes, or no zone is known, the shop's clock holds. Of a country of several zones it does as well
    if the shop's is one of them: nobody knows in which of them somebody lives.

    >>> def told(text, *zones, **given):
    ...     return f"{awake(datetime.fromisoformat(text), zones, MailHours(**given)).astimezone(UTC):%d %H:%M}"
    >>> told("2026-11-27T19:59:59Z"), told("2026-11-27T20:00Z"), told("2026-11-28T07:59:59Z"), told("2026-11-28T08:00Z")
    ('27 19:59', '28 08:00', '28 08:00', '28 08:00')
    >>> told("2026-11-27T10:00Z", "Pacific/Auckland"), told("2026-11-27T06:59Z", "Pacific/Auckland")
    ('27 19:00', '27 06:59')
    >>> told("2026-11-27T10:00Z", "America/New_York", "America/Los_Angeles")
    '27 16:00'
    >>> told("2026-11-27T13:00Z", "America/New_York", "America/Los_Angeles", zone="America/New_York")
    '27 13:00'
    >>> told("2026-11-27T03:00Z", night=(0, 0))
    '27 03:00'
    """
    if len(zones) > 1 and hours.zone in zones:
        zones = ()
    found = at
    for _ in range(len(zones) + 1):
        later = max((_morning(found, zone, hours) for zone in zones), default=found)
        if later == found and zones:
            return found
        found = later
    return _morning(at, hours.zone, hours)


def _morning(at: datetime, zone: str, hours: MailHours) -> datetime:
    """Give that moment, or the end of the night in which it lies."""
    begins, ends = hours.night
    local = at.astimezone(ZoneInfo(zone))
    is_over = local.hour >= ends
    is_night = begins <= local.hour < ends if begins <= ends else local.hour >= begins or not is_over
    if not is_night:
        return at
    return _clock(local.date() + A_DAY if is_over else local.date(), ends, zone)


def _clock(day: date, hour: int, zone: str) -> datetime:
    """The moment at which a clock shows that hour: the first of two, or where none is the next moment there is."""
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)

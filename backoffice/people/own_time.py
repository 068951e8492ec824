"""Where a person lives: their own zone, asked for once and carried in their session. Writes ``OwnZone``."""

from functools import cache
from zoneinfo import available_timezones

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from backoffice.models import OwnZone

CARRIED = "zone"
ELSEWHERE = ("Etc/", "SystemV/", "US/", "posix/", "right/")
"""Other names of the same places."""


@cache
def known() -> frozenset[str]:
    """Give every name of a zone; they are files, and each request asks, so they are looked through once."""
    return frozenset(available_timezones())


def names() -> list[str]:
    """Give the zones to choose from, by continent and town."""
    return sorted(zone for zone in known() if "/" in zone and not zone.startswith(ELSEWHERE))


def of(person: User) -> str:
    """Give a person's zone; "" if they live by the shop's."""
    return OwnZone.objects.filter(person=person).values_list("name", flat=True).first() or ""


def choose(person: User, zone: str) -> None:
    """Keep a person's zone; "" is the shop's."""
    if zone:
        OwnZone.objects.update_or_create(person=person, defaults={"name": zone})
    else:
        OwnZone.objects.filter(person=person).delete()


def carry(session: SessionBase, zone: str) -> None:
    """Let a session know it, so that no page asks the database."""
    session[CARRIED] = zone


def carried(session: SessionBase) -> str:
    """Give the zone that a session knows; "" if there is none, or none any more."""
    zone = session.get(CARRIED, "")
    return zone if zone in known() else ""

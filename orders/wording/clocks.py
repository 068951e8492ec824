"""What time it is where a customer lives, as far as their country says it. Reads no rows."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from django_countries import countries


@cache
def _zones() -> Mapping[str, list[str]]:
    """Give the time zones of each country. Source: ``zone.tab`` of the IANA time zone database, in ``tzdata``."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country].append(zone)
    return dict(found)


def zones(country: str) -> tuple[str, ...]:
    """Give the time zones of a country, by its two letters; none if nothing is known of it."""
    return tuple(_zones().get(country, ()))


def said(country: str, at: datetime) -> str:
    """
    Say what time it is in a country: the one time, or from when to when; "" if nothing is known of it.

    >>> noon = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    >>> said("DE", noon), said("ES", noon), said("", noon)
    ('13:00 in Germany', 'between 12:00 and 13:00 in Spain', '')
    """
    times = sorted({at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in _zones().get(country, ())})
    if not times:
        return ""
    first, last = times[0], times[-1]
    when = f"{first:%H:%M}" if first == last else f"between {first:%H:%M} and {last:%H:%M}"
    return f"{when} in {countries.name(country)}"

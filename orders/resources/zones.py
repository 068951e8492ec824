"""The time zone of a customer, by its name in the database of time zones: in it days of theirs are judged."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from inventory.ground.tabular import Expected


def zone(cell: str) -> ZoneInfo:
    """
    Read the name of a time zone, in any case.

    >>> zone("europe/berlin").key
    'Europe/Berlin'
    >>> zone("Berlin")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: the name of a time zone, such as Europe/Berlin or America/New_York
    """
    name = _names().get(cell.strip().replace(" ", "_").lower())
    if name is None:
        raise Expected("the name of a time zone, such as Europe/Berlin or America/New_York")
    return ZoneInfo(name)


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}

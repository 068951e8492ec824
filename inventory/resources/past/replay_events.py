"""Events that a person types for a replay of past demand: when, by how much, and of which item. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from inventory.demand import uplift
from inventory.demand.uplift import Event
from inventory.formulas.distributions import Floats

from .demand_table import DemandTable

MOST_UPLIFT = 1_000.0
EXPECTED = (
    "“{}”: write FIRST:LAST:UPLIFT or FIRST:LAST:UPLIFT:ITEM, the first two as {}, and the uplift as a factor above 0 "
    "and up to 1,000, such as {}:3"
)


class NoEvent(ValueError):
    """What was typed is no event of this demand."""


def factors(texts: Sequence[str], table: DemandTable) -> Floats | None:
    """
    Return by how much each item and period was lifted, (items, periods); None without events.

    :raises NoEvent: if one cannot be read, or names a period or an item that is not there
    """
    if not texts:
        return None
    lift = np.ones(table.units.shape)
    for text in texts:
        first, last, factor, item = _parts(text, table)
        rows = np.array([item in {"", name} for name in table.items])
        if not rows.any():
            raise NoEvent(f"“{text}”: there is no item “{item}” in this demand.")
        lift[rows] *= _line(first, last, factor, text, table)
    return lift


def _parts(text: str, table: DemandTable) -> tuple[str, str, float, str]:
    first, last, number, item = [*(part.strip() for part in text.split(":", 3)), "", "", "", ""][:4]
    try:
        factor = float(number)
    except ValueError:
        factor = 0.0
    if not 0 < factor <= MOST_UPLIFT:
        raise NoEvent(_expected(text, table))
    return first, last, factor, item


def _line(first: str, last: str, factor: float, text: str, table: DemandTable) -> Floats:
    weeks = len(table.units.T)
    if table.start is None:
        places = {name: place for place, name in enumerate(table.periods)}
        for name in (first, last):
            if (count := list(table.periods).count(name)) > 1:
                raise NoEvent(f"“{text}”: {count} columns are called “{name}”: give each a name of its own.")
        if first not in places or last not in places or places[last] < places[first]:
            raise NoEvent(_expected(text, table))
        line = np.ones(weeks)
        line[places[first] : places[last] + 1] = factor
        return line
    try:
        event = Event(date.fromisoformat(first), date.fromisoformat(last), factor)
    except ValueError:
        raise NoEvent(_expected(text, table)) from None
    if event.ends_on < event.starts_on:
        raise NoEvent(f"“{text}”: an event ends on its first day or later.")
    end = table.start + timedelta(weeks=weeks)
    if event.ends_on < table.start or event.starts_on >= end:
        raise NoEvent(f"“{text}”: the demand at hand runs from {table.start} until {end}, and this event is not in it.")
    lifted = uplift.factors([(event,)], table.start, weeks)
    return np.ones(weeks) if lifted is None else lifted[0]


def _expected(text: str, table: DemandTable) -> str:
    if table.start is None:
        first, last = table.periods[0], table.periods[-1]
        return EXPECTED.format(text, f"columns from {first} to {last}", f"{first}:{first}")
    day = table.start.isoformat()
    return EXPECTED.format(text, "days (YYYY-MM-DD)", f"{day}:{day}")

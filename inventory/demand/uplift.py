"""
Demand events as factors per week: what past weeks are divided by, and future ones multiplied with.

Reads ``DemandEvent``; writes nothing. A week that an event covers in part is lifted in part, day for day.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from inventory.models import DemandEvent

DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Days, both included, on which people buy ``uplift`` times the usual."""

    starts_on: date
    ends_on: date
    uplift: float

    def as_row(self) -> list[str | float]:
        """Give it as JSON keeps it."""
        return [self.starts_on.isoformat(), self.ends_on.isoformat(), self.uplift]


@dataclass(frozen=True, slots=True)
class Events:
    """All events of the shop, by whom they touch; events with uplift 1 change nothing and are left out."""

    by_product: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))
    by_group: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    everywhere: list[Event] = field(default_factory=list)

    def of(self, product_id: int, group: str) -> tuple[Event, ...]:
        """Give the events that touch one product, in order."""
        own = self.by_product.get(product_id, [])
        shared = self.by_group.get(group, []) if group else []
        return tuple(sorted([*own, *shared, *self.everywhere]))

    def of_each(self, product_ids: Sequence[int], groups: Sequence[str]) -> list[tuple[Event, ...]]:
        """Give the events that touch each of these products, of which most share theirs with their group."""
        by_group = {group: self.of(0, group) for group in set(groups)}
        return [
            self.of(product_id, group) if product_id in self.by_product else by_group[group]
            for product_id, group in zip(product_ids, groups, strict=True)
        ]


def load() -> Events:
    """Read all events; there are few, and every block of SKUs needs them."""
    events = Events()
    rows = list(DemandEvent.objects.select_related("product"))
    known = Measured.at(rows)
    for row in rows:
        lift = known.uplift_of(row)
        if lift == 1:
            continue
        event = Event(row.starts_on, row.ends_on, lift)
        if row.product_id:
            events.by_product[row.product_id].append(event)
        elif row.group:
            events.by_group[row.group].append(event)
        else:
            events.everywhere.append(event)
    return events


@dataclass(frozen=True, slots=True)
class Measured:
    """What events of each kind lifted demand to: logarithms of what was measured, by kind and by what they were on."""

    logs: dict[tuple[str, str], list[float]]

    @classmethod
    def at(cls, events: Iterable[DemandEvent]) -> "Measured":
        """Take what was measured at these events."""
        logs: dict[tuple[str, str], list[float]] = defaultdict(list)
        for event in events:
            if event.measured_uplift:
                for place in _places(event):
                    logs[event.kind, place].append(math.log(event.measured_uplift))
        return cls(logs)

    def estimate(self, event: DemandEvent) -> float | None:
        """Return what earlier events of its kind let expect: on the same product, else its group, else anywhere."""
        for place in _places(event):
            if found := self.logs.get((event.kind, place)):
                return math.exp(sum(found) / len(found))
        return None

    def uplift_of(self, event: DemandEvent) -> float:
        """Return the uplift that counts: the one a person entered, else as measured, else as estimated, else 1."""
        return event.uplift or event.measured_uplift or self.estimate(event) or 1.0


def _places(event: DemandEvent) -> Iterator[str]:
    """What an event is on, the narrowest first."""
    if event.product:
        yield f"product {event.product_id}"
    if group := event.product.group if event.product else event.group:
        yield f"group {group}"
    yield "everything"


def during(events: Iterable[Event], first: date, last: date) -> list[list[str | float]]:
    """List the events that touch these days, as JSON keeps them: what a forecast has been cleaned of."""
    return [event.as_row() for event in events if event.starts_on <= last and event.ends_on >= first]


def factors(events: Sequence[tuple[Event, ...]], start: date, weeks: int) -> NDArray[np.float64] | None:
    """
    Return per SKU and week by how much demand is lifted, shape (n, weeks); None if nobody's is.

    :param events: per SKU, the events that touch it
    :param start: first day of week 0; a week is any seven days from there
    """
    matrix: NDArray[np.float64] | None = None
    rows: dict[tuple[Event, ...], list[int]] = defaultdict(list)
    for row, own in enumerate(events):
        if own:
            rows[own].append(row)
    for own, places in rows.items():
        line = _line(own, start, weeks)
        if (line != 1).any():
            matrix = np.ones((len(events), weeks)) if matrix is None else matrix
            matrix[places] = line
    return matrix


def _line(events: Sequence[Event], start: date, weeks: int) -> NDArray[np.float64]:
    """Lift each week by the mean of its days; a day on which two events fall is lifted by both."""
    line = np.ones(weeks)
    touched = np.zeros(weeks, np.int64)
    for event in events:
        first, last = (event.starts_on - start).days, (event.ends_on - start).days
        for week in range(max(0, first // DAYS), min(weeks - 1, last // DAYS) + 1):
            covered = min(last, week * DAYS + DAYS - 1) - max(first, week * DAYS) + 1
            line[week] *= 1 + (event.uplift - 1) * covered / DAYS
            touched[week] += 1
    for week in np.flatnonzero(touched > 1).tolist():
        days = [start + timedelta(days=week * DAYS + ahead) for ahead in range(DAYS)]
        lifts = [math.prod(each.uplift for each in events if each.starts_on <= day <= each.ends_on) for day in days]
        line[week] = sum(lifts) / DAYS
    return line


def week_of(day: date) -> date:
    """Give the Monday of the ISO week this day is in."""
    return day - timedelta(days=day.weekday())

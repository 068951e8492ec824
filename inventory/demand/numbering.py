"""
What an order is called in the record of demand, whichever door it came by, and when a number was used again.

An order that came as one is ``channel:reference``, one from a history file ``reference`` (``channel:reference`` where
the file names another channel than the shop's own). A number that was used again has its day added. Pure.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from inventory.ground import keys

ORDERS, HISTORY = "orders", "history"
"""The sources of demand that name the same orders."""
SHOP = "shop"
LONGEST = 117
"""Signs of a name, so that there is room for a day behind it."""
DAY = timedelta(days=1)

Days = Mapping[str, set[date]]
"""The days on which entries of a name stand."""


class Numbered(Protocol):
    """One row of a history file."""

    @property
    def reference(self) -> str: ...

    @property
    def placed_at(self) -> datetime: ...


@dataclass(slots=True)
class NumberedRows:
    """Rows of one number that belong together: when the first and the last were written; the name they are kept by."""

    reference: str
    first: datetime
    last: datetime
    name: str = ""

    def apart(self, days: Iterable[date]) -> int:
        """Count the days between this order and the nearest of these; 0 if one is its own."""
        first, last = self.first.date(), self.last.date()
        return min((max((first - day).days, (day - last).days, 0) for day in days), default=date.max.toordinal())


class Orders:
    """The orders of a file, by the key of their number, earliest first."""

    def __init__(self, rows: Iterable[Numbered]) -> None:
        self.by_key: dict[str, list[NumberedRows]] = {}
        self._keys: dict[str, str] = {}
        written: dict[str, tuple[str, list[datetime]]] = {}
        for row in rows:
            written.setdefault(self._key(row.reference), (row.reference, []))[1].append(row.placed_at)
        for key, (reference, times) in written.items():
            self.by_key[key] = list(_parted(reference, sorted(times)))

    def __iter__(self) -> Iterator[NumberedRows]:
        for found in self.by_key.values():
            yield from found

    def _key(self, reference: str) -> str:
        if reference not in self._keys:
            self._keys[reference] = keys.key(reference)
        return self._keys[reference]

    def of(self, row: Numbered) -> NumberedRows:
        """Give the order that a row belongs to."""
        found = self.by_key[self._key(row.reference)]
        if len(found) == 1:
            return found[0]
        return found[bisect_right(found, row.placed_at, key=lambda order: order.first) - 1]

    def name(self, known: Mapping[str, Days]) -> None:
        """
        Give each order the name of the one on record that is at most a day away, or one of its own.

        :param known: by the key of a number, the names that are on record with their days
        """
        for key, found in self.by_key.items():
            _name(found, known.get(key, {}))

    def used_again(self, known: Mapping[str, Days]) -> list[str]:
        """Name the numbers that were more than one order, in sentences; ``name`` was called."""
        told = []
        for key, found in self.by_key.items():
            days = {order.first.date() for order in found}
            names = {order.name for order in found}
            days |= {min(there) for name, there in known.get(key, {}).items() if name not in names and there}
            if len(days) > 1:
                listed = " and ".join(f"{day}" for day in sorted(days))
                told.append(f"The number {found[0].reference} was {len(days)} orders, of {listed}.")
        return told


def _parted(reference: str, times: Sequence[datetime]) -> Iterator[NumberedRows]:
    """Part the rows of one number where more than a day lies between them."""
    current = NumberedRows(reference, times[0], times[0])
    for time in times:
        if time - current.last > DAY:
            yield current
            current = NumberedRows(reference, time, time)
        current.last = time
    yield current


def _name(found: Sequence[NumberedRows], known: Days) -> None:
    near = sorted(
        (apart, place, name)
        for place, order in enumerate(found)
        for name, days in known.items()
        if (apart := order.apart(days)) <= 1
    )
    taken: set[str] = set()
    for _, place, name in near:
        if not found[place].name and name not in taken:
            found[place].name = name
            taken.add(name)
    taken |= set(known)
    for order in found:
        if not order.name:
            is_first = all(keys.key(name) != keys.key(order.reference) for name in taken)
            order.name = order.reference if is_first else dated(order.reference, order.first.date())
            taken.add(order.name)


def dated(reference: str, day: date) -> str:
    """
    Give the name of an order whose number another had before.

    >>> dated("R-0001", date(2026, 1, 5))
    'R-0001 (2026-01-05)'
    """
    return f"{reference} ({day})"


def dated_names(reference: str, day: date) -> list[str]:
    """Give the names that such an order may have on record: its own day's and those beside it."""
    return [dated(reference, near) for near in (day - DAY, day, day + DAY)]


def of_order(channel: str, reference: str) -> str:
    """Give the name of an order that came as one."""
    return f"{channel}:{reference}"


def in_history(channel: str, reference: str) -> str:
    """
    Give the name of an order in history files.

    >>> in_history("shop", "1001"), in_history("Amazon", "1001")
    ('1001', 'Amazon:1001')
    """
    return reference if keys.key(channel or SHOP) == keys.key(SHOP) else of_order(channel, reference)


def as_order(name: str) -> list[str]:
    """
    Give the names that an order of a history file may have if it came as an order too.

    >>> as_order("1001"), as_order("Amazon:1001")
    (['shop:1001'], ['shop:Amazon:1001', 'Amazon:1001'])
    """
    return [of_order(SHOP, name), *([name] if ":" in name else [])]


def spellings(name: str) -> set[str]:
    """
    Give the ways of writing that may be on record: as it is, and in one case, the channel as it is or so too.

    >>> sorted(spellings("Amazon:r-1"))
    ['AMAZON:R-1', 'Amazon:R-1', 'Amazon:r-1', 'amazon:r-1']
    """
    channel, colon, number = name.rpartition(":")
    before = channel + colon
    return {name, name.upper(), name.lower(), before + number.upper(), before + number.lower()}

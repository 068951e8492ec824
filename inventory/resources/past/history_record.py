"""What is on record of the orders that a history file names: by which name each is kept, and which came as orders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.demand import entries as demand
from inventory.demand import numbering
from inventory.ground import keys

from .netting import HistoryRow

SHOWN = 10
Entries = dict[tuple[str, int, int], tuple[date, int, bool]]
"""By name, product and warehouse: the day, the units, and whether it is what was sold."""


@dataclass(frozen=True, slots=True)
class RecordedOrders:
    """
    The orders of a file beside the record.

    :ivar entries: what is recorded of them out of history files
    :ivar ordered: names of those that came as orders too, and count there
    :ivar again: numbers that were used again, in sentences
    """

    orders: numbering.Orders
    entries: Entries
    ordered: frozenset[str]
    again: Sequence[str]

    def name(self, line: HistoryRow) -> str:
        """Give the name that the order of a line is kept by."""
        return self.orders.of(line).name

    def told(self) -> list[str]:
        """Say what a person should know of them."""
        more = len(self.again) - SHOWN
        return [
            *self.again[:SHOWN],
            *([f"So were {more:,} more."] if more > 0 else []),
            *([f"Orders that are here as orders too, and count once: {len(self.ordered):,}."] if self.ordered else []),
        ]


def read(lines: Iterable[HistoryRow]) -> RecordedOrders:
    """Name the orders of these lines, and find what is recorded of them."""
    rows = list(lines)
    orders = numbering.Orders(rows)
    entries, days = _recorded(orders, _bare(rows))
    orders.name(days)
    return RecordedOrders(orders, entries, _ordered(orders), orders.used_again(days))


def _bare(rows: Iterable[HistoryRow]) -> dict[str, str]:
    """Give the numbers that stood alone before files named the channel, with the keys they have now."""
    return {row.number: keys.key(row.reference) for row in rows if row.number and row.number != row.reference}


def _recorded(
    orders: numbering.Orders, bare: Mapping[str, str]
) -> tuple[Entries, Mapping[str, Mapping[str, set[date]]]]:
    """Read what is recorded under the numbers, and under a number and a day where it was used again."""
    entries: Entries = {}
    days: dict[str, dict[str, set[date]]] = defaultdict(dict)
    plain = {
        spelling: key for key, found in orders.by_key.items() for spelling in numbering.spellings(found[0].reference)
    }
    _gather({**bare, **plain}, entries, days)
    again = {
        name: key
        for key, found in orders.by_key.items()
        if len(found) > 1 or any(found[0].apart(there) > 1 for there in days.get(key, {}).values())
        for order in found
        for spelling in numbering.spellings(order.reference)
        for name in numbering.dated_names(spelling, order.first.date())
    }
    _gather(again, entries, days)
    return entries, days


def _gather(names: Mapping[str, str], entries: Entries, days: dict[str, dict[str, set[date]]]) -> None:
    for name, product, warehouse, day, units, is_sale in demand.recorded(numbering.HISTORY, names):
        entries[name, product, warehouse] = (day, units, is_sale)
        days[names[name]].setdefault(name, set()).add(day)


def _ordered(orders: numbering.Orders) -> frozenset[str]:
    """Find those that came as orders too: the same channel and number, at most a day apart."""
    names = {
        spelling: keys.key(order.reference)
        for order in orders
        for name in numbering.as_order(order.reference)
        for spelling in numbering.spellings(name)
    }
    days: dict[str, set[date]] = defaultdict(set)
    for name, _, _, day, *_ in demand.recorded(numbering.ORDERS, names):
        days[names[name]].add(day)
    return frozenset(
        order.name for key, there in days.items() for order in orders.by_key[key] if order.apart(there) <= 1
    )

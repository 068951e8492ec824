"""What is on its way of a purchase order, as its lines and their parts; for the screens that receive it, or do not."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from inventory.desk.tables import day
from inventory.models import Inbound
from suppliers import splitting
from suppliers.models import PurchaseOrder, PurchaseOrderLine

Units = Mapping[int, tuple[int, int]]
"""Units, and how many of them are damaged, by inbound."""
Spread = Callable[[Units, bool], Units]
"""Gives what is beyond one part of a line to its other parts; True: damaged units are replaced."""


def of_order(order: PurchaseOrder) -> dict[int, int]:
    """Give the lines of an order by their inbound."""
    rows = order.lines.exclude(inbound=None).values_list("inbound", "pk")
    return dict(rows)


def of_line(line: PurchaseOrderLine) -> dict[int, int]:
    """Give a line, and the other parts of what was ordered with it, by their inbound."""
    family = line.purchase_order.lines.exclude(inbound=None)
    return {row.inbound_id: row.pk for row in family if row.inbound_id and row.ordered_as == line.ordered_as}


def spread(order_id: int, lines: Mapping[int, int]) -> Spread:
    """Give to the parts of lines what arrived of them, however it was counted among them."""
    inbound = {line: part for part, line in lines.items()}

    def over(units: Units, is_replaced: bool) -> Units:
        by_line = {lines[part]: counted for part, counted in units.items()}
        found = splitting.over_parts(order_id, by_line, replaced=is_replaced)
        return {inbound[line]: counted for line, counted in found.items()}

    return over


def as_counted(units: Units, is_replaced: bool) -> Units:
    """What is no line of a purchase order has no parts."""
    return units


def in_order(rows: Iterable[Inbound]) -> list[Inbound]:
    """Put what is outstanding first, and of one product the earliest."""
    rows = sorted(rows, key=lambda row: row.pk)
    first = {row.product_id: row.pk for row in reversed(rows)}
    return sorted(rows, key=lambda row: (not row.outstanding, first[row.product_id], row.expected_date or date.max))


def names(rows: Collection[Inbound]) -> dict[int, str]:
    """Name each: its product, and its day too where that alone would not tell them apart."""
    times = Counter(row.product_id for row in rows)
    return {
        row.pk: f"{row.product}, {day(row.expected_date) or 'no date'}"
        if times[row.product_id] > 1
        else str(row.product)
        for row in rows
    }

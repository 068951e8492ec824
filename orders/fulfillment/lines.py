"""Lines as callers name them, locked and read in the one right order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from inventory.models import Product
from orders.allocation import reading, supply
from orders.allocation.reading import LineState
from orders.models import OrderLine


class NotALine(Exception):
    """No line is named, or one is named twice."""


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of one line; None: all there are."""

    line_id: int
    units: int | None = None


def locked(
    wanted: Sequence[LineUnits], *, others: Collection[int] = ()
) -> tuple[set[int], dict[int, LineState], supply.Supplies]:
    """
    Lock the products of these lines, then read lines and supply.

    :param others: products that are locked with them; the supply of these is not read
    :returns: the products of the lines, the lines by number, the supply
    :raises NotALine: if none is named, or one twice
    """
    line_ids = {item.line_id for item in wanted}
    if len(line_ids) < len(wanted) or not wanted:
        raise NotALine("Name each line once.")
    rows = OrderLine.objects.filter(pk__in=line_ids)
    product_ids = set(rows.values_list("product_id", flat=True))
    Product.objects.lock(product_ids | set(others))
    lines = {line.line_id: line for line in reading.lines(Q(pk__in=line_ids))}
    return product_ids, lines, supply.read(product_ids, claimed=reading.claimed(lines.values()))

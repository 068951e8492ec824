"""How much of a product may wait: never, what is covered, up to a limit, always."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from inventory.models import BackorderPolicy, Product
from orders.models import OrderLine
from orders.reading import LineState
from orders.supply import Supplies


class Terms(NamedTuple):
    """On which terms a product is sold; the columns of its row, in this order."""

    id: int
    sku: str
    is_discontinued: bool
    backorder_policy: str
    backorder_limit: int | None
    covered_days: int


class BackorderLimit(Exception):
    """A line asks for more than may be sold now. ``possible``: units that may."""

    def __init__(self, message: str, *, product_id: int, units: int, possible: int) -> None:
        super().__init__(message)
        self.product_id, self.units, self.possible = product_id, units, possible


def refuse_over_policy(
    lines: Sequence[LineState], products: Mapping[int, Terms | Product], supplies: Supplies, *, at: datetime
) -> None:
    """
    Enforce the backorder policy of each product in the locked step that writes the line.

    :raises BackorderLimit: for the first product of which more units would wait than may
    """
    by_product: dict[int, list[LineState]] = defaultdict(list)
    for line in lines:
        by_product[line.product_id].append(line)
    for product_id, some in by_product.items():
        waiting = sum(line.backordered for line in some)
        allowed = _may_wait(products[product_id], some, supplies, at) if waiting else None
        if allowed is not None and waiting > allowed:
            units = sum(line.open for line in some)
            possible = units - waiting + allowed
            raise BackorderLimit(
                f"{products[product_id].sku}: {units} asked for, {possible} can be sold now.",
                product_id=product_id,
                units=units,
                possible=possible,
            )


def _may_wait(product: Terms | Product, lines: Sequence[LineState], supplies: Supplies, at: datetime) -> int | None:
    """Units of these new lines that may wait; None: any number."""
    if product.is_discontinued or product.backorder_policy == BackorderPolicy.NEVER:
        return 0
    if product.backorder_policy == BackorderPolicy.COVERED:
        until = timezone.localtime(at).date() + timedelta(days=product.covered_days)
        soon = {road.inbound_id for road in supplies.roads.values() if road.likely_date and road.likely_date <= until}
        return sum(units for line in lines for (_, inbound), units in line.claims.items() if inbound in soon)
    if product.backorder_policy == BackorderPolicy.LIMIT and product.backorder_limit is not None:
        queue = OrderLine.objects.waiting_for([product.id])
        already = queue.aggregate(units=Sum("backordered"))["units"] or 0
        return max(0, product.backorder_limit - already)
    return None

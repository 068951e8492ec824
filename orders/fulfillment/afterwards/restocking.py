"""
Units that came back go on the shelf, and serve the queue: all of it, or all but the lines of who sent them back.

A shelf cannot tell its units apart. So that these never reach who sent them back in silence, no more of them go on it
than others take at once, as long as that customer waits for the product.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User

from inventory.models import MovementKind, Stock
from inventory.supply import stock
from orders import allocation
from orders.allocation import covering, reading, supply
from orders.allocation.supply import Shelf, Supplies
from orders.models import OrderLine

NEW_SHELF = -1
"""Stands for a stock row that is not there yet."""


class Back(NamedTuple):
    """Units of one product that came back, by their return."""

    return_id: int
    product_id: int
    units: int
    note: str


def restock(
    back: Sequence[Back],
    warehouse_id: int,
    *,
    passed_over: int | None,
    reference: str,
    by: User | None,
    at: datetime,
) -> dict[int, int]:
    """
    Post these units, and plan the queues of their products again.

    :param passed_over: the customer whose lines get none of them; None: whoever is next
    :returns: units that went on the shelf, by return; the others must stay off it
    """
    product_ids = {each.product_id for each in back}
    with allocation.locked(product_ids, at=at) as queue:
        left = _taken(back, warehouse_id, passed_over, at) if passed_over else {}
        units: dict[int, int] = {}
        for each in back:
            units[each.return_id] = min(each.units, left.get(each.product_id, each.units))
            if each.product_id in left:
                left[each.product_id] -= units[each.return_id]
        posts = [
            stock.Post(
                each.product_id, warehouse_id, units[each.return_id], MovementKind.RETURN, each.note[:200], reference
            )
            for each in back
            if units[each.return_id]
        ]
        if posts:
            posted = stock.post(posts, by=by, at=at)
            shelves = Stock.objects.filter(warehouse=warehouse_id, product__in=left).values_list("pk", flat=True)
            over = covering.PassedOver(passed_over, frozenset(shelves)) if passed_over and left else None
            queue.commit(cause=posted.cause, by=by, passed_over=over)
    return units


def _taken(back: Sequence[Back], warehouse_id: int, customer_id: int, at: datetime) -> dict[int, int]:
    """Give, of each product that this customer waits for, how many of the units others would take at once."""
    more: Counter[int] = Counter()
    for each in back:
        more[each.product_id] += each.units
    own = OrderLine.objects.waiting_for(list(more)).filter(order__customer=customer_id)
    wanted = set(own.values_list("product_id", flat=True))
    if not wanted:
        return {}
    waiting = reading.queue(wanted, short=())
    supplies, shelves = _with_more(supply.read(wanted, claimed=reading.claimed(waiting)), warehouse_id, more, wanted)
    over = covering.PassedOver(customer_id, frozenset(shelves))
    taken: dict[int, int] = dict.fromkeys(wanted, 0)
    for change in covering.planned(waiting, supplies, excess={}, passed_over=over, at=at):
        before = change.before.claims if change.before else {}
        for (stock_id, _), units in change.after.claims.items():
            if stock_id in shelves:
                taken[change.after.product_id] += units - before.get((stock_id, None), 0)
    return {product_id: max(0, min(units, more[product_id])) for product_id, units in taken.items()}


def _with_more(
    supplies: Supplies, warehouse_id: int, more: Counter[int], wanted: set[int]
) -> tuple[Supplies, set[int]]:
    """Add units to the shelves of a warehouse, as if they lay there; give their numbers too."""
    shelves = dict(supplies.shelves)
    ours: set[int] = set()
    for place, product_id in enumerate(sorted(wanted)):
        found = (
            shelf
            for shelf in supplies.shelves.values()
            if (shelf.product_id, shelf.warehouse_id) == (product_id, warehouse_id)
        )
        shelf = next(found, Shelf(NEW_SHELF - place, product_id, warehouse_id, 0, 0, 0))
        shelves[shelf.stock_id] = shelf._replace(available=shelf.available + more[product_id])
        ours.add(shelf.stock_id)
    by_product: dict[int, tuple[list[Shelf], list[supply.Road]]] = defaultdict(lambda: ([], []))
    for shelf in shelves.values():
        by_product[shelf.product_id][0].append(shelf)
    for road in supplies.roads.values():
        by_product[road.product_id][1].append(road)
    return replace(supplies, shelves=shelves, by_product=by_product), ours

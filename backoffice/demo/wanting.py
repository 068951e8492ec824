"""Who wants what in the demo: orders for single products, and how to find them in the catalog and the queue."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from inventory.models import BackorderPolicy, Stock
from orders.models import Customer, OrderLine, OrderLineQuerySet, WarehouseRule

from .assortment import TRADE
from .demand import Sale
from .selling import draft_of, place
from .world import World


def order_from_one(
    world: World,
    at: datetime,
    row: Stock,
    units: int,
    *,
    reference: str,
    customer: Customer,
    ship_complete: bool = False,
) -> None:
    """Order units of one product that must come from one warehouse."""
    number = [each.pk for each in world.catalog.warehouses].index(row.warehouse_id)
    draft = draft_of(
        world,
        [Sale(at.date(), number, place_of(world, row.product_id), units)],
        reference=reference,
        customer=customer,
        placed_at=at,
        is_ship_complete=ship_complete,
        warehouse_rule=WarehouseRule.PREFERRED,
    )
    place(draft, at)


def waiting() -> OrderLineQuerySet:
    return OrderLine.objects.backordered().in_queue_order()


def contested() -> QuerySet[Any, Any]:
    """Products that three customers or more wait for."""
    rows = OrderLine.objects.backordered().order_by().values("product").annotate(lines=Count("pk"))
    return rows.filter(lines__gte=3).values("product")


def freely_sold(world: World, warehouse: int = 0) -> QuerySet[Stock]:
    """Stock, in Portland if nothing else is said, of what may be backordered and somebody supplies."""
    return Stock.objects.filter(
        Q(product__offers__isnull=False),
        warehouse=world.catalog.warehouses[warehouse],
        product__backorder_policy=BackorderPolicy.ALWAYS,
    ).distinct()


def available_everywhere(product_id: int) -> int:
    return sum(Stock.objects.filter(product=product_id).values_list("available", flat=True))


def unsupplied(world: World) -> Iterator[int]:
    for number, item in enumerate(world.catalog.items):
        if item.product.pk not in world.catalog.offers and not item.product.is_discontinued:
            yield number


def place_of(world: World, product_id: int) -> int:
    return next(number for number, item in enumerate(world.catalog.items) if item.product.pk == product_id)


def someone(world: World) -> Customer:
    return world.random.choice(world.catalog.customers[20:])


def trade(world: World, number: int) -> Customer:
    return Customer.objects.get(name=TRADE[number])

"""Customers and orders for tests, placed by the real use cases."""

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any

from inventory.models import Product, Warehouse
from inventory.tests.make import (
    MONDAY,
    TODAY,
    arrived,
    coming,
    counted,
    lead_time,
    lost,
    moved,
    on_hand,
    product,
    warehouse,
)
from orders import fulfillment
from orders.models import Customer, Order, OrderLine

__all__ = [
    "MONDAY",
    "TODAY",
    "arrived",
    "coming",
    "counted",
    "customer",
    "lead_time",
    "line",
    "lost",
    "moved",
    "on_hand",
    "order",
    "product",
    "warehouse",
]
_numbers = itertools.count(1)


def customer(name: str = "Lena Ortiz", email: str | None = None) -> Customer:
    return Customer.objects.create(name=name, email=f"customer{next(_numbers)}@example.com" if email is None else email)


def order(
    *wanted: tuple[Product, int],
    who: Customer | None = None,
    place: Warehouse | None = None,
    reference: str | None = None,
    placed_at: datetime | None = None,
    priority: int = 0,
    price: Decimal | None = None,
    channel: str = "shop",
    at: datetime = MONDAY,
    **fields: Any,
) -> Order:
    """Place an order for units of products, for nothing or at a price."""
    lines = tuple(
        fulfillment.LineDraft(thing.pk, units, priority=priority, unit_price=price or Decimal())
        for thing, units in wanted
    )
    draft = fulfillment.OrderDraft(
        channel=channel,
        reference=reference or f"SO-{next(_numbers)}",
        customer_id=(who or customer()).pk,
        warehouse_id=(place or warehouse()).pk,
        lines=lines,
        placed_at=placed_at or at,
        **fields,
    )
    return fulfillment.place(draft, by=None, at=at)


def line(thing: Product, units: int, *, at: datetime = MONDAY, **fields: Any) -> OrderLine:
    """Place an order of one line and give that line."""
    return order((thing, units), at=at, **fields).lines.get()

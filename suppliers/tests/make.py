"""Suppliers, offers and purchase orders for tests, made by the real use cases."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from inventory.models import Inbound, LeadTime, Product, ReorderPolicy, Warehouse
from inventory.supply import owed
from inventory.tests.make import MONDAY, TODAY, coming, on_hand, product, warehouse
from suppliers import performance, purchasing
from suppliers.models import Closure, Offer, PriceBreak, PurchaseOrder, PurchaseOrderLine, Supplier

__all__ = [
    "MONDAY",
    "TODAY",
    "after",
    "approved",
    "buyer",
    "closed",
    "coming",
    "delivered",
    "draft",
    "expected",
    "lead_time",
    "learned",
    "line",
    "needed",
    "offer",
    "on_hand",
    "owing",
    "policy",
    "product",
    "sent",
    "supplier",
    "warehouse",
]
_numbers = itertools.count(1)


def after(days: float) -> datetime:
    """So many days after Monday."""
    return MONDAY + timedelta(days=days)


def buyer(name: str = "ines") -> User:
    return User.objects.get_or_create(username=name)[0]


def supplier(name: str = "Nordlys", **fields: Any) -> Supplier:
    return Supplier.objects.get_or_create(name=name, defaults={"code": name.upper(), **fields})[0]


def offer(
    thing: Product,
    who: Supplier | None = None,
    *,
    prices: tuple[tuple[int, str], ...] = ((1, "10"),),
    days: int = 14,
    **fields: Any,
) -> Offer:
    """Offer a product at these prices (from units, unit price), with this quoted lead time."""
    made = Offer.objects.create(product=thing, supplier=who or supplier(), quoted_days=days, **fields)
    PriceBreak.objects.bulk_create(
        PriceBreak(offer=made, minimum=minimum, unit_price=Decimal(price)) for minimum, price in prices
    )
    return made


def closed(who: Supplier, first: date, last: date, reason: str = "") -> Closure:
    return Closure.objects.create(supplier=who, starts_on=first, ends_on=last, reason=reason)


def draft(
    *wanted: tuple[Offer, int], place: Warehouse | None = None, by: User | None = None, at: datetime = MONDAY
) -> PurchaseOrder:
    """Draft units of offers of one supplier."""
    place = place or warehouse()
    lines = [purchasing.DraftLine(offer_id=each.pk, warehouse_id=place.pk, quantity=units) for each, units in wanted]
    return purchasing.propose(lines, by=by, at=at)[0]


def approved(*wanted: tuple[Offer, int], place: Warehouse | None = None, at: datetime = MONDAY) -> PurchaseOrder:
    order = draft(*wanted, place=place, at=at)
    purchasing.approve([order.pk], by=None, at=at)
    return order


def sent(*wanted: tuple[Offer, int], place: Warehouse | None = None, at: datetime = MONDAY) -> PurchaseOrder:
    order = approved(*wanted, place=place, at=at)
    return purchasing.send([order.pk], by=None, at=at)[0]


def line(order: PurchaseOrder, thing: Product | None = None) -> PurchaseOrderLine:
    """The line of an order as it stands now: of this product, or the only one."""
    return order.lines.get(product=thing) if thing else order.lines.get()


def expected(order: PurchaseOrder, thing: Product | None = None) -> Inbound:
    """What is expected of a line that was sent."""
    return Inbound.objects.get(purchase_line=line(order, thing))


def delivered(each: Offer, days: float, *, units: int = 5, at: datetime | None = None) -> PurchaseOrder:
    """Order from an offer and receive all of it so many days after sending."""
    began = at or MONDAY - timedelta(days=100)
    order = sent((each, units), at=began)
    purchasing.receive(order.pk, {line(order).pk: (units, 0)}, by=None, at=began + timedelta(days=days))
    return order


def learned(at: datetime = MONDAY) -> dict[str, int]:
    return performance.learn(at=at)


def lead_time(thing: Product, place: Warehouse | None = None) -> LeadTime:
    return LeadTime.objects.get(product=thing, warehouse=place or warehouse())


def policy(
    thing: Product, point: int, up_to: int, *, weekly: float = 10.0, place: Warehouse | None = None, **fields: Any
) -> ReorderPolicy:
    """Order at ``point`` up to ``up_to`` units."""
    return ReorderPolicy.objects.create(
        product=thing,
        warehouse=place or warehouse(),
        reorder_point=point,
        order_up_to=up_to,
        weekly_demand=weekly,
        **fields,
    )


def owing(thing: Product, units: int, *, by: date | None = None, place: Warehouse | None = None) -> None:
    """Owe customers these units, by a promised date or without one."""
    place = place or warehouse()
    owed.add([((thing.pk, place.pk, by), units, 1)])


def needed(units: int, *, place: Warehouse | None = None, **terms: Any) -> Offer:
    """Offer a new product of which customers wait for these units."""
    thing = product()
    owing(thing, units, place=place)
    return offer(thing, **terms)

"""Who wants what in the demo: orders for single products, how to find them, what customers say on their pages."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict

from inventory.models import BackorderPolicy, Product, Stock
from inventory.supply import counts
from orders.models import Customer, Order, OrderLine, OrderLineQuerySet, RequestState, RestockRequest, WarehouseRule
from orders.pages import acts, deciding, deeds, standing
from orders.waiting_list import asking
from orders.waiting_list.asking import RestockWish

from .assortment import TRADE
from .demand import Sale
from .selling import draft_of, place
from .world import World

ASKERS = ("mara.holt", "jon.abara", "eve.lindqvist", "tom.ruiz", "ines.falk")
"""Who asks to be told, each before the next."""


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


def on_their_page(number: int) -> Order | None:
    """Give one of the orders whose customer is asked whether a later date is all right, and has not answered."""
    later = OrderLine.objects.backordered().filter(
        order__customer__email__gt="", order__page_acts=None, promised_date__gt=F("first_promised_date")
    )
    orders = Order.objects.filter(Exists(later.filter(order=OuterRef("pk")))).order_by("-pk")
    return orders[number : number + 1].first()


def accept_on_their_page(world: World, at: datetime) -> None:
    """A customer says by the link of a mail that they will wait."""
    _decide(on_their_page(1), "agree", at)


def cancel_on_their_page(world: World, at: datetime) -> None:
    """Another one cancels a unit that is not here."""
    if order := on_their_page(1):
        line = order.lines.filter(backordered__gt=0).order_by("position")[0]
        _decide(order, "cancel", at, **{f"keep-{line.position}": str(line.open - 1)})


def ask_to_be_told(world: World, at: datetime) -> None:
    """People ask to be told when three products are back that are gone, and that nobody waits for."""
    here = Stock.objects.filter(product=OuterRef("pk"), available__gt=0)
    wanted = OrderLine.objects.backordered().filter(product=OuterRef("pk"))
    gone = Product.objects.filter(~Exists(here), Exists(Stock.objects.filter(product=OuterRef("pk"))))
    for rank, product in enumerate(gone.order_by(Exists(wanted), "pk")[:3]):
        for number, name in enumerate(ASKERS[: len(ASKERS) - rank]):
            asked_at = at + timedelta(minutes=30 * number)
            wish = RestockWish(
                product.sku, f"{name}@example.com", 1 + number % 2, consent_from="the page of the product"
            )
            if request := asking.ask(wish, at=asked_at):
                asking.confirm(request.pk, at=asked_at + timedelta(minutes=4))


def find_what_was_asked_for(world: World, at: datetime) -> None:
    """Some of what people ask for turns up: a wave of offers goes out, and the rest is on sale."""
    wanted = OrderLine.objects.backordered().filter(product=OuterRef("product"))
    asked = RestockRequest.objects.filter(product=OuterRef("product"), state=RequestState.WAITING)
    row = Stock.objects.filter(Exists(asked), ~Exists(wanted)).order_by("product", "pk").first()
    if row:
        found = counts.Count(row.product_id, row.warehouse_id, row.on_hand + 6, "A box stood behind the others")
        counts.count([found], by=world.people["operations"], at=at)


def _decide(order: Order | None, name: str, at: datetime, **typed: str) -> None:
    if order is None:
        return
    deed, sent = acts.BY_NAME[name], QueryDict(mutable=True)
    sent.update({**typed, deciding.SEEN: deciding.seen(deed, standing.of(order, at=at))})
    with suppress(deeds.NotNow, deciding.StandsOtherwise):
        deciding.decide(deed, order, sent, at=at)

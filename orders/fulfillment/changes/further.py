"""A further product in an order that stands: a line of its own behind the tail, told like any that is ordered."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Q

from inventory.models import Product
from orders import allocation
from orders.allocation import promises, reading, writing
from orders.allocation.reading import LineState
from orders.fulfillment.adding import Addition, add
from orders.fulfillment.drafts import MOST_UNITS
from orders.mail.notices import Fact
from orders.models import EventKind, NoticeKind, Order, OrderEvent, OrderEventKind, OrderLine
from orders.refunds import owing


class NotAFurtherProduct(Exception):
    """An unknown product, no sensible units or price, or an order of which nothing is open."""


def add_product(
    order_id: int,
    product_id: int,
    units: int,
    *,
    unit_price: Decimal | None = None,
    reason: str,
    by: User | None,
    at: datetime,
) -> int:
    """
    Add units of a product to an order: a line at its end, which overtakes nobody.

    Its customer is told only if some of it has to wait. An order that ships complete then waits for it, too.

    :param unit_price: None: as listed
    :returns: the number of the new line
    :raises NotAFurtherProduct: if it cannot be; nothing is written then
    :raises BackorderLimit: if the product may not be backordered so far
    """
    with allocation.locked([product_id], at=at) as queue:
        product = Product.objects.filter(pk=product_id).first()
        if product is None:
            raise NotAFurtherProduct("The product is not known.")
        if not 1 <= units <= MOST_UNITS:
            raise NotAFurtherProduct(f"A line has 1 to {MOST_UNITS:,} units, not {units:,}.")
        price = product.price if unit_price is None else unit_price
        if price < 0:
            raise NotAFurtherProduct("A price is 0 or more.")
        order = Order.objects.get(pk=order_id)
        row = OrderLine.objects.open().filter(order=order).order_by("position").first()
        if row is None:
            raise NotAFurtherProduct(f"Nothing of {order} is open: it is shipped or canceled already.")
        (state,) = reading.lines(Q(pk=row.pk))
        text = f"{units:,} × {product}{f': {reason}' if reason else ''}"
        event = OrderEvent.objects.create(order=order, kind=OrderEventKind.PRODUCT, text=text[:300], by=by, at=at)
        addition = Addition(row, state, product_id, units, price, is_further=True)
        (pk,) = add([addition], queue, news=_news, cause=f"further:{order.pk}:{event.pk}", by=by)
        owing.withdraw([owing.CameOn(order.pk, product_id, units, price)])
    return pk


def _news(addition: Addition, line: LineState) -> tuple[writing.HistoryEntry, Fact | None]:
    text = f"{line.open:,} added, {line.allocated:,} here, {line.backordered:,} waiting"
    event = writing.HistoryEntry(line.line_id, EventKind.PLACED, line.backordered, text)
    unheard = replace(line, promised_date=None)
    told = promises.fact(unheard, line, NoticeKind.BACKORDERED, line.backordered) if line.backordered else None
    return event, told

"""What a shop may say of a product, and who waits for it, on pages of apps that know no orders."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from inventory.desk import moments
from inventory.desk.tables import Table, link
from inventory.models import Product
from orders.admin.service import lines as service_lines
from orders.fulfillment import availability
from orders.fulfillment.availability import Availability, Word
from orders.models import OrderLine
from orders.wording import phrases, window

register = template.Library()
MOST_WAITING = 10
"""Who waits for a product that its page names; the queue has them all."""


@register.filter
def moment(value: datetime) -> str:
    """Write a moment in the shop's time, and in the reader's own."""
    return moments.said(value)


@register.filter
def with_days(text: str) -> str:
    """Write the days of a line's history the way days are written elsewhere."""
    return phrases.with_days(text)


@register.simple_tag
def shop_says(product: Product) -> str:
    """Say what somebody who orders one of it now would get, and when it would ship."""
    return in_words(availability.of([product.pk], at=timezone.now())[product.pk])


@register.simple_tag(takes_context=True)
def who_waits(context: Any, product: Product) -> Table | None:
    """Name who waits for it, in order, and what to say to each; None to whom orders are not shown."""
    if not context["request"].user.has_perm("orders.view_orderline"):
        return None
    today = timezone.localdate()
    lines = OrderLine.objects.waiting_for([product.pk]).select_related("order__customer").in_queue_order()
    found = list(window.as_said(lines)[: MOST_WAITING + 1])
    return Table(
        "Who waits for it, in order",
        ("Order", "Customer", "Waits", "Ships"),
        [
            (
                link(line.order, "orders_order_change", line.order_id),
                link(line.order.customer, "orders_customer_change", line.order.customer_id),
                line.backordered,
                service_lines.say(line, today),
            )
            for line in found[:MOST_WAITING]
        ],
        empty="Nobody waits for it.",
        note=link("All who wait", "orders_backorder_changelist", q=product.sku) if len(found) > MOST_WAITING else "",
        numbers=("Waits",),
    )


def in_words(said: Availability) -> str:
    """
    Put it into one sentence.

    >>> in_words(Availability(Word.OUT_OF_STOCK, 0, 0))
    'Out of stock: it cannot be ordered now.'
    """
    if said.word == Word.OUT_OF_STOCK:
        return "Out of stock: it cannot be ordered now."
    when = f"one ordered now ships on {date_format(said.ships_on)}" if said.ships_on else "no date can be given"
    most = "" if said.most is None else f"; at most {said.most:,} can be sold now"
    if said.word == Word.IN_STOCK:
        return f"In stock: {said.units:,} free to ship, {when}{most}."
    if said.ships_on:
        return f"On backorder until {date_format(said.ships_on)}, when one ordered now would ship{most}."
    return f"On backorder: {when}{most}."

"""The orders that are here under the numbers that others name, and what a number means that was used before."""

from collections.abc import Iterable, Mapping

from django.db.models import Prefetch
from django.utils import timezone

from inventory.ground import keys
from inventory.known import blocks
from orders.models import Order, OrderLine

from .named import Key, NamedOrder, Objection

ANOTHERS = (
    "{reference} is the number of another order already: that of {channel}, placed for {customer} on {day}. "
    "Nothing was placed. Open that one to change it, or give this one a number of its own."
)


def placed_before(orders: Iterable[NamedOrder]) -> dict[Key, Order]:
    """Give the orders of any channel that have the numbers of these, with their day or without."""
    names = {keys.key(name) for order in orders for name in (order.reference, order.dated_reference)}
    return {
        (keys.key(order.channel), order.key): order
        for block in blocks(sorted(names))
        for order in Order.objects.filter(key__in=block)
        .select_related("customer", "warehouse", "ship_to")
        .prefetch_related(Prefetch("lines", OrderLine.objects.select_related("addition")))
        if order.key
    }


def the_one_before(
    named: NamedOrder, placed: Mapping[Key, Order], taken: set[Key], *, is_reused: bool
) -> tuple[NamedOrder, Order | None]:
    """
    Give an order under the number it is kept by, and the one that has that number already.

    A number used again stands with its day, if somebody says so or said so before.

    :param taken: the numbers of the orders that stand before it in its batch
    :param is_reused: whether somebody says that such numbers are of other orders
    """
    key = named.key
    order = placed.get(key)
    if key in taken or (order is not None and is_another(order, named)):
        dated = named.dated()
        dated_one = placed.get(dated.key)
        if is_reused or dated_one:
            return dated, dated_one
    return named, order


def is_another(order: Order, named: NamedOrder) -> bool:
    """Whether a closed order's number stands for another one now: it was placed on another day."""
    return not any(line.open for line in order.lines.all()) and not named.is_near(order.placed_at)


def of_others(named: NamedOrder, placed: Mapping[Key, Order]) -> Objection | None:
    """Object if a shop has given this number to an order of its own, beside which nobody could tell it."""
    same = [order for (_, key), order in placed.items() if key == named.key[1]]
    if not same or named.key in placed:
        return None
    other = max(same, key=lambda order: order.pk)
    day = f"{timezone.localtime(other.placed_at):%-d %B %Y}"
    words = ANOTHERS.format(reference=other, channel=other.channel, customer=other.customer, day=day)
    return Objection("reference", "a number that no other order has", words=words)

"""
Which orders and lines are meant by words of several kinds at once: a number and a name, a name and a product.

Reads only. The newest that hold one of the words are looked at for all of them, so it costs no more in a big shop.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Case, Exists, F, Max, Q, QuerySet, Value, When

from inventory.ground import folding
from inventory.models import Product
from inventory.models.folded import NOTHING, newest
from orders.models import Customer, Order, OrderLine

MOST = 200
"""So many of the newest orders, customers and open lines that hold a word are looked at for a list."""
STARTS = 4
"""Words that the search starts from; the others are looked for in what these find."""

SEVERAL = 5
"""Times as many orders are looked at in all."""


def orders(text: str) -> Q:
    """Ask for the orders whose number, customer and products hold all words between them, in whatever spelling."""
    found = _several(text)
    return _theirs(text, "customer") | (NOTHING if found is None else Q(pk__in=found.values("pk")))


def customers(text: str) -> Q:
    """Ask for the customers of such orders."""
    found = _several(text)
    return NOTHING if found is None else Q(pk__in=found.values("customer"))


def lines(text: str) -> Q:
    """Ask for the lines of such orders whose own product is meant, where a product is."""
    theirs, found = _theirs(text, "order__customer"), _several(text)
    if found is None:
        return theirs
    pieces = folding.widely(text)
    own = reduce(and_, (_in_order(piece, "order__") | Product.holding_one(piece, path="product__") for piece in pieces))
    here = OrderLine.objects.filter(own, order__in=found.values("pk"))
    return theirs | Q(pk__in=here.order_by().values("pk"))


def _several(text: str) -> QuerySet[Order] | None:
    pieces = folding.widely(text)
    return together(pieces, near=MOST) if len(pieces) > 1 else None


def _theirs(text: str, path: str) -> Q:
    """Ask for what belongs to the newest customers whose name is spelled otherwise."""
    asked = Customer.widely(text)
    people = Customer.objects.filter(asked).order_by("-pk").values("pk")[:MOST]
    return NOTHING if asked == NOTHING else Q(**{f"{path}__in": people})


def together(pieces: Sequence[str], *, near: int) -> QuerySet[Order]:
    """
    Give the orders that hold all pieces only with their customer and products, among the newest that hold one.

    Where a customer or a product holds them all by itself, it is what is meant.
    """
    first, *rest = (start for piece in pieces[:STARTS] for start in _starts(piece, near))
    near_ones = first.union(*rest).order_by("-pk")[: SEVERAL * near]
    goods = [Product.holding_one(piece, path="lines__product__") for piece in pieces]
    sold = {f"sold_{place}": _any(one) for place, one in enumerate(goods)}
    alone = reduce(and_, (Customer.holding_one(piece, path="customer__") for piece in pieces))
    found = Order.objects.filter(_may_hold(pieces), ~alone, pk__in=near_ones).order_by()
    held = reduce(and_, (_in_order(piece) | Q(**{f"sold_{place}": 1}) for place, piece in enumerate(pieces)))
    return found.alias(**sold, is_one=_any(reduce(and_, goods))).filter(held, is_one=0)


def _may_hold(pieces: Sequence[str]) -> Q:
    """Leave out orders that lack a word which no product has, such as a name, before any line is looked at."""
    known = (Q(Exists(newest(Product.objects.all(), Product.holding_one(piece), 1))) for piece in pieces)
    return reduce(and_, (_in_order(piece) | is_known for piece, is_known in zip(pieces, known, strict=True)))


def _in_order(piece: str, path: str = "") -> Q:
    return Order.holding_one(piece, path=path) | Customer.holding_one(piece, path=f"{path}customer__")


def _any(asked: Q) -> Max:
    """Ask whether it is so of one of the lines of an order, as 1 or 0."""
    return Max(Case(When(asked, then=Value(1)), default=Value(0)))


def _starts(piece: str, near: int) -> Iterator[QuerySet[Any, Any]]:
    """Ask for the newest orders that hold a piece: by their number, by their customer, by what is open in them."""
    people = newest(Customer.objects.all(), Customer.holding_one(piece), near)
    numbers = newest(Order.objects.all(), Order.holding_one(piece), near)
    goods = newest(Product.objects.all(), Product.holding_one(piece), near)
    # few of a long table are sorted, rather than the table walked up to them; by what the index of the queue holds
    wanted = OrderLine.objects.filter(product__in=goods, open__gt=0).order_by((F("pk") + 0).desc()).values("pk")[:near]
    everything = Order.objects.order_by()
    yield everything.filter(pk__in=numbers).values("pk")
    yield everything.filter(customer__in=people).values("pk")
    yield everything.filter(lines__in=wanted).values("pk")

"""
What helps where an alert says that something is wrong: units that lie free elsewhere, an order that only needs to be
sent, what is here of orders that wait for the rest. Each leads somewhere; where there is none nothing is offered.

Reads only: a constant number of statements, whatever there is of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef
from django.utils.http import urlencode

from inventory.models import Inbound, Product
from orders.models import Allocation, OrderLine
from orders.queue.questions import QUESTIONS
from suppliers import unsent
from suppliers.models import PurchaseOrder, PurchaseOrderLine

from . import spare

T = TypeVar("T")
TRANSFER, UNSENT_OF_IT, WAITS_FOR_IT, HERE = "transfer", "unsent", "waits", "here"
MOST = 3
"""Ways of one kind that are offered of one alert."""
MOST_ORDERS = 50
"""Orders of which what is here is shipped at once."""
MOST_HERE = 2000

Helps = Mapping[str, Mapping[Model, Sequence[tuple[str, str]]]]
"""By what helps and by row: what the way is called, empty: as it is of itself, and what its page is asked with."""


def of(rows: Iterable[Model | None], *, at: datetime) -> Helps:
    """Give what helps each of these rows that alerts hang on."""
    standing = [row for row in rows if row is not None]
    return {
        TRANSFER: {row: [("", query)] for row, query in spare.transfers(standing).items()},
        UNSENT_OF_IT: _approved([row for row in standing if isinstance(row, Product)]),
        WAITS_FOR_IT: _waits([row for row in standing if isinstance(row, PurchaseOrder) and not row.sent_at]),
        HERE: _here([row for row in standing if isinstance(row, Inbound)], at),
    }


def _approved(products: Sequence[Product]) -> dict[Model, list[tuple[str, str]]]:
    """The orders of these products that are approved and only need to be sent."""
    found = unsent.approved({product.pk for product in products})
    return {
        product: [(f"Send {each.reference}: {each.units:,}…", f"ids={each.order_id}") for each in own[:MOST]]
        for product in products
        if (own := found.get(product.pk))
    }


def _waits(orders: Sequence[PurchaseOrder]) -> dict[Model, list[tuple[str, str]]]:
    """Who waits, uncovered, for what these orders hold, by product."""
    if not orders:
        return {}
    waiting = OrderLine.objects.filter(product=OuterRef("product"), uncovered__gt=0, is_stopped=False)
    rows = PurchaseOrderLine.objects.filter(Exists(waiting), purchase_order__in=orders)
    found = _grouped(rows.order_by("purchase_order", "product__sku").values_list("purchase_order", "product__sku"))
    return {
        order: [(f"Who waits for {sku}…", urlencode({"sku": sku})) for sku in own[:MOST]]
        for order in orders
        if (own := found.get(order.pk))
    }


def _here(inbound: Sequence[Inbound], at: datetime) -> dict[Model, list[tuple[str, str]]]:
    """What is here, and may leave, of orders that wait for these."""
    if not inbound:
        return {}
    ships = OrderLine.objects.filter(QUESTIONS["ship"].ask(at), order=OuterRef("line__order"))
    rows = Allocation.objects.filter(Exists(ships), inbound__in=inbound)
    found = _grouped(rows.order_by("inbound", "line__order").values_list("inbound", "line__order")[:MOST_HERE])
    return {
        row: [("", f"ids={','.join(map(str, own[:MOST_ORDERS]))}")] for row in inbound if (own := found.get(row.pk))
    }


def _grouped(pairs: Iterable[tuple[int, T]]) -> Mapping[int, Sequence[T]]:
    """Give what belongs to each key, each once, in the order given."""
    found: dict[int, dict[T, None]] = defaultdict(dict)
    for key, value in pairs:
        found[key][value] = None
    return {key: list(own) for key, own in found.items()}

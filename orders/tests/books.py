"""Whether the books of the queue balance (``orders.books``), and a product that is settled once more stays as it is."""

from datetime import datetime

from inventory.models import Product
from orders import allocation, books
from orders.allocation import reading, supply
from orders.models import Allocation, Unsettled


def assert_balanced(*, at: datetime) -> None:
    """No rule is broken, and no product that is settled would be planned otherwise: no unit moves, and no date."""
    assert books.broken(at=at) == []
    settled = Product.objects.exclude(pk__in=Unsettled.objects.values("product")).values_list("pk", flat=True)
    product_ids = set(settled)
    queue = reading.queue(product_ids, short=())
    supplies = supply.read(product_ids, claimed=reading.claimed(queue))
    assert allocation.planned(queue, supplies, excess={}, at=at) == []


def balance(*, at: datetime) -> bool:
    """No rule is broken, and settling moves no unit; time may move dates, once."""
    product_ids = set(Product.objects.values_list("pk", flat=True))
    is_balanced = books.broken(at=at) == []
    claims = _claims()
    allocation.settle(product_ids, cause="books", by=None, at=at)
    is_planned = _claims() == claims
    changed = allocation.settle(product_ids, cause="books:again", by=None, at=at)
    return is_balanced and is_planned and changed == 0


def _claims() -> set[tuple[int, int | None, int | None, int]]:
    return set(Allocation.objects.values_list("line", "stock", "inbound", "quantity"))

"""An order as a whole, locked: the products of all its open lines, then the order itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User

from orders import allocation
from orders.allocation.door import Queue
from orders.models import Order, OrderEvent, OrderEventKind, OrderLine


@contextmanager
def held(order_id: int, *, otherwise: type[Exception], at: datetime) -> Iterator[tuple[Queue, Order]]:
    """
    Hold an order with all its open lines: none joins it before this is over.

    :param otherwise: is raised if a line joined it, or left, before the locks were there
    """
    own = OrderLine.objects.open().filter(order=order_id).order_by("pk").values_list("pk", flat=True)
    with allocation.locked(lines=list(own), at=at) as queue:
        [order] = Order.objects.select_for_update(no_key=True).filter(pk=order_id)
        if set(own.all()) != set(queue.lines):
            raise otherwise(f"{order} was changed in this moment. Look at it once more.")
        yield queue, order


def tell_history(order: Order, kind: OrderEventKind, text: str, *, by: User | None, at: datetime) -> OrderEvent:
    return OrderEvent.objects.create(order=order, kind=kind, text=text[:300], by=by, at=at)

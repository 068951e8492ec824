"""What was done to orders since a page about them was opened, as their own history has it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet

from inventory.notebook.meanwhile import MOST, Deed
from orders.models import LineEvent, OrderEvent, RestockRequest
from orders.models.records import OrderEventKind
from orders.wording import phrases

PRIVATE = (OrderEventKind.ADDRESS, OrderEventKind.NOTE, OrderEventKind.BY_PAGE)
"""Of these that there was one: who holds only the permission of what is refused may see no orders, and on the page of
an order its customer asks, and names where it is to go."""


def of_orders(order_ids: Iterable[int], since: datetime) -> Iterator[Deed]:
    """Give what happened to these orders, and what of it followed for their lines, each named by its product."""
    ids = set(order_ids)
    yield from _of_lines(LineEvent.objects.filter(line__order__in=ids, at__gte=since))
    whole = OrderEvent.objects.filter(order__in=ids, at__gte=since).select_related("by", "order")
    for event in whole.order_by("-pk")[:MOST]:
        what = event.get_kind_display() if event.kind in PRIVATE else phrases.with_days(str(event))
        yield Deed(event.at, event.by, f"{event.order}: {what}")


def of_queues(product_ids: Iterable[int], since: datetime) -> Iterator[Deed]:
    """Give what happened to the lines of these products: what an act on their supply rests on, and shows by order."""
    yield from _of_lines(LineEvent.objects.filter(line__product__in=set(product_ids), at__gte=since))


def of_lists(product_ids: Iterable[int], since: datetime) -> Iterator[Deed]:
    """Give who came onto the restock lists of these products, was offered some or left, by nobody's name."""
    asked = RestockRequest.objects.filter(product__in=set(product_ids), changed_at__gte=since).select_related("product")
    for each in asked.order_by("-changed_at", "-pk")[:MOST]:
        yield Deed(each.changed_at, None, f"Restock list of {each.product}: {each.get_state_display()}")


def _of_lines(events: QuerySet[LineEvent]) -> Iterator[Deed]:
    for each in events.select_related("by", "line__order", "line__product").order_by("-pk")[:MOST]:
        label = each.get_kind_display()
        what = label if each.text in ("", label.lower()) else f"{label}: {each.text}"
        yield Deed(each.at, each.by, phrases.with_days(f"{each.line.order}, {each.line.product}: {what}"))

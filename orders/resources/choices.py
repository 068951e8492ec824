"""What a person said of an order file, and the orders that are here under the numbers that it names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch

from inventory.ground import keys
from inventory.resources.known import blocks
from orders.models import Order, OrderLine

from .again import Again
from .drafts import Draft

Key = tuple[str, str]


@dataclass(slots=True)
class Choices:
    """
    What a person said of the file beside what it says itself.

    :ivar drafts: the orders of the file
    :ivar changed: orders that it names again, and how they differ
    :ivar reused: how many of its numbers stand for closed orders of another day
    """

    is_newer: bool = False
    is_reused: bool = False
    is_telling: bool = False
    drafts: list[Draft] = field(default_factory=list)
    changed: list[Again] = field(default_factory=list)
    reused: int = 0


def placed_before(drafts: Iterable[Draft]) -> dict[Key, Order]:
    """Give the orders that have the numbers of these, with their day or without."""
    names = {keys.key(name) for draft in drafts for name in (draft.reference, draft.dated_reference)}
    return {
        (keys.key(order.channel), order.key): order
        for block in blocks(sorted(names))
        for order in Order.objects.filter(key__in=block)
        .select_related("customer", "warehouse")
        .prefetch_related(Prefetch("lines", OrderLine.objects.select_related("addition")))
        if order.key
    }


def key_of(draft: Draft, reference: str) -> Key:
    return keys.key(draft.channel), keys.key(reference)

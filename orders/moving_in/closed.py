"""
Orders of which nothing is open any more when they come to us: written together, in a few statements for hundreds.

They take no units and no place in the queue, so no product is locked for them and nobody waits.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground import keys
from orders.fulfillment.drafts import LineDraft, NotAnOrder, OrderDraft, refuse_nonsense
from orders.fulfillment.placing import OrderDiffers
from orders.models import Order, OrderLine

from . import gone
from .gone import Gone, MovedLine

AT_ONCE = 500
"""Orders of one batch."""
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Moving:
    """An order on its way here: who wants it on which terms (its own lines are left out of account), and its lines."""

    draft: OrderDraft
    lines: Sequence[MovedLine]
    gone: Gone

    @property
    def is_closed(self) -> bool:
        return not any(line.open for line in self.lines)

    def whole(self) -> OrderDraft:
        """Give the draft with all that was ordered, as the order is known by."""
        lines = (LineDraft(line.product_id, line.quantity, line.unit_price, line.priority) for line in self.lines)
        return replace(self.draft, lines=tuple(lines)).cleaned()


Found = Order | NotAnOrder | OrderDiffers
"""The order as it was written, or why it was not."""


def move_in_closed(moves: Sequence[Moving], *, by: User | None, at: datetime) -> Iterator[Found]:
    """Write orders of which nothing is open, in the order given; each is an order or says why it is none."""
    for begin in range(0, len(moves), AT_ONCE):
        yield from _write(moves[begin : begin + AT_ONCE], by, at)


@transaction.atomic
def _write(moves: Sequence[Moving], by: User | None, at: datetime) -> list[Found]:
    wholes = [move.whole() for move in moves]
    taken = _taken({whole.reference for whole in wholes})
    found: list[Found] = []
    for whole in wholes:
        try:
            refuse_nonsense(whole, at)
        except NotAnOrder as error:
            found.append(error)
            continue
        if (name := _name(whole.channel, whole.reference)) in taken:
            found.append(OrderDiffers(f"{whole.reference} is here already; it was left as it is."))
        else:
            taken.add(name)
            found.append(_order(whole))
    Order.objects.bulk_create([order for order in found if isinstance(order, Order)], batch_size=gone.BATCH)
    parts = [
        gone.Former(order, gone.closed_lines(order, move.lines, begin=1, at=at), move.gone)
        for order, move in zip(found, moves, strict=True)
        if isinstance(order, Order)
    ]
    OrderLine.objects.bulk_create([row for part in parts for row in part.rows], batch_size=gone.BATCH)
    gone.write(parts, by=by, at=at)
    return found


def _taken(references: Collection[str]) -> set[Name]:
    """Give the names of orders that are here, of those with one of these numbers; twins without a key too."""
    keyed = Order.objects.filter(key__in={keys.key(text) for text in references}).values_list("channel", "key")
    twins = Order.objects.filter(key=None, reference__in=references).values_list("channel", "reference")
    return {_name(*names) for names in (*keyed, *twins)}


def _name(channel: str, reference: str) -> Name:
    return keys.key(channel), keys.key(reference)


def _order(draft: OrderDraft) -> Order:
    return Order(
        channel=draft.channel,
        reference=draft.reference,
        customer_id=draft.customer_id,
        warehouse_id=draft.warehouse_id,
        warehouse_rule=str(draft.warehouse_rule),
        is_ship_complete=draft.is_ship_complete,
        wanted_date=draft.wanted_date,
        fingerprint=draft.fingerprint(),
        placed_at=draft.placed_at,
    )

"""
When a letter to a supplier is written: the only writer of ``OrderLetter``'s rows.

A letter is a row, written in the transaction that made it true. What the supplier may have read of an order before
decides what it is: the order, the same again, or a correction. One that has not left when another is written, or when
its order is canceled, never leaves (``outbox``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q

from inventory.ground.post.letter import LetterState
from suppliers import purchasing
from suppliers.models import LetterKind, OrderLetter, PurchaseOrder

from . import facts
from .facts import OrderFacts

MAY_BE_READ = Q(state__in=(LetterState.SENT, LetterState.IN_DOUBT, LetterState.COMPLAINED, LetterState.SHADOWED)) | Q(
    state=LetterState.CLAIMED, intent_at__isnull=False
)
"""What its supplier has, or may have; in shadow it counts as read, as it would have been."""


class NoAddress(purchasing.PurchaseRefused):
    """A supplier has no address to mail to."""


class AlreadyOver(purchasing.PurchaseRefused):
    """There is nothing left of it to write about."""


@dataclass(frozen=True, slots=True)
class NextLetter:
    """What a letter about an order would be: its kind, which it is of that order, and what it says."""

    kind: LetterKind
    number: int
    facts: OrderFacts


@transaction.atomic
def send(order_ids: Collection[int], *, all_the_same: bool = False, by: User | None, at: datetime) -> list[OrderLetter]:
    """
    Send approved orders to their suppliers by mail, and expect their units: all of them or none.

    :raises NoAddress: if a supplier has no address
    :raises PurchaseRefused: whatever ``purchasing.send`` says of one of them
    """
    orders = purchasing.send(order_ids, all_the_same=all_the_same, by=by, at=at)
    _check_addresses(orders)
    return _write(orders, by=by, at=at)


def _check_addresses(orders: Collection[PurchaseOrder]) -> None:
    named = [f"{order} to {order.supplier}" for order in orders if not order.supplier.email]
    if named:
        raise NoAddress(
            f"There is no e-mail address for {', '.join(named)}. Nothing was sent. Enter it on the page of the"
            " supplier, or send the order yourself and press “Sent by hand…”."
        )


def following(
    orders: Collection[PurchaseOrder], *, by: User | None, at: datetime, kind: LetterKind | None = None
) -> dict[int, NextLetter]:
    """Say what the next letter about each of these orders would be; two statements and one."""
    letters = OrderLetter.objects.filter(purchase_order__in=[order.pk for order in orders])
    last = dict(letters.order_by().values_list("purchase_order").annotate(Max("number")))
    read: dict[int, OrderFacts] = {}
    for pk, kept in letters.filter(MAY_BE_READ).order_by("number").values_list("purchase_order_id", "facts"):
        read[pk] = OrderFacts.of(kept)
    says = facts.read(orders, by=by, at=at)
    return {pk: NextLetter(kind or _kind(read.get(pk), said), last.get(pk, 0) + 1, said) for pk, said in says.items()}


def _kind(read: OrderFacts | None, says: OrderFacts) -> LetterKind:
    if read is None:
        return LetterKind.ORDER
    return LetterKind.AGAIN if read.agreed == says.agreed else LetterKind.CORRECTED


def _write(
    orders: Collection[PurchaseOrder], *, by: User | None, at: datetime, kind: LetterKind | None = None
) -> list[OrderLetter]:
    """Write a letter about each; their rows are locked, so that nobody writes another of the same number."""
    known = {order.pk: order for order in orders}
    return OrderLetter.objects.bulk_create(
        OrderLetter(
            purchase_order=known[pk],
            number=letter.number,
            kind=letter.kind,
            facts=letter.facts.as_row(),
            recipient=known[pk].supplier.email,
            reply_to=by.email if by else "",
            by=by,
            due_at=at,
            created_at=at,
        )
        for pk, letter in following(orders, by=by, at=at, kind=kind).items()
    )

"""
When a letter to a supplier is written: the only writer of ``OrderLetter``'s rows.

A letter is a row, written in the transaction that made it true. What the supplier may have read of an order before
decides what it is: the order, the same again, or a correction. One that has not left when another is written, or when
its order is canceled, never leaves (``outbox``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Min, Q

from inventory.ground.post.letter import LetterState
from suppliers import purchasing, shortening
from suppliers.models import OF_ORDERS, LetterKind, OrderLetter, PurchaseOrder

from . import facts
from .facts import OrderFacts

MAY_BE_READ = Q(state__in=(LetterState.SENT, LetterState.IN_DOUBT, LetterState.COMPLAINED, LetterState.SHADOWED)) | Q(
    state=LetterState.CLAIMED, intent_at__isnull=False
)
"""What its supplier has, or may have; in shadow it counts as read, as it would have been."""


class NoAddress(purchasing.PurchaseRefused):
    """A supplier has no address to mail to."""


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


@transaction.atomic
def again(order_ids: Collection[int], *, by: User | None, at: datetime) -> list[OrderLetter]:
    """
    Write to the suppliers of orders that were sent, as they stand now: the same again, a correction, that it is
    canceled, or the order itself where nothing of it has reached them.

    :raises NotSent: if one was not sent
    :raises NoAddress: if a supplier has no address
    """
    orders = _locked(order_ids)
    for order in orders:
        if not order.sent_at:
            raise purchasing.NotSent(f"{order} was not sent yet. Nothing was sent.")
    _check_addresses(orders)
    return _write(orders, by=by, at=at)


@transaction.atomic
def cancel(order_id: int, *, reason: str, by: User | None, at: datetime) -> tuple[int, OrderLetter]:
    """
    Cancel an order that was sent, and write so to its supplier.

    :returns: units that will not come, and the letter
    :raises NoAddress: if the supplier has none
    :raises PurchaseRefused: whatever ``purchasing.cancel`` says
    """
    units = purchasing.cancel(order_id, reason=reason, by=by, at=at)
    return units, _written(order_id, by=by, at=at)


@transaction.atomic
def shorten(
    order_id: int, units: Mapping[int, int], *, reason: str, by: User | None, at: datetime
) -> tuple[int, OrderLetter]:
    """
    Take units off lines of an order that was sent, by line, and write so to its supplier.

    :returns: units that will not come, and the letter
    :raises NoAddress: if the supplier has none
    :raises PurchaseRefused: whatever ``shortening.shorten`` says
    """
    taken = shortening.shorten(order_id, units, reason=reason, by=by, at=at)
    return taken, _written(order_id, by=by, at=at)


def _written(order_id: int, *, by: User | None, at: datetime) -> OrderLetter:
    orders = _locked([order_id])
    _check_addresses(orders)
    [letter] = _write(orders, by=by, at=at)
    return letter


def may_be_read(order: PurchaseOrder) -> bool:
    """Whether its supplier has it, or may have: by a letter, or by hand."""
    if order.letters.filter(OF_ORDERS, MAY_BE_READ).exists():
        return True
    first = order.letters.filter(OF_ORDERS).aggregate(first=Min("created_at"))["first"]
    return bool(order.sent_at and _is_by_hand(order.sent_at, first))


def _is_by_hand(sent_at: datetime, first: datetime | None) -> bool:
    """Whether an order had been sent before the first letter about it was written."""
    return first is None or first > sent_at


def _locked(order_ids: Collection[int]) -> list[PurchaseOrder]:
    rows = PurchaseOrder.objects.filter(pk__in=order_ids).select_related("supplier", "warehouse").order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def _check_addresses(orders: Collection[PurchaseOrder]) -> None:
    named = [f"{order} to {order.supplier}" for order in orders if not order.supplier.email]
    if named:
        raise NoAddress(
            f"There is no e-mail address for {', '.join(named)}. Nothing was sent. Enter it on the page of the"
            " supplier, or tell them yourself and say that it was by hand."
        )


def following(orders: Collection[PurchaseOrder], *, by: User | None, at: datetime) -> dict[int, NextLetter]:
    """Say what the next letter about each of these orders would be; two statements and one."""
    letters = OrderLetter.objects.filter(purchase_order__in=[order.pk for order in orders])
    first_of = Min("created_at", filter=OF_ORDERS)
    rows = letters.order_by().values_list("purchase_order").annotate(last=Max("number"), first=first_of)
    last = {pk: (number, first) for pk, number, first in rows}
    read: dict[int, OrderFacts] = {}
    for pk, kept in letters.filter(OF_ORDERS, MAY_BE_READ).order_by("number").values_list("purchase_order_id", "facts"):
        read[pk] = OrderFacts.of(kept)
    says = facts.read(orders, by=by, at=at)
    found = {}
    for order in orders:
        number, first = last.get(order.pk, (0, None))
        # what was sent in this moment is sent by the letter that is to be written
        is_by_hand = bool(order.sent_at and order.sent_at < at and _is_by_hand(order.sent_at, first))
        kind = _kind(order, read.get(order.pk), says[order.pk], is_by_hand=is_by_hand)
        found[order.pk] = NextLetter(kind, number + 1, says[order.pk])
    return found


def _kind(order: PurchaseOrder, read: OrderFacts | None, says: OrderFacts, *, is_by_hand: bool) -> LetterKind:
    if order.canceled_at:
        return LetterKind.CANCELED
    if read is None and is_by_hand:
        # nobody kept what was said by hand; units that were taken off since were not in it
        is_changed = order.lines.filter(inbound__canceled__gt=0).exists()
        return LetterKind.CORRECTED if is_changed else LetterKind.AGAIN
    if read is None:
        return LetterKind.ORDER
    return LetterKind.AGAIN if read.agreed == says.agreed else LetterKind.CORRECTED


def _write(orders: Collection[PurchaseOrder], *, by: User | None, at: datetime) -> list[OrderLetter]:
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
        for pk, letter in following(orders, by=by, at=at).items()
    )

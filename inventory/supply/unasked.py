"""
What arrives and nobody expected: more than was ordered, another product, goods without any order, damaged units for
which others will come. Nothing of it blocks what was expected. Writes what is set apart of an ``Inbound``; everything
else through ``inventory.supply.inbound`` and ``inventory.supply.stock``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from inventory.ground.sql import bulk
from inventory.models import Inbound, MovementKind, Product

from . import inbound, stock
from .arriving import surplus
from .inbound import Receipt

UNORDERED = "Not ordered"
IN_PLACE_OF = "In place of"


class NothingSetApart(Exception):
    """Fewer units are set apart than somebody wants to keep or send back."""


class NotInPlace(Exception):
    """What came is what was ordered, or nothing of it is outstanding."""


def part(receipts: Sequence[Receipt], *, replaced: Collection[int] = ()) -> tuple[list[Receipt], dict[int, int]]:
    """
    Give what of these can be received, and by inbound how many units are to be set apart and asked about.

    What stands in for damaged units, or came damaged itself, needs no question. Of a surplus within the tolerance
    nothing is set apart, of a larger one all of it. Reads only: whoever receives holds the locks.

    :param replaced: inbound whose damaged units do not count as received, since others will come in their place
    """
    rows = Inbound.objects.select_related("product").in_bulk([receipt.inbound_id for receipt in receipts])
    came = usable([receipt for receipt in receipts if receipt.inbound_id in rows], replaced)
    over = {rows[each.inbound_id]: each.quantity for each in came if each.quantity > rows[each.inbound_id].outstanding}
    extra = surplus.of(over) if over else {}
    apart = {
        each.inbound_id: units
        for each in came
        if (more := extra.get(each.inbound_id))
        and more.question
        and (units := min(more.units - more.replacements, each.quantity - each.damaged)) > 0
    }
    taken = [replace(each, quantity=each.quantity - apart.get(each.inbound_id, 0)) for each in came]
    return [each for each in taken if each.quantity], apart


def usable(receipts: Sequence[Receipt], replaced: Collection[int]) -> list[Receipt]:
    """Give what counts as received, where the damaged units of these inbound do not: others will come for them."""
    came = [
        replace(each, quantity=each.quantity - each.damaged, damaged=0) if each.inbound_id in replaced else each
        for each in receipts
    ]
    return [each for each in came if each.quantity]


@transaction.atomic
def receive(
    receipts: Sequence[Receipt], *, replaced: Collection[int] = (), by: User | None, at: datetime
) -> tuple[list[Receipt], dict[int, int]]:
    """
    Take in what was expected, and set apart what came beyond it by more than the tolerance: nothing blocks.

    Damaged units for which others will come never reach the shelf, and stay outstanding.

    :returns: what was received, and what was set apart, in units by inbound
    :raises NotAnInbound: see ``inbound.receive``
    """
    known = Inbound.objects.filter(pk__in=[receipt.inbound_id for receipt in receipts])
    Product.objects.lock(known.values_list("product_id", flat=True))
    for receipt in receipts:
        if receipt.quantity < 1 or not 0 <= receipt.damaged <= receipt.quantity:
            raise inbound.NotAnInbound("Receive at least 1 unit, and no more damaged than received.")
    if len({receipt.inbound_id for receipt in receipts}) < len(receipts) or known.count() < len(receipts):
        raise inbound.NotAnInbound("An inbound is not known, or named twice.")
    taken, apart = part(receipts, replaced=replaced)
    _set_apart(apart)
    if taken:
        inbound.receive(taken, takes_surplus=True, by=by, at=at)
    return taken, apart


def _set_apart(units: Mapping[int, int]) -> None:
    bulk.update(
        Inbound._meta.db_table,
        bulk.IDS | {"units": "integer"},
        list(units.items()),
        "set_apart = target.set_apart + staged.units",
        "target.id = staged.id",
    )


@transaction.atomic
def decide(inbound_id: int, *, keeps: int, sends_back: int, reason: str, by: User | None, at: datetime) -> Inbound:
    """
    Keep units that were set apart, which serve the queue, or send them back.

    :raises NothingSetApart: if fewer are set apart, or none is named
    """
    Product.objects.lock(Inbound.objects.filter(pk=inbound_id).values_list("product_id", flat=True))
    units = keeps + sends_back
    if min(keeps, sends_back) < 0 or units < 1:
        raise NothingSetApart("Say of at least 1 unit whether it stays or goes back.")
    row = Inbound.objects.select_related("product").get(pk=inbound_id)
    if not Inbound.objects.filter(pk=inbound_id, set_apart__gte=units).update(
        set_apart=F("set_apart") - units, surplus=F("surplus") + keeps
    ):
        raise NothingSetApart(f"{row.product} of {row.reference}: {row.set_apart:,} are set apart, not {units:,}.")
    if keeps:
        why = f"{surplus.MORE}: {reason}" if reason else surplus.MORE
        kept = stock.Post(
            row.product_id, row.warehouse_id, keeps, MovementKind.RECEIPT, why[:200], row.reference, row.pk
        )
        stock.adjust([kept], by=by, at=at)
    return row


@transaction.atomic
def without_order(
    warehouse_id: int, units: Mapping[int, int], *, sender: str, reason: str, by: User | None, at: datetime
) -> stock.Posted:
    """
    Take in what nobody ordered, by product; it becomes stock and serves the queue.

    :raises NothingToPost: if there are no units
    """
    if any(count < 1 for count in units.values()):
        raise stock.NothingToPost("A receipt has at least 1 unit of each product.")
    why = f"{UNORDERED}: {reason}"[:200]
    posts = [
        stock.Post(product, warehouse_id, count, MovementKind.RECEIPT, why, reference=sender[:80])
        for product, count in units.items()
    ]
    return stock.adjust(posts, by=by, at=at)


@transaction.atomic
def in_place_of(
    inbound_id: int, product_id: int, units: int, *, closes: bool, by: User | None, at: datetime
) -> stock.Posted:
    """
    Take in another product than was ordered, as what it is.

    :param closes: as many of what was ordered will not come any more; else it stays outstanding
    :raises NotInPlace: if it is the product that was ordered, or nothing of that is outstanding
    """
    row = Inbound.objects.select_related("product").get(pk=inbound_id)
    Product.objects.lock({row.product_id, product_id})
    row.refresh_from_db(fields=["quantity", "received", "canceled", "outstanding"])
    if product_id == row.product_id:
        raise NotInPlace(f"{row.product} is what was ordered: receive it as that.")
    if not row.outstanding or units < 1:
        raise NotInPlace(f"{row.product} of {row.reference}: nothing is outstanding that could be in its place.")
    if closes:
        off = inbound.Cancellation(row.pk, min(units, row.outstanding))
        inbound.cancel([off], by=by, at=at, announce=False)
    why = f"{IN_PLACE_OF} {row.product}"[:200]
    came = stock.Post(product_id, row.warehouse_id, units, MovementKind.RECEIPT, why, row.reference)
    return stock.adjust([came], also=[row.product_id], by=by, at=at)

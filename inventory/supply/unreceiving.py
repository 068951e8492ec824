"""
Receipts that were wrong: taken back while their units are here. The inbound is open again by so many.

Writes the quantities of ``Inbound`` that ``inventory.supply.inbound`` does, the other way; it ends in one
``supply_changed``, by which those who got the units wait again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground.sql import bulk
from inventory.models import Inbound, MovementKind, Stock
from inventory.signals import supply_changed

from . import inbound, stock
from .arriving import rescheduling, surplus

UNRECEIVED = "unreceived"
"""How the cause begins of what a receipt that is taken back brought about."""


class NotReceived(Exception):
    """Fewer units came in by this inbound, or fewer of them were damaged."""


class NotHere(Exception):
    """Units of the receipt have left the shelf already."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Units of one inbound that had not arrived after all, of which ``damaged`` were written off as they came."""

    inbound_id: int
    quantity: int
    damaged: int = 0


@transaction.atomic
def take_back(
    reversals: Sequence[Reversal],
    *,
    dates: Sequence[rescheduling.DateChange] = (),
    reason: str,
    by: User | None,
    at: datetime,
) -> stock.Posted:
    """
    Take back what was received and had not come: all of it or none.

    It leaves the shelf; who had got it waits again by the rule of every loss, the last in the queue first, and the
    inbound is expected again. What came beyond the order goes first.

    :param dates: when it is expected now, where its sender's record says otherwise than before
    :raises NotReceived: if fewer units came in, or were damaged
    :raises NotHere: if fewer of them are on the shelf
    :raises NotAnInbound: if one is not known, or named twice
    """
    rows = inbound.locked(each.inbound_id for each in reversals)
    if not reversals or len(rows) < len(reversals):
        raise inbound.NotAnInbound("An inbound is not known, or named twice.")
    broken = surplus.damaged(list(rows))
    for each in reversals:
        _refuse(rows[each.inbound_id], each, broken.get(each.inbound_id, 0))
    _refuse_gone(rows, reversals)
    bulk.update(
        inbound.TABLE,
        bulk.IDS | {"units": "integer", "surplus": "integer"},
        [
            (each.inbound_id, each.quantity - beyond, beyond)
            for each in reversals
            for beyond in (min(each.quantity, rows[each.inbound_id].surplus),)
        ],
        "received = target.received - staged.units, surplus = target.surplus - staged.surplus, "
        "revision = target.revision + 1",
        "target.id = staged.id",
    )
    if dates:
        rescheduling.dated_anew(dates, at)
    posted = stock.post(list(_posts(reversals, rows, reason)), by=by, at=at)
    first = rows[reversals[0].inbound_id]
    cause = f"{UNRECEIVED}:{first.pk}:{first.revision + 1}"
    supply_changed.send(take_back, product_ids=posted.product_ids, cause=cause, by=by, at=at)
    return posted


def _refuse(row: Inbound, wanted: Reversal, broken: int) -> None:
    came = row.received + row.surplus
    if not 1 <= wanted.quantity <= came:
        raise NotReceived(
            f"{row.product} of {row.reference}: {came:,} came in, {wanted.quantity:,} cannot be taken back. "
            "Nothing was written."
        )
    whole = wanted.quantity - wanted.damaged
    if not 0 <= wanted.damaged <= min(broken, wanted.quantity) or whole > came - broken:
        raise NotReceived(
            f"{row.product} of {row.reference}: of {came:,} that came in, {broken:,} were damaged and "
            f"{came - broken:,} were not. {wanted.damaged:,} damaged and {whole:,} others cannot be taken back. "
            "Nothing was written."
        )


def _refuse_gone(rows: Mapping[int, Inbound], reversals: Sequence[Reversal]) -> None:
    """:raises NotHere: if units have left the shelf since"""
    wanted: dict[tuple[int, int], int] = {}
    for each in reversals:
        row = rows[each.inbound_id]
        place = (row.product_id, row.warehouse_id)
        wanted[place] = wanted.get(place, 0) + each.quantity - each.damaged
    shelves = Stock.objects.filter(product__in={product for product, _ in wanted}).select_related("product")
    here = {(shelf.product_id, shelf.warehouse_id): shelf.on_hand - shelf.picked for shelf in shelves}
    for row in rows.values():
        place = (row.product_id, row.warehouse_id)
        units, left = wanted[place], here.get(place, 0)
        if units > left:
            raise NotHere(
                f"{row.product} of {row.reference}: of the {units:,} to take back, "
                f"{f'only {left:,} are' if left > 1 else 'only 1 is' if left else 'none is'} still here. What has "
                "left, or is picked, cannot be taken back. Nothing was written."
            )


def _posts(reversals: Sequence[Reversal], rows: Mapping[int, Inbound], reason: str) -> Iterator[stock.Post]:
    for each in reversals:
        row = rows[each.inbound_id]
        for units, kind, why in (
            (-each.quantity, MovementKind.RECEIPT, f"Had not arrived: {reason}"[:200]),
            (each.damaged, MovementKind.DAMAGE, "Had not arrived, so was not damaged"),
        ):
            if units:
                yield stock.Post(row.product_id, row.warehouse_id, units, kind, why, row.reference, row.pk)

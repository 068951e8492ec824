"""Between warehouses: a movement out now, an inbound there later. Received like any other inbound."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from inventory.ground import days
from inventory.models import Inbound, MovementKind, Product, Stock, Transfer, TransferLine, Warehouse
from inventory.signals import supply_changed

from . import inbound, stock


class NotATransfer(Exception):
    """Nothing to send, nowhere to send it, units that belong to somebody, or a day that cannot be."""


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """Units by product to send from one warehouse to another."""

    source_id: int
    destination_id: int
    units: Mapping[int, int]
    expected_date: date | None
    reason: str = ""


class Leaving(NamedTuple):
    """One product that is to leave: its units, and what its place has on hand and available before."""

    product: Product
    units: int
    on_hand: int
    available: int


def leaving(draft: TransferDraft) -> list[Leaving]:
    """Give what leaves, and from how much, in the order of the draft."""
    rows = Stock.objects.filter(warehouse_id=draft.source_id, product__in=draft.units)
    there = {row.product_id: (row.on_hand, row.available) for row in rows}
    products = Product.objects.in_bulk(list(draft.units))
    return [
        Leaving(products[product_id], units, *there.get(product_id, (0, 0)))
        for product_id, units in draft.units.items()
        if product_id in products
    ]


def check(draft: TransferDraft, *, at: datetime) -> None:
    """
    Refuse what cannot be sent as things stand.

    :raises NotATransfer: if source and destination are the same, units are missing or not available, or the day has
        passed or is too far ahead
    """
    if draft.source_id == draft.destination_id:
        raise NotATransfer("A transfer goes from one warehouse to another one.")
    if not draft.units or any(units < 1 for units in draft.units.values()):
        raise NotATransfer("A transfer has at least 1 unit of each product.")
    today = timezone.localtime(at).date()
    if draft.expected_date and (objection := days.objection(draft.expected_date, today=today, earliest=today)):
        raise NotATransfer(objection)
    _refuse_what_is_not_available(draft)


@transaction.atomic
def send(draft: TransferDraft, *, by: User | None, at: datetime) -> Transfer:
    """
    Send available units to another warehouse; units set aside for a customer stay where they are.

    :raises NotATransfer: if source and destination are the same, units are missing or not available, or the day has
        passed or is too far ahead
    """
    product_ids = Product.objects.lock(draft.units)
    check(draft, at=at)
    source = Warehouse.objects.get(pk=draft.source_id)
    transfer = Transfer.objects.create(
        reference=f"TR-new-{at.timestamp()}",
        source=source,
        destination_id=draft.destination_id,
        expected_date=draft.expected_date,
        reason=draft.reason,
        by=by,
        sent_at=at,
    )
    transfer.reference = f"TR-{transfer.pk}"
    transfer.save(update_fields=["reference"])
    expected = inbound.expect(_expectations(draft, transfer), by=by, at=at, announce=False)
    _write_lines(transfer, expected)
    posts = [
        stock.Post(product_id, draft.source_id, -units, MovementKind.TRANSFER, reference=transfer.reference)
        for product_id, units in draft.units.items()
    ]
    posted = stock.post(posts, by=by, at=at)
    supply_changed.send(send, product_ids=product_ids, cause=posted.cause, by=by, at=at)
    return transfer


def _expectations(draft: TransferDraft, transfer: Transfer) -> list[inbound.Expectation]:
    return [
        inbound.Expectation(
            product_id,
            draft.destination_id,
            units,
            transfer.reference,
            transfer.source.name or transfer.source.code,
            sent_at=transfer.sent_at,
            expected_date=draft.expected_date,
            is_confirmed=draft.expected_date is not None,
        )
        for product_id, units in draft.units.items()
    ]


def _write_lines(transfer: Transfer, expected: list[Inbound]) -> None:
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, inbound=row, product_id=row.product_id, quantity=row.quantity)
        for row in expected
    )


def _refuse_what_is_not_available(draft: TransferDraft) -> None:
    rows = Stock.objects.filter(warehouse_id=draft.source_id, product_id__in=draft.units)
    available = dict(rows.values_list("product_id", "available"))
    for product_id, units in draft.units.items():
        if units > available.get(product_id, 0):
            product = Product.objects.filter(pk=product_id).first() or "An unknown product"
            raise NotATransfer(
                f"{product}: {units} cannot be sent, {available.get(product_id, 0)} are available there."
            )

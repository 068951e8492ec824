"""
What arrived of a purchase order: units into stock, and a ``Delivery`` that teaches the lead time.

Reached as ``purchasing.receive``.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from inventory import inbound, stock
from inventory.models import Inbound, MovementKind

from . import arrivals, leadtimes, sent
from .drafts import NoUnits, Refused
from .models import Delivery, PurchaseOrderLine


class OverReceipt(Refused):
    """More units arrived than were ordered, beyond the tolerance."""


@transaction.atomic
def receive(order_id: int, arrived: Mapping[int, tuple[int, int]], *, by: User | None, at: datetime) -> list[Delivery]:
    """
    Take in what arrived of an order, by line: (units, of which damaged). All of it or nothing.

    Every receipt teaches the lead time. Units beyond what was ordered are taken within
    ``settings.OVER_RECEIPT_PERCENT`` of the line.

    :raises OverReceipt: if more arrived than that
    :raises NothingOutstanding: if a line is complete
    :raises NoUnits: if nothing arrived, or more is damaged than arrived
    :raises NotSent: if the order was not sent
    """
    units = {line_id: counted for line_id, counted in arrived.items() if any(counted)}
    if not units:
        raise NoUnits("Enter how many units arrived.")
    lines = sent.locked(order_id, units)
    over = {line: _units_over(line, row, *units[line.pk]) for line, row in lines.items()}
    inbound.receive([_receipt(row, *units[line.pk], over=over[line]) for line, row in lines.items()], by=by, at=at)
    surplus = [post for line in lines if over[line] for post in _surplus(line, *units[line.pk], over=over[line])]
    if surplus:
        stock.adjust(surplus, by=by, at=at)
    return Delivery.objects.bulk_create(_delivery(line, row, *units[line.pk], at=at) for line, row in lines.items())


def _units_over(line: PurchaseOrderLine, row: Inbound, units: int, damaged: int) -> int:
    """Count the units beyond what is outstanding, within the tolerance."""
    if units < 1 or not 0 <= damaged <= units:
        raise NoUnits(f"{line.product}: {damaged} of {units} units cannot be damaged. Nothing was received.")
    sent.check_outstanding(line, row)
    tolerated: int = line.quantity * settings.OVER_RECEIPT_PERCENT // 100
    if units > row.outstanding + tolerated:
        accepted = f"at most {row.outstanding + tolerated} are accepted" if tolerated else "no more are accepted"
        raise OverReceipt(
            f"{line.product} of {line.purchase_order}: {units} arrived, but {row.outstanding} are outstanding "
            f"and {accepted}. Nothing was received."
        )
    return max(0, units - int(row.outstanding))


def _receipt(row: Inbound, units: int, damaged: int, *, over: int) -> inbound.Receipt:
    ordered = units - over
    return inbound.Receipt(row.pk, ordered, damaged=min(damaged, ordered))


def _surplus(line: PurchaseOrderLine, units: int, damaged: int, *, over: int) -> list[stock.Post]:
    """Post the units that nobody expected, and take the damaged ones among them out again."""
    order = line.purchase_order
    place = (line.product_id, order.warehouse_id)
    posts = [stock.Post(*place, over, MovementKind.RECEIPT, "More than ordered", order.reference)]
    broken = damaged - min(damaged, units - over)
    if broken:
        posts.append(stock.Post(*place, -broken, MovementKind.DAMAGE, "Damaged on arrival", order.reference))
    return posts


def _delivery(line: PurchaseOrderLine, row: Inbound, units: int, damaged: int, *, at: datetime) -> Delivery:
    sent_at = row.sent_at or at
    planned: float | None = line.offer.quoted_days if line.offer else None
    if row.first_date:
        planned = leadtimes.days_stated(arrivals.day(sent_at), row.first_date)
    return Delivery(
        line=line,
        offer_id=line.offer_id,
        quantity=units,
        damaged=damaged,
        days=arrivals.days_between(sent_at, at),
        planned_days=planned,
        received_at=at,
    )

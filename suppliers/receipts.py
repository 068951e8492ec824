"""
What arrived of a purchase order: units into stock, a ``Delivery`` for each parcel, and what the line teaches.

Reached as ``purchasing.receive``.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from inventory.models import Inbound
from inventory.supply import inbound
from inventory.supply.inbound import OverReceipt

from . import leadtimes, lessons, sent
from .drafts import NoUnits
from .models import Delivery, PurchaseOrderLine

__all__ = ["OverReceipt", "receive"]


@transaction.atomic
def receive(
    order_id: int,
    arrived: Mapping[int, tuple[int, int]],
    *,
    takes_surplus: bool = False,
    by: User | None,
    at: datetime,
) -> list[Delivery]:
    """
    Take in what arrived of an order, by line: (units, of which damaged). All of it or nothing, and one piece of news.

    A line teaches the lead time once, when most of it has come (``lessons``). What comes to a line that is complete was
    not ordered, or stands in for what came damaged, and is no delivery. A surplus is taken within the tolerance
    (``inventory.supply.surplus``); more is a question.

    :param takes_surplus: a person has answered it: all that arrived stays here
    :raises OverReceipt: if more arrived than that
    :raises NoUnits: if nothing arrived, or more is damaged than arrived
    :raises NotSent: if the order was not sent
    """
    units = {line_id: counted for line_id, counted in arrived.items() if any(counted)}
    if not units:
        raise NoUnits("Enter how many units arrived.")
    lines = sent.locked(order_id, units)
    for line in lines:
        count, damaged = units[line.pk]
        if count < 1 or not 0 <= damaged <= count:
            raise NoUnits(f"{line.product}: {damaged} of {count} cannot be damaged. Nothing was received.")
    receipts = [inbound.Receipt(row.pk, *units[line.pk]) for line, row in lines.items()]
    inbound.receive(receipts, takes_surplus=takes_surplus, by=by, at=at)
    deliveries = Delivery.objects.bulk_create(
        _delivery(line, row, *units[line.pk], at=at) for line, row in lines.items() if row.outstanding
    )
    lessons.note([delivery.line_id for delivery in deliveries], at=at)
    return deliveries


def _delivery(line: PurchaseOrderLine, row: Inbound, units: int, damaged: int, *, at: datetime) -> Delivery:
    sent_at = row.sent_at or at
    planned: float | None = line.offer.quoted_days if line.offer else None
    if row.first_date:
        planned = leadtimes.days_stated(timezone.localtime(sent_at).date(), row.first_date)
    return Delivery(
        line=line,
        offer_id=line.offer_id,
        quantity=units,
        damaged=damaged,
        days=lessons.days_between(sent_at, at),
        planned_days=planned,
        received_at=at,
    )

"""
What arrived of a purchase order: units into stock, a ``Delivery`` for each parcel, and what the line teaches; and all
of it taken back, where it had not arrived.

Reached as ``purchasing.receive`` and ``purchasing.unreceive``.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from inventory.ground.plurals import plural
from inventory.models import Inbound
from inventory.supply import inbound, unasked, unreceiving
from inventory.supply.arriving import rescheduling
from inventory.supply.inbound import OverReceipt

from . import arrivals, leadtimes, lessons, sent, splitting
from .drafts import NoUnits, PurchaseRefused
from .models import Delivery, PurchaseOrder, PurchaseOrderLine

__all__ = ["CanceledSince", "OverReceipt", "receive", "receive_another", "unreceive"]


class CanceledSince(PurchaseRefused):
    """What is outstanding of the order was canceled: nothing of it can be expected again."""


@transaction.atomic
def receive(
    order_id: int,
    arrived: Mapping[int, tuple[int, int]],
    *,
    takes_surplus: bool = False,
    sets_apart: bool = False,
    is_replaced: bool = False,
    by: User | None,
    at: datetime,
) -> list[Delivery]:
    """
    Take in what arrived of an order, by line: (units, of which damaged). All of it or nothing, and one piece of news.

    A line teaches the lead time once, when most of it has come (``lessons``). What comes to a line that is complete was
    not ordered, or stands in for what came damaged, and is no delivery. What is beyond one part of a line is of its
    other parts (``splitting``). A surplus is taken within the tolerance (``inventory.supply.arriving.surplus``); more
    is a question.

    :param takes_surplus: a person has answered it: all that arrived stays here
    :param sets_apart: what is more than that does not block the rest: it is set apart and asked about
    :param is_replaced: the sender replaces what came damaged: it stays outstanding, and never reaches the shelf
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
    if any(units[line.pk][0] > row.outstanding for line, row in lines.items()):
        units = splitting.over_parts(order_id, units, replaced=is_replaced)
        lines = sent.locked(order_id, units)
    receipts = [inbound.Receipt(row.pk, *units[line.pk]) for line, row in lines.items()]
    replaced = [row.pk for row in lines.values()] if is_replaced else []
    apart: dict[int, int] = {}
    is_usual = not is_replaced and all(units[line.pk][0] <= row.outstanding for line, row in lines.items())
    if sets_apart and not takes_surplus and not is_usual:
        _, apart = unasked.receive(receipts, replaced=replaced, by=by, at=at)
    elif taken := unasked.usable(receipts, replaced) if is_replaced else receipts:
        inbound.receive(taken, takes_surplus=takes_surplus, by=by, at=at)
    deliveries = Delivery.objects.bulk_create(
        _delivery(line, row, units[line.pk], apart.get(row.pk, 0), is_replaced=is_replaced, at=at)
        for line, row in lines.items()
        if row.outstanding
    )
    lessons.note([delivery.line_id for delivery in deliveries], at=at)
    return deliveries


def _delivery(
    line: PurchaseOrderLine, row: Inbound, came: tuple[int, int], apart: int, *, is_replaced: bool, at: datetime
) -> Delivery:
    units, damaged = came
    sent_at = row.sent_at or at
    planned: float | None = line.offer.quoted_days if line.offer else None
    if row.first_date:
        planned = leadtimes.days_stated(timezone.localtime(sent_at).date(), row.first_date)
    return Delivery(
        line=line,
        offer_id=line.offer_id,
        quantity=units - apart,
        damaged=damaged,
        replaced=damaged if is_replaced else 0,
        days=lessons.days_between(sent_at, at),
        planned_days=planned,
        received_at=at,
    )


@transaction.atomic
def unreceive(
    order_id: int, units: Mapping[int, tuple[int, int]], *, reason: str, by: User | None, at: datetime
) -> int:
    """
    Take back what was received of an order and had not come, by line: (units, of which damaged); all or nothing.

    The line is expected again, on the day that its supplier's record says; its deliveries shrink, the last one first,
    and what it taught is forgotten if it has not come after all. Where only what came beyond the order goes, it has.

    :returns: units taken back
    :raises NoUnits: if there are none
    :raises NotReceived: if fewer came in
    :raises NotHere: if fewer are on the shelf
    :raises CanceledSince: if the order was canceled
    :raises NotSent: if it was not sent
    """
    wanted = {line_id: counted for line_id, counted in units.items() if any(counted)}
    if not wanted:
        raise NoUnits("Enter how many units had not arrived.")
    lines = sent.locked(order_id, wanted)
    order = PurchaseOrder.objects.select_for_update(no_key=True).get(pk=order_id)
    if order.canceled_at:
        raise CanceledSince(
            f"{order} was canceled: nothing of it can be expected again. Count the shelf instead. Nothing was written."
        )
    reopened: sent.Sent = {line: row for line, row in lines.items() if wanted[line.pk][0] > row.surplus}
    lessons.forget([line.pk for line in reopened])
    reversals = [unreceiving.Reversal(row.pk, *wanted[line.pk]) for line, row in lines.items()]
    unreceiving.take_back(reversals, dates=_dates_again(reopened, at), reason=reason, by=by, at=at)
    for line, row in lines.items():
        row.refresh_from_db()
        _shrink(line, row, wanted[line.pk][1])
    lessons.note([line.pk for line in reopened], at=at)
    total = sum(count for count, _ in wanted.values())
    order.note = f"{order.note}\nTook back a receipt of {total} {plural(total, 'unit')}: {reason}".strip()
    order.save(update_fields=["note"])
    return total


def _dates_again(lines: sent.Sent, at: datetime) -> list[rescheduling.DateChange]:
    """Give the days on which these lines come, now that they have not: of the word of their supplier, as it stands."""
    sources = {line: arrivals.Origin.of(line) for line in lines}
    history, today = arrivals.history(sources.values()), arrivals.day(at)
    changes = []
    for line, row in lines.items():
        sent_on = arrivals.day(row.sent_at or row.created_at)
        found = history.dates(sources[line], sent=sent_on, expected=row.expected_date, today=today)
        changes.append(
            rescheduling.DateChange(row.pk, row.expected_date, found.likely, found.safe, row.is_confirmed, found.days)
        )
    return changes


def _shrink(line: PurchaseOrderLine, row: Inbound, damaged: int) -> None:
    """
    Let the deliveries of a line be no more than came of it, the last one first.

    Damaged units that their sender replaces were never on the shelf: they stay with their delivery.
    """
    deliveries = list(Delivery.objects.filter(line=line).order_by("-received_at", "-pk"))
    over = sum(delivery.quantity - delivery.replaced for delivery in deliveries) - row.received - row.surplus
    for delivery in deliveries:
        less = min(delivery.quantity - delivery.replaced, max(0, over))
        broken = min(delivery.damaged - delivery.replaced, damaged)
        over, damaged = over - less, damaged - broken
        if less == delivery.quantity:
            delivery.delete()
        elif less or broken:
            delivery.quantity -= less
            delivery.damaged = min(delivery.damaged - broken, delivery.quantity)
            delivery.save(update_fields=["quantity", "damaged"])


def receive_another(
    order_id: int, line_id: int, product_id: int, units: int, *, closes: bool, by: User | None, at: datetime
) -> None:
    """
    Take in another product than a line ordered, as what it is; it teaches nothing of the one that was ordered.

    :param closes: as many of what was ordered will not come any more; else the line stays open
    :raises NotSent: if the order was not sent
    :raises NotInPlace: if it is the product that was ordered, or nothing of that is outstanding
    """
    sent.lock_products_of([order_id])
    lines = sent.locked(order_id, [line_id])
    (row,) = lines.values()
    unasked.in_place_of(row.pk, product_id, units, closes=closes, by=by, at=at)
    if closes:
        lessons.note([line_id], at=at)

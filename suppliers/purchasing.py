"""
Purchase orders: propose, approve, send, confirm, reschedule, receive, cancel.

The door to all of them: what happens before sending is in ``suppliers.drafts`` and ``suppliers.hands``, receipts
in ``suppliers.receipts``, lines in parts in ``suppliers.splitting``, and these five alone write ``PurchaseOrder``,
``PurchaseOrderLine``, ``Slip`` and ``Delivery``. What is on its way is written through ``inventory.supply``, which
tells the queue.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground.plurals import plural
from inventory.supply import inbound

from . import arrivals, lessons, sent, terms, unsent
from .drafts import (
    DraftLine,
    NoPrice,
    NotADraft,
    NoUnits,
    PurchaseRefused,
    TooManyUnits,
    UnknownLine,
    UnknownOffer,
    WithdrawnOffer,
    approve,
)
from .hands import AgainstTerms, AlreadyDrafted, LineMoved, edit_line, propose, remove_line
from .models import PurchaseOrder, PurchaseOrderLine, Slip
from .receipts import CanceledSince, OverReceipt, receive, receive_another, unreceive
from .sent import ImpossibleDate, NothingOutstanding, NotSent

__all__ = [
    "AgainstTerms",
    "AlreadyCanceled",
    "AlreadyDrafted",
    "AlreadySent",
    "CanceledSince",
    "DraftLine",
    "ImpossibleDate",
    "LineMoved",
    "NoPrice",
    "NoUnits",
    "NotADraft",
    "NotApproved",
    "NotSent",
    "NothingChanged",
    "NothingOutstanding",
    "OrderedElsewhere",
    "OverReceipt",
    "PurchaseRefused",
    "SupplierOnHold",
    "TooManyUnits",
    "UnknownLine",
    "UnknownOffer",
    "WarehouseClosed",
    "WithdrawnOffer",
    "approve",
    "cancel",
    "confirm",
    "edit_line",
    "propose",
    "receive",
    "receive_another",
    "remove_line",
    "reschedule",
    "reschedule_lines",
    "send",
    "unreceive",
]


class NotApproved(PurchaseRefused):
    """Nobody approved it yet."""


class AlreadySent(PurchaseRefused):
    """It was sent before."""


class AlreadyCanceled(PurchaseRefused):
    """It was canceled before."""


class SupplierOnHold(PurchaseRefused):
    """The supplier is on hold, or takes no orders on the day."""


class OrderedElsewhere(PurchaseRefused):
    """It waited too long, and others were asked for the same products since."""


class WarehouseClosed(PurchaseRefused):
    """The warehouse that the units would go to is closed."""


class NothingChanged(PurchaseRefused):
    """The date is the one already known."""


@transaction.atomic
def send(
    order_ids: Collection[int], *, all_the_same: bool = False, by: User | None, at: datetime
) -> list[PurchaseOrder]:
    """
    Mark approved orders as sent, and expect their units: all of them or none.

    No date is known until the supplier confirms one; the likely and the safe one come from its record.

    :param all_the_same: even if one waited too long and others were asked for the same products since
    :raises OrderedElsewhere: if that is so and was not said
    :raises NotApproved: if one was not approved
    :raises AlreadySent: if one was sent before, even a moment ago by somebody else
    :raises AlreadyCanceled: if one was canceled
    :raises SupplierOnHold: if a supplier is on hold or closed that day
    :raises WarehouseClosed: if the warehouse of one is closed
    """
    wanted = set(order_ids)
    sent.lock_products_of(wanted)
    orders = list(PurchaseOrder.objects.filter(pk__in=wanted).select_related("supplier", "warehouse").order_by("pk"))
    closed = terms.closures(arrivals.day(at))
    for order in orders:
        _check_can_be_sent(order, terms.why_not(order.supplier, closed.get(order.supplier_id)))
    if not all_the_same and (since := unsent.ordered_since(orders, at=at)):
        raise OrderedElsewhere(f"{' '.join(since)} Nothing was marked as sent.")
    ready = PurchaseOrder.objects.filter(approved_at__isnull=False, sent_at__isnull=True, canceled_at__isnull=True)
    if ready.filter(pk__in=wanted).update(sent_at=at) < len(wanted):
        raise AlreadySent("One of these orders was sent, canceled or removed just now. Nothing was marked as sent.")
    lines = list(sent.lines_of(wanted))
    expected = inbound.expect(_expectations(lines, at), by=by, at=at)
    for line, row in zip(lines, expected, strict=True):
        line.inbound = row
    PurchaseOrderLine.objects.bulk_update(lines, ["inbound"], batch_size=500)
    for order in orders:
        order.sent_at = at
    return orders


def _check_can_be_sent(order: PurchaseOrder, why_not: str) -> None:
    if order.canceled_at:
        raise AlreadyCanceled(f"{order} was canceled. Nothing was marked as sent.")
    if order.sent_at:
        raise AlreadySent(f"{order} was sent on {arrivals.day(order.sent_at):%-d %B %Y}. Nothing was marked as sent.")
    if not order.approved_at:
        raise NotApproved(f"{order} is not approved yet. Nothing was marked as sent.")
    if why_not:
        raise SupplierOnHold(f"{order}: {order.supplier} is {why_not}. Nothing was marked as sent.")
    if not order.warehouse.is_open:
        raise WarehouseClosed(f"{order}: {order.warehouse} is closed. Nothing was marked as sent.")


def _expectations(lines: Sequence[PurchaseOrderLine], at: datetime) -> list[inbound.Expectation]:
    today = arrivals.day(at)
    expectations = []
    sources = arrivals.origins(lines)
    for line in lines:
        order = line.purchase_order
        dates = arrivals.of_quote(sources[line], sent=today, today=today)
        expectations.append(
            inbound.Expectation(
                product_id=line.product_id,
                warehouse_id=order.warehouse_id,
                quantity=line.quantity,
                reference=order.reference,
                sender=order.supplier.name,
                sent_at=at,
                likely_date=dates.likely,
                safe_date=dates.safe,
                days=dates.days,
            )
        )
    return expectations


@transaction.atomic
def confirm(order_id: int, dates: Mapping[int, date], *, by: User | None, at: datetime) -> int:
    """
    Write down the dates a supplier confirmed, by line; one that moves a date already known is a slip.

    :returns: lines whose dates changed
    :raises NotSent: if the order was not sent
    :raises NothingOutstanding: if a line is complete
    :raises ImpossibleDate: if a date has passed, or is too far ahead
    """
    lines = sent.locked(order_id, dates)
    slips = []
    for line, row in lines.items():
        sent.check_outstanding(line, row)
        if row.expected_date == dates[line.pk]:
            continue
        sent.check_date(line, dates[line.pk], at)
        if row.expected_date:
            told = "Confirmed by the supplier"
            slips.append(Slip(line=line, was=row.expected_date, now=dates[line.pk], reason=told, by=by, at=at))
    changed = sent.redate({line: dates[line.pk] for line in lines}, confirmed=lines, by=by, at=at)
    Slip.objects.bulk_create(slips)
    sent.note_confirmed(order_id, at=at)
    return changed


@transaction.atomic
def reschedule(line_id: int, new_date: date | None, *, reason: str, by: User | None, at: datetime) -> Slip:
    """
    Move the expected date of a line; None where nobody can say any more. Whoever waits for it is settled again.

    :raises NotSent: if the order was not sent
    :raises NothingOutstanding: if the line is complete
    :raises NothingChanged: if that date is known already
    :raises ImpossibleDate: if the date has passed, or is too far ahead
    """
    order_id = PurchaseOrderLine.objects.filter(pk=line_id).values_list("purchase_order_id", flat=True).first()
    if order_id is None:
        raise UnknownLine("This line does not exist any more.")
    [slip] = reschedule_lines(order_id, {line_id: new_date}, reason=reason, by=by, at=at)
    return slip


@transaction.atomic
def reschedule_lines(
    order_id: int, dates: Mapping[int, date | None], *, reason: str, by: User | None, at: datetime
) -> list[Slip]:
    """
    Move the expected dates of lines of one order, by line; a line that has its date already is left alone.

    :raises NotSent: if the order was not sent
    :raises NothingOutstanding: if a line is complete
    :raises NothingChanged: if every line has its date already
    :raises ImpossibleDate: if a date has passed, or is too far ahead
    """
    lines = sent.locked(order_id, dates)
    slips = []
    for line, row in lines.items():
        sent.check_outstanding(line, row)
        was, new_date = row.expected_date, dates[line.pk]
        if was != new_date:
            sent.check_date(line, new_date, at)
            slips.append(Slip(line=line, was=was, now=new_date, reason=reason, by=by, at=at))
    if not slips:
        raise NothingChanged(_known_already(lines))
    moved = {slip.line: slip.now for slip in slips}
    confirmed = {line for line, new_date in moved.items() if new_date and lines[line].is_confirmed}
    sent.redate(moved, confirmed=confirmed, by=by, at=at)
    return Slip.objects.bulk_create(slips)


def _known_already(lines: sent.Sent) -> str:
    [(line, row), *others] = lines.items()
    if others:
        return f"Every line of {line.purchase_order} has its date already."
    was = row.expected_date
    known = f"is expected on {was:%-d %B %Y} already" if was else "has no date already"
    return f"{line.product} of {line.purchase_order} {known}."


@transaction.atomic
def cancel(
    order_id: int, *, line_ids: Collection[int] | None = None, reason: str, by: User | None, at: datetime
) -> int:
    """
    Cancel a whole order, or what is outstanding of some lines of one that was sent. What was received stays.

    :returns: units that will not come
    :raises AlreadyCanceled: if it was canceled before
    :raises NothingOutstanding: if everything of it arrived
    :raises NotSent: if lines are named and the order was not sent (remove them from the draft instead)
    """
    sent.lock_products_of([order_id])
    order = PurchaseOrder.objects.select_for_update(no_key=True).get(pk=order_id)
    if order.canceled_at:
        raise AlreadyCanceled(f"{order} was canceled before.")
    if order.sent_at or line_ids is not None:
        units = _cancel_outstanding(order, line_ids, by=by, at=at)
    else:
        units = sum(line.quantity for line in sent.lines_of([order_id]))
    order.note = f"{order.note}\nCanceled {units} {plural(units, 'unit')}: {reason}".strip()
    order.canceled_at = at if line_ids is None else None
    order.save(update_fields=["note", "canceled_at"])
    return units


def _cancel_outstanding(
    order: PurchaseOrder, line_ids: Collection[int] | None, *, by: User | None, at: datetime
) -> int:
    lines = {line: row for line, row in sent.locked(order.pk, line_ids).items() if row.outstanding}
    if not lines:
        raise NothingOutstanding(f"Nothing of {order} is outstanding: it was received or canceled before.")
    units = inbound.cancel([inbound.Cancellation(row.pk) for row in lines.values()], by=by, at=at)
    lessons.note([line.pk for line in lines], at=at)
    return units

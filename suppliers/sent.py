"""
Lines of purchase orders that were sent, read under the lock of their products, and given new dates.

Shared by ``suppliers.purchasing``, ``suppliers.splitting`` and ``suppliers.receipts``; products are
locked first, orders after them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet

from inventory.ground import days
from inventory.models import Inbound, Product
from inventory.supply.arriving import rescheduling

from . import arrivals
from .drafts import PurchaseRefused, UnknownLine
from .models import PurchaseOrder, PurchaseOrderLine


class NotSent(PurchaseRefused):
    """It was not sent yet, so nothing of it can be confirmed, rescheduled or received."""


class NothingOutstanding(PurchaseRefused):
    """Everything of it was received or canceled before."""


class ImpossibleDate(PurchaseRefused):
    """Goods that are still to come cannot be expected on a day that has passed, nor in more than two years."""


Sent = dict[PurchaseOrderLine, Inbound]
"""Lines with what is expected of them."""


def lock_products_of(order_ids: Iterable[int]) -> None:
    """Lock the products of these orders until the transaction ends."""
    lines = PurchaseOrderLine.objects.filter(purchase_order__in=set(order_ids))
    Product.objects.lock(lines.values_list("product_id", flat=True))


def lines_of(order_ids: Iterable[int]) -> QuerySet[PurchaseOrderLine]:
    rows = PurchaseOrderLine.objects.filter(purchase_order__in=set(order_ids)).order_by("pk")
    return rows.select_related("purchase_order__supplier", "product", "offer__supplier", "inbound")


def locked(order_id: int, line_ids: Collection[int] | None) -> Sent:
    """
    Lock the products of a sent order, then read these of its lines (None: all).

    :raises UnknownLine: if a line is not on the order
    :raises NotSent: if the order was not sent
    """
    lock_products_of([order_id])
    rows = lines_of([order_id])
    lines = list(rows if line_ids is None else rows.filter(pk__in=set(line_ids)))
    if line_ids is not None and len(lines) < len(set(line_ids)):
        raise UnknownLine("One of these lines is not on this purchase order.")
    found = {line: line.inbound for line in lines if line.inbound}
    if len(found) < len(lines) or not lines:
        order = PurchaseOrder.objects.filter(pk=order_id).first()
        raise NotSent(f"{order or 'This purchase order'} was not sent yet.")
    return found


def check_outstanding(line: PurchaseOrderLine, row: Inbound) -> None:
    """:raises NothingOutstanding: if the line is complete"""
    if not row.outstanding:
        was = "canceled" if row.canceled and not row.received else "received"
        raise NothingOutstanding(f"{line.product} of {line.purchase_order}: nothing is outstanding, all was {was}.")


def check_date(line: PurchaseOrderLine, new_date: date | None, at: datetime) -> None:
    """:raises ImpossibleDate: if the date has passed, or is too far ahead"""
    today = arrivals.day(at)
    if new_date and (objection := days.objection(new_date, today=today, earliest=today)):
        raise ImpossibleDate(f"{line.product} of {line.purchase_order}: {objection}")


def note_confirmed(order_id: int, *, at: datetime) -> None:
    """Note that an order is confirmed, once all that is to come of it is; it stays so."""
    waiting = PurchaseOrderLine.objects.filter(purchase_order=order_id, inbound__outstanding__gt=0)
    if not waiting.filter(inbound__is_confirmed=False).exists():
        PurchaseOrder.objects.filter(pk=order_id, confirmed_at__isnull=True).update(confirmed_at=at)


def redate(
    dates: Mapping[PurchaseOrderLine, date | None],
    *,
    confirmed: Collection[PurchaseOrderLine],
    by: User | None,
    at: datetime,
) -> int:
    """
    Expect these lines on new dates, and work out the likely and the safe one from the supplier's record.

    :param confirmed: the lines whose date the supplier has confirmed
    :returns: lines whose dates changed
    """
    sources = arrivals.origins(dates)
    history = arrivals.history(sources.values())
    today = arrivals.day(at)
    changes = []
    for line, expected in dates.items():
        row = line.inbound
        if row is None or row.sent_at is None:
            continue
        found = history.dates(sources[line], sent=arrivals.day(row.sent_at), expected=expected, today=today)
        changes.append(
            rescheduling.DateChange(row.pk, expected, found.likely, found.safe, line in confirmed, found.days)
        )
    return rescheduling.reschedule(changes, by=by, at=at)

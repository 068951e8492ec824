"""Orders that begin elsewhere and come to us: what of them is open is placed, what had gone is written as it was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders.fulfillment.drafts import LineDraft, OrderDraft, refuse_nonsense
from orders.fulfillment.limits import BackorderLimit
from orders.fulfillment.placing import OrderDiffers, place, record_refused
from orders.models import Order, OrderLine
from orders.promising import by_hand

from . import gone
from .closed import Moving, move_in_closed
from .gone import MovedLine


def move_in(move: Moving, *, by: User | None, at: datetime) -> Order:
    """
    Place what of an order is open, and write down what of it is not.

    The day that was told already is kept apart (``carry``), since each order that follows may move the others.

    :raises NotAnOrder: if a line has no sensible quantity
    :raises OrderDiffers: if another order has this channel and reference
    :raises BackorderLimit: if a product may not be backordered so far; recorded as demand
    """
    if move.is_closed:
        [found] = move_in_closed([move], by=by, at=at)
        if isinstance(found, Exception):
            raise found
        return found
    whole = move.whole()
    if all(line.open == line.quantity for line in move.lines):
        return place(whole, by=by, at=at)
    refuse_nonsense(whole, at)
    try:
        with transaction.atomic():
            return _move_in(whole, move, by, at)
    except BackorderLimit as refused:
        record_refused(whole, refused, at)
        raise


def _move_in(whole: OrderDraft, move: Moving, by: User | None, at: datetime) -> Order:
    if Order.of(whole.channel, whole.reference):
        raise OrderDiffers(f"{whole.reference} is here already; it was left as it is.")
    still = [line for line in move.lines if line.open]
    wanted = tuple(LineDraft(line.product_id, line.open, line.unit_price, line.priority) for line in still)
    order = place(replace(whole, lines=wanted), by=by, at=at)
    rows = _write_lines(order, still, [line for line in move.lines if not line.open], at)
    gone.write([gone.Former(order, rows, move.gone)], by=by, at=at)
    Order.objects.filter(pk=order.pk).update(fingerprint=whole.fingerprint())
    return order


def carry(order: Order, lines: Sequence[MovedLine]) -> dict[int, date]:
    """Give the day that was told of each open line of an order that was moved in."""
    still = [line for line in lines if line.open]
    if not any(line.told_date for line in still):
        return {}
    open_lines = OrderLine.objects.open().filter(order=order).order_by("position").values_list("pk", flat=True)
    return {pk: line.told_date for pk, line in zip(open_lines, still, strict=True) if line.told_date}


def carry_dates(dates: dict[int, date], *, by: User | None, at: datetime) -> None:
    """Promise each line the day that its customer was told elsewhere (``by_hand.carry``)."""
    if dates:
        by_hand.carry(dates, by=by, at=at)


def _write_lines(
    order: Order, still: Sequence[MovedLine], closed: Sequence[MovedLine], at: datetime
) -> list[OrderLine]:
    """Let the lines that were placed have their true numbers, and add those that are closed."""
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    for row, line in zip(rows, still, strict=True):
        row.quantity, row.shipped, row.canceled = line.quantity, line.shipped, line.canceled
    OrderLine.objects.bulk_update(rows, ["quantity", "shipped", "canceled"])
    return rows + OrderLine.objects.bulk_create(gone.closed_lines(order, closed, begin=len(still) + 1, at=at))

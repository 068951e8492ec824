"""
Orders that begin elsewhere and come to us: what of them had left or was canceled before is written down as it was.

A shipment that left before it came here has lines and no movement: it never lay on our shelves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from orders import promises
from orders.models import EventKind, LineEvent, Order, OrderLine, Shipment, ShipmentLine

from .drafts import LineDraft, OrderDraft, refuse_nonsense
from .limits import BackorderLimit
from .placing import OrderDiffers, place, record_refused

BEFORE = "before the order came here"


@dataclass(frozen=True, slots=True)
class MovedLine:
    """
    One line as the other program has it.

    :ivar quantity: units ordered; ``shipped`` and ``canceled`` of them are gone
    :ivar told_date: when the customer was told that it ships
    """

    product_id: int
    quantity: int
    unit_price: Decimal = Decimal(0)
    priority: int = 0
    shipped: int = 0
    canceled: int = 0
    told_date: date | None = None

    @property
    def open(self) -> int:
        return self.quantity - self.shipped - self.canceled


@dataclass(frozen=True, slots=True)
class Gone:
    """When what is gone went, as far as the other program says."""

    shipped_at: datetime | None = None
    canceled_at: datetime | None = None


def move_in(draft: OrderDraft, lines: Sequence[MovedLine], *, gone: Gone, by: User | None, at: datetime) -> Order:
    """
    Place what of an order is open, and write down what of it is not.

    The day that was told already is kept apart (``carry``), since each order that follows may move the others.

    :param draft: who wants it on which terms; its own lines are left out of account
    :raises NotAnOrder: if a line has no sensible quantity
    :raises OrderDiffers: if another order has this channel and reference
    :raises BackorderLimit: if a product may not be backordered so far; recorded as demand
    """
    whole = replace(draft, lines=tuple(_wanted(line, line.quantity) for line in lines)).cleaned()
    if all(line.open == line.quantity for line in lines):
        return place(whole, by=by, at=at)
    refuse_nonsense(whole, at)
    try:
        with transaction.atomic():
            return _move_in(whole, lines, gone, by, at)
    except BackorderLimit as refused:
        record_refused(whole, refused, at)
        raise


def _move_in(whole: OrderDraft, lines: Sequence[MovedLine], gone: Gone, by: User | None, at: datetime) -> Order:
    if Order.of(whole.channel, whole.reference):
        raise OrderDiffers(f"{whole.reference} is here already; it was left as it is.")
    still = [line for line in lines if line.open]
    if still:
        order = place(replace(whole, lines=tuple(_wanted(line, line.open) for line in still)), by=by, at=at)
    else:
        order = _closed(whole)
    rows = _write_lines(order, still, [line for line in lines if not line.open], at)
    _write_gone(order, rows, gone, by, at)
    Order.objects.filter(pk=order.pk).update(fingerprint=whole.fingerprint())
    return order


def carry(order: Order, lines: Sequence[MovedLine]) -> dict[int, date]:
    """Give the day that was told of each open line of an order that was moved in."""
    if not any(line.told_date for line in lines):
        return {}
    still = [line for line in lines if line.open]
    open_lines = OrderLine.objects.open().filter(order=order).order_by("position").values_list("pk", flat=True)
    return {pk: line.told_date for pk, line in zip(open_lines, still, strict=True) if line.told_date}


def carry_dates(dates: dict[int, date], *, by: User | None, at: datetime) -> None:
    """Promise each line the day that its customer was told elsewhere (``promises.carry``)."""
    if dates:
        promises.carry(dates, by=by, at=at)


def _wanted(line: MovedLine, units: int) -> LineDraft:
    return LineDraft(line.product_id, units, line.unit_price, line.priority)


def _closed(draft: OrderDraft) -> Order:
    """An order of which nothing is open any more."""
    return Order.objects.create(
        channel=draft.channel,
        reference=draft.reference,
        customer_id=draft.customer_id,
        warehouse_id=draft.warehouse_id,
        warehouse_rule=str(draft.warehouse_rule),
        is_ship_complete=draft.is_ship_complete,
        wanted_date=draft.wanted_date,
        fingerprint=draft.fingerprint(),
        placed_at=draft.placed_at,
    )


def _write_lines(
    order: Order, still: Sequence[MovedLine], closed: Sequence[MovedLine], at: datetime
) -> list[OrderLine]:
    """Let the lines that were placed have their true numbers, and add those that are closed."""
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    for row, line in zip(rows, still, strict=True):
        row.quantity, row.shipped, row.canceled = line.quantity, line.shipped, line.canceled
    OrderLine.objects.bulk_update(rows, ["quantity", "shipped", "canceled"])
    return rows + OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            product_id=line.product_id,
            unit_price=line.unit_price,
            quantity=line.quantity,
            shipped=line.shipped,
            canceled=line.canceled,
            queue_at=order.placed_at,
            placed_at=order.placed_at,
            changed_at=at,
        )
        for position, line in enumerate(closed, start=len(still) + 1)
    )


def _write_gone(order: Order, rows: Sequence[OrderLine], gone: Gone, by: User | None, at: datetime) -> None:
    """Write the shipment of what had left, which has no movement, and the history of what is gone."""
    if any(row.shipped for row in rows):
        shipment = Shipment.objects.create(
            order=order, warehouse_id=order.warehouse_id, by=by, shipped_at=gone.shipped_at or order.placed_at
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, line=row, quantity=row.shipped) for row in rows if row.shipped
        )
    LineEvent.objects.bulk_create(_said(rows, f"order:{order.pk}", gone, by, at))


def _said(rows: Sequence[OrderLine], cause: str, gone: Gone, by: User | None, at: datetime) -> list[LineEvent]:
    """The history of what is gone. Taken back within a day it was no demand, so that moment is the true one."""
    what = [
        (EventKind.SHIPPED, "shipped", gone.shipped_at),
        (EventKind.CANCELED, "canceled", gone.canceled_at),
    ]
    return [
        LineEvent(
            line=row, kind=kind, units=units, text=f"{units:,} {word} {BEFORE}", cause=cause, by=by, at=when or at
        )
        for row in rows
        for kind, word, when in what
        if (units := getattr(row, word))
    ]

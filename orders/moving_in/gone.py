"""
What of an order had left or was canceled before it came to us: its lines, shipments and history, many orders at once.

A shipment that left before it came here has lines and no movement: it never lay on our shelves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User

from orders.models import EventKind, LineEvent, Order, OrderLine, Shipment, ShipmentLine

BEFORE = "before the order came here"
BATCH = 1_000
"""Rows of one statement."""


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


@dataclass(frozen=True, slots=True)
class Former:
    """What of one order is gone: its lines as they are written, and when they went."""

    order: Order
    rows: Sequence[OrderLine]
    gone: Gone


def closed_lines(order: Order, lines: Sequence[MovedLine], *, begin: int, at: datetime) -> list[OrderLine]:
    """Give the lines of which nothing is open, still to be written; ``begin`` is the position of the first."""
    return [
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
        for position, line in enumerate(lines, start=begin)
    ]


def write(parts: Sequence[Former], *, by: User | None, at: datetime) -> None:
    """Write one shipment an order of what had left, which has no movement, and the history of what is gone."""
    left = [part for part in parts if any(row.shipped for row in part.rows)]
    shipments = Shipment.objects.bulk_create(
        [
            Shipment(
                order=part.order,
                warehouse_id=part.order.warehouse_id,
                by=by,
                shipped_at=part.gone.shipped_at or part.order.placed_at,
            )
            for part in left
        ],
        batch_size=BATCH,
    )
    ShipmentLine.objects.bulk_create(
        [
            ShipmentLine(shipment=shipment, line=row, quantity=row.shipped)
            for shipment, part in zip(shipments, left, strict=True)
            for row in part.rows
            if row.shipped
        ],
        batch_size=BATCH,
    )
    LineEvent.objects.bulk_create([event for part in parts for event in _said(part, by, at)], batch_size=BATCH)


def _said(part: Former, by: User | None, at: datetime) -> Iterator[LineEvent]:
    """The history of what is gone. Taken back within a day it was no demand, so that moment is the true one."""
    what = [
        (EventKind.SHIPPED, "shipped", part.gone.shipped_at),
        (EventKind.CANCELED, "canceled", part.gone.canceled_at),
    ]
    cause = f"order:{part.order.pk}"
    for row in part.rows:
        for kind, word, when in what:
            if units := getattr(row, word):
                text = f"{units:,} {word} {BEFORE}"
                yield LineEvent(line=row, kind=kind, units=units, text=text, cause=cause, by=by, at=when or at)

"""
What a letter to a supplier says, as it was when somebody pressed *Send*: all that its words, its paper and its sheet
are made of. Reads only.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User

from suppliers import arrivals, sent
from suppliers.models import PurchaseOrder, PurchaseOrderLine


@dataclass(frozen=True, slots=True)
class LineFacts:
    """
    One line as its supplier reads it. ``units``: still ordered, those that came included.

    :ivar price: of one unit, to four decimals
    :ivar day: on which it is expected, as ``2026-12-24``; empty where the supplier has not said
    """

    supplier_sku: str
    sku: str
    name: str
    units: int
    price: str
    day: str

    @property
    def value(self) -> Decimal:
        return self.units * Decimal(self.price)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """
    One purchase order as its supplier reads it.

    :ivar day: on which it was sent
    :ivar place: where it goes, and ``place_address`` how one gets there, line by line; "" where nobody has told
    """

    reference: str
    day: str
    supplier: str
    place: str
    currency: str
    shop: str
    address: str
    terms: str
    buyer: str
    lines: tuple[LineFacts, ...]
    place_address: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Read them from a letter's row."""
        lines = tuple(LineFacts(**line) for line in kept["lines"])
        names = {field.name for field in fields(cls)} & kept.keys() - {"lines"}  # an older letter says no address
        return cls(**{name: kept[name] for name in names}, lines=lines)

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def agreed(self) -> tuple[object, ...]:
        """What a supplier acts by: a letter that says other than the one before is a correction."""
        return self.deliver_to, self.currency, self.lines

    @property
    def deliver_to(self) -> str:
        """Where it goes, in one line."""
        return ", ".join(filter(None, (self.place, *map(str.strip, self.place_address.splitlines()))))

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def value(self) -> Decimal:
        return sum((line.value for line in self.lines), Decimal(0))


def read(orders: Collection[PurchaseOrder], *, by: User | None, at: datetime) -> dict[int, OrderFacts]:
    """
    Give what letters about these orders say now, by order; one statement for all of them.

    :param orders: with their supplier and warehouse
    """
    lines: dict[int, list[LineFacts]] = defaultdict(list)
    for line in sent.lines_of(order.pk for order in orders):
        lines[line.purchase_order_id].append(_line(line))
    return {order.pk: _order(order, lines[order.pk], by, at) for order in orders}


def _line(line: PurchaseOrderLine) -> LineFacts:
    row = line.inbound
    return LineFacts(
        supplier_sku=line.offer.supplier_sku if line.offer else "",
        sku=line.product.sku,
        name=line.product.name,
        units=line.quantity - (row.canceled if row else 0),
        price=f"{line.unit_price:.4f}",
        day=_iso(row.expected_date if row else None),
    )


def _order(order: PurchaseOrder, lines: list[LineFacts], by: User | None, at: datetime) -> OrderFacts:
    return OrderFacts(
        reference=order.reference,
        day=_iso(arrivals.day(order.sent_at or at)),
        supplier=order.supplier.name,
        place=order.warehouse.name or order.warehouse.code,
        currency=order.supplier.money,
        shop=" ".join(settings.SHOP_NAME.split()),
        address=settings.SHOP_ADDRESS.strip(),
        terms=settings.PURCHASE_TERMS.strip(),
        buyer=by.get_full_name() or by.get_username() if by else "",
        lines=tuple(lines),
        place_address=order.warehouse.address.strip(),
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def said(day: str) -> str:
    """
    Say a day in words.

    >>> said("2026-12-04"), said("")
    ('4 December 2026', '')
    """
    if not day:
        return ""
    known = date.fromisoformat(day)
    return f"{known.day} {known:%B %Y}"


def money(amount: Decimal, currency: str) -> str:
    """
    Write an amount to the cent, or as finely as prices go where that says less than it is.

    >>> money(Decimal("1200.0000"), "EUR"), money(Decimal("0.0125"), "")
    ('1,200.00 EUR', '0.0125')
    """
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents if cents == amount else amount.normalize():,f} {currency}".rstrip()

"""
The letter that asks a supplier whether what it confirmed has left, or when what it did not confirm comes: its facts,
its words, and its row.

One letter is about one order: who reads it answers under that order's number, the answer goes to its buyer, and a
link to answer by will be of one order, too.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.template.loader import render_to_string

from inventory.ground.plurals import counted
from inventory.ground.post.letter import Words
from suppliers import arrivals
from suppliers.models import LetterKind, OrderLetter, PurchaseOrder, PurchaseOrderLine

from .facts import said


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line that is asked about. ``units``: still to come; ``day``: confirmed, as ``2026-12-24``, "" if none was."""

    supplier_sku: str
    sku: str
    name: str
    units: int
    day: str

    @property
    def words(self) -> str:
        called = f"{self.supplier_sku} (our {self.sku})" if self.supplier_sku else self.sku
        named = f", {self.name}" if self.name and self.name != self.sku else ""
        units = f"{counted(self.units, 'unit')} of {called}{named}"
        return f"{units}, confirmed for {said(self.day)}" if self.day else units


@dataclass(frozen=True, slots=True)
class AskedFacts:
    """What a letter asks; ``asked_on`` tells which of the days had passed."""

    reference: str
    supplier: str
    shop: str
    address: str
    buyer: str
    asked_on: str
    lines: tuple[AskedLine, ...]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**{**kept, "lines": tuple(AskedLine(**line) for line in kept["lines"])})

    @property
    def late(self) -> tuple[AskedLine, ...]:
        return tuple(line for line in self.lines if line.day and line.day < self.asked_on)

    @property
    def coming(self) -> tuple[AskedLine, ...]:
        return tuple(line for line in self.lines if line.day >= self.asked_on)

    @property
    def unsaid(self) -> tuple[AskedLine, ...]:
        return tuple(line for line in self.lines if not line.day)


def words(facts: AskedFacts) -> Words:
    asks = "When does it come" if facts.unsaid else "Where is it" if facts.late else "Has it left"
    subject = f"{asks}? Purchase order {facts.reference} from {facts.shop}"
    parts = {"late": facts.late, "coming": facts.coming, "unsaid": facts.unsaid}
    text = render_to_string("supplier/asked.txt", {"facts": facts, **parts})
    return Words(" ".join(subject.split())[:300], f"{text.strip()}\n")


def write(
    wanted: Mapping[PurchaseOrder, Collection[int]], *, by: User | None = None, at: datetime
) -> dict[int, OrderLetter]:
    """
    Write one letter about each of these orders, whose rows are locked, and these lines of it; by order.

    :param wanted: orders with their supplier and who approved them
    :param by: who asks, and gets the answers; None: the clock, for who approved the order
    """
    orders = {order.pk: order for order in wanted}
    numbers = dict(
        OrderLetter.objects.filter(purchase_order__in=list(orders))
        .order_by()
        .values_list("purchase_order")
        .annotate(Max("number"))
    )
    rows = PurchaseOrderLine.objects.filter(pk__in=[pk for line_ids in wanted.values() for pk in line_ids])
    lines: dict[int, list[AskedLine]] = {pk: [] for pk in orders}
    for line in rows.select_related("product", "offer", "inbound").order_by("inbound__expected_date", "pk"):
        lines[line.purchase_order_id].append(_line(line))
    letters = OrderLetter.objects.bulk_create(
        OrderLetter(
            purchase_order=order,
            number=numbers.get(pk, 0) + 1,
            kind=LetterKind.ASKED,
            facts=asdict(_facts(order, lines[pk], by or order.approved_by, arrivals.day(at))),
            recipient=order.supplier.email,
            reply_to=asks.email if (asks := by or order.approved_by) else "",
            by=by,
            due_at=at,
            created_at=at,
        )
        for pk, order in orders.items()
    )
    return {letter.purchase_order_id: letter for letter in letters}


def _line(line: PurchaseOrderLine) -> AskedLine:
    row = line.inbound
    assert row
    day = row.expected_date.isoformat() if row.is_confirmed and row.expected_date else ""
    supplier_sku = line.offer.supplier_sku if line.offer else ""
    return AskedLine(supplier_sku, line.product.sku, line.product.name, row.outstanding, day)


def _facts(order: PurchaseOrder, lines: Collection[AskedLine], buyer: User | None, today: date) -> AskedFacts:
    return AskedFacts(
        reference=order.reference,
        supplier=order.supplier.name,
        shop=" ".join(settings.SHOP_NAME.split()),
        address=settings.SHOP_ADDRESS.strip(),
        buyer=buyer.get_full_name() or buyer.get_username() if buyer else "",
        asked_on=today.isoformat(),
        lines=tuple(lines),
    )

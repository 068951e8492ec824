"""What stands on the page of a purchase order: its lines with why and when, receipts, and dates that moved."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk.tables import Table, day, item, lines, link, money, shown, window
from inventory.ground.plurals import counted
from inventory.models import Inbound
from inventory.night import popular
from suppliers import unsent
from suppliers.models import Delivery, PurchaseOrder, PurchaseOrderLine, Slip

from . import asking, letter_tables
from .line_parts import PartNames, in_order


def tables(order: PurchaseOrder, *, may_redate: bool, may_split: bool, at: datetime) -> list[Table]:
    """Read it all, one statement for each table. The lines of a draft stand in its form."""
    if order.words == "Draft":
        return []
    found = in_order(order.lines.select_related("product", "inbound"))
    popular.mark(line.product for line in found)
    currency = order.supplier.money
    if not order.sent_at:
        return [_summary(found, currency, unsent.words(order, on=timezone.localdate(at), at=at)), _reasons(found)]
    return [
        _sent_lines(found, currency, may_redate=may_redate, may_split=may_split),
        letter_tables.of(order),
        *asking.of(order),
        _deliveries(order),
        _slips(order),
        _reasons(found),
    ]


def priced_in(label: str, currency: str | None) -> str:
    """
    Give a label that says what a price is in.

    >>> priced_in("Unit price", "EUR"), priced_in("Unit price", None)
    ('Unit price, EUR', "Unit price, in the supplier's currency")
    """
    return ", ".join(filter(None, (label, "in the supplier's currency" if currency is None else currency)))


def value(line: PurchaseOrderLine) -> Decimal:
    return (line.quantity or 0) * (line.unit_price or Decimal(0))


def _counts(found: list[PurchaseOrderLine]) -> str:
    return f"{counted(len(found), 'line')}, {counted(sum(line.quantity for line in found), 'unit')}"


def _worth(found: list[PurchaseOrderLine], currency: str) -> str:
    return shown(money(sum(map(value, found), Decimal(0)), currency))


def _summary(found: list[PurchaseOrderLine], currency: str, note: str) -> Table:
    return Table(
        f"{_counts(found)}, {_worth(found, currency)} of goods",
        ("Product", "Name", "Units", "Price", "Value"),
        [
            (
                item(line.product),
                line.product.name,
                line.quantity,
                money(line.unit_price, currency),
                money(value(line), currency),
            )
            for line in found
        ],
        empty="There are no lines: nothing can be approved.",
        note=note,
        numbers=("Units", "Price", "Value"),
    )


def _reasons(found: list[PurchaseOrderLine]) -> Table:
    return Table(
        "Why",
        ("Product", "Reason"),
        [(item(line.product), line.reason) for line in found if line.reason],
        empty="Nobody wrote down why.",
    )


def _sent_lines(found: list[PurchaseOrderLine], currency: str, *, may_redate: bool, may_split: bool) -> Table:
    named = PartNames(found)
    return Table(
        f"{named.count}, {_worth(found, currency)} of goods",
        ("Product", "Name", "Ordered", "Received", "Outstanding", "Price", "Supplier says", "Likely", "Customers wait"),
        [
            (
                named.cell(line),
                line.product.name,
                line.quantity,
                row.received + row.surplus if (row := line.inbound) else 0,
                row.outstanding if row else 0,
                money(line.unit_price, currency),
                _said(row, may_redate=may_redate, may_split=may_split),
                window(row.likely_date, row.safe_date) if row and row.outstanding else "",
                _waiting(row),
            )
            for line in found
        ],
        numbers=("Ordered", "Received", "Outstanding", "Price"),
    )


def _said(row: Inbound | None, *, may_redate: bool, may_split: bool) -> SafeString | str:
    """Say when it comes, with a link to what is on its way: there is what hangs on it, and what has arrived."""
    if row is None:
        return "complete"
    if not row.outstanding:
        word = "complete" if row.received + row.surplus else "canceled"
        return link(word, "inventory_inbound_change", row.pk)
    parts: list[str] = [link(day(row.expected_date) or "no date yet", "inventory_inbound_change", row.pk)]
    if may_redate:
        parts.append(link("New date…", "reschedule_inbound", row.pk))
    if may_split and row.outstanding > 1:
        parts.append(link("In parts…", "confirm_in_parts", row.pk))
    return lines(parts)


def _waiting(row: Inbound | None) -> SafeString | str:
    if row is None or not row.committed:
        return ""
    return link(counted(row.committed, "unit"), "orders_backorder_changelist", inbound=row.reference)


def _deliveries(order: PurchaseOrder) -> Table:
    rows = Delivery.objects.filter(line__purchase_order=order).select_related("line__product")
    return Table(
        "Received",
        ("When", "Product", "Units", "Of which damaged", "Days since sending", "Planned"),
        [
            (day(each.received_at), item(each.line.product), each.quantity, each.damaged, each.days, each.planned_days)
            for each in rows
        ],
        empty="Nothing has arrived yet.",
        numbers=("Units", "Of which damaged", "Days since sending", "Planned"),
    )


def _slips(order: PurchaseOrder) -> Table:
    rows = Slip.objects.filter(line__purchase_order=order).select_related("line__product", "by")
    return Table(
        "Dates that moved",
        ("When", "Product", "Was", "Is", "Why", "By"),
        [
            (
                day(each.at),
                item(each.line.product),
                day(each.was) or "no date",
                day(each.now) or "no date",
                each.reason,
                str(each.by or "the system"),
            )
            for each in rows
        ],
        empty="The supplier has moved no date.",
    )

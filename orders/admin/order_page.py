"""What stands on the page of an order: its lines and what covers them, promises, mails, shipments, history."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.safestring import SafeString

from inventory import popular
from inventory.admin.tables import Table, chip, day, lines, link, money, named, window
from orders import queue
from orders.models import LineEvent, NoticeLine, Order, OrderLine, Promise, Shipment, ShipmentLine

from . import rows

MOST = 100
"""Entries of one kind that the page shows."""


def tables(order: Order, *, at: datetime) -> list[Table]:
    """Read it all, one statement for each table."""
    found = list(order.lines.select_related("product").order_by("position"))
    popular.mark(line.product for line in found)
    return [_lines(found, at), _promises(order), _mails(order), _shipments(order), _history(order)]


def _lines(found: list[OrderLine], at: datetime) -> Table:
    today = timezone.localdate(at)
    cover = queue.cover([line.pk for line in found])
    return Table(
        "Lines",
        ("Product", "Name", "Ordered", "Price", "State", "Covered by", "Arrives", "Promised"),
        [
            (
                _item(line),
                line.product.name,
                line.quantity,
                money(line.unit_price),
                line.words,
                lines(chip(each.text, each.tone) for each in rows.chips(line, cover.get(line.pk, ()), today)),
                _arrives(line),
                _promised(line, today),
            )
            for line in found
        ],
        numbers=("Ordered", "Price"),
    )


def _item(line: OrderLine) -> SafeString:
    sku = link(line.product.sku, "orders_backorder_change", line.pk) if line.open else line.product.sku
    return named(sku, is_popular=line.product.is_popular)


def _arrives(line: OrderLine) -> str:
    if not line.open:
        return ""
    return (window(line.likely_date, line.safe_date) or "no date") if line.backordered else "here"


def _promised(line: OrderLine, today: date) -> str:
    if not line.open or not line.promised_date:
        return day(line.promised_date) or "no date"
    word = rows.kept(line, today)
    return lines((day(line.promised_date), chip(word.text, word.tone)))


def _promises(order: Order) -> Table:
    said = Promise.objects.filter(line__order=order).select_related("line__product", "inbound", "by").order_by("-pk")
    return Table(
        "Every date promised, newest first",
        ("Said", "Product", "Date", "How we knew", "Reason", "By"),
        [
            (
                day(each.at),
                each.line.product.sku,
                window(each.likely_date, each.promised_date) or "no date can be given",
                f"{each.get_basis_display()}{f' · {each.inbound}' if each.inbound else ''}",
                each.reason,
                str(each.by or ""),
            )
            for each in said[:MOST]
        ],
        empty="No date was ever given.",
    )


def _mails(order: Order) -> Table:
    facts = NoticeLine.objects.filter(order=order).select_related("notice", "line__product").order_by("-pk")
    return Table(
        "Every mail, newest first",
        ("About", "Product", "Units", "Date told", "State", "When"),
        [
            (
                link(each.get_kind_display(), "orders_notice_change", each.notice_id),
                each.line.product.sku,
                each.units,
                window(each.likely_date, each.promised_date),
                "overtaken by newer news" if each.is_superseded else each.notice.get_state_display(),
                day(each.notice.sent_at or each.notice.due_at),
            )
            for each in facts[:MOST]
        ],
        empty="Nothing was written about this order.",
        numbers=("Units",),
    )


def _shipments(order: Order) -> Table:
    parts = ShipmentLine.objects.filter(shipment__in=Shipment.objects.filter(order=order))
    return Table(
        "Shipments",
        ("Shipped", "From", "Product", "Units", "Carrier", "Tracking", "By"),
        [
            (
                day(each.shipment.shipped_at),
                each.shipment.warehouse.code,
                each.line.product.sku,
                each.quantity,
                each.shipment.carrier,
                each.shipment.tracking,
                str(each.shipment.by or "the system"),
            )
            for each in parts.select_related("shipment__warehouse", "shipment__by", "line__product").order_by("-pk")
        ],
        empty="Nothing has left yet.",
        numbers=("Units",),
    )


def _history(order: Order) -> Table:
    events = LineEvent.objects.filter(line__order=order).select_related("line__product", "by").order_by("-pk")
    return Table(
        "History, newest first",
        ("When", "Product", "What", "Detail", "By"),
        [
            (day(each.at), each.line.product.sku, each.get_kind_display(), each.text, str(each.by or "the system"))
            for each in events[:MOST]
        ],
    )

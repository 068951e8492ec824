"""Ways out of an alert: the pages where what it says is mended, for those who may. Writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from .naming import MENDED


@dataclass(frozen=True, slots=True)
class WayOut:
    """
    A page that leads out of an alert.

    :ivar page: its URL name in the admin
    :ivar key: which row of the page it is, as it stands on the row that the alert hangs on; none: it needs no row
    :ivar as_ids: the page takes rows by its query, as every operation does
    """

    label: str
    page: str
    permission: str
    key: Callable[[Any], int] | None = None
    as_ids: bool = False
    query: str = ""

    def url(self, row: Any) -> str:
        name = f"admin:{self.page}"
        if self.key is None:
            return reverse(name) + self.query
        if self.as_ids:
            return f"{reverse(name)}?{urlencode({'ids': self.key(row)})}"
        return reverse(name, args=[self.key(row)])


_pk: Callable[[Any], int] = attrgetter("pk")
_MAIL = WayOut("The mail", "orders_notice_change", "orders.view_notice", _pk)
_CUSTOMER = WayOut(
    "The customer’s address", "orders_customer_change", "orders.change_customer", attrgetter("customer_id")
)
_ORDER = WayOut("The order", "suppliers_purchaseorder_change", "suppliers.view_purchaseorder", _pk)

ORDER_BY = (
    WayOut("Order it", "order_product", "suppliers.add_purchaseorder", _pk),
    WayOut("All to order today", "order_today", "suppliers.view_purchaseorder"),
)
UNSENT = (
    WayOut("Send…", "suppliers_purchaseorder_send", "suppliers.approve_purchaseorder", _pk, as_ids=True),
    WayOut("Sent by hand…", "suppliers_purchaseorder_by_hand", "suppliers.approve_purchaseorder", _pk, as_ids=True),
    _ORDER,
)
UNTOUCHED = (
    WayOut("Approve…", "suppliers_purchaseorder_approve", "suppliers.approve_purchaseorder", _pk, as_ids=True),
    _ORDER,
)
MAIL = (_MAIL, _CUSTOMER)
CALL = (WayOut("Called…", "orders_notice_called", "orders.call_notice", _pk, as_ids=True), _CUSTOMER)
LETTER = (
    WayOut("The letter", "suppliers_orderletter_change", "suppliers.view_orderletter", _pk),
    WayOut(
        "Send again…",
        "suppliers_purchaseorder_send_again",
        "suppliers.approve_purchaseorder",
        attrgetter("purchase_order_id"),
        as_ids=True,
    ),
    WayOut(
        "The supplier’s address",
        "suppliers_supplier_change",
        "suppliers.change_supplier",
        attrgetter("purchase_order.supplier_id"),
    ),
)
TYPED_PASSED = (
    WayOut("New date…", "orders_backorder_new_date", "orders.redate_orderline", _pk, as_ids=True),
    WayOut("The line", "orders_backorder_change", "orders.view_orderline", _pk),
)


def mended(name: str) -> tuple[WayOut, ...]:
    """Give the way to the list where what stands still is mended."""
    labels = {"night": "The nights", "mail": "The mails", "books": "The audits", "file": "The files"}
    permission, page, query = MENDED[name]
    return (WayOut(labels[name], page, permission, query=query),)


def out(ways: Sequence[WayOut], row: Any, may: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Give the ways that this reader may go, with where each leads; none of a row that is gone."""
    return [(way.label, way.url(row)) for way in ways if may(way.permission)] if row is not None else []

"""Ways out of an alert: the pages where what it says is mended, for those who may. Writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from .helping import HERE, TRANSFER, UNSENT_OF_IT, WAITS_FOR_IT, Helps
from .naming import MENDED


@dataclass(frozen=True, slots=True)
class WayOut:
    """
    A page that leads out of an alert.

    :ivar page: its URL name in the admin
    :ivar key: which row of the page it is, as it stands on the row that the alert hangs on; none: it needs no row
    :ivar as_ids: the page takes rows by its query, as every operation does
    :ivar param: what else its query calls the key
    :ivar help: it leads where such help is (``helping``), once for each, and nowhere where there is none
    """

    label: str
    page: str
    permission: str
    key: Callable[[Any], int | str] | None = None
    as_ids: bool = False
    query: str = ""
    param: str = ""
    help: str = ""

    def url(self, row: Any) -> str:
        name = f"admin:{self.page}"
        if self.key is None:
            return reverse(name) + self.query
        if param := "ids" if self.as_ids else self.param:
            return f"{reverse(name)}?{urlencode({param: self.key(row)})}"
        return reverse(name, args=[self.key(row)])


_pk: Callable[[Any], int | str] = attrgetter("pk")
_MAIL = WayOut("The mail", "orders_notice_change", "orders.view_notice", _pk)
_CUSTOMER = WayOut(
    "The customer’s address", "orders_customer_change", "orders.change_customer", attrgetter("customer_id")
)
_ORDER = WayOut("The order", "suppliers_purchaseorder_change", "suppliers.view_purchaseorder", _pk)

_TRANSFER = WayOut("From another warehouse…", "inventory_transfer_add", "inventory.add_transfer", help=TRANSFER)
_SHIP = WayOut("Ship what is here…", "orders_order_ship", "orders.ship_order", help=HERE)
_QUEUE, _LINES = "orders_backorder_changelist", "orders.view_orderline"
_WHO_WAITS = WayOut("Who waits: substitute, new date…", _QUEUE, _LINES, attrgetter("reference"), param="inbound")

ORDER_BY = (
    WayOut("Send…", "suppliers_purchaseorder_send", "suppliers.approve_purchaseorder", help=UNSENT_OF_IT),
    WayOut("Order it", "order_product", "suppliers.add_purchaseorder", _pk),
    _TRANSFER,
    WayOut("Who waits: substitute, new date…", _QUEUE, _LINES, attrgetter("sku"), param="sku"),
    WayOut("All to order today", "order_today", "suppliers.view_purchaseorder"),
)
UNSENT = (
    WayOut("Send…", "suppliers_purchaseorder_send", "suppliers.approve_purchaseorder", _pk, as_ids=True),
    WayOut("Sent by hand…", "suppliers_purchaseorder_by_hand", "suppliers.approve_purchaseorder", _pk, as_ids=True),
    _ORDER,
    WayOut("Who waits…", _QUEUE, _LINES, help=WAITS_FOR_IT),
)
ASKED = (
    WayOut("They left…", "suppliers_purchaseorder_they_left", "suppliers.change_purchaseorder", _pk, as_ids=True),
    WayOut("They leave on another day…", "reschedule_purchase_order", "inventory.reschedule_inbound", _pk),
    WayOut("They do not come…", "suppliers_purchaseorder_shorten", "suppliers.change_purchaseorder", _pk, as_ids=True),
    _ORDER,
    _TRANSFER,
    _WHO_WAITS,
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
INBOUND = (
    WayOut("New date…", "reschedule_inbound", "inventory.reschedule_inbound", _pk),
    WayOut("Its order: ask, shorten…", "inbound_order", "inventory.view_inbound", _pk),
    WayOut("Order it now", "order_product", "suppliers.add_purchaseorder", attrgetter("product_id")),
    _TRANSFER,
    _SHIP,
    _WHO_WAITS,
)
NOT_LEFT = (
    WayOut("What is due", "orders_backorder_changelist", "orders.view_orderline", query="?tab=due"),
    WayOut("Shipping desk", "shipping_desk", "orders.ship_order"),
)
MUST_BY = (
    WayOut("The order: substitute, cancel…", "orders_order_change", "orders.view_order", _pk),
    WayOut("Ship what is here…", "orders_order_ship", "orders.ship_order", _pk, as_ids=True),
    _TRANSFER,
    WayOut("The customer, to call", "orders_customer_change", "orders.view_customer", attrgetter("customer_id")),
)
COUNT = (
    WayOut("Post…", "inventory_countsheet_post", "inventory.adjust_stock", _pk, as_ids=True),
    WayOut("The sheet", "inventory_countsheet_change", "inventory.view_countsheet", _pk),
)
IN_TRANSIT = (
    WayOut("Receive…", "receive_transfer", "inventory.receive_inbound", _pk),
    WayOut("The transfer", "inventory_transfer_change", "inventory.view_transfer", _pk),
    WayOut(
        "What is on its way: new date…",
        "inventory_inbound_changelist",
        "inventory.view_inbound",
        attrgetter("reference"),
        param="q",
    ),
)
SURPLUS = (
    WayOut("Keep or send back…", "inventory_inbound_decide", "inventory.decide_surplus", _pk, as_ids=True),
    WayOut("What came", "inventory_inbound_change", "inventory.view_inbound", _pk),
)
TYPED_PASSED = (
    WayOut("New date…", "orders_backorder_new_date", "orders.redate_orderline", _pk, as_ids=True),
    WayOut("The line", "orders_backorder_change", "orders.view_orderline", _pk),
)

PAID_LATE = (
    WayOut("Let it go on…", "orders_order_go_on", "orders.stop_order", _pk, as_ids=True),
    WayOut("The order", "orders_order_change", "orders.view_order", _pk),
)
STOPPED = (
    *PAID_LATE,
    WayOut("The customer, to call", "orders_customer_change", "orders.view_customer", attrgetter("customer_id")),
)
_ORDER_ID: Callable[[Any], int] = attrgetter("order_id")
QUESTION = (WayOut("The order", "orders_order_change", "orders.view_order", _ORDER_ID), _CUSTOMER)
ADDRESS_ASKED = (
    WayOut("Ship to another address…", "orders_order_address", "orders.amend_order", _ORDER_ID, as_ids=True),
    WayOut("The order", "orders_order_change", "orders.view_order", _ORDER_ID),
)

REFUND = (
    WayOut("Paid back…", "orders_refund_paid_back", "orders.record_refund", _pk, as_ids=True),
    WayOut("The refund", "orders_refund_change", "orders.view_refund", _pk),
)


def mended(name: str) -> tuple[WayOut, ...]:
    """Give the way to the list where what stands still is mended."""
    labels = {"night": "The nights", "mail": "The mails", "books": "The audits", "file": "The files"}
    permission, page, query = MENDED[name]
    return (WayOut(labels[name], page, permission, query=query),)


def out(ways: Sequence[WayOut], row: Any, may: Callable[[str], bool], helps: Helps) -> list[tuple[str, str]]:
    """Give the ways that this reader may go, with where each leads; none of a row that is gone."""
    if row is None:
        return []
    return [each for way in ways if may(way.permission) for each in _leads(way, row, helps)]


def _leads(way: WayOut, row: Any, helps: Helps) -> list[tuple[str, str]]:
    if not way.help:
        return [(way.label, way.url(row))]
    return [(label or way.label, f"{way.url(row)}?{query}") for label, query in helps[way.help].get(row, ())]

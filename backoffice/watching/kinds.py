"""The kinds of alerts that the shop watches: what each hangs on, whose it is, who sees it, how one ends by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import Model

from backoffice.models import Trouble
from backoffice.people import roles
from inventory.models import CountSheet, Inbound, Product, Transfer, Warehouse
from orders.models import Notice, Order, OrderLine, PageAct, Refund
from suppliers.models import OrderLetter, PurchaseOrder

from . import asked, breaking, matters, naming, ways
from .matters import Waiting
from .ways import WayOut


@dataclass(frozen=True, slots=True)
class AlertKind:
    """
    A kind of alerts, all of which hang on rows of one model.

    :ivar permission: who sees them
    :ivar role: whose they are from the start
    :ivar ended: how one ended whose fact is gone
    :ivar find: gives what stands now
    :ivar ways: the pages that lead out of one
    """

    name: str
    label: str
    model: type[Model]
    permission: str
    role: str
    ended: str
    find: Callable[..., Iterable[Waiting]]
    ways: tuple[WayOut, ...]


_BUYING, _ORDERS, _MAIL = "suppliers.view_purchaseorder", "orders.view_orderline", "orders.view_notice"
AGAIN = "It was sent again, newer news has overtaken it, or it is a month old."
ANEW = "It has left, another letter has overtaken it, its order is canceled, or it is a month old."
HEARD_OF = "It came, has another day, its sender was asked, or nobody waits for it."
PAID = "It was paid back, or is not owed any more."
SETTLED = "It is owed again, or a person said that it is settled."
NO_RISK = "The promises hold more likely, were taken back, or do not rest on it any more."
ANSWERED = "The supplier answered, gave another day, or it came."

KINDS: tuple[AlertKind, ...] = (
    AlertKind(
        "order_by",
        "Order today",
        Product,
        _BUYING,
        roles.BUYER,
        "Nothing hangs on an order any more.",
        matters.to_order,
        ways.ORDER_BY,
    ),
    AlertKind(
        "unsent",
        "Approved, not sent",
        PurchaseOrder,
        _BUYING,
        roles.BUYER,
        "It was sent, or is canceled.",
        matters.not_sent,
        ways.UNSENT,
    ),
    AlertKind(
        "untouched",
        "Draft left lying",
        PurchaseOrder,
        _BUYING,
        roles.BUYER,
        "Somebody has touched it, or it is no draft any more.",
        matters.left_lying,
        ways.UNTOUCHED,
    ),
    AlertKind("bounced", "Mail came back", Notice, _MAIL, roles.CUSTOMER_SERVICE, AGAIN, matters.came_back, ways.MAIL),
    AlertKind(
        "undelivered",
        "Mail not delivered",
        Notice,
        _MAIL,
        roles.CUSTOMER_SERVICE,
        AGAIN,
        matters.undelivered,
        ways.MAIL,
    ),
    AlertKind(
        "call",
        "Call to make",
        Notice,
        _MAIL,
        roles.CUSTOMER_SERVICE,
        "The call was made, or there is nothing left to tell.",
        matters.to_call,
        ways.CALL,
    ),
    AlertKind(
        "letter_back", "Order came back", OrderLetter, _BUYING, roles.BUYER, ANEW, matters.letters_back, ways.LETTER
    ),
    AlertKind(
        "letter_undelivered",
        "Order not delivered",
        OrderLetter,
        _BUYING,
        roles.BUYER,
        ANEW,
        matters.letters_undelivered,
        ways.LETTER,
    ),
    *(
        AlertKind(name, label, PurchaseOrder, _BUYING, roles.BUYER, ANSWERED, find, ways.ASKED)
        for name, label, find in (
            ("ask_call", "Call the supplier", asked.to_call),
            ("ask_silent", "Asked, no answer", asked.silent),
        )
    ),
    *(
        AlertKind(name, label, Inbound, "inventory.view_inbound", roles.BUYER, ended, find, ways.INBOUND)
        for name, label, ended, find in (
            ("overdue", "Overdue without a word", HEARD_OF, breaking.overdue),
            ("slipped", "Slipped", NO_RISK, breaking.slipped),
            ("may_break", "May break promises", NO_RISK, breaking.may_break),
        )
    ),
    AlertKind(
        "not_left",
        "Ready, not shipped",
        Warehouse,
        _ORDERS,
        roles.OPERATIONS,
        "It left, or is promised for another day.",
        breaking.not_left,
        ways.NOT_LEFT,
    ),
    AlertKind(
        "must_by",
        "May miss its day",
        Order,
        "orders.view_order",
        roles.CUSTOMER_SERVICE,
        "It ships in time, its customer wants it all the same, or it is canceled.",
        breaking.missed_days,
        ways.MUST_BY,
    ),
    AlertKind(
        "count_open",
        "Count left open",
        CountSheet,
        "inventory.view_countsheet",
        roles.OPERATIONS,
        "It was posted, or closed without posting.",
        matters.counts_left_open,
        ways.COUNT,
    ),
    AlertKind(
        "in_transit",
        "Sent, not received",
        Transfer,
        "inventory.view_transfer",
        roles.OPERATIONS,
        "All of it was received, or it is to come on a later day.",
        matters.in_transit,
        ways.IN_TRANSIT,
    ),
    AlertKind(
        "surplus",
        "Surplus to decide about",
        Inbound,
        "inventory.view_inbound",
        roles.BUYER,
        "It stays, or it went back.",
        matters.surplus,
        ways.SURPLUS,
    ),
    AlertKind(
        "typed_passed",
        "Typed date passed",
        OrderLine,
        _ORDERS,
        roles.CUSTOMER_SERVICE,
        "It has another date, or it left.",
        matters.typed_passed,
        ways.TYPED_PASSED,
    ),
    AlertKind(
        "paid_late",
        "Paid late",
        Order,
        "orders.view_order",
        roles.CUSTOMER_SERVICE,
        "It goes on, nothing of it is open any more, or it is a month old.",
        matters.paid_late,
        ways.PAID_LATE,
    ),
    AlertKind(
        "stopped",
        "Stopped, with no end",
        Order,
        "orders.view_order",
        roles.CUSTOMER_SERVICE,
        "It goes on, has a day on which it does, or nothing of it is open any more.",
        matters.left_stopped,
        ways.STOPPED,
    ),
    AlertKind(
        "asked",
        "Customer asks",
        PageAct,
        "orders.view_order",
        roles.CUSTOMER_SERVICE,
        "It is a month old.",
        matters.asked_by_page,
        ways.QUESTION,
    ),
    AlertKind(
        "address_asked",
        "Customer asks for another address",
        PageAct,
        "orders.view_order",
        roles.CUSTOMER_SERVICE,
        "It has another address, they asked for yet another one, nothing of it is open any more, or it is a month old.",
        matters.address_asked,
        ways.ADDRESS_ASKED,
    ),
    *(
        AlertKind(name, label, Refund, "orders.view_refund", roles.CUSTOMER_SERVICE, ended, find, ways.REFUND)
        for name, label, ended, find in (
            ("refund_overdue", "Refund overdue", PAID, matters.refunds_overdue),
            ("refund_to_collect", "Paid back, and then kept", SETTLED, matters.refunds_to_collect),
        )
    ),
    *(
        AlertKind(
            name,
            naming.TITLES[name],
            Trouble,
            naming.MENDED[name][0],
            roles.OPERATIONS,
            "It is over.",
            partial(matters.troubles, name),
            ways.mended(name),
        )
        for name in ("night", "mail", "books", "file")  # a clock that stands still raises nothing
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
LOST = "lost"
LOST_KINDS = {BY_NAME["bounced"], BY_NAME["undelivered"]}
"""Of mail to customers that did not arrive, or may not have; the list is asked for them by ``LOST``."""

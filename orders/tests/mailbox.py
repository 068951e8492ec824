"""
What tests of mail stand on: lines that wait, facts about them, and a real SMTP server that can misbehave.

The server does what the local part of the address says: ``busy`` 451, ``nobody`` 550, ``full`` 452 and ``spam``
554 after the dot, ``cut`` drops the line before DATA, ``lost`` after the final dot, ``deaf`` never answers it,
``slow`` does after a second. What ``Post.says`` holds is said to everybody.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from inventory.models import Product, Warehouse
from orders.mail import notices
from orders.models import Customer, Notice, NoticeKind, Order, OrderLine

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def customer(name: str = "Ada", email: str = "") -> Customer:
    return Customer.objects.get_or_create(email=email or f"{name.lower()}@shop.example", defaults={"name": name})[0]


def order(reference: str, of: Customer, *, is_ship_complete: bool = False) -> Order:
    place, _ = Warehouse.objects.get_or_create(code="BER")
    return Order.objects.create(
        reference=reference, customer=of, warehouse=place, placed_at=NOW, is_ship_complete=is_ship_complete
    )


def line(
    quantity: int = 7, *, of: Customer | None = None, to: Order | None = None, name: str = "Oslo lamp"
) -> OrderLine:
    """A line that waits; in an order of its own unless one is given."""
    count = OrderLine.objects.count() + 1
    product, _ = Product.objects.get_or_create(sku=name.upper().replace(" ", "-")[:64], defaults={"name": name})
    return OrderLine.objects.create(
        order=to or order(f"R-{1000 + count}", of or customer()),
        position=count,
        product=product,
        quantity=quantity,
        queue_at=NOW,
        placed_at=NOW,
        changed_at=NOW,
    )


def fact(about: OrderLine, kind: NoticeKind = NoticeKind.NEW_DATE, **numbers: Any) -> notices.Fact:
    """News of a line, which stands as it says; by default all of it waits and will ship between December 12 and 16."""
    given: dict[str, Any] = {
        "units": about.quantity,
        "ready": 0,
        "waiting": about.quantity,
        "was_date": None,
        "likely_date": date(2026, 12, 12),
        "promised_date": date(2026, 12, 16),
    }
    given |= numbers
    OrderLine.objects.filter(pk=about.pk).update(
        allocated=given["ready"],
        shipped=about.quantity - given["ready"] - given["waiting"],
        likely_date=given["likely_date"],
        promised_date=given["promised_date"],
    )
    return notices.Fact(
        line_id=about.pk, order_id=about.order_id, customer_id=about.order.customer_id, kind=kind, **given
    )


def tell(*facts: notices.Fact, cause: str = "movement:1", at: datetime = NOW) -> Notice:
    """Queue facts and give the newest notice."""
    notices.queue(facts, cause=cause, at=at)
    return Notice.objects.latest("pk")


class Post:
    """What the server took, and the handler that takes it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.connections: set[object] = set()
        self.has_mail = Event()
        self.says: dict[str, str] = {}
        """By command (MAIL, RCPT, DATA), what everybody is told; ``drop`` ends the line without a word."""
        self.again = ""
        """What a session is told that begins a second mail; ``drop`` ends the line without a word."""
        self.asked: list[str] = []
        """Senders, recipients and the ends of messages, as they came."""

    @property
    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]

    def answer(self, server: SMTP, command: str) -> str | None:
        self.asked.append(command)
        said = self.says.get(command)
        if said == "drop":
            hang_up(server)
        return said

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.answer(server, "MAIL"):
            return said
        if self.again and session.peer in self.connections:
            if self.again == "drop":
                hang_up(server)
            return self.again
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name for it)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.answer(server, "RCPT"):
            return said
        match address.partition("@")[0]:
            case who if who.startswith("busy"):
                return "451 4.3.0 Try again later"
            case "nobody":
                return "550 5.1.1 No such user here"
            case "cut":
                hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if said := self.answer(server, "DATA"):
            return said
        match envelope.rcpt_tos[0].partition("@")[0]:
            case "slow":
                await asyncio.sleep(1)
            case "full":
                return "452 4.2.2 Mailbox full"
            case "spam":
                return "554 5.7.1 We do not like this"
            case "lost":
                hang_up(server)
            case "deaf":
                self.has_mail.set()
                await asyncio.sleep(30)
        assert isinstance(envelope.content, bytes)
        self.connections.add(session.peer)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.has_mail.set()
        return "250 OK"


def hang_up(server: SMTP) -> None:
    """Drop the line without a word."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@contextmanager
def smtp_server() -> Iterator[tuple[Post, int]]:
    """A real SMTP server on a port of its own, in a thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post, port
    finally:
        controller.stop()

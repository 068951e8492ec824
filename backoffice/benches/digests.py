"""How fast one worker writes digests and hands them to a mail server of this machine."""

import multiprocessing
import socket
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from django.db import connection
from django.test import override_settings

from backoffice.benches.shops import filling, scratch
from inventory.models import Product, Warehouse
from orders.mail import notices
from orders.models import Customer, Notice, NoticeKind, NoticeLine, NoticeState, Order, OrderLine

HELP = (
    "Write the digests of so many customers, each of three lines in two orders that three events made news of, and "
    "hand them to an SMTP server of this machine, by one worker. It works in a scratch database, which is dropped."
)
PRODUCTS, BATCH = 200, 1000
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAS, NOW = date(2026, 12, 16), date(2026, 12, 28)
KNOWN, HERE, LATER = NoticeKind.BACKORDERED, NoticeKind.RESTOCKED, NoticeKind.NEW_DATE


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=10_000, help="of one digest each (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database, and return how many mails went in how many seconds."""
    with scratch.database(), _server() as (port, taken):
        say(f"Telling {options['customers']:,} customers of three events each …")
        _fill(options["customers"])
        filling.measured()
        host = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1"}
        with override_settings(**host, EMAIL_PORT=port, MAIL="live", MAIL_QUIET_MINUTES=60, TIME_ZONE="UTC"):
            clock, worked = time.perf_counter(), time.process_time()
            while sum(notices.send_due(at=NOON, limit=BATCH).values()):  # type: ignore[arg-type]
                pass
            seconds, cpu = time.perf_counter() - clock, time.process_time() - worked
        left = Notice.objects.filter(state=NoticeState.QUEUED).count()
        return {
            "customers": options["customers"],
            "mails": taken.value,
            "facts": NoticeLine.objects.filter(kind__in=(HERE, LATER), notice__state=NoticeState.SENT).count(),
            "left": left,
            "seconds": round(seconds, 2),
            "cpu": round(cpu, 2),
            "database": connection.vendor,
        }


def words(result: dict[str, Any]) -> str:
    return (
        f"{result['mails']:,} digests of {result['facts']:,} facts in {result['seconds']} s "
        f"({result['cpu']} s of this processor), {result['left']:,} left, {result['database']}"
    )


def _fill(count: int) -> None:
    place = Warehouse.objects.create(code="BEN", name="Bench", rank=1)
    products = Product.objects.bulk_create(Product(sku=f"SKU-{n}", name=f"Lampe Λάμπα {n}") for n in range(PRODUCTS))
    people = Customer.objects.bulk_create(
        Customer(name=f"Person {n}", email=f"person{n}@example.com") for n in range(count)
    )
    placed_at = NOON - timedelta(days=9)
    orders = Order.objects.bulk_create(
        Order(reference=f"B-{n}-{each}", customer=who, warehouse=place, placed_at=placed_at)
        for n, who in enumerate(people)
        for each in range(2)
    )
    fields = {"quantity": 3, "queue_at": placed_at, "placed_at": placed_at, "changed_at": placed_at}
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=orders[2 * n + (number > 1)],
            position=number,
            product=products[(n * 7 + number * 31) % PRODUCTS],
            promised_date=NOW if number == 1 else WAS,
            likely_date=NOW if number == 1 else WAS,
            allocated=0 if number == 1 else 3,
            **fields,
        )
        for n in range(count)
        for number in range(3)
    )
    customers = {order.pk: order.customer_id for order in orders}
    known = [_fact(line, customers, KNOWN, WAS)._replace(was_date=None) for line in lines]
    notices.open_with(known, cause="order:1", at=placed_at)
    Notice.objects.update(state=NoticeState.SENT, intent_at=placed_at, sent_at=placed_at)
    NoticeLine.objects.update(told_waiting=3, told_date=WAS)
    for number, kind in enumerate((HERE, LATER, HERE)):
        told = [_fact(line, customers, kind, NOW if kind == LATER else WAS) for line in lines[number::3]]
        notices.queue(told, cause=f"movement:{number}", at=NOON - timedelta(hours=2))


def _fact(line: OrderLine, customers: dict[int, int], kind: NoticeKind, day: date) -> notices.Fact:
    waiting = 0 if kind == HERE else 3
    return notices.Fact(line.pk, line.order_id, customers[line.order_id], kind, 3, 3 - waiting, waiting, WAS, day, day)


class _Takes(StreamRequestHandler):
    """Say yes to every mail, and count it."""

    def handle(self) -> None:
        self.wfile.write(b"220 bench\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
                with self.server.taken.get_lock():  # type: ignore[attr-defined]
                    self.server.taken.value += 1  # type: ignore[attr-defined]
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


def _serve(listener: socket.socket, taken: Any) -> None:
    server = ThreadingTCPServer(listener.getsockname(), _Takes, bind_and_activate=False)
    server.socket, server.taken = listener, taken  # type: ignore[attr-defined]
    server.serve_forever()


@contextmanager
def _server() -> Iterator[tuple[int, Any]]:
    """A mail server in a process of its own: its port, and how many mails it took."""
    own = multiprocessing.get_context("fork")
    taken = own.Value("i", 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = own.Process(target=_serve, args=(listener, taken), daemon=True)
        process.start()
        try:
            yield listener.getsockname()[1], taken
        finally:
            process.terminate()
            process.join()

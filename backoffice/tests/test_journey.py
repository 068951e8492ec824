"""
From order to e-mail: the whole path, once in this process and once with a Celery worker, Redis and an SMTP server.

order → backorder → nightly → purchase order → slip → receipt → mail → ship
"""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone

from backoffice import jobs, nightly
from backoffice.books import audit
from backoffice.models import JobRun
from inventory.demand import entries
from inventory.models import ReorderPolicy, Stock
from orders import fulfillment
from orders.mail import notices
from orders.models import Notice, OrderLine
from orders.tests import mailbox, make
from suppliers import purchasing
from suppliers.models import PurchaseOrder, PurchaseOrderLine
from suppliers.tests.make import buyer, offer, supplier

from . import race


class Shop:
    """A lamp that sells ten a week, three on the shelf, two suppliers, and a customer who wants five."""

    def __init__(self, at):
        self.at = at
        self.today = timezone.localtime(at).date()
        self.lamp = make.product("LAMP-DRUM-30", name="Drum lamp 30 cm, linen")
        self.ber = make.warehouse("BER")
        offer(self.lamp, supplier("Nordlys"), prices=((1, "12.00"), (50, "9.00")), days=14)
        offer(self.lamp, supplier("Anatolia"), prices=((1, "15.00"),), days=5)
        monday = self.today - timedelta(days=self.today.weekday())
        weeks = [monday - timedelta(weeks=back) for back in range(1, 31)]
        entries.record(
            [
                entries.Entry("history", f"H-{day}", self.lamp.pk, self.ber.pk, day, 8 + number % 5)
                for number, day in enumerate(weeks)
            ]
        )
        make.on_hand(self.lamp, 3, at=at)
        self.lena = make.customer("Lena Ortiz", "lena@example.com")
        self.line = make.line(self.lamp, 5, who=self.lena, reference="SO-20418", at=at)

    def facts(self):
        return list(Notice.objects.order_by("pk").values_list("kind", "state"))

    def later(self, **delta):
        self.at += timedelta(**delta)
        return self.at

    def slip(self):
        """A buyer approves and sends what the night proposed; the supplier confirms, and slips by twelve days."""
        order = PurchaseOrder.objects.filter(lines__product=self.lamp).earliest("pk")
        purchasing.approve([order.pk], by=buyer(), at=self.at)
        purchasing.send([order.pk], by=buyer(), at=self.at)
        line = order.lines.get()
        purchasing.confirm(order.pk, {line.pk: self.today + timedelta(days=14)}, by=buyer(), at=self.at)
        moved = self.today + timedelta(days=40)
        purchasing.reschedule(line.pk, moved, reason="Customs", by=buyer(), at=self.at)
        return order

    def receive(self, order):
        line = order.lines.get()
        purchasing.receive(order.pk, {line.pk: (line.quantity, 0)}, by=buyer(), at=self.at)

    def ship(self):
        fulfillment.ship_order(self.line.order_id, carrier="DHL", tracking="JD0001", by=None, at=self.at)


@pytest.mark.django_db
def test_from_order_to_email():
    shop = Shop(make.MONDAY)
    shop.line.refresh_from_db()
    assert (shop.line.allocated, shop.line.backordered, shop.line.promised_date) == (3, 2, None)
    assert shop.facts() == [("backordered", "queued")]

    counts = nightly.run(on=shop.today, at=shop.later(hours=16))

    policy = ReorderPolicy.objects.get()
    assert policy.reorder_point > 0
    assert policy.explanation
    drafted = PurchaseOrderLine.objects.filter(product=shop.lamp)
    assert sum(drafted.values_list("quantity", flat=True)) >= 2
    assert counts["proposals"]
    with pytest.raises(Exception, match="ran already"):
        nightly.run(on=shop.today, at=shop.at)
    assert nightly.run(on=shop.today, at=shop.at, again=True)["proposals"]
    assert drafted.count() == PurchaseOrderLine.objects.count()

    order = shop.slip()
    shop.line.refresh_from_db()
    assert (shop.line.allocated, shop.line.pegged, shop.line.uncovered) == (3, 2, 0)
    assert shop.line.promised_date > shop.today + timedelta(days=40)

    notices.send_due(at=shop.later(hours=1))
    shop.later(days=38)
    shop.receive(order)
    notices.send_due(at=shop.later(hours=24))  # by then it was day
    shop.line.refresh_from_db()
    assert (shop.line.allocated, shop.line.backordered) == (5, 0)

    on_hand = Stock.objects.get().on_hand
    shop.ship()
    notices.send_due(at=shop.later(hours=30))

    shop.line.refresh_from_db()
    assert (shop.line.shipped, shop.line.open) == (5, 0)
    assert Stock.objects.get().on_hand == on_hand - 5
    assert all(state in ("sent", "superseded") for _, state in shop.facts())
    assert {message.to[0] for message in mail.outbox} == {"lena@example.com"}
    sent = [notice.kind for notice in Notice.objects.filter(state="sent").order_by("pk")]
    assert sent[-2:] == ["restocked", "shipped"]
    assert audit.balances(audit.run(at=shop.at))


@contextmanager
def worker(mail_port, log):
    """A real Celery worker in a process of its own, on the test's database and Redis."""
    environment = os.environ | {
        "DATABASE_URL": race.database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        **dict.fromkeys(("MAIL_NIGHT_FROM", "MAIL_NIGHT_TO"), "0"),  # it mails at whatever hour this runs
    }
    command = [sys.executable, "-m", "celery", "--app", "backoffice", "worker", "--pool", "solo", "-Q", "celery,long"]
    with log.open("w") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def until(truth, log, seconds=90):
    """Wait until something is true, or show what the worker said."""
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, log.read_text()[-4000:]
        time.sleep(0.2)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_same_with_a_worker_over_redis_and_a_mail_server(tmp_path: Path):
    from backoffice.celery import LONG, NOW, app  # noqa: PLC0415  (reads REDIS_URL when it is imported)

    log = tmp_path / "worker.log"
    shop = Shop(timezone.now() - timedelta(days=2))
    with mailbox.smtp_server() as (post, port), worker(port, log):
        night = jobs.claim(nightly.JOB, on=timezone.localdate(), at=timezone.now(), again=True)
        app.send_task(NOW, args=[night.pk, night.started_at.isoformat()], queue=LONG)
        until(lambda: JobRun.objects.filter(job="nightly", progress=100).exists(), log)
        shop.at = timezone.now()
        order = shop.slip()
        shop.receive(order)
        shop.ship()
        app.send_task("orders.tasks.send_notices", queue="celery")
        until(lambda: not Notice.objects.filter(state__in=("queued", "claimed")).exists(), log)

    shop.line.refresh_from_db()
    assert (shop.line.shipped, shop.line.open) == (5, 0)
    assert {kind for kind, state in shop.facts() if state == "sent"} >= {"shipped"}
    assert OrderLine.objects.get().told_at is not None
    assert len(post.mails) == Notice.objects.filter(state="sent").count()
    assert set(post.recipients) == {"lena@example.com"}
    assert audit.balances(audit.run(at=timezone.now()))

"""The whole path on a shop's own history: load, nightly, orders, purchase orders, receipts, mails, books."""

import random
import resource
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max, Sum
from django.test import override_settings
from django.utils import timezone

from backoffice import nightly
from backoffice.books import audit
from backoffice.files import loading
from inventory.models import DailyDemand, MovementKind, Product, ReorderPolicy, Warehouse
from inventory.supply import stock
from orders import fulfillment
from orders.mail import notices
from orders.models import Customer, Notice, Order, OrderLine
from suppliers import purchasing
from suppliers.models import Offer, PriceBreak, PurchaseOrder, Supplier

from .shops import scratch

HELP = (
    "Walk the whole path in a scratch database: load a history file, let six suppliers offer everything, run the "
    "night, place orders, buy, receive, send the mails, ship, and check that the books balance. The columns are those "
    "of the Online Retail file; --map says others."
)
MAPPING = {
    "InvoiceNo": "reference",
    "StockCode": "sku",
    "Description": "name",
    "Quantity": "quantity",
    "InvoiceDate": "placed_at",
    "UnitPrice": "unit_price",
    "CustomerID": "customer",
}
SUPPLIERS = ("Nordlys", "Anatolia", "Port Clyde", "Wick", "Tidewater", "Cedar")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a history file, such as the Online Retail one")
    parser.add_argument("--orders", type=int, default=2000, help="orders to place (default: %(default)s)")
    parser.add_argument("--map", action="append", metavar="COLUMN=FIELD", help="what a column of the file means")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Walk the path and return seconds and counts of each leg."""
    mapping = dict(pair.split("=", 1) for pair in options["map"]) if options["map"] else MAPPING
    with scratch.database(), override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        return _Walk(say).all(Path(options["file"]), mapping, options["orders"])


def words(result: dict[str, Any]) -> str:
    legs = [f"{leg['leg']:<22} {leg['seconds']:>7.1f} s   {leg['what']}" for leg in result["legs"]]
    verdict = "the books balance" if result["balanced"] else "THE BOOKS DO NOT BALANCE"
    return "\n".join((f"{result['database']}, peak {result['peak_mb']:,} MB, {verdict}", *legs))


class _Walk:
    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.legs: list[dict[str, Any]] = []
        self.random = random.Random(1)

    def leg(self, name: str, work: Callable[[], str]) -> None:
        began = time.perf_counter()
        what = work()
        self.legs.append({"leg": name, "seconds": round(time.perf_counter() - began, 2), "what": what})
        self.say(f"{name}: {what}")

    def all(self, path: Path, mapping: dict[str, str], orders: int) -> dict[str, Any]:
        self.leg("load history", lambda: self.load(path, mapping))
        self.at = self.morning()
        self.leg("suppliers, first stock", self.stock_up)
        self.leg("nightly", self.night)
        self.leg("place orders", lambda: self.place(orders))
        self.leg("nightly, with orders", self.night)
        self.leg("approve, send, receive", self.buy)
        self.leg("send mails", self.send)
        self.leg("ship", self.ship)
        self.leg("audit", self.check)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return {"database": connection.vendor, "peak_mb": peak, "balanced": self.balanced, "legs": self.legs}

    def load(self, path: Path, mapping: dict[str, str]) -> str:
        file = loading.File("history", path, path.name, mapping)
        figures = loading.load(file, by=None, at=timezone.now()).figures()
        return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in figures.items())

    def morning(self) -> datetime:
        """Nine in the morning after the last day of the history."""
        last = DailyDemand.objects.aggregate(day=Max("day"))["day"]
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), clock(9)))

    def stock_up(self) -> str:
        """Two of six suppliers offer each product; half of the products have two weeks' worth on the shelf."""
        suppliers = [Supplier.objects.create(code=name, name=name) for name in SUPPLIERS]
        offers = Offer.objects.bulk_create(
            Offer(supplier=supplier, product_id=pk, quoted_days=days, minimum=1, pack=1 + pk % 6)
            for pk in Product.objects.values_list("pk", flat=True)
            for supplier, days in ((suppliers[pk % 6], 21), (suppliers[(pk + 1) % 6], 7))
        )
        PriceBreak.objects.bulk_create(PriceBreak(offer=offer, minimum=1, unit_price=2) for offer in offers)
        self.warehouse = Warehouse.objects.earliest("pk")
        sold = DailyDemand.objects.values_list("product").annotate(units=Sum("units"))
        posts = [
            stock.Post(pk, self.warehouse.pk, max(1, units // 20), MovementKind.OPENING)
            for pk, units in sold
            if self.random.random() < 0.5
        ]
        stock.adjust(posts, by=None, at=self.at)
        return f"{len(offers):,} offers, {len(posts):,} products on hand"

    def night(self) -> str:
        self.at += timedelta(hours=17)
        counts = nightly.run(on=timezone.localdate(self.at), at=self.at)
        self.at += timedelta(hours=7)
        drafts = PurchaseOrder.objects.filter(sent_at=None).count()
        return f"{ReorderPolicy.objects.count():,} policies, {counts['report']['changed']:,} changed, {drafts} drafts"

    def place(self, orders: int) -> str:
        """Orders of one to five lines, over the 800 products that sold best."""
        best = DailyDemand.objects.values_list("product").annotate(units=Sum("units")).order_by("-units", "product")
        products = [pk for pk, _ in best[:800]]
        people = Customer.objects.bulk_create(
            Customer(name=f"Customer {number}", email=f"customer{number}@example.com") for number in range(500)
        )
        for number in range(orders):
            chosen = self.random.sample(products, self.random.randint(1, 5))
            draft = fulfillment.OrderDraft(
                "bench",
                f"B-{number}",
                self.random.choice(people).pk,
                self.warehouse.pk,
                tuple(fulfillment.LineDraft(pk, self.random.randint(1, 30)) for pk in chosen),
                self.at,
            )
            fulfillment.place(draft, by=None, at=self.at)
        lines = OrderLine.objects.count()
        waiting = OrderLine.objects.backordered().count()
        touched = OrderLine.objects.values("product").distinct().count()
        share = waiting / lines
        return f"{orders:,} orders, {lines:,} lines of {touched:,} products, {share:.0%} of the lines backordered"

    def buy(self) -> str:
        drafts = list(PurchaseOrder.objects.filter(approved_at=None).values_list("pk", flat=True))
        purchasing.approve(drafts, by=None, at=self.at)
        purchasing.send(drafts, by=None, at=self.at)
        self.at += timedelta(days=9)
        for pk in drafts:
            lines = PurchaseOrder.objects.get(pk=pk).lines.values_list("pk", "quantity")
            purchasing.receive(pk, {line: (units, 0) for line, units in lines}, by=None, at=self.at)
        filled = OrderLine.objects.backordered().count()
        return f"{len(drafts)} purchase orders received, {filled:,} lines still wait"

    def send(self) -> str:
        self.at += timedelta(days=2)
        while notices.send_due(at=self.at).get("sent"):
            pass
        return ", ".join(
            f"{Notice.objects.filter(state=state).count():,} {state}" for state in ("sent", "superseded", "queued")
        )

    def ship(self) -> str:
        ready = Order.objects.filter(lines__allocated__gt=0).distinct().values_list("pk", flat=True)
        shipped = [fulfillment.ship_order(pk, by=None, at=self.at) for pk in list(ready)]
        return f"{sum(map(len, shipped)):,} shipments"

    def check(self) -> str:
        findings = audit.run(at=self.at)
        self.balanced = audit.balances(findings)
        return "; ".join(f"{found.rule}: {found.broken}" for found in findings)

"""How long the floor waits: for a batch, for its papers, and for its parcels to be handed over."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from backoffice.benches.shops import scratch
from inventory.models import MovementKind, Product, Warehouse
from inventory.supply import stock
from orders import fulfillment, shipping
from orders.fulfillment import Address
from orders.models import Customer, Notice, Parcel, Shipment
from orders.shipping import ParcelLabel, facts, papers

HELP = (
    "Print a batch, draw its pick list and slips, hand it over, and print the seconds of each. "
    "It works in a scratch database, which is dropped at the end."
)
PRODUCTS, LINES = 120, 3


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--orders", type=int, default=500, help="orders of three lines (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database, and return the seconds of each step."""
    with scratch.database():
        say(f"Placing {options['orders']:,} orders in a scratch database …")
        at = timezone.now()
        place = _fill(options["orders"], at)
        return _measure(place, at)


def words(result: dict[str, Any]) -> str:
    steps = [
        f"{name:<10} {seconds:>6.2f} s {result['cpu'][name]:>6.2f} s of this processor"
        for name, seconds in result["seconds"].items()
    ]
    head = f"{result['parcels']:,} parcels, {result['mails']:,} mails, {result['database']}"
    return "\n".join((head, *steps))


def _fill(orders: int, at: datetime) -> Warehouse:
    place = Warehouse.objects.create(code="BEN", name="Bench", rank=1)
    products = Product.objects.bulk_create(
        Product(sku=f"SKU-{number}", name=f"Lampe Λάμπα Лампа {number}") for number in range(PRODUCTS)
    )
    posts = [stock.Post(product.pk, place.pk, orders * LINES, MovementKind.OPENING) for product in products]
    stock.adjust(posts, by=None, at=at)
    for number in range(orders):
        who = Customer.objects.create(name=f"Person {number}", email=f"person{number}@example.com")
        wanted = tuple(
            fulfillment.LineDraft(products[(number * 7 + each * 31) % PRODUCTS].pk, 1 + each) for each in range(LINES)
        )
        draft = fulfillment.OrderDraft("bench", f"B-{number}", who.pk, place.pk, wanted, at)
        order = fulfillment.place(draft, by=None, at=at)
        there = Address(who.name, f"Hafenstraße {number}", "Bergen", postal_code="5003", country="NO")
        fulfillment.ship_to(order.pk, there, reason="bench", keeps=False, by=None, at=at)
    return place


def _measure(place: Warehouse, at: datetime) -> dict[str, Any]:
    by = User.objects.create(username="bench")
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}
    clock, worked = time.perf_counter(), time.process_time()

    def took(name: str) -> None:
        nonlocal clock, worked
        now, done = time.perf_counter(), time.process_time()
        seconds[name], cpu[name] = round(now - clock, 2), round(done - worked, 2)
        clock, worked = now, done

    choice = shipping.look(place.pk, at=at)
    took("choose")
    batch, _ = shipping.make(place.pk, [each.order.pk for each in choice.leaving], carrier="UPS", by=by, at=at)
    took("print")
    said = facts.of(batch)
    papers.pick_list(said, shop="Bench", day="today")
    papers.slips(said, shop="Bench", day="today")
    took("papers")
    labels = {pk: ParcelLabel("UPS", tracking=f"1Z{pk}") for pk in Parcel.objects.values_list("pk", flat=True)}
    shipping.save_labels(batch.pk, labels, at=at)
    took("numbers")
    shipping.hand_over(batch.pk, by=by, at=at)
    took("hand over")
    return {
        "database": connection.vendor,
        "parcels": Shipment.objects.count(),
        "mails": Notice.objects.filter(kind="shipped").count(),
        "seconds": seconds,
        "cpu": cpu,
    }

"""How long the palette and the boxes of the long lists take to find something in a big shop."""

import statistics
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Customer, Order, OrderLine, Shipment

from .pages import client_for, timed
from .shops import filling, scratch

HELP = (
    "Find what callers say in a shop of that size: in the palette, and in the boxes of the orders, the customers and "
    "the queue. In a scratch database that is dropped at the end; filling it is not timed."
)
FIRST = ("Anna", "Jürgen", "Marie", "Tom", "Lena", "Ahmed", "Sofia", "Piotr", "Chiara", "Noah", "Ida")
LAST = (
    "Meier",
    "Ortiz",
    "Baker",
    "Kowalska",
    "Rossi",
    "Yilmaz",
    "Dubois",
    "Jensen",
    "Novak",
    "Silva",
    "Lund",
    "Weiß",
    "Moss",
)
BESIDE = 10_000_000
"""Where the keys of these rows begin: behind those that every made-up shop has."""
LISTS = {"orders": "orders_order", "customers": "orders_customer", "queue": "orders_backorder"}


BOXES = 7
"""So many of the questions are asked in the boxes of the lists, too."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=300_000, help="customers (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=7, help="how often each is asked (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own."""
    with scratch.database():
        say(f"Filling a scratch database with {options['lines']:,} lines and {options['customers']:,} customers …")
        _fill(options["lines"], options["customers"])
        reader = User.objects.create(username="bench", is_staff=True, is_superuser=True)
        client = client_for(reader)
        palette = reverse("admin:jump") + "?q="
        asked = _asked(options)
        rows = [_timed(client, f"palette: {what}", palette + quote(text), options["repeat"]) for what, text in asked]
        for name, model in LISTS.items():
            url = reverse(f"admin:{model}_changelist") + "?q="
            rows += [
                _timed(client, f"{name}: {what}", url + quote(text), options["repeat"]) for what, text in asked[:BOXES]
            ]
        return {"database": connection.vendor, "lines": OrderLine.objects.count(), "rows": rows, **_counts()}


def words(found: dict[str, Any]) -> str:
    head = f"{found['database']}, {found['lines']:,} order lines, {found['customers']:,} customers"
    body = (
        f"  {row['what']:<34}{row['ms']:>8.1f} ms{row['worst']:>8.1f} worst  {row['queries']} queries"
        for row in found["rows"]
    )
    return "\n".join((head, *body))


def _counts() -> dict[str, int]:
    return {"customers": Customer.objects.count(), "orders": Order.objects.count()}


def _asked(options: dict[str, Any]) -> list[tuple[str, str]]:
    """What a caller says, and what costs most: nothing, nearly everything, one sign."""
    orders = options["lines"] // filling.LINES_AN_ORDER
    return [
        ("end of a number", str(orders)[-4:]),
        ("names, turned", "meier jurgen"),
        ("digits of a phone", "0151 2" + str(options["customers"] // 2).zfill(6)),
        ("nothing", "zyxwvu"),
        ("a number and a name", f"{str(orders)[-4:]} ortiz"),
        ("a name and a product", "ortiz product 77"),
        ("two spellings of many", "juergen"),
        ("a whole number", f"so-{orders // 2}"),
        ("a surname of many", "ortiz"),
        ("what all hold", "example.com"),
        ("two signs", "so"),
        ("one sign", "a"),
        ("a parcel", f"1z {orders // 3}"),
        ("a word of products", "product 77"),
    ]


def _fill(lines: int, customers: int) -> None:
    at = timezone.now()
    filling.fill(lines, at=at)
    first, last = (
        "(CASE "
        + " ".join(f"WHEN line.i % {len(names)} = {place} THEN '{name}'" for place, name in enumerate(names))
        + " END)"
        for names in (FIRST, LAST)
    )
    more = max(0, customers - Customer.objects.count())
    plain_first, plain_last = (sql.replace("ü", "u").replace("ß", "ss") for sql in (first, last))
    plain = f"lower(' ' || {plain_first} || ' ' || {plain_last})"
    phone = "substr('000000' || line.i, -6)" if connection.vendor == "sqlite" else "lpad(line.i::text, 6, '0')"
    people = {
        "id": f"{BESIDE} + line.i",
        "name": f"{first} || ' ' || {last}",
        "email": "'c' || line.i || '@mail.example.com'",
        "key": "'C' || line.i || '@MAIL.EXAMPLE.COM'",
        "phone": f"'+49 151 2' || {phone}",
        "folded": f"' c' || line.i || 'mailexamplecom 491512' || {phone} || {plain}",
        "language": "'en-us'",
        "created_at": "moment.at",
    }
    _insert(Customer, people, more, at)
    parcels = {
        "id": "line.i",
        "order_id": "line.i",
        "warehouse_id": "1",
        "carrier": "'DHL'",
        "tracking": "'1Z' || line.i",
        "folded": "' 1z' || line.i",
        "shipped_at": "moment.at",
    }
    _insert(Shipment, parcels, Order.objects.count() // 2, at)
    filling.measured()


def _insert(model: type[Model], values: dict[str, str], rows: int, at: Any) -> None:
    if rows:
        filling.insert(model, values, rows, at)


def _timed(client: Client, what: str, url: str, repeat: int) -> dict[str, Any]:
    queries, taken = timed(client, url, repeat)
    return {
        "what": what,
        "ms": round(statistics.median(taken), 1),
        "worst": round(max(taken), 1),
        "queries": queries,
    }

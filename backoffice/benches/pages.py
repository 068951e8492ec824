"""How many queries and milliseconds the busiest pages take, with a cold cache each time."""

import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderLine

from .shops import filling, scratch

HELP = (
    "Open the dashboard, the queue, a product and an order, and print queries and median milliseconds. "
    "With --lines it measures a made-up shop of that size in a scratch database, which is dropped at the end."
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, help="order lines of the made-up shop, such as 200000")
    parser.add_argument("--repeat", type=int, default=15, help="how often each page is opened (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure, here or in a scratch database, and return one row a page."""
    if not options["lines"]:
        return _measure(options["repeat"])
    with scratch.database():
        say(f"Filling a scratch database with {options['lines']:,} lines …")
        filling.fill(options["lines"], at=timezone.now())
        return _measure(options["repeat"])


def words(result: dict[str, Any]) -> str:
    rows = [f"{page['page']:<10} {page['queries']:>4} queries {page['ms']:>8.1f} ms" for page in result["pages"]]
    return "\n".join((f"{result['lines']:,} order lines, {result['database']}", *rows))


def _measure(repeat: int) -> dict[str, Any]:
    reader = User(username=f"bench-{time.time_ns()}", is_staff=True, is_superuser=True)
    reader.save()
    try:
        client = client_for(reader)
        pages = [_page(client, name, url, repeat) for name, url in _addresses().items()]
    finally:
        reader.delete()
    return {"lines": OrderLine.objects.count(), "database": connection.vendor, "pages": pages}


def client_for(reader: User) -> Client:
    """Give a browser in which this person is signed in."""
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost")
    client.force_login(reader)
    return client


def _addresses() -> dict[str, str]:
    found = {"dashboard": reverse("admin:index"), "queue": reverse("admin:orders_backorder_changelist")}
    busiest = OrderLine.objects.backordered().order_by()
    for page, column, name in (
        ("product", "product", "admin:inventory_product_change"),
        ("order", "order", "admin:orders_order_change"),
    ):
        row = busiest.values(column).annotate(lines=Count("pk")).order_by("-lines", column).first()
        if row:
            found[page] = reverse(name, args=[row[column]])
    return found


def _page(client: Client, name: str, url: str, repeat: int) -> dict[str, Any]:
    queries, taken = timed(client, url, repeat)
    return {"page": name, "url": url, "queries": queries, "ms": round(statistics.median(taken), 1)}


def timed(client: Client, url: str, repeat: int) -> tuple[int, list[float]]:
    """Open the page once to warm up, then with an empty cache each time: its queries, and the milliseconds of each."""
    open_page(client, url)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        open_page(client, url)
    # counted now: the log is emptied when the next page is opened
    queries = len(captured)
    taken = []
    for _ in range(repeat):
        cache.clear()
        start = time.perf_counter()
        open_page(client, url)
        taken.append((time.perf_counter() - start) * 1000)
    return queries, taken


def open_page(client: Client, url: str) -> None:
    """Open it, whole."""
    response = client.get(url, secure=settings.HTTPS)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}")

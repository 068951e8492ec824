"""What every list costs in a big shop: statements, and how much of its tables the database looks at to answer."""

import re
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import unescape
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inventory.ground.sql import bulk

from .pages import client_for
from .shops import lived_in, scratch

HELP = (
    "Open every list of a made-up shop in which all of them are long, and whatever it links to: tabs, filters, sorts, "
    "pages; search it and have it as a file. Prints statements, what the database looked at, and milliseconds. In a "
    "scratch database that is dropped at the end."
)
LINKS = re.compile(r'href="(\?[^"]*)"')
SELECTS = re.compile(r'<select name="(\w+)".*?</select>', re.DOTALL)
OPTIONS = re.compile(r'<option value="([^"]+)"')
TERMS = ("1", "zyxwvu")
"""What nearly all rows hold, and what none does."""
STEPS = 1_000
"""Steps of SQLite's machine between two looks at how far it is."""
MOST_OF_A_FILTER = 6
"""Choices of one filter that are opened: of fifty suppliers each is asked alike."""


@dataclass(frozen=True, slots=True)
class Opened:
    """
    One address of a list, opened with a cold cache.

    :ivar read: on PostgreSQL rows and index entries that were looked at; on SQLite thousands of steps of its machine
    :ivar status: 400 where the list says in words that it would take too long
    """

    url: str
    status: int
    queries: int
    read: int
    ms: float


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines (default: %(default)s)")
    parser.add_argument("--list", default="", help="one list alone, such as orders.order")
    parser.add_argument("--worst", type=int, default=40, help="addresses that are printed (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own."""
    with scratch.database():
        say(f"Filling a scratch database with {options['lines']:,} lines …")
        lived_in.fill(options["lines"], at=timezone.now())
        reader = User.objects.create(username="bench", is_staff=True, is_superuser=True)
        found = []
        for name in names(options["list"]):
            of_list = list(opened(client_for(reader), name))
            found += of_list
            say(f"{name}: {len(of_list)} addresses, {max(each.read for each in of_list):,} read at most")
        found.sort(key=lambda each: -each.read)
        rows = [asdict(each) for each in found]
        return {"database": connection.vendor, "lines": options["lines"], "worst": options["worst"], "addresses": rows}


def words(found: dict[str, Any]) -> str:
    head = f"{found['database']}, {found['lines']:,} order lines, {len(found['addresses']):,} addresses of lists"
    body = (
        f"  {row['read']:>10,} read{row['queries']:>4} queries{row['ms']:>9.1f} ms  {row['status']}  {row['url']}"
        for row in found["addresses"][: found["worst"]]
    )
    return "\n".join((head, *body))


def names(label: str = "") -> list[str]:
    """The lists of the admin, or the one of this label."""
    models: list[type[Model]] = list(admin.site._registry)
    return [
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in models
        if label in ("", model._meta.label_lower)
    ]


def opened(client: Client, name: str) -> Iterator[Opened]:
    """Open a list, and each address that it leads to without leaving it; then a file of it."""
    list_url = reverse(f"admin:{name}_changelist")
    first, page = open_one(client, list_url)
    yield first
    for query in _linked(page):
        yield open_one(client, list_url + query)[0]
    file = reverse("admin:list_export", args=[name, "xlsx"])
    yield open_one(
        client, file if name != "orders_backorder" else reverse("admin:orders_backorder_export", args=["xlsx"])
    )[0]


def _linked(page: str) -> list[str]:
    links = [unescape(link) for link in LINKS.findall(page)]
    links += [f"?q={quote(term)}" for term in TERMS]
    for found in SELECTS.finditer(page):
        links += [f"?{found[1]}={quote(value)}" for value in OPTIONS.findall(found[0]) if found[1] != "action"]
    most: dict[tuple[str, ...], int] = {}
    kept = []
    for link in dict.fromkeys(links):
        kind = tuple(name for name, _ in parse_qsl(link[1:], keep_blank_values=True))
        most[kind] = most.get(kind, 0) + 1
        if most[kind] <= MOST_OF_A_FILTER or {"tab", "o", "p"} & {*kind}:
            kept.append(f"?{urlencode(parse_qsl(link[1:], keep_blank_values=True))}")
    return kept


def open_one(client: Client, url: str) -> tuple[Opened, str]:
    """Open one address with a cold cache: what that took, and the page."""
    cache.clear()
    with transaction.atomic(), CaptureQueriesContext(connection) as captured, _counted() as read:
        start = time.perf_counter()
        response: HttpResponse = client.get(url)  # type: ignore[assignment]
        body = b"".join(cast("Iterable[bytes]", response))  # a file is closed by whoever reads it to its end
        taken = (time.perf_counter() - start) * 1000
        queries = len(captured)
    if response.status_code not in (200, 400):
        raise RuntimeError(f"{url} answered {response.status_code}")
    page = "" if response.streaming else body.decode()
    return Opened(url, response.status_code, queries, read[0], round(taken, 1)), page


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count what the database looks at meanwhile, within one transaction."""
    read = [0]
    if connection.vendor == "postgresql":
        before = _looked_at()
        yield read
        read[0] = _looked_at() - before
        return
    machine = connection.connection

    def step() -> int:
        read[0] += 1
        return 0

    machine.set_progress_handler(step, STEPS)
    try:
        yield read
    finally:
        machine.set_progress_handler(None, STEPS)


def _looked_at() -> int:
    """Rows that PostgreSQL came by in this transaction, in tables from end to end and in indexes."""
    [(rows,)] = bulk.fetch(
        "SELECT COALESCE(SUM(pg_stat_get_xact_tuples_returned(oid)), 0)::bigint FROM pg_class"
        " WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
        [],
    )
    return int(rows)

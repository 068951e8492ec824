"""What the page of figures costs, and each list behind its numbers."""

import re
import statistics
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import asdict
from html import unescape
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import WeeklyFigure

from .lists import open_one
from .pages import client_for, timed
from .shops import judged, scratch

HELP = (
    "Open the page of figures of a made-up shop, for all, for one supplier and for one warehouse, and every list that "
    "its numbers lead to. Prints statements, milliseconds, and what the database looked at. In a scratch database that "
    "is dropped at the end."
)
LINKS = re.compile(r'href="(/[^"]+figure=[^"]+)"')
OF = ("", "supplier:Supplier 1", "warehouse:PWM")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=300_000, help="order lines (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=15, help="how often the page is opened (default: %(default)s)")
    parser.add_argument("--worst", type=int, default=15, help="lists that are printed (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own."""
    with scratch.database():
        say(f"Filling a scratch database with {options['lines']:,} lines, and what became of them …")
        judged.fill(options["lines"], at=timezone.now())
        return {**measured(options["lines"], options["repeat"]), "worst": options["worst"]}


def measured(lines: int, repeat: int, choices: Sequence[str] = OF) -> dict[str, Any]:
    """Open the page and the lists of the shop that is here."""
    client = client_for(User.objects.create(username="bench", is_staff=True, is_superuser=True))
    pages = [_page(client, of, repeat) for of in choices]
    found = {}
    for of in choices:
        for url in _links(open_one(client, _address(of))[1]):
            found[url] = open_one(client, url)[0]
    lists = sorted((asdict(each) for each in found.values()), key=lambda each: -each["read"])
    return {
        "database": connection.vendor,
        "lines": lines,
        "figures": WeeklyFigure.objects.count(),
        "pages": pages,
        "lists": [{**each, "read_of_lines": round(each["read"] / lines, 2)} for each in lists],
    }


def words(found: dict[str, Any]) -> str:
    head = f"{found['database']}, {found['lines']:,} order lines, {found['figures']:,} figures of weeks"
    pages = [
        f"  {page['of'] or 'all':<24}{page['queries']:>4} queries{page['ms']:>9.1f} ms{page['worst_ms']:>9.1f} worst"
        for page in found["pages"]
    ]
    lists = [
        f"  {each['read']:>10,} read, × {each['read_of_lines']:.2f} of the lines{each['queries']:>4} queries"
        f"{each['ms']:>9.1f} ms  {each['url']}"
        for each in found["lists"][: found["worst"]]
    ]
    slowest = max(each["ms"] for each in found["lists"])
    behind = f"{len(found['lists'])} lists behind the numbers, {slowest:,.1f} ms at most"
    return "\n".join((head, "the page of figures", *pages, behind, *lists))


def _address(of: str) -> str:
    return f"{reverse('admin:figures')}?of={of}"


def _page(client: Client, of: str, repeat: int) -> dict[str, Any]:
    queries, taken = timed(client, _address(of), repeat)
    return {"of": of, "queries": queries, "ms": round(statistics.median(taken), 1), "worst_ms": round(max(taken), 1)}


def _links(page: str) -> list[str]:
    """Give the lists that a page leads to: those of all weeks, and of each figure the newest week."""
    found: dict[tuple[str, bool], str] = {}
    for link in map(unescape, LINKS.findall(page)):
        found.setdefault((re.sub("week=[^&]+", "", link), "week=" in link), link)
    return list(found.values())

"""How long the queue screen of a big shop takes: the whole response, and the query for its rows."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.benches.pages import client_for, open_page
from backoffice.benches.shops import filling, scratch
from orders.models import OrderLine

VIEWS = {
    "first page": "",
    "page 150": "?p=150",
    "no supply": "?tab=unsupplied",
    "promise at risk": "?tab=risk",
    "needs a decision": "?tab=decide",
    "8–14 days old": "?age=8-14",
}


def measure(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own."""
    with scratch.database():
        say(f"Filling a scratch database with {options['lines']:,} lines …")
        filling.fill(options["lines"], at=timezone.now())
        reader = User.objects.create(username="bench", is_staff=True, is_superuser=True)
        client = client_for(reader)
        address = reverse("admin:orders_backorder_changelist")
        views = [_view(client, name, address + query, options["repeat"]) for name, query in VIEWS.items()]
        waiting = OrderLine.objects.backordered().count()
        return {"lines": options["lines"], "waiting": waiting, "views": views}


def words(found: dict[str, Any]) -> list[str]:
    lines = f"{found['waiting']:,} of {found['lines']:,} lines wait"
    head = f"queue screen               {'cold ms':>8}{'warm ms':>9}{'rows ms':>9}   {lines}"
    return [
        head,
        *(
            f"  {view['view']:<25}{view['cold_ms']:>8.1f}{view['warm_ms']:>9.1f}{view['rows_ms']:>9.1f}   "
            f"{view['queries']} queries"
            for view in found["views"]
        ),
    ]


def _view(client: Client, name: str, url: str, repeat: int) -> dict[str, Any]:
    open_page(client, url)
    cold, warm, rows, queries = [], [], [], 0
    for _ in range(repeat):
        cache.clear()
        cold.append(_taken(client, url))
        with CaptureQueriesContext(connection) as captured:
            warm.append(_taken(client, url))
        queries = len(captured)
        rows.append(sum(float(query["time"]) for query in captured.captured_queries if _reads_rows(query["sql"])))
    return {
        "view": name,
        "cold_ms": round(statistics.median(cold), 1),
        "warm_ms": round(statistics.median(warm), 1),
        "rows_ms": round(statistics.median(rows) * 1000, 1),
        "queries": queries,
    }


def _taken(client: Client, url: str) -> float:
    began = time.perf_counter()
    open_page(client, url)
    return (time.perf_counter() - began) * 1000


def _reads_rows(sql: str) -> bool:
    """Which lines stand on the page, and what they say."""
    lines = OrderLine._meta.db_table
    return sql.startswith(f'SELECT "{lines}"."id"') and ("LIMIT" in sql or "INNER JOIN" in sql)

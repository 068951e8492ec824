"""
What the nightly reorder points cost: CPU, queries and memory for any number of SKUs.

Three nights of a made-up shop with sparse demand: the first, from all history; the first of a new week, which
absorbs one week more; and a night in between, which reads the forecasts as they stand.
"""

import os
import resource
import statistics
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from backoffice.benches.shops.filling import NUMBERS, fill_catalog, insert, measured, unchecked
from inventory.demand import patterns
from inventory.ground.sql import bulk
from inventory.models import DailyDemand, LeadTime, Stock
from inventory.night import history, policies, skus

from . import beside
from .shops import scratch, waiting

HELP = (
    "Compute every reorder point of a made-up shop on three nights, in a scratch database that is dropped at the end, "
    "and print CPU seconds, queries and the most memory held. Filling the tables is not timed. A SKU has demand in 26 "
    "of 104 weeks on average, written week after week."
)
MONDAY = date(2026, 3, 2)
NIGHTS = {"first night, from history": 0, "a new week": 7, "a night in between": 8}
"""Days after ``MONDAY``."""
MOST_SKUS, MOST_WEEKS = 5_000_000, 500


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--skus", type=number(MOST_SKUS), default=2000, help="how many (default: %(default)s)")
    parser.add_argument("--weeks", type=number(MOST_WEEKS), default=104, help="weeks of history (default: %(default)s)")
    parser.add_argument("--placing", action="store_true", help="place orders from a second process meanwhile")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Fill a scratch database and return one row a night."""
    with scratch.database():
        say(f"Filling a scratch database with {options['skus']:,} SKUs × {options['weeks']} weeks …")
        _fill(options["skus"], options["weeks"])
        nights = []
        for name, later in NIGHTS.items():
            if later == 7:
                fill_demand(options["skus"], weeks=1, until=MONDAY + timedelta(days=7))
            nights.append(_night(name, MONDAY + timedelta(days=later), products=options["skus"] * options["placing"]))
        return {
            "skus": options["skus"],
            "weeks": options["weeks"],
            "database": connection.vendor,
            "blocks": len(skus.blocks()),
            "nights": nights,
        }


def words(result: dict[str, Any]) -> str:
    heads = (
        f"{'night':<27}{'CPU s':>8}{'database':>10}{'seconds':>9}{'queries':>9}{'a block':>9}{'changed':>10}"
        f"{'peak MB':>9}{'load':>7}"
    )
    rows = [
        f"{night['night']:<27}{night['cpu_seconds']:>8.2f}{night['database_cpu_seconds']:>10.2f}"
        f"{night['seconds']:>9.2f}{night['queries']:>9,}"
        f"{night['queries_per_block']:>9.1f}{night['changed']:>10,}{night['peak_mb']:>9,}{night['load']:>7}"
        for night in result["nights"]
    ]
    rows += [
        f"an order beside “{night['night']}”: {night['order_ms']:.1f} ms, before and after it "
        f"{night['order_ms_quiet']:.1f} ms, × {night['order_ms'] / night['order_ms_quiet']:.2f}, "
        f"{night['orders']:,} orders"
        for night in result["nights"]
        if night["orders"]
    ]
    what = f"{result['skus']:,} SKUs × {result['weeks']} weeks, {result['blocks']} blocks, {result['database']}"
    return "\n".join((what, heads, *rows))


def _night(name: str, on: date, *, products: int = 0) -> dict[str, Any]:
    """Run one night; beside it, and for a while before and after, orders of so many products are placed, if any."""
    queries = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    quiet = beside.quiet(products) if products else []
    meanwhile: AbstractContextManager[list[float]] = beside.orders(products) if products else nullcontext([])
    with meanwhile as times:
        began, cpu, theirs = time.perf_counter(), time.process_time(), database_cpu()
        with connection.execute_wrapper(count):
            patterns.learn(on=on)
            counts = policies.recompute(on=on)
        cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
        theirs = database_cpu() - theirs
    quiet += beside.quiet(products) if products else []
    if counts["errors"]:
        raise RuntimeError(f"The reorder points failed: {counts['errors'][0]}")
    return {
        "night": name,
        "cpu_seconds": round(cpu, 3),
        "database_cpu_seconds": round(theirs, 2),
        "seconds": round(seconds, 3),
        "queries": queries,
        "queries_per_block": round(queries / max(1, counts["blocks"]), 1),
        "changed": counts["changed"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
        "orders": len(times),
        "order_ms": round(statistics.median(times), 3) if times else None,
        "order_ms_quiet": round(statistics.median(quiet), 3) if quiet else None,
    }


def database_cpu() -> float:
    """Give the CPU seconds of our PostgreSQL process, if it runs here: under load they tell more than the time."""
    if connection.vendor != "postgresql":
        return 0.0
    ((pid,),) = bulk.fetch("SELECT pg_backend_pid()", [])
    found = Path(f"/proc/{pid}/stat")
    name, _, figures = found.read_text().rpartition(")") if found.exists() else ("", "", "")
    ticks = figures.split()[11:13] if "postgres" in name else []
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _fill(count: int, weeks: int) -> None:
    made = datetime(2024, 1, 1, tzinfo=UTC)
    fill_shelves(count, at=made)
    times = {
        "product_id": "line.i",
        "warehouse_id": "1",
        "mean_days": "5 + line.i % 30",
        "sd_days": "1 + line.i % 9",
        "likely_days": "5 + line.i % 30",
        "safe_days": "9 + line.i % 30",
        "review_days": "1 + line.i % 7",
        "sender": "'Supplier ' || line.i % 50",
        "updated_at": "moment.at",
    }
    insert(LeadTime, times, count, made)
    with unchecked():
        fill_demand(count, weeks=weeks, until=MONDAY)
    measured()


def fill_shelves(count: int, *, at: datetime) -> None:
    """Write so many products, 0 to 39 units of each on the shelf."""
    fill_catalog(count, waiting.CUSTOMERS, at=at)
    place = {"product_id": "line.i", "warehouse_id": "1"}
    insert(Stock, {**place, "on_hand": "line.i % 40", "allocated": "0"}, count, at)


def fill_demand(count: int, *, weeks: int, until: date) -> None:
    """
    Give each SKU 1 to 51 weeks with demand in 104, spread evenly; on the Wednesdays before ``until``.

    Week after week, as demand comes: the weeks of one SKU lie far apart on the disk.
    """
    last = history.last_closed_week(until) + timedelta(days=2)
    rate = "(1 + line.i * 7 %% 51)"
    for ago in reversed(range(weeks)):
        units = f"1 + (line.i * 31 + {ago} * 7919) %% (1 + line.i %% 12)"
        bulk.run(
            f"{NUMBERS.format(count)} INSERT INTO {DailyDemand._meta.db_table} (product_id, warehouse_id, day, units)"
            f" SELECT line.i, 1, '{last - timedelta(weeks=ago)}', {units}"
            f" FROM line WHERE ({ago} + line.i) * {rate} %% 104 < {rate}",
            [],
        )


def number(most: int) -> Callable[[str], int]:
    """Read an argument from 1 to ``most``."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"“{text}”: write a whole number from 1 to {most:,}")
        return int(text)

    return parse

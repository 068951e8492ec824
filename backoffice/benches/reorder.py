"""
What the nightly reorder points cost: CPU, queries and memory for any number of SKUs.

Three nights of a made-up shop with sparse demand: the first, from all history; the first of a new week, which
absorbs one week more; and a night in between, which reads the forecasts as they stand.
"""

import resource
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, models

from inventory import bulk, history, policies, skus
from inventory.models import DailyDemand, LeadTime, Product, Stock, Warehouse

from . import scratch
from .filling import NUMBERS

HELP = (
    "Compute every reorder point of a made-up shop on three nights, in a scratch database that is dropped at the end, "
    "and print CPU seconds, queries and the most memory held. Filling the tables is not timed. A SKU has demand in 26 "
    "of 104 weeks on average."
)
MONDAY = date(2026, 3, 2)
MOST_SKUS, MOST_WEEKS = 5_000_000, 500


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--skus", type=_number(MOST_SKUS), default=2000, help="how many (default: %(default)s)")
    parser.add_argument(
        "--weeks", type=_number(MOST_WEEKS), default=104, help="weeks of history (default: %(default)s)"
    )


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Fill a scratch database and return one row a night."""
    with scratch.database():
        say(f"Filling a scratch database with {options['skus']:,} SKUs × {options['weeks']} weeks …")
        _fill(options["skus"], options["weeks"])
        days = {"first night, from history": 0, "a new week": 7, "a night in between": 8}
        nights = []
        for name, later in days.items():
            if later == 7:
                _fill_demand(options["skus"], weeks=1, until=MONDAY + timedelta(days=7))
            nights.append(_night(name, MONDAY + timedelta(days=later)))
        return {
            "skus": options["skus"],
            "weeks": options["weeks"],
            "database": connection.vendor,
            "blocks": len(skus.blocks()),
            "nights": nights,
        }


def words(result: dict[str, Any]) -> str:
    heads = f"{'night':<27}{'CPU s':>8}{'seconds':>9}{'queries':>9}{'a block':>9}{'changed':>10}{'peak MB':>9}"
    rows = [
        f"{night['night']:<27}{night['cpu_seconds']:>8.2f}{night['seconds']:>9.2f}{night['queries']:>9,}"
        f"{night['queries_per_block']:>9.1f}{night['changed']:>10,}{night['peak_mb']:>9,}"
        for night in result["nights"]
    ]
    what = f"{result['skus']:,} SKUs × {result['weeks']} weeks, {result['blocks']} blocks, {result['database']}"
    return "\n".join((what, heads, *rows))


def _night(name: str, on: date) -> dict[str, Any]:
    queries = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    began, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        counts = policies.recompute(on=on)
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    if counts["errors"]:
        raise RuntimeError(f"The reorder points failed: {counts['errors'][0]}")
    return {
        "night": name,
        "cpu_seconds": round(cpu, 3),
        "seconds": round(seconds, 3),
        "queries": queries,
        "queries_per_block": round(queries / max(1, counts["blocks"]), 1),
        "changed": counts["changed"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _fill(count: int, weeks: int) -> None:
    Warehouse.objects.create(pk=1, code="PWM", name="Portland, Maine")
    made = f"'{datetime(2024, 1, 1, tzinfo=UTC).isoformat()}'"
    _insert(
        Product,
        {
            "id": "line.i",
            "sku": "'SKU-' || line.i",
            "name": "'Product ' || line.i",
            '"group"': "'Group ' || line.i % 10",
            "price": "20",
            "cost": "8",
            "backorder_policy": "'always'",
            "covered_days": "60",
            "is_discontinued": "false",
            "created_at": made,
        },
        count,
    )
    place = {"product_id": "line.i", "warehouse_id": "1"}
    _insert(Stock, {**place, "on_hand": "line.i % 40", "allocated": "0"}, count)
    _insert(
        LeadTime,
        {
            **place,
            "mean_days": "5 + line.i % 30",
            "sd_days": "1 + line.i % 9",
            "likely_days": "5 + line.i % 30",
            "safe_days": "9 + line.i % 30",
            "review_days": "1 + line.i % 7",
            "sender": "'Supplier ' || line.i % 50",
            "updated_at": made,
        },
        count,
    )
    _fill_demand(count, weeks=weeks, until=MONDAY)
    if connection.vendor == "postgresql":
        bulk.run("ANALYZE", [])


def _fill_demand(count: int, *, weeks: int, until: date) -> None:
    """Give each SKU 1 to 51 weeks with demand in 104, spread evenly; on the Wednesdays before ``until``."""
    last = history.last_closed_week(until) + timedelta(days=2)
    source, params = bulk.staged(
        {"number": "integer", "day": "date"}, [(ago, last - timedelta(weeks=ago)) for ago in range(weeks)]
    )
    rate = "(1 + line.i * 7 %% 51)"
    values = {
        "product_id": "line.i",
        "warehouse_id": "1",
        "day": "week.day",
        "units": "1 + (line.i * 31 + week.number * 7919) % (1 + line.i % 12)",
    }
    joined = f"CROSS JOIN (SELECT * FROM {source}) AS week WHERE (week.number + line.i) * {rate} %% 104 < {rate}"
    _insert(DailyDemand, values, count, joined, params)


def _insert(model: type[models.Model], values: dict[str, str], rows: int, joined: str = "", params: Any = ()) -> None:
    """Insert rows numbered ``line.i`` from 1, by one statement; ``joined`` writes % as %%, for its parameters."""
    figures = ", ".join(value.replace("%", "%%") for value in values.values())
    bulk.run(
        f"{NUMBERS.format(rows)} INSERT INTO {model._meta.db_table} ({', '.join(values)})"
        f" SELECT {figures} FROM line {joined}",
        params,
    )


def _number(most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"“{text}”: write a whole number from 1 to {most:,}")
        return int(text)

    return parse

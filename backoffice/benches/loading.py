"""What loading a big file costs: orders into an empty shop, and a count of every shelf."""

import csv
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any

from django.db import connection
from openpyxl import Workbook

from backoffice import loading
from inventory import bulk
from inventory.models import Product, Warehouse

from . import scratch

HELP = (
    "Load a file of orders into an empty shop, and counts of stock as CSV and as XLSX, each in a scratch database that "
    "is dropped at the end. Writing the files and making the products is not timed."
)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BLOCK = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--orders", type=int, default=20_000, help="orders in the file (default: %(default)s)")
    parser.add_argument("--skus", type=int, default=1_000, help="products that they name (default: %(default)s)")
    parser.add_argument("--stock", type=int, default=100_000, help="rows of stock in a file (default: %(default)s)")
    parser.add_argument("--only", choices=LEGS, action="append", help="measure this alone; may be given twice")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure each leg, and the machine's load before and after."""
    load = [round(os.getloadavg()[0], 1)]
    found = {name: leg(options, say) for name, leg in LEGS.items() if name in (options["only"] or LEGS)}
    peak = getrusage(RUSAGE_SELF).ru_maxrss // 1024
    return {"database": connection.vendor, "load": [*load, round(os.getloadavg()[0], 1)], "peak_mb": peak, **found}


def words(result: dict[str, Any]) -> str:
    before, after = result["load"]
    told = [f"{result['database']}, load {before} before and {after} after, at most {result['peak_mb']} MB"]
    if orders := result.get("orders"):
        told.append("orders: " + ", ".join(f"{each}" for each in orders["ms_an_order"]) + " ms an order, by thousand")
        told.append(f"  the last thousand takes {orders['ratio']} × the first")
        told.append(
            f"  rows read through, by thousand: {', '.join(f'{each:,}' for each in orders['rows_read_through'])}"
        )
    for name, stock in result.get("stock", {}).items():
        told.append(f"stock, {name}: looked at in {stock['look_s']} s, loaded in {stock['load_s']} s")
    return "\n".join(told)


def _orders(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Load orders of two lines; the hour is read at every thousandth."""
    count, skus = options["orders"], options["skus"]
    head = ("reference", "placed_at", "email", "sku", "quantity")
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        _shop(skus)
        path = _csv(Path(folder, "orders.csv"), head, _lines(count, skus))
        plan = loading.look(loading.File("orders", path), at=NOW)
        hours, read = [perf_counter()], [0]

        def tell(done: int, total: int) -> None:
            if done % BLOCK == 0 or done == total:
                hours.append(perf_counter())
                read.append(_read_through())
                say(f"{done:,} of {total:,} orders, {hours[-1] - hours[0]:,.1f} s, {read[-1]:,} rows read through")

        loading.apply(plan, loading.KINDS["orders"], by=None, at=NOW, progress=tell)
    sizes = [BLOCK] * (count // BLOCK) + ([count % BLOCK] if count % BLOCK else [])
    took = [1000 * (after - before) / size for before, after, size in zip(hours, hours[1:], sizes, strict=False)]
    return {
        "ms_an_order": [round(each, 2) for each in took],
        "ratio": round(took[-1] / took[0], 2),
        "rows_read_through": [after - before for before, after in pairwise(read)],
    }


def _read_through() -> int:
    """Rows of order lines and events that this transaction has read from end to end, not by an index; PostgreSQL."""
    if connection.vendor != "postgresql":
        return 0
    sql = "SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname LIKE 'orders_%%'"
    return int(bulk.fetch(sql, [])[0][0] or 0)


def _lines(count: int, skus: int) -> Iterator[Sequence[Any]]:
    for number in range(count):
        placed_at = NOW - timedelta(days=60) + timedelta(minutes=number)
        head = (f"SO-{number}", f"{placed_at:%Y-%m-%d %H:%M}", f"buyer{number % 5_000}@mail.example")
        for line in range(2):
            yield *head, f"SKU-{(number * 7 + line * 13) % skus}", 1 + number % 3


def _stock(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Look at a count of every shelf and load it, once as an opening balance from CSV and once as a count from XLSX."""
    rows, found = options["stock"], {}
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        _shop(rows)
        for name, write, units in (("csv", _csv, 5), ("xlsx", _xlsx, 6)):
            table = ((f"SKU-{number}", units + number % 7) for number in range(rows))
            path = write(Path(folder, f"stock.{name}"), ("sku", "quantity"), table)
            began = perf_counter()
            plan = loading.look(loading.File("stock", path), at=NOW)
            looked = perf_counter()
            loading.apply(plan, loading.KINDS["stock"], by=None, at=NOW)
            found[name] = {"look_s": round(looked - began, 2), "load_s": round(perf_counter() - looked, 2)}
            say(f"{name}: {found[name]}")
    return found


def _shop(skus: int) -> None:
    Warehouse.objects.create(code="MAIN", name="Main")
    products = (Product(sku=f"SKU-{number}", price=10) for number in range(skus))
    Product.objects.bulk_create(products, batch_size=5_000)
    bulk.run("ANALYZE", [])  # the worst there is to plan by: tables that were counted when they were empty


def _csv(path: Path, head: Sequence[str], rows: Iterator[Sequence[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def _xlsx(path: Path, head: Sequence[str], rows: Iterator[Sequence[Any]]) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Stock")
    for row in (head, *rows):
        sheet.append(row)
    book.save(path)
    return path


LEGS: dict[str, Callable[[dict[str, Any], Callable[[str], None]], dict[str, Any]]] = {
    "orders": _orders,
    "stock": _stock,
}

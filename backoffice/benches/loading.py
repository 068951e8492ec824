"""What loading a big file costs: orders into an empty shop, and a count of every shelf."""

import csv
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from django.db import connection, transaction
from openpyxl import Workbook

from backoffice.files import in_blocks, loading, previews
from backoffice.models import Upload
from inventory.ground.sql import bulk
from inventory.models import Product, Warehouse
from inventory.resources import Plan

from . import memory
from .shops import scratch

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
    return {"database": connection.vendor, "load": [*load, round(os.getloadavg()[0], 1)], **found}


def words(result: dict[str, Any]) -> str:
    before, after = result["load"]
    told = [f"{result['database']}, load {before} before and {after} after"]
    if orders := result.get("orders"):
        told.append("orders: " + ", ".join(f"{each}" for each in orders["ms_an_order"]) + " ms an order, by thousand")
        told.append(f"  the last thousand takes {orders['ratio']} × the first, {orders['cpu_ratio']} × of our own time")
        told.append(
            f"  rows read through, by thousand: {', '.join(f'{each:,}' for each in orders['rows_read_through'])}"
        )
    for turn, stock in result.get("stock", {}).items():
        told += [f"stock, {turn}: {step} {_told(stock[step])}" for step in ("look_csv", "look_xlsx", "load")]
        told.append(f"  the look at XLSX takes {stock['ratio']} × that at CSV")
        told.append(f"  {stock['blocks']} blocks, of which the longest held its products {stock['longest_block_s']} s")
    return "\n".join(told)


def _told(step: dict[str, float]) -> str:
    return f"{step['s']} s, {step['cpu_s']} s of them ours, at most {step['peak_mb']:.0f} MB"


def _orders(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Load orders of two lines; the hour is read at every thousandth."""
    count, skus = options["orders"], options["skus"]
    head = ("reference", "placed_at", "email", "sku", "quantity")
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        _shop(skus)
        path = _csv(Path(folder, "orders.csv"), head, _lines(count, skus))
        plan = loading.look(loading.File("orders", path), at=NOW)
        hours, busy, read = [perf_counter()], [process_time()], [0]
        asked: list[int] = []

        def tell(done: int, total: int) -> None:
            asked.append(count_of[0])
            if done % BLOCK == 0 or done == total:
                hours.append(perf_counter())
                busy.append(process_time())
                read.append(_read_through())
                say(f"{done:,} of {total:,} orders, {hours[-1] - hours[0]:,.1f} s, {read[-1]:,} rows read through")

        with _counted() as count_of:
            loading.apply(plan, loading.KINDS["orders"], by=None, at=NOW, progress=tell)
    sizes = [BLOCK] * (count // BLOCK) + ([count % BLOCK] if count % BLOCK else [])
    took, ours = (_each(times, sizes) for times in (hours, busy))
    return {
        "ms_an_order": took,
        "ratio": round(took[-1] / took[0], 2),
        "cpu_ms_an_order": ours,
        "cpu_ratio": round(ours[-1] / ours[0], 2),
        "statements": [asked[place] - asked[place - 1] for place in (count // 2, count - 1)],
        "rows_read_through": [after - before for before, after in pairwise(read)],
    }


def _each(times: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """Give the milliseconds an order took, by thousand."""
    spans = zip(pairwise(times), sizes, strict=False)
    return [round(1000 * (after - before) / size, 2) for (before, after), size in spans]


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
    """Look at a count of every shelf, as CSV and as XLSX; load it in blocks, as an opening and then as a count."""
    rows, found = options["stock"], {}
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        _shop(rows)
        for turn, units in (("opening", 5), ("count", 6)):
            plans, figures = {}, {}
            for name, write in (("csv", _csv), ("xlsx", _xlsx)):
                table = ((f"SKU-{number}", units + number % 7) for number in range(rows))
                path = write(Path(folder, f"stock.{name}"), ("sku", "quantity"), table)
                look = partial(loading.look, loading.File("stock", path), at=NOW)
                plans[name], figures[f"look_{name}"] = _measured(look)
                say(f"{turn}, looked at {name}: {figures[f'look_{name}']}")
            (took, asked), figures["load"] = _measured(partial(_in_blocks, plans.pop("xlsx")))
            ratio = round(figures["look_xlsx"]["cpu_s"] / figures["look_csv"]["cpu_s"], 2)
            found[turn] = {**figures, "ratio": ratio, "blocks": len(took), "longest_block_s": round(max(took), 2)}
            found[turn]["statements"] = asked
            say(f"{turn}, loaded: {figures['load']}, the longest of {len(took)} blocks {max(took):.2f} s")
    return found


def _in_blocks(plan: Plan) -> tuple[list[float], list[int]]:
    """Load as a worker does; give the seconds that each block held its products, and its statements."""
    upload = Upload.objects.create(kind="stock", name="stock", uploaded_at=NOW)
    with transaction.atomic():
        in_blocks.lay_out(upload, plan, at=NOW)
    hours, asked = [perf_counter()], [0]
    with _counted() as count_of:
        while in_blocks.write(upload, mine=lambda: None, by=None, at=lambda: NOW + timedelta(minutes=1)):
            hours.append(perf_counter())
            asked.append(count_of[0])
    in_blocks.finish(upload, previews.report(plan))
    return [after - before for before, after in pairwise(hours)], [after - before for before, after in pairwise(asked)]


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count the statements sent in here."""
    count = [0]

    def add(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(add):
        yield count


def _measured(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Give what came of it; the seconds it took, those of this process alone, and the most memory it had, in MB."""
    memory.begin()
    began, busy = perf_counter(), process_time()
    result = work()
    took, busy = perf_counter() - began, process_time() - busy
    return result, {"s": round(took, 2), "cpu_s": round(busy, 2), "peak_mb": memory.peak()}


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

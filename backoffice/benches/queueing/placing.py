"""How fast orders are placed: on one hot product, on many, of many lines; held against a bare transaction."""

import datetime
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.shops import scratch, waiting
from backoffice.benches.shops.waiting import HOT
from inventory.formulas.calendars.working_days import Calendar
from inventory.models import Warehouse
from orders import fulfillment
from orders.models import UNPINNED

LINES = 10
BARE_ORDER = """
INSERT INTO orders_order (channel, reference, customer_id, warehouse_id, warehouse_rule, is_ship_complete, fingerprint,
                          note, placed_at)
VALUES ('bare', %s, %s, 1, 'any', false, '', '', %s) RETURNING id
"""
BARE_LINE = """
INSERT INTO orders_orderline (order_id, position, product_id, unit_price, quantity, canceled, allocated, shipped,
                              pegged, priority, priority_reason, pin_rank, queue_at, basis, is_promise_pinned,
                              placed_at, changed_at)
VALUES (%s, 1, %s, 20, 1, 0, 0, 0, 1, 0, '', %s, %s, 'confirmed', false, %s, %s)
"""
BARE_CLAIM = "UPDATE inventory_inbound SET committed = committed + 1 WHERE id = %s AND outstanding - committed >= 1"


def measure(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own: milliseconds an order, orders a second, statements an order."""
    with scratch.database():
        say(f"Filling a scratch database: {options['waiting']:,} lines wait for one product of {options['skus']:,} …")
        waiting.fill(options["waiting"], options["skus"], at=timezone.now())
        place(HOT, number=0)
        found: dict[str, Any] = {"one_line": _statements(1), "ten_lines": _statements(LINES)}
        say("One order after the other …")
        found["alone"] = _alone(options["orders"], options["waiting"])
        found["calendar"] = _by_calendar(options["orders"])
        schedule = {name: options[name] for name in ("processes", "seconds", "rounds")}
        hot: dict[str, crew.Work] = {"orders": partial(_one_of, 1), "bare": partial(_bare_of, 1)}
        many: dict[str, crew.Work] = {
            "orders": partial(_one_of, options["skus"]),
            "bare": partial(_bare_of, options["skus"]),
            "lines": partial(_ten_of, options["skus"]),
        }
        say("Several processes on one product …")
        found["hot"] = _rates(crew.rates(hot, **schedule))
        say(f"Several processes on {options['skus']:,} products …")
        found["many"] = _rates(crew.rates(many, **schedule))
        return found


def words(found: dict[str, Any]) -> list[str]:
    alone, one, ten = found["alone"], found["one_line"], found["ten_lines"]
    own, plain, ratio = (found["calendar"][name] for name in ("own_ms", "plain_ms", "ratio"))
    rows = [
        f"place one line             {alone['none_ms']:>8.2f} ms with none waiting",
        f"                           {alone['hot_ms']:>8.2f} ms with {alone['waiting']:,} waiting, × {alone['ratio']}",
        f"  in days of its own       {own:>8.2f} ms, Monday to Friday {plain:.2f}, × {ratio}",
        f"statements an order        {one['statements']:>5} for 1 line, {ten['statements']} for {LINES}",
        f"trips an order             {one['trips']:>5} for 1 line, {ten['trips']} for {LINES}",
    ]
    for name, rates in (("one product", found["hot"]), ("many products", found["many"])):
        rows.append(
            f"orders/s, {name:<16} {rates['orders']:>8,.0f}    bare {rates['bare']:,.0f}, × {rates['of_bare']:.2f}"
        )
    rows.append(f"lines/s, orders of {LINES:<8}{found['many']['lines']:>8,.0f}")
    return rows


def place(*products: int, number: int, name: str = "alone") -> None:
    """Place an order of one unit of each product, by the use case."""
    at = timezone.now()
    lines = tuple(fulfillment.LineDraft(product, 1) for product in products)
    customer = 1 + number % waiting.CUSTOMERS
    draft = fulfillment.OrderDraft("bench", f"{name}-{number}-{time.time_ns()}", customer, 1, lines, at)
    fulfillment.place(draft, by=None, at=at)


def bare(product: int, *, number: int, name: str) -> None:
    """The least an order could be: the lock, two INSERTs, one conditional UPDATE."""
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    has_locks = connection.features.has_select_for_update
    lock = connection.ops.for_update_sql(no_key=True) if has_locks else ""
    with transaction.atomic(), connection.cursor() as cursor:
        reference = f"{name}-{number}-{time.time_ns()}"
        cursor.execute(BARE_ORDER, [reference, 1 + number % waiting.CUSTOMERS, at])
        (order_id,) = cursor.fetchone()
        cursor.execute(f"SELECT id FROM inventory_product WHERE id = %s {lock}", [product])
        cursor.execute(BARE_LINE, [order_id, product, UNPINNED, at, at, at])
        cursor.execute(BARE_CLAIM, [product])
        if cursor.rowcount != 1:
            raise RuntimeError("No unit was left for the bare transaction.")


def _one_of(skus: int, process: int, job: int) -> int:
    place(random.randint(1, skus), number=job, name=f"p{process}")
    return 1


def _bare_of(skus: int, process: int, job: int) -> int:
    bare(random.randint(1, skus), number=job, name=f"p{process}")
    return 1


def _ten_of(skus: int, process: int, job: int) -> int:
    products = random.sample(range(1, skus + 1), min(LINES, skus))
    place(*products, number=job, name=f"p{process}")
    return len(products)


def _statements(lines: int) -> dict[str, int]:
    """Those of the use case, and the trips they are sent in; BEGIN and COMMIT come with every transaction."""
    with CaptureQueriesContext(connection) as captured:
        place(*range(1, lines + 1), number=lines)
    trips = [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    return {"statements": sum(len(sql.split("; ")) for sql in trips), "trips": len(trips)}


def _alone(orders: int, queue: int) -> dict[str, Any]:
    """One process, by turns: on a product nobody waits for, and on the hot one."""
    taken: dict[int, list[float]] = {HOT: [], HOT + 1: []}
    for number in range(orders):
        for product, times in taken.items():
            began = time.perf_counter()
            place(product, number=number)
            times.append((time.perf_counter() - began) * 1000)
    hot, none = (statistics.median(times) for times in taken.values())
    return {"waiting": queue, "none_ms": round(none, 3), "hot_ms": round(hot, 3), "ratio": round(hot / none, 2)}


def _by_calendar(orders: int) -> dict[str, Any]:
    """One process, by turns: for a warehouse that works Monday to Friday, and for it with holidays and an hour."""
    own = Calendar("1111110", "DE", "BY", cut_off=datetime.time(14))
    row = Warehouse.objects.filter(pk=1)
    row.update(week=own.week, country=own.country, region=own.region, cut_off=own.cut_off)
    taken: dict[int, list[float]] = {0: [], own.revision: []}
    for number in range(orders):
        for revision in sorted(taken, reverse=number % 2 == 0):
            row.update(calendar_revision=revision)
            began = time.perf_counter()
            place(HOT + 1, number=number)
            taken[revision].append((time.perf_counter() - began) * 1000)
    row.update(calendar_revision=0)
    plain_ms, own_ms = (statistics.median(times) for times in taken.values())
    return {"plain_ms": round(plain_ms, 3), "own_ms": round(own_ms, 3), "ratio": round(own_ms / plain_ms, 3)}


def _rates(found: dict[str, list[float]]) -> dict[str, float]:
    """The median round of each kind, and the median of what our orders reach of the bare transaction's rate."""
    rates = {kind: round(statistics.median(turns), 1) for kind, turns in found.items()}
    shares = [ours / bare for ours, bare in zip(found["orders"], found["bare"], strict=True)]
    return {**rates, "of_bare": round(statistics.median(shares), 3)}

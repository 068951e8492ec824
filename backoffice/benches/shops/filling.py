"""
A shop of any size, written by one statement a table. For benches alone: no use case ran, no rule was asked.

Seven lines of ten have shipped, one stands ready, two wait: one of them for an inbound, one for nothing yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Model

from inventory.ground.sql import bulk
from inventory.models import Inbound, Movement, Owed, Product, Stock, Warehouse
from orders.models import UNPINNED, Allocation, Customer, LineEvent, Order, OrderLine, Promise

LINES_AN_ORDER = 2
LINES_A_PRODUCT = 100
LINES_A_CUSTOMER = 20
DAYS = 360

READY, PEGGED, UNCOVERED = "line.i % 10 = 7", "line.i % 10 = 8", "line.i % 10 = 9"
NUMBERS = "WITH RECURSIVE line(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM line WHERE i < {0}) "


def fill(lines: int, *, at: datetime) -> None:
    """Write so many order lines and everything they point at, into an empty database."""
    products = max(10, lines // LINES_A_PRODUCT)
    fill_catalog(products, max(1, lines // LINES_A_CUSTOMER), at=at)
    _fill_orders(lines, products, at)
    _fill_supply(lines, products, at)
    measured()


def fill_catalog(products: int, customers: int, *, at: datetime) -> None:
    """Write one warehouse, so many products, and so many people to buy them."""
    Warehouse.objects.create(pk=1, code="PWM", name="Portland, Maine")
    sold = {
        "id": "line.i",
        "sku": "'SKU-' || line.i",
        "key": "'SKU-' || line.i",
        "folded": "' sku' || line.i || ' product ' || line.i",
        "name": "'Product ' || line.i",
        '"group"': "'Group ' || line.i % 10",
        "price": "20",
        "cost": "8",
        "backorder_policy": "'always'",
        "covered_days": "60",
        "is_discontinued": "false",
        "created_at": "moment.at",
    }
    insert(Product, sold, products, at)
    people = {
        "id": "line.i",
        "name": "'Customer ' || line.i",
        "email": "'customer' || line.i || '@example.com'",
        "key": "'CUSTOMER' || line.i || '@EXAMPLE.COM'",
        "folded": "' customer' || line.i || 'examplecom customer ' || line.i",
        "phone": "''",
        "language": "'en-us'",
        "created_at": "moment.at",
    }
    insert(Customer, people, customers, at)


@contextmanager
def unchecked() -> Iterator[None]:
    """Spare PostgreSQL, where it lets us, looking up each key of the rows written in here; they are right as made."""
    may = connection.vendor == "postgresql" and bulk.fetch("SELECT current_setting('is_superuser')", []) == [("on",)]
    if may:
        bulk.run("SET session_replication_role = replica", [])
    yield
    if may:
        bulk.run("RESET session_replication_role", [])


def measured() -> None:
    """Let PostgreSQL know what it holds, as its own cleaner would have: sizes, and rows that all may see."""
    if connection.vendor == "postgresql":
        bulk.run("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE", [])


def _fill_orders(lines: int, products: int, at: datetime) -> None:
    insert(
        Order,
        {
            "id": "line.i",
            "channel": "'shop'",
            "reference": "'SO-' || line.i",
            "key": "'SO-' || line.i",
            "folded": "' so' || line.i",
            "customer_id": f"1 + line.i % {max(1, lines // LINES_A_CUSTOMER)}",
            "warehouse_id": "1",
            "warehouse_rule": "'any'",
            "is_ship_complete": "false",
            "fingerprint": "''",
            "note": "''",
            "placed_at": "moment.at",
        },
        -(-lines // LINES_AN_ORDER),
        at,
    )
    waits = f"CASE WHEN {PEGGED} OR {UNCOVERED} THEN moment.day END"
    insert(
        OrderLine,
        {
            "id": "line.i",
            "order_id": f"1 + (line.i - 1) / {LINES_AN_ORDER}",
            "position": f"1 + (line.i - 1) % {LINES_AN_ORDER}",
            "product_id": f"1 + line.i % {products} * 7919 % {products}",
            "unit_price": "20",
            "quantity": "2",
            "canceled": "0",
            "allocated": f"CASE WHEN {READY} THEN 2 ELSE 0 END",
            "shipped": "CASE WHEN line.i % 10 < 7 THEN 2 ELSE 0 END",
            "pegged": f"CASE WHEN {PEGGED} THEN 2 ELSE 0 END",
            "priority": "0",
            "priority_reason": "''",
            "pin_rank": str(UNPINNED),
            "queue_at": "moment.at",
            "likely_date": waits,
            "safe_date": waits,
            "basis": f"CASE WHEN {PEGGED} THEN 'confirmed' WHEN {UNCOVERED} THEN 'lead_time' ELSE 'on_hand' END",
            "first_promised_date": waits,
            "promised_date": waits,
            "is_promise_pinned": "false",
            "told_at": "moment.at",
            "placed_at": "moment.at",
            "changed_at": "moment.at",
        },
        lines,
        at,
    )
    told = {"line_id": "line.i", "at": "moment.at", "cause": "'bench'"}
    insert(LineEvent, {**told, "kind": "'placed'", "units": "2", "text": "'2 ordered'"}, lines, at)
    promised = {"promised_date": "moment.day", "likely_date": "moment.day", "basis": "'confirmed'", "reason": "''"}
    insert(Promise, {**told, **promised}, lines, at)


def _fill_supply(lines: int, products: int, at: datetime) -> None:
    place = {"product_id": "line.i", "warehouse_id": "1"}
    many = str(lines)
    insert(Stock, {**place, "id": "line.i", "on_hand": many, "allocated": "0"}, products, at)
    moved = {**place, "quantity": many, "kind": "'opening'", "reason": "''", "reference": "''", "at": "moment.at"}
    insert(Movement, moved, products, at)
    insert(
        Inbound,
        {
            **place,
            "id": "line.i",
            "reference": "'PO-' || line.i",
            "sender": "'Nordlys'",
            "quantity": many,
            "received": "0",
            "canceled": "0",
            "committed": "0",
            "sent_at": "moment.at",
            "first_date": "moment.day",
            "expected_date": "moment.day",
            "likely_date": "moment.day",
            "safe_date": "moment.day",
            "is_confirmed": "true",
            "revision": "1",
            "created_at": "moment.at",
        },
        products,
        at,
    )
    claims, rows = Allocation._meta.db_table, OrderLine._meta.db_table
    for supply, units in (("stock_id", "allocated"), ("inbound_id", "pegged")):
        bulk.run(
            f"INSERT INTO {claims} (line_id, {supply}, quantity)"
            f" SELECT id, product_id, {units} FROM {rows} WHERE {units} > 0",
            [],
        )
        table, column = (Stock, "allocated") if supply == "stock_id" else (Inbound, "committed")
        summed = f"SELECT SUM(quantity) FROM {claims} AS claim WHERE claim.{supply} = {table._meta.db_table}.id"
        bulk.run(f"UPDATE {table._meta.db_table} SET {column} = COALESCE(({summed}), 0)", [])
    bulk.run(
        f"INSERT INTO {Owed._meta.db_table} (product_id, warehouse_id, promised_date, units, lines)"
        f' SELECT product_id, 1, promised_date, SUM("open"), COUNT(*) FROM {rows} WHERE "open" > 0'
        " GROUP BY product_id, promised_date",
        [],
    )


def insert(model: type[Model], values: dict[str, str], rows: int, at: datetime) -> None:
    """Insert rows numbered ``line.i`` from 1; ``moment`` gives each a time in the last year and a day to come."""
    figures = ", ".join(value.replace("%", "%%") for value in values.values())
    moments = [
        (number, at - timedelta(days=number), (at + timedelta(days=number % 60 - 1)).date()) for number in range(DAYS)
    ]
    source, params = bulk.staged({"number": "integer", "at": "timestamptz", "day": "date"}, moments)
    # materialized, so that SQLite finds a moment by its number and does not unpack them all for each row
    bulk.run(
        f"{NUMBERS.format(rows)}, moment AS MATERIALIZED (SELECT * FROM {source})"
        f" INSERT INTO {model._meta.db_table} ({', '.join(values)})"
        f" SELECT {figures} FROM line JOIN moment ON moment.number = line.i %% {DAYS}",
        params,
    )

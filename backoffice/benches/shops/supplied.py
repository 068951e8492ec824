"""
A made-up shop whose products have suppliers: offers, what was bought, and customers who wait. For benches alone.
"""

from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.core.management.color import no_style
from django.db import connection

from backoffice.benches.reorder import MONDAY, fill_demand, fill_shelves
from inventory.ground.sql import bulk
from inventory.models import Inbound, Movement, Owed, Stock
from orders.models import UNPINNED, Order, OrderLine
from suppliers.models import Delivery, Lesson, Offer, PriceBreak, PurchaseOrder, PurchaseOrderLine, Supplier

from .filling import insert, measured, unchecked

MADE = datetime(2024, 1, 1, tzinfo=UTC)
SUPPLIERS = 50
AN_ORDER, A_WAIT, A_SALE = 10, 20, 25
"""One product of so many came once and is on its way again, one is waited for, and of one a unit sells in a day."""
NUMBERED = (Supplier, Offer, PurchaseOrder, PurchaseOrderLine, Inbound, Order, OrderLine)
"""Tables whose rows are written with their keys."""


def fill(count: int, offers: int, weeks: int) -> None:
    """Write the shop as it stands before its first night."""
    fill_shelves(count, at=MADE)
    with unchecked():
        fill_demand(count, weeks=weeks, until=MONDAY)
        _fill_offers(count, offers)
        _fill_purchases(max(1, count // AN_ORDER))
        _fill_waiting(max(1, count // A_WAIT))
    _count_on()
    measured()


def pass_time(count: int, *, until: date, is_new_week: bool) -> None:
    """Let a day of sales pass, and on a new week the demand of the one that is over."""
    if is_new_week:
        with unchecked():
            fill_demand(count, weeks=1, until=until)
    sold = f"on_hand > 0 AND product_id %% {A_SALE} = {until.toordinal() % A_SALE}"
    bulk.run(
        f"INSERT INTO {Movement._meta.db_table} (product_id, warehouse_id, quantity, kind, reason, reference, at)"
        f" SELECT product_id, warehouse_id, -1, 'damage', 'bench', '', %s FROM {Stock._meta.db_table} WHERE {sold}",
        [connection.ops.adapt_datetimefield_value(datetime.combine(until, datetime.min.time(), UTC))],
    )
    bulk.run(f"UPDATE {Stock._meta.db_table} SET on_hand = on_hand - 1 WHERE {sold}", [])


def _fill_offers(count: int, offers: int) -> None:
    """Write the suppliers, one on hold, and offers of each product: two prices, packs and minimums of all sorts."""
    who = {
        "id": "line.i", "code": "'S' || line.i", "name": "'Supplier ' || line.i", "email": "''",
        "is_on_hold": f"line.i = {SUPPLIERS}", "hold_reason": "''", "approval_days": "1",
        "review_days": "3 + line.i % 5", "order_cost": "10 + line.i % 7", "freight": "line.i % 20",
        "currency": "''", "rate": "1",
    }  # fmt: skip
    insert(Supplier, who, SUPPLIERS, MADE)
    product = f"((line.i - 1) / {offers} + 1)"
    supplier = f"(1 + ({product} * 7 + (line.i - 1) % {offers} * 13) % {SUPPLIERS})"
    terms = {
        "id": "line.i", "supplier_id": supplier, "product_id": product, "supplier_sku": "''",
        "minimum": "1 + line.i % 4 * 5", "pack": "1 + line.i % 3", "quoted_days": "5 + line.i % 30",
        "capacity": "CASE WHEN line.i % 17 = 0 THEN 30 END", "is_active": "true", "observed": "0",
    }  # fmt: skip
    insert(Offer, terms, count * offers, MADE)
    for start, cents in ((1, "700 + line.i % 200"), (50, "600 + line.i % 200")):
        price = {"offer_id": "line.i", "minimum": str(start), "unit_price": f"({cents}) / 100.0"}
        insert(PriceBreak, price, count * offers, MADE)


def _fill_purchases(lines: int) -> None:
    """Write purchase orders of ten lines each: one that came, which taught its offer, and one that is on its way."""
    write = partial(insert, rows=2 * lines, at=MADE + timedelta(days=700))
    came, product = f"line.i <= {lines}", f"((line.i - 1) % {lines} * {AN_ORDER} + 1)"
    order_id = f"(2 * ((line.i - 1) % {lines} / 10) + (line.i - 1) / {lines} + 1)"
    order = {
        "id": "line.i", "reference": "'PO-' || line.i", "supplier_id": f"1 + line.i % {SUPPLIERS}", "warehouse_id": "1",
        "proposed_at": "moment.at", "approved_at": "moment.at", "sent_at": "moment.at", "note": "''",
    }  # fmt: skip
    insert(PurchaseOrder, order, 2 * -(-lines // 10), MADE + timedelta(days=700))
    coming = {
        "id": "line.i", "product_id": product, "warehouse_id": "1", "reference": f"'PO-' || {order_id}",
        "sender": "'Supplier'", "quantity": "10", "received": f"CASE WHEN {came} THEN 10 ELSE 0 END", "canceled": "0",
        "committed": "0", "sent_at": "moment.at", "is_confirmed": "false", "revision": "1", "created_at": "moment.at",
    }  # fmt: skip
    write(Inbound, coming)
    # + 0: PostgreSQL would walk all keys of offers until it meets one of the product
    bought = {
        "id": "line.i", "purchase_order_id": order_id, "product_id": product, "inbound_id": "line.i",
        "offer_id": f"(SELECT MIN(id + 0) FROM {Offer._meta.db_table} AS offer WHERE offer.product_id = {product})",
        "quantity": "10", "unit_price": "7", "reason": "''", "parts": "'{}'", "is_touched": "false",
    }  # fmt: skip
    write(PurchaseOrderLine, bought)
    came_at = MADE + timedelta(days=700)
    offers, bought_lines = Offer._meta.db_table, PurchaseOrderLine._meta.db_table
    bulk.run(
        f"INSERT INTO {Delivery._meta.db_table} (line_id, offer_id, quantity, damaged, days, planned_days, received_at)"
        f" SELECT id, offer_id, 10, 0, 5 + id %% 40, 5 + id %% 30, %s FROM {bought_lines} WHERE id <= %s",
        [connection.ops.adapt_datetimefield_value(came_at), lines],
    )
    bulk.run(
        f"INSERT INTO {Lesson._meta.db_table} (line_id, supplier_id, offer_id, reference, item, sent_on, came_on, days,"
        " quoted_days) SELECT line.id, offer.supplier_id, offer.id, '', '', %s, %s, 5 + line.id %% 40,"
        f" offer.quoted_days FROM {bought_lines} AS line JOIN {offers} AS offer ON offer.id = line.offer_id"
        " WHERE line.id <= %s",
        [(came_at - timedelta(days=45)).date().isoformat(), came_at.date().isoformat(), lines],
    )


def _fill_waiting(lines: int) -> None:
    """Write orders of one line each, for which nothing is ordered yet; they were promised a day by lead time."""
    order = {
        "id": "line.i", "channel": "'shop'", "reference": "'SO-' || line.i", "key": "'SO-' || line.i",
        "customer_id": "1", "warehouse_id": "1", "warehouse_rule": "'any'", "is_ship_complete": "false",
        "fingerprint": "''", "note": "''", "placed_at": "moment.at",
    }  # fmt: skip
    insert(Order, order, lines, MADE)
    day = f"'{MONDAY + timedelta(days=70)}'"
    line = {
        "id": "line.i", "order_id": "line.i", "position": "1", "product_id": f"line.i * {A_WAIT}", "unit_price": "20",
        "quantity": "2", "canceled": "0", "allocated": "0", "shipped": "0", "pegged": "0", "priority": "0",
        "priority_reason": "''", "pin_rank": str(UNPINNED), "queue_at": "moment.at", "likely_date": day,
        "safe_date": day, "basis": "'lead_time'", "first_promised_date": day, "promised_date": day,
        "is_promise_pinned": "false", "told_at": "moment.at", "placed_at": "moment.at", "changed_at": "moment.at",
    }  # fmt: skip
    insert(OrderLine, line, lines, MADE)
    owed = {"product_id": f"line.i * {A_WAIT}", "warehouse_id": "1", "promised_date": day, "units": "2", "lines": "1"}
    insert(Owed, owed, lines, MADE)


def _count_on() -> None:
    """Have PostgreSQL number new rows after those that were written with their keys."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(NUMBERED)):
            cursor.execute(sql)

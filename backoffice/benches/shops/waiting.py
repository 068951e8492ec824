"""
One hot product that so many people wait for (or several), and others that nobody does. For benches alone: no use case
ran.

Each waiting line is an order and a customer of its own, was told of its date, and is covered by the one inbound.
"""

from datetime import datetime, timedelta

from django.core.management.color import no_style
from django.db import connection

from inventory.formulas.calendars.working_days import PLAIN
from inventory.models import Inbound, LeadTime, Owed, Stock
from orders.models import (
    UNPINNED,
    Allocation,
    Customer,
    LineEvent,
    Notice,
    NoticeLine,
    Order,
    OrderLine,
    Promise,
)

from .filling import fill_catalog, insert, measured

HOT = 1
SPARE = 1_000_000
"""Units of each inbound that nobody claims."""
CUSTOMERS = 1_000
"""At least so many."""
DAYS_TO_GO = 21


def fill(waiting: int, skus: int, *, at: datetime, hot: int = HOT) -> None:
    """
    Write so many waiting lines, and as many products, into an empty database.

    :param hot: so many products, the first, are waited for; the lines are a multiple of them
    """
    fill_catalog(skus, max(waiting, CUSTOMERS), at=at)
    _fill_supply(waiting, skus, hot, at)
    if waiting:
        _fill_orders(waiting, hot, at)
        _fill_claims(waiting, hot, at)
        _fill_news(waiting, hot, at)
    models = [Allocation, Customer, Inbound, LineEvent, Notice, NoticeLine, Order, OrderLine, Owed, Promise, Stock]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
    measured()


def _fill_supply(waiting: int, skus: int, hot: int, at: datetime) -> None:
    place = {"product_id": "line.i", "warehouse_id": "1"}
    insert(Stock, {**place, "id": "line.i", "on_hand": "0", "allocated": "0"}, skus, at)
    days = {"mean_days": "9", "sd_days": "2", "likely_days": "9", "safe_days": "12", "review_days": "7"}
    insert(LeadTime, {**place, **days, "sender": "'Nordlys'", "updated_at": "moment.at"}, skus, at)
    coming = {
        **place,
        "id": "line.i",
        "reference": "'PO-' || line.i",
        "sender": "'Nordlys'",
        "quantity": f"CASE WHEN line.i <= {hot} THEN {waiting // hot + SPARE} ELSE {SPARE} END",
        "received": "0",
        "canceled": "0",
        "committed": f"CASE WHEN line.i <= {hot} THEN {waiting // hot} ELSE 0 END",
        "sent_at": "moment.at",
        **dict.fromkeys(("first_date", "expected_date", "likely_date", "safe_date"), _soon(at)),
        **dict.fromkeys(("by_50", "by_80", "by_90"), _soon(at)),
        "by_95": _soon(at, 7),
        "by_99": _soon(at, 45),
        "is_confirmed": "true",
        "revision": "1",
        "created_at": "moment.at",
    }
    insert(Inbound, coming, skus, at)


def _soon(at: datetime, after: int = 0) -> str:
    """The day the inbound comes, or so many days after it."""
    return f"'{at.date() + timedelta(days=DAYS_TO_GO + after)}'"


def _one_of(hot: int) -> str:
    """The product that a line waits for, and the inbound of it."""
    return f"1 + line.i % {hot}"


def _promised(at: datetime) -> str:
    """The day its units can ship: what a plan would compute, so that planning again finds nothing to change."""
    return f"'{PLAIN.shift(at.date() + timedelta(days=DAYS_TO_GO), 1)}'"


def _fill_orders(waiting: int, hot: int, at: datetime) -> None:
    order = {
        "id": "line.i",
        "channel": "'shop'",
        "reference": "'SO-' || line.i",
        "customer_id": "line.i",
        "warehouse_id": "1",
        "warehouse_rule": "'any'",
        "is_ship_complete": "false",
        "fingerprint": "''",
        "note": "''",
        "placed_at": "moment.at",
    }
    insert(Order, order, waiting, at)
    line = {
        "id": "line.i",
        "order_id": "line.i",
        "position": "1",
        "product_id": _one_of(hot),
        "unit_price": "20",
        "quantity": "1",
        "canceled": "0",
        "allocated": "0",
        "shipped": "0",
        "pegged": "1",
        "priority": "0",
        "priority_reason": "''",
        "pin_rank": str(UNPINNED),
        "queue_at": "moment.at",
        **dict.fromkeys(("likely_date", "safe_date", "first_promised_date", "promised_date"), _promised(at)),
        "basis": "'confirmed'",
        "is_promise_pinned": "false",
        "told_at": "moment.at",
        "placed_at": "moment.at",
        "changed_at": "moment.at",
    }
    insert(OrderLine, line, waiting, at)


def _fill_claims(waiting: int, hot: int, at: datetime) -> None:
    insert(Allocation, {"line_id": "line.i", "inbound_id": _one_of(hot), "quantity": "1"}, waiting, at)
    units = str(waiting // hot)
    owed = {"product_id": "line.i", "warehouse_id": "1", "promised_date": _promised(at), "units": units, "lines": units}
    insert(Owed, owed, hot, at)


def _fill_news(waiting: int, hot: int, at: datetime) -> None:
    """What was said of each line when it was placed; its mail has gone out."""
    told = {"line_id": "line.i", "at": "moment.at", "cause": "'order:' || line.i"}
    insert(LineEvent, {**told, "kind": "'placed'", "units": "1", "text": "'1 ordered, 0 here, 1 waiting'"}, waiting, at)
    dates = {"promised_date": _promised(at), "likely_date": _promised(at)}
    promise = {**told, **dates, "basis": "'confirmed'", "reason": "''", "told_at": "moment.at"}
    insert(Promise, promise | {"inbound_id": _one_of(hot)}, waiting, at)
    notice = {
        "id": "line.i",
        "customer_id": "line.i",
        "kind": "'backordered'",
        "cause": "'order:' || line.i",
        "state": "'sent'",
        **dict.fromkeys(("due_at", "created_at", "sent_at", "intent_at"), "moment.at"),
        "attempts": "1",
        **dict.fromkeys(("claim", "error", "message_id", "recipient", "subject", "body_text", "body_html"), "''"),
    }
    insert(Notice, notice, waiting, at)
    fact = {
        "notice_id": "line.i",
        "line_id": "line.i",
        "order_id": "line.i",
        "kind": "'backordered'",
        "event": "'order:' || line.i",
        "units": "1",
        "ready": "0",
        "waiting": "1",
        **dates,
        "detail": "''",
        "is_superseded": "false",
    }
    insert(NoticeLine, fact, waiting, at)

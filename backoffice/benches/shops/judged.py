"""
A shop whose nights have judged what became of so many lines, and added up the figures. For benches alone.

The lines are placed over the weeks that figures are counted of: nine of ten were told a day, one of seven late.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from backoffice.figures import calendar, weekly
from backoffice.models import ArrivalForecast, LineOutcome, OrderOutcome
from inventory.ground.sql import bulk
from inventory.models import Warehouse

from . import filling

SUPPLIERS, CHANNELS = 200, 3
TOLD = "line.i % 10 > 0"
WAIT = 12
"""Days from an order to the first day told."""


def fill(lines: int, *, at: datetime) -> None:
    """Write so many order lines with what became of them, half as many orders, and a forecast for each product."""
    filling.fill(lines, at=at)
    Warehouse.objects.create(pk=2, code="NYC", name="New York", rank=2)
    orders, products = -(-lines // filling.LINES_AN_ORDER), max(10, lines // filling.LINES_A_PRODUCT)
    today = timezone.localdate(at)
    with filling.unchecked():
        _write(OrderOutcome, _order(), orders, today)
        _write(LineOutcome, _line(), lines, today)
        for number, horizon in enumerate(ArrivalForecast.Horizon.values):
            _write(ArrivalForecast, _arrival(number, horizon), products, today)
    filling.measured()
    weekly.add_up(at=at)
    filling.measured()


def _place() -> dict[str, str]:
    return {"warehouse_id": "1 + line.i % 2", "channel": f"'shop ' || line.i % {CHANNELS}"}


def _order() -> dict[str, str]:
    return {
        "order_id": "line.i", "placed_on": "placed", "first_due": "due", "requested_on": "due",
        "is_on_request": "line.i % 5 > 0", "is_on_promise": "line.i % 7 > 0", **_place(),
    }  # fmt: skip


def _line() -> dict[str, str]:
    due, eve = (f"CASE WHEN {TOLD} THEN {day} END" for day in ("due", "eve"))
    return {
        "line_id": "line.i", "order_id": f"1 + (line.i - 1) / {filling.LINES_AN_ORDER}", "placed_on": "placed",
        "units": "2", "filled": "line.i % 3", "wanted": "2", "first_promised": "due", "first_due": due,
        "last_due": due, "warn_by": eve, "warned_on": "CASE WHEN line.i % 14 = 0 THEN eve END",
        "later_mails": "CASE WHEN line.i % 14 = 0 THEN 1 ELSE 0 END",
        "judged_mails": "CASE WHEN line.i % 14 = 0 THEN 1 ELSE 0 END",
        "vain_mails": "CASE WHEN line.i % 28 = 0 THEN 1 ELSE 0 END",
        "left_on": "CASE WHEN line.i % 7 > 0 THEN due WHEN line.i % 2 > 0 THEN late END",
        "given_up_on": "CASE WHEN line.i % 70 = 0 THEN late END", "supplier": f"'Supplier ' || line.i % {SUPPLIERS}",
        "abc": "CASE line.i % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'C' END", **_place(),
    }  # fmt: skip


def _arrival(number: int, horizon: str) -> dict[str, str]:
    return {
        "inbound_id": "line.i", "horizon": f"'{horizon}'", "said_on": "placed", "by_50": "eve", "by_80": "due",
        "by_90": "late", "came_on": f"CASE WHEN (line.i + {number}) % 5 > 0 THEN due END", "is_off": "false",
        "supplier": f"'Supplier ' || line.i % {SUPPLIERS}", "abc": "'A'", "warehouse_id": "1",
    }  # fmt: skip


def _write(model: type[Model], values: dict[str, str], rows: int, today: Any) -> None:
    """Insert rows numbered ``line.i`` from 1, each with days of its own: placed, told to, the one before, and late."""
    span = (today - calendar.first(today)).days + 1
    placed = [today - timedelta(days=number) for number in range(span)]
    due = [day + timedelta(days=WAIT) for day in placed]
    days = [
        (number, day, day_due, calendar.before(day_due), day_due + timedelta(days=9))
        for number, (day, day_due) in enumerate(zip(placed, due, strict=True))
    ]
    columns = {"number": "integer", "placed": "date", "due": "date", "eve": "date", "late": "date"}
    source, params = bulk.staged(columns, days)
    figures = ", ".join(value.replace("%", "%%") for value in values.values())
    names = ", ".join(connection.ops.quote_name(name) for name in values)
    bulk.run(
        f"{filling.NUMBERS.format(rows)}, day AS MATERIALIZED (SELECT * FROM {source})"
        f" INSERT INTO {model._meta.db_table} ({names})"
        f" SELECT {figures} FROM line JOIN day ON day.number = line.i %% {span}",
        params,
    )

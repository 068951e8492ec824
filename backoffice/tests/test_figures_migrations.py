"""A live shop begins to keep what became of promises; then the rows behind its numbers are found by indexes."""

from datetime import date

import pytest
from django.db import connection

pytestmark = pytest.mark.proof

BEFORE = [
    ("backoffice", "0011_files_are_called_so"),
    ("inventory", "0032_demand_newest_first"),
    ("orders", "0038_promises_know_when_they_were_told"),
]
KEPT = [("backoffice", "0012_what_became_of_promises")]
NEWEST = [("backoffice", "0013_rows_behind_a_number")]
MONDAY = "2026-03-02 09:00:00+00:00"
DUE = date(2026, 3, 9)
INDEXES = {
    "line_outcome_by_supplier",
    "line_outcome_told_later",
    "line_outcome_broke_first",
    "line_outcome_broke_last",
}


def live_shop(apps):
    get = lambda app, name: apps.get_model(app, name).objects  # noqa: E731
    place = get("inventory", "Warehouse").create(code="BER")
    lamp = get("inventory", "Product").create(sku="LAMP")
    get("inventory", "Inbound").create(
        product=lamp, warehouse=place, reference="PO-1", sender="Nordlys", quantity=5, created_at=MONDAY
    )
    ada = get("orders", "Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    sold = get("orders", "Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=MONDAY)
    get("orders", "OrderLine").create(
        order=sold, position=1, product=lamp, quantity=2, queue_at=MONDAY, placed_at=MONDAY, changed_at=MONDAY
    )


def keep(apps):
    """Write what a night would: of the order, its line, the inbound and a week."""
    get = lambda name: apps.get_model("backoffice", name).objects  # noqa: E731
    line = apps.get_model("orders", "OrderLine").objects.get()
    order = apps.get_model("orders", "Order").objects.get()
    inbound = apps.get_model("inventory", "Inbound").objects.get()
    of = {"channel": order.channel, "warehouse_id": order.warehouse_id}
    whole = get("OrderOutcome").create(order=order, placed_on=DUE, first_due=DUE, is_on_promise=False, **of)
    get("LineOutcome").create(
        line=line, order=whole, placed_on=DUE, units=2, wanted=2, first_due=DUE, last_due=DUE, later_mails=1,
        supplier="Nordlys", **of,
    )  # fmt: skip
    get("ArrivalForecast").create(
        inbound=inbound, horizon="0-7", said_on=DUE, by_50=DUE, by_80=DUE, by_90=DUE, warehouse_id=order.warehouse_id
    )
    get("WeeklyFigure").create(week=DUE, figure="kept_last", reached=0, counted=1)


def kept(apps):
    names = ("OrderOutcome", "LineOutcome", "ArrivalForecast", "WeeklyFigure")
    return [apps.get_model("backoffice", name).objects.count() for name in names]


def indexes():
    with connection.cursor() as cursor:
        return {*connection.introspection.get_constraints(cursor, "backoffice_lineoutcome")}


def test_a_live_shop_begins_with_no_figures_and_keeps_what_it_has(migrate):
    live_shop(migrate(BEFORE))

    apps = migrate(KEPT)

    assert kept(apps) == [0, 0, 0, 0], "the night writes them; a migration says nothing of the past"
    assert apps.get_model("orders", "OrderLine").objects.get().quantity == 2
    keep(apps)
    assert kept(apps) == [1, 1, 1, 1]

    before = migrate(BEFORE)  # the way back loses the figures, and nothing else
    assert before.get_model("orders", "OrderLine").objects.get().quantity == 2
    assert before.get_model("inventory", "Inbound").objects.get().reference == "PO-1"
    assert kept(migrate(KEPT)) == [0, 0, 0, 0]


def test_the_indexes_come_and_go_beside_the_rows(migrate):
    live_shop(migrate(BEFORE))
    keep(migrate(KEPT))
    assert not INDEXES & indexes()

    apps = migrate(NEWEST)

    assert indexes() >= INDEXES
    assert kept(apps) == [1, 1, 1, 1]
    assert kept(migrate(KEPT)) == [1, 1, 1, 1]
    assert not INDEXES & indexes()

"""The index of a big live table is built beside the work of the shop, and again where that was interrupted."""

import pytest
from django.db import connection

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0011_mail_is_braked_and_bounces")]
AFTER = [("orders", "0012_notices_by_their_providers_id")]


def indexes() -> dict[str, bool]:
    """Whether each index of that name serves anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = %s",
            ["notice_by_provider"],
        )
        return dict(cursor.fetchall())


@pytest.mark.services
def test_an_index_whose_building_broke_off_is_built_again(migrate):
    migrate(BEFORE)
    try:
        assert indexes() == {}
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX notice_by_provider ON orders_notice (provider_id)")
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notice_by_provider'::regclass")
    finally:
        migrate(AFTER)

    assert indexes() == {"notice_by_provider": True}


def test_the_index_can_be_taken_back(migrate):
    migrate(BEFORE)
    migrate(AFTER)

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "orders_notice")
    assert found["notice_by_provider"]["columns"] == ["provider_id"]


def found_by(table: str, column: str) -> list[list[str]]:
    """The columns of each index of a table that begins with this one, and holds all its rows."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    kept = {name: each for name, each in found.items() if each["index"] or each["unique"]}
    return sorted(
        each["columns"]
        for name, each in kept.items()
        if each["columns"] and each["columns"][0] == column and name != "line_shippable"
    )


def test_what_a_wider_index_begins_with_loses_its_own_and_no_row(migrate):
    apps = migrate([("orders", "0052_two_more_causes")])
    get = lambda app, name: apps.get_model(app, name).objects  # noqa: E731
    ada = get("orders", "Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    place = get("inventory", "Warehouse").create(code="BER")
    at = "2026-03-02 09:00:00+00:00"
    order = get("orders", "Order").create(reference="1", key="1", customer=ada, warehouse=place, placed_at=at)
    lamp = get("inventory", "Product").create(sku="LAMP")
    moments = {"queue_at": at, "placed_at": at, "changed_at": at}
    line = get("orders", "OrderLine").create(order=order, position=1, product=lamp, quantity=2, **moments)
    assert found_by("orders_orderline", "order_id") == [["order_id"], ["order_id", "position"]]
    assert found_by("orders_noticeline", "line_id") == [["line_id"], ["line_id", "kind", "event"]]

    newest = [("orders", "0053_one_index_is_enough")]
    apps = migrate(newest)

    assert found_by("orders_orderline", "order_id") == [["order_id", "position"]]
    assert found_by("orders_noticeline", "line_id") == [["line_id", "kind", "event"]]
    assert apps.get_model("orders", "OrderLine").objects.get().pk == line.pk
    migrate([("orders", "0052_two_more_causes")])
    assert found_by("orders_noticeline", "line_id") == [["line_id"], ["line_id", "kind", "event"]]
    migrate(newest)
    assert found_by("orders_notice", "customer_id") == [["customer_id", "kind", "cause"]]

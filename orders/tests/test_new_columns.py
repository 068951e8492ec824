"""Columns and indexes that came to a live shop of orders: rows there are keep what they had, forward and back."""

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor

from orders.books import claims

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0016_what_a_file_said_of_an_order")]
NEWEST = [("orders", "0021_find_any_part")]
NOW = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    """Five orders whose parcels have numbers as people type them, two of them one; two products wait to be settled."""
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    for number, tracking in enumerate(["1Z 999", "1z999", "", "", "GLS 7"]):
        customer = apps.get_model("orders", "Customer").objects.create(
            name="Zoë Ørsted", email=f"zoe{number}@shop.example", key=f"ZOE{number}@SHOP.EXAMPLE", phone="040 123"
        )
        order = apps.get_model("orders", "Order").objects.create(
            channel="shop",
            reference=f"SO-{number}",
            key=f"SO-{number}",
            customer=customer,
            warehouse=place,
            fingerprint="",
            placed_at=NOW,
        )
        apps.get_model("orders", "Shipment").objects.create(
            order=order, warehouse=place, tracking=tracking, shipped_at=NOW
        )
        if number < 2:
            lamp = apps.get_model("inventory", "Product").objects.create(sku=f"LAMP-{number}")
            apps.get_model("orders", "Unsettled").objects.create(product=lamp, at=NOW)


def indexes(table):
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


def column(apps, name, *columns):
    return list(apps.get_model("orders", name).objects.order_by("pk").values_list(*columns))


@pytest.mark.embedded
def test_rows_of_a_live_shop_are_filled_indexed_and_kept_when_it_is_taken_back(migrate, monkeypatch):
    monkeypatch.setattr("inventory.models.folded.BLOCK", 2)
    live_shop(migrate(BEFORE))

    apps = migrate(NEWEST)
    after = indexes("orders_shipment")
    found = [column(apps, "Customer", "folded"), column(apps, "Order", "folded"), column(apps, "Shipment", "folded")]
    silent = column(apps, "Unsettled", "is_silent")
    back = migrate(BEFORE)

    assert found[0] == [(f" zoe{number}shopexample 040123 zoe orsted",) for number in range(5)]
    assert found[1] == [(f" so{number}",) for number in range(5)]
    assert [folded.strip() for (folded,) in found[2]] == ["1z999", "1z999", "", "", "gls7"]
    assert silent == [(False,), (False,)]
    assert "shipment_by_plain_number" in after
    assert "shipment_by_number" not in after
    assert column(back, "Shipment", "tracking") == [("1Z 999",), ("1z999",), ("",), ("",), ("GLS 7",)]
    assert "shipment_by_number" in indexes("orders_shipment")


@pytest.mark.services
def test_what_broke_off_is_done_again(migrate):
    live_shop(migrate(BEFORE))
    migrate([("orders", "0020_rows_are_found_by_their_parts")])
    with connection.cursor() as cursor:  # it was killed between filling and indexing
        cursor.execute("UPDATE orders_order SET folded = ' so0' WHERE reference = 'SO-0'")
        cursor.execute("CREATE INDEX orders_order_by_part ON orders_order (folded)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_order_by_part'::regclass")

    apps = migrate(NEWEST)

    assert column(apps, "Order", "folded") == [(f" so{number}",) for number in range(5)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_order_by_part'::regclass")
        assert cursor.fetchall() == [(True,)]


@pytest.mark.embedded
def test_lines_of_a_live_shop_are_not_stopped_and_keep_their_lists_there_and_back(migrate):
    before = [("orders", "0026_where_orders_go"), ("inventory", "0022_reorder_points_are_called_so")]
    apps = migrate(before)
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    apps.get_model("inventory", "Stock").objects.create(product=lamp, warehouse=place, on_hand=3, allocated=1)
    customer = apps.get_model("orders", "Customer").objects.create(name="Zoë", email="zoe@shop.example")
    order = apps.get_model("orders", "Order").objects.create(
        reference="SO-1", customer=customer, warehouse=place, placed_at=NOW
    )
    times = {"queue_at": NOW, "placed_at": NOW, "changed_at": NOW}
    apps.get_model("orders", "OrderLine").objects.create(
        order=order, position=1, product=lamp, quantity=3, allocated=1, **times
    )

    apps = migrate([("orders", "0028_stopped_lines_do_not_wait")])
    there = indexes("orders_orderline")
    stopped = column(apps, "OrderLine", "is_stopped", "backordered")
    kept = list(apps.get_model("inventory", "Stock").objects.values_list("stopped", "available"))
    back = migrate(before)

    assert stopped == [(False, 2)]
    assert kept == [(0, 2)]
    assert {"line_waits", "line_stopped", "line_waits_by_promise"} <= there
    assert "line_waiting" not in there
    assert column(back, "OrderLine", "backordered", "allocated") == [(2, 1)]
    assert {"line_waiting", "line_waiting_by_promise"} <= indexes("orders_orderline")


def shipped_of(apps, units=5):
    """A line of which so many units have left."""
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    customer = apps.get_model("orders", "Customer").objects.create(name="Zoë", email="zoe@shop.example")
    order = apps.get_model("orders", "Order").objects.create(
        reference="SO-1", customer=customer, warehouse=place, placed_at=NOW
    )
    times = {"queue_at": NOW, "placed_at": NOW, "changed_at": NOW}
    line = apps.get_model("orders", "OrderLine").objects.create(
        order=order, position=1, product=lamp, quantity=units, shipped=units, **times
    )
    parcel = apps.get_model("orders", "Shipment").objects.create(order=order, warehouse=place, shipped_at=NOW)
    apps.get_model("orders", "ShipmentLine").objects.create(shipment=parcel, line=line, quantity=units)


COUNTERS = ("reversed", "lost", "found", "returned", "exchanged")


def test_what_a_live_shop_has_shipped_has_arrived_as_far_as_we_know_there_and_back(migrate):
    before = [("orders", "0028_stopped_lines_do_not_wait")]
    shipped_of(migrate(before))

    apps = migrate([("orders", "0031_a_unit_that_left_has_one_fate")])
    there = column(apps, "ShipmentLine", "quantity", *COUNTERS)
    books = claims.shipped().broken
    back = migrate(before)

    assert there == [(5, 0, 0, 0, 0, 0)]
    assert books == 0
    assert column(back, "ShipmentLine", "quantity") == [(5,)]


TOLD_TWICE = (
    {"reversed": 3, "lost": 3}, {"returned": 6}, {"lost": 1, "found": 2}, {"returned": 1, "exchanged": 2},
    {"reversed": -1},
)  # fmt: skip


@pytest.mark.embedded
def test_a_unit_that_left_has_one_fate(migrate):
    shipped_of(migrate([("orders", "0028_stopped_lines_do_not_wait")]))
    apps = migrate([("orders", "0031_a_unit_that_left_has_one_fate")])
    rows = apps.get_model("orders", "ShipmentLine").objects

    for counters in TOLD_TWICE:
        with pytest.raises(IntegrityError, match="shipment_line_tells_each_unit_once"):
            rows.update(**counters)

    assert rows.update(reversed=1, lost=2, found=2, returned=2, exchanged=2) == 1


@pytest.mark.services
def test_a_check_that_broke_off_is_made_again(migrate):
    shipped_of(migrate([("orders", "0028_stopped_lines_do_not_wait")]))
    apps = migrate([("orders", "0031_a_unit_that_left_has_one_fate")])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_shipmentline DROP CONSTRAINT shipment_line_tells_each_unit_once")
        cursor.execute(
            "ALTER TABLE orders_shipmentline ADD CONSTRAINT shipment_line_tells_each_unit_once "
            "CHECK (lost >= 9) NOT VALID"
        )
    migration = MigrationExecutor(connection).loader.get_migration("orders", "0031_a_unit_that_left_has_one_fate")
    with connection.schema_editor(atomic=False) as editor:
        migration.operations[-1].database_forwards("orders", editor, None, _State(apps))

    with connection.cursor() as cursor:
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'shipment_line_tells_each_unit_once'")
        assert cursor.fetchall() == [(True,)]


class _State:
    def __init__(self, apps):
        self.apps = apps

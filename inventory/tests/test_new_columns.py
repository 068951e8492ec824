"""Columns that came to a live shop: rows there are keep what they had, take the new default, and can be written."""

from datetime import date

import pytest
from django.db import connection

pytestmark = pytest.mark.proof

BEFORE = [("inventory", "0010_one_product_per_key")]
AFTER = [("inventory", "0013_what_an_offer_sells_at_least")]
PARTS = [("inventory", "0014_rows_are_found_by_their_parts"), ("inventory", "0015_find_any_part")]
NOW = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    """A lamp that is on its way, with a reorder point and a supplier's record."""
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    apps.get_model("inventory", "Inbound").objects.create(
        product=lamp,
        warehouse=place,
        quantity=40,
        received=4,
        reference="PO-1",
        sender="Nordlys",
        expected_date="2026-04-01",
        safe_date="2026-04-09",
        created_at=NOW,
    )
    apps.get_model("inventory", "ReorderPolicy").objects.create(
        product=lamp, warehouse=place, reorder_point=30, order_up_to=60, stockout_chance=0.25
    )
    apps.get_model("inventory", "LeadTime").objects.create(
        product=lamp,
        warehouse=place,
        mean_days=9,
        sd_days=2,
        likely_days=8,
        safe_days=14,
        sender="Nordlys",
        updated_at=NOW,
    )


@pytest.mark.embedded
def test_days_chances_and_packs_come_to_rows_that_are_there_and_go_again(migrate):
    live_shop(migrate(BEFORE))

    apps = migrate(AFTER)
    coming = apps.get_model("inventory", "Inbound").objects.get()
    policy = apps.get_model("inventory", "ReorderPolicy").objects.get()
    lead_time = apps.get_model("inventory", "LeadTime").objects.get()
    days = [coming.by_50, coming.by_80, coming.by_90, coming.by_95, coming.by_99]
    coming.by_99 = date(2026, 4, 12)
    coming.save()
    back = migrate(BEFORE)

    assert days == [None] * 5
    assert (coming.quantity, coming.received, coming.outstanding, coming.safe_date) == (40, 4, 36, date(2026, 4, 9))
    assert (policy.reorder_point, policy.stockout_chance, policy.near_chance) == (30, 0.25, None)
    assert (lead_time.safe_days, lead_time.minimum, lead_time.pack) == (14, 1, 1)
    assert back.get_model("inventory", "Inbound").objects.values_list("quantity", "received", "safe_date").get() == (
        40,
        4,
        date(2026, 4, 9),
    )


@pytest.mark.embedded
def test_a_row_that_the_release_before_writes_meanwhile_takes_the_default(migrate):
    migrate(BEFORE)
    old = migrate(AFTER)
    lamp = old.get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")
    place = old.get_model("inventory", "Warehouse").objects.create(code="BER")

    with connection.cursor() as cursor:  # as the release before wrote it, which knows of no packs
        cursor.execute(
            "INSERT INTO inventory_leadtime (product_id, warehouse_id, mean_days, sd_days, likely_days, safe_days, "
            "sender, review_days, updated_at) VALUES (%s, %s, 9, 2, 8, 14, 'Nordlys', 7, %s)",
            [lamp.pk, place.pk, NOW],
        )

    assert old.get_model("inventory", "LeadTime").objects.values_list("minimum", "pack").get() == (1, 1)


@pytest.mark.embedded
def test_what_is_found_by_its_parts_is_filled_in_blocks_again_where_it_broke_off_and_taken_back(migrate, monkeypatch):
    monkeypatch.setattr("inventory.models.folded.BLOCK", 2)
    apps = migrate(PARTS[:1])
    product = apps.get_model("inventory", "Product")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    for number in range(5):
        # two were filled before it broke off
        folded = f" lamp{number} drum" if number < 2 else None
        lamp = product.objects.create(sku=f"LAMP-{number}", key=f"LAMP-{number}", name="Drüm", folded=folded)
        apps.get_model("inventory", "Inbound").objects.create(
            product=lamp, warehouse=place, quantity=1, reference=f"PO-{number}", sender="Nordlys", created_at=NOW
        )

    after = migrate(PARTS[1:])
    filled = [
        list(after.get_model("inventory", name).objects.order_by("pk").values_list("folded", flat=True))
        for name in ("Product", "Inbound")
    ]
    back = migrate(PARTS[:1])

    assert filled[0] == [f" lamp{number} drum" for number in range(5)]
    assert filled[1] == [f" po{number} nordlys" for number in range(5)]
    assert back.get_model("inventory", "Product").objects.count() == 5


def test_bins_come_to_stock_that_is_there_and_go_again(migrate):
    before = [("inventory", "0024_some_units_are_kept_for_stopped_orders")]
    apps = migrate(before)
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    apps.get_model("inventory", "Stock").objects.create(product=lamp, warehouse=place, on_hand=4, allocated=1)
    apps.get_model("inventory", "Inbound").objects.create(
        product=lamp, warehouse=place, quantity=9, reference="PO-1", sender="Nordlys", created_at=NOW
    )

    apps = migrate([("inventory", "0032_demand_newest_first")])

    assert list(
        apps.get_model("inventory", "Stock").objects.values_list("on_hand", "allocated", "available", "bin")
    ) == [(4, 1, 3, "")]
    assert list(
        apps.get_model("inventory", "Inbound").objects.values_list("outstanding", "uncommitted", "set_apart")
    ) == [(9, 9, 0)]
    with connection.cursor() as cursor:
        assert connection.introspection.get_constraints(cursor, "inventory_stock")["stock_by_bin"]["columns"] == ["bin"]

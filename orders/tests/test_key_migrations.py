"""Keys come to a live shop in blocks: the younger of twins keeps none, and the index that holds them is there."""

import pytest
from django.db import connection

pytestmark = pytest.mark.proof

BEFORE = [("inventory", "0008_people_who_did_something_are_kept"), ("orders", "0012_notices_by_their_providers_id")]
AFTER = [("inventory", "0010_one_product_per_key"), ("orders", "0014_one_per_key")]
NOW = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    product, customer = apps.get_model("inventory", "Product"), apps.get_model("orders", "Customer")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    for sku in ("tee-s", "MUG", "TEE-S", "mug\u200b"):
        product.objects.create(sku=sku)
    lena = customer.objects.create(name="Lena", email="Lena@example.com")
    customer.objects.create(name="Lena", email="lena@example.com\u200b")
    for reference, channel in (("so-1", "shop"), ("SO-1", "shop"), ("SO-1", "ebay")):
        apps.get_model("orders", "Order").objects.create(
            reference=reference, channel=channel, customer=lena, warehouse=place, fingerprint="", placed_at=NOW
        )


def keys_of(apps, label, *columns):
    return list(apps.get_model(label).objects.order_by("pk").values_list(*columns, "key"))


def unique_indexes(table):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {name for name, each in found.items() if each["unique"] and not each["primary_key"]}


def test_the_keys_of_a_live_shop_are_filled_and_hold(migrate):
    try:
        live_shop(migrate(BEFORE))
    finally:
        apps = migrate(AFTER)

    assert keys_of(apps, "inventory.Product", "sku") == [
        ("tee-s", "TEE-S"),
        ("MUG", "MUG"),
        ("TEE-S", None),
        ("mug\u200b", None),
    ]
    assert keys_of(apps, "orders.Customer", "email") == [
        ("Lena@example.com", "LENA@EXAMPLE.COM"),
        ("lena@example.com\u200b", None),
    ]
    assert keys_of(apps, "orders.Order", "channel", "reference") == [
        ("shop", "so-1", "SO-1"),
        ("shop", "SO-1", None),
        ("ebay", "SO-1", "SO-1"),
    ]
    assert "product_one_per_key" in unique_indexes("inventory_product")
    assert {"customer_one_per_key", "customer_one_per_address"} <= unique_indexes("orders_customer")
    assert "order_placed_once_by_key" in unique_indexes("orders_order")


@pytest.mark.services
def test_what_broke_off_is_done_again(migrate):
    live_shop(migrate(BEFORE))
    try:
        migrate([("inventory", "0009_products_have_a_key"), ("orders", "0013_keys_and_calls")])
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX product_one_per_key ON inventory_product (key)")
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'product_one_per_key'::regclass")
            cursor.execute("UPDATE inventory_product SET key = 'TEE-S' WHERE sku = 'tee-s'")
            cursor.execute("DROP INDEX customer_one_per_address")
    finally:
        apps = migrate(AFTER)

    assert [key for _, key in keys_of(apps, "inventory.Product", "sku")] == ["TEE-S", "MUG", None, None]
    assert "product_one_per_key" in unique_indexes("inventory_product")
    assert "customer_one_per_address" in unique_indexes("orders_customer")

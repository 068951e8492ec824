"""A live shop gets a channel for each name that its orders carry: arriving paid, as they did."""

import pytest

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0028_stopped_lines_do_not_wait")]
BETWEEN = [("orders", "0035_an_order_may_be_unpaid")]
AFTER = [("orders", "0036_a_channel_for_each_that_orders_name")]
NOW = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    lena = apps.get_model("orders", "Customer").objects.create(name="Lena", email="lena@example.com")
    for number, channel in enumerate(("shop", "Amazon", "shop", "amazon", "eBay – DE", "")):
        apps.get_model("orders", "Order").objects.create(
            reference=f"SO-{number}", channel=channel, customer=lena, warehouse=place, fingerprint="", placed_at=NOW
        )


def test_each_channel_that_orders_name_is_there_once_and_arrives_paid(migrate):
    live_shop(migrate(BEFORE))

    apps = migrate(AFTER)

    channels = apps.get_model("orders", "Channel").objects
    assert sorted(channels.values_list("key", "arrives_unpaid", "payment_minutes", "cancel_after_days")) == [
        ("AMAZON", False, 60, 7),
        ("EBAY - DE", False, 60, 7),
        ("SHOP", False, 60, 7),
    ]
    assert set(channels.values_list("name", flat=True)) <= {"shop", "Amazon", "amazon", "eBay – DE"}
    orders = apps.get_model("orders", "Order").objects
    assert set(orders.values_list("is_unpaid", flat=True)) == {False}
    assert apps.get_model("orders", "OrderPayment").objects.count() == 0


def test_what_people_have_described_meanwhile_stays_and_it_may_be_run_again(migrate):
    live_shop(migrate(BEFORE))
    apps = migrate(BETWEEN)
    apps.get_model("orders", "Channel").objects.create(name="AMAZON", key="AMAZON", arrives_unpaid=True)

    migrate(AFTER)
    migrate(BETWEEN)
    apps = migrate(AFTER)

    channels = apps.get_model("orders", "Channel").objects
    assert channels.count() == 3
    assert channels.get(key="AMAZON").arrives_unpaid

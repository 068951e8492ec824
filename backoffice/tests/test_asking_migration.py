"""A live shop learns to ask: its suppliers are asked, nothing was asked before, and no customer is owed a word."""

import pytest

pytestmark = pytest.mark.proof

BEFORE = [
    ("inventory", "0032_demand_newest_first"),
    ("suppliers", "0013_lines_come_in_parts"),
    ("orders", "0038_promises_know_when_they_were_told"),
]
NEWEST = [
    ("inventory", "0033_senders_are_asked"),
    ("suppliers", "0014_suppliers_are_asked"),
    ("orders", "0041_late_customers_hear_again"),
]
MONDAY = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    get = lambda app, name: apps.get_model(app, name).objects  # noqa: E731
    place = get("inventory", "Warehouse").create(code="BER")
    lamp = get("inventory", "Product").create(sku="LAMP")
    lorry = get("inventory", "Inbound").create(
        product=lamp, warehouse=place, reference="PO-1", sender="Nordlys", quantity=5, created_at=MONDAY
    )
    order = get("suppliers", "PurchaseOrder").create(
        reference="PO-1",
        supplier=get("suppliers", "Supplier").create(name="Nordlys", code="N"),
        warehouse=place,
        proposed_at=MONDAY,
        approved_at=MONDAY,
        sent_at=MONDAY,
    )
    get("suppliers", "PurchaseOrderLine").create(
        purchase_order=order, product=lamp, quantity=5, unit_price=10, inbound=lorry
    )
    get("suppliers", "OrderLetter").create(
        purchase_order=order, number=1, kind="order", facts={}, state="sent", due_at=MONDAY, created_at=MONDAY
    )
    ada = get("orders", "Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    sold = get("orders", "Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=MONDAY)
    get("orders", "OrderLine").create(
        order=sold, position=1, product=lamp, quantity=2, queue_at=MONDAY, placed_at=MONDAY, changed_at=MONDAY
    )


def test_a_shop_that_asks_from_now_on_has_asked_nothing_and_owes_no_word(migrate):
    live_shop(migrate(BEFORE))

    apps = migrate(NEWEST)

    supplier = apps.get_model("suppliers", "Supplier").objects.get()
    assert (supplier.is_asked, supplier.country) == (True, "")
    assert apps.get_model("inventory", "Inbound").objects.get().asked_on is None
    assert apps.get_model("orders", "OrderLine").objects.get().word_by is None
    assert apps.get_model("suppliers", "OrderLetter").objects.get().kind == "order"
    assert not apps.get_model("suppliers", "AskedDate").objects.exists()

    before = migrate(BEFORE)  # the way back keeps what stood there
    assert before.get_model("suppliers", "Supplier").objects.get().name == "Nordlys"
    assert before.get_model("orders", "OrderLine").objects.get().quantity == 2

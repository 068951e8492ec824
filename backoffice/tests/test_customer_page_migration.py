"""A live shop gets pages for its orders, and customers who choose what to hear: what stands there stays as it was."""

import pytest
from django.db import IntegrityError, connection, transaction

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0041_late_customers_hear_again")]
PAGES = [("orders", "0042_a_page_for_each_order")]
HEARS = [("orders", "0043_what_customers_want_to_hear")]
MONDAY = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    get = lambda app, name: apps.get_model(app, name).objects  # noqa: E731
    place = get("inventory", "Warehouse").create(code="BER")
    lamp = get("inventory", "Product").create(sku="LAMP")
    ada = get("orders", "Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    get("orders", "Channel").create(name="eBay", key="EBAY", arrives_unpaid=True)
    order = get("orders", "Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=MONDAY)
    line = get("orders", "OrderLine").create(
        order=order, position=1, product=lamp, quantity=2, queue_at=MONDAY, placed_at=MONDAY, changed_at=MONDAY
    )
    get("orders", "OrderEvent").create(order=order, kind="note", text="call first", at=MONDAY)
    get("orders", "Promise").create(line=line, promised_date="2026-03-20", basis="inbound", at=MONDAY)
    for number, state in enumerate(("queued", "sent", "superseded")):
        get("orders", "Notice").create(
            customer=ada, kind="new_date", cause=f"movement:{number}", state=state, due_at=MONDAY, created_at=MONDAY
        )


def stands(apps):
    """What the shop had, as these models know it."""
    rows = {
        "Customer": ("name", "email", "language"),
        "Channel": ("name", "arrives_unpaid"),
        "Order": ("reference", "customer__name"),
        "OrderLine": ("position", "quantity"),
        "OrderEvent": ("kind", "text"),
        "Promise": ("promised_date", "told_at"),
        "Notice": ("cause", "state"),
    }
    return {
        name: list(apps.get_model("orders", name).objects.order_by("pk").values_list(*of)) for name, of in rows.items()
    }


def test_every_order_has_a_page_and_nobody_has_done_anything_there(migrate):
    before = migrate(BEFORE)
    live_shop(before)
    was = stands(before)

    apps = migrate(PAGES)

    assert stands(apps) == was
    assert apps.get_model("orders", "Channel").objects.get().customers_may_cancel is True
    for name in ("PageAct", "Consent", "PageLinks"):
        assert not apps.get_model("orders", name).objects.exists()

    assert stands(migrate(BEFORE)) == was  # the way back keeps what stood there


def test_each_act_has_its_number_and_each_promise_one_consent(migrate):
    live_shop(migrate(BEFORE))
    apps = migrate(PAGES)
    order = apps.get_model("orders", "Order").objects.get()
    acts, consents = (apps.get_model("orders", name).objects for name in ("PageAct", "Consent"))
    act = acts.create(order=order, number=1, kind="agreed", sent="x", text="Agreed", at=MONDAY)
    promise = apps.get_model("orders", "Promise").objects.get()
    consent = {"line_id": promise.line_id, "promise": promise, "act": act, "at": MONDAY}
    consents.create(**consent)

    for again in (
        lambda: acts.create(order=order, number=1, kind="asked", sent="y", text="?", at=MONDAY),
        lambda: consents.create(**consent),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            again()


def test_a_customer_of_before_hears_all_of_it_and_mails_keep_their_state(migrate):
    live_shop(migrate(BEFORE))
    before = migrate(PAGES)
    was = stands(before)

    apps = migrate(HEARS)

    assert stands(apps) == was
    assert apps.get_model("orders", "Customer").objects.get().hears == "all"

    # what still runs as it was before, and does not know the column, writes on
    with connection.cursor() as cursor:
        names = [field.column for field in before.get_model("orders", "Customer")._meta.concrete_fields]
        names.remove("id")
        written = ", ".join(
            "'bob@shop.example'" if name == "email" else "'B'" if name == "key" else name for name in names
        )
        cursor.execute(f"INSERT INTO orders_customer ({', '.join(names)}) SELECT {written} FROM orders_customer")
    assert set(apps.get_model("orders", "Customer").objects.values_list("hears", flat=True)) == {"all"}

    assert stands(migrate(PAGES))["Notice"] == was["Notice"]


def test_what_was_told_before_was_told_in_no_parts(migrate):
    apps = migrate([("orders", "0046_the_restock_list")])
    live_shop(apps)
    notice, line = (apps.get_model("orders", name).objects.first() for name in ("Notice", "OrderLine"))
    apps.get_model("orders", "NoticeLine").objects.create(
        notice=notice, line=line, order_id=line.order_id, kind="new_date", event="x", units=2, told_waiting=2
    )

    found = migrate([("orders", "0051_what_was_told_in_parts")]).get_model("orders", "NoticeLine").objects.get()

    assert (found.told_parts, found.told_waiting) == (None, 2)

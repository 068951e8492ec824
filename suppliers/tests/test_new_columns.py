"""Columns that came to a live shop of suppliers: rows there are keep what they had, forward and back."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

pytestmark = pytest.mark.proof

BEFORE = [("suppliers", "0005_suppliers_have_a_currency")]
NEWEST = [("suppliers", "0009_find_any_part")]
NOW = "2026-03-02 09:00:00+00:00"


def live_shop(apps):
    """Three orders to a supplier, one line each; parcels of the first have taught its offer."""
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP")
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    nordlys = apps.get_model("suppliers", "Supplier").objects.create(
        code="NORD", name="Nördlys", email="buy@nord.example", currency="EUR", rate=2
    )
    offer = apps.get_model("suppliers", "Offer").objects.create(
        product=lamp, supplier=nordlys, quoted_days=9, mean_days=11.5, sd_days=2, observed=2
    )
    for number in range(3):
        order = apps.get_model("suppliers", "PurchaseOrder").objects.create(
            reference=f"PO-{number}", supplier=nordlys, warehouse=place, proposed_at=NOW
        )
        line = apps.get_model("suppliers", "PurchaseOrderLine").objects.create(
            purchase_order=order, product=lamp, offer=offer, quantity=5, unit_price="4.5000"
        )
        if not number:
            for units in (2, 3):
                apps.get_model("suppliers", "Delivery").objects.create(
                    line=line, offer=offer, quantity=units, days=11, received_at=NOW
                )


def test_lines_offers_and_parcels_are_kept_and_have_what_is_new(migrate, monkeypatch):
    monkeypatch.setattr("inventory.models.folded.BLOCK", 2)
    live_shop(migrate(BEFORE))

    apps = migrate(NEWEST)
    models = {name: apps.get_model("suppliers", name).objects for name in ("Offer", "PurchaseOrder", "Supplier")}
    offer = models["Offer"].values_list("observed", "mean_days", "likely_days", "safe_days", "learned_from").get()
    grounds = list(apps.get_model("suppliers", "PurchaseOrderLine").objects.values_list("ground", "unit_price"))
    parcels = apps.get_model("suppliers", "Delivery").objects.count()
    folded = list(models["PurchaseOrder"].order_by("pk").values_list("folded", flat=True))
    supplier = models["Supplier"].values_list("folded", "rate").get()
    back = migrate(BEFORE)

    assert offer == (2, 11.5, None, None, None)
    assert grounds == [(0, Decimal("4.5000"))] * 3
    assert parcels == 2
    assert folded == [" po0", " po1", " po2"]
    assert supplier == (" nord buynordexample nordlys", 2)
    assert back.get_model("suppliers", "PurchaseOrderLine").objects.count() == 3
    assert back.get_model("suppliers", "Offer").objects.values_list("observed", "mean_days").get() == (2, 11.5)


@pytest.mark.parametrize(
    "wrong",
    [{"key": None}, {"key": "A", "came_on": "2026-02-28"}, {"key": "A", "line": "first"}],
    ids=["of nothing", "came before it was sent", "the same again"],
)
def test_a_lesson_is_of_a_line_or_a_file_came_after_it_was_sent_and_comes_once(migrate, wrong):
    live_shop(migrate(BEFORE))
    apps = migrate(NEWEST)
    lesson = apps.get_model("suppliers", "Lesson").objects
    right = {
        "supplier": apps.get_model("suppliers", "Supplier").objects.get(),
        "reference": "PO-0",
        "sent_on": "2026-03-01",
        "came_on": "2026-03-01",
        "days": 0,
    }
    first = apps.get_model("suppliers", "PurchaseOrderLine").objects.order_by("pk").first()
    lesson.create(**right, key="A")
    lesson.create(**right, line=first)

    with pytest.raises(IntegrityError), transaction.atomic():
        lesson.create(**right | wrong | ({"line": first, "key": None} if "line" in wrong else {}))

    assert lesson.values_list("is_learned", flat=True).distinct().get() is False


WHOLE = [("suppliers", "0012_damaged_units_are_replaced"), ("inventory", "0032_demand_newest_first")]
IN_PARTS = [("suppliers", "0013_lines_come_in_parts"), ("inventory", "0032_demand_newest_first")]


def on_its_way(apps):
    """Of the first of three orders five are expected, of which two came."""
    lamp, place = (apps.get_model("inventory", name).objects.get() for name in ("Product", "Warehouse"))
    row = apps.get_model("inventory", "Inbound").objects.create(
        product=lamp, warehouse=place, quantity=5, received=2, reference="PO-0", sender="Nordlys", created_at=NOW
    )
    apps.get_model("suppliers", "PurchaseOrderLine").objects.filter(purchase_order__reference="PO-0").update(
        inbound=row
    )


def test_lines_are_whole_and_keep_what_is_expected_of_them_there_and_back(migrate):
    apps = migrate(WHOLE)
    live_shop(apps)
    on_its_way(apps)

    def lines(apps, *more):
        rows = apps.get_model("suppliers", "PurchaseOrderLine").objects.order_by("pk")
        return list(rows.values_list("quantity", "inbound__reference", "inbound__outstanding", *more))

    apps = migrate(IN_PARTS)
    there = lines(apps, "part_of")
    parcels = apps.get_model("suppliers", "Delivery").objects.filter(line__inbound__reference="PO-0").count()
    with connection.cursor() as cursor:
        indexed = set(connection.introspection.get_constraints(cursor, "suppliers_purchaseorderline"))
    back = migrate(WHOLE)

    assert there == [(5, "PO-0", 3, None), (5, None, None, None), (5, None, None, None)]
    assert (parcels, "purchase_line_parts" in indexed) == (2, True)
    assert lines(back) == [row[:-1] for row in there]

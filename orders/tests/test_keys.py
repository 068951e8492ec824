"""A SKU, an order's number and an address are one, however they are typed; damaged ones are none."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from inventory import known, twins
from inventory.ground import keys
from inventory.models import Product
from orders import fulfillment
from orders.models import Customer, CustomerKey, Order
from orders.tests import make

pytestmark = pytest.mark.django_db
HIDDEN = "\u200b"


def test_every_write_of_a_row_writes_its_key():
    lamp = make.product("lamp-é")
    lena = make.customer(email="Lena@Example.com")
    order = make.order((lamp, 1), reference="so-7")
    Product.objects.bulk_create([Product(sku="cup-1")])
    lena.email = "lena@new.example"
    lena.save(update_fields=["email"])

    assert dict(Product.objects.values_list("sku", "key")) == {"lamp-é": "LAMP-É", "cup-1": "CUP-1"}
    assert Customer.objects.get(pk=lena.pk).key == "LENA@NEW.EXAMPLE"
    assert (order.key, Order.objects.get().key) == ("SO-7", "SO-7")


def test_two_rows_of_one_key_cannot_be():
    make.product("TEE-S")

    with pytest.raises(IntegrityError), transaction.atomic():
        make.product(f"tee-s{HIDDEN}")
    assert Product.objects.count() == 1


def test_the_form_of_a_product_names_the_one_that_is_there(admin_client):
    make.product("Tee-S")
    fields = {"name": "", "price": "1", "cost": "0", "backorder_policy": "always", "covered_days": "60"}

    twin = admin_client.post(reverse("admin:inventory_product_add"), {"sku": f"TEE{HIDDEN}-s", **fields})
    damaged = admin_client.post(reverse("admin:inventory_product_add"), {"sku": "4.00638E+12", **fields})
    admin_client.post(reverse("admin:inventory_product_add"), {"sku": f"TEE{HIDDEN}-M", **fields})

    assert "“TEE-s” is there already, as “Tee-S”." in twin.content.decode()
    assert "“4.00638E+12” is a number that lost its digits, as programs leave it." in damaged.content.decode()
    assert sorted(Product.objects.values_list("sku", "key")) == [("TEE-M", "TEE-M"), ("Tee-S", "TEE-S")]


@pytest.mark.parametrize("again", ["so-1", " SO-1 ", f"S{HIDDEN}O-1"])
def test_a_reference_typed_another_way_is_the_same_order(again):
    lamp, lena = make.product(), make.customer()
    first = make.order((lamp, 2), who=lena, reference="SO-1")

    second = make.order((lamp, 2), who=lena, reference=again)

    assert second == first
    assert Order.objects.count() == 1


def test_a_reference_typed_another_way_for_something_else_is_refused_by_name():
    lamp, lena = make.product(), make.customer()
    make.order((lamp, 2), who=lena, reference="SO-1")

    with pytest.raises(fulfillment.OrderDiffers, match=r"so-1 was placed before as SO-1 with other content"):
        make.order((lamp, 3), who=lena, reference="so-1")
    assert Order.objects.count() == 1


def test_one_number_in_two_channels_is_two_orders_and_a_channel_has_no_case():
    lamp, lena, place = make.product(), make.customer(), make.warehouse()
    line = (fulfillment.LineDraft(lamp.pk, 1),)

    def placed(channel):
        draft = fulfillment.OrderDraft(channel, "1001", lena.pk, place.pk, line, make.MONDAY)
        return fulfillment.place(draft, by=None, at=make.MONDAY).pk

    assert placed("amazon") == placed("Amazon") != placed("ebay")
    assert Order.objects.count() == 2


@pytest.mark.parametrize("number", ["4.00638E+12", "#N/A", "NULL", "-"])
def test_what_a_spreadsheet_left_of_a_number_is_no_order(number):
    with pytest.raises(fulfillment.NotAnOrder, match="not the number of an order"):
        make.order((make.product(), 1), reference=number)
    assert not Order.objects.exists()


def test_people_find_what_they_mean_however_they_type_it(admin_client):
    lamp = make.product("Été-9")
    order = make.order((lamp, 1), who=make.customer(email="Lena@example.com"), reference="Web-1001")

    assert Product.find(f"E\u0301TE\u0301-9{HIDDEN}") == lamp
    assert known.products([f"été-9{HIDDEN}"]) == {"ÉTÉ-9": lamp}
    assert Customer.find(" LENA@EXAMPLE.COM") == order.customer
    for listed, term in (
        ("orders_order", "web-1001"),
        ("orders_order", "LENA@example.com"),
        ("orders_backorder", f"WEB{HIDDEN}-1001"),
        ("inventory_product", "ÉTÉ"),
    ):
        found = admin_client.get(reverse(f"admin:{listed}_changelist"), {"q": term}).content.decode()
        assert "1 " in found
        assert ("Été-9" if listed == "inventory_product" else "Web-1001") in found, listed


def without_keys():
    """A shop from before there were keys: three products that are one, and one by itself."""
    for sku in ("TEE-S", "MUG", "tee-s", f"TEE-S{HIDDEN}"):
        make.product(sku)
        Product.objects.update(key=None)


@pytest.mark.parametrize("block", [1, 2, 500])
def test_the_oldest_of_twins_gets_the_key_and_the_others_are_listed(monkeypatch, block):
    monkeypatch.setattr(twins, "BLOCK", block)
    without_keys()

    filled = [twins.fill(Product, of="sku") for _ in range(2)]

    assert filled == [2, 0]
    assert list(Product.objects.order_by("pk").values_list("sku", "key")) == [
        ("TEE-S", "TEE-S"),
        ("MUG", "MUG"),
        ("tee-s", None),
        (f"TEE-S{HIDDEN}", None),
    ]
    assert twins.twins(Product, of="sku") == [("tee-s", "TEE-S"), (f"TEE-S{HIDDEN}", "TEE-S")]


SIGNS = keys.DASHES + keys.WIDE


@pytest.mark.parametrize("block", [1, 500])
def test_a_key_with_another_dash_is_written_anew_and_who_has_the_plain_one_keeps_it(monkeypatch, block):
    monkeypatch.setattr(twins, "BLOCK", block)
    for sku, was in (("MUG-1", "MUG\u20111"), ("CUP-1", "CUP\u20131"), ("CAP-1", "CAP\u20101"), ("HAT-1", "HAT-1")):
        make.product(sku)
        Product.objects.filter(sku=sku).update(sku=was, key=was)
    make.product("CUP-1")

    renewed = [twins.renew(Product, of="sku", signs=SIGNS) for _ in range(2)]

    assert renewed == [3, 0]
    assert list(Product.objects.order_by("pk").values_list("sku", "key")) == [
        ("MUG\u20111", "MUG-1"),
        ("CUP\u20131", None),
        ("CAP\u20101", "CAP-1"),
        ("HAT-1", "HAT-1"),
        ("CUP-1", "CUP-1"),
    ]
    assert twins.twins(Product, of="sku") == [("CUP\u20131", "CUP-1")]


def test_of_two_keys_with_other_dashes_the_older_row_has_the_plain_one():
    for sku, was in (("MUG-1", "MUG\u20111"), ("MUG-2", "MUG\u22121")):
        make.product(sku)
        Product.objects.filter(sku=sku).update(sku=was, key=was)

    twins.renew(Product, of="sku", signs=SIGNS)

    assert list(Product.objects.order_by("pk").values_list("key", flat=True)) == ["MUG-1", None]


def test_an_order_with_another_dash_is_found_by_the_plain_one_in_its_channel():
    make.order((make.product(), 1), who=make.customer(), reference="A-1")
    Order.objects.update(reference="A\u20111", key="A\u20111")

    twins.renew(Order, of="reference", within="channel", signs=SIGNS)

    assert Order.of("shop", "a-1").reference == "A\u20111"


def test_what_a_channel_calls_its_customers_has_the_plain_dash_too_where_it_is_free():
    lena, mia = make.customer(), make.customer(email="mia@example.com")
    for who, channel, key in ((lena, "web\u2013shop", "C-1"), (lena, "shop", "C\u20112"), (lena, "shop", "C\uff0d3")):
        CustomerKey.objects.create(customer=who, channel=channel, key=key)
    CustomerKey.objects.create(customer=mia, channel="shop", key="C-2")

    import_module("orders.migrations.0022_keys_know_one_dash").renew(apps, None)

    assert list(CustomerKey.objects.order_by("pk").values_list("customer", "channel", "key")) == [
        (lena.pk, "web-shop", "C-1"),
        (lena.pk, "shop", "C\u20112"),
        (lena.pk, "shop", "C-3"),
        (mia.pk, "shop", "C-2"),
    ]


def test_a_twin_is_meant_by_its_very_own_name_and_stays_one_when_it_is_saved():
    without_keys()
    twins.fill(Product, of="sku")

    twin = Product.objects.get(sku="tee-s")
    twin.name = "Old tee"
    twin.full_clean()
    twin.save()

    assert Product.objects.get(sku="tee-s").key is None
    assert Product.find("Tee-s").sku == "TEE-S"
    with pytest.raises(ValidationError, match="“Tee-S” is there already, as “TEE-S”"):
        Product(sku="Tee-S").full_clean()


def test_twins_of_orders_are_those_of_one_channel():
    lamp, lena = make.product(), make.customer()
    for reference in ("A1", "B1", "C1"):
        make.order((lamp, 1), who=lena, reference=reference)
    Order.objects.update(key=None)
    Order.objects.filter(reference="B1").update(reference="a1")
    Order.objects.filter(reference="C1").update(reference="a1", channel="ebay")

    filled = twins.fill(Order, of="reference", within="channel")

    assert filled == 2
    assert twins.twins(Order, of="reference", within="channel") == [("a1", "A1")]
    assert Order.of("shop", "A1").reference == "A1"
    assert Order.of("shop", "a1").reference == "a1"
    assert Order.of("EBAY", "A1").channel == "ebay"

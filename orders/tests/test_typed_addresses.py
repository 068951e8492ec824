"""Where an order goes, said while it is typed in: an address of its customer, or another one; or nothing yet."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from orders import fulfillment
from orders.fulfillment import Address
from orders.models import CustomerAddress, Order, ShipTo
from orders.tests import make

pytestmark = pytest.mark.django_db
PAGE = "admin:orders_order_add"
PARIS = {"ship_street": "2 rue Monge", "ship_postal_code": "75005", "ship_city": "Paris", "ship_country": "FR"}
BERLIN = Address("Lena Ortiz", "Torstr. 1", "Berlin", postal_code="10119", country="DE")


@pytest.fixture(autouse=True)
def lena():
    with time_machine.travel(make.MONDAY, tick=False):
        make.product("LAMP-1")
        make.product("OLD-1", backorder_policy="never")
        yield make.customer("Lena Ortiz", "lena@example.com")


def typed(**fields):
    return {
        "customer": "lena@example.com", "reference": "CS-1", "warehouse": make.warehouse().pk, "warehouse_rule": "any",
        "lines-TOTAL_FORMS": 5, "lines-INITIAL_FORMS": 0, "lines-0-sku": "LAMP-1", "lines-0-units": 2, **fields,
    }  # fmt: skip


def sent(client, **fields):
    return client.post(reverse(PAGE), typed(**fields)).content.decode()


def known_address(of, address=BERLIN):
    """Let a customer have one, by an order that went there."""
    earlier = make.order((make.product("MUG-1"), 1), who=of, at=make.MONDAY - timedelta(days=3))
    fulfillment.ship_to(earlier.pk, address, reason="", keeps=True, by=None, at=make.MONDAY - timedelta(days=3))
    return CustomerAddress.objects.get(customer=of)


def test_an_address_that_is_typed_is_of_this_order_alone(admin_client, lena):
    sent(admin_client, **PARIS, ship_street_more="3e étage", ship_phone="+33 1 23")

    there = Order.objects.get().ship_to
    assert there.says() == ("Lena Ortiz", "", "2 rue Monge", "3e étage", "75005", "Paris", "", "FR", "+33 1 23")
    assert not CustomerAddress.objects.exists()


def test_it_is_kept_for_its_customer_where_that_is_ticked(admin_client, lena):
    sent(admin_client, **PARIS, ship_name="Tom Baker", is_kept="on")

    kept = CustomerAddress.objects.get()
    assert (kept.customer, kept.name, kept.city, kept.used_at) == (lena, "Tom Baker", "Paris", make.MONDAY)
    assert ShipTo.objects.get().says() == kept.says()


def test_where_nothing_is_said_nothing_is_noted(admin_client):
    sent(admin_client)

    assert Order.objects.count() == 1
    assert not ShipTo.objects.exists()


def test_an_address_of_the_customer_is_offered_and_the_order_keeps_it_as_it_was(admin_client, lena):
    own = known_address(lena)
    page = admin_client.get(reverse(PAGE), {"customer": "lena@example.com"}).content.decode()
    assert f'<option value="{own.pk}">Lena Ortiz, Torstr. 1, 10119 BERLIN, GERMANY</option>' in page

    sent(admin_client, known=own.pk, ship_city="Paris")
    CustomerAddress.objects.update(street="Somewhere else")

    there = Order.objects.get(reference="CS-1").ship_to
    assert (there.street, there.city) == ("Torstr. 1", "Berlin")
    assert [(each.pk, each.used_at) for each in CustomerAddress.objects.all()] == [(own.pk, make.MONDAY)]


def test_a_customer_without_addresses_is_offered_none(admin_client):
    page = admin_client.get(reverse(PAGE), {"customer": "lena@example.com"}).content.decode()

    assert page.count("<option", page.index('name="known"'), page.index("ship_name")) == 1


def test_its_fields_are_folded_until_one_of_them_says_something(admin_client):
    blank = admin_client.get(reverse(PAGE)).content.decode()
    half = sent(admin_client, ship_city="Paris")

    folds = [re.search(r"<details class=[^>]*fold[^>]*>", page)[0] for page in (blank, half)]
    assert ["open" in fold for fold in folds] == [False, True]
    assert blank.index('id="id_is_unpaid"') < blank.index("aligned fold") < blank.index('id="id_ship_city"')


@pytest.mark.parametrize(
    ("fields", "count", "words"),
    [
        ({"ship_street": "2 rue Monge"}, 2, "This field is required."),
        ({"ship_phone": "1"}, 3, "This field is required."),
        ({**PARIS, "ship_country": ""}, 1, "This field is required."),
        ({**PARIS, "ship_country": "XX"}, 1, "Choose one of the list. “XX” is not in it."),
        ({**PARIS, "ship_postal_code": "7" * 21}, 1, "20"),
    ],
)
def test_half_an_address_is_refused_and_nothing_is_placed(admin_client, fields, count, words):
    page = sent(admin_client, **fields)

    errors = page.count('class="errorlist" id="id_ship_')
    assert (errors, words in page) == (count, True)
    assert not Order.objects.exists()


def test_an_address_of_somebody_else_is_refused(admin_client):
    own = known_address(make.customer("Tom Baker"))

    page = sent(admin_client, known=own.pk)

    assert "This is no address of this customer any more. Choose again." in page
    assert not Order.objects.filter(reference="CS-1").exists()


def test_a_refused_order_leaves_no_address(admin_client):
    page = sent(admin_client, **{**PARIS, "is_kept": "on", "lines-0-sku": "OLD-1"})

    assert "OLD-1: 2 asked for, 0 can be sold now." in page
    assert (Order.objects.count(), ShipTo.objects.count(), CustomerAddress.objects.count()) == (0, 0, 0)


def test_an_order_that_was_placed_before_goes_where_it_was_told(admin_client):
    sent(admin_client, **PARIS)
    with time_machine.travel(make.MONDAY + timedelta(minutes=1), tick=False):
        sent(admin_client, **{**PARIS, "ship_city": "Lyon"})

    assert Order.objects.get().ship_to.city == "Paris"


def test_more_rows_keep_what_was_typed(admin_client, lena):
    own = known_address(lena)

    page = sent(admin_client, **PARIS, known=own.pk, more="More rows")

    assert 'name="ship_city" value="Paris"' in page
    assert f'<option value="{own.pk}" selected>' in page
    assert '<option value="FR" selected>' in page
    assert not Order.objects.filter(reference="CS-1").exists()

"""One order by two spellings, one call by two people, one customer by two files: at the same time, it is one."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from inventory import twins
from inventory.models import Product
from orders import fulfillment
from orders.mail import calls, outbox
from orders.models import Customer, Notice, Order
from orders.naming import customers
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SPELLINGS = ("So-{}", "SO-{}", "so-{}", " sO-{} ")


def place_all(product, customer, place, spelling):
    """Place twenty orders under numbers spelled so; give the orders they are."""
    found = []
    for number in range(20):
        lines = (fulfillment.LineDraft(product, 1),)
        draft = fulfillment.OrderDraft("race", spelling.format(number), customer, place, lines, NOW)
        found.append(fulfillment.place(draft, by=None, at=NOW).pk)
    return found


def spelled_four_ways():
    lamp, lena, ber = make.product(), make.customer(), make.warehouse()
    return race.run(place_all, [(lamp.pk, lena.pk, ber.pk, spelling) for spelling in SPELLINGS])


def test_orders_spelled_four_ways_at_once_are_placed_once():
    found = spelled_four_ways()

    assert found[1:] == [found[0]] * 3
    assert Order.objects.count() == 20


def test_without_the_index_the_same_race_is_lost():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_placed_once_by_key")
    try:
        spelled_four_ways()

        assert Order.objects.count() > 20
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE orders_order CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX order_placed_once_by_key ON orders_order (key, UPPER(channel)) "
                "WHERE key IS NOT NULL"
            )


def call(notice):
    return calls.made([notice], by=None, at=NOW)


def test_two_people_who_made_one_call_tell_it_once():
    make.line(make.product(), 2, who=make.customer("Kim", email=""))
    outbox.sort_out(at=NOW)
    notice = Notice.objects.get()

    assert sorted(race.run(call, [(notice.pk,)] * 3), key=str) == [1, "NotACall", "NotACall"]


def fill():
    return twins.fill(Product, of="sku")


def add(spelling):
    """Add products under SKUs that are there without a key yet; those that come too late are refused."""
    refused = 0
    for number in range(100):
        try:
            Product.objects.create(sku=spelling.format(number))
        except Exception:
            refused += 1
    return refused


def test_keys_are_filled_beside_people_who_add_products():
    Product.objects.bulk_create([Product(sku=f"old-{number}") for number in range(100)])
    Product.objects.update(key=None)

    filled, again, refused = race.run(_any, [("fill", ""), ("fill", ""), ("add", "OLD-{}")])

    assert filled + again == refused
    assert Product.objects.filter(key=None).count() == 100 - refused
    assert len(set(Product.objects.exclude(key=None).values_list("key", flat=True))) == 100


def _any(work, given):
    return add(given) if work == "add" else fill()


def take_up(number):
    ann = Customer(name="Ann", email="ann@example.com" if number % 2 else "ANN@example.com")
    customers.write({"ANN@EXAMPLE.COM": ann})
    return ann.pk


def test_one_customer_of_two_files_is_one():
    found = race.run(take_up, [(number,) for number in range(4)])

    assert found == [Customer.objects.get().pk] * 4

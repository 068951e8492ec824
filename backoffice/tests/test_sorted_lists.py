"""Lists sorted by their headings: short ones by all, long ones by those whose order an index keeps; the queue too."""

import re

import pytest
import time_machine
from django.contrib.admin import site
from django.core.cache import cache
from django.urls import reverse

from backoffice.people.roles import CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import people
from inventory.ground.sql import paging
from orders.tests import make

pytestmark = pytest.mark.django_db
STOCK, QUEUE = "/admin/inventory/stock/", "/admin/orders/backorder/"
REFUSED = (
    "This list has more than 2 rows, and sorting it by “On hand” would take too long. "
    "Narrow it first, or sort it by Product, Bin. Nothing was done."
)


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(make.MONDAY, tick=False):
        yield
    cache.clear()


@pytest.fixture
def shelves():
    return [make.on_hand(make.product(f"A-{number}", name="Lamp"), number) for number in (3, 1, 2)]


def skus(response):
    return re.findall(r">(A-\d)<", response.content.decode())


def headings(response):
    """The headings that lead to an order."""
    head = response.content.decode().partition("<thead>")[2].partition("</thead>")[0]
    return re.findall(r'<div class="text"><a href="[^"]*">(.*?)</a>', head)


def test_a_short_list_is_sorted_by_any_heading_that_has_an_order(shelves, monkeypatch):
    monkeypatch.setattr(paging, "BOUND", 3)
    client = people.browser(OPERATIONS)

    assert skus(client.get(f"{STOCK}?o=-4")) == ["A-3", "A-2", "A-1"]
    assert headings(client.get(STOCK)) == ["Product", "Warehouse", "On hand", "Set aside", "Held", "Bin"]


def test_a_long_list_is_sorted_by_what_an_index_keeps_and_refuses_the_rest_in_words(shelves, monkeypatch):
    monkeypatch.setattr(paging, "BOUND", 2)
    client = people.browser(OPERATIONS)

    told = client.get(f"{STOCK}?o=-4.1")

    assert told.status_code == 400
    assert REFUSED in told.content.decode()
    assert skus(client.get(f"{STOCK}?o=-1"))[:2] == ["A-3", "A-2"]
    assert headings(client.get(STOCK)) == ["Product", "Bin"]
    assert skus(client.get(f"{STOCK}?o=-4&q=A-1")) == ["A-1"]
    assert client.get("/admin/export/inventory_stock/csv/?o=4").status_code == 400


@pytest.mark.parametrize("order", ["99", "-", "x", "1.x", "9" * 30])
def test_an_order_that_is_none_is_none(shelves, order, monkeypatch):
    monkeypatch.setattr(paging, "BOUND", 2)

    assert people.browser(OPERATIONS).get(f"{STOCK}?o={order}").status_code in (200, 400)


def test_the_queue_is_sorted_by_its_headings_and_back():
    lamp, mug = make.product("LAMP-1"), make.product("MUG-1")
    make.line(mug, 2, reference="SO-1")
    make.line(lamp, 5, reference="SO-2")
    client = people.browser(CUSTOMER_SERVICE)
    plain = client.get(f"{QUEUE}?q=SO").content.decode()

    [by_units] = re.findall(r'<a href="([^"]+)" title="Most units first">Waits</a>', plain)
    shown = client.get(f"{QUEUE}{by_units.replace('&amp;', '&')}").content.decode()

    assert by_units == "?q=SO&amp;sort=units"
    assert [shown.index(name) < shown.index("SO-1<") for name in ("SO-2<",)] == [True]
    assert 'class="waits n" aria-sort="descending"><a href="?q=SO" title="Back to queue order">Waits</a>' in shown
    assert re.findall(r'aria-sort="(\w+)"', shown) == ["descending"]


@pytest.mark.proof
def test_every_heading_that_leads_to_an_order_has_one(admin_client):
    people.shop()
    lists = [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in site._registry]
    head = re.compile(r'<div class="text"><a href="\?o=(\d+)"')
    orders = [(url, order) for url in lists for order in head.findall(admin_client.get(url).content.decode())]

    refused = [(url, order) for url, order in orders if admin_client.get(url, {"o": order}).status_code != 200]

    assert (len(orders) > 100, refused) == (True, [])

"""Every list of a shop in which all of them are long: few statements, and a deep page costs what a first one does."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from backoffice.benches import lists
from backoffice.benches.shops import lived_in
from inventory.desk import columns
from inventory.desk.lists import files
from inventory.ground.sql import paging

pytestmark = [pytest.mark.django_db, pytest.mark.proof]

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LINES, BOUND = 2_000, 200
"""Lines of the shop, and how far its lists are counted: a fiftieth of what is counted of a shop of 100,000."""
MOST_STATEMENTS = 24
LOOKED_UP = {
    "orders_customer": "/admin/orders/customer/?p=2",
    "orders_order": "/admin/orders/order/?p=4",
    "suppliers_purchaseorder": "/admin/suppliers/purchaseorder/?p=4",
}
"""Lists that look something up beside each of their rows, and the last page of each."""
STEPS = 100


@pytest.fixture
def boss(settings, monkeypatch):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    monkeypatch.setattr(paging, "BOUND", BOUND)
    monkeypatch.setitem(paging.bounded_counts.__kwdefaults__, "bound", BOUND)
    monkeypatch.setitem(files.MOST, "xlsx", BOUND)
    monkeypatch.setattr(columns, "MOST_XLSX", BOUND)
    monkeypatch.setattr(lists, "STEPS", STEPS)
    monkeypatch.setattr(lists, "MOST_OF_A_FILTER", 1)
    with time_machine.travel(NOW, tick=False):
        lived_in.fill(LINES, at=NOW)
        client = Client()
        client.force_login(User.objects.create_superuser("boss"))
        yield client


@pytest.mark.embedded
def test_every_list_and_what_it_links_to_stays_within_its_budget_of_statements(boss):
    found = [each for name in lists.names() for each in lists.opened(boss, name)]

    pages = [each for each in found if "/export/" not in each.url]
    assert len(pages) > 250
    assert {each.url: each.queries for each in pages if each.queries > MOST_STATEMENTS} == {}
    assert {each.url for each in pages if each.status == 400 and "?o=" not in each.url} == set()


@pytest.mark.services
@pytest.mark.parametrize("name", LOOKED_UP)
def test_a_page_looks_up_what_stands_beside_its_own_rows_alone(boss, name):
    read = {each.url: each.read for each in lists.opened(boss, name)}
    last = LOOKED_UP[name]
    own = admin.site.get_model_admin(apps.get_model(*name.split("_")))
    before = (int(last.rpartition("=")[2]) - 1) * own.list_per_page
    more = read[last] - read[f"/admin/{name.replace('_', '/')}/"]

    # a row before them costs a step or two of an index (up to 8, by how PostgreSQL plans it); with what stands beside
    # it, 16 of an order, 141 of a purchase order, and 2,000 of a customer
    assert more < 11 * before

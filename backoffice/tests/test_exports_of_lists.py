"""Every list as a file: its own columns, as it is narrowed and sorted; the whole of it, or an error in words."""

import csv
from io import BytesIO, StringIO

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from backoffice.people.roles import BUYER, CUSTOMER_SERVICE
from backoffice.tests import acts, people
from inventory.desk import columns
from inventory.desk.lists import files, views
from inventory.ground.sql import paging
from orders.models import Customer
from orders.tests import make

pytestmark = pytest.mark.django_db
CUSTOMERS = "/admin/export/orders_customer/csv/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(people.MONDAY, tick=False):
        yield


def read(response):
    assert response.status_code == 200
    return list(csv.reader(StringIO(b"".join(response).decode("utf-8-sig"))))


def customers(*names):
    return [make.customer(name, email=f"c{number}@example.com") for number, name in enumerate(names)]


def exported():
    return [model for model, desk in admin.site._registry.items() if getattr(desk, "is_exported", False)]


def test_every_list_but_the_queue_is_a_file_with_its_columns(shop):
    boss = acts.boss("ines")

    found = {}
    for model in exported():
        rows = read(boss.get(reverse("admin:list_export", args=[views.list_name(model), "csv"])))
        found[model._meta.label_lower] = len(rows) - 1
        assert len({len(row) for row in rows}) == 1
        assert "<" not in "".join(rows[0])

    assert set(found) == {model._meta.label_lower for model in admin.site._registry} - {"orders.backorder"}
    assert found["orders.order"] == 2
    assert {label for label, count in found.items() if not count} == set()


def test_a_file_says_what_the_list_shows_and_numbers_stay_numbers(shop):
    boss = acts.boss("ines")

    rows = read(boss.get("/admin/export/inventory_stock/csv/?q=LAMP"))
    book = load_workbook(BytesIO(b"".join(boss.get("/admin/export/inventory_stock/xlsx/?q=LAMP"))))

    assert rows[1][:4] == ["LAMP-1", "Oak lamp", "BER", "7"]
    assert [cell.value for cell in book.active[2]][:4] == ["LAMP-1", "Oak lamp", "BER", 7]


def test_a_file_is_narrowed_and_sorted_as_its_address_says():
    customers("Ada", "Ben", "Adam")
    client = people.browser(CUSTOMER_SERVICE)

    assert [row[0] for row in read(client.get(f"{CUSTOMERS}?q=ada&o=-1"))[1:]] == ["Adam", "Ada"]


def test_nothing_in_a_file_is_run_by_a_spreadsheet():
    customers("=1+1", "<b>Tom</b>")
    client = people.browser(CUSTOMER_SERVICE)

    assert {row[0] for row in read(client.get(CUSTOMERS))[1:]} >= {"'=1+1", "<b>Tom</b>"}


@pytest.mark.parametrize("bound", [2, 10_000])
def test_a_list_of_more_rows_than_a_workbook_takes_offers_none(bound, monkeypatch):
    customers("Ada", "Ben", "Cleo")
    client = people.browser(CUSTOMER_SERVICE)
    count = Customer.objects.count()
    address, asked_for = reverse("admin:orders_customer_changelist"), "/export/orders_customer/xlsx/"
    monkeypatch.setattr(paging, "BOUND", bound)  # lists count up to it, and not on

    monkeypatch.setitem(files.MOST, "xlsx", count)
    whole = client.get(address).content.decode()
    monkeypatch.setitem(files.MOST, "xlsx", count - 1)
    more = client.get(address).content.decode()

    assert (asked_for in whole, "XLSX holds up to" in whole) == (True, False)
    assert (asked_for in more, f"XLSX holds up to {count - 1} rows" in more) == (False, True)
    assert "/export/orders_customer/csv/" in more


def test_the_queue_offers_no_workbook_of_more_lines_than_one_takes(shop, monkeypatch):
    client = people.browser(CUSTOMER_SERVICE)
    address = reverse("admin:orders_backorder_changelist")

    whole = client.get(address).content.decode()
    monkeypatch.setattr(columns, "MOST_XLSX", 0)
    more = client.get(address).content.decode()

    assert (whole.count("/export/xlsx"), "XLSX holds up to" in whole) == (2, False)
    assert (more.count("/export/xlsx"), more.count("/export/csv"), "XLSX holds up to 0 lines" in more) == (0, 2, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_more_rows_than_a_file_takes_are_refused_in_words(kind, monkeypatch):
    customers("Ada", "Ben", "Cleo")
    client = people.browser(CUSTOMER_SERVICE)
    count = Customer.objects.count()

    monkeypatch.setitem(files.MOST, kind, count)
    whole = client.get(f"/admin/export/orders_customer/{kind}/")
    b"".join(whole)
    monkeypatch.setitem(files.MOST, kind, count - 1)
    told = client.get(f"/admin/export/orders_customer/{kind}/")

    assert whole.status_code == 200
    assert told.status_code == 400
    assert "Nothing was exported." in told.content.decode()
    assert f"holds up to {count - 1} rows" in told.content.decode()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("orders_customer/pdf/", 404),
        ("orders_nothing/csv/", 404),
        ("orders_backorder/csv/", 404),
        ("suppliers_slip/csv/", 403),
        ("orders_customer/csv/?color__exact=red", 400),
        ("orders_customer/csv/?o=99", 200),
    ],
)
def test_what_is_no_list_or_not_ones_own_is_no_file(path, code):
    told = people.browser(CUSTOMER_SERVICE).get(f"/admin/export/{path}")

    assert told.status_code == code
    b"".join(told)


def test_a_file_takes_one_statement_for_all_rows_of_a_block(shop):
    client = people.browser(BUYER)
    with CaptureQueriesContext(connection) as few:
        read(client.get("/admin/export/inventory_product/csv/"))
    for number in range(60):
        make.product(f"EXTRA-{number}")

    with CaptureQueriesContext(connection) as many:
        rows = read(client.get("/admin/export/inventory_product/csv/"))

    assert len(rows) == 64
    assert len(many) == len(few)


def test_a_row_that_fails_makes_no_file(monkeypatch):
    customers("Ada", "Ben")
    client = people.browser(CUSTOMER_SERVICE)
    client.raise_request_exception = False
    desk = admin.site.get_model_admin(Customer)
    monkeypatch.setattr(desk, "list_display", ("name", lambda row: 1 // (row.name != "Ada")))

    told = client.get(CUSTOMERS)

    assert told.status_code == 500
    assert "Content-Disposition" not in told


def test_its_menu_leads_to_what_is_shown():
    customers("Ada")
    client = people.browser(CUSTOMER_SERVICE)

    assert f'href="{CUSTOMERS}?q=ada"' in client.get("/admin/orders/customer/?q=ada&p=1").content.decode()

"""A column of a list is declared once: what it is called, shows, sorts by, and is in a file."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import BadRequest
from django.db.models import F
from django.utils import timezone
from django.utils.html import format_html

from inventory.desk import columns
from inventory.desk.columns import ListColumn, Sort
from inventory.models import Movement, Product

from . import make

SKU: ListColumn[Product] = ListColumn(
    "SKU", lambda row: row.sku, sort=Sort("sku", "By SKU", F("sku").asc()), in_file={"SKU": "sku"}
)
NAME: ListColumn[Product] = ListColumn(
    "Name",
    lambda row: format_html("<b>{}</b>", row.name),
    css="name",
    in_file={"Name": "name", "€": "price"},
    beside={"Group": "group"},
)
LINKS: ListColumn[Product] = ListColumn("", lambda row: "…")


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    response.close()
    return list(csv.reader(text.splitlines()))


def test_a_list_sorts_by_those_of_its_columns_that_can_be_sorted():
    assert columns.sorts([SKU, NAME, LINKS]) == {"sku": SKU.sort}


def test_a_row_is_shown_column_by_column_and_only_markup_of_ours_is_markup():
    row = Product(sku="A&B", name="<Lamp>")

    assert list(columns.shown([NAME, SKU], row)) == [(NAME, "<b>&lt;Lamp&gt;</b>"), (SKU, "A&B")]


def test_a_file_has_the_columns_in_their_order_and_none_of_those_that_only_show():
    shown = {"Name": "name", "€": "price"}

    assert columns.headings([NAME, LINKS, SKU]) == {**shown, "SKU": "sku"}
    assert list(columns.headings([NAME, SKU], every=True)) == ["Name", "€", "Group", "SKU"]


@pytest.mark.django_db
def test_a_file_says_what_the_rows_hold_and_runs_nothing_in_a_spreadsheet():
    make.product("LAMP", name="=1+1", price=Decimal("12.50"))

    assert read(columns.csv(Product.objects.all(), columns.headings([SKU, NAME, LINKS]), "lamps")) == [
        ["SKU", "Name", "€"],
        ["LAMP", "'=1+1", "12.50"],
    ]


@pytest.mark.django_db
def test_a_moment_is_written_in_the_shops_zone_a_choice_in_words_and_a_row_pointed_at_by_its_field():
    make.on_hand(make.product("+LAMP"), 3, at=datetime(2026, 3, 2, 23, 30, 15, tzinfo=UTC))
    fields = {"SKU": "product__sku", "What": "kind", "When": "at", "Units": "quantity"}

    with timezone.override("Europe/Berlin"):
        response = columns.csv(Movement.objects.all(), fields, "moved")

    assert read(response)[1] == ["'+LAMP", "Opening balance", "2026-03-03 00:30:15", "3"]


@pytest.mark.django_db
@pytest.mark.parametrize("most", [1, 2])
def test_a_workbook_is_whole_or_refused(most, monkeypatch):
    make.product("LAMP", name="Lamp")
    make.product("RUG", name="Rug")
    monkeypatch.setattr(columns, "MOST_XLSX", most)
    rows = Product.objects.order_by("sku")

    if most == 1:
        with pytest.raises(BadRequest, match="A workbook holds up to 1 lines"):
            columns.xlsx(rows, columns.headings([SKU]), "lamps")
        return

    response = columns.xlsx(rows, columns.headings([SKU]), "lamps")
    sheet = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert list(sheet.values) == [("SKU",), ("LAMP",), ("RUG",)]
    assert response.headers["Content-Disposition"] == 'attachment; filename="lamps.xlsx"'

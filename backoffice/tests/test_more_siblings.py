"""Further relatives of the files in ``cases``, as people really send them; each through the command and the upload."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from openpyxl import Workbook

from backoffice.tests import doors
from inventory.models import Product, Stock
from inventory.tests import files
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
ORDERS = "reference,placed_at,email,sku,quantity"
DAY = "2026-02-20 10:00"
ODOO = (
    "Order Reference,Order Date,Customer/Email,Status,Order Lines/Product/Internal Reference,Order Lines/Quantity,"
    "Order Lines/Delivery Quantity,Order Lines/Unit Price\n"
)


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.warehouse("MAIN")
    for sku in ("TEE-S", "MUG-01", "00789"):
        make.product(sku)


@pytest.fixture(params=doors.BOTH)
def load(request, client, tmp_path):
    """One of the doors: ``load("stock", "sku,quantity\\n…")`` gives what it said."""
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    else:
        door = doors.command

    def through(kind, table, **options):
        path = table if not isinstance(table, str) else files.text(tmp_path, table)
        return door(kind, path, **options)

    return through


def workbook(folder, rows, *, hidden_rows=(), hidden_columns=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for number in hidden_rows:
        book.active.row_dimensions[number].hidden = True
    for letters in hidden_columns:
        book.active.column_dimensions[letters].hidden = True
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def stock():
    return dict(Stock.objects.order_by("product__sku").values_list("product__sku", "on_hand"))


def lines():
    return list(OrderLine.objects.order_by("pk").values_list("product__sku", "quantity", "shipped", "canceled"))


# --- What a workbook hides --------------------------------------------------------------


def test_hidden_rows_and_columns_of_the_sheet_are_read_and_named(load, tmp_path):
    rows = [["sku", "bin", "quantity"], ["TEE-S", "A", 3], ["MUG-01", "B", 2], ["00789", "C", 1]]

    answer = load("stock", workbook(tmp_path, rows, hidden_rows=[3, 4, 900], hidden_columns=["B", "XFD"]))

    assert stock() == {"00789": 1, "MUG-01": 2, "TEE-S": 3}
    assert "2 rows are hidden in the sheet and read like the others: 3, 4." in answer.told
    assert "1 column is hidden in the sheet and read like the others: B." in answer.told


def test_of_a_sheet_that_hides_nothing_nothing_is_said(load, tmp_path):
    answer = load("stock", workbook(tmp_path, [["sku", "quantity"], ["TEE-S", 3]]))

    assert "hidden" not in answer.told


# --- Signs around a cell ----------------------------------------------------------------


@pytest.mark.parametrize("cell", ["'00789", '="00789"', " 00789 "], ids=["apostrophe", "formula", "blanks"])
def test_a_code_kept_as_text_is_the_code(load, cell):
    quoted = '"' + cell.replace('"', '""') + '"'

    load("stock", f"sku,quantity\n{quoted},'5\n")

    assert stock() == {"00789": 5}


def test_a_name_that_begins_with_an_apostrophe_keeps_it(load):
    load("products", "sku,name\nTEE-S,'68 Special\nMUG-01,'n Mug\n")

    names = Product.objects.filter(sku__in=["TEE-S", "MUG-01"]).order_by("sku").values_list("name", flat=True)
    assert list(names) == ["'n Mug", "'68 Special"]


# --- A row that contradicts itself ------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "shipped", "canceled", "told"),
    [
        ("shipped", "1", "", "3, all of it, as its status says (shipped); or another status"),
        ("shipped", "0", "", "3, all of it, as its status says (shipped); or another status"),
        ("shipped", "1", "1", "2, all of it, as its status says (shipped); or another status"),
        ("canceled", "", "2", "3, all of it, as its status says (canceled); or another status"),
    ],
)
def test_a_status_that_its_units_contradict_is_refused_by_name(load, status, shipped, canceled, told):
    row = f"1,{DAY},a@shop.example,TEE-S,3,{status},{shipped},{canceled}"

    answer = load("orders", f"{ORDERS},status,shipped,canceled\n{row}\n")

    assert not answer.is_loaded
    assert told in answer.told
    assert lines() == []


@pytest.mark.parametrize(
    ("status", "shipped", "canceled", "right"),
    [("shipped", "3", "", (3, 0)), ("shipped", "", "", (3, 0)), ("shipped", "2", "1", (2, 1))],
)
def test_a_status_that_its_units_bear_out_loads(load, status, shipped, canceled, right):
    load("orders", f"{ORDERS},status,shipped,canceled\n1,{DAY},a@shop.example,TEE-S,3,{status},{shipped},{canceled}\n")

    assert lines() == [("TEE-S", 3, *right)]


def test_what_odoo_delivered_beyond_the_order_is_said(load):
    answer = load("orders", f"{ODOO}S1,{DAY},a@shop.example,Sales Order,TEE-S,5,7,20\n")

    assert lines() == [("TEE-S", 5, 5, 0)]
    assert (
        "Order S1: 7 of TEE-S were delivered and 5 ordered. The line is shipped in full; what went beyond it is not"
        in answer.told
    )


def test_a_file_made_by_hand_that_ships_more_than_was_ordered_is_asked(load):
    answer = load("orders", f"{ORDERS},shipped\n1,{DAY},a@shop.example,TEE-S,5,7\n")

    assert not answer.is_loaded
    assert "no more units shipped and canceled than the 5 ordered" in answer.told


# --- Numbers and days -------------------------------------------------------------------


def test_a_number_with_many_decimals_beside_another_sign_is_refused_with_both(load):
    mixed = load("products", 'sku,price\nTEE-S,"1,2345"\nMUG-01,12.50\n')
    alone = load("products", 'sku,price\nTEE-S,"1,2345"\nMUG-01,"12,50"\n')

    assert not mixed.is_loaded
    assert "one decimal sign in the whole column (it has “1,2345” and “12.50”)" in mixed.told
    assert alone.is_loaded
    assert Product.objects.get(sku="TEE-S").price == Decimal("1.23")


def test_a_day_that_a_spreadsheet_counted_is_refused_with_what_it_means(load):
    answer = load("orders", f"{ORDERS}\n1,45992,a@shop.example,TEE-S,1\n")

    assert not answer.is_loaded
    assert "this is how a spreadsheet counts days: format the column as dates, and it says 2025-12-01" in answer.told


def test_seconds_that_a_program_counted_are_refused_with_what_they_mean(load):
    answer = load("orders", f"{ORDERS}\n1,1771581600,a@shop.example,TEE-S,1\n")

    assert "this counts seconds since 1970, and is 2026-02-20: have the program write dates" in answer.told


def test_the_day_that_programs_write_for_none_is_refused(load):
    head = "reference,sku,quantity,sender,expected_date"

    answer = load("inbound", f"{head}\nPO-1,TEE-S,5,Nordlys,1970-01-01\n")

    assert not answer.is_loaded
    assert "a day; 1970-01-01 is what programs write for none: leave the cell empty" in answer.told


@pytest.mark.parametrize(("left_on", "is_loaded"), [("2026-02-18", False), ("2026-02-19", True)])
def test_what_left_before_it_was_ordered_is_refused_by_name(load, left_on, is_loaded):
    answer = load("orders", f"{ORDERS},shipped,shipped_at\n1,{DAY},a@shop.example,TEE-S,1,1,{left_on}\n")

    assert answer.is_loaded is is_loaded
    assert ("a day from 2026-02-20 on, when it was ordered" in answer.told) is not is_loaded


def test_a_code_in_letters_of_another_alphabet_is_refused_with_the_one_it_looks_like(load):
    answer = load("stock", "sku,quantity\n\u0422EE-S,5\n")

    assert not answer.is_loaded
    assert "a SKU that is known; “TEE-S” is, whose letters look alike and are of another alphabet" in answer.told


def test_a_code_that_mixes_alphabets_is_named_and_one_of_another_alphabet_is_not(load):
    answer = load("products", "sku,name\n\u0422EE-L,Tee\n\u0427\u0410\u0428\u041a\u0410-1,Cup\n")

    assert answer.is_loaded
    assert "“\u0422EE-L” mixes Latin and Cyrillic letters, and looks like “TEE-L”: they are two codes." in answer.told
    assert "more do" not in answer.told


# --- What is no row ---------------------------------------------------------------------


def test_what_consoles_draw_around_a_table_is_left_out_by_name(load):
    answer = load("stock", "sku\tquantity\n-----\t--------\nTEE-S\t5\n(1 row affected)\n")

    assert stock() == {"TEE-S": 5}
    assert "Row 2: a ruled line." in answer.told
    assert "Row 4: a count of rows (“(1 row affected)”)." in answer.told
    assert "3 rows = 1 taken + 2 left out + 0 refused." in answer.told


def test_the_sign_with_which_old_systems_end_a_file_is_no_row(load):
    answer = load("stock", "sku,quantity\nTEE-S,5\n\x1a")

    assert stock() == {"TEE-S": 5}
    assert "1 row = 1 taken + 0 left out + 0 refused." in answer.told


@pytest.mark.parametrize(
    ("sku", "told"),
    [("789", "a SKU that is known; “00789” is, and a spreadsheet takes zeros away"), ("788", "load products first")],
)
def test_a_code_that_lost_its_zeros_is_refused_with_the_one_that_is_known(load, sku, told):
    answer = load("stock", f"sku,quantity\n{sku},5\n")

    assert not answer.is_loaded
    assert told in answer.told


# --- Columns without use ----------------------------------------------------------------


def test_a_column_that_is_not_used_is_named(load):
    answer = load("stock", "sku,quantity,Comment,On hand (new)\nTEE-S,5,x,9\n")

    assert stock() == {"TEE-S": 5}
    assert "Not used: “Comment”, “On hand (new)”." in answer.told


def test_the_new_count_beside_the_current_one_is_named_first(load):
    head = "Handle,Title,SKU,HS Code,COO,Location,Bin name,Incoming (not editable),On hand (current),On hand (new)"

    answer = load("stock", f"{head}\ntee,Tee,TEE-S,,,MAIN,A1,10,7,9\n")

    assert stock() == {"TEE-S": 7}
    assert "Not used: “On hand (new)”, “Handle”" in answer.told


ZEROS = [
    ("products", "sku,name\n789,Mug\n", "“789” becomes a product beside “00789”: spreadsheets take zeros away."),
    ("products", "sku,name\n0789,Mug\n", "“0789” becomes a product beside “00789”: spreadsheets take zeros away."),
    ("products", "sku,name\n12,A\n012,B\n", "“012” becomes a product beside “12”, and 1 more such: spreadsheets"),
    ("products", "sku,name\n788,Mug\nA-789,Mug\n00789,Mug\n", ""),
    (
        "history",
        "reference,sku,quantity,placed_at\n1,789,3,2026-01-05\n",
        "“789” becomes a product beside “00789”: spread",
    ),
    ("history", "reference,sku,quantity,placed_at\n1,00789,3,2026-01-05\n", ""),
]


@pytest.mark.parametrize(("kind", "table", "told"), ZEROS)
def test_a_product_that_is_another_but_for_its_zeros_is_named_before_it_is_made(load, kind, table, told):
    answer = load(kind, table)

    assert answer.is_loaded
    assert told in answer.told
    assert ("spreadsheets take zeros away" in answer.told) is bool(told)


def test_a_product_with_zeros_is_named_beside_one_without(load):
    make.product("4711")

    assert "“004711” becomes a product beside “4711”" in load("products", "sku,name\n004711,Mug\n").told


def test_one_product_that_a_history_makes_is_one(load):
    answer = load("history", "reference,sku,quantity,placed_at\n1,NEW-1,3,2026-01-05\n")

    assert "1 product is made, which was not known yet." in answer.told

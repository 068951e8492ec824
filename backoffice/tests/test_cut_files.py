"""Files that came over badly, and what is known of a file from one that came before it."""

import pytest

from backoffice.tests import doors
from inventory.models import Inbound, Product, Stock
from inventory.tests import files
from orders.models import ShipTo
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.warehouse("MAIN")
    for sku in ("TEE-S", "TEE-M", "MUG-01"):
        make.product(sku)


def load(tmp_path, kind, table, **options):
    return doors.command(kind, files.text(tmp_path, table), **options)


def stock():
    return dict(Stock.objects.values_list("product__sku", "on_hand"))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_that_ends_within_a_row_is_refused_since_its_last_number_may_be_cut(tmp_path, end):
    answer = load(tmp_path, "stock", end.join(["sku,quantity,reason", "TEE-S,5,ok", "MUG-01,1"]))

    assert "Row 3: the file seems to end within this row." in answer.told
    assert stock() == {}


def test_the_others_can_be_loaded_and_each_row_is_accounted_for(tmp_path):
    answer = load(tmp_path, "stock", "sku,quantity,reason\nTEE-S,5,ok\nMUG-01,1", skip_bad=True)

    assert stock() == {"TEE-S": 5}
    assert "2 rows = 1 taken + 0 left out + 1 refused." in answer.told


@pytest.mark.parametrize(
    "table",
    [
        "sku,quantity,reason\nTEE-S,5,ok\nMUG-01,1\n",
        "sku,quantity,reason\nTEE-S,5\nMUG-01,1",
        "sku,quantity\nTEE-S,5\nMUG-01,1",
        "sku,quantity,reason\nTEE-S,5,ok\n\nMUG-01,1,ok",
    ],
)
def test_a_file_whose_rows_are_all_written_so_is_whole(tmp_path, table):
    assert load(tmp_path, "stock", table).is_loaded
    assert stock() == {"TEE-S": 5, "MUG-01": 1}


def test_a_footer_that_ends_no_line_is_no_row(tmp_path):
    answer = load(tmp_path, "stock", "sku,quantity,reason\nTEE-S,5,ok\nTotal,5")

    assert stock() == {"TEE-S": 5}
    assert "Row 3: a row of totals." in answer.told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[{"sku":"TEE-S"}]', "is JSON"),
        ("{\\rtf1 sku}", "is a text document (RTF)"),
        ("\ufeff<html>", "is XML or HTML"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(tmp_path, content, told):
    assert f"file.csv {told}. Send CSV or XLSX." in load(tmp_path, "stock", content).told


def test_the_line_that_names_the_separator_may_be_quoted(tmp_path):
    load(tmp_path, "stock", '"sep=;"\nsku;quantity\nTEE-S;5\n')

    assert stock() == {"TEE-S": 5}


@pytest.mark.parametrize(
    "torn",
    [
        "X1,Tee\nlong,5\nX2,Mug,6\n",
        "X2,Mug,6\nX1,Tee\nlong,5\n",
        "X2,Mug,6\nX1,Tee\nvery\nlong,5",
        "X2,Mug,6\nX1,Tee\n\nlong,5\n",
    ],
)
def test_a_row_that_a_line_break_tears_apart_makes_no_two(tmp_path, torn):
    answer = load(tmp_path, "products", f"sku,name,price\n{torn}")

    assert "this may be a part of a row that a line break tears. Put the cell that holds the break" in answer.told
    assert not Product.objects.filter(sku__in=["X1", "X2", "LONG"]).exists()


@pytest.mark.parametrize(
    "table",
    ["X1,Tee\nX2,Mug\n", "X1,Tee,5\nX2,Mug\n", "X1,Tee,5\nX2\nX3,Pen,6\n", "X1,Tee,5\nX2,Mug\nX3,Pen\nX4,Cap\n"],
)
def test_rows_that_leave_off_their_ends_are_rows(tmp_path, table):
    assert load(tmp_path, "products", f"sku,name,price\n{table}").is_loaded
    assert Product.objects.filter(sku__startswith="X").count() == table.count("X")


def test_two_rows_that_leave_off_their_ends_and_may_be_one_are_read_once_they_are_ended(tmp_path):
    """X2,Mug and X3,Pen look as X2, a mug of two lines and a price would."""
    head = "sku,name,price\nX1,Tee,5\n"

    answer = load(tmp_path, "products", f"{head}X2,Mug\nX3,Pen\n")
    assert "Row 3: this may be a part of a row that a line break tears." in answer.told
    assert "or, if the row only leaves off its last cells, end it with their separators." in answer.told

    assert load(tmp_path, "products", f"{head}X2,Mug,\nX3,Pen,\n").is_loaded
    assert list(Product.objects.filter(sku__startswith="X").values_list("name", flat=True)) == ["Tee", "Mug", "Pen"]


def test_a_long_table_of_such_rows_is_read_row_by_row(tmp_path):
    rows = "".join(f"X{number},Tee\n" for number in range(50))

    assert load(tmp_path, "products", f"sku,name,price\nY,Mug,5\n{rows}").is_loaded
    assert Product.objects.filter(sku__startswith="X").count() == 50


def test_a_cell_in_which_nobody_sees_anything_is_empty(tmp_path):
    load(tmp_path, "inbound", "reference,sku,quantity,sender,expected_date\nP1,TEE-S,5,Nordlys,\u200b\n")
    answer = load(tmp_path, "stock", "sku,quantity\nTEE-S,\u200b\n")

    assert Inbound.objects.get().expected_date is None
    assert 'Row 2, column "quantity": empty — expected a value.' in answer.told


def test_shopify_inventory_of_before_2025_has_what_is_on_hand_in_one_column(tmp_path):
    answer = load(
        tmp_path,
        "stock",
        "Handle,Title,SKU,Location,Incoming,Unavailable,Committed,Available,On hand\ntee,Tee,TEE-S,MAIN,0,0,2,1,3\n"
        "tee,Tee,TEE-M,MAIN,not stocked,not stocked,not stocked,not stocked,not stocked\n"
        "mug,Mug,MUG-01,MAIN,0,0,2,-2,-1\n",
    )

    assert stock() == {"TEE-S": 3}
    assert "Row 3: not stocked there." in answer.told
    assert "Row 4: fewer than none on hand: count it." in answer.told


def test_text_that_was_read_in_another_encoding_before_is_named_with_what_it_was(tmp_path):
    answer = load(tmp_path, "products", "sku,name\nX1,GrÃ¶ÃŸe\nX2,Größe\n")

    assert "“GrÃ¶ÃŸe” was “Größe” before some program read it in another encoding: export" in answer.told
    assert Product.objects.get(sku="X2").name == "Größe"


def test_a_code_that_ends_in_the_zeros_of_a_spreadsheet_is_named(tmp_path):
    answer = load(tmp_path, "products", "sku\n576461413038785000\n576461413038785752\n")

    assert "“576461413038785000” ends in zeros where a spreadsheet loses digits. Is it meant?" in answer.told


def test_a_day_that_has_passed_is_said_so_before_it_counts_as_overdue(tmp_path):
    rows = "P1,TEE-S,5,Nordlys,2005-01-27\nP2,TEE-S,5,Nordlys,\n"

    answer = load(tmp_path, "inbound", f"reference,sku,quantity,sender,expected_date\n{rows}")

    assert "1 × expected date has passed (the oldest: 2005-01-27, row 2): what is still to come of it" in answer.told


@pytest.mark.parametrize(
    ("word", "code"),
    [("Deutschland", "DE"), ("United States", "US"), ("United Kingdom (UK)", "GB"), ("España", "ES"), ("Brasil", "BR")],
)
def test_a_country_is_read_as_programs_and_people_write_it(tmp_path, word, code):
    row = f"1,2026-02-20,a@shop.example,TEE-S,1,Main 1,Town,{word}"

    load(tmp_path, "orders", f"reference,placed_at,email,sku,quantity,ship_street,ship_city,ship_country\n{row}\n")

    assert ShipTo.objects.get().country == code

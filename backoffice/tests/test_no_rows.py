"""Rows that belong to no table: totals, subtotals, footers, headers again. Each through the command and the upload."""

import pytest
from django.contrib.auth.models import User

from backoffice.tests import doors
from inventory.models import DemandEntry, Product, Stock
from inventory.tests import files
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
DAY = "2026-02-20 10:00"
HISTORY = "reference,sku,quantity,placed_at"


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.warehouse("MAIN")
    for sku in ("TEE-S", "MUG-01"):
        make.product(sku)


@pytest.fixture(params=doors.BOTH)
def load(request, client, tmp_path):
    """One of the doors: ``load("stock", "sku,quantity\\n…")`` gives what it said."""
    door = doors.command
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    return lambda kind, table, **options: door(kind, files.text(tmp_path, table), **options)


def demand():
    return sorted(DemandEntry.objects.values_list("reference", "product__sku", "units"))


def stock():
    return dict(Stock.objects.values_list("product__sku", "on_hand"))


def skus():
    return sorted(Product.objects.values_list("sku", flat=True))


# --- Subtotals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        f"{HISTORY}\n1,TEE-S,5,{DAY}\n,TEE-S Total,5,\n2,MUG-01,6,{DAY}\n,MUG-01 Total,6,\n,Grand Total,11,\n",
        f"sku,reference,quantity,placed_at\nTEE-S,1,5,{DAY}\nTEE-S Ergebnis,,5,\nMUG-01,2,6,{DAY}\nTotal MUG-01,,6,\n",
        f"{HISTORY}\n1,TEE-S,5,{DAY}\n1 Total,,5,\n2,MUG-01,6,{DAY}\n2 Total,,6,\n",
    ],
    ids=["below the order", "by product", "by order"],
)
def test_a_subtotal_in_a_history_is_no_demand_and_no_product(load, table):
    answer = load("history", table)

    assert demand() == [("1", "TEE-S", 5), ("2", "MUG-01", 6)]
    assert skus() == ["MUG-01", "TEE-S"]
    assert "Row 3: a subtotal (“" in answer.told


def test_a_subtotal_is_left_out_of_stock_and_of_orders_by_name(load):
    counted = load("stock", "sku;quantity\nTEE-S;5\nTEE-S Total;5\nMUG-01;2\nMUG-01 Ergebnis;2\n")
    ordered = load(
        "orders",
        f"reference,placed_at,email,sku,quantity\n1,{DAY},a@x.example,TEE-S,1\n1 Total,,,,1\nGesamtergebnis,,,,1\n",
    )

    assert stock() == {"TEE-S": 5, "MUG-01": 2}
    assert "Row 3: a subtotal (“TEE-S Total”)." in counted.told
    assert "Row 5: a subtotal (“MUG-01 Ergebnis”)." in counted.told
    assert list(OrderLine.objects.values_list("product__sku", "quantity")) == [("TEE-S", 1)]
    assert "Row 3: a subtotal (“1 Total”)." in ordered.told
    assert "Row 4: a row of totals." in ordered.told


def test_a_product_that_is_called_like_a_subtotal_is_a_row_where_the_shop_knows_it(load):
    make.product("TEE-S TOTAL")

    load("history", f"{HISTORY}\n1,TEE-S,5,{DAY}\n1,Tee-S Total,2,{DAY}\n")

    assert demand() == [("1", "TEE-S", 5), ("1", "TEE-S TOTAL", 2)]


def test_a_product_with_a_name_of_its_own_or_after_another_one_is_no_subtotal(load):
    load("products", "sku,name,price\nTEE-S,Tee,5\nTEE-S TOTAL,Tee of the brand Total,5\nMUG-01 TOTAL,,2\n")

    assert skus() == ["MUG-01", "MUG-01 TOTAL", "TEE-S", "TEE-S TOTAL"]


# --- Totals -----------------------------------------------------------------------------


TOTALS = (
    *("Total", "Grand Total", "Subtotal", "*** Total ***", "Total (1 item)", "Summe:", "Gesamtergebnis", "Insgesamt"),
    *("Totale", "Totale complessivo", "Totaal", "Eindtotaal", "Suma total", "Total general", "Total général"),
    *("Sous-total", "Totalsumma", "Totalt", "Zwischensumme", "Total geral"),
)


def test_totals_are_left_out_by_name_in_the_languages_that_programs_speak(load):
    made = load("products", "sku;name;price\nTEE-S;Tee;5\n" + "".join(f"{word};;5\n" for word in TOTALS))
    counted = load("stock", "sku;quantity\nTEE-S;5\n" + "".join(f"{word};5\n" for word in TOTALS))

    assert skus() == ["MUG-01", "TEE-S"]
    assert stock() == {"TEE-S": 5}
    told = f"Rows 3–{2 + len(TOTALS)}: a row of totals."
    assert [told in answer.told for answer in (made, counted)] == [True, True]


def test_a_product_called_total_is_a_row_where_the_shop_knows_it(load):
    make.product("TOTAAL")

    answer = load("stock", "sku,quantity\nTEE-S,5\nTotaal,3\nTotal,8\n")

    assert stock() == {"TEE-S": 5, "TOTAAL": 3}
    assert "Row 4: a row of totals." in answer.told


def test_new_products_whose_codes_only_begin_like_a_total_are_made(load):
    new = ["ERGEBNIS", "GRAND-1", "SUMA", "SUMMER TEE", "TOTAL-WAR", "TOTALLY"]

    load("products", "sku,price\nTEE-S,5\n" + "".join(f"{sku},3\n" for sku in new))

    assert skus() == sorted(["MUG-01", "TEE-S", *new])


# --- What is printed below a table ------------------------------------------------------

FOOTERS = (
    *("Exported on 2026-02-20 by Ines", "Page 1 of 1", "Seite 1 von 1", "Stand: 20.02.2026", "*** End of report ***"),
    *("Report generated 2026-02-20 10:00", "Erstellt am 20.02.2026", "Exporté le 20/02/2026", "Página 1 de 2"),
)


def test_what_is_printed_below_a_table_is_no_product_and_is_left_out_by_name(load):
    made = load("products", "sku;name;price\nTEE-S;Tee;5\n" + "".join(f"{footer};;\n" for footer in FOOTERS))
    counted = load("stock", "sku;quantity\nTEE-S;5\nPage 1 of 1;\n")

    assert skus() == ["MUG-01", "TEE-S"]
    assert stock() == {"TEE-S": 5}
    assert [f"Row {row}: a footer (“{footer}”)." in made.told for row, footer in enumerate(FOOTERS, start=3)] == [
        True
    ] * len(FOOTERS)
    assert "Row 3: a footer (“Page 1 of 1”)." in counted.told


def test_a_product_called_like_a_footer_is_made_where_its_row_says_more_or_the_shop_knows_it(load):
    make.product("PAGE 3")

    answer = load("products", "sku,name,price\nPage 3,,\nPage 4,,2\nStand 2,,\nDate 10,,\n")

    assert skus() == ["DATE 10", "MUG-01", "PAGE 3", "PAGE 4", "STAND 2", "TEE-S"]
    assert "footer" not in answer.told

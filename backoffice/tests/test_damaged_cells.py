"""What a spreadsheet did to a cell is refused by name in every column that it would reach somebody from."""

import pytest

from backoffice.tests import doors
from inventory.models import DemandEntry, Inbound, Product, Stock
from inventory.tests import files
from orders.models import Customer, Order, ShipTo
from orders.tests import make
from suppliers.models import Lesson, Offer, Supplier
from suppliers.tests import make as supplying

pytestmark = pytest.mark.django_db
ORDERS = "reference,placed_at,email,sku,quantity"
ROW = "R1,2026-02-20 10:00,a@shop.example,TEE-S,1"
LOST = "a number that lost its digits: export the column as text"
DECIMALS = "a whole number with decimals: export the column as text"
ERROR = "the error of a spreadsheet"


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.warehouse("MAIN")
    make.product("TEE-S")


def load(tmp_path, kind, table, **options):
    return doors.command(kind, files.text(tmp_path, table), **options)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("phone", "4.93012E+11", f"a phone number, not {LOST}"),
        ("phone", "493012345678.0", f"a phone number, not {DECIMALS}"),
        ("phone", "#N/A", f"a phone number, not {ERROR}"),
        ("phone", "a@shop.example", "a phone number, such as +49 30 123456"),
        ("ship_phone", "4.93012E+11", f"a phone number, not {LOST}"),
        ("ship_street", "#N/A", f"a name, not {ERROR}"),
        ("ship_city", "#REF!", f"a name, not {ERROR}"),
        ("ship_postal_code", "1.067E+03", f"a postal code, not {LOST}"),
        ("ship_postal_code", "1067.0", f"a postal code, not {DECIMALS}"),
        ("channel", "#N/A", f"a number or code, not {ERROR}"),
        ("channel", "1E+05", f"a number or code, not {LOST}"),
    ],
)
def test_of_an_order_nothing_damaged_is_kept(tmp_path, column, cell, expected):
    answer = load(tmp_path, "orders", f"{ORDERS},{column}\n{ROW},{cell}\n")

    assert f'Row 2, column "{column}": "{cell}" — expected {expected}' in answer.told
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("+49 (0)30/123-45", "+49 (0)30/123-45"),
        ("'+4930123", "+4930123"),
        ("\u200e+49 30 1", "+49 30 1"),
        ("n/a", ""),
        ("-", ""),
    ],
)
def test_a_phone_number_is_kept_as_it_is_written_and_a_word_for_none_is_none(tmp_path, cell, kept):
    assert load(tmp_path, "orders", f"{ORDERS},phone\n{ROW},{cell}\n").is_loaded

    assert Customer.objects.get().phone == kept


PLACE = f"{ORDERS},ship_street,ship_city,ship_postal_code,ship_country\n{ROW},Weg 1,Dresden,"


@pytest.mark.parametrize("place", ["1067,DE", "2139,US", "501,USA", "6000,France", "1067,\u200eＤＥ"])
def test_a_postal_code_that_lost_its_zeros_goes_on_no_parcel(tmp_path, place):
    answer = load(tmp_path, "orders", f"{PLACE}{place}\n")

    assert "a spreadsheet takes zeros away. Export the column as text" in answer.told
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("01067,DE", ("01067", "DE")),
        ("1010,AT", ("1010", "AT")),
        ("02139-4307,US", ("02139-4307", "US")),
        ("-,DE", ("", "DE")),
        ("١٠٦٧٠,\u200eＤＥ", ("10670", "DE")),
    ],
)
def test_a_postal_code_is_kept_in_plain_digits_and_a_word_for_none_is_none(tmp_path, place, kept):
    assert load(tmp_path, "orders", f"{PLACE}{place}\n").is_loaded

    address = Order.objects.get().ship_to
    assert (address.postal_code, str(address.country)) == kept


def test_a_sound_address_stays_as_it_is(tmp_path):
    load(tmp_path, "orders", f"{ORDERS},ship_street,ship_city,ship_postal_code\n{ROW},Nulla 1,Nanterre,'01067\n")

    assert ShipTo.objects.values_list("street", "city", "postal_code").get() == ("Nulla 1", "Nanterre", "01067")


@pytest.mark.parametrize(("cell", "damage"), [("4.5E+09", LOST), ("100234.0", DECIMALS), ("NULL", "nothing")])
def test_nobody_sends_by_the_name_of_a_damaged_number(tmp_path, cell, damage):
    coming = load(tmp_path, "inbound", f"reference,sku,quantity,sender\nP1,TEE-S,5,{cell}\n")
    came = load(tmp_path, "deliveries", f"supplier,reference,sent_at,received_at\n{cell},P1,2026-01-05,2026-01-20\n")

    assert f'column "sender": "{cell}" — expected a name, not {damage}' in coming.told
    assert f'column "supplier": "{cell}" — expected a name, not {damage}' in came.told
    assert not Inbound.objects.exists()
    assert not Supplier.objects.exists()


@pytest.mark.parametrize(("cell", "damage"), [("1E+05", LOST), ("NULL", "nothing"), ("#N/A", ERROR)])
def test_a_bin_is_one_that_stands_on_a_shelf(tmp_path, cell, damage):
    answer = load(tmp_path, "stock", f"sku,quantity,bin\nTEE-S,5,{cell}\n")

    assert f'Row 2, column "bin": "{cell}" — expected a number or code, not {damage}' in answer.told
    assert not Stock.objects.exists()


@pytest.mark.parametrize("channel", ["#N/A", "1E+05"])
def test_no_channel_of_history_is_damaged(tmp_path, channel):
    answer = load(tmp_path, "history", f"reference,sku,quantity,placed_at,channel\n1,TEE-S,2,2026-01-05,{channel}\n")

    assert f'column "channel": "{channel}" — expected a number or code' in answer.told
    assert not DemandEntry.objects.exists()


@pytest.mark.parametrize(("cell", "expected"), [("4.00638E+12", LOST), ("22423.0", DECIMALS), ("#N/A", ERROR)])
def test_a_suppliers_own_code_is_one(tmp_path, cell, expected):
    supplying.supplier(code="NORD")
    row = f"NORD,TEE-S,5,10,{cell}"

    answer = load(tmp_path, "offers", f"supplier,sku,unit_price,quoted_days,supplier_sku\n{row}\n")

    assert f'column "supplier_sku": "{cell}" — expected a number or code, not {expected}' in answer.told
    assert not Offer.objects.exists()


@pytest.mark.parametrize("column", ["reference", "line", "sku"])
def test_two_deliveries_whose_numbers_lost_their_digits_are_not_taken_for_one(tmp_path, column):
    row = {"reference": "P1", "line": "1", "sku": "TEE-S"} | {column: "4.5E+09"}
    rows = "".join(f"Nordlys,{','.join(row.values())},2026-01-05,2026-01-{day},5\n" for day in (20, 22))

    answer = load(tmp_path, "deliveries", f"supplier,reference,line,sku,sent_at,received_at,quantity\n{rows}")

    assert f'Row 3, column "{column}": "4.5E+09" — expected a number or code, not {LOST}' in answer.told
    assert not Lesson.objects.exists()


@pytest.mark.parametrize(
    "sku", ["2-sep", "02-ene", "2-déc.", "9/2/2026", "02.09.2026", "10:30:00", "4.00638E12", "4,00638e12"]
)
def test_a_code_that_another_language_made_a_date_of_becomes_no_product(tmp_path, sku):
    answer = load(tmp_path, "products", f'sku,name\n"{sku}",x\n')

    assert "expected a code, not a " in answer.told
    assert Product.objects.count() == 1


@pytest.mark.parametrize("sku", ["2-SET", "SET-12", "SEP-10", "1E5", "10.5", "10.20.3040", "4-GEN"])
def test_a_code_that_only_looks_a_little_so_is_one(tmp_path, sku):
    assert load(tmp_path, "products", f"sku,name\n{sku},x\n").is_loaded
    assert Product.objects.filter(sku=sku).exists()


@pytest.mark.parametrize("word", ["Итого", "合计", "総計", "Sum total:", "Összesen", "YHTEENSÄ", "Toplam"])
def test_a_row_of_totals_becomes_no_product_in_these_languages_either(tmp_path, word):
    answer = load(tmp_path, "products", f"sku,name,price\nTEE-M,Tee,5\n{word},,5\n")

    assert answer.is_loaded
    assert "Row 3: a row of totals." in answer.told
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["TEE-M", "TEE-S"]


@pytest.mark.parametrize(
    ("cell", "is_complete"),
    [("да", True), ("нет", False), ("kyllä", True), ("ei", False), ("はい", True), ("HAYIR", False), ("1.0", True)],
)
def test_yes_and_no_are_read_in_further_languages(tmp_path, cell, is_complete):
    load(tmp_path, "orders", f"{ORDERS},is_ship_complete\n{ROW},{cell}\n")

    assert Order.objects.get().is_ship_complete is is_complete


def test_an_address_with_its_name_is_the_address(tmp_path):
    load(tmp_path, "orders", f'{ORDERS}\nR1,2026-02-20,"""Lee, Ann"" <ann@shop.example>",TEE-S,1\n')

    assert Customer.objects.get().email == "ann@shop.example"


def test_marks_of_a_template_are_no_part_of_a_columns_name(tmp_path):
    assert load(tmp_path, "products", "SKU *,Name:\nTEE-M,Tee\n").is_loaded
    assert Product.objects.get(sku="TEE-M").name == "Tee"


def test_more_than_was_ordered_is_not_said_to_have_left(tmp_path):
    load(tmp_path, "orders", f"{ORDERS}\nR1,2026-02-20 10:00,a@shop.example,TEE-S,3\n")

    answer = load(tmp_path, "cancellations", "reference,sku,canceled\nR1,TEE-S,4\n")

    assert 'column "canceled": "4" — expected 3 or fewer: no more was ordered' in answer.told

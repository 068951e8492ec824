"""
Files of the kinds people really send, each with what is right, by the command and by the upload alike.

The files are made up, with the layouts and the damage of real exports; ``cases/cases.csv`` says what is right.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone

from backoffice.books import audit
from backoffice.tests import doors
from inventory.models import DemandEntry, Inbound, Movement, Product, Stock, Warehouse
from inventory.supply import inbound as receiving
from inventory.tests import make as inventory_make
from orders.mail import notices
from orders.models import Customer, Notice, Order, OrderLine, Shipment
from orders.tests import make
from suppliers.models import Offer, Supplier

pytestmark = pytest.mark.django_db
WRITTEN = (Product, Offer, Movement, Inbound, DemandEntry, Customer, Order, OrderLine)
SHOPIFY = {
    "Name": "reference",
    "Created at": "placed_at",
    "Lineitem sku": "sku",
    "Lineitem quantity": "quantity",
    "Lineitem price": "unit_price",
}


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.warehouse("MAIN")
    doors.command("products", doors.CASES / "p00-base-products.csv")
    for code in ("ACME", "BETA"):
        Supplier.objects.create(code=code, name=code.capitalize())


@pytest.fixture(params=doors.BOTH)
def load(request, client):
    """One of the doors; ``load("s01-…", kind)`` gives what it said."""
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    else:
        door = doors.command

    def through(name, kind, **options):
        (path,) = doors.CASES.glob(f"{name}-*") if "." not in name else [doors.CASES / name]
        before = counts()
        answer = door(kind, path, **options)
        if not answer.is_loaded:
            assert counts() == before
        return answer

    return through


def counts():
    return {model.__name__: model.objects.count() for model in WRITTEN}


def lines():
    rows = OrderLine.objects.order_by("order__reference", "pk")
    return [(line.order.reference, line.product.sku, line.quantity, line.unit_price) for line in rows]


def stock():
    return dict(Stock.objects.order_by("product__sku").values_list("product__sku", "on_hand"))


def demand():
    return sorted(DemandEntry.objects.values_list("reference", "product__sku", "units"))


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s01_a_plain_shopify_export_loads_with_a_mapping_and_without(load, mapping):
    answer = load("s01", "orders", mapping=mapping)

    assert lines() == [
        ("#1001", "TEE-S", 2, Decimal("20.00")),
        ("#1001", "MUG-01", 1, Decimal("20.00")),
        ("#1002", "TEE-M", 5, Decimal("20.00")),
    ]
    assert "This looks like a Shopify order export" in answer.told
    assert "3 rows = 3 taken + 0 left out + 0 refused." in answer.told


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s03_a_line_without_a_sku_is_left_out_by_name(load, mapping):
    answer = load("s03", "orders", mapping=mapping)

    assert lines() == [("#1004", "TEE-S", 1, Decimal("20.00"))]
    assert "Row 3: no product: it has no SKU (“Tip”)." in answer.told
    assert "2 rows = 1 taken + 1 left out + 0 refused." in answer.told


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s04_an_order_without_an_address_is_loaded_and_its_news_are_calls(load, mapping):
    answer = load("s04", "orders", mapping=mapping)

    assert lines() == [("#1005", "TEE-S", 1, Decimal("20.00"))]
    assert [(who.name, who.email) for who in Customer.objects.all()] == [("Customer of #1005", "")]
    assert "1 customer has no e-mail address: their news is calls to make." in answer.told
    assert "1 row = 1 taken + 0 left out + 0 refused." in answer.told
    notices.send_due(at=timezone.now())
    assert mail.outbox == []
    assert not Notice.objects.exclude(state="call").exists()


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s02_two_lines_of_one_product_are_two_lines(load, mapping):
    load("s02", "orders", mapping=mapping)

    assert lines() == [("#1003", "TEE-S", 2, Decimal("20.00")), ("#1003", "TEE-S", 1, Decimal("0.00"))]


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s05_what_is_closed_there_is_no_open_order_here(load, mapping):
    waiting = make.line(Product.objects.get(sku="TEE-S"), 9)
    Notice.objects.all().delete()

    answer = load("s05", "orders", mapping=mapping)

    rows = OrderLine.objects.exclude(pk=waiting.pk).order_by("order__reference")
    assert [(line.order.reference, line.quantity, line.shipped, line.open) for line in rows] == [
        ("#1006", 2, 2, 0),
        ("#1008", 4, 0, 4),
    ]
    assert "Row 3: it was never paid." in answer.told
    assert "Order #1008: TEE-S was shipped in part, and the file does not say how many units." in answer.told
    assert "3 rows = 2 taken + 1 left out + 0 refused." in answer.told
    assert Notice.objects.count() == 0
    assert Shipment.objects.get().shipped_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert Movement.objects.count() == 0
    assert audit.balances(audit.run(at=timezone.now()))


@pytest.mark.parametrize("mapping", [SHOPIFY, {}])
def test_s06_a_row_of_a_sku_and_a_quantity_belongs_to_the_order_above(load, mapping):
    load("s06", "orders", mapping=mapping)

    assert lines() == [
        ("#1009", "TEE-S", 2, Decimal("20.00")),
        ("#1009", "MUG-01", 1, Decimal("9.00")),
        ("#1010", "TEE-M", 1, Decimal("20.00")),
    ]


def test_s08_items_stand_in_columns_of_one_row(load):
    answer = load("s08", "orders")

    assert lines() == [("4993", "TEE-S", 2, Decimal("20.00")), ("4993", "MUG-01", 2, Decimal("9.00"))]
    assert "1 row = 1 taken" in answer.told


def test_s09_an_amazon_report_names_no_customer_and_the_price_of_all_units(load):
    answer = load("s09", "orders")

    assert lines() == [("302-1111111-2222224", "MUG-01", 2, Decimal("9.00"))]
    order = Order.objects.get()
    assert (order.channel, order.customer.name, order.customer.email) == (
        "amazon",
        "Customer of 302-1111111-2222224",
        "",
    )
    assert "Row 2: shipped by Amazon, not by us." in answer.told
    assert "Row 3: canceled there." in answer.told
    assert "3 rows = 1 taken + 2 left out + 0 refused." in answer.told


def test_s10_a_name_that_begins_with_a_quotation_mark_moves_no_row(load):
    mapping = {"amazon-order-id": "reference", "purchase-date": "placed_at", "product-name": "name"}

    load("s10", "history", mapping=mapping)

    assert demand() == [
        ("amazon:302-1", "TEE-S", 3),
        ("amazon:302-2", "MUG-01", 2),
        ("amazon:302-3", "TEE-M", 1),
        ("amazon:302-4", "TEE-M", 4),
    ]


def test_s11_an_ebay_report_has_a_row_of_the_order_and_a_footer(load):
    answer = load("s11", "orders")

    assert lines() == [
        ("12-10000-10001", "TEE-S", 2, Decimal("20.00")),
        ("12-10000-10001", "MUG-01", 1, Decimal("9.00")),
    ]
    assert Order.objects.get().customer.email == "u1@members.ebay.com"
    assert "Row 4: the row of the whole order" in answer.told
    assert "Row 8: a footer (“3 record(s) downloaded" in answer.told
    assert "Row 9: a footer (“Seller ID : teststore”)" in answer.told


def test_s12_the_second_line_of_an_odoo_order_belongs_to_the_order_above(load):
    load("s12", "orders")

    assert lines() == [
        ("S00042", "TEE-S", 2, Decimal("20.00")),
        ("S00042", "MUG-01", 1, Decimal("9.00")),
        ("S00043", "TEE-M", 1, Decimal("20.00")),
    ]


def test_s13_inches_are_no_quotation_marks(load):
    load("s13", "orders")

    assert [line[:3] for line in lines()] == [("Q1", "TEE-S", 1), ("Q2", "MUG-01", 2), ("Q3", "TEE-M", 3)]


def test_h05_a_number_used_again_is_two_orders(load):
    answer = load("h05", "history")
    again = load("h05", "history")

    days = DemandEntry.objects.order_by("day").values_list("product__sku", "day", "units")
    assert list(days) == [("TEE-S", date(2024, 1, 3), 5), ("TEE-S", date(2026, 1, 5), 7)]
    assert "The number R-0001 was 2 orders, of 2024-01-03 and 2026-01-05." in answer.told
    assert "unchanged 2" in again.told


def test_h12_what_begins_like_a_test_is_demand(load):
    load("h12", "history")

    assert demand() == [("A1", "TESTER-100ML", 10)]


def test_h12_h13_a_spanner_that_adjusts_and_sizes_that_are_known_are_demand(load):
    for size in ("S", "M", "D"):
        make.product(size)

    load("h13", "history")
    load("h12", "history")

    assert demand() == [
        ("A1", "ADJUSTABLE-SPANNER", 10),
        ("A1", "TESTER-100ML", 10),
        ("A2", "S", 4),
        ("A2", "TESTER-KIT", 4),
        ("A3", "M", 4),
        ("A4", "D", 1),
    ]


def test_k01_shopify_counts_what_is_on_hand_now(load):
    answer = load("k01", "stock")

    assert stock() == {"MUG-01": 2, "TEE-S": 7}
    assert "Row 3: not stocked there." in answer.told
    assert "3 rows = 2 taken + 1 left out + 0 refused." in answer.told


def test_k02_a_warehouse_is_found_by_its_name(load):
    berlin = make.warehouse("BER", name="Berlin Warehouse Nord")

    load("k02", "stock")

    assert Stock.objects.get().warehouse == berlin


@pytest.mark.parametrize("mapping", [{"Produkt/Interne Referenz": "sku", "Menge": "quantity"}, {}])
def test_k03_three_decimals_are_no_thousands(load, mapping):
    load("k03", "stock", mapping=mapping)

    assert stock() == {"MUG-01": 1, "TEE-S": 12}


def test_k14_the_row_of_the_header_is_named_and_read(load):
    refused = load("k14", "stock")
    answer = load("k14", "stock", header_row=4)

    assert not refused.is_loaded
    assert "Row 4 looks like the header: SKU, Description, Quantity." in refused.told
    assert answer.is_loaded
    assert stock() == {"MUG-01": 6, "TEE-S": 5}


def test_k18_bins_add_up(load):
    load("k18", "stock")

    assert stock() == {"TEE-S": 9}


def test_k33_all_others_are_zero_if_somebody_says_so(load):
    others = {product.sku: product for product in Product.objects.exclude(sku="TEE-S")}
    elsewhere = make.warehouse("BER")
    for place in (Warehouse.objects.get(code="MAIN"), elsewhere):
        make.on_hand(others["MUG-01"], 4, place=place)
    make.on_hand(others["TEE-M"], 2, place=elsewhere)

    unasked = load("k33", "stock")
    assert sum(Stock.objects.values_list("on_hand", flat=True)) == 5 + 4 + 4 + 2
    asked = load("k33", "stock", all_others_zero=True)
    again = load("k33", "stock", all_others_zero=True)

    rows = Stock.objects.filter(on_hand__gt=0).order_by("warehouse__code", "product__sku")
    assert list(rows.values_list("warehouse__code", "product__sku", "on_hand")) == [
        ("BER", "MUG-01", 4),
        ("BER", "TEE-M", 2),
        ("MAIN", "TEE-S", 5),
    ]
    assert "set to 0" not in unasked.told + again.told
    assert "1 that the file does not name are set to 0: MUG-01 in MAIN, 4." in asked.told


def test_a_count_is_of_its_own_time(load):
    tee, place, at = Product.objects.get(sku="TEE-S"), Warehouse.objects.get(), timezone.now()
    make.on_hand(tee, 20, place=place, at=at - timedelta(days=3))
    inventory_make.lost(tee, 2, place=place, at=at - timedelta(hours=30))
    inventory_make.lost(tee, 3, place=place, at=at - timedelta(hours=20))
    counted_at = timezone.localtime(at - timedelta(hours=24)).strftime("%Y-%m-%d %H:%M")

    load("k33", "stock", counted_at=counted_at)
    again = load("k33", "stock", counted_at=counted_at)

    assert stock() == {"TEE-S": 2}
    assert "1 unchanged" in again.told


def test_k31_a_quotation_mark_that_is_never_closed_refuses_the_file(load):
    answer = load("k31", "stock")

    assert not answer.is_loaded
    assert 'a quotation mark (") in row 2 is never closed' in answer.told


@pytest.mark.parametrize("mapping", [{"Date": "placed_at", "Time": "placed_at"}, {}])
def test_o05_a_date_and_a_time_in_two_columns_are_one_moment(load, mapping, request):
    if mapping and "upload" in request.node.name:
        mapping = {}  # a page has one choice for each field: there the layout joins them

    load("o05", "orders", mapping=mapping)

    order = Order.objects.get()
    assert order.placed_at == datetime(2026, 11, 20, 21, 5, tzinfo=UTC)
    assert [line[:3] for line in lines()] == [("tx1", "TEE-S", 1)]


def test_o12_two_with_three_decimals_is_two(load):
    load("o12", "orders")

    assert lines() == [("G1", "TEE-S", 2, Decimal("20.50"))]


def test_o14_a_number_with_decimals_is_no_order_number(load):
    answer = load("o14", "orders")

    assert not answer.is_loaded
    assert "1001.0" in answer.told
    assert "not a whole number with decimals" in answer.told


def test_o17_a_price_with_more_decimals_is_rounded_and_counted(load):
    mapping = {
        "Order Number": "reference",
        "Order Date": "placed_at",
        "Email (Billing)": "email",
        "Item Cost": "unit_price",
    }

    answer = load("o17", "orders", mapping=mapping)

    assert lines() == [("4993", "TEE-S", 2, Decimal("16.81"))]
    assert "1 × unit price had more decimals than are kept, and is rounded." in answer.told


def test_o20_two_names_of_one_customer_are_a_note(load):
    answer = load("o20", "orders")

    assert [line[:3] for line in lines()] == [("1", "TEE-S", 1), ("1", "MUG-01", 1)]
    assert "Order 1 names “Kim A” and “Kim Adams”; the first is taken." in answer.told
    assert [(who.name, who.email) for who in Customer.objects.all()] == [("Kim A", "kim@example.com")]


def test_o21_lines_with_times_of_their_own_are_of_one_order(load):
    answer = load("o21", "orders")

    assert Order.objects.get().placed_at == datetime(2026, 11, 18, 10, 0, 1, tzinfo=UTC)
    assert "10:00, as in" not in answer.told
    assert "have times of their own; the first is taken" in answer.told


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("h01", "history", "4.00638E+12"),
        ("h01", "history", "a number that lost its digits"),
        ("h02", "history", "#N/A"),
        ("h02", "history", "nan"),
        ("h02", "history", "NULL"),
        ("h03", "history", "22423.0"),
        ("h04", "history", "this reads as 1.5"),
        ("p01", "products", "4.00639E+12"),
        ("p02", "products", "#REF!"),
        ("x04", "products", "the formula in this cell has none"),
        ("d21.csv", "offers", "amounts in one currency; the column has $ and £"),
    ],
)
def test_what_is_damaged_is_refused_by_name(load, name, kind, told):
    answer = load(name, kind)

    assert not answer.is_loaded
    assert told in answer.told


def test_d21_an_amount_in_another_currency_is_refused_and_its_own_sign_read(load, settings):
    settings.SHOP_CURRENCY = "USD"

    answer = load("d21.csv", "offers")

    assert not answer.is_loaded
    assert "an amount in USD, not in £" in answer.told
    assert "$5.00" not in answer.told


def test_d21_is_loaded_where_each_supplier_is_paid_in_its_own_currency(load):
    for code, currency in (("ACME", "USD"), ("BETA", "GBP")):
        Supplier.objects.filter(code=code).update(currency=currency)

    load("d21.csv", "offers")

    rows = Offer.objects.order_by("supplier__code").values_list("supplier__code", "prices__unit_price")
    assert list(rows) == [("ACME", Decimal(5)), ("BETA", Decimal("4.5"))]


def test_i06_twenty_four_with_three_decimals_is_twenty_four(load):
    load("i06", "inbound")

    assert Inbound.objects.get().quantity == 24


def test_i05_quickbooks_names_what_is_still_to_come(load):
    load("i05", "inbound")

    inbound = Inbound.objects.get()
    assert (inbound.reference, inbound.product.sku, inbound.quantity, inbound.sender) == (
        "1042",
        "TEE-S",
        30,
        "Acme Supply",
    )
    assert str(inbound.expected_date) == "2026-12-15"


def arrivals():
    rows = Inbound.objects.open().order_by("expected_date", "pk")
    return [(row.outstanding, f"{row.expected_date}") for row in rows]


def test_i01_one_line_comes_on_two_days_and_stays_so(load):
    load("i01", "inbound")
    again = load("i01", "inbound")

    assert arrivals() == [(50, "2026-12-10"), (30, "2026-12-24")]
    assert "2 unchanged" in again.told


def test_i01_one_day_becomes_two_and_what_waits_is_settled_once(load, tmp_path):
    first = tmp_path / "first.csv"
    first.write_text("reference,sku,quantity,sender,expected_date,is_confirmed\nPO-77,TEE-S,80,Acme,2026-12-10,yes\n")
    doors.command("inbound", first)
    waiting = make.line(Product.objects.get(sku="TEE-S"), 60, at=timezone.now())

    load("i01", "inbound")

    assert arrivals() == [(50, "2026-12-10"), (30, "2026-12-24")]
    waiting.refresh_from_db()
    assert waiting.promised_date >= date(2026, 12, 24)


def test_i02_a_day_that_has_passed_is_dated_from_tomorrow_on_and_no_customer_is_promised_any(load):
    """What its sender had confirmed is late: whoever waits for it hears that, and no day that is only computed."""
    waiting = make.line(Product.objects.get(sku="TEE-S"), 10, at=timezone.now())

    load("i02", "inbound")
    again = load("i02", "inbound")

    today = timezone.localdate()
    inbound = Inbound.objects.get()
    waiting.refresh_from_db()
    assert today < inbound.likely_date <= inbound.safe_date
    assert waiting.promised_date is None
    assert list(waiting.promises.exclude(promised_date=None)) == []
    assert "1 unchanged" in again.told


def test_i03_a_date_taken_back_is_gone_and_so_is_what_was_promised_by_it(load):
    waiting = make.line(Product.objects.get(sku="TEE-S"), 10, at=timezone.now())
    load("i03-first.csv", "inbound")
    waiting.refresh_from_db()
    assert waiting.promised_date

    load("i03-then-no-date.csv", "inbound")
    again = load("i03-then-no-date.csv", "inbound")

    inbound = Inbound.objects.get()
    waiting.refresh_from_db()
    assert (inbound.expected_date, inbound.is_confirmed) == (None, False)
    assert (inbound.likely_date, inbound.safe_date) == (None, None)
    assert (waiting.promised_date, waiting.promises.latest("pk").basis) == (None, "none")
    assert Notice.objects.filter(lines__line=waiting).exists()
    assert "1 unchanged" in again.told


def test_i05_what_is_still_to_come_is_accepted_after_a_part_has_come(load, tmp_path):
    ordered = tmp_path / "ordered.csv"
    ordered.write_text("reference,sku,quantity,sender,expected_date\n1042,TEE-S,50,Acme Supply,2026-12-01\n")
    doors.command("inbound", ordered)
    receiving.receive([receiving.Receipt(Inbound.objects.get().pk, 20)], by=None, at=timezone.now())

    load("i05", "inbound")
    again = load("i05", "inbound")

    assert arrivals() == [(30, "2026-12-15")]
    assert Inbound.objects.get().quantity == 50
    assert "1 unchanged" in again.told


def test_p03_signs_that_nobody_sees_make_no_other_product(load):
    load("p03", "products")

    assert dict(Product.objects.values_list("sku", "price")) == {
        "TEE-S": Decimal("21.00"),
        "MUG-01": Decimal("9.50"),
        "TEE-M": Decimal("21.00"),
        "TEEXL": Decimal("21.00"),
    }


def test_x01_a_hidden_sheet_is_not_read(load):
    answer = load("x01", "stock")

    assert stock() == {"TEE-S": 5}
    assert "Read the sheet “Count”. Hidden and not read: Cover." in answer.told


def test_x02_of_two_sheets_somebody_says_which(load):
    refused = load("x02", "stock")
    answer = load("x02", "stock", sheet="Count")

    assert "has 2 sheets with something in them: Read me, Count. Say which is meant." in refused.told
    assert stock() == {"TEE-S": 5}
    assert "Read the sheet “Count”." in answer.told


def test_x06_merged_cells_mean_every_row_they_span(load):
    load("x06", "orders")

    assert [line[:3] for line in lines()] == [("M1", "TEE-S", 1), ("M1", "MUG-01", 2)]


def test_x07_a_header_of_two_rows_is_read_by_the_second(load):
    refused = load("x07", "stock")
    load("x07", "stock", header_row=2)

    assert "Row 2 looks like the header: sku, name, quantity, reason." in refused.told
    assert stock() == {"TEE-S": 5}

"""Relatives of the exports in ``cases``: other versions, other settings, other languages of the same programs."""

from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.tests import doors
from inventory.models import DemandEntry, Inbound
from inventory.tests import files
from orders import demand_feed
from orders.models import Channel, Order, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
SHOPIFY = (
    "Name,Email,Financial Status,Fulfillment Status,Fulfilled at,Currency,Taxes,Total,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem sku,Lineitem fulfillment status,Billing Name,Cancelled at,Refunded Amount,"
    "Outstanding Balance,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value\n"
)
AMAZON = (
    "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tproduct-name\tsku\t"
    "item-status\tquantity\tcurrency\titem-price\n"
)
EBAY = (
    ',,,,,,,,,\n"Sales Record Number","Order Number","Buyer Username","Item Number","Item Title","Custom Label",'
    '"Quantity","Sold For","Sale Date","Paid On Date","Shipped On Date","Ship To Phone"\n,,,,,,,,,\n'
)
WEBTOFFEE = (
    "order_id,order_number,order_date,status,order_currency,customer_id,customer_email,billing_first_name,"
    "billing_last_name,billing_email,line_item_1,line_item_2\n"
)
ODOO = {
    "en": "Order Reference,Order Date,Customer,Customer/Email,Status,Order Lines/Product/Internal Reference,"
    "Order Lines/Quantity,Order Lines/Delivery Quantity,Order Lines/Unit Price,Currency\n",
    "de": "Auftragsreferenz,Bestelldatum,Kunde,Kunde/E-Mail,Auftragsstatus,Auftragszeilen/Produkt/Interne Referenz,"
    "Auftragszeilen/Menge,Auftragszeilen/Gelieferte Menge,Auftragszeilen/Einzelpreis,Währung\n",
}


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CURRENCY = "EUR"
    make.warehouse("MAIN")
    make.product("TEE-S")
    make.product("MUG-01")


def load(tmp_path, text, kind="orders", **options):
    return doors.command(kind, files.text(tmp_path, text), **options)


def lines():
    rows = OrderLine.objects.order_by("order__reference", "pk")
    return [(line.order.reference, line.product.sku, line.quantity, line.shipped, line.canceled) for line in rows]


def demand():
    demand_feed.feed(at=timezone.now())
    return sorted(DemandEntry.objects.values_list("reference", "units"))


def test_shopify_with_taxes_parts_and_refunds(tmp_path):
    moment = "2026-11-01 10:00:00 +0100"
    answer = load(
        tmp_path,
        f"{SHOPIFY}#1,a@x.example,paid,partial,{moment},EUR,9,65,{moment},2,Tee,20,TEE-S,fulfilled,Ann,,0,0,VAT,9,,\n"
        f"#1,a@x.example,,,,,,,{moment},3,Mug,7,MUG-01,pending,,,,,,,,\n"
        f"#2,b@x.example,partially_refunded,unfulfilled,,EUR,9,65,{moment},2,Tee,20,TEE-S,pending,Bo,,20,0,VAT,9,,\n"
        f"#3,c@x.example,refunded,fulfilled,{moment},EUR,9,65,{moment},1,Tee,20,TEE-S,fulfilled,Cy,,20,0,VAT,9,,\n",
    )

    assert answer.is_loaded
    assert lines() == [
        ("#1", "MUG-01", 3, 0, 0),
        ("#1", "TEE-S", 2, 2, 0),
        ("#2", "TEE-S", 2, 0, 0),
        ("#3", "TEE-S", 1, 1, 0),
    ]
    assert "Order #2: TEE-S was refunded in part, and the file does not say how many units." in answer.told


MOMENT = "2026-11-01 10:00:00 +0100"
WOO = (
    "order_id,order_number,date,status,order_total,billing_full_name,billing_email,item_id,item_product_id,item_name,"
    "item_sku,item_quantity,item_subtotal,item_total,item_refunded,item_total_tax\n"
)


def state(program, word, second=""):
    """An order of 2 of whom a program says this."""
    return {
        "financial": f"{SHOPIFY}#1,a@x.example,{word},,,EUR,9,65,{MOMENT},2,Tee,20,TEE-S,{second},Ann,,,,,,,\n",
        "fulfillment": f"{SHOPIFY}#1,a@x.example,paid,{word},,EUR,9,65,{MOMENT},2,Tee,20,TEE-S,,Ann,,,,,,,\n",
        "line": f"{SHOPIFY}#1,a@x.example,paid,,,EUR,9,65,{MOMENT},2,Tee,20,TEE-S,{word},Ann,,,,,,,\n",
        "woocommerce": f"{WOO}1,1001,2026-11-01 10:00,{word},40,Ann,a@x.example,1,11,Tee,TEE-S,2,40,40.00,0,\n",
        "amazon": f"{AMAZON}1-1\t{MOMENT}\t\t{word}\tMerchant\tTee\tTEE-S\t{second}\t2\tEUR\t40.00\n",
        "odoo": f"{ODOO['en']}S1,2026-11-01 10:00:00,Ann,a@x.example,{word},TEE-S,2,0,20,EUR\n",
    }[program]


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("financial", "chargeback"),
        ("fulfillment", "returned"),
        ("line", "lost"),
        ("woocommerce", "wc-return-requested"),
        ("amazon", "Unfulfillable"),
        ("odoo", "Anonymized"),
    ],
)
def test_a_state_that_a_layout_does_not_know_is_named_and_never_taken_for_open(tmp_path, program, word):
    answer = load(tmp_path, state(program, word))

    assert not answer.is_loaded
    assert f'column "status": "{word}" — expected a status that is known' in answer.told
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("financial", "Authorized"),
        ("financial", ""),
        ("fulfillment", "on_hold"),
        ("fulfillment", "partial"),
        ("line", "request_declined"),
        ("woocommerce", "wc-processing"),
        ("woocommerce", "In Bearbeitung"),
        ("amazon", "PartiallyShipped"),
        ("amazon", "Pending"),
        ("odoo", "Locked"),
    ],
)
def test_states_that_say_a_row_is_open_are_known(tmp_path, program, word):
    assert load(tmp_path, state(program, word)).is_loaded
    assert [row[1:] for row in lines()] == [("TEE-S", 2, 0, 0)]


def test_a_state_in_german_says_that_an_order_has_left(tmp_path):
    assert load(tmp_path, state("woocommerce", "Abgeschlossen")).is_loaded
    assert [row[1:] for row in lines()] == [("TEE-S", 2, 2, 0)]


def test_another_word_of_a_payment_is_no_matter_where_all_units_have_left(tmp_path):
    assert load(tmp_path, state("financial", "chargeback", "fulfilled")).is_loaded
    assert [row[1:] for row in lines()] == [("TEE-S", 2, 2, 0)]


def test_orders_in_another_currency_are_refused_by_name(tmp_path):
    text = f"{SHOPIFY}#1,a@x.example,paid,,,USD,9,65,2026-11-01 10:00:00 +0100,2,Tee,20,TEE-S,pending,Ann,,,,,,,\n"

    answer = load(tmp_path, text)

    assert not answer.is_loaded
    assert 'column "Currency": "USD" — expected EUR, which amounts are in here: nothing is converted.' in answer.told
    assert not Order.objects.exists()


def test_amazon_is_taken_by_its_status(tmp_path):
    def row(number, status, units, *, item="Unshipped", price="20.00", changed="2026-11-02T10:00:00+00:00"):
        first = f"{number}\t2026-11-01T10:00:00+00:00\t{changed}\t{status}"
        return f"{first}\tMerchant\tTee\tTEE-S\t{item}\t{units}\tEUR\t{price}\n"

    answer = load(
        tmp_path,
        AMAZON
        + row(1, "Pending", 1, price="")
        + row(2, "Pending", 1)
        + row(3, "Unshipped", 2)
        + row(4, "Shipped - Returned to Seller", 1, item="Shipped")
        + row(5, "Cancelled", 0, item="Cancelled", price="")
        + row(6, "Cancelled", 3, item="Cancelled", changed="2026-11-05T10:00:00+00:00")
        + row(7, "Cancelled", 4, item="Cancelled", changed="2026-11-01T12:00:00+00:00"),
    )

    assert [(number, *rest) for number, _, *rest in lines()] == [
        ("1", 1, 0, 0),
        ("2", 1, 0, 0),
        ("3", 2, 0, 0),
        ("4", 1, 1, 0),
        ("6", 3, 0, 3),
        ("7", 4, 0, 4),
    ]
    assert list(Order.objects.filter(is_unpaid=True).values_list("reference", flat=True)) == ["1"]
    assert "Row 6: canceled there." in answer.told
    # canceled days later was demand, canceled within a day was none
    assert demand() == [("amazon:1", 1), ("amazon:2", 1), ("amazon:3", 2), ("amazon:4", 1), ("amazon:6", 3)]


def test_a_program_that_says_of_the_unpaid_that_they_are_says_of_the_others_that_they_are_paid(tmp_path, settings):
    settings.SHOP_CURRENCY = "USD"
    Channel.objects.create(name="ebay", arrives_unpaid=True)

    load(
        tmp_path,
        f'{EBAY}"1","1-1","ann","111","Tee","TEE-S","1","$20.00","Nov-01-26","Nov-01-26","--","--"\n'
        '"2","1-2","bo","111","Tee","TEE-S","1","$20.00","Nov-01-26","--","--","--"\n',
    )

    assert list(Order.objects.order_by("reference").values_list("is_unpaid", flat=True)) == [False, True]


def test_ebay_writes_two_dashes_for_nothing(tmp_path, settings):
    settings.SHOP_CURRENCY = "USD"
    answer = load(
        tmp_path,
        f'{EBAY}"1","1-1","ann","111","Tee","TEE-S","1","$20.00","Nov-01-26","Nov-01-26","--","--"\n'
        '"2","1-2","bo","111","Tee","TEE-S","1","$20.00","Nov-01-26","Nov-01-26","Nov-02-26","--"\n'
        '"3","1-3","cy","111","Tee","TEE-S","1","$20.00","Nov-01-26","--","--","--"\n'
        '--,,,,,,,,,,,\n"3","record(s) downloaded,"," from Nov-01-26"\n',
    )

    assert lines() == [("1-1", "TEE-S", 1, 0, 0), ("1-2", "TEE-S", 1, 1, 0), ("1-3", "TEE-S", 1, 0, 0)]
    assert list(Order.objects.filter(is_unpaid=True).values_list("reference", flat=True)) == ["1-3"]
    assert "Row 7: a footer (“--”)." in answer.told


@pytest.mark.parametrize(
    ("language", "sale", "canceled", "quoted"),
    [
        ("en", "Sales Order", "Cancelled", "Quotation Sent"),
        ("de", "Verkaufsauftrag", "Abgebrochen", "Angebot gesendet"),
    ],
)
def test_odoo_says_what_was_delivered_and_canceled(tmp_path, language, sale, canceled, quoted):
    rest = "2026-11-01 08:00:00,Acme,a@x.example"
    answer = load(
        tmp_path,
        f"{ODOO[language]}S1,{rest},{sale},TEE-S,3.0,1.0,19.5,EUR\n,,,,,MUG-01,2.0,0.0,7.0,\n"
        f"S2,{rest},{canceled},TEE-S,3.0,0.0,19.5,EUR\nS3,{rest},{quoted},TEE-S,3.0,0.0,19.5,EUR\n",
    )

    assert lines() == [("S1", "TEE-S", 3, 1, 0), ("S1", "MUG-01", 2, 0, 0), ("S2", "TEE-S", 3, 0, 3)]
    assert "Row 5: a quotation, not an order." in answer.told
    assert demand() == [("shop:S1", 2), ("shop:S1", 3), ("shop:S2", 3)]


def test_quickbooks_with_groups_and_totals_is_dated_as_its_other_dates_show(tmp_path):
    answer = load(
        tmp_path,
        ",Type,Date,Num,Memo,Source Name,Item,Deliv Date,Qty,Rcv'd,Backordered,Amount,Open Balance\n"
        "Apparel,,,,,,,,,,,,\n"
        ",Purchase Order,11/02/2026,PO-9,,ACME,Apparel:TEE-S (Tee),12/20/2026,50,20,30,500.00,300\n"
        "Total Apparel,,,,,,,,50,20,30,500.00,300\nTOTAL,,,,,,,,50,20,30,500.00,300\n",
        "inbound",
    )

    assert answer.is_loaded
    (coming,) = Inbound.objects.all()
    assert (coming.reference, coming.outstanding, f"{coming.expected_date}") == ("PO-9", 30, "2026-12-20")
    assert f"{coming.sent_at:%Y-%m-%d}" == "2026-11-02"


def test_woocommerce_names_its_customer_in_two_columns(tmp_path):
    item = "name:Tee|product_id:1|sku:TEE-S|quantity:2|total:40.00|sub_total:40.00"
    load(
        tmp_path,
        f"{WEBTOFFEE}501,501,2026-11-01 10:00:00,processing,EUR,7,a@x.example,Ann,Lee,a@x.example,{item},\n"
        f"503,503,2026-11-01 10:00:00,completed,EUR,8,b@x.example,Bo,Ray,b@x.example,{item},\n",
    )

    assert lines() == [("501", "TEE-S", 2, 0, 0), ("503", "TEE-S", 2, 2, 0)]
    assert OrderLine.objects.first().unit_price == Decimal("20.00")
    assert list(Order.objects.order_by("pk").values_list("customer__name", flat=True)) == ["Ann Lee", "Bo Ray"]


def test_a_further_row_may_repeat_the_number_of_its_order_and_leave_the_rest_to_the_first(tmp_path):
    text = (
        "reference,placed_at,email,sku,quantity\n1,2026-11-01,a@x.example,TEE-S,1\n1,,,MUG-01,2\n"
        "2,2026-11-02,b@x.example,TEE-S,3\n"
    )
    head, first = SHOPIFY.strip(), f"a@x.example,paid,,,EUR,9,65,{MOMENT},2,Tee,20,TEE-S,pending,Ann,,,,,,,"

    assert load(tmp_path, text).is_loaded
    assert load(tmp_path, f"{head}\n#1,{first}\n#1,,,,,,,,,3,Mug,7,MUG-01,pending,,,,,,,,\n").is_loaded

    assert [row[:3] for row in lines()] == [
        ("#1", "TEE-S", 2), ("#1", "MUG-01", 3), ("1", "TEE-S", 1), ("1", "MUG-01", 2), ("2", "TEE-S", 3),
    ]  # fmt: skip


def test_a_row_of_another_order_takes_nothing_from_the_one_above(tmp_path):
    text = "reference,placed_at,email,sku,quantity\n1,2026-11-01,a@x.example,TEE-S,1\n2,,,MUG-01,2\n"

    answer = load(tmp_path, text)

    assert not answer.is_loaded
    assert 'Row 3, column "placed_at": empty' in answer.told


@pytest.mark.parametrize(
    ("kind", "head", "row", "column"),
    [
        ("products", "sku,name,group", "TEE-S,#REF!,Shirts", "name"),
        ("products", "sku,name,group", "TEE-S,Tee,####", "group"),
        ("inbound", "reference,sku,quantity,sender", "PO-1,TEE-S,5,#N/A", "sender"),
        ("inbound", "reference,sku,quantity,sender", "PO-1,TEE-S,5,nan", "sender"),
        ("orders", "reference,placed_at,email,customer,sku,quantity", "1,2026-11-01,,#NAME?,TEE-S,1", "customer"),
        ("suppliers", "code,name", "NORD,#N/A", "name"),
    ],
)
def test_a_name_that_is_the_error_of_a_spreadsheet_is_refused_by_row_and_column(tmp_path, kind, head, row, column):
    answer = load(tmp_path, f"{head}\n{row}\n", kind)

    assert not answer.is_loaded
    assert f'Row 2, column "{column}": "' in answer.told
    assert "expected a name, not" in answer.told


def test_a_customer_may_be_called_null(tmp_path):
    text = "reference,placed_at,email,customer,sku,quantity\n1,2026-11-01,a@x.example,Null,TEE-S,1\n"

    assert load(tmp_path, text).is_loaded
    assert Order.objects.get().customer.name == "Null"


@pytest.mark.parametrize("code", ["TIP", "gift card", "GIFTCARD", "Shipping"])
def test_tips_and_gift_cards_are_no_products_and_block_no_order(tmp_path, code):
    text = (
        f"reference,placed_at,email,sku,quantity\n1,2026-11-01,a@x.example,TEE-S,1\n1,2026-11-01,a@x.example,{code},1\n"
    )

    answer = load(tmp_path, text)

    assert answer.is_loaded
    assert [row[:3] for row in lines()] == [("1", "TEE-S", 1)]
    assert code.upper() in answer.told

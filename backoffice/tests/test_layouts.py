"""Other programs' exports under their full headers: each is known, said by its name, and read as its rows mean."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.files import layouts, loading
from inventory.ground.tabular import Problems, Reading, Sheet, Source, Unreadable
from inventory.tests import files

SQUARE = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,"
    "Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name,"
    "Customer Reference ID,Unit,Count,GTIN,Itemization Type,Commission,Employee,Fulfillment Note,Channel,Token"
)
EBAY = (
    "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Ship To Name,Item Number,Item Title,"
    "Custom Label,Sold Via Promoted Listings,Quantity,Sold For,Total Price,Sale Date,Paid On Date,Ship By Date,"
    "Shipped On Date,Transaction ID"
)
WOO = (
    "order_id,order_number,date,status,order_total,billing_full_name,billing_email,item_id,item_product_id,item_name,"
    "item_sku,item_quantity,item_subtotal,item_total,item_refunded_qty,item_meta"
)


def read(tmp_path, kind, text, layout=""):
    """Read a table; give each row's values, which rows were left out and why, and what was said."""
    resource = loading.KINDS[kind]
    path = files.text(tmp_path, text)
    reading = Reading(kind=kind, layouts=layouts.of(kind), layout=layout, fill=resource.fill)
    columns = [column for column in resource.columns if column.name != "email"]
    sheet = Sheet(Source(path), [*columns, *(c for c in resource.columns if c.name == "email" and _has(text))], reading)
    problems = Problems()
    rows = [(record.row, record.values) for record in sheet.records(problems)]
    assert list(problems) == []
    return rows, sheet.left.rows, sheet.told


def _has(text):
    return "mail" in text.lower()


def brief(rows, *names):
    return [tuple(values.get(name) for name in names) for _, values in rows]


def test_each_layout_has_a_name_of_its_own_and_reads_what_its_kinds_require():
    names = [layout.name for layout in layouts.LAYOUTS]

    assert len(set(names)) == len(names)
    for layout in layouts.LAYOUTS:
        made = {*layout.columns, *layout.joined, *layout.fixed, *(layout.items.parts.values() if layout.items else ())}
        for kind in layout.kinds:
            required = {column.name for column in loading.KINDS[kind].columns if column.is_required}
            assert required <= made, (layout.name, kind)


def test_square_sells_by_the_row_and_a_refund_is_no_order(tmp_path):
    text = (
        f"{SQUARE}\n"
        "2026-07-18,12:59:30,Eastern Time (US & Canada),Tees,Tee,2.0,Regular,TEE-S,,$40.00,$0.00,$40.00,$0.00,tx1,p1,"
        "Till,,,Payment,Main,,c1,Ann,,,1,,Physical Good,$0.00,,,,\n"
        "2026-07-18,13:00:00,Eastern Time (US & Canada),,Custom Amount,1.0,,,,$8.00,$0.00,$8.00,$0.00,tx2,p2,"
        "Till,,,Payment,Main,,,,,,1,,Custom Amount,$0.00,,,,\n"
        "2026-07-19,09:00:00,Eastern Time (US & Canada),Tees,Tee,-1.0,Regular,TEE-S,,-$20.00,$0.00,-$20.00,$0.00,tx3,"
        "p3,Till,,,Refund,Main,,c1,Ann,,,-1,,Physical Good,$0.00,,,,\n"
    )

    rows, left, told = read(tmp_path, "orders", text)
    history, _, _ = read(tmp_path, "history", text)

    assert brief(rows, "reference", "sku", "quantity", "total_price") == [("tx1", "TEE-S", 2, Decimal("40.0000"))]
    assert f"{rows[0][1]['placed_at']:%Y-%m-%d %H:%M:%S}" == "2026-07-18 12:59:30"
    assert left == {"no product: it has no SKU (“Custom Amount”)": [3], "a refund": [4]}
    assert told[0] == "This looks like a Square item sales export: read by the layout square-items."
    assert told[1].startswith("Not used: “Time Zone”, ")
    assert brief(history, "reference", "quantity") == [("tx1", 2), ("tx3", -1)]


def test_ebay_orders_shipped_or_unpaid_are_told_apart(tmp_path):
    text = (
        f"{EBAY}\n"
        "1,11-1,u,Ann,a@example.com,Ann,77,Tee,TEE-S,No,1,£20.00,£20.00,Nov-18-26,Nov-18-26,Nov-20-26,,t1\n"
        "2,11-2,u,Bob,b@example.com,Bob,77,Tee,TEE-S,No,1,£20.00,£20.00,Nov-18-26,Nov-18-26,Nov-20-26,Nov-19-26,t2\n"
        "3,11-3,u,Cy,c@example.com,Cy,77,Tee,TEE-S,No,1,£20.00,£20.00,Nov-18-26,,Nov-20-26,,t3\n"
    )

    rows, left, _ = read(tmp_path, "orders", text)

    assert brief(rows, "reference", "channel", "email", "customer", "unit_price") == [
        ("11-1", "ebay", "a@example.com", "Ann", Decimal("20.00"))
    ]
    assert left == {"shipped already": [3], "not paid yet": [4]}


def test_woocommerce_with_one_row_an_item_divides_totals(tmp_path):
    text = (
        f"{WOO}\n"
        "1,1001,2026-11-18 00:37,processing,58,Kim A,kim@example.com,1,11,Tee,TEE-S,3,40,40.00,0,\n"
        "1,1001,2026-11-18 00:37,processing,58,Kim A,kim@example.com,2,,Gift wrap,,1,2,2.00,0,\n"
        "2,1002,2026-11-18 00:37,completed,20,Lea,lea@example.com,3,11,Tee,TEE-S,1,20,20.00,0,\n"
        "3,1003,2026-11-18 00:37,on-hold,20,Lea,lea@example.com,4,11,Tee,TEE-S,1,20,20.00,0,\n"
    )

    rows, left, told = read(tmp_path, "orders", text)
    history, _, _ = read(tmp_path, "history", text)

    assert brief(rows, "reference", "customer", "sku", "quantity", "total_price") == [
        ("1001", "Kim A", "TEE-S", 3, Decimal("40.0000"))
    ]
    assert left == {
        "no product: it has no SKU (“Gift wrap”)": [3],
        "shipped already": [4],
        "not paid yet": [5],
    }
    assert "woocommerce-items" in told[0]
    assert brief(history, "reference", "quantity") == [("1001", 3), ("1002", 1), ("1003", 1)]


@pytest.mark.parametrize("status", ["completed", "wc-shipped", "Shipped", "delivered", "wc-delivered"])
def test_woocommerce_orders_that_a_shipping_plugin_closed_have_left(tmp_path, status):
    text = f"{WOO}\n2,1002,2026-11-18 00:37,{status},20,Lea,lea@example.com,3,11,Tee,TEE-S,1,20,20.00,0,\n"

    _, left, _ = read(tmp_path, "orders", text)

    assert left == {"shipped already": [2]}


def test_woocommerce_writes_several_items_into_one_cell(tmp_path):
    text = (
        "order_id,order_number,date,status,billing_email,line_items\n"
        "1,1001,2026-11-18 00:37,processing,kim@example.com,"
        "id:1|name:Tee|sku:TEE-S|quantity:2|total:40.00;id:2|name:Mug|sku:MUG-01|quantity:1|total:9.00\n"
    )

    rows, _, _ = read(tmp_path, "orders", text)

    assert [(row, values["sku"], values["quantity"]) for row, values in rows] == [(2, "TEE-S", 2), (2, "MUG-01", 1)]


def test_amazon_writes_quantities_under_two_names_and_quotes_nothing(tmp_path):
    text = (
        "amazon-order-id\tpurchase-date\torder-status\tfulfillment-channel\tproduct-name\tsku\titem-status\t"
        "quantity-purchased\tcurrency\titem-price\n"
        '302-1\t2026-11-18T18:53:56+00:00\tUnshipped\tMerchant\t"Retro Tee\tTEE-S\tUnshipped\t2\tEUR\t40.00\n'
        "302-2\t2026-11-18T18:53:56+00:00\tUnshipped\tAmazon\tTee\tTEE-S\tUnshipped\t2\tEUR\t40.00\n"
        '302-3\t2026-11-18T18:53:56+00:00\tCancelled\tMerchant\tPipe 5"\tTEE-S\tCancelled\t0\t\t\n'
    )

    rows, left, told = read(tmp_path, "orders", text)

    assert brief(rows, "reference", "channel", "quantity", "total_price") == [
        ("302-1", "amazon", 2, Decimal("40.0000"))
    ]
    assert left == {"shipped by Amazon, not by us": [3], "canceled there": [4]}
    assert told[0].startswith("Cells are not quoted in this file")


def test_odoo_speaks_german_too(tmp_path):
    text = (
        '"Auftragsreferenz","Auftragsdatum","Kunde/E-Mail","Auftragszeilen/Produkt/Interne Referenz",'
        '"Auftragszeilen/Menge","Auftragszeilen/Einzelpreis","Status"\n'
        '"S00042","18.11.2026 09:12","kim@example.com","TEE-S","2,000","20,50","Verkaufsauftrag"\n'
        '"","","","MUG-01","1,000","9,00",""\n'
        '"S00043","18.11.2026 10:12","lea@example.com","TEE-M","1,000","20,00","Storniert"\n'
    )

    rows, left, _ = read(tmp_path, "orders", text)

    assert brief(rows, "reference", "email", "sku", "quantity", "unit_price") == [
        ("S00042", "kim@example.com", "TEE-S", 2, Decimal("20.50")),
        ("S00042", "kim@example.com", "MUG-01", 1, Decimal("9.00")),
    ]
    assert left == {"canceled there": [4]}


def test_odoo_counts_places_that_are_not_ours_and_they_are_left_out(tmp_path):
    text = (
        "Product/Internal Reference,Location,Quantity\n"
        "TEE-S,WH/Stock/Shelf 1,5.0\nTEE-S,Partners/Customers,12.0\nTEE-S,Virtual Locations/Production,-3.0\n"
        "MUG-01,WH/Stock,-2.0\n,WH/Stock,1.0\n"
    )

    rows, left, _ = read(tmp_path, "stock", text)

    assert brief(rows, "sku", "location", "quantity") == [("TEE-S", "WH/Stock/Shelf 1", 5)]
    assert left == {
        "a place that is not ours": [3, 4],
        "fewer than none on hand: count it": [5],
        "no product: it has no internal reference": [6],
    }


@pytest.mark.parametrize("item", ["Apparel:TEE-S", "TEE-S", "Apparel:Tees:TEE-S", "Apparel:TEE-S (Tee S)"])
def test_quickbooks_writes_an_item_below_its_groups(tmp_path, item):
    text = (
        "Date,Num,Source Name,Item,Qty,Rcv'd,Backordered,Deliv Date,Amount\n"
        f"11/13/2026,1042,Acme Supply,{item},50,20,30,12/15/2026,500.00\n"
        f"11/13/2026,1043,Acme Supply,{item},50,50,0,12/15/2026,500.00\n"
        "Total,,,,100,70,30,,\n"
    )

    rows, left, _ = read(tmp_path, "inbound", text)

    assert brief(rows, "reference", "sender", "sku", "quantity") == [("1042", "Acme Supply", "TEE-S", 30)]
    assert left == {"nothing more to come": [3], "a row of totals": [4]}


def test_a_layout_is_taken_by_name_or_not_at_all(tmp_path):
    text = "reference,placed_at,sku,quantity,amazon-order-id,purchase-date\n1,2026-11-18,TEE-S,2,302-1,2026-11-18\n"

    by_header, _, told = read(tmp_path, "orders", text)
    by_name, _, _ = read(tmp_path, "orders", text, layout="none")

    assert (brief(by_header, "reference"), brief(by_name, "reference")) == ([("302-1",)], [("1",)])
    assert "This looks like an Amazon All Orders report" in told[0]
    with pytest.raises(Unreadable, match=r"no layout “shopify” for this kind of file\. There are: shopify-orders, "):
        read(tmp_path, "orders", text, layout="shopify")


def test_an_error_in_a_column_that_a_rule_reads_is_refused_and_not_taken_for_open(tmp_path):
    head = ["Name", "Email", "Fulfillment Status", "Created at", "Lineitem quantity", "Lineitem sku"]
    rows = [["#1", "a@example.com", "#N/A", "2026-11-18", 1, "TEE-S"]]
    path = files.workbook(tmp_path, [head, *rows])
    resource = loading.KINDS["orders"]
    sheet = Sheet(
        Source(path), resource.columns, Reading(kind="orders", layouts=layouts.of("orders"), fill=resource.fill)
    )
    problems = Problems()

    assert list(sheet.records(problems)) == []
    assert [str(problem) for problem in problems] == [
        'Row 2, column "Fulfillment Status": "#N/A" — expected a value, no error.'
    ]


def test_a_layouts_column_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(Unreadable, match=r"has 2 columns “SKU”\. Keep one"):
        read(tmp_path, "stock", "SKU,Location,On hand (current),SKU\nTEE-S,MAIN,5,MUG-01\n")


def test_a_delivery_history_says_which_rows_no_supplier_sent(tmp_path):
    text = (
        "ID,PO / SO #,PO Sent to Vendor Date,Scheduled Delivery Date,Delivered to Client Date,Vendor,Item Description,"
        "Line Item Quantity\n"
        '1,SCMS-4,11/13/06,30-Jan-07,2-Feb-07,"Trinity Biotech, Plc",HIV Kit,19\n'
        "2,SO-298,N/A - From RDC,30-Jan-07,2-Feb-07,SCMS from RDC,HIV Kit,19\n"
        "3,SCMS-5,Date Not Captured,30-Jan-07,2-Feb-07,Abbott,HIV Kit,19\n"
    )

    rows, left, told = read(tmp_path, "deliveries", text)

    names = ("supplier", "reference", "line", "sent_at", "confirmed_date", "received_at")
    days = (date(2006, 11, 13), date(2007, 1, 30), date(2007, 2, 2))
    assert brief(rows, *names) == [("Trinity Biotech, Plc", "SCMS-4", "1", *days)]
    assert left == {"from a regional store: no supplier sent it": [3], "the day it was sent is not known": [4]}
    assert "scms-deliveries" in told[0]

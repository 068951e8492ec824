"""
WooCommerce: orders, as its export plugins write them.

One row an order: WooCommerce Customer/Order CSV Export and the Order Export of WebToffee (its columns are in the
documentation, woocommerce.com/document/import-and-export-of-woocommerce-orders: order_date, status, customer_email,
order_currency, line_item_1 …), with its items in columns line_item_1 … or in one cell,
written name:…|sku:…|quantity:…|total:…, and several of them parted by a semicolon. One row an item: the same plugin's
other format (item_sku, item_quantity), and Advanced Order Export ("Order Number", "Item Cost"). A total is that of all
units; Item Cost is that of one.
"""

from inventory.ground.tabular import Items, Layout, Rule, opened

_OPEN = ("orders",)
_GONE = ("completed", "wc-completed", "shipped", "wc-shipped", "delivered", "wc-delivered", "abgeschlossen")
"""Its own word, and those that shipping plugins add."""
_CANCELED = ("cancelled", "canceled", "wc-cancelled", "storniert")
_UNPAID = (
    *("pending", "on-hold", "on hold", "pending payment", "wc-pending", "wc-on-hold"),
    *("zahlung ausstehend", "in wartestellung"),
)


def _rules(column: str) -> tuple[Rule, ...]:
    return (
        Rule(column, "canceled there", "canceled", words=_CANCELED, kinds=_OPEN),
        Rule(column, "refunded", "canceled", words=("refunded", "wc-refunded", "rückerstattet"), kinds=_OPEN),
        Rule(column, "the payment failed", words=("failed", "wc-failed", "trash", "checkout-draft", "fehlgeschlagen")),
        Rule(column, "not paid yet", "unpaid", words=_UNPAID, kinds=_OPEN),
        Rule(column, "shipped already", "shipped", words=_GONE, kinds=_OPEN),
        opened(column, "processing", "wc-processing", "in bearbeitung"),
    )


_HEAD = {
    "reference": ("order_number", "order_id"),
    "placed_at": ("date", "order_date"),
    "email": ("billing_email", "customer_email"),
    "customer": ("billing_full_name", "shipping_full_name"),
    "customer_id": ("customer_id", "customer_user"),
    "phone": ("billing_phone", "shipping_phone"),
    "currency": ("order_currency", "currency"),
    "ship_name": ("shipping_full_name",),
    "ship_company": ("shipping_company",),
    "ship_street": ("shipping_address_1", "shipping_address"),
    "ship_street_more": ("shipping_address_2",),
    "ship_postal_code": ("shipping_postcode",),
    "ship_city": ("shipping_city",),
    "ship_region": ("shipping_state",),
    "ship_country": ("shipping_country",),
    "ship_phone": ("shipping_phone",),
}
_NAMES = {
    "customer": ("billing_first_name", "billing_last_name"),
    "ship_name": ("shipping_first_name", "shipping_last_name"),
}

ONE_ROW_AN_ORDER = Layout(
    name="woocommerce-orders",
    about="a WooCommerce order export, one row an order",
    kinds=("orders", "history"),
    known_by=(("order_id", "order_number"), ("billing_email", "customer_email"), ("line_item_1", "line_items")),
    columns=_HEAD,
    joined=_NAMES,
    rules=_rules("status"),
    items=Items(
        columns=r"line_item_\d+|line_items",
        parts={"name": "name", "sku": "sku", "quantity": "quantity", "total": "total_price"},
        between=";",
    ),
)

ONE_ROW_AN_ITEM = Layout(
    name="woocommerce-items",
    about="a WooCommerce order export, one row an item",
    kinds=("orders", "history"),
    known_by=(("order_id", "order_number"), ("item_sku",), ("item_quantity",)),
    columns=_HEAD
    | {
        "sku": ("item_sku",),
        "quantity": ("item_quantity",),
        "total_price": ("item_total",),
        "name": ("item_name",),
    },
    joined=_NAMES,
    carried=("status", "order_currency", "currency"),
    rules=(
        Rule("item_refunded_qty", "refunded in part", "part refunded", pattern=r"-?0*[1-9]\d*.*", kinds=_OPEN),
        Rule("item_sku", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="item_name"),
        *_rules("status"),
    ),
)

ADVANCED = Layout(
    name="woocommerce-advanced",
    about="an order export of WooCommerce's Advanced Order Export",
    kinds=("orders", "history"),
    known_by=(("Order Number", "Order ID"), ("Order Date",), ("SKU",), ("Item Cost", "Email (Billing)")),
    columns={
        "reference": ("Order Number", "Order ID"),
        "placed_at": ("Order Date",),
        "email": ("Email (Billing)",),
        "customer": ("Full Name (Billing)", "Full Name (Shipping)"),
        "customer_id": ("Customer User ID", "Customer ID"),
        "phone": ("Phone (Billing)",),
        "sku": ("SKU",),
        "quantity": ("Quantity (- Refund)", "Quantity"),
        "unit_price": ("Item Cost",),
        "name": ("Item Name", "Product Name", "Name"),
        "currency": ("Currency", "Order Currency"),
        "ship_name": ("Full Name (Shipping)",),
        "ship_company": ("Company (Shipping)",),
        "ship_street": ("Address 1&2 (Shipping)", "Address 1 (Shipping)"),
        "ship_street_more": ("Address 2 (Shipping)",),
        "ship_postal_code": ("Postcode (Shipping)",),
        "ship_city": ("City (Shipping)",),
        "ship_region": ("State Code (Shipping)", "State Name (Shipping)"),
        "ship_country": ("Country Code (Shipping)", "Country Name (Shipping)"),
    },
    joined={
        "customer": ("First Name (Billing)", "Last Name (Billing)"),
        "ship_name": ("First Name (Shipping)", "Last Name (Shipping)"),
    },
    carried=("Order Status", "Currency", "Order Currency"),
    rules=(
        Rule("SKU", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="Item Name"),
        Rule("Quantity (- Refund)", "all units of it were refunded", words=("0",), kinds=_OPEN),
        *_rules("Order Status"),
    ),
)

LAYOUTS = (ONE_ROW_AN_ORDER, ONE_ROW_AN_ITEM, ADVANCED)

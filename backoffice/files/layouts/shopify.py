"""
Shopify: orders and inventory.

Columns as in help.shopify.com, "Exporting orders" and "Inventory CSV": an order's own columns are filled on its first
row only; "Lineitem SKU" and "Canceled at" are newer spellings.
"""

from inventory.ground.tabular import Layout, Rule, opened

_OPEN = ("orders",)
_ON_HAND = ("On hand (current)", "On hand", "On hand (new)")
"""The second before 2025, when what was changed stood in the same column."""
_NOT_YET = ("scheduled", "on_hold", "in_progress", "request_declined")

ORDERS = Layout(
    name="shopify-orders",
    about="a Shopify order export",
    kinds=("orders", "history"),
    known_by=(("Name",), ("Lineitem quantity",), ("Lineitem sku",), ("Created at",)),
    columns={
        "reference": ("Name",),
        "placed_at": ("Created at",),
        "email": ("Email",),
        "customer": ("Shipping Name", "Billing Name"),
        "customer_id": ("Customer ID", "Customer: ID"),
        "phone": ("Shipping Phone", "Phone", "Billing Phone"),
        "sku": ("Lineitem sku",),
        "quantity": ("Lineitem quantity",),
        "unit_price": ("Lineitem price",),
        "name": ("Lineitem name",),
        "shipped_at": ("Fulfilled at",),
        "canceled_at": ("Cancelled at", "Canceled at"),
        "currency": ("Currency",),
        "ship_name": ("Shipping Name",),
        "ship_company": ("Shipping Company",),
        "ship_street": ("Shipping Address1", "Shipping Street"),
        "ship_street_more": ("Shipping Address2",),
        "ship_postal_code": ("Shipping Zip",),
        "ship_city": ("Shipping City",),
        "ship_region": ("Shipping Province",),
        "ship_country": ("Shipping Country",),
        "ship_phone": ("Shipping Phone",),
    },
    carried=("Financial Status", "Fulfillment Status", "Fulfilled at", "Cancelled at", "Canceled at", "Currency"),
    rules=(
        Rule("Lineitem sku", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="Lineitem name"),
        Rule("Cancelled at", "canceled there", "canceled", is_filled=True, kinds=_OPEN),
        Rule("Canceled at", "canceled there", "canceled", is_filled=True, kinds=_OPEN),
        Rule("Financial Status", "voided: it was never paid", "never paid", words=("voided", "expired")),
        Rule("Financial Status", "refunded", "canceled", words=("refunded",), kinds=_OPEN),
        Rule("Financial Status", "refunded in part", "part refunded", words=("partially_refunded",), kinds=_OPEN),
        Rule("Financial Status", "not paid yet", "unpaid", words=("pending", "partially_paid"), kinds=_OPEN),
        Rule("Fulfillment Status", "shipped already", "shipped", words=("fulfilled",), kinds=_OPEN),
        Rule("Fulfillment Status", "canceled and put back there", "canceled", words=("restocked",), kinds=_OPEN),
        Rule("Lineitem fulfillment status", "shipped already", "shipped", words=("fulfilled",), kinds=_OPEN),
        Rule("Lineitem fulfillment status", "shipped in part", "part shipped", words=("partial",), kinds=_OPEN),
        opened("Financial Status", "paid", "authorized"),
        opened("Fulfillment Status", "unfulfilled", "partial", "pending", "open", *_NOT_YET),
        opened("Lineitem fulfillment status", "unfulfilled", "pending", "open", *_NOT_YET),
    ),
)

INVENTORY = Layout(
    name="shopify-inventory",
    about="a Shopify inventory export",
    kinds=("stock",),
    known_by=(("SKU",), ("Location",), _ON_HAND),
    columns={
        "sku": ("SKU",),
        "quantity": ("On hand (current)", "On hand"),
        "warehouse": ("Location",),
        "bin": ("Bin name",),
    },
    rules=(
        Rule("SKU", "no SKU (“{}”)", "no product", is_empty=True, names="Handle"),
        *(Rule(column, "not stocked there", words=("not stocked",)) for column in _ON_HAND[:2]),
        *(Rule(column, "fewer than none on hand: count it", pattern=r"[-−]\s*\d+") for column in _ON_HAND[:2]),
    ),
)

LAYOUTS = (ORDERS, INVENTORY)

"""
eBay: the orders report of Seller Hub.

An order of several items has a row of its own first, without an item, that alone names the buyer's address and when
it was paid. "Sold For" is the price of one unit. A cell that is empty may hold two dashes. The report begins with a row
of bare commas and ends with a count and the seller's name. The British report says post for ship.
"""

from inventory.ground.tabular import Layout, Rule

_OPEN = ("orders",)
_THERE = {
    "ship_name": ("Ship To Name", "Post To Name"),
    "ship_street": ("Ship To Address 1", "Post To Address 1"),
    "ship_street_more": ("Ship To Address 2", "Post To Address 2"),
    "ship_postal_code": ("Ship To Zip", "Post To Postcode"),
    "ship_city": ("Ship To City", "Post To City"),
    "ship_region": ("Ship To State", "Post To County"),
    "ship_country": ("Ship To Country", "Post To Country"),
    "ship_phone": ("Ship To Phone", "Post To Phone"),
}
_SHIPPED = ("Shipped On Date", "Dispatched On Date", "Posted On Date")

ORDERS = Layout(
    name="ebay-orders",
    about="an eBay orders report",
    kinds=("orders", "history"),
    known_by=(("Sales Record Number",), ("Order Number",), ("Custom Label", "Custom Label (SKU)"), ("Sale Date",)),
    columns={
        "reference": ("Order Number",),
        "placed_at": ("Sale Date",),
        "email": ("Buyer Email",),
        "customer": ("Ship To Name", "Post To Name", "Buyer Name", "Buyer Username"),
        "customer_id": ("Buyer Username",),
        "phone": ("Ship To Phone", "Post To Phone"),
        **_THERE,
        "sku": ("Custom Label", "Custom Label (SKU)"),
        "quantity": ("Quantity",),
        "unit_price": ("Sold For",),
        "name": ("Item Title",),
        "shipped_at": _SHIPPED,
    },
    fixed={"channel": "ebay"},
    carried=(
        "Buyer Email",
        "Buyer Username",
        "Buyer Name",
        *(column for columns in _THERE.values() for column in columns),
        "Paid On Date",
        *_SHIPPED,
    ),
    rules=(
        Rule("Item Number", "the row of the whole order: its items follow", is_empty=True, unless="Custom Label"),
        Rule("Custom Label", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="Item Title"),
        Rule("Custom Label (SKU)", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="Item Title"),
        *(Rule(column, "shipped already", "shipped", is_filled=True, kinds=_OPEN) for column in _SHIPPED),
        Rule("Paid On Date", "not paid yet", "unpaid", is_empty=True, kinds=_OPEN),
    ),
    footers=(r"(?:\d+ )?record\(s\) downloaded.*", r"seller id ?:.*", r"-{2,}[-\s]*"),
    blanks=("--",),
)

LAYOUTS = (ORDERS,)

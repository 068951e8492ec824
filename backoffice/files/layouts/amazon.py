"""
Amazon: the All Orders report (Seller Central help, "All Orders report"), a table with tabs that quotes nothing.

``item-price`` is that of all units of the row. What Amazon ships itself is not ours to ship. It names no customer.
Pending without a price is not paid yet: Amazon lets nobody see it before. A row that was canceled has 0 units as a
rule, and then nobody can say what was wanted; one that kept its units is demand, unless it was changed last within a
day of the order.
"""

from inventory.ground.tabular import Layout, Rule, opened

_OPEN = ("orders",)
_GONE = r"shipped(?: - .*)?|complete|delivered"
_CANCELED = ("cancelled", "canceled")

ALL_ORDERS = Layout(
    name="amazon-all-orders",
    about="an Amazon All Orders report",
    kinds=("orders", "history"),
    known_by=(("amazon-order-id",), ("purchase-date",), ("sku",), ("quantity", "quantity-purchased")),
    columns={
        "reference": ("amazon-order-id",),
        "placed_at": ("purchase-date",),
        "email": ("buyer-email",),
        "customer": ("buyer-name", "recipient-name"),
        "phone": ("buyer-phone-number", "ship-phone-number"),
        "ship_name": ("recipient-name",),
        "ship_street": ("ship-address-1",),
        "ship_street_more": ("ship-address-2",),
        "ship_postal_code": ("ship-postal-code",),
        "ship_city": ("ship-city",),
        "ship_region": ("ship-state",),
        "ship_country": ("ship-country",),
        "ship_phone": ("ship-phone-number",),
        "sku": ("sku",),
        "quantity": ("quantity", "quantity-purchased"),
        "total_price": ("item-price",),
        "name": ("product-name",),
        "updated_at": ("last-updated-date",),
        "canceled_at": ("last-updated-date",),
        "currency": ("currency",),
    },
    fixed={"channel": "amazon"},
    rules=(
        Rule("item-status", "canceled there", "canceled", words=_CANCELED, kinds=_OPEN),
        Rule("order-status", "canceled there", "canceled", words=_CANCELED, kinds=_OPEN),
        Rule("item-status", "shipped already", "shipped", pattern=_GONE, kinds=_OPEN),
        Rule("order-status", "shipped already", "shipped", pattern=_GONE, kinds=_OPEN),
        Rule("order-status", "not paid yet", "unpaid", words=("pending",), unless="item-price", kinds=_OPEN),
        Rule("fulfillment-channel", "shipped by Amazon, not by us", words=("amazon", "afn"), kinds=_OPEN),
        Rule("quantity", "canceled there", words=("0",)),
        opened("order-status", "unshipped", "pending", "partiallyshipped", "partially shipped", "shipping"),
        opened("item-status", "unshipped", "pending", "shipping"),
    ),
)

LAYOUTS = (ALL_ORDERS,)

"""
Amazon: the All Orders report (Seller Central help, "All Orders report"), a table with tabs that quotes nothing.

``item-price`` is that of all units of the row. What Amazon ships itself is not ours to ship. It names no customer.
"""

from inventory.tabular import Layout, Rule

_OPEN = ("orders",)
_GONE = ("shipped", "shipped - delivered to buyer", "shipped - picked up", "complete", "delivered")

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
        "sku": ("sku",),
        "quantity": ("quantity", "quantity-purchased"),
        "total_price": ("item-price",),
        "name": ("product-name",),
        "updated_at": ("last-updated-date",),
    },
    fixed={"channel": "amazon"},
    rules=(
        Rule("item-status", "canceled there", words=("cancelled", "canceled")),
        Rule("order-status", "canceled there", words=("cancelled", "canceled")),
        Rule("item-status", "shipped already", "shipped", words=_GONE, kinds=_OPEN),
        Rule("order-status", "shipped already", "shipped", words=_GONE, kinds=_OPEN),
        Rule("fulfillment-channel", "shipped by Amazon, not by us", words=("amazon", "afn"), kinds=_OPEN),
        Rule("quantity", "no units", "no such row", words=("0",)),
    ),
)

LAYOUTS = (ALL_ORDERS,)

"""
Square: the item sales export ("Items Detail CSV").

Date and time stand in two columns and are those of the shop's own zone; a refund is a row of its own. What was sold
at the counter has left the shop: as orders it loads where a shop takes orders through Square.
"""

from inventory.ground.tabular import Layout, Rule

ITEMS = Layout(
    name="square-items",
    about="a Square item sales export",
    kinds=("orders", "history"),
    known_by=(("Date",), ("Time",), ("Time Zone",), ("Transaction ID",), ("SKU",), ("Qty",)),
    columns={
        "reference": ("Transaction ID",),
        "email": ("Customer Email", "Customer"),
        "customer": ("Customer Name", "Customer Reference ID", "Customer ID"),
        "sku": ("SKU",),
        "quantity": ("Qty",),
        "total_price": ("Gross Sales",),
        "name": ("Item",),
    },
    joined={"placed_at": ("Date", "Time")},
    rules=(
        Rule("SKU", "no product: it has no SKU (“{}”)", "no product", is_empty=True, names="Item"),
        Rule("Event Type", "a refund", words=("refund",), kinds=("orders",)),
    ),
)

LAYOUTS = (ITEMS,)

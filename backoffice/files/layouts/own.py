"""Our own list of backorders, as it is exported: looked at again it changes nothing."""

from inventory.ground.tabular import Layout

BACKORDERS = Layout(
    name="backorders",
    about="this shop's own list of backorders",
    kinds=("orders",),
    known_by=(("Order",), ("SKU",), ("Ordered",), ("No supply",), ("First promised",)),
    columns={
        "reference": ("Order",),
        "channel": ("Channel",),
        "customer": ("Customer",),
        "hears": ("Wants to hear",),
        "email": ("E-mail",),
        "sku": ("SKU",),
        "warehouse": ("Warehouse",),
        "quantity": ("Ordered",),
        "placed_at": ("Placed",),
    },
)

LAYOUTS = (BACKORDERS,)

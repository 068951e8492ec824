"""
QuickBooks Desktop: open purchase orders by item, as its report exports to a file.

The columns are those that public code reads of this report: Date, Num, Memo, Source Name, Deliv Date, Qty, Rcv'd,
Backordered, Amount, Open Balance. Groups and totals stand in rows of their own.

``Qty`` is what was ordered, ``Rcv'd`` what came, ``Backordered`` what is still to come. An item is written below its
groups, Apparel:TEE-S; the memo behind it, Apparel:TEE-S (Tee S), is no part of it.
"""

from inventory.ground.tabular import Layout, Rule

OPEN_PURCHASE_ORDERS = Layout(
    name="quickbooks-open-purchase-orders",
    about="QuickBooks' open purchase orders",
    kinds=("inbound",),
    known_by=(("Num",), ("Item",), ("Qty",), ("Rcv'd",), ("Deliv Date",)),
    columns={
        "reference": ("Num",),
        "sender": ("Name", "Source Name"),
        "sku": ("Item",),
        "quantity": ("Backordered",),
        "ordered": ("Qty",),
        "received": ("Rcv'd",),
        "expected_date": ("Deliv Date",),
        "sent_at": ("Date",),
    },
    cut={"sku": r"(?:.*:)?\s*([^:]+?)(?: \(.*\))?"},
    rules=(
        Rule("Num", "no purchase order", is_empty=True),
        Rule("Backordered", "nothing more to come", words=("0", "0.00", "")),
    ),
)

LAYOUTS = (OPEN_PURCHASE_ORDERS,)

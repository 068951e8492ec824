"""The delivery history of a public supply program (USAID SCMS): one row a line, dates in two ways, words for none."""

from inventory.ground.tabular import Layout, Rule

FROM_STOCK = "from a regional store: no supplier sent it"
NO_DAY = "the day it was sent is not known"

DELIVERIES = Layout(
    name="scms-deliveries",
    about="a delivery history of the Supply Chain Management System",
    kinds=("deliveries",),
    known_by=(("PO / SO #",), ("PO Sent to Vendor Date",), ("Scheduled Delivery Date",), ("Delivered to Client Date",)),
    columns={
        "supplier": ("Vendor",),
        "reference": ("PO / SO #",),
        "line": ("ID",),
        "sku": ("Item Description",),
        "sent_at": ("PO Sent to Vendor Date",),
        "confirmed_date": ("Scheduled Delivery Date",),
        "received_at": ("Delivered to Client Date",),
        "quantity": ("Line Item Quantity",),
    },
    rules=(
        Rule("PO Sent to Vendor Date", FROM_STOCK, pattern="N/A - From RDC"),
        Rule("PO Sent to Vendor Date", NO_DAY, pattern="Date Not Captured|N/A"),
    ),
)

LAYOUTS = (DELIVERIES,)

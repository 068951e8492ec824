"""
Odoo: what a list exports, with the columns' names in the user's language (here English and German).

The names are those of Odoo's own translations (addons/sale/i18n/de.po: Auftragsreferenz, Bestelldatum, Auftragszeilen,
Auftragsstatus); Auftragspositionen and the like are how other versions and people's own views say it.

An order's own columns are filled on its first line only. A stock quant names its place by a path, WH/Stock/Shelf 2;
places that are not ours (customers, suppliers, corrections) come along where nobody filtered them out.
"""

from inventory.ground.tabular import Layout, Rule, opened

_SKU = (
    "Order Lines/Product/Internal Reference",
    "Auftragszeilen/Produkt/Interne Referenz",
    "Auftragspositionen/Produkt/Interne Referenz",
)

_DELIVERED = (
    *("Order Lines/Delivery Quantity", "Order Lines/Delivered Quantity", "Order Lines/Delivered"),
    *("Auftragszeilen/Gelieferte Menge", "Auftragspositionen/Gelieferte Menge", "Auftragszeilen/Liefermenge"),
)
_STATUS = ("Status", "State", "Order Status", "Auftragsstatus")
_CANCELED = ("cancelled", "canceled", "cancel", "storniert", "abgebrochen")
_SOLD = ("sales order", "sale order", "sale", "locked", "done", "verkaufsauftrag", "auftrag", "gesperrt")
_QUOTED = (
    *("quotation", "quotation sent", "draft", "sent", "angebot", "angebot gesendet", "angebot versendet"),
    *("offerte", "offerte gesendet"),
)

ORDER_LINES = Layout(
    name="odoo-order-lines",
    about="an export of Odoo's order lines",
    kinds=("orders", "history"),
    known_by=(("Order Reference", "Auftragsreferenz", "Auftragsnummer"), _SKU),
    columns={
        "reference": ("Order Reference", "Auftragsreferenz", "Auftragsnummer"),
        "placed_at": ("Order Date", "Bestelldatum", "Auftragsdatum", "Creation Date", "Erstellungsdatum"),
        "email": ("Customer/Email", "Kunde/E-Mail", "Customer/E-Mail"),
        "customer": ("Customer/Name", "Customer", "Kunde/Name", "Kunde"),
        "customer_id": ("Customer/ID", "Kunde/ID", "Customer/Reference", "Kunde/Referenz"),
        "phone": ("Customer/Phone", "Kunde/Telefon"),
        "sku": _SKU,
        "quantity": ("Order Lines/Quantity", "Auftragszeilen/Menge", "Auftragspositionen/Menge"),
        "unit_price": ("Order Lines/Unit Price", "Auftragszeilen/Einzelpreis", "Auftragspositionen/Einzelpreis"),
        "name": ("Order Lines/Product/Name", "Auftragszeilen/Produkt/Name"),
        "shipped": _DELIVERED,
        "currency": ("Currency", "Währung"),
    },
    carried=(*_STATUS, "Currency", "Währung"),
    rules=tuple(
        rule
        for column in _STATUS
        for rule in (
            Rule(column, "canceled there", "canceled", words=_CANCELED, kinds=("orders",)),
            Rule(column, "a quotation, not an order", words=_QUOTED),
        )
    )
    + tuple(Rule(column, "no product: it has no internal reference", "no product", is_empty=True) for column in _SKU)
    # “State” may be a customer's: California is no state of an order
    + tuple(opened(column, *_SOLD) for column in _STATUS if column != "State"),
)

_NOT_OURS = r"(?:virtual locations|virtuelle lagerorte|partners?|partner locations|physical locations/inter.*)(?:/.*)?"

QUANTS = Layout(
    name="odoo-quants",
    about="an export of Odoo's stock on hand",
    kinds=("stock",),
    known_by=(
        ("Product/Internal Reference", "Produkt/Interne Referenz"),
        ("Location", "Lagerort", "Location/Complete Name"),
        ("Quantity", "Menge", "Inventoried Quantity", "On Hand Quantity"),
    ),
    columns={
        "sku": ("Product/Internal Reference", "Produkt/Interne Referenz"),
        "quantity": ("Quantity", "Menge", "On Hand Quantity", "Inventoried Quantity"),
        "location": ("Location/Complete Name", "Location", "Lagerort"),
    },
    rules=(
        *(
            Rule(column, "a place that is not ours", pattern=_NOT_OURS)
            for column in ("Location", "Lagerort", "Location/Complete Name")
        ),
        *(
            Rule(column, "no product: it has no internal reference", "no product", is_empty=True)
            for column in ("Product/Internal Reference", "Produkt/Interne Referenz")
        ),
        *(
            Rule(column, "fewer than none on hand: count it", pattern=r"[-−]\s*\d.*")
            for column in ("Quantity", "Menge", "On Hand Quantity", "Inventoried Quantity")
        ),
    ),
)

LAYOUTS = (ORDER_LINES, QUANTS)

"""
What an empty list says: what fills it and how to begin; where nothing matches, where else to look.

One declaration for each list, by "app.model". Ways lead by URL name, for those who may go there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from inventory.desk import tables

from . import names

FILE = "backoffice_upload_add"
NIGHTS = "backoffice_jobrun_changelist"
ORDERS = "orders_order_changelist"
PRODUCTS = "inventory_product_changelist"
PURCHASES = "suppliers_purchaseorder_changelist"
STOCK = "inventory_stock_changelist"
INBOUND = "inventory_inbound_changelist"
CUSTOMERS = "orders_customer_changelist"
SHIPMENTS = "orders_shipment_changelist"
QUEUE = "orders_backorder_changelist"


@dataclass(frozen=True, slots=True)
class Empty:
    """
    What one list says.

    :ivar words: that nothing is there yet, and what will fill it
    :ivar ways: where something can be done about it, by URL name
    :ivar elsewhere: other lists that may hold what was looked for; their search is asked the same
    """

    words: str
    ways: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


LISTS: dict[str, Empty] = {
    "inventory.alert": Empty("Nothing waits for a decision. The clock raises an alert when something does."),
    "orders.backorder": Empty(
        "Nobody is waiting. A line stands here while some of its units are still to be sent.",
        elsewhere=(ORDERS, SHIPMENTS),
    ),
    "orders.order": Empty(
        "There are no orders yet. Load a file of them, or type one in.",
        (FILE, "orders_order_add"),
        (CUSTOMERS, PRODUCTS, SHIPMENTS),
    ),
    "orders.customer": Empty(
        "There are no customers yet. They come with their orders, or with a file of customers.",
        (FILE, "orders_customer_add"),
        (ORDERS,),
    ),
    "orders.notice": Empty(
        "No customer was owed a mail yet. The first order that waits writes the first one.",
        elsewhere=(CUSTOMERS, ORDERS),
    ),
    "orders.batch": Empty(
        "No batch was printed yet. The shipping desk shows what can leave, and prints a batch of it.",
        (QUEUE,),
        (SHIPMENTS, ORDERS),
    ),
    "orders.shipment": Empty(
        "Nothing has shipped yet. What can leave stands at the shipping desk, and among the backorders.",
        (QUEUE,),
        (ORDERS,),
    ),
    "orders.return": Empty(
        "Nothing has come back yet. What a customer sends back is taken in on the page of the shipment it left in.",
        elsewhere=(SHIPMENTS,),
    ),
    "orders.hold": Empty(
        "No units are held for anybody. Hold some for a customer who has not ordered yet.",
        ("orders_hold_add",),
        (STOCK, CUSTOMERS),
    ),
    "orders.refund": Empty(
        "Nothing is owed back. What is canceled or sent back of a paid order stands here, with its day.",
        elsewhere=(ORDERS,),
    ),
    "orders.repeatedbackorder": Empty(
        "No product went on backorder three times in the last 26 weeks. The night counts them.",
        (NIGHTS,),
        (QUEUE,),
    ),
    "orders.restocklist": Empty(
        "Nobody asks to be told when a product is back. A list begins with the first who confirms what they asked for.",
        elsewhere=("orders_restockrequest_changelist",),
    ),
    "orders.restockrequest": Empty(
        "Nobody has asked to be told when a product is back. Customers do it from the shop’s pages (RESTOCK_LIST).",
        elsewhere=("orders_restocklist_changelist",),
    ),
    "orders.restockletter": Empty(
        "No mail of a restock list is kept. They ask for a confirmation, and say what is kept for whom.",
        elsewhere=("orders_restockrequest_changelist",),
    ),
    "orders.channel": Empty(
        "No channel is described: the orders of all of them arrive paid. Add the one whose orders are paid later.",
        ("orders_channel_add",),
        (ORDERS,),
    ),
    "orders.transittime": Empty(
        "Nobody has said how long carriers take: no customer is told when a parcel arrives. Add one that you use.",
        ("orders_transittime_add",),
        (SHIPMENTS,),
    ),
    "orders.refusal": Empty(
        "Nothing was refused. An order for more than may be sold stands here, with how many could have been.",
        elsewhere=(ORDERS,),
    ),
    "orders.simulationrun": Empty(
        "No other order of the queue was tried yet. A simulation changes nothing until somebody applies it.",
        ("orders_simulationrun_add",),
    ),
    "inventory.product": Empty(
        "There are no products yet. Load a file of them, or add one.",
        (FILE, "inventory_product_add"),
        ("suppliers_offer_changelist", STOCK),
    ),
    "inventory.reorderpolicy": Empty(
        "No reorder point is computed yet. The night computes them, from what was asked for and how long supply takes.",
        (NIGHTS,),
        (PRODUCTS,),
    ),
    "inventory.servicetarget": Empty("There are no service targets: without them every SKU aims for the shop’s usual."),
    "inventory.policychange": Empty(
        "No reorder point has moved yet. Each night writes here which of them moved, from what to what, and why.",
        (NIGHTS,),
        ("inventory_reorderpolicy_changelist",),
    ),
    "inventory.stock": Empty(
        "No product has a place in a warehouse yet. Load a count, or receive what is on its way.",
        (FILE, INBOUND),
        (PRODUCTS, INBOUND),
    ),
    "inventory.inbound": Empty(
        "Nothing was ever on its way. A purchase order that is sent stands here, and a transfer between warehouses.",
        (PURCHASES,),
        (PURCHASES, "inventory_transfer_changelist"),
    ),
    "inventory.transfer": Empty(
        "Nothing was sent from one warehouse to another yet.",
        ("inventory_transfer_add",),
        (INBOUND,),
    ),
    "inventory.countsheet": Empty(
        "Nothing is being counted. Make a sheet of some bins: it is counted on paper or on a phone, and posted once.",
        ("inventory_countsheet_add",),
        (STOCK,),
    ),
    "inventory.movement": Empty(
        "Nothing has moved yet. Each receipt, shipment, count, loss and return of units is written here.",
        (FILE, STOCK),
        (STOCK, SHIPMENTS),
    ),
    "inventory.demandevent": Empty(
        "No event is known. Add sales and holidays: what they sell is expected next time, and fools no forecast.",
        ("inventory_demandevent_add",),
    ),
    "inventory.demandentry": Empty(
        "Nothing was asked for yet. Orders are counted here every night; a file brings the years before.",
        (FILE, ORDERS),
        (ORDERS, PRODUCTS),
    ),
    "inventory.warehouse": Empty(
        "There is no warehouse yet. Add the first: stock, orders and files name it by its code.",
        ("inventory_warehouse_add",),
    ),
    "suppliers.purchaseorder": Empty(
        "There are no purchase orders yet. The night proposes them where a reorder point is reached; or add one.",
        ("suppliers_purchaseorder_add", FILE),
        (INBOUND, "suppliers_supplier_changelist"),
    ),
    "suppliers.orderletter": Empty(
        "No order has gone out by mail yet. “Send…” on an approved purchase order writes the first letter.",
        elsewhere=(PURCHASES,),
    ),
    "suppliers.slip": Empty(
        "No supplier has moved a date yet. Each later day that one says stands here, with its reason.",
        elsewhere=(INBOUND, PURCHASES),
    ),
    "suppliers.delivery": Empty(
        "Nothing was received from a supplier yet. Each receipt stands here, with how long it took.",
        (INBOUND,),
        (INBOUND, PURCHASES),
    ),
    "suppliers.supplier": Empty(
        "There are no suppliers yet. Load a file of them, or add one.",
        (FILE, "suppliers_supplier_add"),
        (PURCHASES,),
    ),
    "suppliers.offer": Empty(
        "No supplier offers anything yet. Load a file of offers, or add one: only what is offered can be proposed.",
        (FILE, "suppliers_offer_add"),
        (PRODUCTS, "suppliers_supplier_changelist"),
    ),
    "backoffice.upload": Empty("No file was loaded yet. It is looked at first, and loaded when you say so.", (FILE,)),
    "backoffice.columnmapping": Empty(
        "Nothing was said of columns yet. Name the columns of a file once, when you load it, and it is kept here.",
        (FILE,),
    ),
    "backoffice.lineoutcome": Empty(
        "Nothing was kept of promises yet. The night writes down of each line what its customer was told, and what "
        "became of it.",
        (NIGHTS,),
        (QUEUE, ORDERS),
    ),
    "backoffice.orderoutcome": Empty(
        "Nothing was kept of orders yet. The night writes down of each whether it was on time in full.",
        (NIGHTS,),
        (ORDERS,),
    ),
    "backoffice.arrivalforecast": Empty(
        "No forecast was kept yet. The night writes down what is forecast of all that is on its way.",
        (NIGHTS,),
        (INBOUND,),
    ),
    "backoffice.weeklyfigure": Empty("There are no figures yet. The night counts them, week by week.", (NIGHTS,)),
    "backoffice.jobrun": Empty("Nothing has run yet. The clock starts the first run tonight; “Run now” does not wait."),
    "auth.user": Empty("Nobody works here yet. Add the first person.", ("auth_user_add",)),
    "auth.group": Empty("There are no roles. “manage.py migrate” makes the shop’s own again."),
}


DONE = {
    "Proposals": "No draft waits for approval. The night writes new ones where a reorder point is reached.",
    "Calls to make": "Nobody has to be called. Who has no e-mail address stands here when there is news for them.",
    "About to run out": "No product is more likely than not to run out before its next order could arrive.",
}
"""What is said where nothing matches what the menu itself asks for: that all is well."""


@dataclass(frozen=True, slots=True)
class EmptyWords:
    """What an empty list says to its reader; each link is a label and an address; ``is_narrowed``: by chips."""

    words: str
    ways: list[tuple[str, str]]
    elsewhere: list[tuple[str, str]]
    is_narrowed: bool


def of(found: Any, here: str) -> EmptyWords:
    """
    Give what this list says, with the links its reader may follow; where else to look is asked what it was asked.

    :param here: what the menu calls the list as it was opened
    """
    empty, chips = LISTS[found.model._meta.label_lower], found.narrowed_by.narrowing
    asked = {"q": found.query} if found.query else {}
    if here in DONE and len(chips) == 1:
        return EmptyWords(DONE[here], [], [], is_narrowed=False)
    return EmptyWords(
        empty.words, list(_links(empty.ways)), list(_links(empty.elsewhere, **asked)), is_narrowed=bool(chips)
    )


def _links(ways: tuple[str, ...], **asked: str) -> Iterator[tuple[str, str]]:
    for name in ways:
        url, _ = tables.address(name, **asked)
        app, model, kind = name.split("_")
        if url:
            opts = apps.get_model(app, model)._meta
            yield (names.of_adding(opts) if kind == "add" else names.of_list(opts)), url

"""Orders from a file, one row a line: placed through ``orders.fulfillment``, once for each channel and reference."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from inventory.ground.tabular import (
    Column,
    Dates,
    Sheet,
    ShopCurrency,
    amount,
    boolean,
    email,
    named,
    phone,
    plain_code,
    product_code,
    text,
    whole,
)
from inventory.resources.past.not_products import matcher
from inventory.resources.plan import Plan, Resource
from orders import naming
from orders.models import Order, OrderDocument
from orders.queue.ordering import MOST_PRIORITY

from . import addresses, becoming, hearing, moving_in, zones
from .again import Again, compare, is_newer
from .choices import Choices
from .drafts import Draft, tell
from .gathering import gather

OWN_LIST = "backorders"
"""The layout of our own list of backorders, which has the open lines of an order alone."""
COLUMNS = (
    Column("reference", plain_code(80), "the order's number", is_required=True, is_key=True),
    Column(
        "placed_at",
        Dates(has_time=True, is_past=True, keeps_zone=True),
        "when it was ordered: its place in the queue",
        is_required=True,
    ),
    Column("email", email, "the customer's address; one not known yet is made a customer; left out: they are called"),
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True, may_be_empty=True),
    Column("quantity", whole(1, 1_000_000), "units ordered, 1 or more", is_required=True),
    Column("customer", named(200), "the customer's name, if the customer is not known yet"),
    Column(
        "customer_id", plain_code(80), "the shop's own number of the customer, which stays when the address changes"
    ),
    Column("phone", phone(40), "where to call the customer, if the customer is not known yet"),
    Column("hears", hearing.hears, f"what a customer not known yet wants to hear: {hearing.EXPECTED}; else all of it"),
    Column("unit_price", amount(), "price of one unit; left out: the product's"),
    Column("total_price", amount(4), "price of all units of the row, where no price of one is named"),
    Column("currency", ShopCurrency(), "what the prices are in; another than the shop's is refused"),
    Column("warehouse", text(120), "the preferred warehouse, its code or name; left out: the one asked first"),
    Column("priority", whole(0, MOST_PRIORITY), f"0 to {MOST_PRIORITY}; 0 if left out"),
    Column("is_ship_complete", boolean, "yes or no: wait and ship all at once"),
    Column("wanted_date", Dates(), "the customer wants it then, not before; left out: as soon as possible"),
    Column("must_by_date", Dates(), "the customer has no use for it later; left out: no such day"),
    Column("zone", zones.zone, "the customer's time zone, such as Europe/Berlin: in it the wanted day is judged"),
    Column(
        "status",
        becoming.status,
        "open, part shipped, shipped, part refunded, canceled, paid or unpaid, as shops write it; else open",
    ),
    Column("payment", becoming.status, "paid or unpaid; left out: as its channel says. Nothing unpaid leaves"),
    Column("shipped", whole(0, 1_000_000), "units of it that have left already"),
    Column("shipped_at", Dates(has_time=True, is_past=True), "when they left"),
    Column("canceled", whole(0, 1_000_000), "units of it that were canceled already"),
    Column("canceled_at", Dates(has_time=True, is_past=True), "when; within a day of ordering it was no demand"),
    Column("promised_date", Dates(), "the day that the customer was told already: it is the first promise"),
    Column("updated_at", Dates(has_time=True, is_past=True), "when the document was changed last: a newer one counts"),
    *addresses.COLUMNS,
    Column("channel", plain_code(40), "where it was placed; shop if left out", is_key=True),
)


def check(
    sheet: Sheet,
    *,
    is_newer: bool = False,
    is_reused: bool = False,
    is_telling: bool = False,
    not_products: Iterable[str] = (),
) -> Plan:
    """Gather the rows of each order, and set it beside the one of its channel and reference."""
    plan = Plan(sheet)
    plan.context = choices = Choices(is_newer, is_reused, is_telling)
    is_no_product = matcher([*settings.NOT_PRODUCTS, *not_products])
    drafts, found = gather(plan, is_no_product=is_no_product, is_reused=is_reused)
    choices.drafts = drafts
    plan.notes += found.people.notes()
    documents = OrderDocument.objects.in_bulk([order.pk for order in found.placed.values()])
    is_list = plan.sheet.layout is not None and plan.sheet.layout.name == OWN_LIST
    for draft in drafts:
        order, who = draft.resolved.before, draft.customer
        assert who
        is_theirs = order is not None and who.pk == order.customer_id
        if order is None and is_list:
            draft.refuse(plan, "reference", "an order that is here: a list of backorders shows only what is open of it")
        elif order is None:
            plan.add("new", draft.records[0], draft, rows=draft.rows)
        elif is_list and is_theirs and _is_part(draft, order):
            plan.add("unchanged", draft.records[0], draft, rows=draft.rows)
        elif is_list:
            draft.refuse(plan, "reference", "the order as it stands here: a list of backorders changes nothing")
        else:
            again = compare(order, draft, documents, who)
            _check_again(plan, again, documents.get(order.pk), choices)
    if choices.changed:
        rows = [(again.draft.reference, *row) for again in choices.changed for row in again.rows]
        plan.tables.append(("What differs from before", ("Order", "What", "Before", "Now", "What becomes of it"), rows))
    return plan


def _check_again(plan: Plan, again: Again, document: OrderDocument | None, choices: Choices) -> None:
    draft = again.draft
    is_newer_document = is_newer(again, document)
    if naming.is_another(again.order, draft.named):
        day = timezone.localtime(again.order.placed_at).date()
        choices.reused += 1
        draft.refuse(
            plan,
            "reference",
            f"a number used once: that of {day} is closed. If this is another order, say so (reused), "
            f"and it is loaded as “{draft.named.dated_reference}”",
        )
    elif not again.differs:
        plan.add("unchanged", draft.records[0], draft, rows=draft.rows)
    elif is_newer_document is False:
        tell(plan, [f"Order {draft.reference}: this document is older than the one loaded before; it changes nothing."])
        plan.add("unchanged", draft.records[0], draft, rows=draft.rows)
    else:
        choices.changed.append(again)
        if is_newer_document or choices.is_newer:
            plan.add("changed", draft.records[0], again, rows=draft.rows)
        else:
            draft.refuse(
                plan,
                "reference",
                f"an order that is new, or exactly as it was placed ({again.told()}). If this file is newer, say so "
                "(newer)",
            )


def _is_part(draft: Draft, order: Order) -> bool:
    """Say if a list names lines of the order as they were placed; it may leave out others."""
    placed = {(line.product_id, line.quantity) for line in order.lines.all()}
    return all(
        (product.pk, record.values["quantity"]) in placed
        for product, record in zip(draft.products, draft.records, strict=True)
    )


RESOURCE = Resource(
    kind="orders",
    about="Orders, one row for each line, gathered by reference and placed oldest first. "
    "One that is here already is left alone, unless the file is newer. Nobody is written to unless you say so.",
    columns=COLUMNS,
    check=check,
    apply=moving_in.apply,
    fill=("reference", "placed_at", "email", "customer", "customer_id", "phone", "hears"),
    takes=("shipped", "canceled", "part shipped", "part refunded", "unpaid", "never paid"),
    foresee=moving_in.foresee,
    options=("is_newer", "is_reused", "is_telling", "not_products"),
)

"""Orders from a file, one row a line: placed through ``orders.fulfillment``, once for each channel and reference."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Prefetch

from inventory import keys
from inventory.resources.known import blocks
from inventory.resources.plan import Plan, Resource
from inventory.tabular import Column, Dates, Sheet, amount, boolean, email, plain_code, product_code, text, whole
from orders import fulfillment
from orders.fulfillment import LineDraft, OrderDraft
from orders.models import Order, OrderLine
from orders.ordering import MOST_PRIORITY

from .customers import Customers
from .drafts import Draft, gather

OWN_LIST = "backorders"
"""The layout of our own list of backorders, which has the open lines of an order alone."""
COLUMNS = (
    Column("reference", plain_code(80), "the order's number", is_required=True, is_key=True),
    Column(
        "placed_at", Dates(has_time=True, is_past=True), "when it was ordered: its place in the queue", is_required=True
    ),
    Column("email", email, "the customer's address; one not known yet is made a customer; left out: they are called"),
    Column("sku", product_code(64), "a product that is known, once in each order", is_required=True, is_key=True),
    Column("quantity", whole(1, 1_000_000), "units ordered, 1 or more", is_required=True),
    Column("customer", text(200), "the customer's name, if the customer is not known yet"),
    Column(
        "customer_id", plain_code(80), "the shop's own number of the customer, which stays when the address changes"
    ),
    Column("phone", text(40), "where to call the customer, if the customer is not known yet"),
    Column("unit_price", amount(), "price of one unit; left out: the product's"),
    Column("total_price", amount(4), "price of all units of the row, where no price of one is named"),
    Column("warehouse", text(120), "the preferred warehouse, its code or name; left out: the one asked first"),
    Column("priority", whole(0, MOST_PRIORITY), f"0 to {MOST_PRIORITY}; 0 if left out"),
    Column("is_ship_complete", boolean, "yes or no: wait and ship all at once"),
    Column("wanted_date", Dates(), "the customer wants it then, not before; left out: as soon as possible"),
    Column("channel", text(40), "where it was placed; shop if left out", is_key=True),
)


def check(sheet: Sheet) -> Plan:
    """Gather the rows of each order, and set it beside the one of its channel and reference."""
    plan = Plan(sheet)
    drafts = gather(plan)
    placed = _placed(drafts)
    people = Customers.of(plan, drafts, placed)
    plan.context, plan.notes = drafts, [*plan.notes, *people.notes()]
    is_list = plan.sheet.layout is not None and plan.sheet.layout.name == OWN_LIST
    for draft in drafts:
        order = placed.get((keys.key(draft.channel), keys.key(draft.reference)))
        if not draft.is_good:
            continue
        is_theirs = order is not None and people.of_draft[id(draft)].pk == order.customer_id
        if order is None and is_list:
            draft.refuse(plan, "reference", "an order that is here: a list of backorders shows only what is open of it")
        elif order is None:
            plan.add("new", draft.records[0], draft, rows=draft.rows)
        elif is_theirs and _is_same(order, draft, is_part=is_list):
            plan.add("unchanged", draft.records[0], draft, rows=draft.rows)
        else:
            draft.refuse(plan, "reference", "an order that is new, or exactly as it was placed")
    return plan


def _placed(drafts: Iterable[Draft]) -> dict[tuple[str, str], Order]:
    return {
        (keys.key(order.channel), order.key): order
        for block in blocks([keys.key(draft.reference) for draft in drafts])
        for order in Order.objects.filter(key__in=block)
        .select_related("customer", "warehouse")
        .prefetch_related(Prefetch("lines", OrderLine.objects.filter(addition=None)))
        if order.key
    }


def _is_same(order: Order, draft: Draft, *, is_part: bool) -> bool:
    """
    Say if the file asks for what was placed: how many of what, at which price if it names one.

    Lines that joined the order later are no part of it.

    :param is_part: the file names only some of its lines
    """
    lines = {line.product_id: line for line in order.lines.all()}
    return (
        ("warehouse" not in draft.head or order.warehouse_id == draft.warehouse_id)
        and (is_part or len(lines) == len(draft.records))
        and all(
            (line := lines.get(product.pk)) is not None
            and line.quantity == record.values["quantity"]
            and line.unit_price == record.values.get("unit_price", line.unit_price)
            for product, record in zip(draft.products, draft.records, strict=True)
        )
    )


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Make the customers who are new, then place the orders, oldest first. One that cannot be is a problem."""
    people = Customers.of(plan, plan.context, _placed(plan.context))
    refused = [draft for draft in plan.new if not draft.is_good]
    plan.new = [draft for draft in plan.new if draft.is_good]
    people.save(plan.new)
    for number, draft in enumerate(plan.new, start=1):
        try:
            fulfillment.place(_as_order(draft, people.of_draft[id(draft)].pk), by=by, at=at)
        except (fulfillment.NotAnOrder, fulfillment.OrderDiffers, fulfillment.BackorderLimit) as error:
            draft.refuse(plan, "reference", f"an order that can be placed: {str(error).rstrip('.')}")
            refused.append(draft)
        if progress:
            progress(number, len(plan.new))
    plan.new = [draft for draft in plan.new if draft not in refused]


def _as_order(draft: Draft, customer_id: int) -> OrderDraft:
    lines = tuple(
        LineDraft(
            product_id=product.pk,
            quantity=record.values["quantity"],
            unit_price=record.values.get("unit_price", Decimal(product.price)),
            priority=record.values.get("priority", 0),
        )
        for product, record in zip(draft.products, draft.records, strict=True)
    )
    return OrderDraft(
        channel=draft.channel,
        reference=draft.reference,
        customer_id=customer_id,
        warehouse_id=draft.warehouse_id,
        lines=lines,
        placed_at=draft.head["placed_at"],
        is_ship_complete=draft.head.get("is_ship_complete", False),
        wanted_date=draft.head.get("wanted_date"),
        keeps_age=True,
    )


RESOURCE = Resource(
    kind="orders",
    about="Orders, one row for each line, gathered by reference and placed oldest first. "
    "An order that is here already is left alone.",
    columns=COLUMNS,
    check=check,
    apply=apply,
    fill=("reference", "placed_at", "email", "customer", "customer_id", "phone"),
)

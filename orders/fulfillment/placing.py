"""Place an order: every line gets its units, its place in the queue and its date in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from inventory.ground import folding, keys
from inventory.ground.sql import bulk, schema
from inventory.models import Product
from orders import allocation
from orders.allocation import chances, offering, promises, reading, supply, writing
from orders.allocation.reading import NOT_YET, LineState, Together
from orders.allocation.supply import Supplies
from orders.models import UNPINNED, EventKind, Order, OrderLine, Refusal, WarehouseRule
from orders.rules.planning import queue_at

from .drafts import NotAnOrder, OrderDraft, refuse_nonsense
from .limits import ANY_NUMBER, BackorderLimit, at_once, refuse_over_policy
from .payment import awaiting


class OrderDiffers(Exception):
    """The same channel and reference were used before, for another order."""


def place(draft: OrderDraft, *, by: User | None, at: datetime) -> Order:
    """
    Place an order, all of it or none. Placed again, in any case, the first one is given back and nothing changes.

    :raises NotAnOrder: if it has no lines, or one of them no product or no sensible quantity
    :raises OrderDiffers: if another order has this channel and reference
    :raises BackorderLimit: if a product may not be backordered so far; recorded as demand
    """
    draft = draft.cleaned()
    refuse_nonsense(draft, at)
    try:
        with transaction.atomic():
            return _place(draft, by, at)
    except BackorderLimit as refused:
        record_refused(draft, refused, at)
        raise


def _place(draft: OrderDraft, by: User | None, at: datetime) -> Order:
    """Three trips to the database: order, lock and supply; lines; all that follows from them."""
    wanted = {line.product_id for line in draft.lines}
    order = _order(draft)
    written, locked, found = bulk.fetch_each(
        [_writing(order, draft.is_unpaid), Product.objects.locking(wanted, "id", "sku"), supply.reading(wanted)]
    )
    if not written:
        return _the_first(draft)
    names = dict(locked)
    if unknown := wanted - names.keys():
        raise NotAnOrder(f"{len(unknown)} of the products are not known.")
    order.pk, order.is_unpaid = written[0][0], bool(written[0][1])
    supplies = supply.found(found)
    covered = offered(draft, order.pk, names, supplies, at=at)
    lines = [line for line, _ in covered]
    places, overtaken = _places(draft, supplies.tails)
    overtaken |= supplies.held_back | _finishing(lines)
    line_ids = _write_lines(draft, order, lines, places, supplies=supplies, at=at)
    changes = [_placed(replace(line, line_id=pk), taken) for (line, taken), pk in zip(covered, line_ids, strict=True)]
    writing.apply(changes, supplies=supplies, cause=f"order:{order.pk}", by=by, at=at)
    if supplies.listed:
        offering.sold(supplies.listed)
    if order.is_unpaid:
        awaiting.begin(order, at=at)
    if overtaken:
        allocation.settle(overtaken, cause=f"order:{order.pk}:queue", by=by, at=at)
    return order


def offered(
    draft: OrderDraft, order_id: int, names: Mapping[int, str], supplies: Supplies, *, at: datetime
) -> list[tuple[LineState, writing.Taken]]:
    """
    Say what each line of an order would get, and when it would ship, if it were placed now. Writes nothing.

    :param order_id: 0 for an order that nobody has placed
    :param names: what each product is called in a refusal
    :raises BackorderLimit: if a product may not be backordered so far
    """
    is_complete, wanted_date = draft.is_ship_complete, draft.wanted_date
    new = _new_states(draft, order_id)
    covered = allocation.cover(new, supplies, is_ship_complete=is_complete, wanted_date=wanted_date, at=at)
    if any(supplies.terms[line.product_id] != ANY_NUMBER for line in new):
        lines = [line for line, _ in covered]
        if is_complete or wanted_date:
            lines = at_once(lines, supplies, at=at)
        wanted = {order_id: wanted_date} if wanted_date else None
        refuse_over_policy(lines, names, supplies, wanted=wanted, at=at)
    return covered


INSERT = """
INSERT INTO orders_order (channel, reference, key, folded, customer_id, warehouse_id, warehouse_rule, is_ship_complete,
                          fingerprint, note, placed_at, wanted_date, must_by_date, is_unpaid)
SELECT %s, %s, %s, %s, customer.id, warehouse.id, %s, %s, %s, '', %s, %s, %s,
    COALESCE(%s, (SELECT arrives_unpaid FROM orders_channel WHERE key = %s), FALSE)
FROM orders_customer AS customer, inventory_warehouse AS warehouse
WHERE customer.id = %s AND warehouse.id = %s AND warehouse.is_open
ON CONFLICT DO NOTHING RETURNING id, is_unpaid
"""
"""Whether it is paid says its channel, where nobody else does."""


def _order(draft: OrderDraft) -> Order:
    """The order as it will be written."""
    order = Order(
        channel=draft.channel,
        reference=draft.reference,
        key=keys.key(draft.reference),
        folded=folding.folded(pieces=[draft.reference]),
        customer_id=draft.customer_id,
        warehouse_id=draft.warehouse_id,
        warehouse_rule=str(draft.warehouse_rule),
        is_ship_complete=draft.is_ship_complete,
        wanted_date=draft.wanted_date,
        must_by_date=draft.must_by_date,
        fingerprint=draft.fingerprint(),
        placed_at=draft.placed_at,
    )
    order._state.adding = False
    return order


def _writing(order: Order, is_unpaid: bool | None) -> bulk.Statement:
    """
    Write the order, in one statement; it gives no row if it is there already, or names nobody or a closed place.

    :param is_unpaid: None: as its channel says
    """
    names = [order.channel, order.reference, order.key, order.folded]
    values = [*names, order.warehouse_rule, order.is_ship_complete, order.fingerprint]
    placed_at = connection.ops.adapt_datetimefield_value(order.placed_at)
    days = [connection.ops.adapt_datefield_value(day) for day in (order.wanted_date, order.must_by_date)]
    payment = [is_unpaid, keys.key(order.channel)]
    return INSERT, [*values, placed_at, *days, *payment, order.customer_id, order.warehouse_id]


def _the_first(draft: OrderDraft) -> Order:
    """Give the order that had this channel and reference before, if it is the same one."""
    order = Order.of(draft.channel, draft.reference)
    if order is None:
        raise NotAnOrder("The customer or the warehouse is not known, or the warehouse is closed.")
    if order.fingerprint != draft.fingerprint():
        called = "" if order.reference == draft.reference else f" as {order.reference}"
        raise OrderDiffers(f"{draft.reference} was placed before{called} with other content; it was left as it is.")
    return order


def _new_states(draft: OrderDraft, order_id: int) -> list[LineState]:
    """The lines before they are written; their position, negative, stands for the number they will get."""
    is_preferred_only = draft.warehouse_rule == WarehouseRule.PREFERRED
    together = None
    if draft.is_ship_complete or draft.wanted_date:
        together = Together(reading.due(0, (), draft.wanted_date), NOT_YET)
    return [
        LineState(
            -position,
            order_id,
            draft.customer_id,
            line.product_id,
            draft.warehouse_id,
            is_preferred_only,
            line.quantity,
            together=together,
        )
        for position, line in enumerate(draft.lines, start=1)
    ]


def _places(draft: OrderDraft, tails: dict[int, datetime | None]) -> tuple[list[datetime], set[int]]:
    """Give each line its place behind the tail, but for its lift; and the products where one stands before it."""
    places, overtaken = [], set()
    for line in draft.lines:
        tail = tails[line.product_id]
        behind = None if draft.keeps_age else tail
        when = queue_at(draft.placed_at, tail=behind, priority=line.priority, lift_days=settings.PRIORITY_LIFT_DAYS)
        if tail is None or when > tail:
            tails[line.product_id] = when
        else:
            overtaken.add(line.product_id)
        places.append(when)
    return places, overtaken


LINE_COLUMNS = schema.columns(
    OrderLine,
    "order_id",
    "position",
    "product_id",
    "unit_price",
    "quantity",
    "canceled",
    "allocated",
    "shipped",
    "pegged",
    "priority",
    "priority_reason",
    "pin_rank",
    "queue_at",
    "likely_date",
    "safe_date",
    "basis",
    "first_promised_date",
    "promised_date",
    "is_promise_pinned",
    "chance_to_break",
    "is_at_risk",
    *writing.READINESS_COLUMNS,
    "placed_at",
    "changed_at",
)


def _write_lines(
    draft: OrderDraft,
    order: Order,
    lines: Sequence[LineState],
    places: Sequence[datetime],
    *,
    supplies: Supplies,
    at: datetime,
) -> list[int]:
    """Write the lines and give their numbers; their first promise is the date computed."""
    rows = [
        (
            order.pk,
            position,
            line.product_id,
            wanted.unit_price,
            line.open,
            0,
            line.allocated,
            0,
            line.pegged,
            wanted.priority,
            "",
            UNPINNED,
            when,
            line.likely_date,
            line.safe_date,
            str(line.basis),
            line.safe_date,
            line.safe_date,
            False,
            *chances.stored(line.but(promised_date=line.safe_date), supplies, at=at),
            *writing.readiness(line),
            order.placed_at,
            at,
        )
        for position, (wanted, line, when) in enumerate(zip(draft.lines, lines, places, strict=True), start=1)
    ]
    returning = "RETURNING position, id"
    found = bulk.fetch(*bulk.inserting(OrderLine._meta.db_table, LINE_COLUMNS, rows, returning))
    return [pk for _, pk in sorted(found)]


def _finishing(lines: Sequence[LineState]) -> set[int]:
    """The product of the one line that waits, where such lines are served before others: it is not the tail."""
    waiting = [line.product_id for line in lines if line.backordered]
    is_first = settings.FINISH_ORDERS_FIRST and len(waiting) == 1 and len(lines) > 1
    return set(waiting) if is_first else set()


def _placed(line: LineState, taken: writing.Taken) -> writing.Change:
    """The line with its first promise, and the news of it."""
    after, promise, fact = promises.told_when_placed(line)
    text = f"{after.open} ordered, {after.allocated} here, {after.backordered} waiting"
    event = writing.HistoryEntry(after.line_id, EventKind.PLACED, after.backordered, text)
    return writing.Change(None, after, (writing.News(promise=promise, event=event, fact=fact),), taken)


def record_refused(draft: OrderDraft, refused: BackorderLimit, at: datetime) -> None:
    """What was asked for and refused is demand too; asked again in the same words, it counts once."""
    with transaction.atomic():
        Refusal.objects.update_or_create(
            channel=draft.channel,
            reference=draft.reference,
            product_id=refused.product_id,
            defaults={
                "warehouse_id": draft.warehouse_id,
                "customer_id": draft.customer_id,
                "units": refused.units,
                "possible": refused.possible,
                "at": at,
            },
        )

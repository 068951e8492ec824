"""
The terms of an order that was placed: what ships together, from where, not before, not after, and its note.

The only writer of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User

from inventory.models import Product
from orders import allocation
from orders.allocation import companions, dating, picking
from orders.allocation.door import Queue
from orders.fulfillment.drafts import window_objection
from orders.fulfillment.limits import refuse_hoarding
from orders.mail.meanings import OWN_WISH
from orders.models import Order, OrderEvent, OrderEventKind, OrderLine, WarehouseRule

PLANNED_BY = ("is_ship_complete", "warehouse_rule", "wanted_date")
"""The terms that say which units an order may have, and when."""
NO_DAY = "any day"
NOTE_SIGNS = 5_000


class NotTheseTerms(Exception):
    """Nothing of the order is open, nothing changes, or no order can ship on such days."""


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """
    What a customer may wish otherwise until their order has shipped.

    :ivar wanted_date: not before it; None: as soon as possible
    :ivar must_by_date: of no use after it; None: no such day
    """

    is_ship_complete: bool = False
    warehouse_rule: str = WarehouseRule.ANY
    wanted_date: date | None = None
    must_by_date: date | None = None
    note: str = ""

    @classmethod
    def of(cls, order: Order) -> "OrderTerms":
        return cls(**{each.name: getattr(order, each.name) for each in fields(cls)})


def change_terms(order_id: int, wanted: Mapping[str, Any], *, reason: str, by: User | None, at: datetime) -> list[str]:
    """
    Let an order have other terms: its lines keep their places, and are covered and dated again.

    One that now leaves units to others gives back those on the shelf that it needs only later; one that ships from a
    single warehouse, those of others. They go to the next in the queue in the same transaction.

    :param wanted: terms by name; those that are not named stay
    :returns: what changed, in words
    :raises NotTheseTerms: if it cannot be; nothing is written then
    :raises WantedTooLate: if a product that may not wait would be kept off the shelf too long
    :raises UnitsPicked: if something of it is picked, and it would lose that, or its slip says another note
    """
    lines = OrderLine.objects.open().filter(order=order_id)
    with allocation.locked(lines=lines.values_list("pk", flat=True), at=at) as queue:
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        were = OrderTerms.of(order)
        changed = {name: value for name, value in wanted.items() if getattr(were, name) != value}
        if not queue.product_ids:
            raise NotTheseTerms(f"Nothing of {order} is open: it is shipped or canceled already.")
        if not changed:
            raise NotTheseTerms(f"This changes nothing: {order} is so already.")
        if "note" in changed:
            picking.refuse([order.pk])  # its slip says the old one
        for name, value in changed.items():
            setattr(order, name, value)
        if {"wanted_date", "must_by_date"} & changed.keys():
            _refuse_days(order, changed, at)
        order.save(update_fields=changed)
        told = list(_told(were, changed, reason))
        events = OrderEvent.objects.bulk_create(
            OrderEvent(order=order, kind=kind, text=text[:300], by=by, at=at) for kind, text in told
        )
        if set(PLANNED_BY) & changed.keys():
            if order.wanted_date:
                _refuse_hoarding(order, queue)
            _plan(order, queue, cause=f"{OWN_WISH}:{order.pk}:{events[-1].pk}", by=by)
    return [f"{kind.label}: {text}" for kind, text in told]


def _refuse_days(order: Order, changed: Mapping[str, Any], at: datetime) -> None:
    today = dating.day_of(at)
    for day in filter(None, (changed.get("wanted_date"), changed.get("must_by_date"))):
        if day < today:
            raise NotTheseTerms(f"{day} has passed. Name today or a later day.")
    if objection := window_objection(order.wanted_date, order.must_by_date, at):
        raise NotTheseTerms(f"{order}: {objection}")


def _refuse_hoarding(order: Order, queue: Queue) -> None:
    assert order.wanted_date
    names = dict(Product.objects.filter(pk__in=queue.product_ids).values_list("pk", "sku"))
    for product_id in sorted(queue.product_ids):
        own = [line for line in queue.lines.values() if line.product_id == product_id]
        if own:
            refuse_hoarding(own, names[product_id], queue.supplies, {order.pk: order.wanted_date}, queue.at)


def _plan(order: Order, queue: Queue, *, cause: str, by: User | None) -> None:
    """Give back what it is to leave to others, then plan; a line that joined it meanwhile is left to the clock."""
    give_back(queue)
    queue.commit(cause=f"{cause}:given", by=by, replans=False)
    queue.commit(cause=cause, by=by, dates_all=True)
    now = set(OrderLine.objects.open().filter(order=order).values_list("product_id", flat=True))
    companions.leave(now - queue.product_ids, at=queue.at)


def give_back(queue: Queue) -> None:
    """Let the lines of a queue leave to others what their terms give them only later, or from another warehouse."""
    for line in queue.lines.values():
        if line.is_stopped:
            continue  # what is set aside for it stays so until it goes on
        units = queue.supplies.of(line.product_id, outstanding=True)
        demand = dating.wanted(line, queue.supplies, units, at=queue.at)
        kept = {
            key: claimed
            for key, claimed in line.claims.items()
            if not key[0]
            or not (
                (demand.needed_by and demand.may_wait)
                or (line.is_preferred_only and queue.supplies.warehouse_of(key) != line.warehouse_id)
            )
        }
        if kept != line.claims:
            queue.change(line, line.covered_by(kept))


def changed_since(order: Order, at: datetime) -> bool:
    """Whether since a moment an order was given other terms by which it is planned."""
    kinds = [WORDS[name][0] for name in PLANNED_BY]
    return OrderEvent.objects.filter(order=order, kind__in=kinds, at__gte=at).exists()


def _told(were: OrderTerms, changed: Mapping[str, Any], reason: str) -> Iterator[tuple[OrderEventKind, str]]:
    """Say what changed: old → new, and why."""
    for name, value in changed.items():
        kind, words = WORDS[name]
        old = words(getattr(were, name))
        yield kind, f"{old} → {words(value)}{f': {reason}' if reason else ''}"


def _yes_or_no(value: bool) -> str:
    return "all together" if value else "what is here"


def _rule(value: str) -> str:
    label = WarehouseRule(value).label
    return label[0].lower() + label[1:]


def _day(value: date | None) -> str:
    return value.isoformat() if value else NO_DAY


def _note(value: str) -> str:
    return f"“{value[:120]}”" if value else "none"


WORDS: Mapping[str, tuple[OrderEventKind, Any]] = {
    "is_ship_complete": (OrderEventKind.COMPLETE, _yes_or_no),
    "warehouse_rule": (OrderEventKind.RULE, _rule),
    "wanted_date": (OrderEventKind.WANTED, _day),
    "must_by_date": (OrderEventKind.MUST_BY, _day),
    "note": (OrderEventKind.NOTE, _note),
}

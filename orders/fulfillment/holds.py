"""
Units on hand kept for a customer who has not ordered yet: hold, release, expire. With allocation the only writer of
``Hold``.

Held units are nobody else's. An order of their customer takes them first; after the last day, or when they are
released, they go to the next in the queue. Every hold has an owner, a reason and an end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from inventory.models import Stock
from inventory.supply import stock
from orders import allocation
from orders.models import Customer, Hold
from orders.wording import phrases

MOST_DAYS = 365
BLOCK = 200


class NotAHold(Exception):
    """A day that is past or too far, no reason, no units, or more than are available."""


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """``units`` of a product in a warehouse for one customer; ``until_date`` is the last day."""

    product_id: int
    warehouse_id: int
    customer_id: int
    units: int
    until_date: date
    reason: str


def hold(draft: HoldDraft, *, by: User, at: datetime) -> Hold:
    """
    Keep available units for a customer until a day. If a line of theirs waits for them, it takes them at once.

    :raises NotAHold: if fewer are available, or the draft makes no sense; nothing is written then
    """
    with allocation.locked([draft.product_id], at=at) as queue:
        shelf = check(draft, at=at)
        stock.hold({shelf.pk: draft.units})
        held = Hold.objects.create(
            stock=shelf,
            customer_id=draft.customer_id,
            quantity=draft.units,
            until_date=draft.until_date,
            reason=draft.reason.strip()[:200],
            by=by,
            at=at,
        )
        queue.commit(cause=f"hold:{held.pk}", by=by)
    held.refresh_from_db()
    return held


def check(draft: HoldDraft, *, at: datetime) -> Stock:
    """
    Give the shelf that the units would be held on, as it stands.

    :raises NotAHold: if fewer are available, or the draft makes no sense
    """
    _refuse_nonsense(draft, at)
    shelf = Stock.objects.filter(product=draft.product_id, warehouse=draft.warehouse_id).first()
    available = shelf.available if shelf else 0
    if shelf is None or not 1 <= draft.units <= available:
        is_one = available == 1
        raise NotAHold(
            f"{phrases.units(available)} {'is' if is_one else 'are'} available there; {draft.units:,} cannot be held."
        )
    return shelf


def _refuse_nonsense(draft: HoldDraft, at: datetime) -> None:
    today = timezone.localtime(at).date()
    if not today <= draft.until_date <= today + timedelta(days=MOST_DAYS):
        raise NotAHold(f"Units are held until a day from today to a year ahead, not {draft.until_date}.")
    if not draft.reason.strip():
        raise NotAHold("A hold has a reason.")
    if not Customer.objects.filter(pk=draft.customer_id).exists():
        raise NotAHold("The customer is not known.")


def release(hold_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Give held units back: they go to the next in the queue in the same transaction.

    :returns: units released; a hold that has ended already has none
    """
    wanted = Hold.objects.filter(pk__in=set(hold_ids), units__gt=0)
    with allocation.locked(wanted.values_list("stock__product_id", flat=True), at=at) as queue:
        standing = list(wanted.order_by("pk"))
        if not standing:
            return 0
        units: dict[int, int] = {}
        for held in standing:
            units[held.stock_id] = units.get(held.stock_id, 0) - held.units
        Hold.objects.filter(pk__in=[held.pk for held in standing]).update(
            released=F("released") + F("quantity") - F("taken") - F("lost") - F("released")
        )
        stock.hold(units)
        queue.commit(cause=f"released:{standing[0].pk}:{at:%y%m%d%H%M%S%f}", by=by)
    return sum(held.units for held in standing)


def expire(*, at: datetime) -> int:
    """Release what was held until yesterday or before, in blocks of ``BLOCK`` holds; returns units."""
    past = Hold.objects.filter(request=None, units__gt=0, until_date__lt=timezone.localtime(at).date()).order_by("pk")
    expired = 0
    while block := list(past.values_list("pk", flat=True)[:BLOCK]):
        expired += release(block, by=None, at=at)
    return expired

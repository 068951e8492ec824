"""What a customer asks for at once, before anything is written; and what of it no order can be."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils import timezone

from inventory.ground import days, keys
from orders.models import WarehouseRule
from orders.queue import ordering

MOST_UNITS = 1_000_000


class NotAnOrder(Exception):
    """No lines, an unknown product, customer or warehouse, or a quantity that is none."""


@dataclass(frozen=True, slots=True)
class LineDraft:
    product_id: int
    quantity: int
    unit_price: Decimal = Decimal(0)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """
    What a customer asks for at once.

    :ivar wanted_date: the customer wants it then, not before; None: as soon as possible
    :ivar must_by_date: the customer has no use for it later; None: no such day
    :ivar zone: the customer's time zone, by which the day is judged on which they ordered; None: the shop's
    :ivar is_unpaid: it is not paid yet; None: as its channel says
    :ivar keeps_age: an older order that is imported stands in the queue where its age puts it
    """

    channel: str
    reference: str
    customer_id: int
    warehouse_id: int
    lines: tuple[LineDraft, ...]
    placed_at: datetime
    is_ship_complete: bool = False
    warehouse_rule: str = WarehouseRule.ANY
    keeps_age: bool = False
    wanted_date: date | None = None
    must_by_date: date | None = None
    zone: tzinfo | None = None
    is_unpaid: bool | None = None

    def cleaned(self) -> "OrderDraft":
        """Give it with its names as they are kept."""
        channel, reference = keys.clean(self.channel), keys.clean(self.reference)
        is_clean = (channel, reference) == (self.channel, self.reference)
        return self if is_clean else replace(self, channel=channel, reference=reference)

    def fingerprint(self) -> str:
        """What makes the same order the same: who wants what on which terms; it may have been paid since."""
        lines = [(line.product_id, line.quantity, str(Decimal(line.unit_price).normalize())) for line in self.lines]
        terms = [self.warehouse_id, self.is_ship_complete, str(self.warehouse_rule)]
        days = [self.wanted_date and self.wanted_date.isoformat(), self.must_by_date and self.must_by_date.isoformat()]
        content = [self.customer_id, *terms, lines, *(days if days[1] else filter(None, days))]
        # not spent.fingerprint: it is kept with each order, and must be the same when the same order comes again
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def refuse_nonsense(draft: OrderDraft, at: datetime) -> None:
    """:raises NotAnOrder: if it has no lines, or one of them no sensible quantity, price or priority"""
    if not draft.lines:
        raise NotAnOrder("An order has at least one line.")
    _refuse_name(draft.reference)
    if draft.placed_at > at + timedelta(minutes=5):
        raise NotAnOrder(f"{draft.reference} would be placed in the future.")
    if draft.wanted_date and draft.wanted_date < timezone.localtime(draft.placed_at, draft.zone).date():
        raise NotAnOrder(f"{draft.reference} is wanted on {draft.wanted_date}, before it was placed.")
    if objection := window_objection(draft.wanted_date, draft.must_by_date, at):
        raise NotAnOrder(f"{draft.reference}: {objection}")
    for line in draft.lines:
        if not 1 <= line.quantity <= MOST_UNITS:
            raise NotAnOrder(f"A line has 1 to {MOST_UNITS:,} units, not {line.quantity:,}.")
        if line.unit_price < 0:
            raise NotAnOrder("A price is 0 or more.")
        if not 0 <= line.priority <= ordering.MOST_PRIORITY:
            raise NotAnOrder(f"A priority is 0 to {ordering.MOST_PRIORITY}.")


def _refuse_name(reference: str) -> None:
    if not reference:
        raise NotAnOrder("An order has a reference.")
    if wrong := keys.damage(reference):
        raise NotAnOrder(f"“{reference}” is {wrong}, not the number of an order.")


def window_objection(wanted_date: date | None, must_by_date: date | None, at: datetime) -> str:
    """Say what is wrong with a day before which, and one after which, an order is not to ship; "" if nothing is."""
    today = timezone.localtime(at).date()
    for day in filter(None, (wanted_date, must_by_date)):
        if objection := days.objection(day, today=today):
            return objection
    if wanted_date and must_by_date and must_by_date < wanted_date:
        return f"it would have to ship by {must_by_date}, and not before {wanted_date}."
    return ""

"""
What is decided or written by hand and not sent yet: what of it counts, and what waits too long. Reads only.

An order that was approved counts as on order from then on, and what a person wrote into a draft counts as a part of
the need. Neither counts for ever: what has waited too long stops counting when its supplier cannot be asked
(rules §4.5).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Func, Q, Sum, Value
from django.db.models.lookups import GreaterThan

from inventory.ground.plurals import plural
from inventory.ground.sql import bulk

from . import terms
from .drafts import IS_DRAFT, Sku
from .models import PurchaseOrder, PurchaseOrderLine

UNTOUCHED = timedelta(days=7)
IS_UNSENT = Q(approved_at__isnull=False, sent_at__isnull=True, canceled_at__isnull=True)


class _Days(Func):
    """Whole days as a length of time, which Django multiplies on PostgreSQL alone; SQLite keeps microseconds."""

    template = "(%(expressions)s * 86400000000)"
    output_field = DurationField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s * INTERVAL '1 day')", **context)


@dataclass(frozen=True, slots=True)
class UnsentUnits:
    """Units by SKU that no inbound shows yet: approved, and written into drafts by a person, the latter by offer."""

    approved: dict[Sku, int] = field(default_factory=dict)
    by_hand: dict[Sku, dict[int, int]] = field(default_factory=dict)


def of(*, on: date, at: datetime) -> UnsentUnits:
    """Read the lines of orders not sent yet, but for those that do not count any more."""
    closed = terms.closures(on)
    standing = UnsentUnits()
    for line in _lines():
        order, sku = line.purchase_order, (line.product_id, line.purchase_order.warehouse_id)
        offered = line.offer is not None and line.offer.is_active
        can_be_asked = offered and not terms.why_not(order.supplier, closed.get(order.supplier_id))
        if not can_be_asked and waits_too_long(order, at=at):
            continue
        if order.approved_at:
            standing.approved[sku] = standing.approved.get(sku, 0) + line.quantity
        elif line.offer_id and offered:
            by_offer = standing.by_hand.setdefault(sku, {})
            by_offer[line.offer_id] = by_offer.get(line.offer_id, 0) + line.quantity
    return standing


def _lines() -> list[PurchaseOrderLine]:
    """Read them by their orders, which are few: else all lines that there ever were are looked at."""
    drafts, unsent = (PurchaseOrder.objects.order_by().filter(each) for each in (IS_DRAFT, IS_UNSENT))
    orders = list(drafts.union(unsent, all=True).values_list("pk", "approved_at"))
    rows = PurchaseOrderLine.objects.filter(
        Q(purchase_order__in=bulk.among(pk for pk, approved_at in orders if not approved_at), is_touched=True)
        | Q(purchase_order__in=bulk.among(pk for pk, approved_at in orders if approved_at)),
        purchase_order__sent_at__isnull=True,
        purchase_order__canceled_at__isnull=True,
    )
    return list(rows.select_related("purchase_order__supplier", "offer").order_by("pk"))


@dataclass(frozen=True, slots=True)
class ApprovedUnits:
    """Units of one product in an order that was approved and is not sent; ``order_id`` and ``reference``: which."""

    order_id: int
    reference: str
    units: int


def approved(product_ids: Collection[int]) -> dict[int, list[ApprovedUnits]]:
    """Give what was approved of these products and is not sent, by product, the older order first: one statement."""
    found: dict[int, list[ApprovedUnits]] = {}
    if product_ids:
        orders = PurchaseOrder.objects.filter(IS_UNSENT).order_by().values("pk")
        rows = PurchaseOrderLine.objects.filter(purchase_order__in=orders, product__in=bulk.among(product_ids))
        by_order = rows.order_by("purchase_order", "product").values_list(
            "product", "purchase_order", "purchase_order__reference"
        )
        for product_id, *order in by_order.annotate(Sum("quantity")):
            found.setdefault(product_id, []).append(ApprovedUnits(*order))
    return found


def waits_too_long(order: PurchaseOrder, *, at: datetime) -> bool:
    """Say whether an order was approved and not sent within the approval time, or is a draft untouched for a week."""
    if order.approved_at:
        return at > order.approved_at + timedelta(days=order.supplier.approval_days)
    return at >= (order.touched_at or order.proposed_at) + UNTOUCHED


def words(order: PurchaseOrder, *, on: date, at: datetime) -> str:
    """Say what is wrong with an order that waits too long for a person; empty if nothing is."""
    if order.sent_at or order.canceled_at or not waits_too_long(order, at=at):
        return ""
    told = "Nobody has touched this draft for a week."
    if order.approved_at:
        days = order.supplier.approval_days
        told = f"Approved and not sent within {_days(days)}, as is agreed for {order.supplier}."
    cannot = terms.why_not(order.supplier, terms.closures(on).get(order.supplier_id))
    return f"{told} {order.supplier} is {cannot}: its units do not count as on order." if cannot else told


def _days(days: int) -> str:
    return f"{days} {plural(days, 'day')}"


def ordered_since(orders: Collection[PurchaseOrder], *, at: datetime) -> list[str]:
    """Say what was approved elsewhere since orders that waited too long were approved: it may stand in for them."""
    told = []
    for order in orders:
        if order.sent_at or not order.approved_at or not waits_too_long(order, at=at):
            continue
        own = PurchaseOrderLine.objects.filter(purchase_order=order).values("product")
        since = PurchaseOrderLine.objects.filter(
            product__in=own,
            purchase_order__warehouse=order.warehouse_id,
            purchase_order__approved_at__gt=order.approved_at,
            purchase_order__canceled_at__isnull=True,
        ).exclude(purchase_order__supplier=order.supplier_id)
        told += [
            f"{line.quantity:,} {line.product} were ordered from {line.purchase_order.supplier}"
            f" ({line.purchase_order}) since {order} was approved."
            for line in since.select_related("product", "purchase_order__supplier").order_by("pk")
        ]
    return told


def not_sent_in_time(*, at: datetime) -> Q:
    """Name the orders that were approved and not sent within the approval time of their supplier."""
    latest = ExpressionWrapper(F("approved_at") + _Days("supplier__approval_days"), DateTimeField())
    return IS_UNSENT & Q(GreaterThan(Value(at, DateTimeField()), latest))


def untouched(*, at: datetime) -> Q:
    """Name the drafts that no person has put a hand to for a week."""
    since = at - UNTOUCHED
    return IS_DRAFT & (Q(touched_at__lte=since) | Q(touched_at__isnull=True, proposed_at__lte=since))

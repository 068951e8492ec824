"""
Purchase orders until they are sent: opened, approved. What a hand does to drafts is ``suppliers.hands``, what the
night does ``suppliers.proposals``.

With them and ``suppliers.purchasing`` the only writer of ``PurchaseOrder`` and ``PurchaseOrderLine``. There is one open
draft per supplier and warehouse. A line that a person wrote ``is_touched``: the night leaves it be, says what is
needed now, and proposes the rest beside it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from inventory.models import Product

from . import terms
from .models import Offer, PurchaseOrder, PurchaseOrderLine, Supplier
from .offers import MOST_UNITS

Place = tuple[int, int]
"""A supplier and a warehouse, by primary key: one open draft."""
Sku = tuple[int, int]
"""A product and a warehouse, by primary key."""

IS_DRAFT = Q(approved_at__isnull=True, sent_at__isnull=True, canceled_at__isnull=True)
NEEDED_NOW, BY_HAND = "needed_now", "by_hand_elsewhere"
FIRST_NUMBER = 1000
_NONE = Q(pk__in=())
WRITTEN = ("offer", "quantity", "unit_price", "reason", "parts")


class PurchaseRefused(Exception):
    """A purchase order cannot do what was asked of it; the message says why."""


class NotADraft(PurchaseRefused):
    """It was approved, sent or canceled before."""


class NoPrice(PurchaseRefused):
    """The supplier has no price for so many units."""


class UnknownOffer(PurchaseRefused):
    """The offer does not exist or is not active."""


class UnknownLine(PurchaseRefused):
    """The line is not on this purchase order."""


class NoUnits(PurchaseRefused):
    """There are no units to order, to approve or to receive."""


class TooManyUnits(PurchaseRefused):
    """More units than a line can say."""


class WithdrawnOffer(PurchaseRefused):
    """The supplier does not offer the product any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """
    Units of an offer for one warehouse, and why.

    :ivar unit_price: without it, that of the offer's tier for so many units
    :ivar replaces: the units stand in for all that open drafts hold of the product for this warehouse, else beside it
    :ivar seen: the units that open drafts were seen to hold of it; None: whatever they hold
    :ivar overrules: the units that are ordered although the terms of the offer speak against them
    """

    offer_id: int
    warehouse_id: int
    quantity: int
    unit_price: Decimal | None = None
    reason: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    replaces: bool = False
    seen: int | None = None
    overrules: int | None = None


@dataclass(frozen=True, slots=True)
class Needed:
    """What is needed of a SKU now, and what drafts hold of it by a person's hand; units."""

    now: int
    by_hand: int


def lock_all() -> list[PurchaseOrder]:
    """Lock suppliers and drafts until the transaction ends: nobody types, edits or approves meanwhile."""
    _lock_suppliers(Q())
    return drafts_locked(Q())


@transaction.atomic
def approve(order_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Approve drafts, all of them or none: from now on nothing but sending or canceling changes them.

    :raises NotADraft: if one was approved, sent or canceled before
    :raises NoUnits: if one has no lines
    :raises WithdrawnOffer: if a supplier does not offer one of the products any more
    """
    wanted = set(order_ids)
    _check_offers([order.pk for order in drafts_locked(Q(pk__in=wanted))])
    before = PurchaseOrder.objects.in_bulk(wanted)
    has_lines = Exists(PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk")))
    approved = PurchaseOrder.objects.filter(IS_DRAFT, has_lines, pk__in=wanted).update(approved_at=at, approved_by=by)
    if approved < len(wanted):
        for order in before.values():
            if order.words != "Draft":
                raise NotADraft(f"{order} is not a draft any more: it is {order.words.lower()}. Nothing was approved.")
        raise NoUnits("One of these purchase orders has no lines, or is gone. Nothing was approved.")
    return approved


def _check_offers(order_ids: Collection[int]) -> None:
    rows = PurchaseOrderLine.objects.filter(Q(offer=None) | Q(offer__is_active=False), purchase_order__in=order_ids)
    line = rows.select_related("product", "purchase_order__supplier").order_by("pk").first()
    if line:
        order = line.purchase_order
        raise WithdrawnOffer(
            f"{order}: {order.supplier} has no active offer for {line.product} any more. Take the line off, or make"
            " the offer active again. Nothing was approved."
        )


def offers_of(offer_ids: Iterable[int]) -> dict[int, Offer]:
    """:raises UnknownOffer: if one does not exist or is not active"""
    wanted = set(offer_ids)
    offers = Offer.objects.filter(is_active=True).select_related("product", "supplier").in_bulk(wanted)
    if len(offers) < len(wanted):
        raise UnknownOffer("One of these offers does not exist any more, or is not active.")
    return offers


def place_of(line: DraftLine, offers: Mapping[int, Offer]) -> Place:
    return offers[line.offer_id].supplier_id, line.warehouse_id


def check_sayable(units: int, product: Product) -> None:
    """:raises TooManyUnits: if a line cannot say so many"""
    if units > MOST_UNITS:
        raise TooManyUnits(f"{product}: {units:,} units are more than a line can say.")


def price(typed: Decimal | None, breaks: terms.Breaks, quantity: int, product: str) -> Decimal:
    """
    Give the price that was typed, else that of the tier.

    :raises NoPrice: if what was typed is none, or the offer has no tier for so many units
    """
    tier = terms.reached(breaks, quantity)
    if typed is not None and round(typed, 4) <= 0:
        offered = f" Leave it empty for the price of the offer, {tier.normalize():f}." if tier else ""
        raise NoPrice(f"{product}: a line needs a price of more than 0; {typed:f} is none.{offered}")
    if typed is None and tier is None:
        raise NoPrice(
            f"{product}: the supplier has no price for {quantity:,} of it. Enter one, or add it to the offer."
        )
    return tier if typed is None and tier is not None else Decimal(typed or 0)


def drafts_locked(which: Q) -> list[PurchaseOrder]:
    """Lock drafts, in the order of their primary keys."""
    return list(PurchaseOrder.objects.filter(IS_DRAFT, which).order_by("pk").select_for_update(no_key=True))


def _lock_suppliers(which: Q) -> None:
    list(Supplier.objects.filter(which).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def open_drafts(
    places: Collection[Place], *, at: datetime, on: date | None, beside: Q = _NONE
) -> dict[Place, PurchaseOrder]:
    """Lock the suppliers, find or make the one open draft of each place, and lock those ``beside`` it too."""
    suppliers = {supplier for supplier, _ in places}
    _lock_suppliers(Q(pk__in=suppliers))
    drafts = drafts_locked(Q(supplier_id__in=suppliers) | beside)
    orders = {(order.supplier_id, order.warehouse_id): order for order in reversed(drafts)}
    made = PurchaseOrder.objects.bulk_create(
        PurchaseOrder(
            reference=f"new-{uuid4()}", supplier_id=supplier, warehouse_id=warehouse, proposed_at=at, proposed_on=on
        )
        for supplier, warehouse in sorted(set(places) - set(orders))
    )
    number = Cast(F("pk") + FIRST_NUMBER, CharField())
    PurchaseOrder.objects.filter(pk__in=[order.pk for order in made]).update(
        reference=Concat(Value("PO-"), number), folded=Concat(Value(" po"), number)
    )
    for order in made:
        order.reference = f"PO-{order.pk + FIRST_NUMBER}"
        orders[order.supplier_id, order.warehouse_id] = order
    return {place: orders[place] for place in places}


def empty(order_ids: Iterable[int]) -> QuerySet[PurchaseOrder]:
    """Name the drafts among these that have no lines."""
    return PurchaseOrder.objects.filter(IS_DRAFT, pk__in=set(order_ids), lines__isnull=True)

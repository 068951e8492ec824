"""
Purchase orders until they are sent: proposed by the night or by a person, edited, approved.

With ``suppliers.purchasing`` the only writer of ``PurchaseOrder`` and ``PurchaseOrderLine``. There is one open
draft per supplier and warehouse. A line that a person wrote carries ``parts["touched_by"]``: the night leaves it be.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from . import terms
from .models import Offer, PurchaseOrder, PurchaseOrderLine, Supplier

Place = tuple[int, int]
"""A supplier and a warehouse, by primary key: one open draft."""

IS_DRAFT = Q(approved_at__isnull=True, sent_at__isnull=True, canceled_at__isnull=True)
TOUCHED_BY = "touched_by"
FIRST_NUMBER = 1000
WRITTEN = ("offer", "quantity", "unit_price", "reason", "parts")


class Refused(Exception):
    """A purchase order cannot do what was asked of it; the message says why."""


class NotADraft(Refused):
    """It was approved, sent or canceled before."""


class NoPrice(Refused):
    """The supplier has no price for so many units."""


class UnknownOffer(Refused):
    """The offer does not exist or is not active."""


class UnknownLine(Refused):
    """The line is not on this purchase order."""


class NoUnits(Refused):
    """There are no units to order, to approve or to receive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """
    Units of an offer for one warehouse, and why.

    Without ``unit_price`` the price is that of the offer's tier for so many units.
    """

    offer_id: int
    warehouse_id: int
    quantity: int
    unit_price: Decimal | None = None
    reason: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Draft lines written, and orders made or taken away because nothing was left in them."""

    created: int
    updated: int
    removed: int
    orders: int


def is_touched(parts: Mapping[str, Any]) -> bool:
    return TOUCHED_BY in parts


@transaction.atomic
def propose(lines: Sequence[DraftLine], *, by: User | None, at: datetime) -> list[PurchaseOrder]:
    """
    Put lines into the open draft of their supplier and warehouse; a product already in it takes the new quantity.

    :returns: the drafts written, by primary key
    :raises NoPrice: if the offer has no tier for so many units
    :raises UnknownOffer: if an offer is gone
    :raises NoUnits: if a line has none
    """
    offers = _offers(line.offer_id for line in lines)
    orders = _open_drafts({_place(line, offers) for line in lines}, at=at, on=None)
    wanted = _wanted(lines, offers, orders, touch=_touch(by))
    _write(wanted, _lines_of(orders.values()))
    return sorted(orders.values(), key=lambda order: order.pk)


@transaction.atomic
def replace_proposals(lines: Sequence[DraftLine], *, on: date, at: datetime) -> Changes:
    """
    Make the night's proposals the open drafts: what differs is written, what is no longer proposed goes.

    Lines that a person wrote or changed stay. The same proposals again change nothing.
    """
    offers = _offers(line.offer_id for line in lines)
    places = {_place(line, offers) for line in lines}
    before = set(PurchaseOrder.objects.filter(IS_DRAFT).values_list("pk", flat=True))
    orders = _open_drafts(places, at=at, on=on)
    standing = _drafts_locked(Q())
    found = _lines_of(standing)
    wanted = _wanted(lines, offers, orders, touch={})
    wanted = {key: line for key, line in wanted.items() if key not in found or not is_touched(found[key].parts)}
    gone = [line.pk for key, line in found.items() if key not in wanted and not is_touched(line.parts)]
    PurchaseOrderLine.objects.filter(pk__in=gone).delete()
    created, updated = _write(wanted, found)
    emptied, _ = _empty(order.pk for order in standing).delete()
    made = {order.pk for order in orders.values()} - before
    PurchaseOrder.objects.filter(pk__in={line.purchase_order_id for line in wanted.values()}).exclude(
        proposed_on=on
    ).update(proposed_on=on)
    return Changes(created, updated, len(gone), len(made) + emptied)


@transaction.atomic
def edit_line(
    line_id: int, *, quantity: int, unit_price: Decimal | None = None, by: User | None, at: datetime
) -> PurchaseOrderLine:
    """
    Change a draft line to what a person wants; the night leaves it alone from then on.

    :raises NotADraft: if the order was approved meanwhile
    :raises NoPrice: if no price is given and the offer has no tier for so many units
    """
    line = _draft_line(line_id)
    if quantity < 1:
        raise NoUnits(f"{line.product}: a line has at least 1 unit. Remove it instead.")
    if unit_price is None:
        breaks = terms.prices([line.offer_id] if line.offer_id else [])
        unit_price = _price(breaks.get(line.offer_id or 0, ()), quantity, str(line.product))
    line.parts = {**line.parts, **_touch(by), "edited_from": line.quantity, "edited_at": at.isoformat()}
    line.quantity, line.unit_price = quantity, unit_price
    line.save(update_fields=["quantity", "unit_price", "parts"])
    return line


@transaction.atomic
def remove_line(line_id: int) -> None:
    """
    Take a line off a draft, and the draft away with its last one.

    :raises NotADraft: if the order was approved meanwhile
    """
    line = _draft_line(line_id)
    line.delete()
    _empty([line.purchase_order_id]).delete()


@transaction.atomic
def approve(order_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Approve drafts, all of them or none: from now on nothing but sending or canceling changes them.

    :raises NotADraft: if one was approved, sent or canceled before
    :raises NoUnits: if one has no lines
    """
    wanted = set(order_ids)
    before = PurchaseOrder.objects.in_bulk(wanted)
    has_lines = Exists(PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk")))
    approved = PurchaseOrder.objects.filter(IS_DRAFT, has_lines, pk__in=wanted).update(approved_at=at, approved_by=by)
    if approved < len(wanted):
        for order in before.values():
            if order.words != "Draft":
                raise NotADraft(f"{order} is not a draft any more: it is {order.words.lower()}. Nothing was approved.")
        raise NoUnits("One of these purchase orders has no lines, or is gone. Nothing was approved.")
    return approved


def _touch(by: User | None) -> dict[str, str]:
    return {TOUCHED_BY: by.get_username()} if by else {}


def _offers(offer_ids: Iterable[int]) -> dict[int, Offer]:
    wanted = set(offer_ids)
    offers = Offer.objects.filter(is_active=True).select_related("product").in_bulk(wanted)
    if len(offers) < len(wanted):
        raise UnknownOffer("One of these offers does not exist any more, or is not active.")
    return offers


def _place(line: DraftLine, offers: Mapping[int, Offer]) -> Place:
    return offers[line.offer_id].supplier_id, line.warehouse_id


def _price(breaks: Sequence[tuple[int, Decimal]], quantity: int, product: str) -> Decimal:
    reached = [price for start, price in breaks if start <= quantity]
    if not reached:
        raise NoPrice(f"{product}: the supplier has no price for {quantity} units. Enter one, or add it to the offer.")
    return reached[-1]


def _drafts_locked(which: Q) -> list[PurchaseOrder]:
    return list(PurchaseOrder.objects.filter(IS_DRAFT, which).order_by("pk").select_for_update(no_key=True))


def _open_drafts(places: Collection[Place], *, at: datetime, on: date | None) -> dict[Place, PurchaseOrder]:
    """Lock the suppliers, then find or make the one open draft of each place."""
    suppliers = {supplier for supplier, _ in places}
    list(Supplier.objects.filter(pk__in=suppliers).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    drafts = _drafts_locked(Q(supplier_id__in=suppliers))
    orders = {(order.supplier_id, order.warehouse_id): order for order in reversed(drafts)}
    made = PurchaseOrder.objects.bulk_create(
        PurchaseOrder(
            reference=f"new-{uuid4()}", supplier_id=supplier, warehouse_id=warehouse, proposed_at=at, proposed_on=on
        )
        for supplier, warehouse in sorted(set(places) - set(orders))
    )
    number = Cast(F("pk") + FIRST_NUMBER, CharField())
    PurchaseOrder.objects.filter(pk__in=[order.pk for order in made]).update(reference=Concat(Value("PO-"), number))
    for order in made:
        order.reference = f"PO-{order.pk + FIRST_NUMBER}"
        orders[order.supplier_id, order.warehouse_id] = order
    return {place: orders[place] for place in places}


Lines = dict[tuple[int, int], PurchaseOrderLine]
"""By purchase order and product, both by primary key."""


def _lines_of(orders: Iterable[PurchaseOrder]) -> Lines:
    rows = PurchaseOrderLine.objects.filter(purchase_order__in=[order.pk for order in orders])
    return {(line.purchase_order_id, line.product_id): line for line in rows}


def _wanted(
    lines: Sequence[DraftLine],
    offers: Mapping[int, Offer],
    orders: Mapping[Place, PurchaseOrder],
    *,
    touch: Mapping[str, str],
) -> Lines:
    breaks = terms.prices(offers)
    wanted: Lines = {}
    for line in lines:
        offer = offers[line.offer_id]
        if line.quantity < 1:
            raise NoUnits(f"{offer.product}: a line has at least 1 unit.")
        order = orders[_place(line, offers)]
        price = line.unit_price or _price(breaks.get(offer.pk, ()), line.quantity, str(offer.product))
        wanted[order.pk, offer.product_id] = PurchaseOrderLine(
            purchase_order=order,
            product_id=offer.product_id,
            offer=offer,
            quantity=line.quantity,
            unit_price=price,
            reason=line.reason,
            parts={**line.parts, **touch},
        )
    return wanted


def _write(wanted: Lines, found: Lines) -> tuple[int, int]:
    """Write the lines that are new or differ from those found; count both."""
    created = [line for key, line in wanted.items() if key not in found]
    updated = [line for key, line in wanted.items() if key in found and _differs(line, found[key])]
    PurchaseOrderLine.objects.bulk_create(
        [*created, *updated],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["purchase_order", "product"],
        update_fields=WRITTEN,
    )
    return len(created), len(updated)


def _differs(line: PurchaseOrderLine, found: PurchaseOrderLine) -> bool:
    return line.offer_id != found.offer_id or any(getattr(line, name) != getattr(found, name) for name in WRITTEN[1:])


def _empty(order_ids: Iterable[int]) -> QuerySet[PurchaseOrder]:
    return PurchaseOrder.objects.filter(IS_DRAFT, pk__in=set(order_ids), lines__isnull=True)


def _draft_line(line_id: int) -> PurchaseOrderLine:
    """Lock the order of a draft line, so that nobody approves it meanwhile, then read the line."""
    order = PurchaseOrder.objects.filter(lines=line_id).first()
    if order is None:
        raise UnknownLine("This line does not exist any more.")
    if not _drafts_locked(Q(pk=order.pk)):
        order.refresh_from_db()
        raise NotADraft(f"{order} is not a draft any more: it is {order.words.lower()}. Nothing was changed.")
    line = PurchaseOrderLine.objects.select_related("product", "offer").filter(pk=line_id).first()
    if line is None:
        raise UnknownLine("This line does not exist any more.")
    return line

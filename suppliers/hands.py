"""
What a buyer's hand does to drafts: typing adds, a line is changed or taken off (rules §4.6).

With ``suppliers.drafts`` and ``suppliers.purchasing`` the only writer of ``PurchaseOrder`` and ``PurchaseOrderLine``.
What a hand touched stays: the night proposes beside it. Units are held against the terms of the offer by name, and
a figure that was seen is changed only while it stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from inventory.models import Product

from . import drafts, terms
from .drafts import DraftLine, NotADraft, NoUnits, PurchaseRefused, Sku, UnknownLine
from .models import Offer, PurchaseOrder, PurchaseOrderLine

TOUCHED_BY, TYPED_PRICE = "touched_by", "typed_price"
Rows = list[PurchaseOrderLine]


class LineMoved(PurchaseRefused):
    """Somebody changed the line since it was looked at."""


class AgainstTerms(PurchaseRefused):
    """
    The terms of an offer speak against so many units, and nobody said that they are wanted all the same.

    ``found``: for each offer, by primary key, the units and what speaks against them.
    """

    def __init__(self, found: Mapping[int, tuple[int, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in found.values()))
        self.found = dict(found)


@dataclass(frozen=True, slots=True)
class DraftedUnits:
    """What open drafts hold of a product for a warehouse: the units, and in words where."""

    units: int
    words: str


class AlreadyDrafted(PurchaseRefused):
    """Open drafts hold other units of a product than were seen; ``standing`` says what, by product and warehouse."""

    def __init__(self, standing: Mapping[Sku, DraftedUnits]) -> None:
        super().__init__(" ".join(each.words for each in standing.values()) + " Nothing was done yet.")
        self.standing = dict(standing)


@transaction.atomic
def propose(lines: Sequence[DraftLine], *, by: User | None, at: datetime) -> list[PurchaseOrder]:
    """
    Put lines into the open draft of their supplier and warehouse; what drafts hold of a product already is added to.

    :returns: the drafts written, by primary key
    :raises AlreadyDrafted: if open drafts hold other units than were seen
    :raises AgainstTerms: if minimum, pack or capacity speak against the units, and nobody overruled that
    :raises NoPrice: if the offer has no tier for so many units, or what was typed is no price
    :raises UnknownOffer: if an offer is gone
    :raises NoUnits: if a line has none
    """
    offers = drafts.offers_of(line.offer_id for line in lines)
    Product.objects.lock(offer.product_id for offer in offers.values())
    skus = {(offers[line.offer_id].product_id, line.warehouse_id) for line in lines}
    held = Q(warehouse__in={place for _, place in skus}, lines__product__in={thing for thing, _ in skus})
    beside = Q(pk__in=PurchaseOrder.objects.filter(drafts.IS_DRAFT, held).values("pk"))
    orders = drafts.open_drafts({drafts.place_of(line, offers) for line in lines}, at=at, on=None, beside=beside)
    standing = _standing(skus)
    _check_seen(lines, offers, standing)
    hand = _Hand(by, at, terms.prices(offers))
    for line in lines:
        offer = offers[line.offer_id]
        hand.type_in(line, offer, orders[drafts.place_of(line, offers)], standing[offer.product_id, line.warehouse_id])
    hand.write()
    written = sorted(orders.values(), key=lambda order: order.pk)
    if by:
        PurchaseOrder.objects.filter(pk__in=[order.pk for order in written]).update(touched_at=at)
    return written


@transaction.atomic
def edit_line(
    line_id: int,
    *,
    quantity: int,
    unit_price: Decimal | None = None,
    seen: int | None = None,
    overrules: int | None = None,
    by: User | None,
    at: datetime,
) -> PurchaseOrderLine:
    """
    Change a draft line to what a person wants; the night leaves it alone from then on.

    A price that was typed before stands; without one the price is that of the offer's tier.

    :raises NotADraft: if the order was approved meanwhile
    :raises LineMoved: if somebody changed the units that were ``seen``
    :raises TooManyUnits: if a line cannot say so many
    :raises AgainstTerms: if the terms of the offer speak against the units; ``overrules`` them where it names them
    :raises NoPrice: if no price is given and the offer has no tier for so many units
    """
    line = _draft_line(line_id)
    _check_moved(line, seen)
    if quantity < 1:
        raise NoUnits(f"{line.product}: a line has at least 1 unit. Remove it instead.")
    drafts.check_sayable(quantity, line.product)
    breaks = terms.prices([line.offer_id] if line.offer_id else []).get(line.offer_id or 0, ())
    beside = PurchaseOrderLine.objects.filter(purchase_order=line.purchase_order_id, product=line.product_id)
    others = sum(beside.filter(is_touched=True).exclude(pk=line.pk).values_list("quantity", flat=True))
    typed = unit_price if unit_price is not None or TYPED_PRICE not in line.parts else line.unit_price
    line.unit_price = price(typed, line.offer, breaks, others + quantity, str(line.product))
    if line.offer:
        _check_terms([(line.offer, breaks, others + quantity, overrules)])
    line.parts = {**line.parts, **_touch(by), "edited_from": line.quantity, "edited_at": at.isoformat()}
    if typed is not None:
        line.parts[TYPED_PRICE] = True
    line.quantity, line.is_touched = quantity, line.is_touched or by is not None
    line.save(update_fields=["quantity", "unit_price", "parts", "is_touched"])
    PurchaseOrder.objects.filter(pk=line.purchase_order_id).update(touched_at=at)
    return line


@transaction.atomic
def remove_line(line_id: int, *, seen: int | None = None, at: datetime) -> None:
    """
    Take a line off a draft, and the draft away with its last one. What is still needed is proposed again.

    :raises NotADraft: if the order was approved meanwhile
    :raises LineMoved: if somebody changed the units that were ``seen``
    """
    line = _draft_line(line_id)
    _check_moved(line, seen)
    line.delete()
    PurchaseOrder.objects.filter(pk=line.purchase_order_id).update(touched_at=at)
    drafts.empty([line.purchase_order_id]).delete()


def _touch(by: User | None) -> dict[str, Any]:
    return {TOUCHED_BY: by.get_username()} if by else {}


def _standing(skus: Iterable[Sku]) -> dict[Sku, Rows]:
    """Read what open drafts hold of these products for these warehouses; the drafts are locked."""
    standing: dict[Sku, Rows] = {sku: [] for sku in skus}
    rows = PurchaseOrderLine.objects.filter(
        purchase_order__in=PurchaseOrder.objects.filter(drafts.IS_DRAFT).values("pk"),
        product__in={thing for thing, _ in standing},
    )
    for row in rows.select_related("purchase_order__supplier", "purchase_order__warehouse", "product").order_by("pk"):
        if (sku := (row.product_id, row.purchase_order.warehouse_id)) in standing:
            standing[sku].append(row)
    return standing


def _check_seen(lines: Sequence[DraftLine], offers: Mapping[int, Offer], standing: Mapping[Sku, Rows]) -> None:
    """:raises AlreadyDrafted: if somebody saw other units than there are"""
    moved = {}
    for line in lines:
        product = offers[line.offer_id].product
        rows = standing[product.pk, line.warehouse_id]
        units = sum(row.quantity for row in rows)
        if line.seen not in (None, units):
            moved[product.pk, line.warehouse_id] = DraftedUnits(units, _where(product, rows))
    if moved:
        raise AlreadyDrafted(moved)


def _where(product: Product, rows: Rows) -> str:
    if not rows:
        return f"No open draft holds {product} any more."
    held = [f"{row.purchase_order} from {row.purchase_order.supplier} holds {row.quantity:,}" for row in rows]
    return f"{product}: {' and '.join(held)}."


def _check_terms(asked: Iterable[tuple[Offer, terms.Breaks, int, int | None]]) -> None:
    """:raises AgainstTerms: if the terms of one speak against its units, unless just so many were overruled"""
    found = {}
    for offer, breaks, units, overruled in asked:
        facts = terms.against(offer, breaks, units)
        if facts and overruled != units:
            found[offer.pk] = (units, f"{offer.product}: {facts}.")
    if found:
        raise AgainstTerms(found)


def price(typed: Decimal | None, offer: Offer | None, breaks: terms.Breaks, units: int, product: str) -> Decimal:
    """
    Give the price that was typed, else that of the tier.

    :raises NoPrice: if there is none; it names what else the terms of the offer say against so many units
    """
    try:
        return drafts.price(typed, breaks, units, product)
    except drafts.NoPrice as refusal:
        against = terms.against(offer, breaks, units) if offer else ""
        raise drafts.NoPrice(f"{refusal} {against}.".strip() if against else str(refusal)) from None


def _check_moved(line: PurchaseOrderLine, seen: int | None) -> None:
    if seen not in (None, line.quantity):
        raise LineMoved(
            f"{line.product}: somebody changed this line from {seen:,} to {line.quantity:,} units meanwhile."
            " Nothing was changed. Look at it again."
        )


def _draft_line(line_id: int) -> PurchaseOrderLine:
    """Lock the order of a draft line, so that nobody approves it meanwhile, then read the line."""
    order = PurchaseOrder.objects.filter(lines=line_id).first()
    if order is None:
        raise UnknownLine("This line does not exist any more.")
    if not drafts.drafts_locked(Q(pk=order.pk)):
        order.refresh_from_db()
        raise NotADraft(f"{order} is not a draft any more: it is {order.words.lower()}. Nothing was changed.")
    line = PurchaseOrderLine.objects.select_related("product", "offer__product").filter(pk=line_id).first()
    if line is None:
        raise UnknownLine("This line does not exist any more.")
    return line


class _Hand:
    """A person who types lines into drafts that are locked; ``write`` stores what they make of them."""

    def __init__(self, by: User | None, at: datetime, breaks: Mapping[int, terms.Breaks]) -> None:
        self.by, self.at, self.breaks = by, at, breaks
        self.asked: dict[int, tuple[Offer, terms.Breaks, int, int | None]] = {}
        self.changed: dict[int, PurchaseOrderLine] = {}
        self.gone: dict[int, PurchaseOrderLine] = {}
        self.new: Rows = []

    def type_in(self, line: DraftLine, offer: Offer, order: PurchaseOrder, rows: Rows) -> None:
        """Add a line to what drafts hold of its product, or put it in the place of all of that."""
        if line.quantity < 1:
            raise NoUnits(f"{offer.product}: a line has at least 1 unit.")
        own = [row for row in rows if row.purchase_order_id == order.pk]
        row = self._row_for(line, offer, order, own)
        if line.replaces:
            self.gone |= {each.pk: each for each in rows if each is not row and each.pk}
            rows[:] = own = [row]
        elif row not in own:
            rows.append(row)
            own.append(row)
        self._fill(row, line, offer, own)
        if self.by is not None:  # they were shown what all drafts hold with these units: that is what stays
            for each in rows:
                self._touch(each)

    def _row_for(self, line: DraftLine, offer: Offer, order: PurchaseOrder, own: Rows) -> PurchaseOrderLine:
        """Find the line that the units go to: one of this price, a person's first; else a new one."""
        fits = [row for row in own if line.replaces or line.unit_price in (None, row.unit_price) or self.by is None]
        if fits:
            return min(fits, key=lambda row: not row.is_touched)
        return PurchaseOrderLine(purchase_order=order, product_id=offer.product_id, quantity=0)

    def _fill(self, row: PurchaseOrderLine, line: DraftLine, offer: Offer, own: Rows) -> None:
        before = 0 if line.replaces else row.quantity
        was = {} if line.replaces or not row.pk else row.parts
        row.offer, row.quantity = offer, before + line.quantity
        drafts.check_sayable(row.quantity, offer.product)
        units, breaks = sum(each.quantity for each in own), self.breaks.get(offer.pk, ())
        self.asked[offer.pk] = (offer, breaks, units, line.overrules)
        typed = line.unit_price if line.unit_price is not None or TYPED_PRICE not in was else row.unit_price
        row.unit_price = price(typed, offer, breaks, units, str(offer.product))
        edited = {"edited_from": before, "edited_at": self.at.isoformat()} if before and self.by else {}
        row.parts = {**was, **line.parts, **edited, **({TYPED_PRICE: True} if typed is not None else {})}
        row.reason = line.reason if line.replaces else " ".join(filter(None, (row.reason, line.reason)))
        for each in own:
            self._touch(each)

    def _touch(self, row: PurchaseOrderLine) -> None:
        row.is_touched = row.is_touched or self.by is not None
        row.parts = {**row.parts, **_touch(self.by)}
        if row.pk:
            self.changed[row.pk] = row
        elif row not in self.new:
            self.new.append(row)

    def write(self) -> None:
        """
        Store it all. What replaced lines of other suppliers leaves their drafts empty takes those away.

        :raises AgainstTerms: if terms speak against units that nobody overruled
        """
        _check_terms(self.asked.values())
        PurchaseOrderLine.objects.filter(pk__in=self.gone).delete()
        kept = [row for pk, row in self.changed.items() if pk not in self.gone]
        PurchaseOrderLine.objects.bulk_update(kept, [*drafts.WRITTEN, "is_touched"], batch_size=500)
        PurchaseOrderLine.objects.bulk_create([row for row in self.new if row.quantity], batch_size=500)
        drafts.empty({row.purchase_order_id for row in self.gone.values()}).delete()

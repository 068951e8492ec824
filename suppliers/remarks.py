"""What is to be said of lines of a draft: what is needed now, whose hand it was, what the offer says. Reads only."""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal

from . import terms
from .drafts import BY_HAND, NEEDED_NOW
from .hands import TOUCHED_BY
from .models import Offer, PurchaseOrderLine


def needed(line: PurchaseOrderLine) -> str:
    """Say how many units the last night needed, where drafts hold others of it by hand; empty if they agree."""
    now = line.parts.get(NEEDED_NOW)
    if not line.is_touched or now is None or now == line.quantity + line.parts.get(BY_HAND, 0):
        return ""
    drafted = line.quantity + line.parts.get(BY_HAND, 0)
    said = f"needs {now:,} now" if now else "needs none now"
    return f"{said}, {drafted - now:,} fewer than drafted" if drafted > now > 0 else said


def touched(line: PurchaseOrderLine) -> str:
    """Say who changed the line, and from how many units."""
    by, before = line.parts.get(TOUCHED_BY), line.parts.get("edited_from")
    if not by or before is None or before == line.quantity:
        return ""
    return f"Changed by {by} from {before:,}."


def offered_price(line: PurchaseOrderLine) -> Decimal | None:
    """Give the price of the offer for so many units; None where it has none."""
    return terms.reached(terms.prices([line.offer_id]).get(line.offer_id, ()), line.quantity) if line.offer_id else None


def against_terms(order_ids: Collection[int]) -> list[tuple[PurchaseOrderLine, str]]:
    """List the lines of these orders that the terms of their offers speak against, and what they say."""
    rows = PurchaseOrderLine.objects.filter(purchase_order__in=order_ids).order_by("purchase_order", "pk")
    lines = list(rows.select_related("purchase_order__supplier", "product", "offer"))
    breaks = terms.prices(line.offer_id for line in lines if line.offer_id)
    units: Counter[tuple[int, int]] = Counter()
    for line in lines:
        units[line.purchase_order_id, line.product_id] += line.quantity
    found = []
    for line in lines:
        prices = breaks.get(line.offer_id or 0, ())
        total = units[line.purchase_order_id, line.product_id]
        said = [_terms(line.offer, prices, total), _price(line, prices, total)]
        if any(said):
            found.append((line, "; ".join(filter(None, said))))
    return found


def _terms(offer: Offer | None, prices: terms.Breaks, units: int) -> str:
    if offer is None or not offer.is_active:
        return "the supplier has no active offer for it"
    return terms.against(offer, prices, units)


def _price(line: PurchaseOrderLine, prices: terms.Breaks, units: int) -> str:
    offered = terms.reached(prices, units)
    if offered is None or line.unit_price <= offered:
        return ""
    currency = line.purchase_order.supplier.money
    return f"{line.unit_price.normalize():f} {currency}".rstrip() + f" each, and the offer says {offered.normalize():f}"

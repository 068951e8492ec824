"""
The terms on which a product can be bought: who offers it, at what price, and who cannot be asked today.

Reads only: a constant number of queries whatever the number of products.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from inventory.reorder import order_quantity

from . import arrivals
from .models import Closure, Offer, PriceBreak, Supplier
from .offers import Terms

Breaks = tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer with its supplier, and its terms as they stand on one day."""

    offer: Offer
    terms: Terms


def of(product_ids: Iterable[int], *, on: date) -> dict[int, list[Quote]]:
    """List the quotes for each product, active offers only; a product nobody offers is left out."""
    offers = Offer.objects.filter(product_id__in=set(product_ids), is_active=True).prefetch_related("supplier")
    return quotes(list(offers.order_by("pk")), on=on)


def quotes(offers: Sequence[Offer], *, on: date, wait_for_closed: bool = False) -> dict[int, list[Quote]]:
    """
    State the terms of these offers, by product.

    :param wait_for_closed: a supplier that is closed can be asked when it opens again, so many days later;
        otherwise it cannot be asked
    """
    closed = closures(on)
    breaks = prices(offer.pk for offer in offers)
    by_product: dict[int, list[Quote]] = {}
    for offer in offers:
        closure = closed.get(offer.supplier_id)
        days = (closure.ends_on - on).days + 1 if closure and wait_for_closed else 0
        reason = why_not(offer.supplier, None if wait_for_closed else closure)
        terms = _terms(offer, breaks.get(offer.pk, ()), reason, days)
        by_product.setdefault(offer.product_id, []).append(Quote(offer, terms))
    return by_product


def prices(offer_ids: Iterable[int]) -> dict[int, Breaks]:
    """List (from units, unit price) of each offer, lowest first."""
    rows = PriceBreak.objects.filter(offer_id__in=set(offer_ids)).order_by("offer_id", "minimum")
    breaks: dict[int, Breaks] = {}
    for offer_id, minimum, unit_price in rows.values_list("offer_id", "minimum", "unit_price"):
        breaks[offer_id] = (*breaks.get(offer_id, ()), (minimum, unit_price))
    return breaks


def closures(on: date) -> dict[int, Closure]:
    """Give the closure, the longest where several meet, of each supplier that takes no orders on a day."""
    rows = Closure.objects.filter(starts_on__lte=on, ends_on__gte=on).order_by("ends_on")
    return {closure.supplier_id: closure for closure in rows}


def why_not(supplier: Supplier, closure: Closure | None) -> str:
    """Say why a supplier is not asked; empty if it is."""
    if supplier.is_on_hold:
        return f"on hold: {supplier.hold_reason}" if supplier.hold_reason else "on hold"
    if closure:
        reason = f": {closure.reason}" if closure.reason else ""
        return f"closed until {closure.ends_on:%-d %B %Y}{reason}"
    return ""


def against(offer: Offer, breaks: Breaks, quantity: int) -> str:
    """Say what in the terms of an offer speaks against so many units in one order; empty if nothing does."""
    minimum = max(offer.minimum, breaks[0][0] if breaks else 0)
    most = quantity if offer.capacity is None else offer.capacity
    facts = {
        f"below the minimum of {minimum:,}": quantity < minimum,
        f"not in packs of {offer.pack:,}": quantity % offer.pack,
        f"more than the {most:,} it delivers in one order": quantity > most,
    }
    found = " and ".join(fact for fact, is_so in facts.items() if is_so)
    fits = int(order_quantity(quantity, minimum=minimum, pack=offer.pack, capacity=offer.capacity))
    would_do = f"; {fits:,} would do" if fits and fits != quantity else ""
    return f"{quantity:,} is {found}{would_do}" if found else ""


def reached(breaks: Breaks, quantity: int) -> Decimal | None:
    """Give the price of the tier that so many units reach; None where none of them is so low."""
    return max(((start, price) for start, price in breaks if start <= quantity), default=(0, None))[1]


def _terms(offer: Offer, breaks: Breaks, why: str, closed_days: int) -> Terms:
    """Count the days from today: until it opens, until we have approved, until it delivers."""
    mean, sd = arrivals.lead(offer)
    before = closed_days + offer.supplier.approval_days
    return Terms(
        offer_id=offer.pk,
        supplier=offer.supplier.name,
        prices=breaks,
        moq=offer.minimum,
        pack=offer.pack,
        capacity=offer.capacity,
        lead_mean=before + mean,
        lead_sd=sd,
        safe_days=before + arrivals.days_within(settings.PROMISE_QUANTILE, mean, sd),
        order_cost=offer.supplier.order_cost,
        freight=offer.supplier.freight,
        currency=offer.supplier.money,
        rate=offer.supplier.worth,
        usable=not why,
        why_not=why,
    )

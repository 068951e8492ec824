"""
The terms on which a product can be bought: who offers it, at what price, and who cannot be asked today.

Reads only: a constant number of queries whatever the number of products.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings

from inventory.formulas.reorder import order_quantity
from inventory.ground.sql import bulk, columns

from . import arrivals, closed
from .closed import ALL_DAYS, OpenDays
from .models import Closure, Offer, PriceBreak, Supplier
from .offers import MOST_UNITS, Terms

Breaks = tuple[tuple[int, Decimal], ...]


_UNITS_OF_MONEY = 10_000
_OFFERS, _PRICES = (model._meta.db_table for model in (Offer, PriceBreak))
_OFFER = dict.fromkeys(("id", "supplier", "product", "minimum", "pack", "capacity", "quoted", "learned_from"), "i8")
_OFFER |= {"mean": "f8", "sd": "f8"}
_PRICE = dict.fromkeys(("offer", "minimum", "price"), "i8")


class Quote(NamedTuple):
    """Whose offer it is, and its terms as they stand on one day."""

    supplier_id: int
    terms: Terms


def of(product_ids: Iterable[int], *, on: date) -> dict[int, list[Quote]]:
    """
    List the quotes for each product, active offers only; a product nobody offers is left out.

    Days count from today: until we have approved, until it delivers.
    """
    source, params = bulk.staged(bulk.IDS, [(pk,) for pk in sorted(set(product_ids))])
    wanted = f"offer.is_active AND offer.product_id IN (SELECT staged.id FROM {source})"
    offers = columns.read(
        "SELECT id, supplier_id, product_id, minimum, pack, COALESCE(capacity, -1), quoted_days,"
        " COALESCE(learned_from, 0), COALESCE(mean_days, 0), COALESCE(sd_days, 0)"
        f" FROM {_OFFERS} AS offer WHERE {wanted} ORDER BY id",
        params,
        _OFFER,
    )
    breaks = _prices(wanted, params)
    leads = arrivals.leads(offers["mean"], offers["sd"], learned_from=offers["learned_from"], quoted=offers["quoted"])
    standing, ahead = closures_from(on)
    suppliers = {each.pk: (each, why_not(each, standing.get(each.pk))) for each in Supplier.objects.all()}
    plain = ("id", "supplier", "product", "minimum", "pack", "capacity")
    rows = zip(*(values.tolist() for values in (*(offers[name] for name in plain), *leads)), strict=True)
    by_product: dict[int, list[Quote]] = {}
    for pk, supplier_id, product_id, minimum, pack, capacity, mean, sd in rows:
        supplier, why = suppliers[supplier_id]
        before, open_days = supplier.approval_days, ahead.get(supplier_id, ALL_DAYS)
        terms = Terms(
            offer_id=pk,
            supplier=supplier.name,
            prices=breaks.get(pk, ()),
            moq=minimum,
            pack=pack,
            capacity=MOST_UNITS if capacity < 0 else capacity,
            lead_mean=open_days.lengthened(on, before, mean),
            lead_sd=sd,
            safe_days=open_days.lengthened(on, before, arrivals.days_within(settings.PROMISE_QUANTILE, mean, sd)),
            order_cost=supplier.order_cost,
            freight=supplier.freight,
            currency=supplier.money,
            rate=supplier.worth,
            usable=not why,
            why_not=why,
        )
        by_product.setdefault(product_id, []).append(Quote(supplier_id, terms))
    return by_product


def _prices(wanted: str, params: Sequence[Any]) -> dict[int, Breaks]:
    """Do what ``prices`` does for the offers that are wanted; each price is made once, however many offers have it."""
    rows = columns.read(
        f"SELECT price.offer_id, price.minimum, CAST(ROUND(price.unit_price * {_UNITS_OF_MONEY}) AS bigint)"
        f" FROM {_PRICES} AS price JOIN {_OFFERS} AS offer ON offer.id = price.offer_id WHERE {wanted}"
        " ORDER BY price.offer_id, price.minimum",
        params,
        _PRICE,
    )
    money = {price: Decimal(price).scaleb(-4) for price in np.unique(rows["price"]).tolist()}
    breaks: dict[int, Breaks] = {}
    for offer_id, minimum, price in zip(*(values.tolist() for values in rows.values()), strict=True):
        breaks[offer_id] = (*breaks.get(offer_id, ()), (minimum, money[price]))
    return breaks


def prices(offer_ids: Iterable[int]) -> dict[int, Breaks]:
    """List (from units, unit price) of each offer, lowest first."""
    rows = PriceBreak.objects.filter(offer_id__in=set(offer_ids)).order_by("offer_id", "minimum")
    breaks: dict[int, Breaks] = {}
    for offer_id, minimum, unit_price in rows.values_list("offer_id", "minimum", "unit_price"):
        breaks[offer_id] = (*breaks.get(offer_id, ()), (minimum, unit_price))
    return breaks


def closures(on: date) -> dict[int, Closure]:
    """Give the closure, the longest where several meet, of each supplier that takes no orders on a day."""
    return closures_from(on)[0]


def closures_from(on: date) -> tuple[dict[int, Closure], dict[int, OpenDays]]:
    """Give the closures as ``closures`` does, and around which days each supplier is open from a day on."""
    rows = list(Closure.objects.filter(ends_on__gte=on).order_by("ends_on"))
    return {row.supplier_id: row for row in rows if row.starts_on <= on}, closed.around(rows)


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

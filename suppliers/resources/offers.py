"""
What suppliers offer, from a file: one row for each price, by supplier, SKU and the units it starts from.

The terms of an offer (minimum, pack, lead time) stand on its first row; further rows may repeat them or leave them
empty. A file that has prices has all of them: breaks of these offers that it does not name are dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from inventory import known
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.ground.tabular import (
    Column,
    Record,
    Sheet,
    amount,
    boolean,
    currency_code,
    plain_code,
    product_code,
    whole,
)
from inventory.models import Product
from inventory.resources.plan import Plan, Resource, written
from suppliers.models import Offer, PriceBreak, Supplier

from . import currency, suppliers

LEAST_PRICE = Decimal("0.0001")
COLUMNS = (
    Column("supplier", plain_code(40), "the supplier's code; load suppliers first", is_required=True, is_key=True),
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True),
    Column("unit_price", amount(4, least=LEAST_PRICE, is_own=True), "price of one unit, more than 0", is_required=True),
    Column("from_units", whole(1), "the price holds from so many units on; 1 if left out", is_key=True),
    Column("quoted_days", whole(0, 1000), "lead time as quoted, in days; needed for a new offer"),
    Column("minimum", whole(1), "the fewest units they sell (MOQ)"),
    Column("pack", whole(1), "units come in packs of so many"),
    Column("capacity", whole(1), "the most units in one order; empty: any"),
    Column("supplier_sku", plain_code(80), "the supplier's own code"),
    Column("is_active", boolean, "yes or no: it may be ordered from"),
    Column("currency", currency_code, "what the price is in; another than the supplier's is refused"),
)
TERMS = ("quoted_days", "minimum", "pack", "capacity", "supplier_sku", "is_active")
_Key = tuple[str, str]


@dataclass(slots=True)
class OfferRows:
    """One offer as the file has it: its rows, terms, and price by the units it starts from."""

    records: list[Record] = field(default_factory=list)
    terms: dict[str, Any] = field(default_factory=dict)
    prices: dict[int, Decimal] = field(default_factory=dict)
    is_good: bool = True

    def add(self, plan: Plan, record: Record) -> None:
        """Take up one more row; one that contradicts an earlier one is a problem."""
        self.records.append(record)
        self.is_good = self.is_good and record.is_good
        if not record.is_good:
            return
        start = record.values.get("from_units", 1)
        if start in self.prices:
            self.is_good = False
            plan.refuse(record, "from_units", f"each number of units only once per offer; {start} is there already")
        self.prices[start] = record.values["unit_price"]
        for name in TERMS:
            value = record.values.get(name)
            if value is not None and self.terms.setdefault(name, value) != value:
                self.is_good = False
                plan.refuse(record, name, f"{written(self.terms[name])}, as on the offer's first row")

    def refuse(self, plan: Plan, name: str, expected: str) -> None:
        """Say of every row what is wrong with the offer."""
        for record in self.records:
            plan.refuse(record, name, expected)


@dataclass(frozen=True, slots=True)
class PricedOffer:
    """One offer to write, with all its prices."""

    offer: Offer
    prices: dict[int, Decimal]


def check(sheet: Sheet) -> Plan:
    """Gather the rows of each offer, and set it beside the one there is."""
    plan = Plan(sheet)
    drafts = _gather(plan)
    named = suppliers.found([supplier for supplier, _ in drafts])
    products = known.products(sku for _, sku in drafts)
    offers = _found(named.values(), products.values())
    foreign = currency.refuse_foreign(plan, _priced(drafts, named))
    for (code, sku), draft in drafts.items():
        supplier, product = named.get(code), products.get(sku)
        if supplier is None:
            draft.refuse(plan, "supplier", "a supplier that is known; load suppliers first")
        elif product is None:
            draft.refuse(plan, "sku", "a SKU that is known; load products first")
        elif rows := [record for record in draft.records if record.row in foreign]:
            _leave_out(plan, [record for record in draft.records if record not in rows])
        elif draft.is_good:
            offer = offers.get((supplier.pk, product.pk)) or Offer(supplier=supplier, product=product)
            _compare(plan, draft, offer)
    return plan


def _gather(plan: Plan) -> dict[_Key, OfferRows]:
    drafts: dict[_Key, OfferRows] = {}
    for record in plan.sheet.records(plan.problems, is_whole=False):
        if "supplier" in record.values and "sku" in record.values:
            key = (keys.key(record.values["supplier"]), record.values["sku"])
            drafts.setdefault(key, OfferRows()).add(plan, record)
    for draft in drafts.values():
        if not draft.is_good:
            _leave_out(plan, draft.records)
    return drafts


def _leave_out(plan: Plan, records: Iterable[Record]) -> None:
    for record in records:
        if record.row not in plan.problems.rows:
            plan.problems.add(record.row, "", "", "left out, because another row of the same offer is wrong")


def _priced(drafts: Mapping[_Key, OfferRows], named: Mapping[str, Supplier]) -> Iterator[currency.Priced]:
    """Give every price with the currency of its supplier."""
    for (code, _), draft in drafts.items():
        for record in draft.records:
            if code in named and "unit_price" in record.values:
                yield currency.Priced(record, "unit_price", record.values["unit_price"], named[code].money)


def _found(named: Iterable[Supplier], products: Iterable[Product]) -> dict[tuple[int, int], Offer]:
    supplier_ids = [supplier.pk for supplier in named]
    return {
        (offer.supplier_id, offer.product_id): offer
        for block in known.blocks([product.pk for product in products])
        for offer in Offer.objects.filter(Q(product_id__in=block), supplier_id__in=supplier_ids).prefetch_related(
            "prices"
        )
    }


def _compare(plan: Plan, draft: OfferRows, offer: Offer) -> None:
    """Put the terms of the file on the offer, and say what that makes it."""
    if not offer.pk and "quoted_days" not in draft.terms:
        draft.refuse(plan, "quoted_days", "a lead time in days, because the offer is new")
        return
    changes = {name: value for name, value in draft.terms.items() if getattr(offer, name) != value}
    was = {name: getattr(offer, name) for name in changes}
    for name, value in changes.items():
        setattr(offer, name, value)
    if offer.takes_no_order and (not offer.pk or was.keys() & {"minimum", "pack", "capacity"}):
        draft.refuse(plan, "capacity", f"{offer.least:,} or more, its smallest order: else none is possible")
        return
    record, change = draft.records[0], PricedOffer(offer, draft.prices)
    prices = {price.minimum: price.unit_price for price in offer.prices.all()} if offer.pk else {}
    if not offer.pk:
        plan.add("new", record, change, rows=len(draft.records))
    elif changes or prices != draft.prices:
        plan.add("changed", record, change, rows=len(draft.records))
        for name, before in was.items():
            plan.change(record.row, name, before, changes[name])
        for start in sorted(prices.keys() | draft.prices.keys()):
            if prices.get(start) != draft.prices.get(start):
                row = next((row.row for row in draft.records if row.values.get("from_units", 1) == start), record.row)
                plan.change(
                    row,
                    f"price from {counted(start, 'unit')}",
                    prices.get(start),
                    draft.prices.get(start),
                )
    else:
        plan.add("unchanged", record, change, rows=len(draft.records))


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Write the offers, and in place of their prices those of the file."""
    changes: list[PricedOffer] = [*plan.new, *plan.changed]
    for change in changes:
        change.offer.pk = None
    Offer.objects.bulk_create(
        [change.offer for change in changes],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["supplier", "product"],
        update_fields=list(TERMS),
    )
    named = {change.offer.supplier for change in changes}
    offers = _found(named, {change.offer.product for change in changes})
    prices = {offers[change.offer.supplier_id, change.offer.product_id].pk: change.prices for change in changes}
    for block in known.blocks(prices):
        PriceBreak.objects.filter(offer_id__in=block).delete()
    PriceBreak.objects.bulk_create(
        [
            PriceBreak(offer_id=offer_id, minimum=minimum, unit_price=price)
            for offer_id, breaks in prices.items()
            for minimum, price in breaks.items()
        ],
        batch_size=1000,
    )


RESOURCE = Resource(
    kind="offers",
    about="Offers, one row for each price, by supplier, SKU and from_units. A file names all prices of its offers.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)

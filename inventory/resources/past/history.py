"""
Order history from a file, as demand: what was asked for, day by day, before this shop ran here.

Every row ends in exactly one of four counts. ``loaded``: counts as demand. ``netted``: a cancellation, or the line
it cancels. ``not_products``: postage, fees and the like. ``refused``: no demand, for a reason that is told; or
a row that cannot be read, which stops the load unless such rows are to be skipped.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User

from inventory import known
from inventory.demand import entries, numbering
from inventory.ground.tabular import Column, Dates, Sheet, amount, boolean, plain_code, product_code, text, whole
from inventory.models import Product, Warehouse
from inventory.resources.plan import Plan, Resource
from inventory.supply import shelves

from . import history_record
from .history_rows import UNMATCHED, UNREADABLE, Rows
from .netting import HistoryRow, net
from .not_products import matcher

SOURCE = numbering.HISTORY
MOST = 1_000_000
COLUMNS = (
    Column("reference", plain_code(100), "the order's or invoice's number", is_required=True, is_key=True),
    Column("sku", product_code(64), "the product's code; one not known yet is made", is_required=True, is_key=True),
    Column("quantity", whole(-MOST, MOST), "units ordered; below zero: a cancellation", is_required=True),
    Column("placed_at", Dates(has_time=True, is_past=True), "when it was ordered", is_required=True),
    Column("name", text(1000), "the product's name, if it is not known yet"),
    Column("unit_price", amount(4, digits=16, least=None), "what one unit cost the customer"),
    Column("currency", text(20), "what that is in; a new product takes no price in another than the shop's"),
    Column("customer", text(120), "who ordered; without it, a cancellation cannot be netted"),
    Column("warehouse", text(120), "which warehouse, its code or name; left out: the one asked first", is_key=True),
    Column("channel", plain_code(40), "where it was placed; shop if left out", is_key=True),
    Column("ran_out", boolean, "yes: this day ended without stock; matters where the file holds sales"),
)


@dataclass(frozen=True, slots=True)
class NettedDemand:
    """What one order asks of one product, as the file has it after netting; 0 units take an entry back."""

    reference: str
    sku: str
    warehouse: str
    day: date
    units: int


@dataclass(slots=True)
class Found:
    """Everything an ``apply`` needs beside the changes."""

    names: Mapping[str, str]
    prices: Mapping[str, Decimal]
    empty: Collection[tuple[str, str, date]]
    is_sales: bool
    products: Mapping[str, Product]
    missing: Sequence[str]


def check(sheet: Sheet, *, not_products: Iterable[str] = (), is_sales: bool = False) -> Plan:
    """
    Read the file into demand, net it, and set it beside the demand that is recorded.

    :param is_sales: the file holds what was sold, not what was ordered
    """
    plan = Plan(sheet)
    rows = Rows(plan, matcher([*settings.NOT_PRODUCTS, *not_products]), known.is_product)
    netted = net(rows)
    rows.refused[UNMATCHED] += len(netted.unmatched)
    rows.refused[UNREADABLE] += len(plan.problems.rows)
    rows.is_sales = is_sales
    asked = [line for line in netted.netted if line.quantity > 0]
    record = history_record.read([*netted.counted, *asked])
    taken_out = {(record.name(line), line.sku) for line in asked}
    _compare(plan, rows, record, _summed(netted.counted, record), taken_out)
    plan.taken = len(netted.counted) + len(netted.netted) + rows.codes.total()
    plan.taken += rows.refused.total() - len(plan.problems.rows)
    plan.counts = {
        "rows": plan.rows,
        "loaded": len(netted.counted),
        "netted": len(netted.netted),
        "not_products": rows.codes.total(),
        "refused": rows.refused.total(),
    }
    plan.details = {
        "not_products": dict(rows.codes.most_common()),
        "refused": {reason: number for reason, number in rows.refused.most_common() if number},
        "entries": {"new": len(plan.new), "changed": len(plan.changed), "unchanged": plan.unchanged},
    }
    return plan


_Key = tuple[str, str, str]


def _summed(lines: Iterable[HistoryRow], record: history_record.RecordedOrders) -> dict[_Key, tuple[date, int]]:
    """Add up what one order asks of one product: a product may stand on several of its lines."""
    summed: dict[_Key, tuple[date, int]] = {}
    for line in lines:
        key = (record.name(line), line.sku, line.warehouse)
        day, units = summed.get(key, (line.placed_at.date(), 0))
        summed[key] = (day, units + line.quantity)
    return summed


def _compare(
    plan: Plan,
    rows: Rows,
    record: history_record.RecordedOrders,
    summed: dict[_Key, tuple[date, int]],
    netted: set[tuple[str, str]],
) -> None:
    """Tell what is new and what differs from the entries there are; what was netted since is taken back."""
    skus = {sku for _, sku, _ in summed} | {sku for _, sku in netted}
    products = known.products(skus)
    places = known.warehouses()
    default = next(iter(places), "")
    recorded = dict(record.entries)
    for (reference, sku, warehouse), (day, units) in summed.items():
        change = NettedDemand(reference, sku, warehouse or default, day, units)
        product, place = products.get(sku), places.get(warehouse or default)
        there = recorded.pop((reference, product.pk, place.pk), None) if product and place else None
        if reference in record.ordered:
            plan.unchanged += there is None
            plan.changed += [replace(change, units=0)] if there else []
        elif there is None:
            plan.new.append(change)
            plan.trace.update(repr(change).encode())
        elif there == (day, units, rows.is_sales):
            plan.unchanged += 1
        else:
            plan.changed.append(change)
            plan.change(0, f"{reference}, {sku}", _words(*there), _words(day, units, rows.is_sales))
    plan.changed += _taken_back(recorded, netted, products, places)
    missing = sorted(sku for sku in {sku for name, sku, _ in summed if name not in record.ordered} - products.keys())
    plan.notes = [
        *_made(missing),
        *([f"A product that is known, and so demand: {', '.join(sorted(rows.spared))}."] if rows.spared else []),
        *record.told(),
    ]
    plan.context = Found(rows.names, rows.prices, rows.empty, rows.is_sales, products, missing)


def _words(day: date, units: int, is_sale: bool) -> str:
    return f"{units:,} {'sold' if is_sale else 'asked for'} on {day}"


def _made(missing: Sequence[str]) -> list[str]:
    """Say how many products are made, and which of them may be others that lost their zeros."""
    if not missing:
        return []
    are = "1 product is made, which was" if len(missing) == 1 else f"{len(missing):,} products are made, which were"
    return [f"{are} not known yet.", *known.but_for_zeros(missing)]


def _taken_back(
    recorded: Mapping[tuple[str, int, int], tuple[date, int, bool]],
    netted: set[tuple[str, str]],
    products: Mapping[str, Product],
    places: Mapping[str, Warehouse],
) -> list[NettedDemand]:
    skus = {product.pk: sku for sku, product in products.items()}
    codes = {place.pk: code for code, place in places.items()}
    return [
        NettedDemand(reference, skus[product], codes[place], day, 0)
        for (reference, product, place), (day, *_) in recorded.items()
        if product in skus and (reference, skus[product]) in netted
    ]


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Make the products that are missing, then record the demand that is new or different."""
    found: Found = plan.context
    products = {sku: product.pk for sku, product in found.products.items()}
    Product.objects.bulk_create(
        [Product(sku=sku, name=found.names.get(sku, ""), price=_price(found.prices.get(sku))) for sku in found.missing],
        batch_size=1000,
        ignore_conflicts=True,
    )
    products |= {sku: product.pk for sku, product in known.products(found.missing).items()}
    places = {code: place.pk for code, place in known.warehouses().items()}
    if not places:
        places = {"MAIN": Warehouse.objects.create(code="MAIN", name="Main warehouse").pk}
    default = next(iter(places.values()))
    changes = [*plan.new, *plan.changed]
    for start in range(0, len(changes), entries.BLOCK):
        block = changes[start : start + entries.BLOCK]
        entries.record(
            entries.Entry(
                SOURCE,
                change.reference,
                products[change.sku],
                places.get(change.warehouse, default),
                change.day,
                change.units,
                is_sale=found.is_sales,
            )
            for change in block
        )
        if progress:
            progress(start + len(block), len(changes))
    shelves.add((products[sku], places.get(warehouse, default), day) for sku, warehouse, day in sorted(found.empty))


def _price(price: Decimal | None) -> Decimal:
    return price.quantize(Decimal("0.01")) if price else Decimal(0)


RESOURCE = Resource(
    kind="history",
    about="Order history, as demand. The counts: rows = loaded + netted + not_products + refused.",
    columns=COLUMNS,
    check=check,
    apply=apply,
    fill=("reference", "placed_at", "customer"),
    options=("not_products", "is_sales"),
)

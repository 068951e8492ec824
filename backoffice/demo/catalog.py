"""Products, warehouses, suppliers with offers and price breaks, customers: what a shop knows before its first order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product as pairs
from random import Random

from django.utils import timezone

from inventory.formulas.calendars.working_days import MONDAY_TO_FRIDAY
from inventory.models import BackorderPolicy, Product, Warehouse
from inventory.supply import calendars
from inventory.supply.calendars import WorkingDays
from orders.models import Customer
from suppliers.models import Closure, Offer, PriceBreak, Supplier

from .assortment import (
    FIRST_NAMES,
    GROUPS,
    LAST_NAMES,
    MAKERS,
    PLACES,
    TRADE,
    WAREHOUSES,
    Family,
    Group,
    Maker,
)

CUSTOMERS = 180
CENT = Decimal("0.01")
UNSUPPLIED_EVERY = 75
"""Every so manieth product has no offer: nobody supplies it, so no date can be given."""
VARIANT_SHARES = (0.32, 0.24, 0.18, 0.15, 0.11)


@dataclass(frozen=True, slots=True)
class Item:
    """A product with what its shop knows of it: its group and family, and units a week in an ordinary season."""

    product: Product
    group: Group
    family: Family
    weekly: float


@dataclass(frozen=True, slots=True)
class Catalog:
    items: tuple[Item, ...]
    warehouses: tuple[Warehouse, ...]
    offers: dict[int, tuple[Offer, ...]]
    """By product: the usual supplier's first."""
    customers: tuple[Customer, ...]
    suppliers: dict[str, Supplier]


def make(*, count: int, today: date, random: Random) -> Catalog:
    """Write a catalog of ``count`` products and everything around them."""
    warehouses = tuple(_warehouse(code, name, rank) for rank, (code, name, _) in enumerate(WAREHOUSES, start=1))
    items = _items(count, random)
    suppliers = _suppliers(today)
    return Catalog(items, warehouses, _offers(items, suppliers, random), _customers(random), suppliers)


def _warehouse(code: str, name: str, rank: int) -> Warehouse:
    """Open a warehouse that keeps the public holidays of its state; nobody waits for anything of it yet."""
    region, address = PLACES[code]
    days = WorkingDays(MONDAY_TO_FRIDAY, "US", region, cut_off=None, receiving_days=0, handling_days=1)
    row = Warehouse.objects.create(code=code, name=name, rank=rank, address=address)
    calendars.change(row.pk, days, by=None, at=timezone.now())
    row.refresh_from_db()
    return row


def _items(count: int, random: Random) -> tuple[Item, ...]:
    """Take one variant of every family before the second of any, so that a small shop has every group too."""
    families = [(group, family) for group in GROUPS for family in group.families]
    wanted = list(pairs(range(len(VARIANT_SHARES)), families))[:count]
    drafts = [
        Item(_product(group, family, place, number, random), group, family, family.weekly * VARIANT_SHARES[place])
        for number, (place, (group, family)) in enumerate(wanted, start=1)
    ]
    Product.objects.bulk_create(item.product for item in drafts)
    return tuple(drafts)


def _product(group: Group, family: Family, place: int, number: int, random: Random) -> Product:
    code, variant = group.variants[place]
    price = Decimal(family.price)
    cost = next(maker.cost for maker in MAKERS if maker.code == group.makers[0])
    policy, limit = _policy(number)
    return Product(
        sku=f"{family.code}-{code}",
        name=f"{family.name}, {variant}",
        group=group.name,
        price=price,
        cost=(price * Decimal(str(cost))).quantize(CENT, ROUND_HALF_UP),
        backorder_policy=policy,
        backorder_limit=limit,
        is_discontinued=number % 97 == 0,
    )


def _policy(number: int) -> tuple[BackorderPolicy, int | None]:
    """Most may be backordered freely; every tenth up to a limit, some only from what is coming, a few never."""
    if number % 10 == 0:
        return BackorderPolicy.LIMIT, 12
    if number % 25 == 8:
        return BackorderPolicy.COVERED, None
    if number % 40 == 17:
        return BackorderPolicy.NEVER, None
    return BackorderPolicy.ALWAYS, None


def _suppliers(today: date) -> dict[str, Supplier]:
    """Write the suppliers: one is closed this week, another one will be."""
    rows = Supplier.objects.bulk_create(
        Supplier(
            code=maker.code,
            name=maker.name,
            email=f"orders@{maker.code.lower()}.example.com",
            approval_days=1,
            review_days=7,
            order_cost=maker.order_cost,
            freight=maker.freight,
        )
        for maker in MAKERS
    )
    suppliers = {row.code: row for row in rows}
    monday = today - timedelta(days=today.weekday())
    Closure.objects.bulk_create(
        (
            Closure(supplier=suppliers["FERN"], starts_on=monday, ends_on=monday + timedelta(13), reason="Stocktaking"),
            Closure(
                supplier=suppliers["SAKURA"],
                starts_on=monday + timedelta(35),
                ends_on=monday + timedelta(48),
                reason="Kiln maintenance",
            ),
        )
    )
    return suppliers


def _offers(items: Sequence[Item], suppliers: dict[str, Supplier], random: Random) -> dict[int, tuple[Offer, ...]]:
    """Let the usual maker offer each product, and the second one of its group most of them, at a higher price."""
    makers = {maker.code: maker for maker in MAKERS}
    drafts = []
    for number, item in enumerate(items, start=1):
        if number % UNSUPPLIED_EVERY == 0 or item.product.is_discontinued:
            continue
        for place, code in enumerate(item.group.makers):
            if place == 0 or random.random() < 0.6:
                drafts.append((_offer(item, suppliers[code], makers[code], number), item, makers[code]))
    offers = Offer.objects.bulk_create(offer for offer, _, _ in drafts)
    PriceBreak.objects.bulk_create(
        row for offer, (_, item, maker) in zip(offers, drafts, strict=True) for row in _breaks(offer, item, maker)
    )
    found: dict[int, tuple[Offer, ...]] = {}
    for offer in offers:
        found[offer.product_id] = (*found.get(offer.product_id, ()), offer)
    return found


def _offer(item: Item, supplier: Supplier, maker: Maker, number: int) -> Offer:
    pack = maker.pack if item.family.basket > 1.3 else 1
    return Offer(
        supplier=supplier,
        product=item.product,
        supplier_sku=f"{maker.code[0]}{4000 + number}",
        minimum=pack * 2,
        pack=pack,
        quoted_days=maker.days,
        capacity=240 if maker.code == "KILN" else None,
    )


def _breaks(offer: Offer, item: Item, maker: Maker) -> Iterator[PriceBreak]:
    """Give three tiers: from the minimum, 6 % less from four times as many, 11 % less from twelve times."""
    price = item.product.price * Decimal(str(maker.cost))
    for times, share in ((1, "1"), (4, "0.94"), (12, "0.89")):
        cost = (price * Decimal(share)).quantize(CENT, ROUND_HALF_UP)
        yield PriceBreak(offer=offer, minimum=1 if times == 1 else offer.minimum * times, unit_price=cost)


def _customers(random: Random) -> tuple[Customer, ...]:
    """Write people and a few shops; one has an address with a slip of the pen, as happens."""
    names = random.sample(list(pairs(FIRST_NAMES, LAST_NAMES)), CUSTOMERS - len(TRADE))
    people = [(f"{first} {last}", f"{first}.{last}".lower()) for first, last in names]
    trade = [(name, "buying." + "".join(filter(str.isalpha, name.lower().replace("é", "e")))) for name in TRADE]
    rows = [
        Customer(name=name, email=f"{address}@example.com", phone=f"+1 555 01{random.randrange(100):02d}")
        for name, address in (*people, *trade)
    ]
    rows[7].email = rows[7].email.removesuffix(".com")
    return tuple(Customer.objects.bulk_create(rows))

"""What the database knows under the names that a file uses: SKUs and warehouse codes, in any case."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from inventory.ground import keys
from inventory.ground.sql import bulk
from inventory.ground.tabular import Record
from inventory.models import Product, Warehouse

from .plan import Plan

T = TypeVar("T")
BLOCK = 500
"""Names asked for at once: SQLite takes a thousand parameters or so in one statement."""

AT_ONCE = 10_000
"""Names asked for at once where they go as one list."""

MOST_ZEROS = 5
"""Zeros before a code that a spreadsheet may have taken away."""


def blocks(names: Iterable[T], size: int = BLOCK) -> Iterator[Sequence[T]]:
    """
    Cut names into blocks.

    >>> list(blocks("abc", 2))
    [['a', 'b'], ['c']]
    """
    rest = iter(names)
    while block := list(islice(rest, size)):
        yield block


def products(skus: Iterable[str]) -> dict[str, Product]:
    """Find products by SKU, by the key of each; of twins the one that has it."""
    return {
        product.key: product
        for block in blocks(sorted({keys.key(sku) for sku in skus}))
        for product in Product.objects.filter(key__in=block)
        if product.key
    }


class KnownProduct(NamedTuple):
    """What most files need of a product: a tenth of the time of the whole row."""

    pk: int
    sku: str
    key: str
    price: Decimal = Decimal()


def named(skus: Iterable[str], *, has_price: bool = False) -> dict[str, KnownProduct]:
    """Find products by SKU, as ``products`` does, by what most files need of them; ``has_price``: that, too."""
    columns = KnownProduct._fields if has_price else KnownProduct._fields[:-1]
    found: dict[str, KnownProduct] = {}
    for block in blocks(sorted({keys.key(sku) for sku in skus}), AT_ONCE):
        rows = Product.objects.filter(key__in=bulk.among(block)).values_list(*columns)
        found.update((row[2], KnownProduct(*row)) for row in rows.iterator() if row[2])
    return found


def is_product(code: str) -> bool:
    """Say if a product has this SKU."""
    return bool(named([code]))


def warehouses() -> dict[str, Warehouse]:
    """Give all warehouses by code in capitals, the one that is asked first at the front."""
    return {keys.key(warehouse.code): warehouse for warehouse in Warehouse.objects.order_by("-is_open", "rank", "pk")}


class Warehouses:
    """The warehouses there are, to be found by code or by name; a name that two of them share is nobody's."""

    def __init__(self) -> None:
        self.by_code = warehouses()
        self.default = next(iter(self.by_code.values()), None)
        named: dict[str, list[Warehouse]] = {}
        for warehouse in self.by_code.values():
            named.setdefault(keys.key(warehouse.name), []).append(warehouse)
        self.by_name = {name: found[0] for name, found in named.items() if name and len(found) == 1}

    def find(self, text: str) -> Warehouse | None:
        """Give the warehouse of a code or name."""
        key = keys.key(text)
        return self.by_code.get(key) or self.by_name.get(key)

    def holding(self, location: str) -> Warehouse | None:
        """Give the warehouse of a place as other programs write it, WH/Stock/Shelf 2."""
        return self.find(location) or self.find(location.partition("/")[0])

    def expected(self) -> str:
        """Complete "expected …"."""
        return f"a warehouse that is known ({', '.join(self.by_code) or 'there is none yet: make one first'})"


class Places:
    """The products and warehouses that a sheet names; an unknown one is a problem of its row."""

    def __init__(self, plan: Plan, records: Sequence[Record], *, has_prices: bool = False) -> None:
        self.plan = plan
        self.records = records
        self.products = named((record.values["sku"] for record in records), has_price=has_prices)
        self.warehouses = Warehouses()
        roots = {record.values["location"].partition("/")[0] for record in records if "location" in record.values}
        # A shop of one warehouse need not call it as another program does, which knows of one too.
        self.is_one_place = len(roots) == len(self.warehouses.by_code) == 1
        self._with_zeros: dict[str, str] | None = None
        self._alike: dict[str, KnownProduct] = {}

    def all(self) -> Iterator[tuple[Record, KnownProduct, Warehouse]]:
        """Give the rows whose product and warehouse are known."""
        for record in self.records:
            product, warehouse = self.product(record), self.warehouse(record)
            if product is not None and warehouse is not None:
                yield record, product, warehouse

    def once(self, *keys: str) -> Iterator[tuple[Record, KnownProduct, Warehouse]]:
        """Give the rows whose product and warehouse are known, and not named by an earlier row with the same keys."""
        seen: dict[tuple[object, ...], int] = {}
        for record, product, warehouse in self.all():
            key = (product.pk, warehouse.pk, *(record.values[name] for name in keys))
            first = seen.setdefault(key, record.row)
            if first == record.row:
                yield record, product, warehouse
            else:
                where = f"{warehouse} and {' and '.join(keys)}" if keys else str(warehouse)
                self.plan.refuse(record, "sku", f"each only once per {where}; row {first} has it already")

    def product(self, record: Record) -> KnownProduct | None:
        """Give the product that the row names."""
        found = self.products.get(record.values["sku"])
        if found is None:
            self.plan.refuse(record, "sku", f"a SKU that is known; {self._hint(record.values['sku'])}")
        return found

    def _hint(self, sku: str) -> str:
        """Say what may have become of a SKU that nobody knows: a spreadsheet takes the zeros before a number."""
        if self._with_zeros is None:
            unknown = {record.values["sku"] for record in self.records} - self.products.keys()
            bare = [sku for sku in unknown if sku.isdecimal() and not sku.startswith("0")]
            zeros = range(1, MOST_ZEROS + 1)
            padded = named("0" * count + sku for sku in bare[:BLOCK] for count in zeros)
            self._with_zeros = {found.key.lstrip("0"): found.sku for found in padded.values() if found.key}
            alike = {keys.taken_for(sku) for sku in unknown if not sku.isascii()}
            self._alike = named(alike)
        known = self._with_zeros.get(sku)
        if other := self._alike.get(keys.taken_for(sku)):
            return f"“{other.sku}” is, whose letters look alike and are of another alphabet"
        return (
            f"“{known}” is, and a spreadsheet takes zeros away: export it as text" if known else "load products first"
        )

    def warehouse(self, record: Record) -> Warehouse | None:
        """Give the warehouse that the row names, or the one asked first if it names none."""
        named, location = record.values.get("warehouse"), record.values.get("location")
        if named:
            found = self.warehouses.find(named)
        else:
            found = self.warehouses.holding(location) if location else self.warehouses.default
            found = found or (self.warehouses.default if self.is_one_place else None)
        if found is None:
            self.plan.refuse(record, "location" if location and not named else "warehouse", self.warehouses.expected())
        return found

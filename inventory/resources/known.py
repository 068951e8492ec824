"""What the database knows under the names that a file uses: SKUs and warehouse codes, in any case."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db.models.functions import Upper

from inventory.models import Product, Warehouse
from inventory.tabular import Record

from .plan import Plan

T = TypeVar("T")
BLOCK = 500
"""Names asked for at once: SQLite takes a thousand parameters or so in one statement."""


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
    """Find products by SKU in any case; where two differ in case only, the one in capitals."""
    found: dict[str, Product] = {}
    for block in blocks(sorted(set(skus))):
        for product in Product.objects.annotate(key=Upper("sku")).filter(key__in=block):
            if product.sku == product.sku.upper() or product.sku.upper() not in found:
                found[product.sku.upper()] = product
    return found


def warehouses() -> dict[str, Warehouse]:
    """Give all warehouses by code in capitals, the one that is asked first at the front."""
    return {warehouse.code.upper(): warehouse for warehouse in Warehouse.objects.order_by("-is_open", "rank", "pk")}


class Places:
    """The products and warehouses that a sheet names; an unknown one is a problem of its row."""

    def __init__(self, plan: Plan, records: Sequence[Record]) -> None:
        self.plan = plan
        self.records = records
        self.products = products(record.values["sku"] for record in records)
        self.warehouses = warehouses()
        self.default = next(iter(self.warehouses.values()), None)

    def once(self, *keys: str) -> Iterator[tuple[Record, Product, Warehouse]]:
        """Give the rows whose product and warehouse are known, and not named by an earlier row with the same keys."""
        seen: dict[tuple[object, ...], int] = {}
        for record in self.records:
            product, warehouse = self.product(record), self.warehouse(record)
            if product is None or warehouse is None:
                continue
            key = (product.pk, warehouse.pk, *(record.values[name] for name in keys))
            first = seen.setdefault(key, record.row)
            if first == record.row:
                yield record, product, warehouse
            else:
                where = f"{warehouse} and {' and '.join(keys)}" if keys else str(warehouse)
                self.plan.refuse(record, "sku", f"each only once per {where}; row {first} has it already")

    def product(self, record: Record) -> Product | None:
        """Give the product that the row names."""
        found = self.products.get(record.values["sku"])
        if found is None:
            self.plan.refuse(record, "sku", "a SKU that is known; load products first")
        return found

    def warehouse(self, record: Record) -> Warehouse | None:
        """Give the warehouse that the row names, or the one asked first if it names none."""
        code = record.values.get("warehouse")
        found = self.warehouses.get(code) if code else self.default
        if found is None:
            names = ", ".join(self.warehouses) or "there is none yet: make one first"
            self.plan.refuse(record, "warehouse", f"a warehouse that is known ({names})")
        return found

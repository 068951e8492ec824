"""The products and warehouses that the rows of a sheet name; one that is unknown is a problem of its row."""

from collections.abc import Iterator, Sequence

from inventory.ground.tabular import Record
from inventory.known import KnownProduct, KnownProducts, Warehouses
from inventory.models import Warehouse

from .plan import Plan


class Places:
    """The products and warehouses that a sheet names; an unknown one is a problem of its row."""

    def __init__(self, plan: Plan, records: Sequence[Record]) -> None:
        self.plan = plan
        self.records = records
        self.products = KnownProducts(record.values["sku"] for record in records)
        self.warehouses = Warehouses()
        roots = {record.values["location"].partition("/")[0] for record in records if "location" in record.values}
        # A shop of one warehouse need not call it as another program does, which knows of one too.
        self.is_one_place = len(roots) == len(self.warehouses.by_code) == 1

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
            self.plan.refuse(record, "sku", self.products.expected(record.values["sku"]))
        return found

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

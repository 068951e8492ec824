"""The rows of an order file, gathered into orders. An order is good as a whole or refused as a whole."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from inventory import keys
from inventory.models import Product
from inventory.resources.known import Places
from inventory.resources.plan import Plan, written
from inventory.tabular import Record

HEAD = ("email", "customer_id", "customer", "phone", "placed_at", "warehouse", "is_ship_complete", "wanted_date")
"""What all rows of one order must agree on, or leave empty."""
CENT = Decimal("0.01")
SAME_ORDER = timedelta(days=1)
"""Lines whose times lie nearer than this are of one order; a cart may write the time of each."""
MOST_NOTES = 20
_Key = tuple[str, str]


@dataclass(slots=True)
class Draft:
    """One order as the file has it."""

    channel: str
    reference: str
    records: list[Record] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    warehouse_id: int = 0
    notes: list[str] = field(default_factory=list)
    is_good: bool = True

    @property
    def rows(self) -> int:
        """Rows of the file that are of this order; one row may hold several of its lines."""
        return len({record.row for record in self.records})

    def add(self, plan: Plan, record: Record) -> None:
        """Take up one more row; one that contradicts an earlier one is a problem."""
        self.records.append(record)
        self.is_good = self.is_good and record.is_good
        for name in HEAD:
            value = record.values.get(name)
            if value is None or _same(first := self.head.setdefault(name, value), value):
                continue
            if name == "phone":
                continue
            if name == "customer":
                self.notes.append(f"Order {self.reference} names “{first}” and “{value}”; the first is taken.")
            elif name == "placed_at" and abs(value - first) < SAME_ORDER:
                self.notes.append(f"The lines of order {self.reference} have times of their own; the first is taken.")
            else:
                self.is_good = False
                plan.refuse(
                    record, name, f"{written(self.head[name])}, as in row {self.records[0].row} of the same order"
                )

    def resolve(self, places: Places) -> None:
        """Find the products and the warehouse, each product once."""
        seen: dict[int, int] = {}
        for record in self.records:
            product, warehouse = places.product(record), places.warehouse(record)
            if product is None or warehouse is None:
                self.is_good = False
                continue
            self.warehouse_id = warehouse.pk
            first = seen.setdefault(product.pk, record.row)
            if first != record.row:
                self.is_good = False
                places.plan.refuse(record, "sku", f"each only once per order; row {first} has it already, add them up")
            self.products.append(product)

    def refuse(self, plan: Plan, name: str, expected: str) -> None:
        """Say of every row what is wrong with the order."""
        self.is_good = False
        for record in self.records:
            plan.refuse(record, name, expected)

    def leave_out(self, plan: Plan) -> None:
        """Name the good rows of a bad order too: it is not loaded by half."""
        for record in self.records:
            if record.row not in plan.problems.rows:
                plan.problems.add(record.row, "", "", "left out, because another row of the same order is wrong")


def gather(plan: Plan) -> list[Draft]:
    """Gather the rows into orders, in the order in which they were placed."""
    drafts: dict[_Key, Draft] = {}
    for record in plan.sheet.records(plan.problems, is_whole=False):
        _price(plan, record)
        if "reference" in record.values:
            channel, reference = record.values.get("channel", "shop"), record.values["reference"]
            draft = drafts.setdefault((keys.key(channel), keys.key(reference)), Draft(channel, reference))
            draft.add(plan, record)
    places = Places(plan, [record for draft in drafts.values() for record in draft.records if record.is_good])
    for draft in drafts.values():
        if draft.is_good:
            for name, value in draft.head.items():
                for record in draft.records:
                    record.values.setdefault(name, value)
            draft.resolve(places)
        if not draft.is_good:
            draft.leave_out(plan)
    notes = list(dict.fromkeys(note for draft in drafts.values() if draft.is_good for note in draft.notes))
    plan.notes += notes[:MOST_NOTES] + ([f"… and {len(notes) - MOST_NOTES:,} more such."] if notes[MOST_NOTES:] else [])
    good = [draft for draft in drafts.values() if draft.is_good]
    return sorted(good, key=lambda draft: (draft.head["placed_at"], draft.records[0].row))


def _price(plan: Plan, record: Record) -> None:
    """Give the price of one unit where a row has that of all; rounded as invoices are, and counted."""
    total, units = record.values.get("total_price"), record.values.get("quantity")
    if total is not None and units and "unit_price" not in record.values:
        record.values["unit_price"] = price = (total / units).quantize(CENT, ROUND_HALF_UP)
        plan.sheet.rounded["unit_price"] += price * units != total


def _same(value: Any, other: Any) -> bool:
    return bool(value.lower() == other.lower() if isinstance(value, str) else value == other)

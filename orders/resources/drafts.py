"""
The rows of an order file, gathered into orders. An order is good as a whole or refused as a whole.

What its names mean is asked of ``orders.naming``, as a form does; what that objects to is a problem of the rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from inventory.ground.tabular import Record
from inventory.known import KnownProduct
from inventory.resources.plan import Plan, written
from orders.fulfillment import Address, OrderDraft
from orders.models import Customer
from orders.moving_in import Gone, MovedLine
from orders.naming import NamedCustomer, NamedLine, NamedOrder, Resolved
from orders.naming.named import SAME_ORDER

from . import addresses, becoming

WHO = ("email", "customer_id", "customer", "phone", "hears")
HEAD = (
    *WHO,
    "placed_at",
    "warehouse",
    "is_ship_complete",
    "wanted_date",
    "must_by_date",
    "zone",
    "shipped_at",
    "canceled_at",
    *addresses.NAMES,
)
"""What all rows of one order must agree on, or leave empty."""
LOOSE = ("phone", "shipped_at", "canceled_at")
"""Of these the first is taken where they differ: parts of an order leave when they can."""
MOST_NOTES = 20


@dataclass(slots=True)
class Draft:
    """
    One order as the file has it.

    :ivar offset: the offset beside the moment of the order, which is the customer's where no zone is named
    :ivar tells_payment: its file, as that of a program that is known, says of each order that is unpaid that it is
    :ivar updated_at: when the document was changed last, by its own word
    :ivar went: of each row, the units that have left and those that were canceled
    :ivar named: what it names, under the number it is kept by
    :ivar customer: whom it is for, as the database had it when it was looked at last
    """

    channel: str
    reference: str
    records: list[Record] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    products: list[KnownProduct] = field(default_factory=list)
    lines: list[MovedLine] = field(default_factory=list)
    went: list[tuple[int, int]] = field(default_factory=list)
    found: Resolved | None = None
    customer: Customer | None = None
    offset: tzinfo | None = None
    tells_payment: bool = False
    updated_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    is_good: bool = True

    @property
    def rows(self) -> int:
        """Rows of the file that are of this order; one row may hold several of its lines."""
        return len({record.row for record in self.records})

    @property
    def zone(self) -> tzinfo | None:
        """The customer's zone, as far as the file tells it."""
        found: tzinfo | None = self.head.get("zone", self.offset)
        return found

    @property
    def address(self) -> Address | None:
        return addresses.of(self.head)

    @property
    def is_unpaid(self) -> bool | None:
        """Whether it is unpaid, by the word of the file; None: it does not say."""
        found = becoming.is_unpaid(self.records)
        return False if found is None and self.tells_payment else found

    @property
    def gone(self) -> Gone:
        return Gone(self.head.get("shipped_at"), self.head.get("canceled_at"))

    @property
    def named(self) -> NamedOrder:
        return self.resolved.named

    @property
    def resolved(self) -> Resolved:
        """What its names mean, once they were looked up."""
        assert self.found
        return self.found

    @property
    def warehouse_id(self) -> int:
        assert self.resolved.warehouse
        return self.resolved.warehouse.pk

    def is_near(self, moment: datetime | None) -> bool:
        """Whether a row of this moment may be of this order."""
        placed_at = self.head.get("placed_at")
        return moment is None or placed_at is None or abs(moment - placed_at) < SAME_ORDER

    def add(self, plan: Plan, record: Record) -> None:
        """Take up one more row; one that contradicts an earlier one is a problem."""
        self.records.append(record)
        self.is_good = self.is_good and record.is_good
        if updated_at := record.values.get("updated_at"):
            self.updated_at = max(self.updated_at or updated_at, updated_at)
        for name in HEAD:
            value = record.values.get(name)
            if value is None or _same(first := self.head.setdefault(name, value), value) or name in LOOSE:
                continue
            if name == "customer":
                self.notes.append(f"Order {self.reference} names “{first}” and “{value}”; the first is taken.")
            elif name in addresses.NAMES:
                self.notes.append(f"Order {self.reference} goes to two addresses; the first is taken.")
            elif name == "placed_at" and abs(value - first) < SAME_ORDER:
                self.notes.append(f"The lines of order {self.reference} have times of their own; the first is taken.")
            else:
                self.is_good = False
                plan.refuse(
                    record, name, f"{written(self.head[name])}, as in row {self.records[0].row} of the same order"
                )

    def check(self, plan: Plan) -> None:
        """Say what cannot have become of it, whatever its names mean."""
        for record in self.records:
            for name, value in self.head.items():
                record.values.setdefault(name, value)
            went = becoming.became(plan, record)
            self.is_good = self.is_good and went is not None
            self.went.append(went or (0, 0))
        if addresses.is_half(self.head):
            self.notes.append(f"Order {self.reference}: its address has no street or no city, and is not kept.")
        objection = addresses.lost_zeros(self.head) or becoming.misdated(self.head, self.records)
        if self.is_good and objection:
            self.refuse(plan, *objection)

    def as_named(self) -> NamedOrder:
        """Give what it names, to be looked up."""
        head = self.head
        address, name, phone, number, hears = (
            head.get(each, "") for each in ("email", "customer", "phone", "customer_id", "hears")
        )
        return NamedOrder(
            channel=self.channel,
            reference=self.reference,
            customer=NamedCustomer(address, name, phone, number, hears=hears),
            lines=tuple(_line(record.values) for record in self.records),
            placed_at=head["placed_at"],
            warehouse=head.get("warehouse") or "",
            is_ship_complete=head.get("is_ship_complete", False),
            keeps_age=True,
            wanted_date=head.get("wanted_date"),
            must_by_date=head.get("must_by_date"),
            zone=self.zone,
            is_unpaid=self.is_unpaid,
        )

    def take(self, plan: Plan, found: Resolved) -> None:
        """Take up what its names mean, and what became of each line; two of one product are two lines."""
        self.found, self.reference, self.customer = found, found.named.reference, found.customer
        for objection in found.objections:
            self.is_good = False
            for record in self.records if objection.line is None else [self.records[objection.line]]:
                plan.refuse(record, objection.field, objection.expected)
        if not self.is_good:
            return
        self.products = found.products
        for record, product, went in zip(self.records, self.products, self.went, strict=True):
            self.lines.append(becoming.moved(record, product.pk, product.price, went))
            self.notes += becoming.doubts(plan, self.reference, record, product.sku)

    def as_order(self) -> OrderDraft:
        """Give its terms; its lines are moved in beside them."""
        assert self.customer
        return self.resolved.draft_for(self.customer.pk, ())

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


def tell(plan: Plan, notes: Iterable[str]) -> None:
    """Say each once, the first of many, and how many more there are."""
    told = list(dict.fromkeys(notes))
    plan.notes += told[:MOST_NOTES] + ([f"… and {len(told) - MOST_NOTES:,} more such."] if told[MOST_NOTES:] else [])


def _line(values: Mapping[str, Any]) -> NamedLine:
    return NamedLine(values["sku"], values["quantity"], values.get("unit_price"), values.get("priority", 0))


def _same(value: Any, other: Any) -> bool:
    return bool(value.lower() == other.lower() if isinstance(value, str) else value == other)

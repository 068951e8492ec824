"""
The rows of an order file, gathered into orders. An order is good as a whole or refused as a whole.

What its names mean is asked of ``orders.naming``, as a form does; what that objects to is a problem of the rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from django.utils import timezone

from inventory.ground import keys
from inventory.ground.tabular import Record
from inventory.known import KnownProduct, KnownProducts
from inventory.resources.plan import Plan, written
from orders import naming
from orders.fulfillment import OrderDraft
from orders.models import Customer
from orders.moving_in import Gone, MovedLine
from orders.naming import NamedCustomer, NamedLine, NamedOrder, Resolution, Resolved
from orders.naming.named import SAME_ORDER

from . import becoming

WHO = ("email", "customer_id", "customer", "phone")
HEAD = (*WHO, "placed_at", "warehouse", "is_ship_complete", "wanted_date", "zone", "shipped_at", "canceled_at")
"""What all rows of one order must agree on, or leave empty."""
LOOSE = ("phone", "shipped_at", "canceled_at")
"""Of these the first is taken where they differ: parts of an order leave when they can."""
CENT = Decimal("0.01")
MOST_NOTES = 20
_Key = tuple[str, str]


@dataclass(slots=True)
class Draft:
    """
    One order as the file has it.

    :ivar offset: the offset beside the moment of the order, which is the customer's where no zone is named
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
        if self.is_good and (objection := becoming.misdated(self.head, self.records)):
            self.refuse(plan, *objection)

    def as_named(self) -> NamedOrder:
        """Give what it names, to be looked up."""
        head = self.head
        who = (head.get(name, "") for name in ("email", "customer", "phone", "customer_id"))
        return NamedOrder(
            channel=self.channel,
            reference=self.reference,
            customer=NamedCustomer(*who),
            lines=tuple(_line(record.values) for record in self.records),
            placed_at=head["placed_at"],
            warehouse=head.get("warehouse") or "",
            is_ship_complete=head.get("is_ship_complete", False),
            keeps_age=True,
            wanted_date=head.get("wanted_date"),
            zone=self.zone,
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


def gather(
    plan: Plan, *, is_no_product: Callable[[str], bool], is_reused: bool = False
) -> tuple[list[Draft], Resolution]:
    """
    Gather the rows into orders, in the order in which they were placed, and look up what they name.

    :param is_no_product: says of a code that is no known SKU whether it is postage, a tip, a fee
    :param is_reused: rows of one number whose days lie apart are of several orders
    """
    named: dict[_Key, list[Draft]] = {}
    left: list[tuple[int, str]] = []
    for record in plan.sheet.records(plan.problems, is_whole=False):
        _complete(plan, record)
        if reason := _no_row(record):
            left.append((record.row, reason))
        elif "reference" in record.values:
            _draft_of(record, named, is_reused=is_reused).add(plan, record)
    drafts = list(chain.from_iterable(named.values()))
    rows = [record for draft in drafts for record in draft.records if record.is_good]
    products = KnownProducts((record.values["sku"] for record in rows), has_price=True)
    left += chain.from_iterable(_no_products(draft, products, is_no_product) for draft in drafts)
    drafts = [draft for draft in drafts if draft.records]
    _leave_out(plan, left, {record.row for draft in drafts for record in draft.records})
    found = _resolve(plan, [draft for draft in drafts if draft.is_good], products, is_reused=is_reused)
    for draft in drafts:
        if not draft.is_good:
            draft.leave_out(plan)
    good = [draft for draft in drafts if draft.is_good]
    tell(plan, (note for draft in good for note in draft.notes))
    return sorted(good, key=_age), found


def _resolve(plan: Plan, drafts: Iterable[Draft], products: KnownProducts, *, is_reused: bool) -> Resolution:
    """Look up what these name, oldest first; what of it cannot be is a problem of its rows."""
    oldest = sorted(drafts, key=_age)
    for draft in oldest:
        draft.check(plan)
    refused = {place for place, draft in enumerate(oldest) if not draft.is_good}
    names = [draft.as_named() for draft in oldest]
    found = naming.resolve(names, products=products, refused=refused, is_reused=is_reused)
    for draft, one in zip(oldest, found.orders, strict=True):
        draft.take(plan, one)
    return found


def _age(draft: Draft) -> tuple[datetime, int]:
    return draft.head["placed_at"], draft.records[0].row


def tell(plan: Plan, notes: Iterable[str]) -> None:
    """Say each once, the first of many, and how many more there are."""
    told = list(dict.fromkeys(notes))
    plan.notes += told[:MOST_NOTES] + ([f"… and {len(told) - MOST_NOTES:,} more such."] if told[MOST_NOTES:] else [])


def _draft_of(record: Record, named: dict[_Key, list[Draft]], *, is_reused: bool) -> Draft:
    channel, reference = record.values.get("channel", "shop"), record.values["reference"]
    drafts = named.setdefault((keys.key(channel), keys.key(reference)), [])
    for draft in drafts:
        if not is_reused or draft.is_near(record.values.get("placed_at")):
            return draft
    drafts.append(Draft(channel, reference, offset=record.values.get("offset")))
    return drafts[-1]


def _no_row(record: Record) -> str:
    """Say why a row is no line of an order; what is wrong with it otherwise is told elsewhere."""
    if record.is_good and "sku" not in record.values:
        return "no product: it has no SKU"
    return becoming.not_loaded(record)


def _no_products(
    draft: Draft, products: KnownProducts, is_no_product: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """Take rows out of an order whose code is no product, unless it is a SKU here."""
    kept = []
    for record in draft.records:
        sku = record.values.get("sku", "")
        if record.is_good and sku not in products and is_no_product(sku):
            yield record.row, f"no product ({sku})"
        else:
            kept.append(record)
    draft.records = kept


def _leave_out(plan: Plan, left: Iterable[tuple[int, str]], taken: set[int]) -> None:
    """Name what is left out: whole rows, or items of a row whose others are taken."""
    whole: dict[int, str] = {}
    for row, reason in left:
        if row in taken:
            plan.notes.append(f"Row {row}: one of its items is left out, {reason}.")
        elif row not in plan.problems.rows:
            whole.setdefault(row, reason)
    for row, reason in whole.items():
        plan.left.add(row, reason)


def _complete(plan: Plan, record: Record) -> None:
    """
    Give the price of one unit where a row has that of all, rounded as invoices are, and counted.

    And tell the offset at which they ordered from the shop's zone, in which a moment is kept.
    """
    total, units = record.values.get("total_price"), record.values.get("quantity")
    if total is not None and units and "unit_price" not in record.values:
        record.values["unit_price"] = price = (total / units).quantize(CENT, ROUND_HALF_UP)
        plan.sheet.rounded["unit_price"] += price * units != total
    if placed_at := record.values.get("placed_at"):
        record.values["offset"] = placed_at.tzinfo
        record.values["placed_at"] = placed_at.astimezone(timezone.get_default_timezone())


def _line(values: Mapping[str, Any]) -> NamedLine:
    return NamedLine(values["sku"], values["quantity"], values.get("unit_price"), values.get("priority", 0))


def _same(value: Any, other: Any) -> bool:
    return bool(value.lower() == other.lower() if isinstance(value, str) else value == other)

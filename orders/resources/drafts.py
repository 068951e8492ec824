"""The rows of an order file, gathered into orders. An order is good as a whole or refused as a whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from django.utils import timezone

from inventory.ground import keys
from inventory.ground.tabular import Record
from inventory.resources.known import KnownProduct, Places
from inventory.resources.plan import Plan, written
from orders.moving_in import Gone, MovedLine

from . import becoming

WHO = ("email", "customer_id", "customer", "phone")
HEAD = (*WHO, "placed_at", "warehouse", "is_ship_complete", "wanted_date", "zone", "shipped_at", "canceled_at")
"""What all rows of one order must agree on, or leave empty."""
LOOSE = ("phone", "shipped_at", "canceled_at")
"""Of these the first is taken where they differ: parts of an order leave when they can."""
CENT = Decimal("0.01")
SAME_ORDER = timedelta(days=1)
"""Lines whose times lie nearer than this are of one order; a cart may write the time of each."""
MOST_NOTES = 20
_Key = tuple[str, str]


@dataclass(slots=True)
class Draft:
    """
    One order as the file has it.

    :ivar offset: the offset beside the moment of the order, which is the customer's where no zone is named
    :ivar updated_at: when the document was changed last, by its own word
    """

    channel: str
    reference: str
    records: list[Record] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    products: list[KnownProduct] = field(default_factory=list)
    lines: list[MovedLine] = field(default_factory=list)
    warehouse_id: int = 0
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
    def dated_reference(self) -> str:
        """The number with its day, for one that was used before."""
        return dated(self.reference, self.head["placed_at"])

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

    def resolve(self, places: Places) -> None:
        """Find the products and the warehouse, and say what became of each line; two of one product are two lines."""
        for record in self.records:
            product, warehouse = places.product(record), places.warehouse(record)
            gone = becoming.became(places.plan, record)
            if product is None or warehouse is None or gone is None:
                self.is_good = False
                continue
            self.warehouse_id = warehouse.pk
            self.products.append(product)
            self.lines.append(becoming.moved(record, product.pk, Decimal(product.price), gone))
            self.notes += becoming.doubts(places.plan, self.reference, record, product.sku)

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


def dated(reference: str, placed_at: datetime) -> str:
    """Add its day to an order's number; a long number gives way."""
    day = f" ({timezone.localtime(placed_at):%Y-%m-%d})"
    return reference[: 80 - len(day)] + day


def gather(plan: Plan, *, is_no_product: Callable[[str], bool], is_reused: bool = False) -> list[Draft]:
    """
    Gather the rows into orders, in the order in which they were placed.

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
    places = Places(plan, rows, has_prices=True)
    left += chain.from_iterable(_no_products(draft, places, is_no_product) for draft in drafts)
    drafts = [draft for draft in drafts if draft.records]
    _leave_out(plan, left, {record.row for draft in drafts for record in draft.records})
    for draft in drafts:
        if draft.is_good:
            for name, value in draft.head.items():
                for record in draft.records:
                    record.values.setdefault(name, value)
            draft.resolve(places)
        if not draft.is_good:
            draft.leave_out(plan)
    good = [draft for draft in drafts if draft.is_good]
    tell(plan, (note for draft in good for note in draft.notes))
    return sorted(good, key=lambda draft: (draft.head["placed_at"], draft.records[0].row))


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


def _no_products(draft: Draft, places: Places, is_no_product: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Take rows out of an order whose code is no product, unless it is a SKU here."""
    kept = []
    for record in draft.records:
        sku = record.values.get("sku", "")
        if record.is_good and sku not in places.products and is_no_product(sku):
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


def _same(value: Any, other: Any) -> bool:
    return bool(value.lower() == other.lower() if isinstance(value, str) else value == other)

"""The rows of an order file as they are gathered into orders, and what of them is no line of one."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain

from django.utils import timezone

from inventory.ground import keys
from inventory.ground.tabular import Record
from inventory.known import KnownProducts, blocks
from inventory.resources.plan import Plan
from orders import naming
from orders.models import Order
from orders.naming import Resolution

from . import becoming
from .drafts import Draft, tell

CENT = Decimal("0.01")
_Key = tuple[str, str]


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
    never_paid: list[Record] = []
    for record in plan.sheet.records(plan.problems, is_whole=False):
        _complete(plan, record)
        if reason := _no_row(record):
            left.append((record.row, reason))
        elif becoming.is_never_paid(record):
            never_paid.append(record)
        elif "reference" in record.values:
            _draft_of(record, named, is_reused=is_reused).add(plan, record)
    for record in _of_unpaid_orders(never_paid, left):
        _draft_of(record, named, is_reused=is_reused).add(plan, record)
    drafts = list(chain.from_iterable(named.values()))
    rows = [record for draft in drafts for record in draft.records if record.is_good]
    products = KnownProducts((record.values["sku"] for record in rows), has_price=True)
    left += chain.from_iterable(_no_products(draft, products, is_no_product) for draft in drafts)
    drafts = [draft for draft in drafts if draft.records]
    layout = plan.sheet.layout
    tells_payment = layout is not None and any(rule.outcome == becoming.UNPAID for rule in layout.rules)
    for draft in drafts:
        draft.tells_payment = tells_payment
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
    return ""


def _of_unpaid_orders(records: Iterable[Record], left: list[tuple[int, str]]) -> Iterator[Record]:
    """Of rows that were never paid, give those of orders that wait here for their payment: they are canceled."""
    rows = [(record, _key_of(record)) for record in records]
    unpaid: set[_Key] = set()
    for some in blocks(rows):
        here = Order.objects.filter(is_unpaid=True, key__in=[key for _, (_, key) in some])
        unpaid |= {(keys.key(channel), key or "") for channel, key in here.values_list("channel", "key")}
    for record, key in rows:
        if key in unpaid:
            record.values["status"] = becoming.CANCELED
            yield record
        else:
            left.append((record.row, becoming.NEVER_PAID))


def _key_of(record: Record) -> _Key:
    return keys.key(record.values.get("channel", "shop")), keys.key(record.values.get("reference", ""))


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

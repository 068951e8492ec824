"""What a shop has canceled, by the number of the order: all that is open of it, or units of one product."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum

from inventory.ground import keys
from inventory.ground.tabular import Column, Record, Sheet, plain_code, product_code, text, whole
from inventory.known import blocks
from inventory.resources.plan import Plan, Resource
from inventory.supply.stock import UnitsPicked
from orders import fulfillment
from orders.allocation import picking
from orders.fulfillment import LineUnits
from orders.mail import notices
from orders.models import Order, OrderLine
from orders.wording import phrases

from .drafts import tell

REASON = "canceled by its shop"
COLUMNS = (
    Column("reference", plain_code(80), "the number of an order that is here", is_required=True, is_key=True),
    Column("sku", product_code(64), "a product of the order; left out: all of it", is_key=True),
    Column("canceled", whole(1, 1_000_000), "units of the product canceled in all; left out: all that are open"),
    Column("reason", text(200), "why, as its history says it"),
    Column("channel", plain_code(40), "where it was placed, if two shops have an order of that number", is_key=True),
)


@dataclass(slots=True)
class CanceledRow:
    """
    A row, and what it takes out of which lines of its order; nothing, if all of it is canceled already.

    :ivar left: says what left before, where the file has all of it canceled
    """

    record: Record
    order: Order
    wanted: list[LineUnits] = field(default_factory=list)
    left: str = ""


def check(sheet: Sheet, *, is_telling: bool = False) -> Plan:
    """Set each row beside the open lines of its order; what is canceled already is unchanged."""
    plan = Plan(sheet)
    plan.context = is_telling
    records = list(sheet.records(plan.problems))
    there = _orders(records)
    found = [(record, order) for record in records if (order := _order_of(plan, record, there))]
    lines = _lines(order.pk for _, order in found)
    seen: dict[tuple[int, str], int] = {}
    left: list[str] = []
    for record, order in found:
        sku = keys.key(record.values.get("sku", ""))
        first = next((seen[key] for key in ((order.pk, sku), (order.pk, "")) if key in seen), 0)
        first = first or (0 if sku else min((row for (pk, _), row in seen.items() if pk == order.pk), default=0))
        if first:
            plan.refuse(record, "reference", f"each only once; row {first} has it already")
            continue
        seen[order.pk, sku] = record.row
        item = CanceledRow(record, order)
        _take(plan, item, lines[order.pk], sku)
        left += [item.left] if item.left else []
    tell(plan, left)
    return plan


def _orders(records: Iterable[Record]) -> Mapping[str, list[Order]]:
    """Read the orders of these numbers, by their key."""
    there: dict[str, list[Order]] = defaultdict(list)
    for some in blocks({keys.key(record.values["reference"]) for record in records}):
        for order in Order.objects.filter(key__in=list(some)).order_by("pk"):
            there[order.key or ""].append(order)
    return there


def _order_of(plan: Plan, record: Record, there: Mapping[str, Sequence[Order]]) -> Order | None:
    channel = record.values.get("channel")
    found = [
        order
        for order in there.get(keys.key(record.values["reference"]), ())
        if channel is None or keys.key(order.channel) == keys.key(channel)
    ]
    if len(found) > 1:
        shops = phrases.listed([order.channel for order in found])
        plan.refuse(record, "channel", f"one of {shops}: each has an order of this number")
    elif not found:
        plan.refuse(record, "reference", "the number of an order that is here" + (f", of {channel}" if channel else ""))
    return found[0] if len(found) == 1 else None


def _lines(order_ids: Iterable[int]) -> Mapping[int, list[OrderLine]]:
    """Read the lines of these orders, by order, with what of each is picked."""
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for some in blocks(set(order_ids)):
        rows = OrderLine.objects.filter(order__in=list(some)).annotate(picked=Sum("allocations__picked", default=0))
        for line in rows.select_related("product").order_by("position", "pk"):
            lines[line.order_id].append(line)
    return lines


def _take(plan: Plan, item: CanceledRow, lines: Sequence[OrderLine], sku: str) -> None:
    """Find what goes; the last line first, where units of one product are several lines."""
    record = item.record
    own = [line for line in lines if not sku or keys.key(line.product.sku) == sku]
    units = record.values.get("canceled")
    still = sum(line.open for line in own)
    if not own:
        plan.refuse(record, "sku", f"a product of order {item.order}")
    elif units is not None and not sku:
        plan.refuse(record, "sku", "the product of which so many units are canceled; or no units, for all of the order")
    elif units is not None and units > still + (gone := sum(line.canceled for line in own)):
        left = sum(line.shipped for line in own)
        why = "the rest of it has left" if left else "no more was ordered"
        plan.refuse(record, "canceled", f"{still + gone:,} or fewer: {why}")
    else:
        item.wanted = list(_parts(own, still if units is None else units - sum(line.canceled for line in own)))
        free = {line.pk: line.open - line.picked for line in own}  # type: ignore[attr-defined]
        if picked := next((each.line_id for each in item.wanted if (each.units or 0) > free[each.line_id]), 0):
            plan.refuse(record, "reference", _can_be(picking.words(picked)))
            return
        plan.add("changed" if item.wanted else "unchanged", record, item)
        if item.wanted:
            going = sum(each.units or 0 for each in item.wanted)
            of = f"{own[0].product.sku} in {item.order}" if sku else str(item.order)
            plan.change(record.row, f"open units of {of}", still, still - going)
        if units is None and (left := sum(line.shipped for line in own)):
            what = f"{phrases.units(left)} of {item.order}"
            item.left = f"Row {record.row}: {what} left before, so {'it is' if left == 1 else 'they are'} not canceled."
        plan.trace.update(repr([(each.line_id, each.units) for each in item.wanted]).encode())


def _parts(lines: Sequence[OrderLine], units: int) -> Iterator[LineUnits]:
    for line in reversed(lines):
        taken = min(line.open, max(0, units))
        units -= taken
        if taken:
            yield LineUnits(line.pk, taken)


def _can_be(objection: str) -> str:
    return f"an order of which this can be canceled: {objection.rstrip('.')}"


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """
    Cancel them, each order by itself; what cannot be any more is a problem of its row.

    Nobody is written to unless a person said so: who canceled at the shop has heard it there.
    """
    refused = []
    with notices.silence(is_on=not plan.context):
        for number, item in enumerate(plan.changed, start=1):
            reason = item.record.values.get("reason") or REASON
            try:
                with transaction.atomic():
                    fulfillment.cancel(item.wanted, reason=reason, by=by, at=at)
            except (fulfillment.NothingToCancel, UnitsPicked) as error:
                plan.refuse(item.record, "reference", _can_be(str(error)))
                refused.append(item)
            if progress:
                progress(number, len(plan.changed))
    plan.taken -= len(refused)
    plan.changed = [item for item in plan.changed if item not in refused]


RESOURCE = Resource(
    kind="cancellations",
    about="What a shop has canceled, by the number of its order: all that is open of it, or units of one product. What "
    "has left stays as it is. Nobody is written to unless you say so.",
    columns=COLUMNS,
    check=check,
    apply=apply,
    options=("is_telling",),
)

"""Stock on hand from a file: what was counted, by SKU and warehouse. The difference becomes a movement."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User

from inventory import counts
from inventory.models import MovementKind, Stock
from inventory.tabular import Column, Record, Sheet, text, whole

from .known import Places, blocks
from .plan import Plan, Resource

COLUMNS = (
    Column("sku", text(64, is_code=True), "a product that is known", is_required=True, is_key=True),
    Column("quantity", whole(0, 100_000_000), "units counted on the shelf, 0 or more", is_required=True),
    Column("warehouse", text(12, is_code=True), "a warehouse's code; left out: the one asked first", is_key=True),
    Column("reason", text(200), "why it was counted; stands beside the movement"),
)


def check(sheet: Sheet) -> Plan:
    """Set each count beside what the books say."""
    plan = Plan(sheet)
    places = Places(plan, list(sheet.records(plan.problems)))
    book = _book([product.pk for product in places.products.values()])
    for record, product, warehouse in places.once():
        _compare(plan, record, (product.pk, warehouse.pk), book)
    return plan


def _compare(plan: Plan, record: Record, place: tuple[int, int], book: dict[tuple[int, int], int]) -> None:
    counted = record.values["quantity"]
    if counted == book.get(place, 0):
        plan.add("unchanged", record, None)
    elif place in book:
        plan.add("changed", record, counts.Count(*place, counted, record.values.get("reason", "Stock count")))
    else:
        reason = record.values.get("reason", "Opening balance")
        plan.add("new", record, counts.Count(*place, counted, reason, MovementKind.OPENING))


def _book(product_ids: list[int]) -> dict[tuple[int, int], int]:
    book: dict[tuple[int, int], int] = {}
    for block in blocks(product_ids):
        rows = Stock.objects.filter(product_id__in=block).values_list("product_id", "warehouse_id", "on_hand")
        book.update({(product, warehouse): units for product, warehouse, units in rows})
    return book


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Post the differences: opening balances where a place had no stock yet, counts elsewhere."""
    counts.count([*plan.new, *plan.changed], by=by, at=at)


RESOURCE = Resource(
    kind="stock",
    about="Units on hand as counted, by SKU and warehouse. The difference to the books becomes a movement: "
    "an opening balance at first, a stock count afterwards.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)

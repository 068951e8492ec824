"""Stock on hand from a file: what was counted, by SKU and warehouse. The difference becomes a movement."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User

from inventory import counts, keys
from inventory.models import MovementKind, Stock
from inventory.tabular import Column, Record, Sheet, product_code, text, whole

from .known import Places, blocks
from .plan import Plan, Resource

COLUMNS = (
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True),
    Column("quantity", whole(0, 100_000_000), "units counted on the shelf, 0 or more", is_required=True),
    Column("warehouse", text(120), "a warehouse's code or name; left out: the one asked first", is_key=True),
    Column("bin", text(80), "where on the shelves; the bins of one warehouse add up", is_key=True),
    Column("location", text(200), "where, as another program writes it, such as WH/Stock/Shelf 2"),
    Column("reason", text(200), "why it was counted; stands beside the movement"),
)
_Place = tuple[int, int]


def check(sheet: Sheet) -> Plan:
    """Set each count beside what the books say."""
    plan = Plan(sheet)
    places = Places(plan, list(sheet.records(plan.problems)))
    book = _book([product.pk for product in places.products.values()])
    for place, counted in _gathered(plan, places).items():
        _compare(plan, counted, place, book)
    return plan


def _gathered(plan: Plan, places: Places) -> dict[_Place, list[Record]]:
    """Gather the bins of each product and warehouse; without a bin, or twice in one, it is counted only once."""
    gathered: dict[_Place, list[Record]] = {}
    seen: dict[tuple[int, int, str], int] = {}
    for record, product, warehouse in places.all():
        where = record.values.get("bin", record.values.get("location", ""))
        first = seen.setdefault((product.pk, warehouse.pk, keys.key(where)), record.row)
        if first != record.row:
            told = f"{warehouse}, {where}" if where else str(warehouse)
            plan.refuse(record, "sku", f"each only once per {told}; row {first} has it already")
        else:
            gathered.setdefault((product.pk, warehouse.pk), []).append(record)
    return gathered


def _compare(plan: Plan, records: list[Record], place: _Place, book: dict[_Place, int]) -> None:
    counted = sum(record.values["quantity"] for record in records)
    first = records[0]
    if len(records) > 1:
        first = replace(first, values=first.values | {"quantity": counted})
    reason = next((record.values["reason"] for record in records if "reason" in record.values), "")
    if counted == book.get(place, 0):
        plan.add("unchanged", first, None, rows=len(records))
    elif place in book:
        plan.add("changed", first, counts.Count(*place, counted, reason or "Stock count"), rows=len(records))
    else:
        count = counts.Count(*place, counted, reason or "Opening balance", MovementKind.OPENING)
        plan.add("new", first, count, rows=len(records))


def _book(product_ids: list[int]) -> dict[_Place, int]:
    book: dict[_Place, int] = {}
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

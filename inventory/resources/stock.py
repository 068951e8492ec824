"""Stock on hand from a file: what was counted, by SKU and warehouse. The difference becomes a movement."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from inventory.ground import keys
from inventory.ground.sql import bulk
from inventory.ground.tabular import Column, Dates, Record, Sheet, Unreadable, plain_code, product_code, text, whole
from inventory.known import blocks
from inventory.models import MovementKind, Stock
from inventory.supply import bins, counts, since
from inventory.supply.stock import UnitsPicked

from . import stock_blocks
from .places import Places
from .plan import Blocks, Plan, Resource

COLUMNS = (
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True),
    Column("quantity", whole(0, 100_000_000), "units counted on the shelf, 0 or more", is_required=True),
    Column("warehouse", text(120), "a warehouse's code or name; left out: the one asked first", is_key=True),
    Column("bin", plain_code(bins.MOST), "where on the shelves; the bins of one warehouse add up", is_key=True),
    Column("location", text(200), "where, as another program writes it, such as WH/Stock/Shelf 2"),
    Column("counted_at", Dates(has_time=True, is_past=True), "day and time of the count; what moved since is reckoned"),
    Column("reason", text(200), "why it was counted; stands beside the movement"),
)
SHOWN = 5
DAY = timedelta(days=1)
_PLACE = ("product_id", "warehouse_id")
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the books say now, where it lies, what of it is picked, and what moved since the file was counted."""

    book: dict[_Place, int]
    bins: dict[_Place, str]
    picked: dict[_Place, int]
    since: since.Since | None
    counted_at: datetime | None

    def made(self, record: Record) -> datetime | None:
        """Give the time of the count that a row is of; None: now."""
        return record.values.get("counted_at", self.counted_at)


def check(sheet: Sheet, *, counted_at: datetime | None = None, is_all_others_zero: bool = False) -> Plan:
    """
    Set each count beside what the books say.

    :param counted_at: when it was counted, where the file does not say; None: now
    :param is_all_others_zero: what the file does not name, in the warehouses that it names, was counted as 0
    """
    plan = Plan(sheet, context={})
    places = Places(plan, list(sheet.records(plan.problems)))
    gathered = _gathered(plan, places)
    product_ids = {product.pk for product in places.products.found.values()}
    if is_all_others_zero:
        warehouses = {warehouse for _, warehouse in gathered}
        product_ids |= set(
            Stock.objects.filter(warehouse_id__in=warehouses, on_hand__gt=0).values_list("product_id", flat=True)
        )
    made = [record.values.get("counted_at", counted_at) for records in gathered.values() for record in records]
    times = [time for time in (*made, counted_at) if time]
    moved = since.Since(product_ids, min(times)) if times else None
    counted = Counted(*_book(sorted(product_ids)), counts.picked(product_ids), moved, counted_at)
    for place, records in gathered.items():
        _compare(plan, records, place, counted)
    if is_all_others_zero:
        _empty(plan, gathered, counted, max(times, default=None))
    return plan


def _gathered(plan: Plan, places: Places) -> dict[_Place, list[Record]]:
    """Gather the bins of each product and warehouse; without a bin, or twice in one, it is counted only once."""
    gathered: dict[_Place, list[Record]] = {}
    seen: dict[tuple[int, int, str], int] = {}
    for record, product, warehouse in places.all():
        where = record.values.get("bin", record.values.get("location", ""))
        bin_key = keys.key(where) if where else ""
        first = seen.setdefault((product.pk, warehouse.pk, bin_key), record.row)
        if first != record.row:
            told = f"{warehouse}, {where}" if where else str(warehouse)
            plan.refuse(record, "sku", f"each only once per {told}; row {first} has it already")
        else:
            gathered.setdefault((product.pk, warehouse.pk), []).append(record)
    return gathered


def _compare(plan: Plan, records: list[Record], place: _Place, counted: Counted) -> None:
    first = records[0]
    plan.context[place] = first.row
    units = first.values["quantity"]
    lying = bins.joined(map(_bin, records))
    was: dict[str, Any] = {"bin": counted.bins.get(place, "")} if lying and lying != counted.bins.get(place, "") else {}
    if len(records) > 1:
        units = sum(record.values["quantity"] for record in records)
        first = replace(first, values=first.values | {"quantity": units})
    if lying:
        first = replace(first, values=first.values | {"bin": lying})
    made = [time for record in records if (time := counted.made(record))] if counted.since else []
    if objection := _objection(place, units, made, len(records), counted):
        for record in records:
            plan.refuse(record, *objection)
        return
    moment = max(made, default=None)
    now = units + (counted.since.units(place, moment) if counted.since and moment else 0)
    if now < (picks := counted.picked.get(place, 0)):
        for record in records:
            plan.refuse(record, "quantity", f"{picks:,} or more, as many are picked and have not left")
        return
    reason = next((record.values["reason"] for record in records if "reason" in record.values), "")
    if now == counted.book.get(place, 0) and not was:
        plan.add("unchanged", first, None, rows=len(records))
    elif place in counted.book:
        entry = counts.Count(*place, units, reason or "Stock count", counted_at=moment, bin=lying)
        was = ({"quantity": counted.book[place]} if now != counted.book[place] else {}) | was
        plan.add("changed", first, entry, rows=len(records), was=was)
    else:
        reason = reason or "Opening balance"
        entry = counts.Count(*place, units, reason, MovementKind.OPENING, counted_at=moment, bin=lying)
        plan.add("new", first, entry, rows=len(records))


def _bin(record: Record) -> str:
    """Where on the shelves a row counts, by its own column or by the path that another program writes."""
    return record.values.get("bin") or bins.of_path(record.values.get("location", ""))


def _objection(place: _Place, units: int, made: list[datetime], rows: int, counted: Counted) -> tuple[str, str] | None:
    """Say which field of a count cannot be, and what was expected; None if it can."""
    if not counted.since or not made:
        return None
    if len(made) < rows:
        return "counted_at", "the time of the count in each bin of a product, or in none"
    last = max(made)
    if later := counted.since.newer(place, last):
        return "counted_at", f"a time after the last count, which was made {_said(later)}"
    moved = counted.since.units(place, last)
    is_day = timezone.localtime(last).time() == datetime.min.time()
    if moved != counted.since.units(place, min(made)) or (is_day and moved != counted.since.units(place, last + DAY)):
        return "counted_at", "one time of day for all of its bins: units left or came in between"
    if units + moved < 0:
        return "quantity", f"{-moved:,} or more, as many left since {_said(last)}"
    return None


def _said(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _empty(plan: Plan, named: Iterable[_Place], counted: Counted, made: datetime | None) -> None:
    """Count as 0 what the file does not name, in the warehouses that it names."""
    if plan.problems:
        plan.notes.append("All others stay as they are: rows are wrong, and may be of any of them.")
        return
    warehouses = {warehouse for _, warehouse in named}
    moment = counted.counted_at or made
    zeros, moving = [], 0
    for place, units in counted.book.items():
        if place in named or place[1] not in warehouses or not units:
            continue
        if place in counted.picked:
            moving += 1
            continue
        if counted.since and moment:
            moved = counted.since.units(place, moment)
            if counted.since.newer(place, moment) or moved < 0:
                moving += 1
                continue
            if moved == units:
                continue
        zeros.append((place, units))
    plan.changed += [counts.Count(*place, 0, "Not in the stock count", counted_at=moment) for place, _ in zeros]
    if zeros:
        plan.notes.append(_zeros_told(zeros))
    if moving:
        plan.notes.append(
            f"{moving:,} more stay as they are: they were counted again since, or units of them left or are picked."
        )


def _zeros_told(zeros: list[tuple[_Place, int]]) -> str:
    shown = {(row.product_id, row.warehouse_id): row for row in _rows([product for (product, _), _ in zeros[:SHOWN]])}
    named = [(shown[place], units) for place, units in zeros[:SHOWN]]
    listed = ", ".join(f"{row.product.sku} in {row.warehouse.code}, {units:,}" for row, units in named)
    more = len(zeros) - SHOWN
    rest = f", and {more:,} more" if more > 0 else ""
    return f"{len(zeros):,} that the file does not name are set to 0: {listed}{rest}."


def _rows(product_ids: list[int]) -> Iterable[Stock]:
    return Stock.objects.filter(product_id__in=product_ids).select_related("product", "warehouse")


def _book(product_ids: list[int]) -> tuple[dict[_Place, int], dict[_Place, str]]:
    """Give the units of each place that has stock, and its bin where it has one."""
    book: dict[_Place, int] = {}
    lying: dict[_Place, str] = {}
    for block in blocks(product_ids, 10_000):
        rows = Stock.objects.filter(product_id__in=bulk.among(block))
        for product, warehouse, units, where in rows.values_list(*_PLACE, "on_hand", "bin").iterator():
            book[product, warehouse] = units
            if where:
                lying[product, warehouse] = where
    return book, lying


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Post the differences: opening balances where a place had no stock yet, counts elsewhere."""
    try:
        counts.count([*plan.new, *plan.changed], by=by, at=at)
    except (counts.NotACount, UnitsPicked) as error:
        raise Unreadable(f"Nothing was loaded, because something changed since the look. {error}") from error


RESOURCE = Resource(
    kind="stock",
    about="Units on hand as counted, by SKU and warehouse. The difference to the books becomes a movement: "
    "an opening balance at first, a stock count afterwards.",
    columns=COLUMNS,
    check=check,
    apply=apply,
    options=("counted_at", "is_all_others_zero"),
    blocks=Blocks(stock_blocks.lay_out, stock_blocks.apply_block),
)

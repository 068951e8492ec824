"""
A big count in blocks: what a look found as plain values, and one block of them written, in a transaction of its own.

Each count keeps the time it was made at, so that a block which is written minutes later takes off what left meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime

from inventory.ground.sql import bulk
from inventory.known import blocks
from inventory.models import MovementKind, Owed, Product, Warehouse
from inventory.supply import counts

from .plan import Plan

PLACES = 2_000
"""Places of one block: written in a fraction of a second, and only so long are their products locked."""
AWAITED = 200
"""Where somebody waits: the queue of each of these products is planned anew before they are let go."""
_Row = list[Any]
"""Row of the file, product, warehouse, units, reason, kind, time, bin: a count as JSON has it."""


def lay_out(plan: Plan, *, at: datetime) -> Iterator[list[_Row]]:
    """
    Give what a plan would write, by product; a count of no time was made when it was looked at.

    Products that somebody waits for come first, in smaller blocks. Who begins to wait later is settled all the same.
    """
    entries: list[counts.Count] = sorted(
        [*plan.new, *plan.changed], key=lambda entry: (entry.product_id, entry.warehouse_id)
    )
    times = {made: (made or at).isoformat() for made in {entry.counted_at for entry in entries}}
    owed = Owed.objects.filter(units__gt=0, product__in=bulk.among({entry.product_id for entry in entries}))
    awaited = set(owed.values_list("product", flat=True))
    for is_awaited, most in ((True, AWAITED), (False, PLACES)):
        some = (entry for entry in entries if (entry.product_id in awaited) == is_awaited)
        for block in blocks((_row(entry, plan.context, times) for entry in some), most):
            yield list(block)


def _row(entry: counts.Count, numbers: Mapping[tuple[int, int], int], times: Mapping[datetime | None, str]) -> _Row:
    place = (entry.product_id, entry.warehouse_id)
    made = times[entry.counted_at]
    return [numbers.get(place, 0), *place, entry.counted, entry.reason, entry.kind.value, made, entry.bin]


def apply_block(rows: Sequence[_Row], *, by: User | None, at: datetime) -> list[str]:
    """Write one block; give a sentence for each place that stays as it is, because something came between."""
    times = {made: parse_datetime(made) for made in {row[6] for row in rows}}
    kinds = {kind: MovementKind(kind) for kind in {row[5] for row in rows}}
    entries = [
        counts.Count(product, warehouse, units, reason, kinds[kind], times[made], *lying)
        for _, product, warehouse, units, reason, kind, made, *lying in rows
    ]
    overtaken = counts.count_standing(entries, by=by, at=at)
    numbers = {(row[1], row[2]): row[0] for row in rows}
    return _told(overtaken, numbers) if overtaken else []


def _told(overtaken: Mapping[tuple[int, int], str], numbers: Mapping[tuple[int, int], int]) -> list[str]:
    skus = dict(Product.objects.filter(pk__in={product for product, _ in overtaken}).values_list("pk", "sku"))
    codes = dict(Warehouse.objects.filter(pk__in={place for _, place in overtaken}).values_list("pk", "code"))
    told = []
    for (product, warehouse), why in sorted(overtaken.items(), key=lambda item: numbers[item[0]]):
        row = numbers[product, warehouse]
        where = f"{skus.get(product, 'a product')} in {codes.get(warehouse, 'a warehouse')}"
        told.append(f"{f'Row {row}' if row else 'Not in the file'}: {where} stays as it is. {why}")
    return told

"""
Units that are picked: off the shelf, in a parcel of a batch that was printed and has not left.

They are their line's and nobody else's: what would take them is refused here, whatever it is, until ``orders.shipping``
lets them go. The caller holds the product locks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from inventory.ground.sql import bulk, schema
from inventory.supply import stock
from inventory.supply.stock import UnitsPicked
from orders.models import Allocation, Order, OrderLine, Parcel
from orders.models.parcels import STANDS
from orders.wording import phrases

if TYPE_CHECKING:
    from .writing import Change

Picks = Mapping[tuple[int, int], int]
"""Units by line and stock row."""

COLUMNS = schema.columns(Allocation, "line_id", "stock_id") | {"units": "integer"}


def pick(units: Picks) -> None:
    """
    Count these units as picked, or with a minus as picked no more.

    :raises UnitsPicked: if a line has fewer units on that shelf that are not picked yet
    """
    rows = [(line_id, stock_id, count) for (line_id, stock_id), count in sorted(units.items()) if count]
    free = "target.line_id = staged.line_id AND target.stock_id = staged.stock_id"
    fits = "target.picked + staged.units BETWEEN 0 AND target.quantity"
    table = Allocation._meta.db_table
    written = bulk.update(table, COLUMNS, rows, "picked = target.picked + staged.units", f"{free} AND {fits}")
    if written < len(rows):
        raise UnitsPicked("Somebody else has picked some of this in this moment, or it is not set aside any more.")
    shelves: dict[int, int] = defaultdict(int)
    for _, stock_id, count in rows:
        shelves[stock_id] += count
    stock.pick(shelves)


def refuse(order_ids: Collection[int]) -> None:
    """:raises UnitsPicked: if something of one of these orders is picked; the caller has locked them"""
    first = Parcel.objects.filter(STANDS, order__in=order_ids).select_related("order", "batch").order_by("pk").first()
    if first:
        raise UnitsPicked(f"{first.order} is picked, in {_batch(first)}. {WAY_OUT}")


def refuse_taken(change: "Change") -> None:
    """:raises UnitsPicked: if this change takes from a line what is picked for it"""
    assert change.before
    left = change.after.claims
    for key, units in change.before.picks.items():
        if left.get(key, 0) < units:
            raise UnitsPicked(words(change.after.line_id))


def words(line_id: int) -> str:
    """Say what of a line is picked, and what can be done."""
    line = OrderLine.objects.select_related("product").get(pk=line_id)
    order = Order.objects.get(pk=line.order_id)
    rows = Allocation.objects.filter(line=line, picked__gt=0).values_list("picked", flat=True)
    parcel = Parcel.objects.filter(STANDS, order=order, lines__line=line).select_related("batch").order_by("pk").first()
    units = phrases.units(sum(rows))
    are = "is" if sum(rows) == 1 else "are"
    there = f", in {_batch(parcel)}" if parcel else ""
    return f"{units} of {line.product} in {order} {are} picked{there}. {WAY_OUT}"


def _batch(parcel: Parcel) -> str:
    return f"batch {parcel.batch_id}"


WAY_OUT = "Stop the parcel first, or wait until it has left."

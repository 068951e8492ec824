"""
Units held for a customer, or for who asked for them, as allocation sees them: theirs before anybody's, and the first
to go when stock is lost.

The caller holds the product locks. What a person does with a hold is ``orders.fulfillment.holds``.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from inventory.ground.sql import bulk
from orders.models import Hold

from .reading import LineState
from .supply import Held, Key, Supplies
from .writing import Taken


def hand_out(lines: Sequence[LineState], supplies: Supplies) -> list[tuple[LineState, Taken]]:
    """
    Give lines of one product the units held for their customers, in the order given.

    :returns: each line with what it took: (hold, stock row, units)
    """
    holds = supplies.holds.get(lines[0].product_id, []) if lines else []
    if not holds:
        return [(line, ()) for line in lines]
    left = {hold.hold_id: hold.units for hold in holds}
    own: dict[int, list[Held]] = defaultdict(list)
    for hold in holds:
        own[hold.customer_id].append(hold)
    return [
        _handed(line, own[line.customer_id], left, supplies) if line.customer_id in own else (line, ())
        for line in lines
    ]


def _handed(
    line: LineState, holds: Sequence[Held], left: dict[int, int], supplies: Supplies
) -> tuple[LineState, Taken]:
    taken: list[tuple[int, int, int]] = []
    claims: dict[Key, int] = dict(line.claims)
    wanted = line.backordered
    for hold in holds:
        shelf = supplies.shelves[hold.stock_id]
        is_reachable = not line.is_preferred_only or shelf.warehouse_id == line.warehouse_id
        units = min(wanted, left[hold.hold_id])
        if not units or not is_reachable or line.is_stopped:
            continue
        left[hold.hold_id] -= units
        wanted -= units
        key = (hold.stock_id, None)
        claims[key] = claims.get(key, 0) + units
        taken.append((hold.hold_id, hold.stock_id, units))
    return (line.covered_by(claims), tuple(taken)) if taken else (line, ())


def is_any(product_ids: Collection[int]) -> bool:
    """Say if units of one of these products are held for somebody: they may be lost though nobody waits."""
    return Hold.objects.filter(stock__product_id__in=bulk.among(product_ids), units__gt=0).exists()


def without_lost(supplies: Supplies) -> Supplies:
    """
    Take from holds what is not on the shelf any more, and give the supplies with what stands.

    Those of a restock list lose before a customer's, the newest first.
    """
    standing: dict[int, list[Held]] = defaultdict(list)
    lost: list[tuple[int, int]] = []
    for product_id, holds in supplies.holds.items():
        room = {hold.stock_id: hold.shelf_held for hold in holds}
        for hold in sorted(holds, key=lambda hold: (hold.is_of_list, hold.hold_id)):
            kept = min(hold.units, room[hold.stock_id])
            room[hold.stock_id] -= kept
            if kept < hold.units:
                lost.append((hold.hold_id, hold.units - kept))
            if kept:
                standing[product_id].append(hold._replace(units=kept))
    columns = bulk.IDS | {"units": "integer"}
    bulk.update(Hold._meta.db_table, columns, lost, "lost = target.lost + staged.units", "target.id = staged.id")
    return replace(supplies, holds=standing) if standing != supplies.holds else supplies

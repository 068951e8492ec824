"""
Lines that ship together: when one of them moves, which others are to be planned again.

Their products differ, so their locks do too. What is free is settled at once; what another transaction holds is left
to the clock as a row, so that nobody waits for a lock out of order. The only writer of ``Unsettled``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q

from inventory.models import Product
from orders.mail import facts
from orders.models import Basis, OrderLine, Unsettled

from . import reading
from .reading import LineState, Rest
from .writing import Change

MOST_AT_ONCE = 200
"""Products settled in the transaction that moved their companions; the clock settles the others."""


def of(changes: Iterable[Change]) -> set[int]:
    """Give the products of the lines, waiting or set aside, whose orders wait for other lines that moved."""
    moved: dict[int, set[int]] = defaultdict(set)
    for change in changes:
        if _moves_others(change):
            moved[change.after.order_id].add(change.after.product_id)
    if not moved:
        return set()
    affected = OrderLine.objects.open().filter(
        Q(backordered__gt=0) | ~Q(ready_basis=""), is_stopped=False, order__in=moved
    )
    rows = affected.values_list("order_id", "product_id")
    return {product_id for order_id, product_id in rows if moved[order_id] - {product_id}}


def _moves_others(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None:
        return False
    has_covered = (before.backordered > 0) != (after.backordered > 0)
    if before.together and after.together:
        return has_covered or before.together.ready != after.together.ready
    return has_covered and settings.FINISH_ORDERS_FIRST


def lock_free(product_ids: Collection[int]) -> set[int]:
    """Lock those of these products that nobody else has locked."""
    some = sorted(product_ids)[:MOST_AT_ONCE]
    free = Product.objects.filter(pk__in=some).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    return set(free.values_list("pk", flat=True)) if some else set()


def leave(product_ids: Collection[int], *, at: datetime) -> None:
    """
    Let the clock settle these products. Comes last: two that leave the same one wait for each other.

    What follows from a silent load stays silent, unless something that is told has left the product too.
    """
    if not product_ids:
        return
    rows = [Unsettled(product_id=pk, at=at, is_silent=facts.is_silent()) for pk in sorted(product_ids)]
    if facts.is_silent():
        Unsettled.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        Unsettled.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["product"], update_fields=["is_silent"]
        )


def awaiting(
    lines: Sequence[LineState], covered: Sequence[LineState], *, is_ship_complete: bool, wanted_date: date | None
) -> list[LineState]:
    """Tell new lines of one order what each is to wait for, now that it is known when all could ship."""
    rest = [
        Rest(line.product_id, line.together.ready._replace(basis=Basis.COMPLETE))
        for line in covered
        if line.together and line.backordered
    ]
    return [
        replace(
            line,
            together=line.together._replace(
                due=reading.due(line.product_id, rest if is_ship_complete else (), wanted_date)
            ),
        )
        if line.together
        else line
        for line in lines
    ]

"""
Units of single lines that will not come: we do not want them any more, or their supplier cannot send them.

A line is closed short when its last outstanding units are among them; then it teaches how long it took, as one that
came does. What was received stays. Shared by nobody: the hand of ``suppliers.purchasing`` for parts of lines.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.supply import inbound

from . import lessons, sent
from .drafts import NoUnits, PurchaseRefused
from .models import PurchaseOrder


class MoreThanOutstanding(PurchaseRefused):
    """Fewer units of a line are to come than are to be taken off it."""


@transaction.atomic
def shorten(order_id: int, units: Mapping[int, int], *, reason: str, by: User | None, at: datetime) -> int:
    """
    Take units off lines of an order that was sent, by line; whoever waited for them is settled again.

    An order of which nothing came and nothing will is canceled.

    :returns: units that will not come
    :raises NoUnits: if a line is to lose none
    :raises NotSent: if the order was not sent
    :raises NothingOutstanding: if a line is complete
    :raises MoreThanOutstanding: if fewer are to come of a line
    """
    if not units or min(units.values()) < 1:
        raise NoUnits("Say of at least one line how many units will not come.")
    lines = sent.locked(order_id, units)
    order = PurchaseOrder.objects.select_for_update(no_key=True).get(pk=order_id)
    for line, row in lines.items():
        sent.check_outstanding(line, row)
        if units[line.pk] > row.outstanding:
            raise MoreThanOutstanding(
                f"{line.product} of {order}: {units[line.pk]:,} cannot be taken off, {row.outstanding:,} are to come."
            )
    taken = inbound.cancel([inbound.Cancellation(row.pk, units[line.pk]) for line, row in lines.items()], by=by, at=at)
    lessons.note([line.pk for line in lines], at=at)
    named = ", ".join(f"{units[line.pk]:,} {line.product}" for line in lines)
    order.note = f"{order.note}\nWill not come: {named}. {reason}".strip()
    if not order.lines.exclude(inbound__received=0, inbound__outstanding=0).exists():
        order.canceled_at = at
    order.save(update_fields=["note", "canceled_at"])
    return taken

"""
Another day for what is on its way, since somebody says so; and all that a file says of it, as one piece of news.

With ``inventory.supply.inbound``, which writes the first ones, ``inventory.supply.redated``, for what time makes of the
same word, and ``dividing`` the only writer of an Inbound's dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.ground.sql import bulk, schema
from inventory.models import Inbound, Product
from inventory.signals import supply_changed
from inventory.supply import inbound
from inventory.supply.inbound import Cancellation, Expectation, NotAnInbound
from inventory.supply.redated import REDATED


@dataclass(frozen=True, slots=True)
class DateChange:
    """New dates of one inbound; ``days``: by which it is here with which chance, where somebody worked them out."""

    inbound_id: int
    expected_date: date | None
    likely_date: date | None
    safe_date: date | None
    is_confirmed: bool = False
    days: ArrivalDays | None = None


@transaction.atomic
def reschedule(changes: Sequence[DateChange], *, by: User | None, at: datetime) -> int:
    """
    Give inbound new dates and tell the queue; one that already has them is left alone.

    :returns: how many changed
    :raises NotAnInbound: if one is not known or named twice, or a day is too far ahead
    """
    changed, word = dated_anew(changes, at)
    if changed:
        cause = f"{word}:{changed[0].pk}:{changed[0].revision}"
        product_ids = {row.product_id for row in changed}
        supply_changed.send(reschedule, product_ids=product_ids, cause=cause, by=by, at=at)
    return len(changed)


@transaction.atomic
def update(
    expectations: Sequence[Expectation],
    changes: Sequence[DateChange],
    cancellations: Sequence[Cancellation] = (),
    *,
    by: User | None,
    at: datetime,
) -> None:
    """
    Write down what is on its way, what has another date and what is taken off, as one piece of news: a file says all.

    :raises NotAnInbound: see ``inbound.expect`` and ``reschedule``
    :raises NotOutstanding: see ``inbound.cancel``
    """
    concerned = {change.inbound_id for change in changes} | {each.inbound_id for each in cancellations}
    known = Inbound.objects.filter(pk__in=concerned)
    Product.objects.lock({each.product_id for each in expectations} | set(known.values_list("product_id", flat=True)))
    changed, _ = dated_anew(changes, at)
    off, _ = inbound.take_off(cancellations)
    rows = [*inbound.expect(expectations, by=by, at=at, announce=False), *changed, *off]
    if rows:
        cause = f"{inbound.INBOUND}:{rows[0].pk}:{rows[0].revision}"
        supply_changed.send(update, product_ids={row.product_id for row in rows}, cause=cause, by=by, at=at)


def dated_anew(changes: Sequence[DateChange], at: datetime) -> tuple[list[Inbound], str]:
    """Write new dates; give the rows whose dates differ, and what moved them."""
    rows = inbound.locked(change.inbound_id for change in changes)
    if len(rows) < len(changes):
        raise NotAnInbound("An inbound is not known, or named twice.")
    said = [change for change in changes if _is_word(rows[change.inbound_id], change)]
    inbound.refuse_impossible((change.expected_date for change in said), at)
    moved = [change for change in changes if _differs(rows[change.inbound_id], change)]
    word = inbound.INBOUND if said else REDATED
    for change in moved:
        row = rows[change.inbound_id]
        row.expected_date = change.expected_date
        row.likely_date = change.likely_date or change.expected_date
        row.safe_date = change.safe_date or row.likely_date
        row.is_confirmed = change.is_confirmed
        for name, day in inbound.in_columns(change.days).items():
            setattr(row, name, day)
        row.first_date = row.first_date or (change.expected_date if change.is_confirmed else None)
        row.revision += 1
    changed = [rows[change.inbound_id] for change in moved]
    dates = ("expected_date", "likely_date", "safe_date", "first_date", *FIELDS)
    bulk.update(
        Inbound._meta.db_table,
        schema.columns(Inbound, "id", *dates, "is_confirmed"),
        [(row.pk, *(getattr(row, name) for name in dates), row.is_confirmed) for row in changed],
        ", ".join(f"{name} = staged.{name}" for name in (*dates, "is_confirmed")) + ", revision = target.revision + 1",
        "target.id = staged.id",
    )
    return changed, word


def _is_word(row: Inbound, change: DateChange) -> bool:
    """Whether it is the sender who says so; what its record makes of the same word is not."""
    return (change.expected_date, change.is_confirmed) != (row.expected_date, row.is_confirmed)


def _differs(row: Inbound, change: DateChange) -> bool:
    likely = change.likely_date or change.expected_date
    new = (change.expected_date, likely, change.safe_date or likely, change.is_confirmed, change.days)
    return new != (row.expected_date, row.likely_date, row.safe_date, row.is_confirmed, row.days)

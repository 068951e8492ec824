"""
An inbound that comes in several parts: it keeps the first, and each other is one of its own from then on.

With ``inventory.supply.inbound``, which writes the parts that are new, and ``inventory.supply.unreceiving`` the only
writer of an Inbound's quantities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.ground.sql import bulk, schema
from inventory.models import Inbound
from inventory.signals import supply_changed
from inventory.supply import inbound

_WRITTEN = ("expected_date", "likely_date", "safe_date", "first_date", *FIELDS, "is_confirmed")


@dataclass(frozen=True, slots=True)
class DatedPart:
    """Units that come together, when, and whether the sender said so; dates are null where nobody knows."""

    units: int
    expected_date: date | None
    likely_date: date | None = None
    safe_date: date | None = None
    is_confirmed: bool = False
    days: ArrivalDays | None = None


class NotDivided(Exception):
    """There are fewer than two parts, one has no units, or together they are not what is outstanding."""


@transaction.atomic
def divide(inbound_id: int, parts: Sequence[DatedPart], *, by: User | None, at: datetime) -> list[Inbound]:
    """
    Let what is outstanding of an inbound come in parts, in their order, and tell the queue once.

    The inbound keeps what was received and canceled of it, and the first part. The others are sent when it was, and
    keep the day that was confirmed first. The claims of waiting lines shrink with it, and are settled by the signal.

    :returns: the inbound, then those that were parted from it
    :raises NotDivided: if they are not parts of it
    :raises NotAnInbound: if it is not known, or a day is too far ahead
    """
    row = inbound.locked([inbound_id]).get(inbound_id)
    if row is None:
        raise inbound.NotAnInbound("The inbound is not known.")
    first, *others = parts or [DatedPart(0, None)]
    total = sum(part.units for part in parts)
    if not others or min(part.units for part in parts) < 1 or total != row.outstanding:
        raise NotDivided(
            f"{row.product} of {row.reference}: {row.outstanding:,} are outstanding; they come in at least two parts "
            f"of at least 1 unit, which are as many together, not {total:,}."
        )
    inbound.refuse_impossible([first.expected_date], at)
    first_date = row.first_date or (first.expected_date if first.is_confirmed else None)
    likely = first.likely_date or first.expected_date
    days = first.days or [None] * len(FIELDS)
    dates = (first.expected_date, likely, first.safe_date or likely, first_date, *days, first.is_confirmed)
    bulk.update(
        inbound.TABLE,
        bulk.IDS | {"units": "integer"} | schema.columns(Inbound, *_WRITTEN),
        [(row.pk, total - first.units, *dates)],
        f"quantity = target.quantity - staged.units, revision = target.revision + 1, {inbound.SHRUNK}, "
        + ", ".join(f"{name} = staged.{name}" for name in _WRITTEN),
        "target.id = staged.id",
    )
    made = inbound.expect([_expected(row, part) for part in others], by=by, at=at, announce=False)
    row.refresh_from_db()
    cause = f"{inbound.INBOUND}:{made[0].pk}:1"
    supply_changed.send(divide, product_ids={row.product_id}, cause=cause, by=by, at=at)
    return [row, *made]


def _expected(row: Inbound, part: DatedPart) -> inbound.Expectation:
    return inbound.Expectation(
        product_id=row.product_id,
        warehouse_id=row.warehouse_id,
        quantity=part.units,
        reference=row.reference,
        sender=row.sender,
        sent_at=row.sent_at,
        expected_date=part.expected_date,
        likely_date=part.likely_date,
        safe_date=part.safe_date,
        first_date=row.first_date,
        is_confirmed=part.is_confirmed,
        days=part.days,
    )

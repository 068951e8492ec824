"""
What is on its way: with ``unreceiving`` and ``arriving.dividing`` the only writer of an Inbound's quantities. Other
dates for it are in ``arriving.rescheduling`` and ``redated``.

``commit`` changes committed and is for ``orders.allocation`` alone. Everything else ends in one
``supply_changed``, so that the customers who wait hear of it in the same transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from inventory.formulas.arrival_days import FIELDS, ArrivalDays
from inventory.ground import days
from inventory.ground.sql import bulk
from inventory.models import Inbound, MovementKind, Product
from inventory.signals import supply_changed

from . import stock
from .arriving import surplus

TABLE = Inbound._meta.db_table
# A claim shrinks with the thing it rests on, in the same statement.
SHRUNK = (
    "committed = CASE WHEN target.committed > target.outstanding - staged.units "
    "THEN target.outstanding - staged.units ELSE target.committed END"
)

INBOUND = "inbound"
"""How the cause begins of what somebody's word or deed brought about."""


class OverReceipt(Exception):
    """More units arrived than were outstanding, beyond the tolerance."""


class NotOutstanding(Exception):
    """More units were canceled than are outstanding."""


class NotAnInbound(Exception):
    """The inbound is not known, has no units, is named twice, or is to come on a day that cannot be."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Units that somebody will send. Dates are null where nobody knows; ``first_date``: one they confirmed before."""

    product_id: int
    warehouse_id: int
    quantity: int
    reference: str
    sender: str
    sent_at: datetime | None = None
    expected_date: date | None = None
    likely_date: date | None = None
    safe_date: date | None = None
    is_confirmed: bool = False
    days: ArrivalDays | None = None
    first_date: date | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units of one inbound that arrived, of which ``damaged`` cannot be sold."""

    inbound_id: int
    quantity: int
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Units of one inbound that will not come; None: all that is outstanding."""

    inbound_id: int
    quantity: int | None = None


@transaction.atomic
def expect(
    expectations: Sequence[Expectation], *, by: User | None, at: datetime, announce: bool = True
) -> list[Inbound]:
    """
    Write down what is on its way. Where only the expected date is known, it is the likely and safe one too.

    :param announce: False for a caller that sends one signal for several writes itself
    :raises NotAnInbound: if one has no units, or a day that is too far ahead
    """
    if any(expectation.quantity < 1 for expectation in expectations):
        raise NotAnInbound("An inbound has at least 1 unit.")
    refuse_impossible((wanted.expected_date for wanted in expectations), at)
    product_ids = Product.objects.lock(expectation.product_id for expectation in expectations)
    created = Inbound.objects.bulk_create(
        Inbound(
            product_id=wanted.product_id,
            warehouse_id=wanted.warehouse_id,
            quantity=wanted.quantity,
            reference=wanted.reference,
            sender=wanted.sender,
            sent_at=wanted.sent_at,
            expected_date=wanted.expected_date,
            first_date=wanted.first_date or (wanted.expected_date if wanted.is_confirmed else None),
            likely_date=wanted.likely_date or wanted.expected_date,
            safe_date=wanted.safe_date or wanted.likely_date or wanted.expected_date,
            is_confirmed=wanted.is_confirmed,
            created_at=at,
            **in_columns(wanted.days),
        )
        for wanted in expectations
    )
    if created and announce:
        cause = f"{INBOUND}:{created[0].pk}:1"
        supply_changed.send(expect, product_ids=product_ids, cause=cause, by=by, at=at)
    return created


def refuse_impossible(dates: Iterable[date | None], at: datetime) -> None:
    """One that has passed is overdue; no sender says a day years ahead."""
    today = timezone.localtime(at).date()
    for day in dates:
        if day and (objection := days.objection(day, today=today)):
            raise NotAnInbound(objection)


def in_columns(days: ArrivalDays | None) -> dict[str, date | None]:
    """Give these days by the columns that keep them; null where nobody worked them out."""
    return days._asdict() if days else dict.fromkeys(FIELDS)


def locked(inbound_ids: Iterable[int]) -> dict[int, Inbound]:
    """Lock the products of these inbound, then read them."""
    wanted = set(inbound_ids)
    Product.objects.lock(Inbound.objects.filter(pk__in=wanted).values_list("product_id", flat=True))
    return Inbound.objects.select_related("product").in_bulk(wanted)


@transaction.atomic
def receive(receipts: Sequence[Receipt], *, takes_surplus: bool = False, by: User | None, at: datetime) -> stock.Posted:
    """
    Turn expected units into stock on hand, all of them or none, with what came beyond them.

    The claim of waiting lines on an inbound shrinks with it; they are settled again, from stock on
    hand, when the signal reaches them in this transaction. Damaged units come in and go out again, so
    that the ledger shows both. A surplus is taken within the tolerance (``arriving.surplus``), a larger one asks first.

    :param takes_surplus: a person has answered it: all that arrived stays here
    :raises OverReceipt: if more units came than that; it names all of them
    :raises NotAnInbound: if one is not known, named twice, or has no units
    """
    rows = locked(receipt.inbound_id for receipt in receipts)
    if not receipts or len(rows) < len(receipts):
        raise NotAnInbound("An inbound is not known, or named twice.")
    for receipt in receipts:
        if receipt.quantity < 1 or not 0 <= receipt.damaged <= receipt.quantity:
            product = rows[receipt.inbound_id].product
            raise NotAnInbound(f"{product}: receive at least 1 unit, and no more damaged than received.")
    arrived = {rows[receipt.inbound_id]: receipt.quantity for receipt in receipts}
    over = {row: units for row, units in arrived.items() if units > row.outstanding}
    extra = surplus.of(over) if over else {}
    questions = [more.question for more in extra.values() if more.question]
    if questions and not takes_surplus:
        raise OverReceipt(" ".join([*questions, "Nothing was received."]))
    bulk.update(
        TABLE,
        bulk.IDS | {"units": "integer", "surplus": "integer"},
        [(row.pk, min(units, row.outstanding), max(0, units - row.outstanding)) for row, units in arrived.items()],
        f"received = target.received + staged.units, surplus = target.surplus + staged.surplus, {SHRUNK}",
        "target.id = staged.id",
    )
    posted = stock.post(list(_posts(receipts, rows, extra)), by=by, at=at)
    supply_changed.send(receive, product_ids=posted.product_ids, cause=posted.cause, by=by, at=at)
    return posted


def _posts(
    receipts: Sequence[Receipt], rows: Mapping[int, Inbound], extra: Mapping[int, surplus.Surplus]
) -> Iterator[stock.Post]:
    for receipt in receipts:
        row, more = rows[receipt.inbound_id], extra.get(receipt.inbound_id)
        over, replacements = (more.units, more.replacements) if more else (0, 0)
        for units, kind, reason in (
            (receipt.quantity - over, MovementKind.RECEIPT, ""),
            (replacements, MovementKind.RECEIPT, surplus.REPLACEMENT),
            (over - replacements, MovementKind.RECEIPT, surplus.MORE),
            (-receipt.damaged, MovementKind.DAMAGE, "Damaged on arrival"),
        ):
            if units:
                yield stock.Post(row.product_id, row.warehouse_id, units, kind, reason, row.reference, row.pk)


@transaction.atomic
def cancel(cancellations: Sequence[Cancellation], *, by: User | None, at: datetime, announce: bool = True) -> int:
    """
    Take units off the road: they will not come, and whoever waited is settled again (``announce``: see ``expect``).

    :returns: units canceled
    :raises NotOutstanding: if fewer are outstanding
    """
    rows, units = take_off(cancellations)
    if not rows:
        return 0
    if announce:
        cause = f"{INBOUND}:{rows[0].pk}:{rows[0].revision + 1}"
        supply_changed.send(cancel, product_ids={row.product_id for row in rows}, cause=cause, by=by, at=at)
    return units


def take_off(cancellations: Sequence[Cancellation]) -> tuple[list[Inbound], int]:
    """Write what will not come; give the rows that shrank, and the units in all."""
    rows = locked(cancellation.inbound_id for cancellation in cancellations)
    if len(rows) < len(cancellations):
        raise NotAnInbound("An inbound is not known, or named twice.")
    units = {}
    for cancellation in cancellations:
        row = rows[cancellation.inbound_id]
        wanted = row.outstanding if cancellation.quantity is None else cancellation.quantity
        if not 0 <= wanted <= row.outstanding:
            raise NotOutstanding(f"{row}: {wanted} cannot be canceled, {row.outstanding} are outstanding.")
        if wanted:
            units[row.pk] = wanted
    if not units:
        return [], 0
    bulk.update(
        TABLE,
        bulk.IDS | {"units": "integer"},
        list(units.items()),
        f"canceled = target.canceled + staged.units, revision = target.revision + 1, {SHRUNK}",
        "target.id = staged.id",
    )
    return [rows[pk] for pk in sorted(units)], sum(units.values())


def commit(changes: Mapping[int, int]) -> None:
    """Change committed by inbound, in units, more or less. For ``orders.allocation`` alone, under its locks."""
    bulk.update(
        TABLE,
        bulk.IDS | {"units": "integer"},
        [(pk, units) for pk, units in sorted(changes.items()) if units],
        "committed = target.committed + staged.units",
        "target.id = staged.id",
    )

"""
What is on its way: with ``unreceiving`` and ``arriving.dividing`` the only writer of an Inbound's quantities and dates.

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
from inventory.ground.sql import bulk, schema
from inventory.ground.sql.columns import Table
from inventory.models import Inbound, MovementKind, Product
from inventory.signals import supply_changed

from . import redated, stock
from .arriving import surplus

TABLE = Inbound._meta.db_table
# A claim shrinks with the thing it rests on, in the same statement.
SHRUNK = (
    "committed = CASE WHEN target.committed > target.outstanding - staged.units "
    "THEN target.outstanding - staged.units ELSE target.committed END"
)

INBOUND, REDATED = "inbound", "redated"
"""What moved an inbound, as the cause begins: somebody's word or deed, or time alone, which made another day of it."""


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
class DateChange:
    """New dates of one inbound; ``days``: by which it is here with which chance, where somebody worked them out."""

    inbound_id: int
    expected_date: date | None
    likely_date: date | None
    safe_date: date | None
    is_confirmed: bool = False
    days: ArrivalDays | None = None


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
            **_named(wanted.days),
        )
        for wanted in expectations
    )
    if created and announce:
        cause = f"inbound:{created[0].pk}:1"
        supply_changed.send(expect, product_ids=product_ids, cause=cause, by=by, at=at)
    return created


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
def redate(moves: Table, *, at: datetime) -> int:
    """
    Give inbound the days that time alone has made of the same word, and tell the queue.

    :param moves: of each its ``product_id`` and what ``redated.write`` takes
    :returns: how many changed
    """
    Product.objects.lock(moves["product_id"].tolist())
    rows = redated.write(moves)
    if rows:
        cause = f"{REDATED}:{rows[0][0]}:{rows[0][2]}"
        product_ids = {product_id for _, product_id, _ in rows}
        supply_changed.send(redate, product_ids=product_ids, cause=cause, by=None, at=at)
    return len(rows)


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

    :raises NotAnInbound: see ``expect`` and ``reschedule``
    :raises NotOutstanding: see ``cancel``
    """
    concerned = {change.inbound_id for change in changes} | {each.inbound_id for each in cancellations}
    known = Inbound.objects.filter(pk__in=concerned)
    Product.objects.lock({each.product_id for each in expectations} | set(known.values_list("product_id", flat=True)))
    changed, _ = dated_anew(changes, at)
    off, _ = _take_off(cancellations)
    rows = [*expect(expectations, by=by, at=at, announce=False), *changed, *off]
    if rows:
        cause = f"{INBOUND}:{rows[0].pk}:{rows[0].revision}"
        supply_changed.send(update, product_ids={row.product_id for row in rows}, cause=cause, by=by, at=at)


def dated_anew(changes: Sequence[DateChange], at: datetime) -> tuple[list[Inbound], str]:
    """Write new dates; give the rows whose dates differ, and what moved them."""
    rows = locked(change.inbound_id for change in changes)
    if len(rows) < len(changes):
        raise NotAnInbound("An inbound is not known, or named twice.")
    refuse_impossible((change.expected_date for change in changes if _is_word(rows[change.inbound_id], change)), at)
    moved = [change for change in changes if _differs(rows[change.inbound_id], change)]
    word = INBOUND if any(_is_word(rows[change.inbound_id], change) for change in moved) else REDATED
    for change in moved:
        row = rows[change.inbound_id]
        row.expected_date = change.expected_date
        row.likely_date = change.likely_date or change.expected_date
        row.safe_date = change.safe_date or row.likely_date
        row.is_confirmed = change.is_confirmed
        for name, day in _named(change.days).items():
            setattr(row, name, day)
        row.first_date = row.first_date or (change.expected_date if change.is_confirmed else None)
        row.revision += 1
    changed = [rows[change.inbound_id] for change in moved]
    dates = ("expected_date", "likely_date", "safe_date", "first_date", *FIELDS)
    bulk.update(
        TABLE,
        schema.columns(Inbound, "id", *dates, "is_confirmed"),
        [(row.pk, *(getattr(row, name) for name in dates), row.is_confirmed) for row in changed],
        ", ".join(f"{name} = staged.{name}" for name in (*dates, "is_confirmed")) + ", revision = target.revision + 1",
        "target.id = staged.id",
    )
    return changed, word


def refuse_impossible(dates: Iterable[date | None], at: datetime) -> None:
    """One that has passed is overdue; no sender says a day years ahead."""
    today = timezone.localtime(at).date()
    for day in dates:
        if day and (objection := days.objection(day, today=today)):
            raise NotAnInbound(objection)


def _is_word(row: Inbound, change: DateChange) -> bool:
    """Whether it is the sender who says so; what its record makes of the same word is not."""
    return (change.expected_date, change.is_confirmed) != (row.expected_date, row.is_confirmed)


def _differs(row: Inbound, change: DateChange) -> bool:
    likely = change.likely_date or change.expected_date
    new = (change.expected_date, likely, change.safe_date or likely, change.is_confirmed, change.days)
    return new != (row.expected_date, row.likely_date, row.safe_date, row.is_confirmed, row.days)


def _named(days: ArrivalDays | None) -> dict[str, date | None]:
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
    rows, units = _take_off(cancellations)
    if not rows:
        return 0
    if announce:
        cause = f"inbound:{rows[0].pk}:{rows[0].revision + 1}"
        supply_changed.send(cancel, product_ids={row.product_id for row in rows}, cause=cause, by=by, at=at)
    return units


def _take_off(cancellations: Sequence[Cancellation]) -> tuple[list[Inbound], int]:
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

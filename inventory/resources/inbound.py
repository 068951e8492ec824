"""
What is on its way, from a file: by reference, SKU and warehouse, one row for each date. A later file moves the dates.

A later file may name all that was ordered, or what is still to come.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from inventory.demand import numbering
from inventory.ground import keys
from inventory.ground.tabular import Column, Dates, Record, Sheet, boolean, named, plain_code, product_code, text, whole
from inventory.known import KnownProduct, blocks
from inventory.models import Inbound, Warehouse
from inventory.supply import inbound
from inventory.supply.arriving import rescheduling

from . import arrivals
from .places import Places
from .plan import Plan, Resource, State

COLUMNS = (
    Column("reference", plain_code(80), "the purchase order's or delivery's number", is_required=True, is_key=True),
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True),
    Column("quantity", whole(1, 100_000_000), "units on their way, 1 or more", is_required=True),
    Column("sender", named(120, is_known_by=True), "who sends it: the supplier's name", is_required=True),
    Column("warehouse", text(120), "where it goes, its code or name; left out: the warehouse asked first", is_key=True),
    Column("expected_date", Dates(), "the day the sender says; empty: nobody said, or it was taken back"),
    Column("is_confirmed", boolean, "yes or no: the sender confirmed that day"),
    Column("sent_at", Dates(has_time=True, is_past=True), "when it was ordered; teaches the lead time"),
)
MOST_NOTES = 10
_Key = tuple[str, int, int]
_Rows = list[tuple[Record, KnownProduct, Warehouse]]


def check(sheet: Sheet) -> Plan:
    """Set the rows of each reference, product and warehouse beside what is on record of it."""
    plan = Plan(sheet)
    places = Places(plan, list(sheet.records(plan.problems)))
    _note_overdue(plan, places.records)
    found = _found(record.values["reference"] for record in places.records)
    gathered: dict[_Key, _Rows] = {}
    for record, product, warehouse in _once(plan, places):
        key = (keys.key(record.values["reference"]), product.pk, warehouse.pk)
        gathered.setdefault(key, []).append((record, product, warehouse))
    others: list[str] = []
    for key, rows in gathered.items():
        if known := found.get(key):
            records = [record for record, *_ in rows]
            _compare(plan, records, rows[0], known)
            others += _of_others(records, known[0].sender)
        else:
            for row in rows:
                plan.add("new", row[0], _expectation(*row))
    plan.notes += others[:MOST_NOTES]
    if others[MOST_NOTES:]:
        plan.notes.append(f"… and {len(others) - MOST_NOTES:,} more such.")
    return plan


def _of_others(records: Sequence[Record], sender: str) -> Iterator[str]:
    """Name the first row whose sender is another than the one on record: two may number their deliveries alike."""
    for record in records:
        named = record.values["sender"]
        if keys.key(named) != keys.key(sender):
            reference = record.values["reference"]
            yield f"Row {record.row}: {reference} comes from {sender} here, not from {named}. Is it the same?"
            return


def _note_overdue(plan: Plan, records: Sequence[Record]) -> None:
    """Name the days that have passed: one that was mistyped must not look like one that is overdue."""
    today = plan.sheet.reading.today
    passed = [record for record in records if today and record.values.get("expected_date", today) < today]
    if passed:
        oldest = min(passed, key=lambda record: record.values["expected_date"])
        day = oldest.values["expected_date"]
        plan.notes.append(
            f"{len(passed):,} × expected date has passed (the oldest: {day}, row {oldest.row}): "
            "what is still to come of it counts as overdue."
        )


def _once(plan: Plan, places: Places) -> Iterator[tuple[Record, KnownProduct, Warehouse]]:
    """Give the rows that are known to be of a product and a warehouse; one line has each date only once."""
    seen: dict[tuple[Any, ...], int] = {}
    for record, product, warehouse in places.all():
        reference, day = keys.key(record.values["reference"]), record.values.get("expected_date")
        first = seen.setdefault((reference, product.pk, warehouse.pk, day), record.row)
        if first == record.row:
            yield record, product, warehouse
        else:
            expected = f"each only once per {warehouse}, reference and date; row {first} has it already"
            plan.refuse(record, "sku", expected)


def _found(references: Iterable[str]) -> dict[_Key, list[Inbound]]:
    found: dict[_Key, list[Inbound]] = {}
    names = {name for reference in references for name in (reference, keys.key(reference))}
    spelled = {spelling for name in names for spelling in numbering.spellings(name)}
    for block in blocks(sorted(spelled)):
        for row in Inbound.objects.filter(reference__in=block).order_by("pk"):
            found.setdefault((keys.key(row.reference), row.product_id, row.warehouse_id), []).append(row)
    return found


def _expectation(record: Record, product: KnownProduct, warehouse: Warehouse) -> inbound.Expectation:
    values = record.values
    return inbound.Expectation(
        product_id=product.pk,
        warehouse_id=warehouse.pk,
        quantity=values["quantity"],
        reference=values["reference"],
        sender=values["sender"],
        sent_at=values.get("sent_at"),
        expected_date=values.get("expected_date"),
        is_confirmed=values.get("is_confirmed", False) and "expected_date" in values,
    )


def _compare(
    plan: Plan, records: Sequence[Record], place: tuple[Record, KnownProduct, Warehouse], known: Sequence[Inbound]
) -> None:
    """
    Move dates, where the file names as many units as are still to come, or as were ordered.

    What is still to come may be split over several dates, or come together; what was ordered only moves.
    """
    total = sum(record.values["quantity"] for record in records)
    for measure in (_outstanding, _net, _ordered):
        there = [arrivals.DatedUnits(units, row.expected_date, row) for row in known if (units := measure(row))]
        if total == sum(arrival.units for arrival in there):
            pairs = arrivals.pair([_arrival(plan, record) for record in records], there)
            split = {pair.known.pk for pair in pairs if pair.units < measure(pair.known)}
            if split and _is_bound(split):
                expected = "one date: it is a purchase order or a transfer of this shop, whose lines are split there"
                for record in records:
                    plan.refuse(record, "expected_date", expected)
                return
            if not split or measure is _outstanding:
                _take(plan, records, place, pairs)
                return
    _refuse(plan, records, known)


def _is_bound(inbound_ids: Collection[int]) -> bool:
    """Say if something that was written here stands behind one of them."""
    links = [each.name for each in Inbound._meta.related_objects if each.one_to_one]
    return any(Inbound.objects.filter(pk__in=inbound_ids, **{f"{name}__isnull": False}).exists() for name in links)


def _outstanding(row: Inbound) -> int:
    units: int = row.outstanding
    return units


def _net(row: Inbound) -> int:
    return row.quantity - row.canceled


def _ordered(row: Inbound) -> int:
    return row.quantity


def _arrival(plan: Plan, record: Record) -> arrivals.DatedUnits:
    # Without a column of dates, each stands for any.
    return arrivals.DatedUnits(record.values["quantity"], record.values.get("expected_date"), record)


def _refuse(plan: Plan, records: Sequence[Record], known: Sequence[Inbound]) -> None:
    ordered, coming = (sum(map(measure, known)) for measure in (_ordered, _outstanding))
    units = f"{ordered:,}" if ordered == coming else f"{ordered:,}, or the {coming:,} still to come"
    together = " in all" if len(records) > 1 or len(known) > 1 else ""
    for record in records:
        reference = record.values["reference"]
        plan.refuse(
            record,
            "quantity",
            f"{units}{together}, as {reference} has it already: a file moves its dates, not its units",
        )


def _take(
    plan: Plan, records: Sequence[Record], place: tuple[Record, KnownProduct, Warehouse], pairs: Sequence[arrivals.Pair]
) -> None:
    """Say of each row what it makes of the arrivals it speaks of: one row keeps each, others part from it."""
    keeper: dict[int, arrivals.Pair] = {}
    for pair in pairs:
        keeper.setdefault(pair.known.pk, pair)
    for record in records:
        changes: list[rescheduling.DateChange | inbound.Cancellation] = []
        parts: list[inbound.Expectation] = []
        for pair in pairs:
            if pair.row is not record:
                continue
            change = _moved(plan, record, pair.known)
            if keeper[pair.known.pk] is pair:
                changes += [change] if change else []
            else:
                changes.append(inbound.Cancellation(pair.known.pk, pair.units))
                parts.append(_part(_expectation(record, *place[1:]), pair.known, pair.units))
        state: State = "new" if parts else "changed" if changes else "unchanged"
        plan.add(state, record, parts[0] if parts else changes[0] if changes else None)
        plan.new += parts[1:]
        plan.changed += changes if parts else changes[1:]


def _part(expectation: inbound.Expectation, known: Inbound, units: int) -> inbound.Expectation:
    return replace(
        expectation,
        quantity=units,
        reference=known.reference,
        sender=known.sender,
        sent_at=expectation.sent_at or known.sent_at,
    )


def _moved(plan: Plan, record: Record, known: Inbound) -> rescheduling.DateChange | None:
    """
    Move the dates only if the sender's own date moved: what its record made of it stays otherwise.

    A cell left empty takes the date back; a column that is not there says nothing.
    """
    has_dates = "expected_date" in plan.sheet
    expected = record.values.get("expected_date") if has_dates else known.expected_date
    is_confirmed = record.values.get("is_confirmed", known.is_confirmed) and expected is not None
    if not known.outstanding or (expected, is_confirmed) == (known.expected_date, known.is_confirmed):
        return None
    moved = {"expected_date": (known.expected_date, expected), "is_confirmed": (known.is_confirmed, is_confirmed)}
    for name, (before, after) in moved.items():
        if before != after:
            plan.change(record.row, name, before, after)
    likely, safe = (known.likely_date, known.safe_date) if expected == known.expected_date else (expected, expected)
    return rescheduling.DateChange(known.pk, expected, likely, safe, is_confirmed)


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Write down what is new on its way, and move the dates that moved; note the products of what is overdue."""
    today = timezone.localtime(at).date()
    changes = [change for change in plan.changed if isinstance(change, rescheduling.DateChange)]
    parted = [change for change in plan.changed if isinstance(change, inbound.Cancellation)]
    moved = Inbound.objects.filter(pk__in=[change.inbound_id for change in changes])
    overdue = moved.filter(expected_date__lt=today)
    rescheduling.update(plan.new, changes, parted, by=by, at=at)
    plan.context = {row.product_id for row in plan.new if row.expected_date and row.expected_date < today}
    plan.context |= set(overdue.values_list("product_id", flat=True))


RESOURCE = Resource(
    kind="inbound",
    about="Units on their way, by reference, SKU and warehouse. Loading a reference again moves its dates.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)

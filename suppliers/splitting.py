"""
A line that its supplier confirmed in several dated parts, and what arrives of one.

Each part is a line of its own from then on, with its own inbound, so that it is dated, received, shortened and overdue
like any other; the line that was ordered keeps the earliest. What they teach they teach as one (``suppliers.lessons``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from inventory.models import Inbound
from inventory.supply.arriving import dividing, surplus

from . import arrivals, sent
from .drafts import PurchaseRefused, UnknownLine
from .models import PurchaseOrderLine, Slip

Arrived = Mapping[int, tuple[int, int]]
"""Units that arrived, and how many of them are damaged, by line."""


class NotInParts(PurchaseRefused):
    """What a supplier is said to have confirmed are no parts of a line."""


class ConfirmedPart(NamedTuple):
    """Units of a line, and the day they were confirmed for; None: for none yet."""

    units: int
    day: date | None


@transaction.atomic
def split(
    line_id: int, parts: Sequence[ConfirmedPart], *, by: User | None, at: datetime
) -> dict[PurchaseOrderLine, Inbound]:
    """
    Let what is outstanding of a line come in parts, as its supplier confirmed them; whoever waits is settled again.

    The line keeps the earliest part and what was received of it. A part that comes on another day than was known for
    the line is a slip. The day confirmed first stays what the supplier is measured by.

    :returns: the lines there are now, the earliest first
    :raises NotInParts: if they are no two parts, not as many units as are outstanding, or two are of one day
    :raises ImpossibleDate: if a day has passed, or is too far ahead
    :raises NothingOutstanding: if the line is complete
    :raises NotSent: if it was not sent
    """
    order_id = PurchaseOrderLine.objects.filter(pk=line_id).values_list("purchase_order_id", flat=True).first()
    if order_id is None:
        raise UnknownLine("This line does not exist any more.")
    [(line, row)] = sent.locked(order_id, [line_id]).items()
    sent.check_outstanding(line, row)
    if objection := against(parts, row.outstanding):
        raise NotInParts(f"{line.product} of {line.purchase_order}: {objection} Nothing was written.")
    for part in parts:
        sent.check_date(line, part.day, at)
    ordered = sorted(parts, key=_by_day)
    was = row.expected_date
    rows = dividing.divide(row.pk, _dated(line, row, ordered, at), by=by, at=at)
    lines = _write(line, rows)
    Slip.objects.bulk_create(
        Slip(line=each, was=was, now=part.day, reason=Slip.IN_PARTS, by=by, at=at)
        for each, part in zip(lines, ordered, strict=True)
        if was and part.day != was
    )
    sent.note_confirmed(order_id, at=at)
    return dict(zip(lines, rows, strict=True))


def against(parts: Sequence[ConfirmedPart], outstanding: int) -> str:
    """
    Say what speaks against so many units coming in these parts; "" if nothing does.

    >>> third, later = date(2026, 3, 3), date(2026, 3, 17)
    >>> against([ConfirmedPart(40, third), ConfirmedPart(60, later)], 100)
    ''
    >>> against([ConfirmedPart(40, third), ConfirmedPart(50, later)], 100)
    'The parts are 90 units, and 100 outstanding: 10 are missing.'
    >>> against([ConfirmedPart(40, third), ConfirmedPart(60, third)], 100)
    'Two parts come on 3 March 2026: add them up.'
    """
    if any(part.units < 1 for part in parts):
        return "Each part has at least 1 unit."
    days = [part.day for part in parts if part.day]
    twice = next((day for day in days if days.count(day) > 1), None)
    if twice or len(parts) - len(days) > 1:
        return f"Two parts come on {f'{twice:%-d %B %Y}' if twice else 'no confirmed day'}: add them up."
    if not days or len(parts) < 2:
        return "That is one part. Name at least two, each with its day; one day for all of it is a date like any other."
    total = sum(part.units for part in parts)
    if differs := outstanding - total:
        are = "are" if abs(differs) > 1 else "is"
        missing = f"{abs(differs):,} {are} {'missing' if differs > 0 else 'too many'}."
        return f"The parts are {total:,} units, and {outstanding:,} outstanding: {missing}"
    return ""


def _by_day(part: ConfirmedPart) -> date:
    return part.day or date.max


def _dated(
    line: PurchaseOrderLine, row: Inbound, parts: Sequence[ConfirmedPart], at: datetime
) -> list[dividing.DatedPart]:
    """Give the days of each part, as the supplier's record makes them of its word."""
    [(_, source)] = arrivals.origins([line]).items()
    history, today = arrivals.history([source]), arrivals.day(at)
    sent_on = arrivals.day(row.sent_at or row.created_at)
    found = [history.dates(source, sent=sent_on, expected=part.day, today=today) for part in parts]
    return [
        dividing.DatedPart(part.units, part.day, dates.likely, dates.safe, part.day is not None, dates.days)
        for part, dates in zip(parts, found, strict=True)
    ]


def _write(line: PurchaseOrderLine, rows: Sequence[Inbound]) -> list[PurchaseOrderLine]:
    """Let the line ask for what its inbound expects now, and make a line for each other one."""
    first, *others = rows
    line.quantity = first.quantity
    line.inbound = first
    line.save(update_fields=["quantity"])
    made = PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(
            purchase_order=line.purchase_order,
            product=line.product,
            offer=line.offer,
            quantity=row.quantity,
            unit_price=line.unit_price,
            is_touched=True,
            inbound=row,
            part_of_id=line.ordered_as,
        )
        for row in others
    )
    return [line, *made]


def over_parts(order_id: int, arrived: Arrived, *, replaced: bool = False) -> dict[int, tuple[int, int]]:
    """
    Let what arrived beyond one part of a line be of its other parts, the earliest first.

    What is beyond all of them is shared out as far as each takes a surplus without a question, and stays where it was
    counted if that is not all of it: then it is one question. Reads only: whoever receives holds the locks.

    :param replaced: damaged units stay outstanding, as others will come in their place
    """
    counts = {line_id: list(counted) for line_id, counted in arrived.items()}
    families: dict[int, list[PurchaseOrderLine]] = {}
    for line in sorted(sent.lines_of([order_id]), key=_by_expected):
        families.setdefault(line.ordered_as, []).append(line)
    for family in families.values():
        if len(family) > 1:
            for line in family:
                if line.pk in counts:
                    _share(line, family, counts, replaced=replaced)
    return {line_id: (units, damaged) for line_id, (units, damaged) in counts.items() if units}


def _by_expected(line: PurchaseOrderLine) -> tuple[date, int]:
    return (line.inbound.expected_date if line.inbound else None) or date.max, line.pk


def _share(
    line: PurchaseOrderLine, family: Sequence[PurchaseOrderLine], counts: dict[int, list[int]], *, replaced: bool
) -> None:
    """Hand on what is more than this part, as far as the others take it."""

    def over(each: PurchaseOrderLine) -> int:
        units, damaged = counts.get(each.pk, (0, 0))
        return units - (damaged if replaced else 0) - (each.inbound.outstanding if each.inbound else 0)

    for other in family:
        _hand_on(line, other, min(over(line), -over(other)), counts)
    beyond = over(line)
    if beyond < 1:
        return
    rows = {each.inbound: 0 for each in family if each.inbound}
    takes = {pk: found.accepted for pk, found in surplus.of(rows).items()}
    free = {each: takes[each.inbound_id or 0] - max(0, over(each)) for each in family if each != line}
    own = takes[line.inbound_id or 0]
    if beyond <= own + sum(units for units in free.values() if units > 0):
        for other, units in free.items():
            _hand_on(line, other, min(over(line) - own, units), counts)


def _hand_on(line: PurchaseOrderLine, other: PurchaseOrderLine, units: int, counts: dict[int, list[int]]) -> None:
    """Move units from the count of a line to that of another, sound ones first."""
    if units < 1 or other == line:
        return
    mine, theirs = counts[line.pk], counts.setdefault(other.pk, [0, 0])
    broken = max(0, mine[1] - (mine[0] - units))
    mine[0], mine[1] = mine[0] - units, mine[1] - broken
    theirs[0], theirs[1] = theirs[0] + units, theirs[1] + broken

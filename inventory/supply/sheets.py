"""
Count sheets: what is to be counted, what was found and when, and what that does to the books. The only writer of
``CountSheet`` and ``CountedLine``.

A figure is of the moment it was counted at: what left and came since is reckoned when the sheet is posted
(``inventory.supply.counts``). Whoever counts locks their sheet alone; whoever posts locks products first, as everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inventory.ground.sql import bulk, schema
from inventory.models import CountedLine, CountSheet, Product, Stock

from . import bins, counts, since

LINES = 200
"""Products of one sheet: what somebody counts in an hour or two, and a preview that a person still reads."""
MOST = 10_000
"""Products that are put on sheets in one go."""
LEFT_OPEN = timedelta(days=30)
"""So long a sheet is simply being counted; after that somebody is asked what becomes of it."""


class NotASheet(Exception):
    """Nothing lies in these bins, or more than one can put on sheets in one go."""


class SheetClosed(Exception):
    """Somebody has posted or dropped the sheet, or put a product on it meanwhile; or nothing was counted yet."""


class NotCounted(Exception):
    """A figure below zero, or a time of counting that cannot be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bins of a warehouse are to be counted; "" is no bound, and both "" is all of it."""

    warehouse_id: int
    first_bin: str = ""
    last_bin: str = ""
    is_blind: bool = False
    note: str = ""


class SheetFinding(NamedTuple):
    """What a line of a sheet means for the books now: what they say, what moved since, what it becomes, or why not."""

    line: CountedLine
    book: int
    moved: int
    units: int
    why_not: str

    @property
    def becomes(self) -> int:
        return self.book if self.why_not else self.units + self.moved

    @property
    def difference(self) -> int:
        return self.becomes - self.book


@transaction.atomic
def open_sheets(wanted: Wanted, *, by: User | None, at: datetime) -> list[CountSheet]:
    """
    Write down what lies in these bins, in the order in which somebody walks, on as many sheets as it takes.

    :raises NotASheet: if nothing does, or more than ``MOST`` products
    """
    rows = Stock.objects.filter(Q(on_hand__gt=0) | ~Q(bin=""), warehouse=wanted.warehouse_id)
    found = [
        (bins.order(text), sku, product, text)
        for product, sku, text in rows.values_list("product_id", "product__sku", "bin").iterator()
        if bins.is_between(text, wanted.first_bin, wanted.last_bin)
    ]
    if not found:
        raise NotASheet("Nothing lies there: no product of this warehouse has stock in these bins.")
    if len(found) > MOST:
        raise NotASheet(
            f"{len(found):,} products lie there, and up to {MOST:,} are counted in one go. Narrow the bins."
        )
    found.sort()
    sheets = []
    for start in range(0, len(found), LINES):
        part = found[start : start + LINES]
        whole = len(found) <= LINES
        sheet = CountSheet.objects.create(
            reference=f"CS-new-{at.timestamp()}-{start}",
            warehouse_id=wanted.warehouse_id,
            first_bin=wanted.first_bin if whole else part[0][3],
            last_bin=wanted.last_bin if whole else part[-1][3],
            is_blind=wanted.is_blind,
            note=wanted.note,
            opened_at=at,
            opened_by=by,
        )
        sheet.reference = f"CS-{sheet.pk}"
        sheet.save(update_fields=["reference"])
        CountedLine.objects.bulk_create(
            CountedLine(sheet=sheet, product_id=product, position=number, bin=text)
            for number, (_, _, product, text) in enumerate(part, start=1)
        )
        sheets.append(sheet)
    return sheets


@transaction.atomic
def enter(
    sheet_id: int, figures: Mapping[int, int | None], *, counted_at: datetime, by: User | None, at: datetime
) -> int:
    """
    Write down what was found, by product; None takes a figure back. What is found beside the sheet joins it.

    Who finds the same again has looked later: the figure is of that time.

    :param counted_at: when it was counted
    :returns: figures that changed, or that were looked at again
    :raises SheetClosed: if it was posted or dropped
    :raises NotCounted: if a figure is below zero, or the time lies before the sheet or after now
    """
    sheet = _open(sheet_id)
    if any(units is not None and units < 0 for units in figures.values()):
        raise NotCounted("A count is 0 or more.")
    if not sheet.opened_at - timedelta(minutes=1) <= counted_at <= at:
        opened = timezone.localtime(sheet.opened_at)
        raise NotCounted(f"It was counted between the moment the sheet was made, {opened:%Y-%m-%d %H:%M}, and now.")
    lines = {line.product_id: line for line in sheet.lines.all()}
    _join(sheet, [product for product in figures if product not in lines])
    lines = {line.product_id: line for line in sheet.lines.filter(product__in=figures)}
    changed = [
        (lines[product].pk, units, None if units is None else counted_at, by.pk if by and units is not None else None)
        for product, units in figures.items()
        if lines[product].counted != units or (units is not None and lines[product].counted_at != counted_at)
    ]
    bulk.update(
        CountedLine._meta.db_table,
        schema.columns(CountedLine, "id", "counted", "counted_at", "counted_by_id"),
        changed,
        "counted = staged.counted, counted_at = staged.counted_at, counted_by_id = staged.counted_by_id",
        "target.id = staged.id",
    )
    return len(changed)


def _join(sheet: CountSheet, product_ids: Sequence[int]) -> None:
    """Put products on the sheet that were found beside it, with the bin that they should lie in."""
    if not product_ids:
        return
    rows = Stock.objects.filter(warehouse=sheet.warehouse_id, product__in=product_ids)
    lying = dict(rows.values_list("product_id", "bin"))
    last = sheet.lines.count()
    CountedLine.objects.bulk_create(
        CountedLine(sheet=sheet, product_id=product, position=last + number, bin=lying.get(product, ""))
        for number, product in enumerate(product_ids, start=1)
    )


def _open(sheet_id: int) -> CountSheet:
    """
    Lock a sheet, and give it.

    :raises SheetClosed: if it is not open any more
    """
    sheet = CountSheet.objects.select_for_update(no_key=True).get(pk=sheet_id)
    if not sheet.is_open:
        raise SheetClosed(f"{sheet} was {'posted' if sheet.posted_at else 'dropped'} already.")
    return sheet


def found(sheet: CountSheet, *, are_others_zero: bool = False) -> list[SheetFinding]:
    """
    Say what the lines of a sheet mean for the books as they stand, in its order.

    :param are_others_zero: what nobody counted was counted as 0, at the time of the last figure
    """
    lines = _counted(sheet, are_others_zero)
    rows = Stock.objects.filter(warehouse=sheet.warehouse_id, product__in=[line.product_id for line, _, _ in lines])
    book = dict(rows.values_list("product_id", "on_hand"))
    times = [made for _, _, made in lines]
    moved = since.Since([line.product_id for line, _, _ in lines], min(times)) if times else None
    picks = counts.picked({line.product_id for line, _, _ in lines})
    answer = []
    for line, units, made in lines:
        place = (line.product_id, sheet.warehouse_id)
        came = moved.units(place, made) if moved else 0
        why_not = counts.objection(moved, place, units, made) if moved else ""
        if not why_not and units + came < picks.get(place, 0):
            why_not = counts.too_few(picks[place])
        answer.append(SheetFinding(line, book.get(line.product_id, 0), came, units, why_not))
    return answer


def _counted(sheet: CountSheet, are_others_zero: bool) -> list[tuple[CountedLine, int, datetime]]:
    """Give the lines that say something: what was found, and when."""
    lines = list(sheet.lines.select_related("product").order_by("position"))
    times = [line.counted_at for line in lines if line.counted_at]
    if not times:
        return []
    last = max(times)
    return [
        (line, line.counted or 0, line.counted_at or last)
        for line in lines
        if line.counted is not None or are_others_zero
    ]


@transaction.atomic
def post(sheet_id: int, *, are_others_zero: bool = False, by: User | None, at: datetime) -> list[SheetFinding]:
    """
    Make the books say what was found, once; what nobody counted stays as it was, and so does what was counted again
    since, of which more left since than were found, or more are picked. Gives what each figure meant.

    :param are_others_zero: what nobody counted was counted as 0
    :raises SheetClosed: if it was posted or dropped, nothing was counted, or a product joined it at this moment
    """
    known = Product.objects.lock(CountedLine.objects.filter(sheet=sheet_id).values_list("product_id", flat=True))
    sheet = _open(sheet_id)
    lines = found(sheet, are_others_zero=are_others_zero)
    if not lines:
        raise SheetClosed(f"Nothing was counted on {sheet} yet.")
    if not {each.line.product_id for each in lines} <= known:
        raise SheetClosed(f"Somebody has just put a product on {sheet}. Nothing was posted: look again.")
    sheet.posted_at, sheet.closed_by = at, by
    sheet.save(update_fields=["posted_at", "closed_by"])
    bulk.update(
        CountedLine._meta.db_table,
        schema.columns(CountedLine, "id", "counted", "counted_at", "difference"),
        [(each.line.pk, each.units, made, None if each.why_not else each.difference) for each, made in _times(lines)],
        "counted = staged.counted, counted_at = staged.counted_at, difference = staged.difference",
        "target.id = staged.id",
    )
    why = f"{sheet}: {sheet.note}" if sheet.note else str(sheet)
    entries = [
        counts.Count(each.line.product_id, sheet.warehouse_id, each.units, why, counted_at=made)
        for each, made in _times(lines)
        if not each.why_not
    ]
    counts.count_standing(entries, by=by, at=at)
    return lines


def _times(lines: Sequence[SheetFinding]) -> Iterable[tuple[SheetFinding, datetime]]:
    """Give each with the time it was counted at, which is the last of all for those that nobody counted."""
    last = max(each.line.counted_at for each in lines if each.line.counted_at)
    return [(each, each.line.counted_at or last) for each in lines]


@transaction.atomic
def drop(sheet_id: int, *, by: User | None, at: datetime) -> None:
    """
    Close a sheet without posting it: the books stay as they are, its figures stay to be read.

    :raises SheetClosed: if it was posted or dropped
    """
    sheet = _open(sheet_id)
    sheet.dropped_at, sheet.closed_by = at, by
    sheet.save(update_fields=["dropped_at", "closed_by"])


def left_open(*, at: datetime) -> list[CountSheet]:
    """Give the sheets that were opened a month ago and are open still, oldest first."""
    rows = CountSheet.objects.filter(posted_at=None, dropped_at=None, opened_at__lte=at - LEFT_OPEN)
    return list(rows.select_related("warehouse").order_by("opened_at"))

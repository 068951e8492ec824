"""
On which days warehouses work: the only writer of their calendars, days and closures.

A calendar is kept in memory by its warehouse and revision, which whoever reads the warehouse row has with it: asking
for one that is known costs no statement. The revision is made from what the calendar says, so a change that was only
looked at and taken back cannot leave another calendar under the number of the next.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from inventory.formulas.calendars import public_holidays
from inventory.formulas.calendars.public_holidays import NoSuchHolidays
from inventory.formulas.calendars.working_days import PLAIN, Calendar, Closed, NeverWorks
from inventory.ground import days
from inventory.models import Owed, Product, Stock, Warehouse, WarehouseClosure
from inventory.signals import supply_changed

CALENDAR = "calendar"
"""How the cause begins of what another calendar brought about."""
MOST_PRODUCTS = 200
"""Products whose queues are settled by one signal."""
MOST_KEPT = 256

_kept: dict[tuple[int, int], Calendar] = {}


class NotACalendar(Exception):
    """An unknown country or region, a warehouse that never works, a closure that ends before it starts, no change."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """What staff say of a warehouse: on which days it works, and how many of them it needs."""

    week: str
    country: str
    region: str
    cut_off: time | None
    receiving_days: int
    handling_days: int


def of(warehouse_id: int, revision: int) -> Calendar:
    """Give the calendar of a warehouse, of whose row this revision was read."""
    if not revision:
        return PLAIN
    found = _kept.get((warehouse_id, revision))
    if found is None:
        found = _read(warehouse_id)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[warehouse_id, found.revision] = found
    return found


def of_all() -> dict[int, Calendar]:
    """Give the calendar of each warehouse, by its key: one statement, and one for each that is not known yet."""
    rows = Warehouse.objects.order_by("pk").values_list("pk", "calendar_revision")
    return {pk: of(pk, revision) for pk, revision in rows}


def _read(warehouse_id: int) -> Calendar:
    columns = "week", "country", "region", "cut_off", "closures__starts_on", "closures__ends_on", "closures__reason"
    rows = list(Warehouse.objects.filter(pk=warehouse_id).order_by("closures__pk").values_list(*columns))
    week, country, region, cut_off, *_ = rows[0]
    return _calendar(week, country, region, cut_off, (row[4:] for row in rows if row[4]))


def _calendar(week: str, country: str, region: str, cut_off: time | None, closed: Iterable[Sequence[Any]]) -> Calendar:
    return Calendar(week, country, region, tuple(Closed(*each) for each in closed), cut_off)


def said(warehouse: Warehouse) -> WorkingDays:
    """Give what stands of a warehouse now."""
    return WorkingDays(
        warehouse.week,
        warehouse.country,
        warehouse.region,
        warehouse.cut_off,
        warehouse.receiving_days,
        warehouse.handling_days,
    )


def waiting_on(warehouse_id: int) -> set[int]:
    """
    Name the products whose dates the calendar of this warehouse can move.

    Of which units are owed from it; or from anywhere, and it has some on hand that nobody has: a line that leaves those
    to others is ready by its days.
    """
    free = Stock.objects.filter(product=OuterRef("product"), warehouse=warehouse_id, on_hand__gt=F("allocated"))
    owed = Owed.objects.filter(Q(warehouse=warehouse_id) | Exists(free), units__gt=0).order_by()
    return set(owed.values_list("product_id", flat=True).distinct())


@transaction.atomic
def change(warehouse_id: int, wanted: WorkingDays, *, by: User | None, at: datetime) -> None:
    """
    Let a warehouse work on other days, or need more or fewer of them, and tell the queue.

    :raises NotACalendar: if the country or its region is unknown, it would never work, or that is so already
    """
    warehouse = _locked(warehouse_id)
    try:
        country, region = public_holidays.known(wanted.country, wanted.region)
    except NoSuchHolidays as why:
        raise NotACalendar(str(why)) from why
    wanted = replace(wanted, country=country, region=region)
    if wanted == said(warehouse):
        raise NotACalendar("This changes nothing: it is so already.")
    for each in fields(wanted):
        setattr(warehouse, each.name, getattr(wanted, each.name))
    _tell(warehouse, by, at)


@transaction.atomic
def close(warehouse_id: int, closed: Closed, *, by: User | None, at: datetime) -> WarehouseClosure:
    """
    Close a warehouse from a first to a last day, and tell the queue.

    :raises NotACalendar: if the last day is before the first or has passed, a day is too far ahead, it is closed on all
        of them already, or it would never work
    """
    warehouse = _locked(warehouse_id)
    today = timezone.localtime(at).date()
    objection = days.objection(closed.first, today=today) or days.objection(closed.last, today=today, earliest=today)
    if closed.last < closed.first:
        objection = "The closure ends before it starts."
    elif warehouse.closures.filter(starts_on__lte=closed.first, ends_on__gte=closed.last).exists():
        objection = f"{warehouse} is closed on all these days already."
    if objection:
        raise NotACalendar(objection)
    made = WarehouseClosure.objects.create(
        warehouse=warehouse, starts_on=closed.first, ends_on=closed.last, reason=closed.reason
    )
    _tell(warehouse, by, at)
    return made


@transaction.atomic
def reopen(warehouse_id: int, closure_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Let a warehouse work in these closures after all, and tell the queue; give how many there were.

    :raises NotACalendar: if none of them is one of this warehouse
    """
    warehouse = _locked(warehouse_id)
    count, _ = WarehouseClosure.objects.filter(warehouse=warehouse, pk__in=closure_ids).delete()
    if not count:
        raise NotACalendar("Choose at least one closure.")
    _tell(warehouse, by, at)
    return count


def _locked(warehouse_id: int) -> Warehouse:
    """Lock all that a calendar may move, products first as everywhere, then the row."""
    Product.objects.lock(waiting_on(warehouse_id))
    return Warehouse.objects.select_for_update(no_key=True).get(pk=warehouse_id)


def _tell(warehouse: Warehouse, by: User | None, at: datetime) -> None:
    """Write the row with the revision of what it says now, and let those who wait hear of it, in blocks."""
    closed = warehouse.closures.order_by("pk").values_list("starts_on", "ends_on", "reason")
    calendar = _calendar(warehouse.week, warehouse.country, warehouse.region, warehouse.cut_off, closed)
    try:
        calendar.check(timezone.localtime(at).date())
    except NeverWorks as why:
        raise NotACalendar(str(why)) from why
    warehouse.calendar_revision = calendar.revision
    warehouse.save()
    for number, block in enumerate(_blocks(sorted(waiting_on(warehouse.pk)))):
        cause = f"{CALENDAR}:{warehouse.pk}:{at:%y%m%d%H%M%S%f}+{number}"
        supply_changed.send(change, product_ids=block, cause=cause, by=by, at=at)


def _blocks(product_ids: Sequence[int]) -> Iterator[set[int]]:
    for first in range(0, len(product_ids), MOST_PRODUCTS):
        yield set(product_ids[first : first + MOST_PRODUCTS])

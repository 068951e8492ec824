"""Worlds for tests, made by the real use cases, so that every one of them can be reached."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from inventory.demand import entries
from inventory.formulas.arrival_days import ArrivalDays
from inventory.models import DemandEvent, Inbound, LeadTime, MovementKind, Product, Stock, Warehouse
from inventory.supply import counts, inbound, stock
from inventory.supply import owed as owed_units
from inventory.supply.arriving import rescheduling

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = MONDAY.date()
_numbers = itertools.count(1)


def product(sku: str | None = None, **fields: Any) -> Product:
    return Product.objects.create(sku=sku or f"LAMP-{next(_numbers)}", **fields)


def warehouse(code: str = "BER", **fields: Any) -> Warehouse:
    return Warehouse.objects.get_or_create(code=code, defaults=fields)[0]


def on_hand(thing: Product, units: int, *, place: Warehouse | None = None, at: datetime = MONDAY) -> Stock:
    """Find these units on the shelf."""
    place = place or warehouse()
    stock.adjust([stock.Post(thing.pk, place.pk, units, MovementKind.OPENING)], by=None, at=at)
    return Stock.objects.get(product=thing, warehouse=place)


def lost(thing: Product, units: int, *, place: Warehouse | None = None, at: datetime = MONDAY) -> None:
    place = place or warehouse()
    stock.adjust([stock.Post(thing.pk, place.pk, -units, MovementKind.DAMAGE, "Broken")], by=None, at=at)


def counted(thing: Product, units: int, *, at: datetime = MONDAY) -> None:
    counts.count([counts.Count(thing.pk, warehouse().pk, units)], by=None, at=at)


def coming(
    thing: Product,
    units: int,
    *,
    on: date | None,
    safe: date | None = None,
    place: Warehouse | None = None,
    reference: str | None = None,
    is_confirmed: bool = False,
    days: ArrivalDays | None = None,
    at: datetime = MONDAY,
) -> Inbound:
    """Expect these units on a day."""
    place = place or warehouse()
    wanted = inbound.Expectation(
        thing.pk,
        place.pk,
        units,
        reference or f"PO-{next(_numbers)}",
        "Nordlys",
        sent_at=at,
        expected_date=on,
        safe_date=safe,
        is_confirmed=is_confirmed,
        days=days,
    )
    return inbound.expect([wanted], by=None, at=at)[0]


def arrived(row: Inbound, units: int, *, damaged: int = 0, at: datetime = MONDAY) -> stock.Posted:
    return inbound.receive([inbound.Receipt(row.pk, units, damaged)], by=None, at=at)


def moved(row: Inbound, to: date | None, *, safe: date | None = None, at: datetime = MONDAY) -> int:
    """Move the date of an inbound."""
    return rescheduling.reschedule([rescheduling.DateChange(row.pk, to, to, safe)], by=None, at=at)


def lead_time(thing: Product, likely: float, safe: float, *, place: Warehouse | None = None) -> LeadTime:
    place = place or warehouse()
    return LeadTime.objects.create(
        product=thing,
        warehouse=place,
        mean_days=likely,
        sd_days=(safe - likely) / 1.3,
        likely_days=likely,
        safe_days=safe,
        sender="Nordlys",
        updated_at=MONDAY,
    )


def asked(
    thing: Product, units: int, *, on: date, place: Warehouse | None = None, reference: str | None = None
) -> None:
    """Record that somebody asked for these units on a day."""
    place = place or warehouse()
    reference = reference or f"H-{next(_numbers)}"
    entries.record([entries.Entry("history", reference, thing.pk, place.pk, on, units)])


def asked_weekly(thing: Product, *weeks: int, until: date = TODAY, place: Warehouse | None = None) -> None:
    """Record these units per week, each on its Wednesday; the last week is the one closed before ``until``."""
    place = place or warehouse()
    last = until - timedelta(days=until.weekday() + 7 - 2)
    days = [last - timedelta(weeks=ago) for ago in reversed(range(len(weeks)))]
    entries.record(
        entries.Entry("history", f"H-{next(_numbers)}", thing.pk, place.pk, day, units)
        for day, units in zip(days, weeks, strict=True)
        if units
    )


def event(what: Product | str, uplift: float, first: date, last: date) -> DemandEvent:
    """Announce a promotion on a product or a group."""
    target: dict[str, Any] = {"product": what} if isinstance(what, Product) else {"group": what}
    return DemandEvent.objects.create(name="Spring sale", starts_on=first, ends_on=last, uplift=uplift, **target)


def owed(thing: Product, units: int, *, by: date | None = None, place: Warehouse | None = None) -> None:
    """Owe these units to somebody, by a day or with no date."""
    place = place or warehouse()
    owed_units.add([((thing.pk, place.pk, by), units, 1)])

"""
How much past events lifted demand: the only writer of ``DemandEvent.measured_uplift``.

Units of the event's days ÷ units of as many usual days, those of the eight weeks before it. A few units more on
both sides keep an event on next to nothing from claiming much.
"""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Min, Q

from inventory.ground.sql import bulk
from inventory.models import DailyDemand, DemandEvent, Product

BEFORE = timedelta(days=56)
LEAST_BEFORE = timedelta(days=14)
AGAIN = timedelta(days=28)
"""Orders may be fed late: an event is measured again every night for so long."""
LEAST_UNITS = 10
"""Usual units of its days below which an event tells nothing."""
CAUTION = 3.0
"""Units put on both sides, as if the event had lifted them by nothing."""

_DEMAND, _PRODUCTS = DailyDemand._meta.db_table, Product._meta.db_table
_COLUMNS = {"id": "bigint", "product_id": "bigint", "grp": "text", "since": "date", "starts": "date", "ends": "date"}


@transaction.atomic
def measure(*, on: date) -> int:
    """Measure the events that were over before this day, in one statement, and return how many now say otherwise."""
    over = DemandEvent.objects.filter(ends_on__lt=on).filter(Q(measured_uplift=None) | Q(ends_on__gte=on - AGAIN))
    events = list(over.order_by("pk"))
    first = DailyDemand.objects.aggregate(first=Min("day"))["first"]
    if not events or first is None:
        return 0
    since = {event.pk: max(first, event.starts_on - BEFORE) for event in events}
    units = _units(events, since)
    moved = []
    for event in events:
        found = _lift(event, since[event.pk], *units.get(event.pk, (0, 0)))
        if found != event.measured_uplift:
            event.measured_uplift = found
            moved.append(event)
    DemandEvent.objects.bulk_update(moved, ["measured_uplift"], batch_size=500)
    return len(moved)


def _lift(event: DemandEvent, since: date, during: int, before: int) -> float | None:
    """Return by how much an event lifted demand; None if too little was asked for before it to tell."""
    days, usual_days = (event.ends_on - event.starts_on).days + 1, (event.starts_on - since).days
    if usual_days < LEAST_BEFORE.days or (usual := before * days / usual_days) < LEAST_UNITS:
        return None
    return round((during + CAUTION) / (usual + CAUTION), 2)


def _units(events: list[DemandEvent], since: dict[int, date]) -> dict[int, tuple[int, int]]:
    """Sum, per event, what was asked for on its days and on those before it."""
    rows = [
        (event.pk, event.product_id, event.group, since[event.pk], event.starts_on, event.ends_on) for event in events
    ]
    source, params = bulk.staged(_COLUMNS, rows)
    found = bulk.fetch(
        "SELECT staged.id, SUM(CASE WHEN daily.day >= staged.starts THEN daily.units ELSE 0 END),"
        f" SUM(CASE WHEN daily.day < staged.starts THEN daily.units ELSE 0 END) FROM {source}"
        f" JOIN {_DEMAND} AS daily ON daily.day >= staged.since AND daily.day <= staged.ends"
        f" JOIN {_PRODUCTS} AS product ON product.id = daily.product_id"
        " WHERE (staged.product_id IS NULL OR staged.product_id = daily.product_id)"
        " AND (staged.grp = '' OR staged.grp = product.\"group\") GROUP BY staged.id",
        params,
    )
    return {pk: (during, before) for pk, during, before in found}

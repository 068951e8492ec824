"""
Products that go on backorder again and again: how often, for how long, what it was about. The only writer of
``RepeatedBackorder``, which the night makes anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Q

from orders.allocation.dating import day_of
from orders.models import BackorderCause, RepeatedBackorder

WEEKS = 26
OFTEN = 3
"""Times on backorder in these weeks from which a product is named."""
KEPT = ("spells", "days", "last_on", "lines", "units", "value", "causes", "main_cause")


@dataclass(frozen=True, slots=True)
class WaitedLine:
    """
    One line that waited.

    :ivar ended: None: it still does
    """

    product_id: int
    began: date
    ended: date | None
    units: int
    price: Decimal
    cause: str


def spells(lines: Iterable[WaitedLine], *, today: date) -> Iterator[tuple[date, date]]:
    """
    Give the times in which anybody waited, first and last day; what touches is one.

    >>> def line(began: int, ended: int | None) -> WaitedLine:
    ...     days = [day and date(2026, 11, day) for day in (began, ended)]
    ...     return WaitedLine(1, days[0], days[1], 1, Decimal(1), "")
    >>> today = date(2026, 11, 30)
    >>> [(first.day, last.day) for first, last in spells([line(1, 4), line(2, 3), line(4, 5)], today=today)]
    [(1, 5)]
    >>> [(first.day, last.day) for first, last in spells([line(1, 4), line(6, None)], today=today)]
    [(1, 4), (6, 30)]
    """
    begins: date | None = None
    ends = today
    for line in sorted(lines, key=attrgetter("began")):
        ended = line.ended or today
        if begins is not None and line.began <= ends:
            ends = max(ends, ended)
            continue
        if begins is not None:
            yield begins, ends
        begins, ends = line.began, ended
    if begins is not None:
        yield begins, ends


@transaction.atomic
def count(*, at: datetime, often: int = OFTEN) -> dict[str, int]:
    """
    Count the last weeks anew; only what differs is written.

    :returns: products that are named, and rows that changed
    """
    today = day_of(at)
    known = RepeatedBackorder.objects.in_bulk()
    named, changed = [], []
    for product_id, rows in groupby(_waited(today), key=attrgetter("product_id")):
        lines = list(rows)
        times = list(spells(lines, today=today))
        if len(times) < often:
            continue
        row = _counted(product_id, lines, times)
        named.append(product_id)
        was = known.get(product_id)
        if was is None or any(getattr(was, name) != getattr(row, name) for name in KEPT):
            changed.append(row)
    RepeatedBackorder.objects.bulk_create(
        changed, batch_size=1_000, update_conflicts=True, unique_fields=["product"], update_fields=KEPT
    )
    gone, _ = RepeatedBackorder.objects.filter(pk__in=known.keys() - set(named)).delete()
    return {"again": len(named), "written": len(changed) + gone}


def _waited(today: date) -> Iterator[WaitedLine]:
    since = today - timedelta(weeks=WEEKS)
    rows = BackorderCause.objects.filter(Q(ended_on=None) | Q(ended_on__gte=since)).order_by("line__product", "pk")
    columns = "line__product", "began_on", "ended_on", "units", "line__unit_price", "cause"
    for product_id, began, ended, units, price, cause in rows.values_list(*columns).iterator(5_000):
        # what went on before these weeks is counted from their first day
        yield WaitedLine(product_id, max(began, since), ended, units, price, cause)


def _counted(product_id: int, lines: Sequence[WaitedLine], times: Sequence[tuple[date, date]]) -> RepeatedBackorder:
    by_cause = Counter(line.cause for line in lines if line.cause)
    return RepeatedBackorder(
        product_id=product_id,
        spells=len(times),
        days=sum((last - first).days + 1 for first, last in times),
        last_on=times[-1][0],
        lines=len(lines),
        units=sum(line.units for line in lines),
        value=sum((line.units * line.price for line in lines), Decimal()),
        causes=dict(sorted(by_cause.items())),
        main_cause=max(by_cause, key=lambda cause: (by_cause[cause], cause), default=""),
    )

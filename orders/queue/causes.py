"""
Why lines are on backorder: the night writes what the record suggests, people say what it was. The only writer of
``BackorderCause``.

Nothing of the queue rests on it, so no product is locked.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate

from orders.allocation.dating import day_of
from orders.models import BackorderCause, EventKind, LineEvent, OrderLine
from orders.models.order import WAITS
from orders.rules.causes import LABELS, Cause, suggest

from . import evidence

BLOCK = 1_000
"""Lines of one transaction."""
LOOKED_BACK = timedelta(weeks=26)
"""What the first night reads of the past; later ones read the last week, in case one was left out."""
WEEK = timedelta(days=7)
WENT = Q(kind=EventKind.PLACED, units__gt=0) | Q(kind=EventKind.LOST, units__lt=0)
"""What puts a line on backorder: it was placed and waited, or units that were set aside for it were lost."""

ENDED_BY = (EventKind.ALLOCATED, EventKind.CANCELED, EventKind.QUANTITY, EventKind.SUBSTITUTED)
"""What a line ceases to wait by."""


class NotACause(Exception):
    """A word that is no cause, or of a line that waits for nothing."""


@transaction.atomic
def say(line_ids: Collection[int], cause: str, *, reason: str, by: User | None, at: datetime) -> int:
    """
    Write down why lines wait, in a person's word; "" takes it back, and what the record suggests counts again.

    :returns: lines of which nobody had said so
    :raises NotACause: if it is none, or one of them does not wait
    """
    if cause and cause not in LABELS:
        raise NotACause("Choose one of the causes.")
    lines = list(OrderLine.objects.filter(pk__in=line_ids).order_by("pk").select_for_update(no_key=True, of=("self",)))
    if not all(line.waits for line in lines):
        raise NotACause("One of these lines waits for nothing any more, so it has no cause.")
    known = BackorderCause.objects.in_bulk([line.pk for line in lines])
    said = [line for line in lines if (known[line.pk].confirmed if line.pk in known else "") != cause]
    rows = [
        BackorderCause(
            line=line,
            began_on=day_of(line.placed_at),
            units=line.backordered,
            confirmed=cause,
            by=by if cause else None,
            at=at if cause else None,
        )
        for line in said
    ]
    BackorderCause.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["line"], update_fields=["confirmed", "by", "at"]
    )
    words = LABELS[Cause(cause)] if cause else "as the record suggests"
    LineEvent.objects.bulk_create(
        LineEvent(line=line, kind=EventKind.CAUSE, text=f"{words}: {reason}"[:300], by=by, at=at) for line in said
    )
    return len(said)


def suggest_all(*, at: datetime, left: Collection[int] = (), block_done: Callable[[], object] = bool) -> dict[str, int]:
    """
    Write what the record suggests of every line that went on backorder, once for each, and which wait no longer.

    Never touches what a person said. Commits by block; run twice, it changes nothing.

    :param left: the inbound whose sender says that they have left
    :param block_done: called after each block
    :returns: lines looked at, and lines that ceased to wait
    """
    today = day_of(at)
    looked = 0
    for block in _blocks(at):
        looked += _suggest(block, left, today)
        block_done()
    return {"looked_at": looked, "ended": _end(today)}


def _blocks(at: datetime) -> Iterator[list[int]]:
    """Give the lines that no night has looked at, in blocks: those that wait, and those that did for a while."""
    since = at - (WEEK if BackorderCause.objects.exists() else LOOKED_BACK)
    looked = BackorderCause.objects.filter(line=OuterRef("pk"), suggested_on__isnull=False)
    waiting = OrderLine.objects.filter(WAITS & ~Exists(looked)).order_by().values_list("pk", flat=True)
    seen = BackorderCause.objects.filter(line=OuterRef("line"), suggested_on__isnull=False)
    went = LineEvent.objects.filter(WENT & ~Exists(seen), at__gte=since).order_by().values_list("line", flat=True)
    found = sorted({*waiting, *went})
    for first in range(0, len(found), BLOCK):
        yield found[first : first + BLOCK]


@transaction.atomic
def _suggest(line_ids: Collection[int], left: Collection[int], today: date) -> int:
    rows = [
        BackorderCause(
            line_id=each.line_id,
            began_on=each.began_on,
            units=each.record.units,
            suggested=suggest(each.record),
            suggested_on=today,
        )
        for each in evidence.of(line_ids, went=WENT, left=left)
    ]
    BackorderCause.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["line"],
        update_fields=["began_on", "units", "suggested", "suggested_on"],
    )
    return len(rows)


def _end(today: date) -> int:
    """Say of lines that wait no longer since when, and take that back from those that wait again."""
    waits = OrderLine.objects.filter(WAITS, pk=OuterRef("pk"))
    BackorderCause.objects.filter(Exists(waits), ended_on__isnull=False).update(ended_on=None)
    last = LineEvent.objects.filter(line=OuterRef("pk"), kind__in=ENDED_BY)
    day = last.order_by("-pk").annotate(day=TruncDate("at")).values("day")[:1]
    over = BackorderCause.objects.filter(~Exists(waits), ended_on=None)
    # of one that was stopped, the last of these may be older than the day on which it began to wait
    return over.update(ended_on=Greatest(F("began_on"), Coalesce(Subquery(day), today)))

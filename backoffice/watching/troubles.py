"""
Telling those who look after it (``ADMINS``) that something stands still: the only writer of ``ClockTick``, ``Trouble``.

A row is one occurrence. It is told once when it begins and once when it is over, by a letter that is a row, too
(``telling``): what cannot leave, since the mail server is away, leaves when it is back. A clock that is dead tells
nobody: that is for whoever asks ``/readyz``.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from backoffice.models import ClockTick, JobRun, Trouble

from . import naming, telling, watch
from .watch import Watched

logger = logging.getLogger(__name__)

OLD = timedelta(days=7)
"""What could be told to nobody for so long is told no more."""
SILENT = ("file",)
"""What is over when somebody has seen it, which is no news."""


def look(*, at: datetime) -> dict[str, int]:
    """Note that the clock ticks, note what stands still and what goes again, and tell of both."""
    tick(at=at)
    begun, ended = note(watch.wrong(at=at), at=at)
    return {"begun": begun, "ended": ended, "told": tell(at=at)}


def tick(*, at: datetime) -> None:
    """Note that the clock has reached a worker, and the worker the database."""
    since = Case(When(at__lt=at - watch.PAUSE, then=Value(at)), default=F("since"))
    if not ClockTick.objects.filter(pk=1).update(since=since, at=at):
        ClockTick.objects.bulk_create([ClockTick(pk=1, at=at, since=at)], ignore_conflicts=True)


@transaction.atomic
def note(found: Sequence[Watched], *, at: datetime) -> tuple[int, int]:
    """Write down what began and what is over, once however many look at once; give how many of each."""
    still = {each.key or each.name: each for each in found}
    before = {row.key: row for row in Trouble.objects.filter(ended_at=None)}
    new = [key for key in still if key not in before]
    Trouble.objects.bulk_create(
        [Trouble(name=still[key].name, key=key[:200], words=still[key].words, began_at=at) for key in new],
        ignore_conflicts=True,
    )
    for key in new:
        logger.error("%s", still[key].words)
    over = [row for key, row in before.items() if key not in still and not _is_unknown(row)]
    # another night that did not run does not mend the one before
    replaced = {still[key].name for key in new} & {"night"}
    for is_silent in (False, True):
        ids = [row.pk for row in over if (row.name in SILENT or row.name in replaced) is is_silent]
        rows = Trouble.objects.filter(pk__in=ids, ended_at=None)
        rows.update(ended_at=at, end_told_at=at if is_silent else None)
    for row in over:
        logger.warning("Over: %s", row.words)
    return len(new), len(over)


def _is_unknown(row: Trouble) -> bool:
    """Whether nobody can say now if it is over: the books are being checked again."""
    return row.name == "books" and JobRun.objects.filter(job="audit", finished_at=None).exists()


@transaction.atomic
def tell(*, at: datetime) -> int:
    """Write what was not told yet, as one letter; give how many troubles it is about. Safe to run twice at once."""
    owed = Q(told_at=None) & (Q(ended_at=None) | Q(began_at__gte=at - OLD))
    over = Q(told_at__isnull=False, ended_at__isnull=False, end_told_at=None)
    if not settings.ADMINS:
        return 0
    rows = list(Trouble.objects.filter(owed | over).order_by("pk").select_for_update(no_key=True))
    if not rows:
        return 0
    telling.write(_subject(rows), _text(rows), about={row: row.ended_at is not None for row in rows}, at=at)
    ids = [row.pk for row in rows]
    Trouble.objects.filter(pk__in=ids, told_at=None).update(told_at=at)
    ended = [row.pk for row in rows if row.ended_at]
    Trouble.objects.filter(pk__in=ended, end_told_at=None).update(end_told_at=at)
    return len(rows)


def _subject(rows: Sequence[Trouble]) -> str:
    titles = list(dict.fromkeys(_title(row) for row in rows))
    more = f" (and {len(titles) - 1} more)" if len(titles) > 1 else ""
    return f"[{' '.join(settings.SHOP_NAME.split())}] {titles[0]}{more}"


def _text(rows: Sequence[Trouble]) -> str:
    lines = "\n\n".join(_said(row) for row in rows)
    return f"{lines}\n\nToday: {settings.SITE_URL}/admin/\nWhat to do: backoffice/docs/operations.md\n"


def _title(row: Trouble) -> str:
    return f"Over: {naming.TITLES[row.name].lower()}" if row.ended_at else naming.TITLES[row.name]


def _said(row: Trouble) -> str:
    words = " ".join(row.words.split())
    if row.ended_at is None:
        return f"{_time(row.began_at)}: {words}"
    return f"{_time(row.ended_at)}: over. What was found {_time(row.began_at)}: {words}"


def _time(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y, %H:%M}"

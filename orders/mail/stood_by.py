"""
Which promises their customers were told, and when: what mails, and calls, have said of the days of lines, and what they
agreed to on the pages of their orders.

A promise that was overtaken in the outbox, came back or is in doubt was not told. Written anew, from what was sent,
whenever a mail has left or has come back; the caller holds the lines. Writes the ``told_at`` of promises, and the
``told_date`` and ``has_told_date`` of their lines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from orders.models import Consent, NoticeLine, NoticeState, OrderLine, Promise
from orders.models.kinds import APART, EVENTS


class MadePromise(NamedTuple):
    """A promise of a line; ``before``: its customer was told elsewhere, before the order came here."""

    pk: int
    promised_date: date | None
    at: datetime
    told_at: datetime | None = None
    before: bool = False


class SaidDay(NamedTuple):
    """A day that a mail gave for a line: written at one moment, sent at another."""

    day: date | None
    written_at: datetime
    sent_at: datetime


def told(promises: Sequence[MadePromise], heard: Iterable[SaidDay]) -> dict[int, datetime]:
    """
    Say when each promise of one line was first told; what is missing was not.

    A mail tells the newest promise of its day that had been made when it was written.

    :param promises: oldest first

    >>> from datetime import UTC, timedelta
    >>> noon, day, later = datetime(2026, 3, 2, 12, tzinfo=UTC), date(2026, 3, 10), date(2026, 3, 20)
    >>> hour = timedelta(hours=1)
    >>> given = [MadePromise(1, day, noon), MadePromise(2, later, noon + hour), MadePromise(3, day, noon + 2 * hour)]
    >>> def said(*mails):
    ...     found = told(given, [SaidDay(day, noon + n * hour, noon + (n + 1) * hour) for day, n in mails])
    ...     return {pk: at.hour for pk, at in found.items()}
    >>> said((day, 0)), said((day, 1), (later, 1)), said((day, 2), (day, 3)), said((later, 0), (None, 3))
    ({1: 13}, {1: 14, 2: 14}, {3: 15}, {})
    """
    found = {each.pk: each.at for each in promises if each.before}
    for day, written_at, sent_at in heard:
        made = [each.pk for each in promises if each.promised_date == day and each.at <= written_at]
        if made:
            found[made[-1]] = min(sent_at, found.get(made[-1], sent_at))
    return found


def mark(line_ids: Collection[int]) -> None:
    """Write which promises of these lines were told, as far as it is not what stands there: five statements at most."""
    heard = _heard(line_ids)
    promises: dict[int, list[MadePromise]] = defaultdict(list)
    stands: dict[int, tuple[date | None, bool]] = {}
    for pk, day, made_at, told_at, reason, line_id, *believes in _promises(line_ids):
        promises[line_id].append(MadePromise(pk, day, made_at, told_at, before=reason == Promise.TOLD_BEFORE))
        stands[line_id] = (believes[0], believes[1])
    moments: list[tuple[int, datetime | None]] = []
    days: list[tuple[int, date | None, bool]] = []
    for line_id, given in promises.items():
        now = told(given, heard[line_id])
        moments += [(each.pk, now.get(each.pk)) for each in given if now.get(each.pk) != each.told_at]
        newest = next((each for each in reversed(given) if each.pk in now), None)
        told_day = (newest.promised_date, True) if newest else (None, False)
        if told_day != stands[line_id]:
            days.append((line_id, *told_day))
    table, lines = Promise._meta.db_table, OrderLine._meta.db_table
    of_lines = {"id": "bigint", "day": "date", "has": "boolean"}
    believed = "told_date = staged.day, has_told_date = staged.has"
    with bulk.together():
        bulk.update(
            table, {"id": "bigint", "at": "timestamptz"}, moments, "told_at = staged.at", "target.id = staged.id"
        )
        bulk.update(lines, of_lines, days, believed, "target.id = staged.id")


def _heard(line_ids: Collection[int]) -> dict[int, list[SaidDay]]:
    """
    Read the days that mails have given for these lines.

    One about what left an order says how the rest stands, or is silent about it: no day in it is no word.
    """
    found: dict[int, list[SaidDay]] = defaultdict(list)
    for line_id, kind, waiting, day, promised, is_superseded, state, written_at, sent_at in _said(line_ids):
        if state != NoticeState.SENT or (waiting is None and is_superseded):
            continue  # it was in no mail
        said = day if waiting is not None else promised
        if written_at and sent_at and (said or kind not in EVENTS):
            found[line_id].append(SaidDay(said, written_at, sent_at))
    for line_id, day, at in _agreed(line_ids):
        found[line_id].append(SaidDay(day, at, at))
    return found


@FixedQuery
def _promises(line_ids: Collection[int]) -> QuerySet[Promise, tuple[Any, ...]]:
    columns = ("pk", "promised_date", "at", "told_at", "reason", "line_id", "line__told_date", "line__has_told_date")
    return Promise.objects.filter(line__in=bulk.among(line_ids)).order_by("pk").values_list(*columns)


@FixedQuery
def _said(line_ids: Collection[int]) -> QuerySet[NoticeLine, tuple[Any, ...]]:
    """All facts of these lines: asked for the sent ones, a database that has no counts begins with all ever sent."""
    facts = NoticeLine.objects.filter(line__in=bulk.among(line_ids)).exclude(kind__in=APART).order_by("pk")
    columns = ("line_id", "kind", "told_waiting", "told_date", "promised_date", "is_superseded")
    return facts.values_list(*columns, "notice__state", "notice__intent_at", "notice__sent_at")


@FixedQuery
def _agreed(line_ids: Collection[int]) -> QuerySet[Consent, tuple[Any, ...]]:
    agreed = Consent.objects.filter(line__in=bulk.among(line_ids))
    return agreed.order_by("pk").values_list("line_id", "until_date", "at")

"""
The e-mail outbox: what customers are owed to hear. Queue, supersede, send again; sending itself is ``orders.outbox``.

A notice is written in the transaction that made it true, and the clock sends it later. One fact, one mail: a
fact is unique by line, kind and event. The only writer of ``Notice`` and ``NoticeLine``, with ``orders.facts`` (their
rows) and ``orders.outbox``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Substr

from inventory import bulk

from .arrivals import moves_materially
from .facts import Fact, Key, open_with, opened, record
from .letters import preview
from .models import Notice, NoticeKind, NoticeLine, NoticeState
from .outbox import send_due

__all__ = ["AFTER", "Fact", "NotResendable", "open_with", "preview", "queue", "resend", "send_due", "supersede"]

DATE_NEWS = (NoticeKind.BACKORDERED, NoticeKind.NEW_DATE)
OVERTAKES: dict[str, tuple[str, ...]] = {
    NoticeKind.BACKORDERED: DATE_NEWS,
    NoticeKind.NEW_DATE: DATE_NEWS,
    NoticeKind.RESTOCKED: DATE_NEWS,
    NoticeKind.SHIPPED: (*DATE_NEWS, NoticeKind.RESTOCKED),
    NoticeKind.CANCELED: (*DATE_NEWS, NoticeKind.RESTOCKED),
    NoticeKind.SUBSTITUTED: (*DATE_NEWS, NoticeKind.RESTOCKED),
}
"""What is no news any more, once this is."""

RANK = {kind: rank for rank, kind in enumerate(OVERTAKES)}
"""Of several facts about one line in one call, the later kind is the newer news."""

PAIRS = {"line_id": "bigint", "kind": "text"}


AFTER = "+"
"""What follows from a cause in the same run has it before this, as in "inbound:7:3+1": another event, the same mail."""


class NotResendable(Exception):
    """Only a notice that could not be delivered, or is in doubt, can be sent again."""


@transaction.atomic
def queue(facts: Sequence[Fact], *, cause: str, at: datetime) -> int:
    """
    Write what these customers are owed to hear: one notice per customer and kind, however many lines it is about.

    A fact that was queued before, from the same cause, is told once. Older facts that these overtake are
    superseded. A date that came back to what the customer was last told is no news: what was queued in between is
    taken back. Set-based: the number of statements does not grow with the facts; no product or order is locked.

    :returns: facts that are new
    """
    fresh = _unrecorded(_without_flaps(facts), cause)
    if not fresh:
        return 0
    newest = NoticeLine.objects.aggregate(pk=Max("pk", default=0))["pk"]
    notice_ids = opened({(fact.customer_id, fact.kind) for fact in fresh}, cause.partition(AFTER)[0], at)
    latest = {fact.line_id: fact.kind for fact in fresh}
    is_old = [fact.kind in OVERTAKES[latest[fact.line_id]] and fact.kind != latest[fact.line_id] for fact in fresh]
    record(fresh, notice_ids, is_old, cause)
    _cool_down([fact for fact in fresh if fact.kind == latest[fact.line_id] == NoticeKind.NEW_DATE], notice_ids, at)
    touched = _supersede(((line, old) for line, kind in latest.items() for old in OVERTAKES[kind]), before=newest)
    touched.extend(notice_ids[fact.customer_id, fact.kind] for fact, old in zip(fresh, is_old, strict=True) if old)
    _retire(touched)
    return len(fresh)


@transaction.atomic
def supersede(line_ids: Iterable[int], kinds: Collection[NoticeKind]) -> int:
    """
    Take back queued facts of these lines, since they are no news any more: a date that came back to what was told.

    :returns: facts taken back
    """
    touched = _supersede(product(line_ids, kinds))
    _retire(touched)
    return len(touched)


@transaction.atomic
def resend(notice_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Queue notices again that could not be delivered or are in doubt; the notice keeps who asked, and what was before.

    It is written anew, to the customer's address of today. What newer news has overtaken is superseded in its place.

    :returns: notices that will be sent again
    :raises NotResendable: if one of them is in another state; nothing is written then
    """
    chosen = Notice.objects.filter(pk__in=set(notice_ids))
    who = f"Sent again by {by.get_username() if by else 'the system'}, {at:%Y-%m-%d %H:%M} UTC. Before: "
    queued = chosen.filter(state__in=(NoticeState.DEAD, NoticeState.IN_DOUBT)).update(
        state=NoticeState.QUEUED,
        due_at=at,
        attempts=0,
        claim="",
        claimed_until=None,
        intent_at=None,
        error=Substr(Concat(Value(who), F("error")), 1, 500),
    )
    if queued != len(set(notice_ids)):
        raise NotResendable("Only notices that could not be delivered, or are in doubt, can be sent again.")
    return queued - _retire(notice_ids)


def _without_flaps(facts: Sequence[Fact]) -> list[Fact]:
    """Leave out new dates that are, within the threshold, what the last mail of their line said."""
    moved = [fact.line_id for fact in facts if fact.kind == NoticeKind.NEW_DATE]
    if not moved:
        return list(facts)
    source, params = bulk.staged({"id": "bigint"}, [(pk,) for pk in moved])
    told = NoticeLine.objects.filter(
        line__in=RawSQL(f"SELECT id FROM {source}", params),
        kind__in=DATE_NEWS,
        notice__state=NoticeState.SENT,
    )
    last = dict(told.order_by("pk").values_list("line_id", "promised_date"))
    threshold = settings.MATERIAL_DELAY_DAYS
    flapped = {
        fact.line_id
        for fact in facts
        if fact.kind == NoticeKind.NEW_DATE
        and fact.line_id in last
        and not moves_materially(last[fact.line_id], fact.promised_date, threshold_days=threshold)
    }
    if flapped:
        supersede(flapped, [NoticeKind.NEW_DATE])
    return [fact for fact in facts if fact.kind != NoticeKind.NEW_DATE or fact.line_id not in flapped]


def _unrecorded(facts: Sequence[Fact], cause: str) -> list[Fact]:
    """Leave out what was told from this cause before; order the rest so that newer news comes later."""
    if not facts:
        return []
    source, params = bulk.staged(PAIRS, [(fact.line_id, fact.kind) for fact in facts])
    told = set(
        bulk.fetch(
            "SELECT told.line_id, told.kind FROM orders_noticeline AS told "
            f"JOIN {source} ON staged.line_id = told.line_id AND staged.kind = told.kind WHERE told.event = %s",
            [*params, cause],
        )
    )
    return sorted((fact for fact in facts if (fact.line_id, fact.kind) not in told), key=lambda fact: RANK[fact.kind])


def _supersede(pairs: Iterable[tuple[int, str]], before: int = 2**63 - 1) -> list[int]:
    """
    Supersede the facts of these lines and kinds that no mail has told for sure; give the notice of each.

    Dead letters and doubts are included, so that sending them again cannot tell old news. A fact may be
    overtaken while its mail is under way: that mail may arrive, but is not repeated.
    """
    source, params = bulk.staged(PAIRS, list(pairs))
    rows = bulk.fetch(
        f"UPDATE orders_noticeline AS target SET is_superseded = true FROM {source} "
        "WHERE target.line_id = staged.line_id AND target.kind = staged.kind "
        "AND target.id <= %s AND NOT target.is_superseded AND EXISTS "
        "(SELECT 1 FROM orders_notice AS notice WHERE notice.id = target.notice_id AND notice.state <> 'sent') "
        "RETURNING notice_id",
        [*params, before],
    )
    return [notice_id for (notice_id,) in rows]


def _retire(notice_ids: Collection[int]) -> int:
    """Supersede those of these queued notices that have nothing left to tell."""
    if not notice_ids:
        return 0
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    empty = Notice.objects.filter(~Exists(alive), pk__in=_staged(notice_ids), state=NoticeState.QUEUED)
    return empty.update(state=NoticeState.SUPERSEDED)


def _cool_down(news: Sequence[Fact], notice_ids: Mapping[Key, int], at: datetime) -> None:
    """Let a new date wait until NOTICE_COOLDOWN_HOURS after the last one that any of its lines was told."""
    if not news:
        return
    pause = timedelta(hours=settings.NOTICE_COOLDOWN_HOURS)
    told = dict(
        NoticeLine.objects.filter(
            line_id__in=_staged(fact.line_id for fact in news),
            kind=NoticeKind.NEW_DATE,
            is_superseded=False,
            notice__intent_at__gt=at - pause,
            notice__state__in=(NoticeState.SENT, NoticeState.CLAIMED, NoticeState.IN_DOUBT),
        )
        .values_list("line_id")
        .annotate(Max("notice__intent_at"))
    )
    due: dict[int, datetime] = {}
    for fact in news:
        if fact.line_id in told:
            notice_id = notice_ids[fact.customer_id, fact.kind]
            due[notice_id] = max(due.get(notice_id, at), told[fact.line_id] + pause)
    bulk.update(
        "orders_notice",
        {"id": "bigint", "at": "timestamptz"},
        list(due.items()),
        "due_at = staged.at",
        "target.id = staged.id",
    )


def _staged(ids: Iterable[int]) -> RawSQL:
    """These primary keys as a subquery: one parameter, however many there are."""
    source, params = bulk.staged({"id": "bigint"}, [(pk,) for pk in ids])
    return RawSQL(f"SELECT id FROM {source}", params)

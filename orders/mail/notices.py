"""
The e-mail outbox: what customers are owed to hear. Queue, overtake, send again; sending itself is
``inventory.ground.post.sender``, which asks ``orders.mail.outbox``.

A notice is written in the transaction that made it true, and the clock sends it later. One fact, one mail: a
fact is unique by line, kind and event. The only writer of ``Notice`` and ``NoticeLine``, with ``orders.mail.facts``
(their rows) and the sender.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from inventory.ground.post.sender import send_due
from inventory.ground.sql import bulk
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, OrderLine, PageAct
from orders.models.kinds import APART, STATES

from . import told
from .facts import Fact, is_silent, open_with, opened, record, silence
from .letters import preview

__all__ = [
    "AFTER",
    "Fact",
    "NotResendable",
    "confirm",
    "is_silent",
    "open_with",
    "preview",
    "queue",
    "resend",
    "retire",
    "send_due",
    "silence",
    "take_back",
]

RANK = {kind: rank for rank, kind in enumerate(NoticeKind)}
"""Of several facts about one line in one call, the later kind is the newer news."""

RESENDABLE = (NoticeState.DEAD, NoticeState.BOUNCED, NoticeState.IN_DOUBT)
"""Not what its reader called spam: that one arrived."""

WAITING = (NoticeState.QUEUED, NoticeState.CALL)
"""Nobody has begun to tell it."""

AFTER = "+"
"""What follows from a cause in the same run has it before this, as in "inbound:7:3+1": another event, the same mail."""


AT_ONCE = 6
"""Mails of what a customer did within ``LATELY`` that leave at once; each after them waits for ``PAUSE``."""
LATELY, PAUSE = timedelta(days=1), timedelta(hours=1)


class NotResendable(Exception):
    """Only a notice that could not be delivered, came back or is in doubt can be sent again."""


@transaction.atomic
def queue(facts: Sequence[Fact], *, cause: str, at: datetime) -> int:
    """
    Write what these customers are owed to hear: one notice per customer and kind, however many lines it is about.

    A fact that was queued before, from the same cause, is told once. Older facts that these overtake are superseded,
    and what is left is told as what it is to a customer who never read those: a gain, a loss, a date, or nothing if
    the line stands again as they were last told. Set-based: the number of statements does not grow with the facts; no
    product or order is locked.

    :returns: facts that are new
    """
    fresh, recorded = _unrecorded(facts, cause)
    if not fresh:
        return 0
    latest = {fact.line_id: fact.kind for fact in fresh}
    taken = _supersede([line for line, kind in latest.items() if kind not in APART])
    news = [fact for fact in fresh if fact.kind == latest[fact.line_id]]
    news = _netted(news, {line for _, line in taken}, recorded, at)
    old = [fact for fact in fresh if fact.kind != latest[fact.line_id]]
    is_old = [fact.kind in STATES for fact in old] + [False] * len(news)
    new = [*old, *news]
    touched = [notice for notice, _ in taken]
    if new:
        notice_ids = opened({(fact.customer_id, fact.kind) for fact in new}, cause.partition(AFTER)[0], at)
        record(new, notice_ids, is_old, cause)
        touched += [notice_ids[fact.customer_id, fact.kind] for fact, gone in zip(new, is_old, strict=True) if gone]
    retire(touched)
    return len(new)


@transaction.atomic
def confirm(act: PageAct, *, at: datetime) -> None:
    """
    Write that a mail confirms to a customer what they did on the page of an order, if they have an address.

    What they do there before it has left goes in the same mail.
    """
    lines = OrderLine.objects.filter(order=act.order_id).exclude(order__customer__email="").order_by("position")
    line = lines.select_related("order").first()
    if line is None or is_silent():
        return
    kind = NoticeKind.NOTED
    own = Notice.objects.filter(customer=line.order.customer_id, kind=kind)
    waiting = own.filter(state=NoticeState.QUEUED, lines__order=act.order_id).order_by("pk").last()
    is_often = own.filter(created_at__gt=at - LATELY).count() >= AT_ONCE
    customer_id = line.order.customer_id
    notice_ids = opened([(customer_id, kind)], waiting.cause if waiting else act.event, at)
    if is_often:
        Notice.objects.filter(pk__in=notice_ids.values(), created_at=at).update(due_at=at + PAUSE)
    fact = Fact(line.pk, act.order_id, customer_id, kind, 0, 0, 0, None, None, None, detail=act.get_kind_display())
    record([fact], notice_ids, [False], act.event)


@transaction.atomic
def resend(notice_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Queue notices again that did not arrive or are in doubt; the notice keeps who asked, and what was before.

    It is written anew, to the customer's address of today. What newer news has overtaken is superseded in its place.

    :returns: notices that will be sent again
    :raises NotResendable: if one of them is in another state; nothing is written then
    """
    chosen = Notice.objects.filter(pk__in=set(notice_ids))
    who = f"Sent again by {by.get_username() if by else 'the system'}, {at:%Y-%m-%d %H:%M} UTC. Before: "
    queued = chosen.filter(state__in=RESENDABLE).update(
        state=NoticeState.QUEUED,
        due_at=at,
        attempts=0,
        claim="",
        claimed_until=None,
        intent_at=None,
        refused_at=None,
        provider_id="",
        error=Substr(Concat(Value(who), F("error")), 1, 500),
    )
    if queued != len(set(notice_ids)):
        raise NotResendable("Only notices that could not be delivered, came back or are in doubt can be sent again.")
    return queued - retire(notice_ids)


def _netted(
    facts: Sequence[Fact], overtaken: Collection[int], recorded: Collection[tuple[int, str]], at: datetime
) -> list[Fact]:
    """
    Tell how lines stand as what it is to their customers, who have not read what this overtakes.

    A new date is held against what they were told in any case: one that came back to it is no news.
    """
    asked = {
        fact.line_id
        for fact in facts
        if fact.kind == NoticeKind.NEW_DATE or (fact.kind in STATES and fact.line_id in overtaken)
    }
    said = told.of_lines(asked) if asked else {}
    today = timezone.localtime(at).date()
    found = (
        _net(fact, said.get(fact.line_id, ()), recorded, today) if fact.line_id in asked else fact for fact in facts
    )
    return [fact for fact in found if fact]


def _net(fact: Fact, said: Sequence[told.Said], recorded: Collection[tuple[int, str]], today: date) -> Fact | None:
    known = told.heard(said, fact.kind)
    if known is None:
        return _first(fact, said, recorded)
    is_news_anyway = fact.is_of_parts or told.is_news_anyway(fact)
    if not is_news_anyway and told.is_no_news(known, fact.waiting, fact.promised_date, today=today):
        return None
    if not known.is_sure or fact.is_of_parts:
        return fact
    kind = NoticeKind.LATE if told.is_news_anyway(fact) else NoticeKind.NEW_DATE
    if fact.waiting > known.waiting:
        kind = NoticeKind.LOST
    elif fact.waiting < known.waiting and fact.ready:
        kind = NoticeKind.RESTOCKED
    if kind == fact.kind or (fact.line_id, kind) in recorded:
        return fact
    units = abs(known.waiting - fact.waiting) or fact.waiting or fact.ready
    return fact._replace(kind=kind, units=units)


def _first(fact: Fact, said: Sequence[told.Said], recorded: Collection[tuple[int, str]]) -> Fact:
    """
    Tell a line that still waits, of which its customer has not heard, as what it is to them: their first word of it.

    Units that came meanwhile are good news in any case.
    """
    is_unheard = bool(said) and said[0].kind == NoticeKind.BACKORDERED
    is_wait = fact.waiting > 0 and fact.kind.declared.gain <= 0
    if not (is_unheard and is_wait) or (fact.line_id, NoticeKind.BACKORDERED) in recorded:
        return fact
    return fact._replace(kind=NoticeKind.BACKORDERED, units=fact.waiting)


def _unrecorded(facts: Sequence[Fact], cause: str) -> tuple[list[Fact], set[tuple[int, str]]]:
    """
    Leave out what was told from this cause before; order the rest so that newer news comes later.

    How a line stands is told under the kind that it is to its customer, so its numbers say whether it is the same.

    :returns: beside the facts, what of their lines was told from this cause, by line and kind
    """
    if not facts:
        return [], set()
    source, params = bulk.staged({"line_id": "bigint"}, [(fact.line_id,) for fact in facts])
    # COALESCE: all blocks of a night write under one event. PostgreSQL, which has not counted them yet, takes the event
    # for rare, and would hold each of its facts against each of these lines
    rows = bulk.fetch(
        "SELECT told.line_id, told.kind, told.ready, told.waiting, told.promised_date FROM orders_noticeline AS told "
        f"JOIN {source} ON staged.line_id = told.line_id WHERE COALESCE(told.event, '') = %s",
        [*params, cause],
    )
    recorded = {(line, kind) for line, kind, *_ in rows}
    stood = {(line, ready, waiting, str(day)) for line, kind, ready, waiting, day in rows if kind in STATES}
    fresh = [
        fact
        for fact in facts
        if (fact.line_id, fact.kind) not in recorded
        and (fact.kind not in STATES or (fact.line_id, fact.ready, fact.waiting, str(fact.promised_date)) not in stood)
    ]
    return sorted(fresh, key=lambda fact: RANK[fact.kind]), recorded


def _supersede(lines: Iterable[int]) -> list[tuple[int, int]]:
    """
    Supersede what no mail has told for sure of how these lines stand; give the notice and the line of each fact.

    Dead letters and doubts are included, so that sending them again cannot tell old news. A fact may be
    overtaken while its mail is under way: that mail may arrive, but is not repeated.
    """
    source, params = bulk.staged(bulk.IDS, [(line,) for line in lines])
    marks = ", ".join(["%s"] * len(STATES))
    # not EXISTS: PostgreSQL, which has not counted what the night writes, takes untold notices for few, and would hold
    # each of them against each of these lines
    rows = bulk.fetch(
        f"UPDATE orders_noticeline AS target SET is_superseded = true FROM {source} "
        f"WHERE target.line_id = staged.id AND target.kind IN ({marks}) "
        "AND NOT target.is_superseded "
        "AND (SELECT notice.state FROM orders_notice AS notice WHERE notice.id = target.notice_id) <> 'sent' "
        "RETURNING notice_id, line_id",
        [*params, *(kind.value for kind in STATES)],
    )
    return [(notice_id, line_id) for notice_id, line_id in rows]


def take_back(events: Mapping[int, str]) -> int:
    """
    Tell no more what these events gave to tell of these lines, as far as no mail has told it.

    :returns: facts that are not told
    """
    facts = NoticeLine.objects.filter(line__in=events, event__in=set(events.values()), is_superseded=False)
    untold = list(facts.exclude(notice__state=NoticeState.SENT).values_list("pk", "notice_id"))
    NoticeLine.objects.filter(pk__in=[pk for pk, _ in untold]).update(is_superseded=True)
    retire({notice_id for _, notice_id in untold})
    return len(untold)


def retire(notice_ids: Collection[int]) -> int:
    """Supersede those of these queued notices, and calls to make, that have nothing left to tell."""
    if not notice_ids:
        return 0
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    empty = Notice.objects.filter(~Exists(alive), pk__in=_staged(notice_ids), state__in=WAITING)
    return empty.update(state=NoticeState.SUPERSEDED)


def _staged(ids: Iterable[int]) -> RawSQL:
    """These primary keys as a subquery: one parameter, however many there are."""
    source, params = bulk.staged(bulk.IDS, [(pk,) for pk in ids])
    return RawSQL(f"SELECT id FROM {source}", params)

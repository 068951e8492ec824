"""
What customers have heard of their lines, and which facts are still news to them when a mail is about to leave.

A fact is written when it becomes true and told later. What its mail says is read anew then: the line as it stands
against what its customer heard last. Writes, of ``NoticeLine``, what was told, in which notice, and what was not
worth telling.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, F, Func, OuterRef, QuerySet, Subquery
from django.utils import timezone

from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, OrderLine
from orders.models.kinds import APART, CONFIRMATIONS, ENDS, EVENTS, EXPLAINED, LOSSES, STATES
from orders.rules import news
from orders.rules.parts import Portion, is_later
from orders.wording import parts, window

from . import causes, stand_ins, steps
from .said import LAST, Heard, Said, of_lines

__all__ = [
    "RELATED",
    "FreshFacts",
    "Heard",
    "Said",
    "as_of_now",
    "heard",
    "is_no_news",
    "is_past",
    "keep",
    "locked",
    "of_lines",
]

RELATED = stand_ins.RELATED


def heard(said: Sequence[Said], kind: str) -> Heard | None:
    """
    Say what the customer of a line believes, of whom all this was to be told, when news of this kind is about to go.

    A loss is held against what had left the order, not against what the mail about that could already say.
    None: they know nothing of it yet.
    """
    known = [each for each in said if each.may_be_known]
    if known:
        return _last(known).heard(as_it_was=kind in LOSSES)
    return said[0].before() if said else None


def is_no_news(known: Heard | None, waiting: int, promised_date: date | None, *, today: date) -> bool:
    """Whether a customer was told for sure, within the threshold, how a line stands; not by a day that has passed."""
    return known is not None and known.is_sure and known.waiting == waiting and _is_as_told(known, promised_date, today)


def is_as_told(known: Heard | None, line: OrderLine, coming: parts.PartsOf) -> bool:
    """Whether no unit of a line comes later, by more than the threshold, than in the parts its customer was told."""
    if known is None or not known.parts:
        return True
    now = coming.get(line.pk) or [Portion(known.waiting, None, day) for day in [line.promised_date] if day]
    return not now or not is_later(known.parts, now, settings.MATERIAL_DELAY_DAYS)


def is_news_anyway(fact: Any) -> bool:
    """Whether it says more than how the line stands: that it is late, and what was done about it."""
    return fact.kind == NoticeKind.LATE and fact.promised_date is None


def _is_as_told(said: Heard, now: date | None, today: date) -> bool:
    """Whether a day is as good as the one a customer knows: on the last day before that, no later one is."""
    known = said.promised_date
    if known is None or now is None or known == now:
        return known == now
    if known < today or (now > known and news.is_last_day(known, today, said.calendar)):
        return False
    return not news.is_beyond(min(known, now), max(known, now), settings.MATERIAL_DELAY_DAYS)


class FreshFacts(NamedTuple):
    """
    Facts that are news now, in the numbers of their lines as they stand, and those that are none any more.

    :ivar within: facts that are told within the numbers of another one
    """

    told: list[NoticeLine]
    dropped: list[NoticeLine]
    within: Sequence[NoticeLine] = ()


def as_of_now(
    facts: Sequence[NoticeLine], *, at: datetime, said: steps.Told | None = None, coming: parts.PartsOf | None = None
) -> FreshFacts:
    """
    Say what of these facts is news now, in the numbers of their lines as they stand.

    :param said: all facts of their lines, where they were read for many mails at once
    :param coming: the parts in which their lines come, where they were
    """
    apart = _still_asked([fact for fact in facts if fact.kind in APART])
    facts = [fact for fact in facts if fact.kind not in APART]
    if not facts:
        return apart
    said = of_lines({fact.line_id for fact in facts}) if said is None else said
    if any(fact.kind in ENDS or hasattr(fact.line, "addition") for fact in facts):
        asked, said = _in_one(facts, said)
    else:
        asked, said = FreshFacts(facts, []), _as_they_go(facts, said)
    gone = {fact.pk for fact in asked.dropped}
    if coming is None:
        waiting = [fact.line for fact in asked.told if fact.line.backordered]
        coming = parts.of_lines(waiting, at=at) if waiting else {}
    found = [(fact, _now(fact, said[fact.line_id], gone, coming, at)) for fact in asked.told]
    no_news = [fact for fact, now in found if now is None]
    fresh = [now for _, now in found if now]
    dropped = [*apart.dropped, *asked.dropped, *no_news]
    return FreshFacts([*apart.told, *fresh], dropped, asked.within and steps.as_told(asked.within, fresh))


def _in_one(facts: Sequence[NoticeLine], said: steps.Told) -> tuple[FreshFacts, steps.Told]:
    """
    Give what is to be told of these facts, some of units that come no more or of lines that were added: with what else
    their customer has to hear of the same units (``orders.mail.steps``), and of a replacement
    (``orders.mail.stand_ins``).
    """
    asked = stand_ins.whole(steps.gathered(facts, said))
    if unread := {fact.line_id for fact in asked.told} - said.keys():
        said = {**said, **of_lines(unread)}
    said = _as_they_go(asked.told, said)
    summed = steps.summed(asked.told, said)
    return FreshFacts(summed.told, asked.dropped, summed.within), said


def _as_they_go(facts: Sequence[NoticeLine], said: steps.Told) -> steps.Told:
    """Let what is told in another mail than the one it was written for stand in that one."""
    own = {fact.pk: fact.notice_id for fact in facts}
    moved = {
        each.line_id for line in said.values() for each in line if own.get(each.pk, each.notice_id) != each.notice_id
    }
    if not moved:
        return said
    gone = {
        line_id: [each._replace(notice_id=own.get(each.pk, each.notice_id)) for each in said[line_id]]
        for line_id in moved
    }
    return {**said, **gone}


def _still_asked(facts: Sequence[NoticeLine]) -> FreshFacts:
    """
    Say what is still to be asked: of an order that is stopped its open lines, of an offer a line that waits.

    What their customer did is confirmed whatever became of it.
    """
    found = [copy(fact) for fact in facts if _is_to_ask(fact)]
    for now in found:
        if now.kind in CONFIRMATIONS:
            continue
        now.ready, now.waiting = now.line.allocated, now.line.backordered
        now.likely_date = now.promised_date = None
    asked = {fact.pk for fact in found}
    return FreshFacts(found, [fact for fact in facts if fact.pk not in asked])


def _is_to_ask(fact: NoticeLine) -> bool:
    line = fact.line
    if fact.kind in CONFIRMATIONS:
        return True
    if fact.kind == NoticeKind.OFFERED:
        return bool(line.backordered and not line.is_stopped)
    return bool(line.is_stopped and line.open)


def _now(
    fact: NoticeLine, said: Sequence[Said], gone: Collection[int], coming: parts.PartsOf, at: datetime
) -> NoticeLine | None:
    line, now = fact.line, copy(fact)
    if now.open_before is None:
        now.open_before = fact.ready + fact.waiting + fact.units
    if fact.kind in EVENTS and not steps.is_last(fact, [each for each in said if each.pk not in gone]):
        now.is_rest_elsewhere = True
        now.promised_date = now.likely_date = None
        return now
    now.ready, now.waiting = line.allocated, line.backordered
    now.likely_date, now.promised_date = window.standing(line)
    now.parts = coming.get(line.pk, ())
    if fact.kind in EVENTS:
        if is_past(now, at=at):
            now.promised_date = now.likely_date = None
        return now
    if not NoticeKind(fact.kind).declared.about(now):
        return None
    if line.is_stopped:
        return None  # how it stands is told when the order goes on
    others = [each for each in said if each.notice_id != fact.notice_id]
    known = heard(others or said, fact.kind)
    today = timezone.localtime(at).date()
    is_told = is_no_news(known, now.waiting, now.promised_date, today=today) and is_as_told(known, line, coming)
    if is_told and not is_news_anyway(now):
        return None
    now.was_date, now.was_waiting = (known.promised_date, known.waiting) if known else (None, None)
    now.was_parts = known.parts if known else ()
    now.is_taken_back = _read_that_it_came(others)
    if fact.kind in EXPLAINED:
        now.causes = causes.standing(_unread(said, fact), now)
    return now


def _read_that_it_came(said: Sequence[Said]) -> bool:
    """Whether the last that a customer was told for sure of units that came, or wait, is that they came."""
    moved = [each for each in said if each.may_be_known and NoticeKind(each.kind).declared.gain]
    if not moved:
        return False
    last = _last(moved)
    return last.state == NoticeState.SENT and NoticeKind(last.kind).declared.gain > 0


def _last(known: Sequence[Said]) -> Said:
    return max(known, key=lambda each: (each.intent_at or LAST, each.pk))


def _unread(said: Sequence[Said], fact: NoticeLine) -> list[Said]:
    """Give what became true of how a line stands since its customer last heard of it, this fact included."""
    last = max((each.pk for each in said if each.may_be_known and each.notice_id != fact.notice_id), default=0)
    return [each for each in said if each.kind in STATES and each.pk > last]


def is_past(fact: NoticeLine, *, at: datetime) -> bool:
    """Whether it would tell a day that has passed: the night has not decided anew yet."""
    return fact.promised_date is not None and fact.promised_date < timezone.localtime(at).date()


def locked(notice_ids: Collection[int]) -> list[NoticeLine] | None:
    """Lock the facts of notices against who would overtake them, and read them; None if somebody does so just now."""
    facts = _free(notice_ids)
    count: int = facts[0].in_all if facts else NoticeLine.objects.filter(notice__in=notice_ids).count()
    return facts if len(facts) == count else None


@FixedQuery
def _free(notice_ids: Collection[int]) -> QuerySet[Any]:
    """Facts of notices that nobody else has locked, each with how many there are ``in_all``."""
    rows = NoticeLine.objects.filter(notice__in=notice_ids)
    in_all = rows.order_by().annotate(count=Func(F("pk"), function="COUNT")).values("count")
    free = rows.annotate(in_all=Subquery(in_all)).order_by("pk").select_related(*RELATED)
    return free.select_for_update(no_key=True, skip_locked=True, of=("self",))


def keep(facts: Sequence[NoticeLine], fresh: FreshFacts, *, stood: Mapping[int, int]) -> None:
    """
    Write down what the mail of these facts says, and that what else there was to tell with them is no news.

    What it says of other notices stands in its own from now on; one that is left with nothing to tell is overtaken.

    :param stood: in which other notices some of these facts stood, as far as that was read
    """
    told = [*fresh.told, *fresh.within]
    columns = {"id": "bigint", "notice": "bigint", "waiting": "integer", "promised": "date", "parts": "jsonb"}
    rows: list[tuple[Any, ...]] = [
        (fact.pk, fact.notice_id, fact.waiting, fact.promised_date, parts.kept(fact.parts) if fact.parts else None)
        for fact in told
    ]
    said = {fact.pk for fact in told}
    rest = {fact.pk for fact in (*facts, *fresh.dropped)} - said
    here = {fact.pk for fact in facts}
    others = {stood[pk] for pk in (said | rest) & stood.keys()}
    if unread := (said | rest) - here - stood.keys():
        others.update(NoticeLine.objects.filter(pk__in=unread).values_list("notice_id", flat=True))
    table = NoticeLine._meta.db_table
    names = {"notice_id": "notice", "told_waiting": "waiting", "told_date": "promised", "told_parts": "parts"}
    assignments = ", ".join(f"{column} = staged.{name}" for column, name in names.items())
    overtaken = "told_waiting = NULL, told_date = NULL, told_parts = NULL, is_superseded = true"
    with bulk.together():
        bulk.update(table, columns, rows, assignments, "target.id = staged.id")
        bulk.update(table, bulk.IDS, [(pk,) for pk in sorted(rest)], overtaken, "target.id = staged.id")
    if others and (empty := _empty(others)):
        bulk.update(
            Notice._meta.db_table, bulk.IDS, empty, f"state = '{NoticeState.SUPERSEDED}'", "target.id = staged.id"
        )


@FixedQuery
def _empty(notice_ids: Collection[int]) -> QuerySet[Notice, tuple[int]]:
    """Those of these notices that have nothing left to tell, locked; nobody who holds one is waited for."""
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    waiting = Notice.objects.filter(pk__in=notice_ids, state__in=(NoticeState.QUEUED, NoticeState.CALL))
    free = waiting.filter(~Exists(alive)).select_for_update(no_key=True, skip_locked=True)
    return free.order_by("pk").values_list("pk")

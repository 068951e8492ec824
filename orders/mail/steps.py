"""
What comes no more of one line, in several steps of which no mail has left: one statement, in their sum.

"3 are canceled" and "2 are canceled" in one minute would both end with what remains today, and neither would add up.
What was canceled or replaced one after the other is told by whichever mail leaves first. Where something else left the
order in between, each step stands for itself, and only the newest says how the rest stands. Reads; writes nothing.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import NamedTuple

from orders.models import NoticeKind, NoticeLine, NoticeState
from orders.models.kinds import ENDS, EVENTS

from . import stand_ins
from .said import Said

Told = Mapping[int, Sequence[Said]]
"""All facts of lines, by line."""

UNSENT = (NoticeState.QUEUED, NoticeState.CALL)


class Summed(NamedTuple):
    """Statements, and the facts that are told within them."""

    told: list[NoticeLine]
    within: list[NoticeLine]


def gathered(facts: Sequence[NoticeLine], said: Told) -> list[NoticeLine]:
    """Add, as facts of the same notices, the other steps of their lines of which no mail has left."""
    here = {(fact.notice_id, fact.pk) for fact in facts}
    wanted = {
        (fact.notice_id, step.pk)
        for fact in facts
        if _is_step(fact.kind, fact.detail)
        for step in _run(said[fact.line_id], fact.pk, fact.notice_id)
    }
    missing = wanted - here
    if not missing:
        return list(facts)
    rows = NoticeLine.objects.select_related("notice", *stand_ins.RELATED).in_bulk({pk for _, pk in missing})
    more = []
    for notice_id, pk in sorted(missing):
        if pk in rows:
            more.append(copy(rows[pk]))
            more[-1].notice_id = notice_id
    return sorted((*facts, *more), key=lambda fact: (fact.notice_id, fact.pk))


def _run(said: Sequence[Said], pk: int, notice_id: int) -> list[Said]:
    """The steps around this one, as far as nothing else became of the line between them that is told elsewhere."""
    events = [each for each in said if each.kind in EVENTS and not each.is_gone]
    place = next((place for place, each in enumerate(events) if each.pk == pk), None)
    if place is None:
        return []
    first, last = place, place + 1
    while first and _is_open(events[first - 1], notice_id):
        first -= 1
    while last < len(events) and _is_open(events[last], notice_id):
        last += 1
    return events[first:last]


def _is_open(step: Said, notice_id: int) -> bool:
    """Whether it is a step that this notice may tell: it stands in it, or in one that has not begun to leave."""
    if step.is_superseded or not _is_step(step.kind, step.detail):
        return False
    is_unsent = step.state in UNSENT or (step.state == NoticeState.CLAIMED and step.intent_at is None)
    return step.notice_id == notice_id or is_unsent


def _is_step(kind: str, detail: str) -> bool:
    """Whether units of a line come no more; that a line joined its order to replace another carries no reason."""
    return kind == NoticeKind.CANCELED or (kind == NoticeKind.SUBSTITUTED and bool(detail))


def summed(facts: Sequence[NoticeLine], said: Told) -> Summed:
    """Make one statement of the steps of a line that follow each other; the other facts stay as they are."""
    told: list[NoticeLine] = []
    within: list[NoticeLine] = []
    at: dict[tuple[int, int], int] = {}
    for fact in sorted(facts, key=lambda each: each.pk):
        if fact.kind not in ENDS or fact.instead_of:
            told.append(fact)
            continue
        place = at.get((fact.notice_id, fact.line_id))
        if place is None or not _follows(told[place], fact, said.get(fact.line_id, ())):
            at[fact.notice_id, fact.line_id] = len(told)
            told.append(fact)
        else:
            within.append(told[place])
            told[place] = _sum(told[place], fact)
    order = {fact.pk: place for place, fact in enumerate(facts)}
    return Summed(sorted(told, key=lambda fact: order[fact.pk]), within)


def _follows(first: NoticeLine, then: NoticeLine, said: Sequence[Said]) -> bool:
    between = (each for each in said if first.pk < each.pk < then.pk and each.kind in EVENTS)
    return all(each.is_gone for each in between)


def _sum(first: NoticeLine, then: NoticeLine) -> NoticeLine:
    """Tell both as the later one: of what was open before the first."""
    both = copy(then)
    parts = (first, then)
    gone = sum(_gone(fact) for fact in parts)
    replaced = sum(fact.units for fact in parts if fact.kind == NoticeKind.SUBSTITUTED)
    both.kind = NoticeKind.SUBSTITUTED if replaced else NoticeKind.CANCELED
    both.units, both.canceled = (replaced, gone - replaced) if replaced else (gone, 0)
    both.open_before = _before(then) + _gone(first)
    both.reasons = tuple(dict.fromkeys(reason for fact in parts for reason in fact.reasons or (fact.detail,) if reason))
    return both


def _gone(fact: NoticeLine) -> int:
    return fact.units + fact.canceled


def _before(fact: NoticeLine) -> int:
    """Units that were open before this step."""
    return fact.ready + fact.waiting + fact.units if fact.open_before is None else fact.open_before


def as_told(within: Sequence[NoticeLine], told: Sequence[NoticeLine]) -> list[NoticeLine]:
    """Give what is told within a sum the numbers of that sum."""
    found = []
    for fact in within:
        own = (each for each in told if (each.notice_id, each.line_id) == (fact.notice_id, fact.line_id))
        whole = min((each for each in own if each.pk > fact.pk), key=lambda each: each.pk)
        found.append(copy(fact))
        found[-1].waiting, found[-1].promised_date = whole.waiting, whole.promised_date
        found[-1].parts = whole.parts
    return found


def is_last(fact: NoticeLine, said: Sequence[Said]) -> bool:
    """Whether nothing left this line since of which a mail tells how the rest stands."""
    return not any(each.pk > fact.pk and each.tells_the_rest for each in said)

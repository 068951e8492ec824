"""
The date we stand by, as it is computed (``orders.allocation.dating``): what a line before and after means to its
customer.

Every promise is kept; a material change is told once; a day that passes is no news. Dates that a person types are
``orders.promising.by_hand``.
"""

from datetime import date, datetime
from enum import Enum
from operator import attrgetter

from django.conf import settings

from orders.mail.notices import Fact
from orders.models import Basis, EventKind, NoticeKind
from orders.rules import news, overdue
from orders.rules.news import DateNews
from orders.wording import phrases, window

from . import chances
from .dating import day_of
from .late import LateSupply
from .reading import LineState
from .supply import Supplies
from .writing import Change, Given, News, history


def promised(line: LineState) -> tuple[LineState, Given]:
    """Stand by the computed date: the line with its new promise, and the promise itself."""
    learned = line.basis in (Basis.LEARNED, Basis.LEAD_TIME)
    promise = Given(
        line.line_id,
        line.likely_date,
        line.safe_date,
        line.basis,
        line.inbound_id,
        settings.PROMISE_QUANTILE if learned else None,
    )
    first = line.first_promised_date or line.safe_date
    return line.but(promised_date=line.safe_date, first_promised_date=first, is_promise_pinned=False), promise


def as_told(line: LineState) -> tuple[LineState, Given]:
    """Stand by what its customer was told, and was never taken back: the mail that would have done so has not gone."""
    return line.but(promised_date=line.told_date, is_promise_pinned=False), Given(
        line.line_id, line.likely_date, line.told_date, line.basis if line.told_date else Basis.NONE, line.inbound_id
    )


def undated(line: LineState) -> tuple[LineState, Given]:
    """Promise no day any more: what was promised by time alone was broken too often."""
    return line.but(promised_date=None, is_promise_pinned=False), Given(line.line_id, None, None, Basis.NONE)


def decide(before: LineState, after: LineState, supplies: Supplies, *, by_time: bool = False, at: datetime) -> Change:
    """
    Say what a change of cover or date means to the customer: nothing, a new date, restocked, lost.

    A stopped line has no news of its date, and what it loses stands in its history alone.
    A typed date stands until it is released or passes. When a computed date is news says ``orders.rules.news``.

    :param by_time: nobody did or said anything, a day went by: then the customer is promised another day at most
        ``overdue.MOST_REDATED`` times, and none after that until something happens to the line: what nobody has
        confirmed is late then, and asked for
    """
    if after.is_stopped:
        lost = before.allocated - after.allocated
        return Change(before, _weighed(after, supplies, at), (_lost(after, lost),) if lost > 0 else ())
    after = after.but(redated=before.redated if by_time or _rests_alike(before, after) else 0)
    late = _late(after, supplies, at)
    if after.word_by and not late:
        after = after.but(word_by=None)
    moves = _moved(before, after, supplies, by_time=by_time, at=at)
    if late and moves != Moves.BACK:
        moves = Moves.LATE if late.is_told_of(after) else Moves.NOT
    elif moves == Moves.ON:
        # one that nobody heard of was not one of the days that a customer was given
        if by_time and before.promised_date and not before.is_unheard:
            after = after.but(redated=after.redated + 1)
        late = _late(after, supplies, at)
        moves = Moves.LATE if late else Moves.ON
    detail = late.words(after) if late and moves == Moves.LATE else ""
    after, promise = _stood_by(before, after, moves, late, by_time=by_time)
    after = _weighed(after, supplies, at)
    told = [News(promise=promise)] if promise else []
    gained = after.allocated - before.allocated if after.claims != before.claims else 0
    if gained > 0:
        told.append(News(fact=fact(before, after, NoticeKind.RESTOCKED, gained)))
        told.append(history(after, EventKind.ALLOCATED, f"{gained} here, {after.backordered} waiting", gained))
    elif gained < 0:
        told.append(News(fact=fact(before, after, NoticeKind.LOST, -gained)))
        told.append(_lost(after, -gained))
    else:
        told += _news_of_date(before, after, moves, detail)
    return Change(before, after, tuple(told))


def _late(line: LineState, supplies: Supplies, at: datetime) -> LateSupply | None:
    """What is late of all that covers this line: nothing, where nothing is on its way."""
    return LateSupply.of(line, supplies, at=at) if line.pegged else None


def _stood_by(
    before: LineState, after: LineState, moves: "Moves", late: LateSupply | None, *, by_time: bool
) -> tuple[LineState, Given | None]:
    """Give the line with the promise that it has now, and that promise where it is another one."""
    again = by_time and before.promised_date
    match moves:
        case Moves.NOT:
            return after, None
        case Moves.LATE if after.promised_date is None:
            return after.but(word_by=None), None
        case Moves.LATE:
            return undated(after.but(word_by=late and late.word_by))
        case Moves.BACK:
            return as_told(after.but(redated=max(0, after.redated - 1) if again else after.redated))
    return promised(after) if after.redated <= overdue.MOST_REDATED else undated(after)


def _news_of_date(before: LineState, after: LineState, moves: "Moves", detail: str) -> list[News]:
    """Say what its customer hears of another promise of a line whose units are where they were."""
    if moves == Moves.NOT:
        return []
    was, now = before.promised_date or "no date", after.promised_date or "no date"
    if moves == Moves.LATE:
        told = [News(fact=fact(before, after, NoticeKind.LATE, after.backordered, detail=detail))]
        return [*told, history(after, EventKind.DATE, f"{was} → {now}, late. {detail}"[:300])]
    kept = history(after, EventKind.DATE, f"{was} → {now}, {Basis(after.basis).label}")
    if not after.backordered and _is_earlier(before, after):
        return [kept]
    return [News(fact=fact(before, after, NoticeKind.NEW_DATE, after.backordered or after.open)), kept]


def _weighed(line: LineState, supplies: Supplies, at: datetime) -> LineState:
    chance, is_at_risk = chances.stored(line, supplies, at=at)
    return line.but(chance=chance, is_at_risk=is_at_risk)


def _lost(after: LineState, units: int) -> News:
    return history(after, EventKind.LOST, f"{phrases.units(units)} lost, {after.backordered} waiting", -units)


def _rests_alike(before: LineState, after: LineState) -> bool:
    return _REST(before) == _REST(after)


_REST = attrgetter("claims", "likely_date", "safe_date", "basis")


class Moves(Enum):
    """To which day the promise of a line moves."""

    NOT = "it stands"
    ON = "to the computed one"
    BACK = "to the one that its customer was told last"
    LATE = "to none: it is late, and its sender was asked"


def _moved(before: LineState, line: LineState, supplies: Supplies, *, by_time: bool, at: datetime) -> Moves:
    """
    Say whether the day we stand by is another one now than the one promised.

    While the mail of a promise has not gone, its customer believes the one told before: beside that one it is news.
    """
    today = day_of(at)
    if not line.open:
        return Moves.NOT
    is_past = bool(line.promised_date and line.promised_date < today)
    if not is_past and ((line.is_promise_pinned and line.promised_date) or line.redated > overdue.MOST_REDATED):
        return Moves.NOT

    standing = _standing(before, line, supplies, by_time=by_time, at=at)
    if line.is_unheard and news.of(_as_heard(standing, line, supplies, at=at), today) == DateNews.NOTHING:
        return Moves.BACK
    if line.promised_date == line.safe_date and not is_past:
        return Moves.NOT
    return Moves.NOT if news.of(standing, today) == DateNews.NOTHING else Moves.ON


def _as_heard(standing: news.DateStanding, line: LineState, supplies: Supplies, *, at: datetime) -> news.DateStanding:
    """How the promise stands that its customer was told last; an earlier one was certain when it was made."""
    was, now = line.told_date, line.promised_date
    chance = chances.to_break(line.but(promised_date=was), supplies, at=at)
    return standing._replace(
        promised=was, chance=chance, is_certain=standing.is_certain or bool(was and now and now < was)
    )


def _standing(
    before: LineState, line: LineState, supplies: Supplies, *, by_time: bool, at: datetime
) -> news.DateStanding:
    """How the promise of a line stands beside its computed date."""
    return news.DateStanding(
        line.promised_date,
        line.safe_date,
        settings.MATERIAL_DELAY_DAYS,
        chance=chances.to_break(line, supplies, at=at),
        is_certain=not _is_only_computed(before, line, supplies, by_time=by_time),
        calendar=supplies.places[line.warehouse_id].calendar,
    )


def _is_only_computed(before: LineState, line: LineState, supplies: Supplies, *, by_time: bool) -> bool:
    """
    Whether an earlier day has no reason but that it is computed so, now or since a while.

    Earlier is news when units are here or their sender says so, not when others' deliveries, or another way to
    reckon, make a better date of the same word; nor at the next event that has nothing to do with it, nor when it is
    that of a delivery of which nobody has said a day. What its customer wanted otherwise until now is no such day.
    """
    if before.is_promise_pinned and not line.is_promise_pinned:
        return False
    road = supplies.roads.get(line.inbound_id or 0)
    if road and road.said.expected is None and before.basis not in (Basis.WANTED, Basis.COMPLETE):
        return True
    return by_time or (
        before.safe_date is not None and line.safe_date is not None and line.safe_date >= before.safe_date
    )


def _is_earlier(before: LineState, after: LineState) -> bool:
    """Whether it ships before the day it was promised: of units set aside, the line that comes last tells it."""
    return bool(before.promised_date and after.promised_date and after.promised_date < before.promised_date)


def fact(
    before: LineState,
    after: LineState,
    kind: NoticeKind,
    units: int,
    *,
    detail: str = "",
    arrives_by: date | None = None,
) -> Fact:
    """What a customer is told of a change: its numbers, and the window; a typed date is a window of one day."""
    likely_date, promised_date = window.standing(after)
    return Fact(
        line_id=after.line_id,
        order_id=after.order_id,
        customer_id=after.customer_id,
        kind=kind,
        units=units,
        ready=after.allocated,
        waiting=after.backordered,
        was_date=before.promised_date,
        likely_date=likely_date,
        promised_date=promised_date,
        detail=detail[:300],
        arrives_by=arrives_by,
    )


def told_when_placed(line: LineState) -> tuple[LineState, Given, Fact | None]:
    """Give a line that was just placed its first promise, and the mail it owes if something waits."""
    after, promise = promised(line)
    news = fact(line, after, NoticeKind.BACKORDERED, after.backordered) if after.backordered else None
    return after, promise, news

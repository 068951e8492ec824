"""
The date we stand by, as it is computed (``orders.allocation.dating``): what a line before and after means to its
customer.

Every promise is kept; a material change is told once; a day that passes is no news. Dates that a person types are
``orders.promising.by_hand``.
"""

from collections.abc import Callable
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.conf import settings

from orders.mail.notices import Fact
from orders.models import Basis, EventKind, NoticeKind
from orders.rules.arrivals import moves_materially
from orders.wording import phrases, window

from .dating import dated, day_of
from .reading import LineState
from .supply import Supplies
from .writing import Change, Given, News, history

MOST_REDATED = 2
"""How often a customer is promised another day while nobody does or says anything."""


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


def undated(line: LineState) -> tuple[LineState, Given]:
    """Promise no day any more: what was promised by time alone was broken too often."""
    return line.but(promised_date=None, is_promise_pinned=False), Given(line.line_id, None, None, Basis.NONE)


def decide(before: LineState, after: LineState, *, by_time: bool = False, at: datetime) -> Change:
    """
    Say what a change of cover or date means to the customer: nothing, a new date, restocked, lost.

    A stopped line has no news of its date, and what it loses stands in its history alone.
    A typed date stands until it is released or passes. Later or earlier by no more than the threshold
    (``MATERIAL_DELAY_DAYS``) is no news, but a day that has passed is.

    :param by_time: nobody did or said anything, a day went by: then the customer is promised another day at most
        ``MOST_REDATED`` times, and none after that until something happens to the line
    """
    if after.is_stopped:
        lost = before.allocated - after.allocated
        return Change(before, after, (_lost(after, lost),) if lost > 0 else ())
    after = after.but(redated=before.redated if by_time or _rests_alike(before, after) else 0)
    moved = _is_moved(before, after, by_time, day_of(at))
    if moved and by_time and before.promised_date:
        after = after.but(redated=after.redated + 1)
    news: list[News] = []
    if moved:
        after, promise = promised(after) if after.redated <= MOST_REDATED else undated(after)
        news.append(News(promise=promise))
    gained = after.allocated - before.allocated if after.claims != before.claims else 0
    if gained > 0:
        news.append(News(fact=fact(before, after, NoticeKind.RESTOCKED, gained)))
        news.append(history(after, EventKind.ALLOCATED, f"{gained} here, {after.backordered} waiting", gained))
    elif gained < 0:
        news.append(News(fact=fact(before, after, NoticeKind.LOST, -gained)))
        news.append(_lost(after, -gained))
    elif moved:
        if after.backordered or not _is_earlier(before, after):
            news.append(News(fact=fact(before, after, NoticeKind.NEW_DATE, after.backordered or after.open)))
        was, now = before.promised_date or "no date", after.promised_date or "no date"
        news.append(history(after, EventKind.DATE, f"{was} → {now}, {Basis(after.basis).label}"))
    return Change(before, after, tuple(news))


def _lost(after: LineState, units: int) -> News:
    return history(after, EventKind.LOST, f"{phrases.units(units)} lost, {after.backordered} waiting", -units)


def _rests_alike(before: LineState, after: LineState) -> bool:
    return _REST(before) == _REST(after)


_REST = attrgetter("claims", "likely_date", "safe_date", "basis")


def _is_moved(before: LineState, line: LineState, by_time: bool, today: date) -> bool:
    """Whether the day we stand by is another one now than the one promised."""
    if line.promised_date and line.promised_date < today and line.open:
        return True
    if (line.is_promise_pinned and line.promised_date) or line.redated > MOST_REDATED:
        return False
    if by_time and _holds_more_likely_than_not(line):
        return False
    if _is_only_computed_earlier(before, line, by_time):
        return False
    threshold = settings.MATERIAL_DELAY_DAYS
    return moves_materially(line.promised_date, line.safe_date, threshold_days=threshold)


def _holds_more_likely_than_not(line: LineState) -> bool:
    """Whether what is on its way, and only grows late while it is open, is still likely here by the promised day."""
    is_unordered = line.basis == Basis.LEAD_TIME or (line.together is not None and line.together.is_unordered)
    if is_unordered or not (line.promised_date and line.safe_date and line.likely_date):
        return False
    return line.likely_date <= line.promised_date < line.safe_date


def _is_only_computed_earlier(before: LineState, line: LineState, by_time: bool) -> bool:
    """
    Whether it ships earlier than promised for no reason but that its date is computed so, now or since a while.

    Earlier is news when units are here or their sender says so, not when others' deliveries, or another way to
    reckon, make a better date of the same word; nor at the next event that has nothing to do with it.
    """
    if not (line.promised_date and line.safe_date and line.safe_date < line.promised_date):
        return False
    if before.is_promise_pinned and not line.is_promise_pinned:
        return False
    return by_time or (before.safe_date is not None and line.safe_date >= before.safe_date)


def _is_earlier(before: LineState, after: LineState) -> bool:
    """Whether it ships before the day it was promised: of units set aside, the line that comes last tells it."""
    return bool(before.promised_date and after.promised_date and after.promised_date < before.promised_date)


def standing(supplies: Supplies, *, by_time: bool = False, at: datetime) -> Callable[[LineState], bool]:
    """
    Give a function that says of a line, covered as before, whether its dates and its promise stand as well.

    Lines that are alike in all that a date rests on get the same answer: it is worked out once for each sort of line.
    One that waits for the rest of its order is like no other.
    """
    answers: dict[tuple[Any, ...], bool] = {}

    def stands(line: LineState) -> bool:
        if line.is_stopped:
            return True
        if line.together is not None:
            return False
        sort = (*_GROUNDS(line), line.backordered > 0, line.uncovered > 0, *line.claims)
        answer = answers.get(sort)
        if answer is None:
            decided = decide(line, dated(line, supplies, at=at), by_time=by_time, at=at)
            answer = answers[sort] = decided.after == line
        return answer

    return stands


_GROUNDS = attrgetter(
    "product_id", "warehouse_id", "basis", "likely_date", "safe_date", "promised_date", "is_promise_pinned", "redated"
)


def fact(before: LineState, after: LineState, kind: NoticeKind, units: int, *, detail: str = "") -> Fact:
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
    )


def told_when_placed(line: LineState) -> tuple[LineState, Given, Fact | None]:
    """Give a line that was just placed its first promise, and the mail it owes if something waits."""
    after, promise = promised(line)
    news = fact(line, after, NoticeKind.BACKORDERED, after.backordered) if after.backordered else None
    return after, promise, news

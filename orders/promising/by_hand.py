"""
Dates by hand: what customer service types, what an order brings along from elsewhere, and letting either go.

A typed date stands, pinned, until it is released or has passed. Writes through the door of ``orders.allocation``.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User

from inventory.ground import days
from orders import allocation
from orders.allocation.dating import dated, day_of
from orders.allocation.promises import decide, fact
from orders.allocation.reading import LineState
from orders.allocation.writing import Given, News, history
from orders.mail import stood_by
from orders.models import Basis, EventKind, NoticeKind, Promise

Said = tuple[LineState, *tuple[News, ...]]
"""A line as it is to be, and what that means to people."""
RELEASED = "release:"
"""What the cause of letting a typed date go begins with."""


class NotAPromise(Exception):
    """A date in the past or too far ahead, or a line that waits for nothing."""


def set_date(
    line_ids: Collection[int],
    promised_date: date,
    *,
    reason: str,
    tells_reason: bool = False,
    by: User | None,
    at: datetime,
) -> int:
    """
    Promise these lines a date by hand: it is pinned until released or past, and their customers are told.

    :param tells_reason: the mail gives the reason too
    :returns: lines whose date changed
    :raises NotAPromise: if the date is past or too far, or a line waits for nothing; nothing is written then
    """
    today = day_of(at)
    if objection := days.objection(promised_date, today=today, earliest=today):
        raise NotAPromise(objection)
    with allocation.locked(lines=line_ids, at=at) as queue:
        if not all(line.backordered for line in queue.lines.values()):
            raise NotAPromise("One of these lines waits for nothing: it needs no new date.")
        if any(line.is_stopped for line in queue.lines.values()):
            raise NotAPromise("One of these orders is stopped: it gets a date when it goes on.")
        detail = reason if tells_reason else ""
        moved = [line for line in queue.lines.values() if _would_change(line, promised_date)]
        for line in moved:
            queue.change(line, *_typed(line, promised_date, reason, detail))
        if moved:
            first = min(line.line_id for line in moved)
            cause = f"typed:{first}:{Promise.objects.filter(line_id=first).count() + 1}"
            queue.commit(cause=cause, by=by, replans=False)
    return len(moved)


def carry(dates: Mapping[int, date], *, by: User | None, at: datetime) -> None:
    """
    Let lines that were just placed begin with the day that their customers were told elsewhere: the first promise.

    It stands as a typed one does, until it is released or past; nobody is told again. A day that has passed is for the
    night, as any that passes is.
    """
    with allocation.locked(lines=dates, at=at) as queue:
        # what placing promised was said to nobody
        Promise.objects.filter(line__in=dates).delete()
        for line in queue.lines.values():
            queue.change(line, *_carried(line, dates[line.line_id]))
        queue.commit(cause="told", by=by, replans=False)
        stood_by.mark(list(dates))


def _carried(before: LineState, told: date) -> Said:
    after = before.but(promised_date=told, first_promised_date=told, is_promise_pinned=True, redated=0)
    promise = Given(after.line_id, None, told, Basis.TYPED, reason=Promise.TOLD_BEFORE)
    return after, News(promise=promise), history(after, EventKind.DATE, f"{told} was told before")


def _would_change(state: LineState, promised_date: date) -> bool:
    return (state.promised_date, state.is_promise_pinned) != (promised_date, True)


def _typed(before: LineState, promised_date: date, reason: str, detail: str) -> Said:
    first = before.first_promised_date or promised_date
    after = before.but(promised_date=promised_date, first_promised_date=first, is_promise_pinned=True, redated=0)
    promise = Given(after.line_id, None, promised_date, Basis.TYPED, reason=reason)
    text = f"{before.promised_date or 'no date'} → {promised_date}, typed: {reason}"
    told = None
    if before.promised_date != promised_date:
        told = fact(before, after, NoticeKind.NEW_DATE, after.backordered, detail=detail)
    return after, News(promise=promise), history(after, EventKind.DATE, text), News(fact=told)


def release(line_ids: Collection[int], *, reason: str = "", by: User | None, at: datetime) -> int:
    """
    Let the computed date stand again; the customer is told if it differs materially.

    :returns: lines that had a typed date
    """
    with allocation.locked(lines=line_ids, at=at) as queue:
        for line in queue.lines.values():
            if line.is_promise_pinned:
                computed = dated(replace(line, is_promise_pinned=False), queue.supplies, at=at)
                decided = decide(line, computed, queue.supplies, at=at)
                text = f"typed date {line.promised_date} let go{f': {reason}' if reason else ''}"
                queue.change(line, decided.after, history(line, EventKind.DATE, text[:300]), *decided.news)
        released = len(queue.changes)
        if released:
            cause = f"{RELEASED}{queue.changes[0].after.line_id}:{at:%y%m%d%H%M%S%f}"
            queue.commit(cause=cause, by=by, replans=False)
    return released

"""
Dates by hand: what customer service types, what an order brings along from elsewhere, and letting either go.

A typed date stands, pinned, until it is released or has passed. Writes through ``orders.allocation.writing``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from inventory.ground import days
from inventory.models import Product
from orders.allocation import reading, supply
from orders.allocation.dating import dated, day_of
from orders.allocation.promises import decide, fact
from orders.allocation.reading import LineState
from orders.allocation.supply import Supplies
from orders.allocation.writing import Change, Given, News, apply, history
from orders.models import Basis, EventKind, NoticeKind, OrderLine, Promise

RELEASED = "release:"
"""What the cause of letting a typed date go begins with."""


class NotAPromise(Exception):
    """A date in the past or too far ahead, or a line that waits for nothing."""


@transaction.atomic
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
    states, supplies = _locked(line_ids)
    for state in states:
        if not state.backordered:
            raise NotAPromise("One of these lines waits for nothing: it needs no new date.")
    detail = reason if tells_reason else ""
    changes = [_typed(state, promised_date, reason, detail) for state in states if _would_change(state, promised_date)]
    if changes:
        first = min(change.after.line_id for change in changes)
        cause = f"typed:{first}:{Promise.objects.filter(line_id=first).count() + 1}"
        apply(changes, supplies=supplies, cause=cause, by=by, at=at)
    return len(changes)


@transaction.atomic
def carry(dates: Mapping[int, date], *, by: User | None, at: datetime) -> None:
    """
    Let lines that were just placed begin with the day that their customers were told elsewhere: the first promise.

    It stands as a typed one does, until it is released or past; nobody is told again. A day that has passed is for the
    night, as any that passes is.
    """
    states, supplies = _locked(dates)
    # what placing promised was said to nobody
    Promise.objects.filter(line__in=dates).delete()
    apply([_carried(state, dates[state.line_id]) for state in states], supplies=supplies, cause="told", by=by, at=at)


def _carried(before: LineState, told: date) -> Change:
    after = before.but(promised_date=told, first_promised_date=told, is_promise_pinned=True, redated=0)
    promise = Given(after.line_id, None, told, Basis.TYPED, reason=Promise.TOLD_BEFORE)
    return Change(before, after, (News(promise=promise), history(after, EventKind.DATE, f"{told} was told before")))


def _would_change(state: LineState, promised_date: date) -> bool:
    return (state.promised_date, state.is_promise_pinned) != (promised_date, True)


def _typed(before: LineState, promised_date: date, reason: str, detail: str) -> Change:
    first = before.first_promised_date or promised_date
    after = before.but(promised_date=promised_date, first_promised_date=first, is_promise_pinned=True, redated=0)
    promise = Given(after.line_id, None, promised_date, Basis.TYPED, reason=reason)
    text = f"{before.promised_date or 'no date'} → {promised_date}, typed: {reason}"
    news = (News(promise=promise), history(after, EventKind.DATE, text))
    told = News(fact=fact(before, after, NoticeKind.NEW_DATE, after.backordered, detail=detail))
    return Change(before, after, (*news, told) if before.promised_date != promised_date else news)


@transaction.atomic
def release(line_ids: Collection[int], *, reason: str = "", by: User | None, at: datetime) -> int:
    """
    Let the computed date stand again; the customer is told if it differs materially.

    :returns: lines that had a typed date
    """
    states, supplies = _locked(line_ids)
    changes = []
    for state in states:
        if state.is_promise_pinned:
            free = dated(replace(state, is_promise_pinned=False), supplies, at=at)
            change = decide(state, free, at=at)
            text = f"typed date {state.promised_date} let go{f': {reason}' if reason else ''}"
            changes.append(replace(change, news=(history(state, EventKind.DATE, text[:300]), *change.news)))
    if changes:
        cause = f"{RELEASED}{changes[0].after.line_id}:{at:%y%m%d%H%M%S%f}"
        apply(changes, supplies=supplies, cause=cause, by=by, at=at)
    return len(changes)


def _locked(line_ids: Iterable[int]) -> tuple[list[LineState], Supplies]:
    wanted = set(line_ids)
    product_ids = set(OrderLine.objects.filter(pk__in=wanted).values_list("product_id", flat=True))
    Product.objects.lock(product_ids)
    lines = reading.lines(Q(pk__in=wanted))
    return lines, supply.read(product_ids, claimed=reading.claimed(lines))

"""Take units out of lines, and give what that frees to the next in the queue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders import allocation
from orders.allocation import dating, promises, writing
from orders.allocation.reading import LineState
from orders.allocation.supply import Key, Supplies
from orders.models import EventKind, NoticeKind, OrderLine
from orders.wording import phrases

from .lines import LineUnits, locked

BY_US, BY_CUSTOMER = "cancel-by-us:", "cancel:"
"""How the cause of a cancellation begins, by who wanted it: what we cancel is demand, however soon."""


class NothingToCancel(Exception):
    """More units than are open, or none."""


@transaction.atomic
def cancel(wanted: Sequence[LineUnits], *, reason: str, by: User | None, at: datetime, is_ours: bool = False) -> int:
    """
    Take units out of lines: those nobody sends first, then those on the latest inbound, then those on hand.

    What this frees goes to the next in the queue in the same transaction; the customer is told.

    :param is_ours: we cancel, and the customer did not ask to
    :returns: units canceled
    :raises NothingToCancel: if a line has fewer open units; nothing is written then
    """
    product_ids, lines, supplies = locked(wanted)
    changes = []
    for item in wanted:
        before = lines.get(item.line_id)
        units = item.units if item.units is not None else (before.open if before else 0)
        if before is None or not 1 <= units <= before.open:
            raise NothingToCancel(_not_open(item, before))
        change = less(before, units, supplies, at=at)
        news = _canceled_news(before, change.after, units, reason)
        changes.append(replace(change, news=(*change.news, *news)))
    cause = f"{BY_US if is_ours else BY_CUSTOMER}{changes[0].after.line_id}:{changes[0].after.canceled}"
    OrderLine.objects.filter(pk__in=lines).update(changed_at=at)
    writing.apply(changes, supplies=supplies, cause=cause, by=by, at=at)
    allocation.settle(product_ids, cause=cause, by=by, at=at)
    allocation.settle_companions(changes, cause=cause, by=by, at=at)
    return sum(change.after.canceled - change.before.canceled for change in changes if change.before)


def less(before: LineState, units: int, supplies: Supplies, *, at: datetime) -> writing.Change:
    """
    Take units out of a line: those nobody sends go first, then those on the latest inbound, then those on hand.

    What is left of it may come sooner: the promise that this moves is in the change, what is told is the caller's.
    """
    claims = _without(before, units, supplies)
    after = replace(before, open=before.open - units, canceled=before.canceled + units, claims=claims)
    dated = promises.decide(after, dating.dated(after, supplies, at=at), at=at)
    return writing.Change(before, dated.after, tuple(replace(news, fact=None) for news in dated.news))


def _not_open(item: LineUnits, line: LineState | None) -> str:
    if line is None or not line.open:
        return "Nothing of this line is open: it is shipped or canceled already."
    return f"{phrases.of_this_line(line.open, 'open')}, {item.units} cannot be canceled."


def _without(line: LineState, units: int, supplies: Supplies) -> dict[Key, int]:
    """The claims that stay when ``units`` go: uncovered ones go first, then the latest inbound, then the shelf."""
    claims = dict(line.claims)
    left = max(0, units - line.uncovered)
    dates = {key: supplies.roads[key[1]].likely_date if key[1] else None for key in claims}
    latest_first = sorted(
        claims, key=lambda key: (key[1] is not None, dates[key] is None, dates[key] or date.min, key), reverse=True
    )
    for key in latest_first:
        taken = min(left, claims[key])
        left -= taken
        claims[key] -= taken
    return {key: kept for key, kept in claims.items() if kept}


def _canceled_news(before: LineState, after: LineState, units: int, reason: str) -> tuple[writing.News, ...]:
    fact = promises.fact(before, after, NoticeKind.CANCELED, units, detail=reason)
    event = writing.HistoryEntry(after.line_id, EventKind.CANCELED, units, reason[:300])
    return (writing.News(event=event, fact=fact),)

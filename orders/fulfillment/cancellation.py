"""Take units out of lines, and give what that frees to the next in the queue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User

from inventory.supply.stock import UnitsPicked
from orders import allocation
from orders.allocation import dating, picking, promises, writing
from orders.allocation.reading import LineState
from orders.allocation.supply import Key, Supplies
from orders.models import EventKind, NoticeKind, RefundReason
from orders.refunds import owing
from orders.wording import phrases

from .lines import LineUnits, named

BY_US, BY_CUSTOMER, NEVER_PAID = "cancel-by-us:", "cancel:", "never-paid:"
"""How the cause of a cancellation begins, by who wanted it: what we cancel is demand, however soon."""


class NothingToCancel(Exception):
    """More units than are open, or none."""


def cancel(
    wanted: Sequence[LineUnits],
    *,
    reason: str,
    by: User | None,
    at: datetime,
    is_ours: bool = False,
    is_never_paid: bool = False,
) -> int:
    """
    Take units out of lines: those nobody sends first, then those on the latest inbound, then those on hand.

    What this frees goes to the next in the queue in the same transaction; the customer is told, and owed
    what they paid.

    :param is_ours: we cancel, and the customer did not ask to
    :param is_never_paid: the time to pay is over
    :returns: units canceled
    :raises NothingToCancel: if a line has fewer open units; nothing is written then
    :raises UnitsPicked: if what is to go is picked; nothing is written then
    """
    gone = []
    with allocation.locked(lines=named(wanted), at=at) as queue:
        for item in wanted:
            before, units = _units(item, queue.lines.get(item.line_id))
            after, news = less(before, units, queue.supplies, at=at)
            queue.change(before, after, *news, *_canceled_news(before, after, units, reason))
            gone.append(owing.Unserved(item.line_id, units))
        first = queue.changes[0].after
        cause = NEVER_PAID if is_never_paid else BY_US if is_ours else BY_CUSTOMER
        event = f"{cause}{first.line_id}:{first.canceled}"
        queue.commit(cause=event, by=by)
        owing.owe(gone, event=event, reason=RefundReason.BY_US if is_ours else RefundReason.CANCELED, at=at)
    return sum(each.units for each in gone)


def less(
    before: LineState, units: int, supplies: Supplies, *, at: datetime
) -> tuple[LineState, tuple[writing.News, ...]]:
    """
    Take units out of a line: those nobody sends go first, then those on the latest inbound, then those on hand.

    :raises UnitsPicked: if so many can only go if picked ones do
    :returns: the line with what is left of it, and the promise that moves since that may come sooner; what is told is
        the caller's
    """
    claims = _without(before, units, supplies)
    after = replace(before, open=before.open - units, canceled=before.canceled + units, claims=claims)
    if after.is_stopped:
        return after, ()
    dated = promises.decide(after, dating.dated(after, supplies, at=at), supplies, at=at)
    return dated.after, tuple(news._replace(fact=None) for news in dated.news)


def _units(item: LineUnits, line: LineState | None) -> tuple[LineState, int]:
    if line is None or not line.open:
        raise NothingToCancel("Nothing of this line is open: it is shipped or canceled already.")
    units = line.open if item.units is None else item.units
    if not 1 <= units <= line.open:
        raise NothingToCancel(f"{phrases.of_this_line(line.open, 'open')}, {units} cannot be canceled.")
    return line, units


def _without(line: LineState, units: int, supplies: Supplies) -> dict[Key, int]:
    """The claims that stay when ``units`` go: uncovered ones go first, then the latest inbound, then the shelf."""
    claims = dict(line.claims)
    left = max(0, units - line.uncovered)
    dates = {key: supplies.roads[key[1]].likely_date if key[1] else None for key in claims}
    latest_first = sorted(
        claims, key=lambda key: (key[1] is not None, dates[key] is None, dates[key] or date.min, key), reverse=True
    )
    for key in latest_first:
        taken = min(left, claims[key] - line.picks.get(key, 0))
        left -= taken
        claims[key] -= taken
    if left:
        raise UnitsPicked(picking.words(line.line_id))
    return {key: kept for key, kept in claims.items() if kept}


def _canceled_news(before: LineState, after: LineState, units: int, reason: str) -> tuple[writing.News, ...]:
    fact = promises.fact(before, after, NoticeKind.CANCELED, units, detail=reason)
    event = writing.HistoryEntry(after.line_id, EventKind.CANCELED, units, reason[:300])
    return (writing.News(event=event, fact=fact),)

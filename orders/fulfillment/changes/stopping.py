"""
Orders that staff stop, and let go on: all open lines of one at once.

The only writer of ``OrderStop``. A stopped line keeps its place and what is set aside for it, lets go of what is on its
way, and asks for nothing until the order goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from inventory.ground import days
from orders import allocation
from orders.allocation import dating, promises, reading
from orders.allocation.door import Queue
from orders.allocation.reading import LineState
from orders.mail import notices
from orders.models import NoticeKind, NoticeLine, Order, OrderEvent, OrderEventKind, OrderLine, OrderStop, StopReason
from orders.models.kinds import STATES

CAUSE, GOES_ON = "stop", "goes_on"
"""How the causes begin of what a stop, and its end, brought about."""


class NotToStop(Exception):
    """It is stopped or goes on already, nothing of it is open, or the stop has no reason or no possible end."""


@dataclass(frozen=True, slots=True)
class Stop:
    """
    Why an order stops.

    :ivar owner_id: who sees to it that it goes on
    :ivar until_date: the day it goes on by itself; None: a person lets it go on
    """

    reason: str
    owner_id: int
    note: str = ""
    until_date: date | None = None


def stop(order_id: int, wanted: Stop, *, by: User, at: datetime) -> OrderStop:
    """
    Stop an order: nothing of it ships, and it takes no units, until it goes on.

    What its lines had claimed of what is on its way goes to the next in their queues in the same transaction.

    :raises NotToStop: if it cannot be; nothing is written then
    """
    with _held(order_id, at) as (queue, order, standing):
        if not queue.lines:
            raise NotToStop(f"Nothing of {order} is open: it is shipped or canceled already.")
        if standing:
            raise NotToStop(f"{order} is stopped already: {standing.words}.")
        _refuse_nonsense(wanted, at)
        made = OrderStop.objects.create(
            order=order,
            reason=wanted.reason,
            note=wanted.note.strip(),
            owner_id=wanted.owner_id,
            until_date=wanted.until_date,
            by=by,
            at=at,
        )
        until = f", until {wanted.until_date}" if wanted.until_date else ""
        event = _tell_history(
            order, OrderEventKind.STOPPED, f"{made.words}{until}; {made.owner} looks after it", by, at
        )
        for line in queue.lines.values():
            queue.change(line, _stopped(line))
        queue.commit(cause=f"{CAUSE}:{order.pk}:{event.pk}", by=by)
    return made


def go_on(order_id: int, *, reason: str = "", by: User | None, at: datetime) -> None:
    """
    Let a stopped order go on: its lines are planned again, each at the place that it kept.

    Its customer is told what they have not heard yet, and what is another day now.

    :param by: None: its day has come
    :raises NotToStop: if it is not stopped; nothing is written then
    """
    with _held(order_id, at) as (queue, order, standing):
        if standing is None:
            raise NotToStop(f"{order} is not stopped.")
        standing.ended_by, standing.ended_at = by, at
        standing.save(update_fields=["ended_by", "ended_at"])
        why = reason.strip() or ("its day has come" if by is None else "")
        event = _tell_history(order, OrderEventKind.GOES_ON, why, by, at)
        line_ids = list(queue.lines)
        if not line_ids:
            return
        for line in queue.lines.values():
            queue.change(line, line.but(is_stopped=False))
        cause = f"{GOES_ON}:{order.pk}:{event.pk}"
        queue.commit(cause=cause, by=by, dates_all=True)
        _tell_unheard(line_ids, queue, cause=cause)


def go_on_due(*, at: datetime, order_done: Callable[[], None] | None = None) -> int:
    """
    Let the orders go on whose day has come; each in a transaction of its own.

    :param order_done: called after each order
    :returns: orders that go on
    """
    due = OrderStop.objects.filter(ended_at=None, until_date__lte=dating.day_of(at)).order_by("until_date", "pk")
    went_on = 0
    for order_id in list(due.values_list("order_id", flat=True)):
        with transaction.atomic():
            try:
                go_on(order_id, by=None, at=at)
            except NotToStop:
                continue  # a person was faster, or is at it: the next run sees
            went_on += 1
        if order_done:
            order_done()
    return went_on


@contextmanager
def _held(order_id: int, at: datetime) -> Iterator[tuple[Queue, Order, OrderStop | None]]:
    """Lock the products of all open lines of an order, then the order: no line joins it before this is over."""
    own = OrderLine.objects.open().filter(order=order_id).order_by("pk").values_list("pk", flat=True)
    with allocation.locked(lines=list(own), at=at) as queue:
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        if set(own.all()) != set(queue.lines):
            raise NotToStop(f"{order} was changed in this moment. Look at it once more.")
        standing = OrderStop.objects.filter(order=order, ended_at=None).select_related("order").first()
        yield queue, order, standing


def _refuse_nonsense(wanted: Stop, at: datetime) -> None:
    if wanted.reason == StopReason.OTHER and not wanted.note.strip():
        raise NotToStop("Say why it is stopped.")
    if wanted.until_date is None:
        return
    if wanted.reason == StopReason.FRAUD:
        raise NotToStop("An order under suspicion goes on when a person lets it: name no day.")
    today = dating.day_of(at)
    if wanted.until_date <= today:
        raise NotToStop(f"{wanted.until_date} is no day to come: name a later one, or none.")
    if objection := days.objection(wanted.until_date, today=today, earliest=today):
        raise NotToStop(objection)


def _stopped(line: LineState) -> LineState:
    here = {key: units for key, units in line.claims.items() if key[0]}
    together = line.together and line.together._replace(is_held_back=False)
    return line.but(claims=here, together=together, is_stopped=True)


def _tell_history(order: Order, kind: OrderEventKind, text: str, by: User | None, at: datetime) -> OrderEvent:
    return OrderEvent.objects.create(order=order, kind=kind, text=text[:300], by=by, at=at)


def _tell_unheard(line_ids: list[int], queue: Queue, *, cause: str) -> None:
    """Tell what was about to be told when the order stopped, or became true since; what is known is no news."""
    known = NoticeLine.objects.filter(line__in=line_ids, kind__in=STATES).values_list("line_id", flat=True)
    heard_of = set(known)
    facts = [
        promises.fact(line, line, NoticeKind.NEW_DATE, line.backordered or line.open)
        for line in reading.lines(Q(pk__in=line_ids))
        if line.line_id in heard_of
    ]
    if facts and not notices.is_silent():
        notices.queue(facts, cause=f"{cause}{notices.AFTER}told", at=queue.at)

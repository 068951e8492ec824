"""
Orders that staff stop, and let go on: all open lines of one at once.

The only writer of ``OrderStop``. A stopped line keeps its place and what is set aside for it, lets go of what is on its
way, and asks for nothing until the order goes on.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground import days
from orders.allocation import dating, picking, promises
from orders.allocation.door import Queue
from orders.allocation.reading import LineState
from orders.mail import notices
from orders.models import NoticeKind, Order, OrderEventKind, OrderPayment, OrderStop, StopReason
from orders.models.payment import OUT

from . import selling, terms, unheard, whole

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

    What its lines had claimed of what is on its way goes to the next in their queues in the same transaction. Where
    its address is in doubt its customer is asked for it.

    :raises NotToStop: if it cannot be; nothing is written then
    :raises UnitsPicked: if something of it is picked; nothing is written then
    """
    with _held(order_id, at) as (queue, order, standing):
        if not queue.lines:
            raise NotToStop(f"Nothing of {order} is open: it is shipped or canceled already.")
        if standing:
            raise NotToStop(f"{order} is stopped already: {standing.words}.")
        _refuse_nonsense(wanted, at)
        picking.refuse([order.pk])
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
        told = f"{made.words}{until}; {made.owner} looks after it"
        event = whole.tell_history(order, OrderEventKind.STOPPED, told, by=by, at=at)
        stopped = {line.line_id: _stopped(line) for line in queue.lines.values()}
        for line in queue.lines.values():
            queue.change(line, stopped[line.line_id])
        cause = f"{CAUSE}:{order.pk}:{event.pk}"
        queue.commit(cause=cause, by=by)
        if wanted.reason == StopReason.ADDRESS:
            _ask_for_the_address(stopped.values(), cause=cause, at=at)
    return made


def go_on(order_id: int, *, reason: str = "", by: User | None, at: datetime) -> None:
    """
    Let a stopped order go on: its lines are planned again, each at the place that it kept.

    Its customer is told what they have not heard yet, and what is another day now. One that was paid late while it was
    stopped asks the policy now; what may not be sold any more stays out of the queue, for a person to decide.

    :param by: None: its day has come
    :raises NotToStop: if it is not stopped; nothing is written then
    """
    with _held(order_id, at) as (queue, order, standing):
        if standing is None:
            unpaid = ": it was not paid in time, and goes on when it is paid" if order.is_unpaid else ""
            raise NotToStop(f"{order} is not stopped{unpaid}.")
        standing.ended_by, standing.ended_at = by, at
        standing.save(update_fields=["ended_by", "ended_at"])
        why = reason.strip() or ("its day has come" if by is None else "")
        event = whole.tell_history(order, OrderEventKind.GOES_ON, why, by=by, at=at)
        line_ids = list(queue.lines)
        if not line_ids:
            return
        if payment := OrderPayment.objects.filter(OUT, order=order).first():
            if payment.paid_at:  # while it was stopped; else it is not in the queue before it is paid
                selling.sell_or_ask(queue, order, payment, selling.LATE, reason, by=by)
            return
        for line in queue.lines.values():
            queue.change(line, line.but(is_stopped=False))
        cause = f"{GOES_ON}:{order.pk}:{event.pk}"
        if terms.changed_since(order, standing.at):
            queue.commit(cause=f"{cause}:went", by=by, replans=False)
            terms.give_back(queue)
            queue.commit(cause=f"{cause}:given", by=by, replans=False)
        queue.commit(cause=cause, by=by, dates_all=True)
        unheard.tell(line_ids, queue, cause=cause)


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
    """Hold an order with all its open lines, and the stop of it that stands."""
    with whole.held(order_id, otherwise=NotToStop, at=at) as (queue, order):
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


def _ask_for_the_address(lines: Iterable[LineState], *, cause: str, at: datetime) -> None:
    facts = [promises.fact(line, line, NoticeKind.ADDRESS, line.open) for line in lines]
    if not notices.is_silent():
        notices.queue(facts, cause=cause, at=at)

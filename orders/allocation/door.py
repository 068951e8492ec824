"""
The one door by which allocations change: read, decide, write, tell, while the products are locked.

Canceling, shipping, receiving, counting, rescheduling, re-prioritizing: each says what changes in a few lines and
passes here. Only placing writes by itself: a line at the tail takes what is left (``covering.cover``).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.functional import cached_property

from inventory.ground.sql import bulk
from inventory.models import Product
from orders.mail import notices
from orders.mail.causes import OF_THE_NIGHT
from orders.models import OrderLine, Unsettled

from . import companions, covering, held, offering, reading, supply, writing
from .reading import LineState
from .supply import Supplies
from .writing import Change, News, Taken


class Queue:
    """
    Locked products, with the lines that somebody named: ``change`` says what becomes of a line, ``commit`` does it.

    :ivar product_ids: what is locked
    :ivar changes: what was said to change, and is not written yet
    """

    def __init__(self, product_ids: set[int], line_ids: set[int], at: datetime) -> None:
        self.product_ids, self.at = product_ids, at
        self._line_ids = line_ids
        self.changes: list[Change] = []

    @cached_property
    def lines(self) -> dict[int, LineState]:
        """The named lines by number; read when first asked for, and again after a commit."""
        return {line.line_id: line for line in reading.lines(Q(pk__in=self._line_ids))} if self._line_ids else {}

    @cached_property
    def supplies(self) -> Supplies:
        """What can cover lines of the locked products; read as ``lines`` are."""
        return supply.read(self.product_ids, claimed=reading.claimed(self.lines.values()))

    def read_waiting(self, product_ids: Collection[int]) -> list[LineState]:
        """Read the queues of these products in the order they are served; from now on those are the lines."""
        waiting = reading.queue(product_ids, short=())
        self.lines = {line.line_id: line for line in waiting}
        self.__dict__.pop("supplies", None)
        return waiting

    def change(self, before: LineState, after: LineState, *news: News, taken: Taken = ()) -> None:
        """Note what becomes of a line, and what that means to people."""
        self.changes.append(Change(before, after, news, taken))

    def commit(
        self,
        *,
        cause: str,
        by: User | None,
        replans: bool = True,
        moves_on_hand: bool = False,
        dates_all: bool = False,
        passed_over: covering.PassedOver | None = None,
    ) -> int:
        """
        Write and tell what changes, then plan the queues of its products again and store what differs.

        Where nothing was said to change, the queues of all locked products are planned again: their supply, or the
        order in which their lines stand, has moved. Units on hand stay with whom they are allocated to, unless stock
        was lost; then the last in the queue lose first. Inbound is handed out anew in queue order. Lines that ship
        together with one that moved are planned too (``orders.allocation.companions``). Called twice, it changes
        nothing the second time and tells nobody.

        :param replans: False: nobody's units are freed, or what moves supply next has the queue planned again
        :param moves_on_hand: a person with the permission wants units on hand handed out anew too
        :param dates_all: time has passed: lines set aside are dated again, too
        :param passed_over: whose lines leave some of the units on hand to others; what is left then is none of theirs
            only if the caller sees to it
        :returns: how many lines the plans changed
        """
        changes = list(self.changes)
        self.changes.clear()
        if changes:
            self._write(changes, cause, by)
        if not replans:
            return 0
        wanted = {change.after.product_id for change in changes} or self.product_ids
        with bulk.uncollected():
            moved = _planned_again(
                wanted, cause, by, self.at, moves_on_hand=moves_on_hand, dates_all=dates_all, passed_over=passed_over
            )
            return len(moved) + _settle_companions([*changes, *moved], cause=cause, by=by, at=self.at)

    def _write(self, changes: Sequence[Change], cause: str, by: User | None) -> None:
        less = [change.after.line_id for change in changes if change.before and _is_other_demand(change)]
        if less:
            OrderLine.objects.filter(pk__in=less).update(changed_at=self.at)
        writing.apply(changes, supplies=self.supplies, cause=cause, by=by, at=self.at)
        for name in ("lines", "supplies"):
            self.__dict__.pop(name, None)


def _is_other_demand(change: Change) -> bool:
    return change.before is None or change.before.canceled != change.after.canceled


@contextmanager
def locked(product_ids: Collection[int] = (), *, lines: Collection[int] = (), at: datetime) -> Iterator[Queue]:
    """
    Lock products, in the one right order, for one transaction.

    :param lines: numbers of order lines; their products are locked too
    """
    line_ids = set(lines)
    with transaction.atomic():
        wanted = set(product_ids)
        if line_ids:
            wanted |= set(OrderLine.objects.filter(pk__in=line_ids).values_list("product_id", flat=True))
        queue = Queue(Product.objects.lock(wanted), line_ids, at)
        yield queue
        if queue.changes:
            raise RuntimeError("What changes was not committed.")


def settle(
    product_ids: Collection[int],
    *,
    cause: str,
    moves_on_hand: bool = False,
    dates_all: bool = False,
    by: User | None,
    at: datetime,
) -> int:
    """
    Plan the queues of these products again, since their supply, their order or time has moved: see ``Queue.commit``.

    :returns: how many lines changed
    """
    with locked(product_ids, at=at) as queue:
        return queue.commit(cause=cause, by=by, moves_on_hand=moves_on_hand, dates_all=dates_all)


def _settle_companions(changes: Sequence[Change], *, cause: str, by: User | None, at: datetime) -> int:
    """
    Settle the lines that ship together with changed ones, in this transaction as far as nobody else is at them.

    One change may move the next; after a few rounds, and where another transaction holds a product, the clock
    goes on.

    :returns: how many lines changed
    """
    if not (settings.FINISH_ORDERS_FIRST or any(change.after.together for change in changes)):
        return 0  # each ships by itself
    settled = 0
    left: set[int] = set()
    for turn in range(1, covering.ROUNDS):
        affected = companions.of(changes)
        free = companions.lock_free(affected)
        left |= affected - free
        changes = _planned_again(free, f"{cause}{notices.AFTER}{turn}", by, at)
        settled += len(changes)
    companions.leave(left | companions.of(changes), at=at)
    return settled


def _planned_again(
    locked: set[int],
    cause: str,
    by: User | None,
    at: datetime,
    *,
    moves_on_hand: bool = False,
    dates_all: bool = False,
    passed_over: covering.PassedOver | None = None,
) -> Sequence[Change]:
    """Plan what is locked again, and offer the restock list its part of what is left."""
    if not locked:
        return []
    changes = _planned(locked, cause, by, at, moves_on_hand=moves_on_hand, dates_all=dates_all, passed_over=passed_over)
    if settings.RESTOCK_LIST and not notices.is_silent() and offering.left_over(locked, at=at):
        changes = [*changes, *_after_wave(locked, cause, by, at, passed_over=passed_over)]
    return changes


def offer(product_id: int, *, is_all: bool = False, cause: str, at: datetime) -> int:
    """
    Offer the restock list of a locked product its part of what came free, though nobody's units moved.

    :param is_all: split what is on sale, too
    :returns: the offers made
    """
    made = offering.send_now(product_id, at=at) if is_all else offering.left_over([product_id], at=at)
    if made:
        moved = _after_wave({product_id}, cause, None, at, passed_over=None)
        _settle_companions(moved, cause=cause, by=None, at=at)
    return made


def _after_wave(
    locked: set[int], cause: str, by: User | None, at: datetime, *, passed_over: covering.PassedOver | None
) -> Sequence[Change]:
    """
    Plan again what a wave has taken units of.

    A line that leaves units on hand to others could not have those held any more; one of who is offered some takes
    them, as it would of any hold.
    """
    if not settings.WAVES_HOLD:
        return []
    cause = f"{cause}{notices.AFTER}wave"
    return _planned(locked, cause, by, at, moves_on_hand=False, dates_all=False, passed_over=passed_over)


def _planned(
    locked: set[int],
    cause: str,
    by: User | None,
    at: datetime,
    *,
    moves_on_hand: bool,
    dates_all: bool,
    passed_over: covering.PassedOver | None,
) -> Sequence[Change]:
    excess, short = reading.shrunk_shelves(locked)
    queue = reading.queue(locked, short=locked if moves_on_hand or dates_all else short)
    by_time = cause.startswith(OF_THE_NIGHT)
    # a day that went by takes no units away: it concerns those who wait, and nobody else
    concerned = {line.product_id for line in queue} if by_time and not excess else locked
    if not concerned or not (queue or excess or held.is_any(concerned)):
        return []  # nobody waits and nobody has too much: what there is need not be read
    supplies = supply.read(concerned, claimed=reading.claimed(queue))
    if supplies.holds:
        supplies = held.without_lost(supplies)
    changes = covering.planned(
        queue, supplies, excess=excess, moves_on_hand=moves_on_hand, by_time=by_time, passed_over=passed_over, at=at
    )
    excess |= covering.shrunk_roads(queue, supplies)
    writing.apply(changes, supplies=supplies, excess=excess, cause=cause, by=by, at=at)
    return changes


def settle_companions_left(*, at: datetime) -> int:
    """Settle the products that were left to the clock because another transaction held them; commits by product."""
    changed = 0
    for product_id in list(Unsettled.objects.order_by("pk").values_list("product_id", flat=True)):
        with transaction.atomic():
            Product.objects.lock([product_id])
            left = Unsettled.objects.filter(product=product_id).first()
            if left:
                left.delete()
                cause = f"companions:{product_id}:{at:%y%m%d%H%M%S%f}"
                with notices.silence(is_on=left.is_silent):
                    changed += settle([product_id], cause=cause, by=None, at=at)
    return changed

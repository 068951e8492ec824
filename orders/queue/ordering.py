"""
The order of the queue, as people set it: a priority, a pin, a move, another order altogether.

A place is stored in the line (``queue_at``, ``pin_rank``), so it survives every later plan until it is taken back.
Each use case writes places while the products are locked, with an entry in the history, and commits that at the door
of ``orders.allocation``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Case, DateTimeField, Value, When

from inventory.ground.sql import bulk, schema
from orders import allocation
from orders.models import UNPINNED, EventKind, LineEvent, OrderLine
from orders.rules.planning import queue_at as place_by_age
from orders.rules.planning import queue_key


class NotAPlace(Exception):
    """A priority below zero or absurd, or a place in the queue that is none."""


MOST_PRIORITY = 9


def set_priority(line_ids: Collection[int], priority: int, *, reason: str, by: User | None, at: datetime) -> int:
    """
    Lift lines forward in the queue by ``priority`` times ``PRIORITY_LIFT_DAYS``; 0 takes the lift back.

    :returns: lines whose priority changed
    :raises NotAPlace: if the priority is not 0 to 9, or has no reason
    """
    if not 0 <= priority <= MOST_PRIORITY or not reason.strip():
        raise NotAPlace(f"A priority is 0 to {MOST_PRIORITY}, and has a reason.")
    with allocation.locked(lines=line_ids, at=at) as queue:
        moved = [row for row in _open(line_ids) if row.priority != priority]
        lift = settings.PRIORITY_LIFT_DAYS
        aged = {
            row.pk: place_by_age(row.queue_at, tail=None, priority=priority - row.priority, lift_days=lift)
            for row in moved
        }
        at_new_place = Case(*(When(pk=pk, then=Value(when)) for pk, when in aged.items()), output_field=DateTimeField())
        if moved:
            lines = OrderLine.objects.filter(pk__in=aged)
            lines.update(queue_at=at_new_place, priority=priority, priority_reason=reason)
            _tell_history(moved, EventKind.PRIORITY, f"priority {priority}: {reason}", by, at)
            queue.commit(cause=f"priority:{moved[0].pk}:{at:%y%m%d%H%M%S%f}", by=by)
    return len(moved)


def pin(line_id: int, rank: int | None, *, reason: str, by: User | None, at: datetime) -> None:
    """Pin one line, or let it go: see ``pin_lines``."""
    pin_lines([line_id], rank, reason=reason, by=by, at=at)


def pin_lines(line_ids: Collection[int], rank: int | None, *, reason: str, by: User | None, at: datetime) -> int:
    """
    Pin lines to a place before all unpinned lines of their product; None lets them go back to their age.

    Lines with the same rank stand by their age among themselves.

    :returns: lines that changed
    :raises NotAPlace: if the rank is not 1 or more, or has no reason
    """
    if (rank is not None and not 1 <= rank < UNPINNED) or not reason.strip():
        raise NotAPlace("A pinned place is 1 or more, and has a reason.")
    new_rank = UNPINNED if rank is None else rank
    with allocation.locked(lines=line_ids, at=at) as queue:
        moved = [row for row in _open(line_ids) if row.pin_rank != new_rank]
        if moved:
            OrderLine.objects.filter(pk__in=[row.pk for row in moved]).update(pin_rank=new_rank)
            text = f"released: {reason}" if rank is None else f"pinned to {rank}: {reason}"
            _tell_history(moved, EventKind.PINNED, text, by, at)
            queue.commit(cause=f"pin:{moved[0].pk}:{at:%y%m%d%H%M%S%f}", by=by)
    return len(moved)


def move_up(line_id: int, place: int, *, reason: str, by: User | None, at: datetime) -> int:
    """
    Move a line up to a place among those who wait for its product; whoever it passes stands one place later.

    Only its own place is written, right before the line that stood there; units on hand stay with whom they are
    set aside for.

    :returns: lines that it passes
    :raises NotAPlace: if it waits for nothing, is pinned, stands there already, or pinned lines stand there
    """
    if not reason.strip():
        raise NotAPlace("A move has a reason.")
    with allocation.locked(lines=[line_id], at=at) as queue:
        rows = _open([line_id])
        if not rows or not rows[0].backordered:
            raise NotAPlace("This line waits for nothing, so it has no place in the queue.")
        if rows[0].is_stopped:
            raise NotAPlace("The order is stopped: its line keeps its place, and moves when the order goes on.")
        waiting = OrderLine.objects.waiting_for([rows[0].product_id]).in_queue_order()
        standing = [_Stander(*row) for row in waiting.values_list("pin_rank", "queue_at", "pk")]
        now = next(place for place, each in enumerate(standing, start=1) if each.pk == line_id)
        _refuse_move(standing, now, place)
        cause = f"move:{line_id}:{at:%y%m%d%H%M%S%f}"
        when = _before(standing[place - 1], standing[place - 2] if place > 1 else None, line_id)
        if when is None:
            passed = [each.pk for each in standing[place - 1 : now - 1]]
            rank({rows[0].product_id: [line_id, *passed]}, reason=reason, cause=cause, by=by, at=at)
        else:
            OrderLine.objects.filter(pk=line_id).update(queue_at=when)
            _tell_history(rows, EventKind.RANKED, f"from place {now:,} to {place:,}: {reason}", by, at)
            queue.commit(cause=cause, by=by)
    return now - place


class QueuePlace(NamedTuple):
    """What the place of a line is made of."""

    pin_rank: int
    queue_at: datetime
    priority: int
    priority_reason: str


def put_back(places: Mapping[int, QueuePlace], *, reason: str, by: User | None, at: datetime) -> int:
    """
    Give lines the places that they had before.

    :returns: lines that were open
    """
    with allocation.locked(lines=places, at=at) as queue:
        rows = _open(places)
        if rows:
            columns = schema.columns(OrderLine, "id", *QueuePlace._fields)
            assignments = ", ".join(f"{name} = staged.{name}" for name in columns if name != "id")
            staged = [(row.pk, *places[row.pk]) for row in rows]
            bulk.update(OrderLine._meta.db_table, columns, staged, assignments, "target.id = staged.id")
            _tell_history(rows, EventKind.RANKED, f"taken back: {reason}", by, at)
            queue.commit(cause=f"undo:{rows[0].pk}:{at:%y%m%d%H%M%S%f}", by=by)
    return len(rows)


class _Stander(NamedTuple):
    """One who waits, and where."""

    pin_rank: int
    queue_at: datetime
    pk: int


def _refuse_move(queue: Sequence[_Stander], now: int, place: int) -> None:
    pinned = sum(each.pin_rank != UNPINNED for each in queue)
    if now <= pinned:
        raise NotAPlace(f"This line is pinned, at place {now:,}: pin it to another place, or let it go first.")
    if now == pinned + 1:
        raise NotAPlace(f"It stands at place {now:,}, and only pinned lines can stand before it.")
    if not 1 <= place < now:
        raise NotAPlace(f"It stands at place {now:,}: up means a place from {pinned + 1:,} to {now - 1:,}.")
    if place <= pinned:
        lines = "line is" if pinned == 1 else f"{pinned:,} lines are"
        raise NotAPlace(f"The first {lines} pinned: place {pinned + 1:,} is the first that is free.")


def _before(behind: _Stander, ahead: _Stander | None, line_id: int) -> datetime | None:
    """A moment that puts a line between these two; None if they stand too close."""
    when = behind.queue_at if line_id < behind.pk else behind.queue_at - timedelta(microseconds=1)
    if ahead is None or queue_key(*ahead) < queue_key(UNPINNED, when, line_id):
        return when
    return None


def rank(
    queues: Mapping[int, Sequence[int]],
    *,
    reason: str,
    cause: str,
    moves_on_hand: bool = False,
    by: User | None,
    at: datetime,
) -> int:
    """
    Put lines in this order, product by product: they exchange the places they hold among themselves.

    Pinned lines keep theirs. Nobody else moves, and a new line still joins at the tail, so the order survives
    every later plan.

    :param queues: line numbers by product; a line that is not open any more is passed over
    :param moves_on_hand: hand out units on hand anew too, in this order
    :returns: how many lines have another place
    :raises NotAPlace: without a reason
    """
    if not reason.strip():
        raise NotAPlace("A new order of the queue has a reason.")
    with allocation.locked(queues, at=at) as queue:
        moved = _moved(queues, queue.product_ids)
        columns = schema.columns(OrderLine, "id", "queue_at")
        bulk.update(OrderLine._meta.db_table, columns, moved, "queue_at = staged.queue_at", "target.id = staged.id")
        history = (LineEvent(line_id=pk, kind=EventKind.RANKED, text=reason[:300], by=by, at=at) for pk, _ in moved)
        LineEvent.objects.bulk_create(history)
        queue.commit(cause=cause, by=by, moves_on_hand=moves_on_hand)
    return len(moved)


def _moved(queues: Mapping[int, Sequence[int]], product_ids: Collection[int]) -> list[tuple[int, datetime]]:
    """Give the lines that are to have another place, and that place: they share those that they have now."""
    places: dict[int, dict[int, datetime]] = defaultdict(dict)
    open_lines = OrderLine.objects.open().filter(product__in=product_ids, pin_rank=UNPINNED)
    for product_id, pk, when in open_lines.values_list("product_id", "pk", "queue_at"):
        places[product_id][pk] = when
    moved: list[tuple[int, datetime]] = []
    for product_id, line_ids in queues.items():
        known = places[product_id]
        ranked = [pk for pk in line_ids if pk in known]
        free = _apart(sorted(known[pk] for pk in ranked))
        moved += [(pk, when) for pk, when in zip(ranked, free, strict=True) if known[pk] != when]
    return moved


def _apart(places: Iterable[datetime]) -> list[datetime]:
    """Part equal places by a microsecond, so that the order does not hang on line numbers."""
    apart: list[datetime] = []
    for when in places:
        apart.append(max(when, apart[-1] + timedelta(microseconds=1)) if apart else when)
    return apart


def _open(line_ids: Collection[int]) -> list[OrderLine]:
    return list(OrderLine.objects.open().filter(pk__in=set(line_ids)).order_by("pk"))


def _tell_history(rows: Iterable[OrderLine], kind: EventKind, text: str, by: User | None, at: datetime) -> None:
    LineEvent.objects.bulk_create(LineEvent(line=row, kind=kind, text=text[:300], by=by, at=at) for row in rows)

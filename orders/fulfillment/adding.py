"""
Further lines in an order that stands: more units of a line, another product in its place, or a further one.

The only writer of ``AddedLine``. A further line is planned with the queue that it joins, under the locks of the caller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, Max, OuterRef, Q

from inventory.models import Product
from orders import allocation
from orders.allocation import dating, promises, reading, writing
from orders.allocation.reading import NOT_YET, LineState
from orders.allocation.supply import Supplies
from orders.mail.notices import Fact
from orders.models import AddedLine, Basis, Order, OrderLine, OrderPayment
from orders.models.payment import OUT
from orders.rules.planning import queue_at

from .limits import at_once, refuse_over_policy

News = Callable[["Addition", LineState], tuple[writing.HistoryEntry, Fact | None]]


@dataclass(frozen=True, slots=True)
class Addition:
    """
    Units of a product for the order of a line that is there.

    :ivar is_further: of that line it takes the order and its terms, and is nothing to it otherwise
    :ivar state: that line as it was read, for its customer, warehouse and rule
    :ivar is_substitute: stands in the queue where the age and the priority of that line put it, else behind the tail
    """

    beside: OrderLine
    state: LineState
    product_id: int
    units: int
    unit_price: Decimal
    is_substitute: bool = False
    is_further: bool = False


def add(
    additions: Sequence[Addition],
    queue: allocation.Queue,
    *,
    news: News,
    more: str = "",
    cause: str,
    by: User | None,
) -> list[int]:
    """
    Write these lines, with their units, their place and their first promise.

    In an order that is stopped, or was not paid in time, they are stopped, too: what may wait is asked as of any, and
    they get nothing yet.

    :param queue: with the products of the additions among its own
    :param more: put before "asked for" in a refusal where the units come on top of others
    :param news: what the history and the customer are told of each
    :returns: the numbers of the new lines
    :raises BackorderLimit: if a product may not be backordered so far
    """
    at = queue.at
    product_ids = {each.product_id for each in additions}
    names = dict(Product.objects.filter(pk__in=product_ids).values_list("pk", "sku"))
    supplies = queue.supplies
    new = at_once([_unplaced(each, number) for number, each in enumerate(additions, 1)], supplies, at=at)
    refuse_over_policy(new, names, supplies, wanted=_wanted(additions), more=more, at=at)
    rows = _written(additions, supplies, at)
    waiting = queue.read_waiting(product_ids)
    planned = allocation.planned(waiting, queue.supplies, excess={}, at=at)
    changed = {change.after.line_id: change for change in planned}
    fresh = {row.pk: each for row, each in zip(rows, additions, strict=True)}
    for line in waiting:
        if line.line_id in fresh:
            change = changed.pop(line.line_id, None) or _uncovered(line, queue.supplies, at)
            queue.changes.append(_told(change, fresh[line.line_id], news))
    queue.changes += changed.values()
    stopped = {row.pk for row in rows if row.is_stopped}
    for line in reading.lines(Q(pk__in=stopped)) if stopped else ():
        event, fact = news(fresh[line.line_id], line)
        queue.change(replace(line, open=0), line, writing.News(event=event, fact=fact))
    queue.commit(cause=cause, by=by)
    return [row.pk for row in rows]


def _wanted(additions: Sequence[Addition]) -> dict[int, date]:
    """When these orders are wanted, those that are wanted later."""
    orders = Order.objects.filter(pk__in={each.beside.order_id for each in additions if each.state.together})
    return {order.pk: order.wanted_date for order in orders if order.wanted_date}


def _unplaced(addition: Addition, number: int) -> LineState:
    """The line before it is written; its number, negative, stands for the one that it will get."""
    return replace(
        addition.state,
        line_id=-number,
        product_id=addition.product_id,
        open=addition.units,
        shipped=0,
        canceled=0,
        likely_date=None,
        safe_date=None,
        basis=Basis.NONE,
        first_promised_date=None,
        promised_date=None,
        is_promise_pinned=False,
        inbound_id=None,
        claims={},
        is_stopped=False,
        together=addition.state.together and addition.state.together._replace(ready=NOT_YET, is_held_back=False),
    )


def _written(additions: Sequence[Addition], supplies: Supplies, at: datetime) -> list[OrderLine]:
    """Insert the lines, uncovered, each at the end of its order and at its place in the queue."""
    order_ids = {each.beside.order_id for each in additions}
    list(Order.objects.filter(pk__in=order_ids).order_by("pk").select_for_update(no_key=True))
    own = OrderLine.objects.filter(order__in=order_ids).order_by().values_list("order")
    # asked of the stop and of the payment, not of the lines: all that was open may have gone in this transaction
    stands = Count("order__stops", filter=Q(order__stops__isnull=False, order__stops__ended_at=None))
    out = Exists(OrderPayment.objects.filter(OUT, order=OuterRef("order")))
    ends = list(own.annotate(last=Max("position"), stops=stands, is_out=out))
    stopped = {order for order, _, stops, is_out in ends if stops or is_out}
    position, tails = {order: last for order, last, *_ in ends}, dict(supplies.tails)
    rows = []
    for each in additions:
        position[each.beside.order_id] += 1
        row = _row(each, position[each.beside.order_id], _place(each, tails, at), at)
        row.is_stopped = each.beside.order_id in stopped
        rows.append(row)
    rows = OrderLine.objects.bulk_create(rows)
    AddedLine.objects.bulk_create(
        AddedLine(line=row, beside=None if each.is_further else each.beside, is_substitute=each.is_substitute)
        for row, each in zip(rows, additions, strict=True)
    )
    return rows


def _row(addition: Addition, position: int, when: datetime, at: datetime) -> OrderLine:
    """A substitute is as old as what it stands in for, and keeps its priority; more units are new."""
    asked = addition.beside
    inherits = addition.is_substitute
    return OrderLine(
        order_id=asked.order_id,
        position=position,
        product_id=addition.product_id,
        unit_price=addition.unit_price,
        quantity=addition.units,
        priority=asked.priority if inherits else 0,
        priority_reason=asked.priority_reason if inherits else "",
        queue_at=when,
        placed_at=asked.placed_at if inherits else at,
        changed_at=at,
    )


def _place(addition: Addition, tails: dict[int, datetime | None], at: datetime) -> datetime:
    if addition.is_substitute:
        asked = addition.beside
        lift = settings.PRIORITY_LIFT_DAYS
        return queue_at(asked.placed_at, tail=None, priority=asked.priority, lift_days=lift)
    tail = tails[addition.product_id]
    when = max(at, tail + timedelta(microseconds=1)) if tail else at
    tails[addition.product_id] = when
    return when


def _uncovered(line: LineState, supplies: Supplies, at: datetime) -> writing.Change:
    return writing.Change(line, dating.dated(line, supplies, at=at))


def _told(planned: writing.Change, addition: Addition, news: News) -> writing.Change:
    """The new line as planned, with its first promise; before it, nothing of it was open."""
    assert planned.before
    after = replace(planned.after, first_promised_date=None, promised_date=None)
    after, promise = promises.promised(after)
    event, fact = news(addition, after)
    told = writing.News(promise=promise, event=event, fact=fact)
    return writing.Change(replace(planned.before, open=0), after, (told,), planned.taken)

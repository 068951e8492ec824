"""More or fewer units of a line, because its customer wishes so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Sum

from orders import allocation
from orders.allocation import promises, writing
from orders.allocation.reading import LineState
from orders.mail.notices import Fact
from orders.models import AddedLine, EventKind, NoticeKind, Order, OrderLine, RefundReason, Refusal
from orders.refunds import owing
from orders.wording import phrases

from .adding import Addition, add
from .cancellation import less
from .drafts import MOST_UNITS
from .limits import BackorderLimit
from .lines import LineUnits, named


class NotAQuantity(Exception):
    """No units, an absurd number, fewer than have left, as many as before; or nothing of the line is open."""


def change_quantity(wanted: Sequence[LineUnits], *, reason: str, by: User | None, at: datetime) -> int:
    """
    Let lines have so many units in all, those shipped included and those canceled not.

    Fewer: the difference is canceled, and goes to the next in the queue. More: the line keeps its units and its
    place; what is added is a new line of the same order, at the same price, behind the tail. The customer is
    told of what is canceled, and of what has to wait.

    :returns: lines whose quantity changed
    :raises NotAQuantity: if a number cannot be; nothing is written then
    :raises BackorderLimit: if the product may not be backordered so far; recorded as demand
    """
    try:
        return _change(wanted, reason, by, at)
    except BackorderLimit as refused:
        record_refusal(wanted, refused, at=at)
        raise


def _change(wanted: Sequence[LineUnits], reason: str, by: User | None, at: datetime) -> int:
    additions: list[Addition] = []
    gone: list[owing.Unserved] = []
    with allocation.locked(lines=named(wanted), at=at) as queue:
        rows = OrderLine.objects.in_bulk(queue.lines)
        for item in wanted:
            before, more = _difference(item, queue.lines.get(item.line_id))
            said = _history(before, more, reason)
            if more > 0:
                row = rows[before.line_id]
                additions.append(Addition(row, before, before.product_id, more, row.unit_price))
                queue.change(before, before, said)
            else:
                after, news = less(before, -more, queue.supplies, at=at)
                fact = promises.fact(before, after, NoticeKind.CANCELED, -more, detail=reason)
                queue.change(before, after, *news, said, writing.News(fact=fact))
                gone.append(owing.Unserved(item.line_id, -more))
        cause = _cause(queue.changes[0].after)
        queue.commit(cause=cause, by=by)
        if additions:
            add(additions, queue, news=_news, more=" more", cause=f"{cause}:more", by=by)
        if gone:
            owing.owe(gone, event=cause, reason=RefundReason.FEWER, at=at)
        owing.withdraw(
            [owing.CameOn(each.beside.order_id, each.product_id, each.units, each.unit_price) for each in additions]
        )
    return len(wanted)


def _difference(item: LineUnits, line: LineState | None) -> tuple[LineState, int]:
    """
    Units by which a line grows, or shrinks.

    :raises NotAQuantity: if it cannot, or does neither
    """
    if line is None or not line.open:
        raise NotAQuantity("Nothing of this line is open: it is shipped or canceled already.")
    if item.units is None or not 1 <= item.units <= MOST_UNITS:
        units = "none" if item.units is None else f"{item.units:,}"
        raise NotAQuantity(f"A line has 1 to {MOST_UNITS:,} units, not {units}. To take all of it back, cancel it.")
    if item.units < line.shipped:
        raise NotAQuantity(
            f"{phrases.units(line.shipped)} {'has' if line.shipped == 1 else 'have'} left already: "
            f"{item.units:,} is fewer than that."
        )
    if item.units == line.open + line.shipped:
        raise NotAQuantity(f"This line has {phrases.units(item.units)} already.")
    return line, item.units - line.open - line.shipped


def _cause(line: LineState) -> str:
    """Name the event: a line that shrinks has more canceled each time, one that grows another line beside it."""
    return f"quantity:{line.line_id}:{line.canceled}:{AddedLine.objects.filter(beside=line.line_id).count()}"


def _history(line: LineState, more: int, reason: str) -> writing.News:
    was = line.open + line.shipped
    apart = f" ({more:,} in a line of their own)" if more > 0 else ""
    return writing.history(line, EventKind.QUANTITY, f"{was:,} → {was + more:,}{apart}: {reason}"[:300], more)


def _news(addition: Addition, line: LineState) -> tuple[writing.HistoryEntry, Fact | None]:
    text = f"{line.open:,} more ordered, {line.allocated:,} here, {line.backordered:,} waiting"
    event = writing.HistoryEntry(line.line_id, EventKind.PLACED, line.backordered, text)
    unheard = replace(line, promised_date=None)
    told = promises.fact(unheard, line, NoticeKind.BACKORDERED, line.backordered) if line.backordered else None
    return event, told


@transaction.atomic
def record_refusal(wanted: Sequence[LineUnits], refused: BackorderLimit, *, at: datetime) -> None:
    """What was wanted beyond what may be sold is demand too, beside what was ordered; asked again, it counts once."""
    units = {item.line_id: item.units or 0 for item in wanted}
    lines = OrderLine.objects.filter(pk__in=units, product=refused.product_id).order_by("pk")
    more: Counter[int] = Counter()
    given: Counter[int] = Counter()
    left = refused.possible
    for pk, order_id, now in lines.values_list("pk", "order_id", F("open") + F("shipped")):
        wants = max(0, units[pk] - now)
        more[order_id] += wants
        given[order_id] += min(wants, left)
        left -= min(wants, left)
    ordered = OrderLine.objects.filter(order__in=more, product=refused.product_id).order_by()
    had = dict(ordered.values_list("order").annotate(units=Sum("quantity")))
    refusals = [
        Refusal(
            channel=order.channel,
            reference=order.reference,
            product_id=refused.product_id,
            warehouse_id=order.warehouse_id,
            customer_id=order.customer_id,
            units=had[order.pk] + more[order.pk],
            possible=had[order.pk] + given[order.pk],
            at=at,
        )
        for order in Order.objects.filter(pk__in=[pk for pk, count in more.items() if count]).order_by("pk")
    ]
    Refusal.objects.bulk_create(
        refusals,
        update_conflicts=True,
        unique_fields=["channel", "reference", "product"],
        update_fields=["warehouse", "customer", "units", "possible", "at"],
    )

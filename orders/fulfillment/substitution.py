"""Another product in place of one that was ordered: the old units are canceled, a line of the same order takes it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User

from inventory.models import Product
from orders import allocation
from orders.allocation import promises, writing
from orders.allocation.reading import LineState
from orders.mail.notices import Fact
from orders.models import EventKind, NoticeKind, OrderLine, RefundReason
from orders.refunds import owing
from orders.wording import phrases

from .adding import Addition, add
from .cancellation import less
from .lines import LineUnits, named


class NotASubstitute(Exception):
    """The same product, an unknown one, a price below zero, no reason, or more units than are open."""


def substitute(
    wanted: Sequence[LineUnits],
    product_id: int,
    *,
    unit_price: Decimal | None = None,
    reason: str,
    by: User | None,
    at: datetime,
) -> int:
    """
    Replace open units of lines by another product: all of them, or some, those that nobody sends first.

    The new line costs the same unless a price is given, and stands in its queue where the age and the priority of
    the old one put it. Demand counts for the product that was asked for. The customer is told once, in one mail.

    :param unit_price: for all of them; None: what each costs now
    :returns: units replaced
    :raises NotASubstitute: if it cannot be; nothing is written then
    :raises BackorderLimit: if the other product may not be backordered so far
    """
    additions: list[Addition] = []
    with allocation.locked([product_id], lines=named(wanted), at=at) as queue:
        _refuse_nonsense(product_id, {line.product_id for line in queue.lines.values()}, unit_price, reason)
        rows = OrderLine.objects.select_related("product").in_bulk(queue.lines)
        for item in wanted:
            before, units = _units(item, queue.lines.get(item.line_id))
            row = rows[before.line_id]
            after, news = less(before, units, queue.supplies, at=at)
            queue.change(before, after, *news, _gone(before, after, units, reason))
            price = row.unit_price if unit_price is None else unit_price
            additions.append(Addition(row, before, product_id, units, price, is_substitute=True))
        first = queue.changes[0].after
        cause = f"substitution:{first.line_id}:{first.canceled}"
        queue.commit(cause=cause, by=by)
        add(additions, queue, news=_came, cause=cause, by=by)
        saved = [(each, each.beside.unit_price - each.unit_price) for each in additions]
        gone = [owing.Unserved(each.beside.pk, each.units, less) for each, less in saved]
        owing.owe(gone, event=cause, reason=RefundReason.REPLACED, at=at)
        owing.withdraw([owing.CameOn(each.beside.order_id, product_id, each.units, -less) for each, less in saved])
    return sum(each.units for each in additions)


def _refuse_nonsense(product_id: int, ordered: set[int], unit_price: Decimal | None, reason: str) -> None:
    if not reason.strip():
        raise NotASubstitute("A substitution has a reason: the customer reads it.")
    if unit_price is not None and unit_price < 0:
        raise NotASubstitute("A price is 0 or more.")
    other = Product.objects.filter(pk=product_id).first()
    if other is None:
        raise NotASubstitute("The other product is not known.")
    if product_id in ordered:
        raise NotASubstitute(f"{other} is what was ordered: choose another product.")


def _units(item: LineUnits, line: LineState | None) -> tuple[LineState, int]:
    if line is None or not line.open:
        raise NotASubstitute("Nothing of this line is open: it is shipped or canceled already.")
    units = line.open if item.units is None else item.units
    if not 1 <= units <= line.open:
        raise NotASubstitute(f"{phrases.of_this_line(line.open, 'open')}, {units:,} cannot be replaced.")
    return line, units


def _gone(before: LineState, after: LineState, units: int, reason: str) -> writing.News:
    """What becomes of the old line; its fact carries the reason, by which the mail knows it from the new one."""
    fact = promises.fact(before, after, NoticeKind.SUBSTITUTED, units, detail=reason)
    event = writing.HistoryEntry(after.line_id, EventKind.SUBSTITUTED, -units, f"replaced: {reason}"[:300])
    return writing.News(event=event, fact=fact)


def _came(addition: Addition, line: LineState) -> tuple[writing.HistoryEntry, Fact | None]:
    asked = addition.beside.product
    text = f"{line.open:,} in place of {asked}, {line.allocated:,} here, {line.backordered:,} waiting"
    event = writing.HistoryEntry(line.line_id, EventKind.SUBSTITUTED, line.open, text[:300])
    return event, promises.fact(replace(line, promised_date=None), line, NoticeKind.SUBSTITUTED, line.open)

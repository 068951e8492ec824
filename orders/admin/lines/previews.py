"""
What an operation on selected lines does: which lines, customers, promises and mails it touches, who is pushed back and
by how many days.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.forms import BoundField
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from orders.admin import rows
from orders.forms import BatchForm, UnitsForm
from orders.fulfillment.availability import Instead
from orders.models import BackorderCause, OrderLine
from orders.queue import questions
from orders.queue.effects import Effects, Moved

SHOWN = 200
"""Rows of a preview that are written out; the sums count all."""


class Selected(NamedTuple):
    """
    A selected line: its place now and then, how it moves, what else covers it, the units typed for it, its cause and
    the one that is said of it.
    """

    line: OrderLine
    place: tuple[int, int] | None
    then: tuple[int, int] | None
    move: Moved | None
    cover: SafeString
    units: BoundField | None
    cause: rows.Chip | None
    then_cause: str


class Other(NamedTuple):
    """Somebody else whom it moves: the line, before and after, by how much in words, and what else covers it."""

    line: OrderLine
    move: Moved
    words: str
    cover: SafeString


def context(lines: Sequence[OrderLine], form: BatchForm, effects: Effects | None) -> dict[str, Any]:
    """Give what the page of an operation on these lines shows, once ``effects`` are known with what it does."""
    chosen = {line.pk for line in lines}
    moved = [move for move in effects.moved if move.line_id not in chosen] if effects else []
    later = sorted((move for move in moved if move.days > 0), key=lambda move: (-move.days, move.line_id))
    sooner = sorted((move for move in moved if move.days < 0), key=lambda move: (move.days, move.line_id))
    units_fields = form.units_fields if isinstance(form, UnitsForm) else []
    news = effects.news[:SHOWN] if effects else []
    return {
        "fields": [form[name] for name in form.fields if name not in units_fields],
        "units_column": form.column if isinstance(form, UnitsForm) and units_fields else "",
        "lines": lines,
        "beyond": lines[SHOWN:],
        "shown": _selected(lines[:SHOWN], effects, {name: form[name] for name in units_fields}, _said_cause(form)),
        "units": sum(line.backordered for line in lines),
        "customers": len({line.order.customer_id for line in lines}),
        "effects": effects,
        "news": news,
        "has_said": any(fact.was_date for fact in news),
        "later": _others(later[:SHOWN]),
        "later_count": len(later),
        "most_days": max((move.days for move in later if move.now.safe_date), default=0),
        "sooner": _others(sooner[:SHOWN]),
        "sooner_count": len(sooner),
        "broken": sum(move.breaks for move in effects.moved) if effects else 0,
        "added": [(line, effects.places.get(line.pk)) for line in effects.added[:SHOWN]] if effects else (),
    }


def there_is(found: Instead, sku: str) -> str:
    """
    Say what there is of a product that is offered, were all of it taken now.

    >>> from datetime import date
    >>> there_is(Instead(2, 0, 2, None), "BIRCH"), there_is(Instead(0, 2, 2, None), "BIRCH")
    ('All 2 of BIRCH lie free. Nothing is kept for an offer.', 'Of the 2 of BIRCH none lies free, and no date can be \
given for what is missing. Nothing is kept for an offer.')
    >>> there_is(Instead(3, 12, 15, date(2026, 12, 4)), "BIRCH").partition(". ")[0]
    'Of the 15 of BIRCH 3 lie free, and all could ship by 4 Dec 2026'
    >>> there_is(Instead(3, 12, 5, date(2026, 12, 4)), "BIRCH").partition(". ")[0]
    'Of the 15 of BIRCH only 5 may be sold now'
    """
    if not found.waiting:
        words = f"{'The one' if found.here == 1 else f'All {found.here:,}'} of {sku} {_lie(found.here)} free"
    elif found.is_short:
        words = f"Of the {found.units:,} of {sku} only {found.most:,} may be sold now"
    else:
        day = date_format(found.ships_on, "j M Y") if found.ships_on else ""
        comes = f"all could ship by {day}" if day else "no date can be given for what is missing"
        here = f"{found.here:,}" if found.here else "none"
        words = f"Of the {found.units:,} of {sku} {here} {_lie(found.here or 1)} free, and {comes}"
    return f"{words}. Nothing is kept for an offer."


def _lie(units: int) -> str:
    return "lies" if units == 1 else "lie"


def _selected(
    lines: Sequence[OrderLine],
    effects: Effects | None,
    fields: Mapping[str, BoundField],
    said_cause: str | None,
) -> list[Selected]:
    """Each line with its place and its date now and, if it has been tried, afterwards."""
    now = questions.places(lines)
    then = effects.places if effects else {}
    moves = {move.line_id: move for move in effects.moved} if effects else {}
    found = []
    for line in lines:
        move = moves.get(line.pk)
        cover = rows.recovered(move.cover if move else None)
        known: BackorderCause | None = getattr(line, "backorder_cause", None)
        units, cause = fields.get(f"units-{line.pk}"), rows.cause(known)
        then_cause = "" if said_cause is None or effects is None else (known or BackorderCause()).words_if(said_cause)
        found.append(Selected(line, now.get(line.pk), then.get(line.pk), move, cover, units, cause, then_cause))
    return found


def _said_cause(form: BatchForm) -> str | None:
    """Give the cause that is said of the lines; "": that of the record counts again; None: this is about no cause."""
    return form.cleaned_data.get("cause") if form.is_bound and form.is_valid() else None


def _others(moves: Collection[Moved]) -> list[Other]:
    lines = OrderLine.objects.select_related("order__customer", "product").in_bulk([move.line_id for move in moves])
    return [
        Other(lines[move.line_id], move, _days(move), rows.recovered(move.cover))
        for move in moves
        if move.line_id in lines
    ]


def _days(move: Moved) -> str:
    """
    How much later or sooner, in words.

    >>> from datetime import date
    >>> from orders.queue.effects import SeenByCustomer
    >>> day = date(2026, 12, 1)
    >>> was, now = (SeenByCustomer(0, 1, each, each, None) for each in (day, date(2026, 12, 4)))
    >>> _days(Moved(1, was, now)), _days(Moved(1, now, was))
    ('3 days later', '3 days sooner')
    >>> _days(Moved(1, was, SeenByCustomer(0, 1, None, None, None)))
    'no date any more'
    """
    if move.now.safe_date is None:
        return "no date any more"
    if move.was.safe_date is None:
        return "has a date now"
    count = abs(move.days)
    return f"{count:,} day{'s'[: count != 1]} {'later' if move.days > 0 else 'sooner'}"

"""What the page of an operation shows of the lines it is about."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk import tables
from inventory.desk.naming import to
from inventory.desk.tables import Table, item
from inventory.ground.plurals import counted
from orders.admin import rows
from orders.forms import BatchForm, CauseForm, UnitsForm
from orders.fulfillment.availability import Instead
from orders.models import BackorderCause, OrderLine
from orders.queue import questions

SHOWN = 200
"""Lines that are written out; all of them are changed."""
TICK = '<input type="checkbox" name="_selected_action" value="{}" aria-label="{}, {}"{}> {}'
KEPT = '<input type="hidden" name="_selected_action" value="{}">{}'


def selected(lines: Sequence[OrderLine], form: BatchForm, *, is_open: bool, is_ticked: bool) -> Table:
    """
    Show the lines, with the fields that each of them has.

    :param is_open: each can be left out
    """
    shown, rest = lines[:SHOWN], len(lines) - SHOWN
    places = questions.places(shown)
    units = form.column if isinstance(form, UnitsForm) and form.units_fields else ""
    has_cause = isinstance(form, CauseForm)
    customers, waiting = {line.order.customer_id for line in lines}, sum(line.backordered for line in lines)

    def box(line: OrderLine) -> SafeString:
        order = to(line.order)
        if not is_open:
            return format_html(KEPT, line.pk, order)
        return format_html(TICK, line.pk, line.order, line.product, " checked" if is_ticked else "", order)

    sums = (
        f"{counted(len(lines), 'line')} · {counted(len(customers), 'customer')} · {counted(waiting, 'unit')} "
        f"{'waits' if waiting == 1 else 'wait'}."
    )
    return Table(
        "Selected lines",
        (
            *("Order · customer", "Product", "Waits", "Arrives", "Promised", "Place"),
            *(["Cause"] if has_cause else []),
            *([units] if units else []),
        ),
        [
            (
                tables.lines([box(line), to(line.order.customer)]),
                tables.lines([item(line.product), line.product.name]),
                f"{line.backordered:,} of {line.quantity:,}",
                _day(line.safe_date) if line.backordered else "here",
                _day(line.promised_date),
                "{:,} of {:,}".format(*places[line.pk]) if line.pk in places else "",
                *([_cause(line, form)] if has_cause else []),
                *([form[f"units-{line.pk}"]] if units else []),
            )
            for line in shown
        ],
        note=" ".join(filter(None, (sums, form.note, f"… and {rest:,} more; all of them are changed." * (rest > 0)))),
    )


def _day(value: date | None) -> str:
    return tables.day(value) or "no date"


def _cause(line: OrderLine, form: BatchForm) -> Any:
    """Why it waits and, once a cause is said, what counts then."""
    known: BackorderCause | None = getattr(line, "backorder_cause", None)
    was = chip.text if (chip := rows.cause(known)) else ""
    if not (form.is_bound and form.is_valid()):
        return was
    now = (known or BackorderCause()).words_if(form.cleaned_data["cause"])
    return was if now == was else format_html("{} → <b>{}</b>", was or "–", now or "–")


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

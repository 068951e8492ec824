"""New dates for a whole purchase order, or all that comes with one inbound: looked at once, then done at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from inventory.desk import careful
from inventory.desk.operations import Operation, allowed, page_of
from inventory.desk.performing import of_one
from inventory.desk.tables import Table, day, item
from inventory.ground.plurals import counted
from inventory.models import Inbound
from inventory.night import popular
from inventory.supply import inbound as arrivals
from inventory.supply.arriving import rescheduling
from suppliers import purchasing
from suppliers.models import PurchaseOrder

from .date_columns import NewDatesForm
from .dates import GiveNewDate

MOST_LINES = 300
"""Lines that one page takes: each has a field of its own."""


class GiveNewDates(Operation):
    """
    Give what comes together new dates.

    :ivar called: what it is called
    :ivar parts: what is open of it
    :ivar move: the use case that redates it
    """

    name = "reschedule_all"
    permission = GiveNewDate.permission
    explanation = (
        "Type a day beside a line, or fill in all of them at once. The next page shows whose date moves "
        "and who is told, before anything is written."
    )
    refusals = (purchasing.PurchaseRefused, arrivals.NotAnInbound)
    touches_customers = True

    def __init__(
        self, called: str, parts: Sequence[Inbound], move: Callable[[NewDatesForm, User, datetime], object]
    ) -> None:
        self.called, self.parts, self.move = called, parts, move

    def title(self, rows: Sequence[Any]) -> str:
        return f"New date for all of {self.called}"

    def form(self, rows: Sequence[Any], data: Any) -> NewDatesForm:
        return NewDatesForm(self.parts, data)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return {part.product_id for part in self.parts}

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        """Read again, in one statement, what is to come and when, so that what is shown is what the dates rest on."""
        columns = ("quantity", "received", "canceled", "outstanding", "first_date", "expected_date", "is_confirmed")
        fresh = Inbound.objects.in_bulk([part.pk for part in self.parts])
        for part in self.parts:
            for column in columns:
                setattr(part, column, getattr(fresh[part.pk], column))
        return [(part.pk, *(getattr(part, column) for column in columns)) for part in self.parts]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        assert isinstance(form, NewDatesForm)
        return [_table(form)]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        assert isinstance(form, NewDatesForm)
        return _moves(form, self.called)

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, NewDatesForm)
        self.move(form, by, at)
        return f"New dates for {counted(len(form.dates()), 'line')} of {self.called}."


def purchase_order(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Give all that is to come of a purchase order new dates; each is a slip of its supplier."""
    by = allowed(request, GiveNewDates.permission)
    order = careful.found(PurchaseOrder.objects.select_related("supplier"), pk)
    return _of_order(site, request, order, back=page_of(by, order))


def inbound(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Give all that comes with this inbound, under its reference and from its sender, new dates."""
    by = allowed(request, GiveNewDates.permission)
    row = careful.found(Inbound.objects.select_related("purchase_line__purchase_order__supplier"), pk)
    back = page_of(by, row)
    if line := getattr(row, "purchase_line", None):
        return _of_order(site, request, line.purchase_order, back=back)
    parts = _parts(reference=row.reference, sender=row.sender, purchase_line=None)

    def move(form: NewDatesForm, who: User, at: datetime) -> object:
        confirmed = {part.pk for part in parts if part.is_confirmed}
        changes = [
            rescheduling.DateChange(pk, new, new, new, pk in confirmed and new is not None)
            for pk, new in form.dates().items()
        ]
        return rescheduling.reschedule(changes, by=who, at=at)

    return of_one(site, request, GiveNewDates(str(row), parts, move), row, back=back)


def _of_order(site: AdminSite, request: HttpRequest, order: PurchaseOrder, *, back: str) -> HttpResponse:
    parts = _parts(purchase_line__purchase_order=order)

    def move(form: NewDatesForm, who: User, at: datetime) -> object:
        lines = dict(order.lines.filter(inbound__in=parts).values_list("inbound", "pk"))
        dates = {lines[pk]: new for pk, new in form.dates().items()}
        return purchasing.reschedule_lines(order.pk, dates, reason=form.cleaned_data["reason"], by=who, at=at)

    return of_one(site, request, GiveNewDates(f"{order} · {order.supplier}", parts, move), order, back=back)


def _parts(**wanted: Any) -> list[Inbound]:
    rows = Inbound.objects.open().filter(**wanted).select_related("product", "warehouse").order_by("pk")
    parts = list(rows[:MOST_LINES])
    popular.mark(part.product for part in parts)
    return parts


def _moves(form: NewDatesForm, name: str) -> str:
    """Say in a sentence how many lines come on another day, how far they move, and how many have one now, or none."""
    was = {part.pk: part.expected_date for part in form.parts}
    new = form.dates()
    by = [(day - known).days for pk, day in new.items() if day and (known := was[pk])]
    undated = sum(day is None for day in new.values())
    least, most = min(by, default=0), max(by, default=0)
    far = _later(least) if least == most else f"from {_later(least)} to {_later(most)}"
    counts = (
        (len(by), f"on another day, {far}"),
        (len(new) - len(by) - undated, "on a day where none was known"),
        (undated, "on no date that anybody knows"),
    )
    (count, words), *others = [(count, words) for count, words in counts if count]
    said = f"{counted(count, 'line')} of {name} {'comes' if count == 1 else 'come'} {words}"
    return "; ".join([said, *(f"{count:,} {words}" for count, words in others)]) + "."


def _later(count: int) -> str:
    return f"{counted(abs(count), 'day')} {'later' if count > 0 else 'sooner'}"


def _table(form: NewDatesForm) -> Table:
    parts = form.parts
    return Table(
        "",
        ("Product", "Name", "To", "Outstanding", "Promised to customers", "Sender says", "New date"),
        [
            (
                item(part.product),
                part.product.name,
                part.warehouse.code,
                part.outstanding,
                part.committed,
                day(part.expected_date) or "no date",
                form[f"date-{part.pk}"],
            )
            for part in parts
        ],
        empty="Nothing of it is outstanding: it was received or canceled before.",
        note=f"The first {MOST_LINES} lines; the others when these are done." if len(parts) == MOST_LINES else "",
        numbers=("Outstanding", "Promised to customers"),
    )

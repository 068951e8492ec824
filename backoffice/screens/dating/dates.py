"""A new date for what is on its way: who is moved, which promises change, who is told; then exactly that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from backoffice.screens import receiving
from inventory.desk import careful
from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation, allowed, page_of
from inventory.desk.performing import of_one
from inventory.desk.tables import Table, day, window
from inventory.ground.plurals import counted
from inventory.models import Inbound
from inventory.supply import inbound as arrivals
from inventory.supply.arriving import rescheduling
from suppliers import purchasing


class ArrivalDateForm(forms.Form):
    new_date = ComingDayField(
        required=False, widget=DATE, label="Arrives on", help_text="Empty: nobody can say any more."
    )
    reason = forms.CharField(
        max_length=200,
        label="What the sender says",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For us; customers read the date, not this.",
    )


class GiveNewDate(Operation):
    """Give an inbound a new date; one of a purchase order is a slip of its supplier."""

    name = "reschedule"
    permission = "inventory.reschedule_inbound"
    explanation = "The next page shows whose date moves and who is told, before anything is written."
    refusals = (purchasing.PurchaseRefused, arrivals.NotAnInbound)
    touches_customers = True

    def title(self, rows: Sequence[Inbound]) -> str:
        return f"New date for {rows[0].product} of {rows[0]}"

    def form(self, rows: Sequence[Inbound], data: Any) -> ArrivalDateForm:
        return ArrivalDateForm(data, initial={"new_date": rows[0].expected_date})

    def counters(self, rows: Sequence[Inbound], form: forms.Form) -> list[tuple[object, ...]]:
        return figures(rows)

    def tables(self, rows: Sequence[Inbound], form: forms.Form) -> list[Table]:
        return [known(rows[0])]

    def in_words(self, rows: Sequence[Inbound], form: forms.Form) -> str:
        return _moves(rows[0], form)

    def act(self, rows: Sequence[Inbound], form: forms.Form, *, by: User, at: datetime) -> str:
        row = rows[0]
        _move(row, getattr(row, "purchase_line", None), form, by=by, at=at)
        return f"{row.product} of {row} is expected {_said(form)}."


def reschedule(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Give an inbound a new date."""
    by = allowed(request, GiveNewDate.permission)
    row = careful.found(Inbound.objects.select_related("product", "warehouse", "purchase_line__purchase_order"), pk)
    line = getattr(row, "purchase_line", None)
    back = page_of(by, line.purchase_order, row) if line else page_of(by, row)
    return of_one(site, request, GiveNewDate(), row, back=back)


def figures(rows: Sequence[Inbound]) -> list[tuple[object, ...]]:
    """Read again what is to come of an inbound and when, so that what is shown is what a new date rests on."""
    row = rows[0]
    counted_anew = receiving.counters(rows)
    row.refresh_from_db(fields=["first_date", "expected_date", "is_confirmed"])
    return [*counted_anew, (row.first_date, row.expected_date, row.is_confirmed)]


def _move(row: Inbound, line: Any, form: forms.Form, *, by: User, at: datetime) -> object:
    new_date, reason = form.cleaned_data["new_date"], form.cleaned_data["reason"]
    if line is not None:
        return purchasing.reschedule(line.pk, new_date, reason=reason, by=by, at=at)
    is_confirmed = row.is_confirmed and new_date is not None
    return rescheduling.reschedule(
        [rescheduling.DateChange(row.pk, new_date, new_date, new_date, is_confirmed)], by=by, at=at
    )


def _said(form: forms.Form) -> str:
    new_date = form.cleaned_data["new_date"]
    return f"on {day(new_date)}" if new_date else "on no date that anybody knows"


def known(row: Inbound) -> Table:
    """Show what is to come of an inbound, and when, as far as anybody said."""
    return Table(
        "As it stands",
        ("To", "Outstanding", "Promised to customers", "First confirmed", "Sender says", "Likely to arrive"),
        [
            (
                row.warehouse.code,
                row.outstanding,
                row.committed,
                day(row.first_date) or "never",
                day(row.expected_date) or "no date",
                window(row.likely_date, row.safe_date) or "no date",
            )
        ],
        numbers=("Outstanding", "Promised to customers"),
    )


def _moves(row: Inbound, form: forms.Form) -> str:
    """Say in a sentence what comes when, and when it was to come."""
    was = f"not on {day(row.expected_date)}" if row.expected_date else "which had no date"
    verb = "comes" if row.outstanding == 1 else "come"
    return f"{counted(row.outstanding, 'unit')} of {row.product} {verb} {_said(form)}, {was}."

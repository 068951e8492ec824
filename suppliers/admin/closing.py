"""A supplier that closes for some days, or works in them after all: each time shown first, and then done exactly so."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import ComingDayField, DayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, day
from inventory.ground.plurals import counted
from suppliers import closing
from suppliers.models import Closure, Supplier


class SupplierClosureForm(forms.Form):
    starts_on = DayField(widget=DATE, label="First day")
    ends_on = ComingDayField(widget=DATE, label="Last day")
    reason = forms.CharField(required=False, max_length=120, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def in_words(self) -> str:
        given = self.cleaned_data
        return span(Closure(**{name: given[name] for name in ("starts_on", "ends_on", "reason")}))


class AfterAllForm(forms.Form):
    closures = forms.TypedMultipleChoiceField(
        coerce=int, widget=forms.CheckboxSelectMultiple, label="Works after all in"
    )

    def __init__(self, supplier: Supplier, data: Any) -> None:
        super().__init__(data)
        field = self.fields["closures"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.pk, span(row)) for row in supplier.closures.order_by("-starts_on", "-pk")]


class _OfClosures(Operation):
    """It moves the dates of whatever is out and not confirmed, and of what is still to be asked for."""

    permission = "suppliers.change_supplier"
    refusals = (closing.NotAClosure,)
    takes_many = False
    touches_customers = True

    def product_ids(self, rows: Sequence[Supplier], form: forms.Form) -> Collection[int]:
        return closing.concerned(rows[0].pk)

    def counters(self, rows: Sequence[Supplier], form: forms.Form) -> list[tuple[object, ...]]:
        return [(row.pk, *row.closures.order_by("pk").values_list("pk", "starts_on", "ends_on")) for row in rows]


class CloseSupplier(_OfClosures):
    name, label = "close_for", "Close for some days…"
    explanation = (
        "Days of a closure are no lead time: what is out and not confirmed comes later, and what is still to be "
        "ordered takes longer. A day that the supplier has confirmed stays."
    )
    form_class = SupplierClosureForm

    def in_words(self, rows: Sequence[Supplier], form: forms.Form) -> str:
        assert isinstance(form, SupplierClosureForm)
        return f"{rows[0]} is closed {form.in_words()}."

    def act(self, rows: Sequence[Supplier], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, SupplierClosureForm)
        given = form.cleaned_data
        closing.close(rows[0].pk, given["starts_on"], given["ends_on"], reason=given["reason"], by=by, at=at)
        return f"{rows[0]} is closed {form.in_words()}."


class OpenAfterAll(_OfClosures):
    name, label = "open_after_all", "Open after all…"
    explanation = "The days of a closure count again."

    def applies(self, row: Supplier) -> bool:
        return row.closures.exists()

    def form(self, rows: Sequence[Supplier], data: Any) -> AfterAllForm:
        return AfterAllForm(rows[0], data)

    def act(self, rows: Sequence[Supplier], form: forms.Form, *, by: User, at: datetime) -> str:
        count = closing.reopen(rows[0].pk, form.cleaned_data["closures"], by=by, at=at)
        return f"{rows[0]} is open after all: {counted(count, 'closure')} taken back."


OPERATIONS = CloseSupplier(), OpenAfterAll()


def span(row: Closure) -> str:
    first, last = day(row.starts_on), day(row.ends_on)
    days = f"on {first}" if row.starts_on == row.ends_on else f"from {first} to {last}"
    return f"{days} ({row.reason})" if row.reason else days


def table(rows: Iterable[Closure]) -> Table:
    """Show on which days it takes no orders and works at none."""
    return Table(
        "Closed, latest first",
        ("First day", "Last day", "Why"),
        [(day(row.starts_on), day(row.ends_on), row.reason) for row in rows],
        empty="Never closed, as far as anybody said.",
    )

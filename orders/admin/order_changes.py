"""What may change of an order that was placed, until it has shipped: its terms. Shown before it is done."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import DayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from orders import fulfillment
from orders.fulfillment.terms import NOTE_SIGNS, OrderTerms
from orders.models import Order, OrderLine, WarehouseRule

FIGURES = ("pk", "open", "allocated", "shipped", "canceled")


class TermDayField(DayField):
    """A day that stands may have passed; another one is still to come."""

    stands: date | None = None

    def earliest(self, today: date) -> date:
        return min(today, self.stands or today)


class TermsForm(forms.Form):
    """The terms of one order as they stand; what is typed otherwise is changed."""

    is_ship_complete = forms.BooleanField(
        required=False, label="Ship only complete", help_text="Otherwise what is here ships, and the rest follows."
    )
    warehouse_rule = forms.ChoiceField(choices=WarehouseRule.choices, label="Ships from")
    wanted_date = TermDayField(required=False, label="Not before", help_text="Empty: as soon as possible.", widget=DATE)
    must_by_date = TermDayField(
        required=False, label="Not after", help_text="The customer has no use for it later. Empty: no such day.",
        widget=DATE,
    )  # fmt: skip
    note = forms.CharField(
        required=False, max_length=NOTE_SIGNS, widget=forms.Textarea(attrs={"rows": 3}), help_text="For the parcel."
    )
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")

    def __init__(self, order: Order, data: Any) -> None:
        super().__init__(data, initial={each.name: getattr(order, each.name) for each in fields(OrderTerms)})
        for name in ("wanted_date", "must_by_date"):
            field = self.fields[name]
            assert isinstance(field, TermDayField)
            field.stands = getattr(order, name)

    def wanted(self) -> dict[str, Any]:
        return {each.name: self.cleaned_data[each.name] for each in fields(OrderTerms)}


class ChangeTerms(Operation):
    name = "terms"
    label = "Change the order…"
    permission = "orders.amend_order"
    touches_customers = True
    takes_many = False
    is_logged = False  # an order has a history of its own
    explanation = (
        "What ships together, from where, not before and not after. Its lines keep their places in the queue; units "
        "that they need only later go to the next."
    )
    refusals = (fulfillment.NotTheseTerms, fulfillment.BackorderLimit)

    def applies(self, row: Any) -> bool:
        return bool(row.units_open)

    def form(self, rows: Sequence[Order], data: Any) -> TermsForm:
        return TermsForm(rows[0], data)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        """Give the terms that stand and the figures of its lines, as they are under the locks."""
        rows[0].refresh_from_db(fields=[each.name for each in fields(OrderTerms)])
        lines = OrderLine.objects.filter(order=rows[0]).order_by("pk").values_list(*FIGURES)
        return [(rows[0].pk, *(getattr(rows[0], each.name) for each in fields(OrderTerms))), *lines]

    def product_ids(self, rows: Sequence[Order], form: forms.Form) -> Collection[int]:
        return set(OrderLine.objects.open().filter(order=rows[0]).values_list("product_id", flat=True))

    def line_ids(self, rows: Sequence[Order]) -> Collection[int]:
        return set(OrderLine.objects.backordered().filter(order=rows[0]).values_list("pk", flat=True))

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return "The terms of this order change; its lines are covered and dated again."

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, TermsForm)
        told = fulfillment.change_terms(rows[0].pk, form.wanted(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{rows[0]} is changed. {'. '.join(told)}."

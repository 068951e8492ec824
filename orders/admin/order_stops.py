"""Orders that staff stop, and let go on. Shown first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from orders import fulfillment
from orders.forms import STOPS_PARCELS, offer_to_stop
from orders.fulfillment import NotToStop, Stop
from orders.models import Order, OrderLine, StopReason

from .order_changes import ChangeOrder


class StopForm(forms.Form):
    """Why, whose it is, and until when."""

    reason = forms.ChoiceField(choices=StopReason.choices, label="Why")
    note = forms.CharField(
        required=False, max_length=200, label="In words", help_text="For us alone: no customer reads it."
    )
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        required=False,
        empty_label="I do",
        label="Who looks after it",
    )
    until_date = ComingDayField(
        required=False,
        label="Until",
        help_text="It goes on by itself on this day. Empty: somebody lets it go on.",
        widget=DATE,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        if data and data.get(STOPS_PARCELS):
            offer_to_stop(self)


class StopOrder(ChangeOrder):
    name = "stop"
    label = "Stop…"
    permission = "orders.stop_order"
    form_class = StopForm
    explanation = (
        "Nothing of the order ships, and it takes no units, until it goes on. It keeps its place in the queue and what "
        "is set aside for it; what it had claimed of deliveries goes to the next in line. Where the address is in "
        "doubt its customer is asked for it; else no mail tells them."
    )
    refusals = (NotToStop,)

    def applies(self, row: Any) -> bool:
        return bool(row.units_open and not row.has_stop)

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return "The order is stopped."

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        given = form.cleaned_data
        owner = given["owner"] or by
        self.stop_parcels([rows[0].pk], form, by=by, at=at)
        wanted = Stop(given["reason"], owner.pk, given["note"], given["until_date"])
        fulfillment.stop(rows[0].pk, wanted, by=by, at=at)
        return f"{rows[0]} is stopped. {owner} looks after it."


class GoOnForm(forms.Form):
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")


class LetGoOn(ChangeOrder):
    name = "go_on"
    label = "Let it go on…"
    permission = "orders.stop_order"
    form_class = GoOnForm
    explanation = (
        "The order takes its place again: it may ship what is set aside for it, and what it lacks is planned anew. Its "
        "customer is told what they have not heard yet. One that was paid late goes on if all of it may be sold."
    )
    refusals = (NotToStop, fulfillment.NotToPay, fulfillment.BackorderLimit)

    def applies(self, row: Any) -> bool:
        return bool(row.has_stop or (row.is_stopped and not row.is_unpaid))

    def line_ids(self, rows: Sequence[Order]) -> Collection[int]:
        return set(OrderLine.objects.open().filter(order=rows[0]).values_list("pk", flat=True))

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return "The order goes on; its lines are covered and dated again."

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        go_on = fulfillment.go_on if rows[0].stops.filter(ended_at=None).exists() else fulfillment.resume
        go_on(rows[0].pk, reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{rows[0]} goes on."

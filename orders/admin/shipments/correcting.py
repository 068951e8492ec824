"""A tracking number that was wrong: corrected, and told anew to whom it was told."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.operations import Operation
from orders import fulfillment, shipping
from orders.fulfillment import Label
from orders.models import Shipment
from orders.typed import TrackingField


class CorrectionForm(forms.Form):
    """How a parcel goes, as it stands; what is typed otherwise is corrected."""

    carrier = forms.CharField(required=False, max_length=80)
    tracking = TrackingField(label="Tracking number")
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of its lines.")


class CorrectNumber(Operation):
    name = "correct"
    label = "Correct the number…"
    permission = "orders.correct_shipment"
    takes_many = False
    touches_customers = True
    explanation = (
        "A mail that has not left yet says the right number when it does. Its customer gets another mail only if the "
        "wrong one was told."
    )
    refusals = (shipping.NotACorrection, fulfillment.NumberGivenTwice)

    def form(self, rows: Sequence[Shipment], data: Any) -> forms.Form:
        return CorrectionForm(data, initial={"carrier": rows[0].carrier, "tracking": rows[0].tracking})

    def counters(self, rows: Sequence[Shipment], form: forms.Form) -> list[tuple[object, ...]]:
        return [(row.pk, row.carrier, row.tracking) for row in rows]

    def lock(self, rows: Sequence[Shipment]) -> None:
        list(Shipment.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True))

    def product_ids(self, rows: Sequence[Shipment], form: forms.Form) -> Collection[int]:
        return ()

    def in_words(self, rows: Sequence[Shipment], form: forms.Form) -> str:
        was, now = (Label(*pair) for pair in ((rows[0].carrier, rows[0].tracking), self._typed(form)))
        return f"{str(was) or 'none'} → {str(now) or 'none'}."

    def act(self, rows: Sequence[Shipment], form: forms.Form, *, by: User, at: datetime) -> str:
        label = Label(*self._typed(form))
        shipping.correct(rows[0].pk, label, reason=form.cleaned_data["reason"], by=by, at=at)
        return f"The parcel of {rows[0].order} goes by {str(label) or 'no number'}."

    def _typed(self, form: forms.Form) -> tuple[str, str]:
        return form.cleaned_data["carrier"], form.cleaned_data["tracking"]

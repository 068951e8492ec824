"""A line of a purchase order confirmed in several dated parts: who is moved, who is told; then exactly that."""

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
from inventory.desk.tables import Table, day
from inventory.ground.plurals import counted
from inventory.models import Inbound
from inventory.supply import inbound as arrivals
from suppliers import purchasing, splitting

from .dates import figures, known

MOST_PARTS = 6
"""Parts that one page takes; each of them may be parted again."""


class PartsForm(forms.Form):
    """The units that come together, and their day, for each part; what is left may not be confirmed yet."""

    rest_is_open = forms.BooleanField(
        required=False,
        label="The rest is not confirmed",
        help_text="What is left of the line has no day yet: it is dated as the supplier usually delivers.",
    )

    def __init__(self, row: Inbound, data: Any) -> None:
        super().__init__(data)
        self.row = row
        for number in range(1, MOST_PARTS + 1):
            units = forms.NumberInput(attrs={"aria-label": f"Units of part {number}", "min": 1, "inputmode": "numeric"})
            when = forms.DateInput(
                attrs={"type": DATE.input_type, "aria-label": f"Day of part {number}"}, format=DATE.format
            )
            self.fields[f"units-{number}"] = forms.IntegerField(
                required=False, min_value=1, max_value=receiving.MOST_UNITS, widget=units
            )
            self.fields[f"date-{number}"] = ComingDayField(required=False, widget=when)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for number in range(1, MOST_PARTS + 1):
            names = f"units-{number}", f"date-{number}"
            units, when = (cleaned.get(name) for name in names)
            if bool(units) != bool(when) and not self.errors.keys() & set(names):
                missing, words = (names[1], "Say when they come.") if units else (names[0], "Say how many units come.")
                self.add_error(missing, words)
        if not self.errors:
            self._refuse_what_is_no_part()
        return cleaned

    def _refuse_what_is_no_part(self) -> None:
        if self.cleaned_data["rest_is_open"] and self.rest < 1:
            raise forms.ValidationError(
                "Nothing is left that is not confirmed: clear the box, or take units off a part."
            )
        if objection := splitting.against(self.parts(), self.row.outstanding):
            hint = " Name what is missing, or tick that the rest is not confirmed." if self.rest > 0 else ""
            raise forms.ValidationError(f"{objection}{hint}")

    @property
    def dated(self) -> list[splitting.ConfirmedPart]:
        typed = self.cleaned_data
        numbers = range(1, MOST_PARTS + 1)
        return [
            splitting.ConfirmedPart(units, typed[f"date-{number}"])
            for number in numbers
            if (units := typed.get(f"units-{number}"))
        ]

    @property
    def rest(self) -> int:
        """Units that no part names."""
        outstanding: int = self.row.outstanding
        return outstanding - sum(part.units for part in self.dated)

    def parts(self) -> list[splitting.ConfirmedPart]:
        rest = self.rest if self.cleaned_data["rest_is_open"] else 0
        return [*self.dated, *([splitting.ConfirmedPart(rest, None)] if rest > 0 else [])]


class ConfirmInParts(Operation):
    """Let a line of a purchase order come on several days, as its supplier confirmed them."""

    name = "in_parts"
    permission = "suppliers.change_purchaseorder"
    explanation = (
        "The supplier sends the line in parts: how many units come on which day. Each part is dated, received and "
        "overdue by itself from then on. The next page shows whose date moves and who is told, before anything is "
        "written."
    )
    refusals = (purchasing.PurchaseRefused, arrivals.NotAnInbound)
    touches_customers = True

    def title(self, rows: Sequence[Inbound]) -> str:
        return f"Confirm {rows[0].product} of {rows[0]} in parts"

    def form(self, rows: Sequence[Inbound], data: Any) -> PartsForm:
        return PartsForm(rows[0], data)

    def counters(self, rows: Sequence[Inbound], form: forms.Form) -> list[tuple[object, ...]]:
        return figures(rows)

    def tables(self, rows: Sequence[Inbound], form: forms.Form) -> list[Table]:
        parts = [
            (f"Part {number}", form[f"units-{number}"], form[f"date-{number}"]) for number in range(1, MOST_PARTS + 1)
        ]
        return [known(rows[0]), Table("Confirmed", ("", "Units", "Day"), parts)]

    def in_words(self, rows: Sequence[Inbound], form: forms.Form) -> str:
        return f"{rows[0].product} of {rows[0]} comes in parts: {_said(form)}."

    def act(self, rows: Sequence[Inbound], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, PartsForm)
        splitting.split(rows[0].purchase_line.pk, form.parts(), by=by, at=at)
        return f"Confirmed {rows[0].product} of {rows[0]} in {counted(len(form.parts()), 'part')}."


def confirm(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Confirm in parts what is outstanding of a line of a purchase order."""
    by = allowed(request, ConfirmInParts.permission)
    bought = Inbound.objects.filter(purchase_line__isnull=False)
    row = careful.found(bought.select_related("product", "warehouse", "purchase_line__purchase_order"), pk)
    back = page_of(by, row.purchase_line.purchase_order, row)
    return of_one(site, request, ConfirmInParts(), row, back=back)


def _said(form: forms.Form) -> str:
    assert isinstance(form, PartsForm)
    parts = sorted(form.parts(), key=lambda part: (part.day is None, part.day))
    return ", ".join(
        f"{counted(part.units, 'unit')} {f'on {day(part.day)}' if part.day else 'on a day not confirmed'}"
        for part in parts
    )

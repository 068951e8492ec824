"""
Units that will not come, line by line: the whole of a line or a part, at our wish or since the supplier has no more.

Customers who wait for them are shown before it is done, and what the supplier reads, if they are told.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.tables import Table, day
from inventory.ground.plurals import counted
from suppliers import shortening
from suppliers.letters import writing
from suppliers.models import OrderLetter, PurchaseOrder, PurchaseOrderLine

from . import letter_tables
from .line_parts import PartNames
from .purchase_operations import OfOpenLines


class ShortenForm(forms.Form):
    """
    Units of each open line that will not come, why, and whether the supplier is told.

    ``letters``: those that were written, once it was tried.
    """

    def __init__(self, found: Sequence[PurchaseOrderLine], data: Any, *, order: PurchaseOrder) -> None:
        super().__init__(data)
        self.found, self.named = found, PartNames(found)
        self.letters: Sequence[OrderLetter] = ()
        self.fields["reason"] = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))
        if order.supplier.email:
            self.fields["is_told"] = forms.BooleanField(required=False, label="Tell the supplier by mail")
        for line in found:
            most = line.inbound.outstanding if line.inbound else 0
            self.fields[f"units-{line.pk}"] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=most,
                widget=forms.NumberInput(attrs={"aria-label": f"Units of {self.named.words(line)} that will not come"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.units():
            raise forms.ValidationError("Enter the units of at least one line.")
        return cleaned

    def units(self) -> dict[int, int]:
        typed = {line.pk: self.cleaned_data.get(f"units-{line.pk}") for line in self.found}
        return {pk: units for pk, units in typed.items() if units}


class Shorten(OfOpenLines):
    name = "shorten"
    label = "Will not come…"
    permission = "suppliers.change_purchaseorder"
    explanation = (
        "Units that we do not want any more, or that the supplier cannot send. A line of which nothing more is to come "
        "is closed, and what was received stays. Customers who wait for these units are settled again, and told."
    )
    is_risky = True

    def form(self, rows: Sequence[PurchaseOrder], data: Any) -> ShortenForm:
        return ShortenForm(self.open_lines(rows[0]), data, order=rows[0])

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        return [*super().counters(rows, form), (writing.may_be_read(rows[0]), rows[0].supplier.email)]

    def in_words(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> str:
        assert isinstance(form, ShortenForm)
        return f"{counted(sum(form.units().values()), 'unit')} of {rows[0]} will not come."

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, ShortenForm)
        asked = Table(
            "",
            ("Product", "Name", "Ordered", "Supplier says", "Outstanding", "Will not come"),
            [
                (
                    form.named.cell(line),
                    line.product.name,
                    line.quantity,
                    day(line.inbound.expected_date if line.inbound else None) or "no date yet",
                    line.inbound.outstanding if line.inbound else 0,
                    form[f"units-{line.pk}"],
                )
                for line in form.found
            ],
            empty="Nothing of this order is outstanding.",
            numbers=("Ordered", "Outstanding"),
        )
        return [asked, *letter_tables.shown(form.letters)]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ShortenForm)
        order, reason = rows[0], form.cleaned_data["reason"]
        if not form.cleaned_data.get("is_told"):
            units = shortening.shorten(order.pk, form.units(), reason=reason, by=by, at=at)
            return f"{counted(units, 'unit')} of {order} will not come."
        units, letter = writing.shorten(order.pk, form.units(), reason=reason, by=by, at=at)
        form.letters = [letter]
        return f"{counted(units, 'unit')} of {order} will not come, and {letter.recipient} is told."

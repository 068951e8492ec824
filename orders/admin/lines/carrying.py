"""Units that are set aside for a line go to another warehouse, and the line's claim with them; shown first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, day, item
from inventory.ground.plurals import counted
from inventory.models import Warehouse
from inventory.supply import transfers
from orders import fulfillment
from orders.models import Allocation, OrderLine


class CarryForm(forms.Form):
    """From where, to where, how many, and when they are there."""

    source = forms.TypedChoiceField(coerce=int, label="From")
    destination = forms.TypedChoiceField(coerce=int, label="To")
    units = forms.IntegerField(min_value=1, max_value=1_000_000)
    expected_date = ComingDayField(
        required=False, widget=DATE, label="Arrives on", help_text="Empty: nobody can say yet."
    )
    reason = forms.CharField(required=False, max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def __init__(self, claims: Sequence[Allocation], data: Any) -> None:
        units = sum(claim.quantity for claim in claims[:1])
        super().__init__(data, initial={"units": units})
        places: list[Any] = [
            (claim.stock.warehouse_id, f"{claim.stock.warehouse}, {counted(claim.quantity, 'unit')} set aside")
            for claim in claims
            if claim.stock
        ]
        rest = [("", "Choose…"), *((row.pk, str(row)) for row in Warehouse.objects.filter(is_open=True))]
        for name, choices in (("source", places), ("destination", rest)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def place(self, name: str) -> str:
        """What is chosen as source or destination is called so."""
        field: Any = self.fields[name]
        return str(dict(field.choices)[self.cleaned_data[name]]).partition(",")[0]


class CarryClaim(Operation):
    name = "carry"
    label = "Send to another warehouse…"
    permission = "inventory.add_transfer"
    explanation = (
        "The units that are set aside for this line leave the shelf now. The line keeps its place in the queue, and "
        "waits for the transfer instead."
    )
    refusals = (fulfillment.NotCarried, transfers.NotATransfer)
    touches_customers = True
    counted = ("quantity", "canceled", "shipped", "allocated")

    def form(self, rows: Sequence[Any], data: Any) -> CarryForm:
        return CarryForm(_claims(rows), data)

    def title(self, rows: Sequence[Any]) -> str:
        return f"Send to another warehouse: {rows[0].order}, {rows[0].product}"

    def line_ids(self, rows: Sequence[Any]) -> Collection[int]:
        return [row.pk for row in rows]

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        here = [(claim.stock_id, claim.quantity) for claim in _claims(rows)]
        return [*super().counters(rows, form), *here]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [
            Table(
                "Set aside for it",
                ("Product", "Name", "Warehouse", "Units"),
                [
                    (item(rows[0].product), rows[0].product.name, claim.stock.warehouse.code, claim.quantity)
                    for claim in _claims(rows)
                    if claim.stock
                ],
                empty="Nothing is set aside for it.",
                numbers=("Units",),
            )
        ]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        assert isinstance(form, CarryForm)
        units, due = form.cleaned_data["units"], form.cleaned_data["expected_date"]
        said = f"{counted(units, 'unit')} {'leaves' if units == 1 else 'leave'} {form.place('source')} for "
        return f"{said}{form.place('destination')}, {f'there on {day(due)}' if due else 'nobody can say until when'}."

    def act(self, rows: Sequence[OrderLine], form: forms.Form, *, by: User, at: datetime) -> str:
        answer = form.cleaned_data
        why = f"For {rows[0].order}" + (f": {answer['reason']}" if answer["reason"] else "")
        places = answer["source"], answer["destination"]
        wanted = fulfillment.Carried(rows[0].pk, *places, answer["units"], answer["expected_date"], why[:200])
        sent = fulfillment.send_along(wanted, by=by, at=at)
        leaves = f"{counted(answer['units'], 'unit')} {'is' if answer['units'] == 1 else 'are'} on the way"
        return f"{leaves} to {sent.destination}, and the line waits for {'it' if answer['units'] == 1 else 'them'}."


def _claims(rows: Sequence[Any]) -> list[Allocation]:
    """What is set aside for the line on shelves, most first."""
    own = Allocation.objects.filter(line__in=[row.pk for row in rows], stock__isnull=False, quantity__gt=0)
    return list(own.select_related("stock__warehouse").order_by("-quantity", "pk"))

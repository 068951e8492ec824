"""Another product came than a line of a purchase order asked for: taken in as what it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory import known
from inventory.desk.operations import Operation
from inventory.desk.tables import Table
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models import Movement, MovementKind, Product
from inventory.supply import unasked
from suppliers import purchasing, sent
from suppliers.models import PurchaseOrder

from .line_parts import PartNames, in_order

MOST_UNITS = 1_000_000


class AnotherForm(forms.Form):
    """Which line it came for, what it is, and whether what was ordered still comes."""

    line = forms.TypedChoiceField(coerce=int, label="Ordered")
    sku = forms.CharField(max_length=64, label="Came: SKU", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    units = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    closes = forms.BooleanField(
        required=False,
        label="What was ordered will not come",
        help_text="As many units of the line are closed; else it stays open for what was ordered.",
    )

    product: Product | None = None

    def __init__(self, order: PurchaseOrder, data: Any) -> None:
        super().__init__(data)
        found = [line for line in sent.lines_of([order.pk]) if line.inbound and line.inbound.outstanding]
        self.lines = {line.pk: line for line in in_order(found)}
        self.named = PartNames(self.lines.values())
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (pk, f"{self.named.words(line)}, {counted(line.inbound.outstanding, 'unit')} outstanding")
            for pk, line in self.lines.items()
            if line.inbound
        ]

    def clean_sku(self) -> str:
        sku: str = self.cleaned_data["sku"]
        self.product = known.products([sku]).get(keys.key(sku))
        if self.product is None:
            raise forms.ValidationError(known.unknown(sku))
        return sku


class ReceiveAnother(Operation):
    name = "another"
    label = "Another product came…"
    permission = "inventory.receive_inbound"
    counted = ("sent_at", "canceled_at", "units_ordered", "units_to_come")
    explanation = "It becomes stock as what it is, and goes to those who wait for it."
    refusals = (purchasing.PurchaseRefused, unasked.NotInPlace)
    touches_customers = True
    takes_many = False

    def applies(self, row: Any) -> bool:
        return bool(row.sent_at and row.units_to_come)

    def form(self, rows: Sequence[Any], data: Any) -> AnotherForm:
        return AnotherForm(rows[0], data)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        assert isinstance(form, AnotherForm)
        came = {form.product.pk} if form.product else set()
        return {line.product_id for line in form.lines.values()} | came

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        assert isinstance(form, AnotherForm)
        lines = [(line.pk, line.inbound.outstanding) for line in form.lines.values() if line.inbound]
        # a colleague may have taken in the same parcel, which leaves what is outstanding as it was
        came = Movement.objects.filter(reference__in=[row.reference for row in rows], kind=MovementKind.RECEIPT)
        return [*super().counters(rows, form), *lines, ("came", came.count())]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        assert isinstance(form, AnotherForm)
        return [
            Table(
                "What is outstanding",
                ("Product", "Name", "Ordered", "Outstanding"),
                [
                    (form.named.cell(line), line.product.name, line.quantity, line.inbound.outstanding)
                    for line in form.lines.values()
                    if line.inbound
                ],
                empty="Nothing of it is outstanding.",
                numbers=("Ordered", "Outstanding"),
            )
        ]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        return self._said(form)

    def _said(self, form: forms.Form) -> str:
        assert isinstance(form, AnotherForm)
        answer, line = form.cleaned_data, form.lines[form.cleaned_data["line"]]
        rest = f"as many of {line.product} will not come" if answer["closes"] else f"{line.product} stays outstanding"
        return f"{counted(answer['units'], 'unit')} of {form.product} in place of {line.product}; {rest}."

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, AnotherForm)
        assert form.product
        answer = form.cleaned_data
        purchasing.receive_another(
            rows[0].pk, answer["line"], form.product.pk, answer["units"], closes=answer["closes"], by=by, at=at
        )
        return f"Received {self._said(form)}"

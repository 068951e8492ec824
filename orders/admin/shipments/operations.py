"""What becomes of a parcel after it was posted: it comes back, is lost, is found again, or never left. Shown first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.operations import Operation
from inventory.desk.tables import Table, item
from inventory.ground.plurals import counted
from inventory.models import Product
from orders.fulfillment.afterwards import parcels, returns
from orders.fulfillment.afterwards.returns import Becomes, CameBack
from orders.models import Condition, Return, ReturnWish, Shipment, ShipmentLine

REASON = forms.TextInput(attrs={"class": "vTextField"})
BECOMES = (
    (Becomes.INSPECT, "Look at it first: it is not for sale until somebody decides"),
    (Becomes.RESTOCK, "Back on the shelf, for the next in the queue"),
    (Becomes.DISCARD, "Thrown away"),
)
THEIRS = "It may go to a line of this customer"
THEIRS_HELP = "Otherwise what is back on the shelf goes past who sent it back, and what nobody else waits for is kept."


class ParcelForm(forms.Form):
    """
    Units of each row of a parcel, and what is said of all of them.

    :ivar stays: units that wait for a decision, once it was tried
    """

    stays = 0

    def __init__(self, rows: Sequence[ShipmentLine], data: Any) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            widget = forms.NumberInput(attrs={"aria-label": f"Units of {row.line.product}", "min": 0})
            self.fields[_field(row)] = forms.IntegerField(
                required=False, min_value=0, max_value=row.quantity, widget=widget, label=str(row.line.product)
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.units():
            raise forms.ValidationError("Enter units on at least one row, or choose all of them.")
        return cleaned

    def units(self) -> dict[int, int]:
        """Units by row; those left empty, or at none, are left out."""
        return {row.pk: units for row in self.rows if (units := self.cleaned_data.get(_field(row)))}


def _field(row: ShipmentLine) -> str:
    return f"units-{row.pk}"


class ReasonForm(ParcelForm):
    reason = forms.CharField(max_length=150, widget=REASON, help_text="Kept in the history of the order.")


class ReturnForm(ParcelForm):
    """In which condition it came, what the customer wants, and what becomes of it."""

    condition = forms.ChoiceField(choices=Condition.choices)
    wish = forms.ChoiceField(choices=ReturnWish.choices, label="The customer wants")
    becomes = forms.ChoiceField(choices=[(each.value, words) for each, words in BECOMES], label="What becomes of it")
    may_be_theirs = forms.BooleanField(required=False, label=THEIRS, help_text=THEIRS_HELP)
    note = forms.CharField(required=False, max_length=150, widget=REASON)


class FoundForm(ParcelForm):
    """What becomes of what was lost, and is here again."""

    condition = forms.ChoiceField(choices=Condition.choices)
    becomes = forms.ChoiceField(choices=[(each.value, words) for each, words in BECOMES], label="What becomes of it")
    may_be_theirs = forms.BooleanField(required=False, label=THEIRS, help_text=THEIRS_HELP)
    note = forms.CharField(required=False, max_length=150, widget=REASON)


FATES = ("reversed", "lost", "found", "returned", "exchanged")


class ParcelOperation(Operation):
    """Something that became of units of one parcel."""

    touches_customers = True
    takes_many = False
    every = "All of it"
    column = "Units"
    form_type: type[ParcelForm] = ReasonForm
    refusals = (parcels.NotInTheParcel, parcels.NeverOnTheShelf)

    def left(self, row: ShipmentLine) -> int:
        """How many units of a row it can be done to."""
        return row.with_customer

    def applies(self, row: Any) -> bool:
        return bool(row.units_with_customer)

    def form(self, rows: Sequence[Shipment], data: Any) -> ParcelForm:
        own = list(rows[0].lines.select_related("line__product").order_by("pk"))
        if data and "every" in data:
            data = data.copy()
            for row in own:
                data[_field(row)] = str(self.left(row))
        return self.form_type(own, data)

    def counters(self, rows: Sequence[Shipment], form: forms.Form) -> list[tuple[object, ...]]:
        """Give what became of each row so far, as it is under the locks."""
        return list(rows[0].lines.order_by("pk").values_list("pk", "quantity", *FATES))

    def product_ids(self, rows: Sequence[Shipment], form: forms.Form) -> Collection[int]:
        return set(rows[0].lines.values_list("line__product_id", flat=True))

    def line_ids(self, rows: Sequence[Shipment]) -> Collection[int]:
        return set(rows[0].lines.values_list("line_id", flat=True))

    def lock(self, rows: Sequence[Shipment]) -> None:
        Product.objects.lock(rows[0].lines.values_list("line__product_id", flat=True))

    def tables(self, rows: Sequence[Shipment], form: forms.Form) -> list[Table]:
        assert isinstance(form, ParcelForm)
        return [
            Table(
                "",
                ("Product", "Name", "Shipped", "What became of them", "Left", self.column),
                [
                    (
                        item(row.line.product),
                        row.line.product.name,
                        row.quantity,
                        row.fate,
                        self.left(row),
                        form[_field(row)],
                    )
                    for row in form.rows
                ],
                numbers=("Shipped", "Left"),
            )
        ]

    def units(self, form: forms.Form) -> str:
        assert isinstance(form, ParcelForm)
        return counted(sum(form.units().values()), "unit")


class LoseParcel(ParcelOperation):
    name = "lost"
    label = "Lost…"
    permission = "orders.lose_shipment"
    column = "Lost"
    explanation = (
        "The parcel is lost. What was in it ships again from the same lines, in their old places, at no charge. What "
        "is gone stays gone, and the customer is told once."
    )

    def in_words(self, rows: Sequence[Shipment], form: forms.Form) -> str:
        return f"{self.units(form)} lost, to be shipped again from the old place in the queue."

    def act(self, rows: Sequence[Shipment], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ReasonForm)
        parcels.lose(rows[0].pk, form.units(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{self.units(form)} of {rows[0]} lost, to be shipped again."


class ReverseShipment(ParcelOperation):
    name = "reverse"
    label = "It never left…"
    permission = "orders.reverse_shipment"
    column = "Never left"
    is_risky = True
    explanation = (
        "It was posted, and is still here. Its units are on the shelf again, set aside for the same lines. A mail that "
        "it is on its way goes no more, or is corrected if it has gone."
    )

    def in_words(self, rows: Sequence[Shipment], form: forms.Form) -> str:
        return f"{self.units(form)} on the shelf again, set aside as before."

    def act(self, rows: Sequence[Shipment], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ReasonForm)
        parcels.reverse(rows[0].pk, form.units(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{self.units(form)} of {rows[0]} never left."


class TakeInReturn(ParcelOperation):
    name = "return"
    label = "Return…"
    permission = "orders.return_shipment"
    column = "Came back"
    form_type: type[ParcelForm] = ReturnForm
    is_found = False
    explanation = (
        "Units that the customer sent back. On the shelf they go to the next in the queue, but not to who sent them "
        "back, unless you say so. For an exchange the line is open again, in its old place."
    )

    def in_words(self, rows: Sequence[Shipment], form: forms.Form) -> str:
        assert isinstance(form, ParcelForm)
        wait = "waits" if form.stays == 1 else "wait"
        kept = f", of which {form.stays:,} {wait} until somebody decides" if form.stays else ""
        return f"{self.units(form)} back{kept}."

    def act(self, rows: Sequence[Shipment], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ParcelForm)
        said = form.cleaned_data
        back = CameBack(
            condition=said["condition"],
            wish=said.get("wish", ReturnWish.NOTHING),
            becomes=Becomes(said["becomes"]),
            note=said["note"],
            may_be_theirs=said["may_be_theirs"],
            is_found=self.is_found,
        )
        made = returns.take_in(rows[0].pk, form.units(), back, by=by, at=at)
        form.stays = sum(row.inspecting for row in made)
        kept = f" {counted(form.stays, 'unit')} to be decided on." if form.stays else ""
        return f"{self.units(form)} of {rows[0]} back.{kept}"


class FoundAgain(TakeInReturn):
    name = "found"
    label = "Found again…"
    form_type = FoundForm
    is_found = True
    column = "Found"
    explanation = (
        "Units that were lost on the way, and are back here. They have been shipped again, or will be: nobody is owed "
        "anything for them."
    )

    def left(self, row: ShipmentLine) -> int:
        return row.lost - row.found

    def applies(self, row: Any) -> bool:
        return bool(row.units_lost)


class DecisionForm(forms.Form):
    """
    How many of what waits, and what becomes of them.

    :ivar moved: so many went, once it was tried
    """

    moved = 0
    units = forms.IntegerField(min_value=1, max_value=1_000_000)
    becomes = forms.ChoiceField(
        choices=[(each.value, words) for each, words in BECOMES if each != Becomes.INSPECT], label="What becomes of it"
    )
    may_be_theirs = forms.BooleanField(required=False, label=THEIRS, help_text=THEIRS_HELP)


class Decide(Operation):
    name = "decide"
    label = "Decide…"
    permission = "orders.return_shipment"
    touches_customers = True
    takes_many = False
    explanation = "What came back and waits: on the shelf it goes to the next in the queue."
    refusals = (returns.NotToDecide, parcels.NotInTheParcel)

    def applies(self, row: Any) -> bool:
        return bool(row.inspecting)

    def form(self, rows: Sequence[Return], data: Any) -> DecisionForm:
        return DecisionForm(data, initial={"units": rows[0].inspecting})

    def counters(self, rows: Sequence[Return], form: forms.Form) -> list[tuple[object, ...]]:
        return list(Return.objects.filter(pk=rows[0].pk).values_list("pk", "units", "restocked", "discarded"))

    def product_ids(self, rows: Sequence[Return], form: forms.Form) -> Collection[int]:
        return {rows[0].shipment_line.line.product_id}

    def lock(self, rows: Sequence[Return]) -> None:
        Product.objects.lock([rows[0].shipment_line.line.product_id])

    def in_words(self, rows: Sequence[Return], form: forms.Form) -> str:
        where = "on the shelf" if form.cleaned_data["becomes"] == Becomes.RESTOCK else "thrown away"
        assert isinstance(form, DecisionForm)
        return f"{counted(form.moved, 'unit')} {where}."

    def act(self, rows: Sequence[Return], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, DecisionForm)
        said = form.cleaned_data
        before = Return.objects.get(pk=rows[0].pk).inspecting
        row = returns.decide(
            rows[0].pk, Becomes(said["becomes"]), said["units"], may_be_theirs=said["may_be_theirs"], by=by, at=at
        )
        form.moved = before - row.inspecting
        done = "back on the shelf" if said["becomes"] == Becomes.RESTOCK else "thrown away"
        left = f" {counted(row.inspecting, 'unit')} still to be decided on." if row.inspecting else ""
        return f"{counted(form.moved, 'unit')} {done}.{left}"

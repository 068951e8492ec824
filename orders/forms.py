"""What staff type when they act on waiting lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from inventory.desk.day_fields import ComingDayField
from orders.queue import undoing
from orders.queue.ordering import MOST_PRIORITY

from .fulfillment import LineUnits
from .models import OrderLine
from .models.stops import CAUSES
from .typed import SkuField

MOST_FIELDS = 50
"""Lines that get a field of their own; more are acted on as a whole."""


STOPS_PARCELS = "stops_parcels"


def offer_to_stop(form: forms.Form) -> None:
    """Ask whether what is picked shall be taken out of its batch for this."""
    form.fields[STOPS_PARCELS] = forms.BooleanField(
        required=False,
        label="Stop this parcel",
        help_text="It leaves its batch, and stands at the shipping desk as “stopped: put it back”.",
    )


class BatchForm(forms.Form):
    """
    Something done to selected lines, and why; it knows the lines.

    :ivar memory: how they stood, once it was done and can be taken back
    """

    note = ""
    reason = forms.CharField(label="Reason", max_length=200, help_text="Kept in the history of each line.")

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        self.lines = lines
        self.memory: undoing.Memory | None = None
        super().__init__(data)
        self.order_fields([name for name in self.fields if name != "reason"])
        if data and data.get(STOPS_PARCELS):
            offer_to_stop(self)


class DateForm(BatchForm):
    promised_date = ComingDayField(
        label="New date",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The day of shipment you promise. It stands until you let it go or it passes.",
    )
    is_told = forms.BooleanField(
        label="Write the reason in the mail", required=False, help_text="Otherwise only colleagues read it."
    )

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        self.order_fields(["promised_date", "reason", "is_told"])


class PriorityForm(BatchForm):
    priority = forms.IntegerField(label="Priority", min_value=0, max_value=MOST_PRIORITY)

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        days = settings.PRIORITY_LIFT_DAYS
        self.fields["priority"].help_text = f"0 is none. Each step counts as {days} more days of waiting."
        self.fields["reason"].help_text = "Shown beside the place in the queue."


class PlaceForm(BatchForm):
    place = forms.IntegerField(
        label="To place", help_text="Among those who wait for the same product. Whoever it passes stands one later."
    )


class PinForm(BatchForm):
    rank = forms.IntegerField(
        label="Pinned place",
        initial=1,
        help_text="1 is before all others. Lines pinned to the same place stand by their age.",
    )


class CauseForm(BatchForm):
    cause = forms.ChoiceField(
        label="Cause",
        choices=[("", "As the record suggests"), *CAUSES],
        required=False,
        help_text="To confirm what is suggested, choose it. “As the record suggests” takes back what a person said.",
    )


class UnitsForm(BatchForm):
    """A number of units for each line, as long as they are few."""

    column = ""

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        self.units_fields = [f"units-{line.pk}" for line in lines[:MOST_FIELDS]] if len(lines) <= MOST_FIELDS else []
        for name, line in zip(self.units_fields, lines, strict=False):
            label = f"{self.column}: {line.order}, {line.product}"
            hint = {"aria-label": label, "class": "units", "placeholder": self.usual(line)}
            widget = forms.NumberInput(attrs=hint)
            self.fields[name] = forms.IntegerField(label=label, required=False, widget=widget)

    def usual(self, line: OrderLine) -> int:
        """What an empty field stands for."""
        return int(line.open)

    def wanted(self) -> list[LineUnits]:
        """The units of each line; None where nothing was typed."""
        return [LineUnits(line.pk, self.cleaned_data.get(f"units-{line.pk}")) for line in self.lines]


class CancelForm(UnitsForm):
    column = "Cancel"
    note = "Leave the units empty to cancel all that is open."
    is_ours = forms.BooleanField(
        label="We cancel, the customer did not ask to", required=False, help_text="It counts as demand, however soon."
    )

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        self.fields["reason"].help_text = "Written in the mail to the customer."


class QuantityForm(UnitsForm):
    column = "Wanted in all"
    note = "What the customer wants in all, units that have left included. A line left empty stays as it is."

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        self.fields["reason"].help_text = "Kept in the history; written in the mail if units are canceled."

    def usual(self, line: OrderLine) -> int:
        return int(line.open + line.shipped)

    def wanted(self) -> list[LineUnits]:
        return [item for item in super().wanted() if item.units is not None]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.wanted():
            raise forms.ValidationError("Enter how many units of which line the customer wants.")
        return cleaned


class SubstituteOfferForm(BatchForm):
    product = SkuField(
        label="Offer", required=False, help_text="The whole SKU of the other product. Empty: withdraw what was offered."
    )
    unit_price = forms.DecimalField(
        label="Price of one",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text="Leave empty to charge what each costs now.",
    )


class SubstituteForm(UnitsForm):
    column = "Replace"
    note = "Leave the units empty to replace all that is open."
    product = SkuField(label="Replace by", help_text="The whole SKU of the other product.")
    unit_price = forms.DecimalField(
        label="Price of one",
        required=False,
        max_digits=12,
        decimal_places=2,
        help_text="Leave empty to charge what each costs now.",
    )

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        self.fields["reason"].help_text = "Written in the mail to the customer."
        self.fields["unit_price"].label = ", ".join(filter(None, ("Price of one", settings.SHOP_CURRENCY)))

    def price(self) -> Decimal | None:
        price: Decimal | None = self.cleaned_data["unit_price"]
        return price

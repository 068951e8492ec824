"""What can be done to orders: ship what is here, cancel units."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.admin.operations import Operation
from inventory.admin.tables import Table
from orders import fulfillment
from orders.models import Order, OrderLine


class _LinesForm(forms.Form):
    """One answer for each open line of some orders."""

    def __init__(self, lines: Sequence[OrderLine], data: Any) -> None:
        super().__init__(data)
        self.lines = lines


class ShipForm(_LinesForm):
    carrier = forms.CharField(required=False, max_length=80)
    tracking = forms.CharField(required=False, max_length=120, label="Tracking number")


class ShipOrders(Operation):
    name = "ship"
    label = "Ship what is here…"
    submit = "Ship"
    permission = "orders.ship_order"
    explanation = "The units that are set aside leave the shelf, and the customers are told."
    refusals = (fulfillment.NothingToShip, fulfillment.NotALine)

    def applies(self, row: Any) -> bool:
        return bool(row.units_here)

    def form(self, rows: Sequence[Order], data: Any) -> ShipForm:
        return ShipForm(_lines(rows, allocated__gt=0), data)

    def tables(self, rows: Sequence[Order], form: forms.Form) -> list[Table]:
        assert isinstance(form, ShipForm)
        return [
            Table(
                "What ships",
                ("Order", "Product", "Name", "Ships now", "Keeps waiting"),
                [
                    (line.order.reference, line.product.sku, line.product.name, line.allocated, line.backordered)
                    for line in form.lines
                ],
                empty="Nothing of this is here. Units appear when goods are received.",
                numbers=("Ships now", "Keeps waiting"),
            )
        ]

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ShipForm)
        if not form.lines:
            raise fulfillment.NothingToShip("Nothing of this is here to ship.")
        wanted = [fulfillment.LineUnits(line.pk, line.allocated) for line in form.lines]
        shipments = fulfillment.ship(wanted, **form.cleaned_data, by=by, at=at)
        units = sum(line.units or 0 for line in wanted)
        return f"Shipped {units:,} units in {len(shipments)} {'shipment' if len(shipments) == 1 else 'shipments'}."


class CancelForm(_LinesForm):
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="The customer reads it in the mail.",
    )

    def __init__(self, lines: Sequence[OrderLine], data: Any) -> None:
        super().__init__(lines, data)
        for line in lines:
            widget = forms.NumberInput(attrs={"aria-label": f"Units of {line} to cancel", "min": 0, "max": line.open})
            self.fields[f"units-{line.pk}"] = forms.IntegerField(
                required=False, min_value=0, max_value=line.open, widget=widget
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.wanted():
            raise forms.ValidationError("Enter how many units of which line to cancel.")
        return cleaned

    def wanted(self) -> list[fulfillment.LineUnits]:
        units = {line.pk: self.cleaned_data.get(f"units-{line.pk}") for line in self.lines}
        return [fulfillment.LineUnits(pk, count) for pk, count in units.items() if count]


class CancelLines(Operation):
    name = "cancel"
    label = "Cancel units…"
    submit = "Cancel these units"
    permission = "orders.cancel_orderline"
    explanation = "Units that are freed go to the next in the queue, and the customer is told."
    refusals = (fulfillment.NothingToCancel, fulfillment.NotALine)
    is_risky = True

    def applies(self, row: Any) -> bool:
        return bool(row.units_open)

    def form(self, rows: Sequence[Order], data: Any) -> CancelForm:
        return CancelForm(_lines(rows, open__gt=0), data)

    def tables(self, rows: Sequence[Order], form: forms.Form) -> list[Table]:
        assert isinstance(form, CancelForm)
        return [
            Table(
                "Open lines",
                ("Order", "Product", "Name", "Open", "Here", "Waiting", "Cancel"),
                [
                    (
                        line.order.reference,
                        line.product.sku,
                        line.product.name,
                        line.open,
                        line.allocated,
                        line.backordered,
                        form[f"units-{line.pk}"],
                    )
                    for line in form.lines
                ],
                empty="Nothing is open: everything was shipped or canceled before.",
                numbers=("Open", "Here", "Waiting"),
            )
        ]

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, CancelForm)
        units = fulfillment.cancel(form.wanted(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"Canceled {units:,} units."


def _lines(orders: Sequence[Order], **state: int) -> list[OrderLine]:
    lines = OrderLine.objects.filter(order__in=orders, **state).select_related("order", "product")
    return list(lines.order_by("order", "position"))

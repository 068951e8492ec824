"""What can be done to whole orders: ship what is here. What can be done to their lines is in ``controls``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format

from inventory.admin.operations import Operation
from inventory.admin.tables import Table
from inventory.models import Product
from orders import fulfillment
from orders.dating import day_of
from orders.models import Order, OrderLine


class _LinesForm(forms.Form):
    """One answer for each open line of some orders."""

    def __init__(self, lines: Sequence[OrderLine], data: Any) -> None:
        super().__init__(data)
        self.lines = lines


class ShipForm(_LinesForm):
    carrier = forms.CharField(required=False, max_length=80)
    tracking = forms.CharField(required=False, max_length=120, label="Tracking number")

    def __init__(self, lines: Sequence[OrderLine], data: Any) -> None:
        super().__init__(lines, data)
        self.later = {line.order_id: line.order for line in lines if is_wanted_later(line.order)}
        for pk, order in self.later.items():
            day = date_format(order.wanted_date or "", "j F Y")
            label = f"{order.reference} is wanted on {day}: ship it now all the same"
            self.fields[f"early-{pk}"] = forms.BooleanField(required=False, label=label)

    def early(self) -> list[int]:
        """The orders of which it was confirmed that they ship before they are wanted."""
        return [pk for pk in self.later if self.cleaned_data[f"early-{pk}"]]


def is_wanted_later(order: Order) -> bool:
    return bool(order.wanted_date and order.wanted_date > day_of(timezone.now()))


class ShipOrders(Operation):
    name = "ship"
    label = "Ship what is here…"
    submit = "Ship"
    permission = "orders.ship_order"
    explanation = "The units that are set aside leave the shelf, and the customers are told."
    refusals = (fulfillment.NothingToShip, fulfillment.WantedLater, fulfillment.NotALine)

    def applies(self, row: Any) -> bool:
        return bool(row.units_here)

    def form(self, rows: Sequence[Order], data: Any) -> ShipForm:
        return ShipForm(_lines(rows, allocated__gt=0), data)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        assert isinstance(form, ShipForm)
        return [(line.order_id, line.pk, line.allocated, line.shipped) for line in form.lines]

    def lock(self, rows: Sequence[Order]) -> None:
        Product.objects.lock(OrderLine.objects.filter(order__in=rows).values_list("product_id", flat=True))

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
        how = {name: form.cleaned_data[name] for name in ("carrier", "tracking")}
        shipments = fulfillment.ship(wanted, **how, early=form.early(), by=by, at=at)
        units = sum(line.units or 0 for line in wanted)
        return f"Shipped {units:,} units in {len(shipments)} {'shipment' if len(shipments) == 1 else 'shipments'}."


def _lines(orders: Sequence[Order], **state: int) -> list[OrderLine]:
    lines = OrderLine.objects.filter(order__in=orders, **state).select_related("order", "product")
    return list(lines.order_by("order", "position"))

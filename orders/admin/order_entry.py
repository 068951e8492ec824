"""An order that customer service types in: its names are looked up and it is placed as any other."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.crypto import get_random_string

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, ProductLine, ProductLines
from inventory.models import Warehouse
from orders import fulfillment, naming
from orders.models import EventKind, LineEvent, Order, WarehouseRule
from orders.naming import NamedLine, NamedOrder, Resolved
from orders.typed import ReferenceField, WhoField

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
CHANNEL = "staff"
REFUSALS = (fulfillment.NotAnOrder, fulfillment.OrderDiffers, fulfillment.BackorderLimit)
FIELDS = {"email": "customer"}
"""How the form calls what an order names."""


class OrderForm(forms.Form):
    customer = WhoField(
        help_text="The address of a customer who is known, or #12, the number of one without an address. New ones are "
        "added under Customers first.",
    )
    reference = ReferenceField(help_text="Sent twice under one reference, it is one order.", widget=forms.TextInput())
    warehouse = forms.ModelChoiceField(
        Warehouse.objects.filter(is_open=True), empty_label=None, label="Preferred warehouse"
    )
    warehouse_rule = forms.ChoiceField(choices=WarehouseRule.choices, label="Ships from")
    is_ship_complete = forms.BooleanField(required=False, label="Ship only complete")
    wanted_date = ComingDayField(
        required=False,
        label="Wanted on",
        help_text="Not before that day; empty: as soon as possible.",
        widget=DATE,
    )


class PricedLine(ProductLine):
    price = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"aria-label": "Price of one unit", "min": 0, "step": "0.01"}),
    )


class NamedLines(ProductLines):
    """The rows of an order: their products are looked up with all that the order names."""

    def look_up(self, rows: Any) -> None:
        """Leave it to ``resolve``."""


def new_reference(at: datetime) -> str:
    """Name an order before it is sent, so that sending it twice places it once."""
    return f"CS-{at:%y%m%d}-{get_random_string(5, LETTERS)}"


def resolve(form: OrderForm, lines: Any, *, at: datetime) -> Resolved | None:
    """Look up what was typed in; what is wrong with a name stands at its field, and then there is no order."""
    answer, rows = form.cleaned_data, [row for row in lines.forms if row.has_changed()]
    named = NamedOrder(
        channel=CHANNEL,
        reference=answer["reference"],
        customer=answer["customer"],
        lines=tuple(_line(row.cleaned_data) for row in rows),
        placed_at=at,
        warehouse=answer["warehouse"],
        is_ship_complete=answer["is_ship_complete"],
        wanted_date=answer["wanted_date"],
        warehouse_rule=answer["warehouse_rule"],
    )
    [found] = naming.resolve([named], is_by_hand=True).orders
    for objection in found.objections:
        at_fault = form if objection.line is None else rows[objection.line]
        at_fault.add_error(FIELDS.get(objection.field, objection.field), objection.words)
    return None if found.objections else found


def placed_before(order: Order) -> str:
    """Say of an order that was there already who placed it and when."""
    event = (
        LineEvent.objects.filter(line__order=order, kind=EventKind.PLACED).select_related("by").order_by("pk").first()
    )
    who = f" by {event.by.get_username()}" if event and event.by else ""
    when = f"{timezone.localtime(order.placed_at):%-d %B %Y, %H:%M}"
    return f"{order} was placed before{who}, on {when}, for {order.customer}. Nothing was placed now."


def _line(typed: dict[str, Any]) -> NamedLine:
    return NamedLine(typed["sku"], typed["units"], typed["price"])

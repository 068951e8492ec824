"""An order that customer service types in, placed by the same use case as all others."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.crypto import get_random_string

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, ProductLine
from inventory.ground import keys
from inventory.models import Warehouse
from orders import fulfillment
from orders.models import EventKind, LineEvent, Order, WarehouseRule
from orders.typed import CustomerField, ReferenceField

ANOTHERS = (
    "{reference} is the number of another order already: that of {channel}, placed for {customer} on {day}. "
    "Nothing was placed. Open that one to change it, or give this one a number of its own."
)
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
CHANNEL = "staff"
REFUSALS = (fulfillment.NotAnOrder, fulfillment.OrderDiffers, fulfillment.BackorderLimit)


class OrderForm(forms.Form):
    customer = CustomerField(
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


def new_reference(at: datetime) -> str:
    """Name an order before it is sent, so that sending it twice places it once."""
    return f"CS-{at:%y%m%d}-{get_random_string(5, LETTERS)}"


def place(form: OrderForm, lines: Any, *, by: User, at: datetime) -> Order:
    """
    Place what was typed in; a line without a price takes the product's.

    :raises NotAnOrder: if a shop has given this number to an order of its own, beside which nobody could tell it
    """
    answer = form.cleaned_data
    _refuse_number_of_others(answer["reference"])
    draft = fulfillment.OrderDraft(
        channel=CHANNEL,
        reference=answer["reference"],
        customer_id=answer["customer"].pk,
        warehouse_id=answer["warehouse"].pk,
        lines=tuple(fulfillment.LineDraft(line["product"].pk, line["units"], _price(line)) for line in lines.filled()),
        placed_at=at,
        is_ship_complete=answer["is_ship_complete"],
        wanted_date=answer["wanted_date"],
        warehouse_rule=answer["warehouse_rule"],
    )
    return fulfillment.place(draft, by=by, at=at)


def placed_before(order: Order) -> str:
    """Say of an order that was there already who placed it and when."""
    event = (
        LineEvent.objects.filter(line__order=order, kind=EventKind.PLACED).select_related("by").order_by("pk").first()
    )
    who = f" by {event.by.get_username()}" if event and event.by else ""
    when = f"{timezone.localtime(order.placed_at):%-d %B %Y, %H:%M}"
    return f"{order} was placed before{who}, on {when}, for {order.customer}. Nothing was placed now."


def _refuse_number_of_others(reference: str) -> None:
    named = Order.objects.filter(Order.named(reference)).select_related("customer").order_by("pk")
    found = {keys.key(order.channel) == keys.key(CHANNEL): order for order in named}
    if found.keys() == {False}:
        other, day = found[False], f"{timezone.localtime(found[False].placed_at):%-d %B %Y}"
        raise fulfillment.NotAnOrder(
            ANOTHERS.format(reference=other, channel=other.channel, customer=other.customer, day=day)
        )


def _price(line: dict[str, Any]) -> Decimal:
    price: Decimal = line["product"].price if line["price"] is None else line["price"]
    return price

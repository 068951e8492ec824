"""An order that customer service types in: its names are looked up and it is placed as any other."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, ProductLine, ProductLines
from inventory.models import Warehouse
from orders import fulfillment, naming
from orders.fulfillment.changes import addressing
from orders.models import Customer, EventKind, LineEvent, Order, WarehouseRule
from orders.models.address import FIELDS as FIELDS_OF_ADDRESS
from orders.naming import NamedLine, NamedOrder, Resolved
from orders.typed import KnownAddressField, ReferenceField, WhoField, address, address_fields, meant

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
CHANNEL = "staff"
REFUSALS = (fulfillment.NotAnOrder, fulfillment.OrderDiffers, fulfillment.BackorderLimit)
FIELDS = {"email": "customer"}
"""How the form calls what an order names."""
SHIP = "ship_"
NEEDED = ("street", "city", "country")
"""What an address has at least, once something of it is typed."""
TYPED_BELOW = "The address below; none there: not said yet"
KEPT = "Keep the address for the next orders of this customer"


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
    must_by_date = ComingDayField(
        required=False, label="Not after", help_text="Of no use later; empty: no such day.", widget=DATE
    )
    is_unpaid = forms.BooleanField(
        required=False,
        label="Not paid yet",
        help_text="Its units are kept for a while, and nothing of it leaves before it is paid. Empty: as the channel "
        "“staff” says.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = meant(str(self["customer"].value() or ""))
        self.fields["known"] = KnownAddressField(customer, empty_label=TYPED_BELOW)
        self.fields |= address_fields(SHIP)
        for name in FIELDS_OF_ADDRESS:
            self.fields[f"{SHIP}{name}"].required = False
        self.fields[f"{SHIP}name"].label = "Ship to: name"
        self.fields[f"{SHIP}name"].help_text = "Who opens the door; empty: the customer."
        self.fields["is_kept"] = forms.BooleanField(required=False, label=KEPT)

        self.where = ("known", *(f"{SHIP}{name}" for name in FIELDS_OF_ADDRESS), "is_kept")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.has_address and not cleaned.get("known"):
            for name in NEEDED:
                field = self.fields[f"{SHIP}{name}"]
                if not cleaned.get(f"{SHIP}{name}") and f"{SHIP}{name}" not in self.errors:
                    self.add_error(f"{SHIP}{name}", field.error_messages["required"])
        return cleaned

    @property
    def has_address(self) -> bool:
        """Whether somebody has said where it goes."""
        typed = any(self.cleaned_data.get(f"{SHIP}{name}") for name in FIELDS_OF_ADDRESS)
        return typed or bool(self.cleaned_data.get("known"))

    def address(self, customer: Customer) -> fulfillment.Address | None:
        """Give where it goes, if that was said: to this customer, if nobody else opens the door."""
        if not self.has_address:
            return None
        there = address(self.cleaned_data, SHIP)
        return there if there.name else replace(there, name=customer.name)


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
        must_by_date=answer["must_by_date"],
        warehouse_rule=answer["warehouse_rule"],
        is_unpaid=answer["is_unpaid"] or None,
    )
    [found] = naming.resolve([named], is_by_hand=True).orders
    for objection in found.objections:
        at_fault = form if objection.line is None else rows[objection.line]
        at_fault.add_error(FIELDS.get(objection.field, objection.field), objection.words)
    return None if found.objections else found


def place(found: Resolved, form: OrderForm, *, by: User, at: datetime) -> Order:
    """
    Place an order, and note where it goes, if that was said; one that was placed before stays as it is.

    :raises BackorderLimit: as ``fulfillment.place`` does, and its siblings; nothing is written then
    """
    assert found.customer
    there = form.address(found.customer)
    if there is None:
        return fulfillment.place(found.draft(), by=by, at=at)
    keeps = bool(form.cleaned_data["is_kept"] or form.cleaned_data["known"])
    with transaction.atomic():
        order = fulfillment.place(found.draft(), by=by, at=at)
        if order.placed_at == at:
            addressing.tell({order.pk: there}, {order.pk: order.customer_id}, keeps=keeps, at=at)
    return order


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

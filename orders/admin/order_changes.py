"""What may change of an order that was placed, until it has shipped: its terms, its address, a further product."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from inventory.desk.day_fields import DayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from orders import fulfillment
from orders.fulfillment.changes.terms import NOTE_SIGNS, OrderTerms
from orders.fulfillment.drafts import MOST_UNITS
from orders.models import CustomerAddress, Order, OrderLine, ShipTo, WarehouseRule
from orders.models.address import FIELDS
from orders.typed import SkuField

NAMES = tuple(each.name for each in fields(OrderTerms))
FIGURES = ("pk", "open", "allocated", "shipped", "canceled", "is_stopped")


class TermDayField(DayField):
    """A day that stands may have passed; another one is still to come."""

    stands: date | None = None

    def earliest(self, today: date) -> date:
        return min(today, self.stands or today)


class TermsForm(forms.Form):
    """The terms of one order as they stand; what is typed otherwise is changed."""

    is_ship_complete = forms.BooleanField(
        required=False, label="Ship only complete", help_text="Otherwise what is here ships, and the rest follows."
    )
    warehouse_rule = forms.ChoiceField(choices=WarehouseRule.choices, label="Ships from")
    wanted_date = TermDayField(required=False, label="Not before", help_text="Empty: as soon as possible.", widget=DATE)
    must_by_date = TermDayField(
        required=False, label="Not after", help_text="The customer has no use for it later. Empty: no such day.",
        widget=DATE,
    )  # fmt: skip
    note = forms.CharField(
        required=False, max_length=NOTE_SIGNS, widget=forms.Textarea(attrs={"rows": 3}), help_text="For the parcel."
    )
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")

    def __init__(self, order: Order, data: Any) -> None:
        super().__init__(data, initial={name: getattr(order, name) for name in NAMES})
        for name in ("wanted_date", "must_by_date"):
            field = self.fields[name]
            assert isinstance(field, TermDayField)
            field.stands = getattr(order, name)

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in NAMES}


class ChangeOrder(Operation):
    """Something changed of one order, of which something is open."""

    permission = "orders.amend_order"
    touches_customers = True
    takes_many = False
    is_logged = False  # an order has a history of its own

    def applies(self, row: Any) -> bool:
        return bool(row.units_open)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        """Give the terms that stand and the figures of its lines, as they are under the locks."""
        rows[0].refresh_from_db(fields=NAMES)
        lines = OrderLine.objects.filter(order=rows[0]).order_by("pk").values_list(*FIGURES)
        return [(rows[0].pk, *(getattr(rows[0], name) for name in NAMES)), *lines]

    def product_ids(self, rows: Sequence[Order], form: forms.Form) -> Collection[int]:
        return set(OrderLine.objects.open().filter(order=rows[0]).values_list("product_id", flat=True))

    def line_ids(self, rows: Sequence[Order]) -> Collection[int]:
        return set(OrderLine.objects.backordered().filter(order=rows[0]).values_list("pk", flat=True))


class ChangeTerms(ChangeOrder):
    name = "terms"
    label = "Change the order…"
    explanation = (
        "What ships together, from where, not before and not after. Its lines keep their places in the queue; units "
        "that they need only later go to the next."
    )
    refusals = (fulfillment.NotTheseTerms, fulfillment.BackorderLimit)

    def form(self, rows: Sequence[Order], data: Any) -> TermsForm:
        return TermsForm(rows[0], data)

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return "The terms of this order change; its lines are covered and dated again."

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, TermsForm)
        told = fulfillment.change_terms(rows[0].pk, form.wanted(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{rows[0]} is changed. {'. '.join(told)}."


class AddressForm(forms.Form):
    """An address that is known of the customer, or another one, typed in."""

    known = forms.ModelChoiceField(
        CustomerAddress.objects.none(), required=False, empty_label="Another one, below", label="Ship to"
    )
    keeps = forms.BooleanField(required=False, initial=True, label="Keep it for the next orders of this customer")
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")

    def __init__(self, order: Order, data: Any) -> None:
        stands = fulfillment.Address.of(order)
        super().__init__(data, initial=asdict(stands) if stands else {"name": order.customer.name})
        self.fields |= forms.fields_for_model(CustomerAddress, FIELDS)
        self.order_fields(["known", *FIELDS])
        known = self.fields["known"]
        assert isinstance(known, forms.ModelChoiceField)
        known.queryset = CustomerAddress.objects.filter(customer=order.customer_id)
        if self.data.get("known"):
            for name in FIELDS:
                self.fields[name].required = False
        else:
            self.fields["country"].required = True

    def address(self) -> fulfillment.Address:
        known, typed = self.cleaned_data["known"], self.cleaned_data
        return fulfillment.Address(**{name: str(getattr(known, name) if known else typed[name]) for name in FIELDS})


class ChangeAddress(ChangeOrder):
    name = "address"
    label = "Ship to another address…"
    submit = "Ship it there"
    touches_customers = False
    explanation = (
        "What has not shipped yet goes there. Later changes of the customer’s addresses do not move this order; "
        "nobody is written to."
    )
    refusals = (fulfillment.NotAnAddress,)

    def form(self, rows: Sequence[Order], data: Any) -> AddressForm:
        return AddressForm(rows[0], data)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        stands = ShipTo.objects.filter(order=rows[0]).first()
        return [(rows[0].pk, *(stands.says() if stands else ())), *super().counters(rows, form)]

    def lock(self, rows: Sequence[Order]) -> None:
        list(Order.objects.filter(pk=rows[0].pk).select_for_update(no_key=True))

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, AddressForm)
        given = form.cleaned_data
        keeps = given["keeps"] or bool(given["known"])
        there = fulfillment.ship_to(rows[0].pk, form.address(), reason=given["reason"], keeps=keeps, by=by, at=at)
        return f"{rows[0]} goes to {there}."


class FurtherForm(forms.Form):
    product = SkuField(help_text="The whole SKU.")
    units = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    unit_price = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=2, help_text="Empty: as listed."
    )
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["unit_price"].label = ", ".join(filter(None, ("Price of one", settings.SHOP_CURRENCY)))


class AddProduct(ChangeOrder):
    name = "product"
    label = "Add a product…"
    form_class = FurtherForm
    explanation = (
        "A further product joins the order in a line of its own, behind the last in its queue. Its customer is told if "
        "some of it has to wait; an order that ships complete waits for it, too."
    )
    refusals = (fulfillment.NotAFurtherProduct, fulfillment.BackorderLimit)

    def product_ids(self, rows: Sequence[Order], form: forms.Form) -> Collection[int]:
        return {*super().product_ids(rows, form), form.cleaned_data["product"].pk}

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return f"{form.cleaned_data['units']:,} × {form.cleaned_data['product']} join the order."

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        given = form.cleaned_data
        fulfillment.add_product(
            rows[0].pk,
            given["product"].pk,
            given["units"],
            unit_price=given["unit_price"],
            reason=given["reason"],
            by=by,
            at=at,
        )
        return f"{given['units']:,} × {given['product']} added to {rows[0]}."

"""What may change of an order that was placed, until it has shipped: its terms, its address, a further product."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from inventory.desk.day_fields import DayField
from inventory.desk.entry import DATE
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, day
from inventory.models import Product
from inventory.notebook.meanwhile import Deed
from inventory.supply.stock import UnitsPicked
from orders import fulfillment, shipping
from orders.answering.meanwhile import of_orders
from orders.forms import STOPS_PARCELS, offer_to_stop
from orders.fulfillment.changes import addressing
from orders.fulfillment.changes.terms import NOTE_SIGNS, OrderTerms
from orders.fulfillment.drafts import MOST_UNITS
from orders.models import Order, OrderLine, OrderStop, ShipTo, WarehouseRule
from orders.models.address import FIELDS
from orders.pages.deeds import REASON as ASKED
from orders.typed import KnownAddressField, SkuField, address, address_fields

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
        if data and data.get(STOPS_PARCELS):
            offer_to_stop(self)
        for name in ("wanted_date", "must_by_date"):
            field = self.fields[name]
            assert isinstance(field, TermDayField)
            field.stands = getattr(order, name)

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in NAMES}


class AsksToStop(Operation):
    """What is picked changes only if its parcel is stopped: where that refuses it, a box to tick is shown."""

    def refused(self, why: Exception, form: forms.Form, *, at: datetime) -> None:
        if isinstance(why, UnitsPicked):
            offer_to_stop(form)

    def stop_parcels(
        self,
        order_ids: Collection[int],
        form: forms.Form,
        *,
        line_ids: Collection[int] | None = None,
        by: User,
        at: datetime,
    ) -> None:
        """Take what is picked of these orders out of its batch, if that was asked for."""
        if form.cleaned_data.get(STOPS_PARCELS):
            said = form.cleaned_data.get("reason") or form.cleaned_data.get("note") or ""
            why = ": ".join(filter(None, (self.plain_label.lower(), said)))
            shipping.stop_of_orders(order_ids, line_ids=line_ids, why=why, by=by, at=at)


class ChangeOrder(AsksToStop):
    """Something changed of one order, of which something is open."""

    permission = "orders.amend_order"
    touches_customers = True
    takes_many = False
    is_logged = False  # an order has a history of its own

    def applies(self, row: Any) -> bool:
        return bool(row.units_open)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        """Give its terms, whether it is stopped, and the figures of its lines, as they are under the locks."""
        rows[0].refresh_from_db(fields=NAMES)
        stops = OrderStop.objects.filter(order=rows[0], ended_at=None).values_list("pk", "reason")
        lines = OrderLine.objects.filter(order=rows[0]).order_by("pk").values_list(*FIGURES)
        return [(rows[0].pk, *(getattr(rows[0], name) for name in NAMES)), *stops, *lines]

    def meanwhile(self, rows: Sequence[Order], since: datetime) -> Iterable[Deed]:
        return of_orders([row.pk for row in rows], since)

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
        self.stop_parcels([rows[0].pk], form, by=by, at=at)
        told = fulfillment.change_terms(rows[0].pk, form.wanted(), reason=form.cleaned_data["reason"], by=by, at=at)
        return f"{rows[0]} is changed. {'. '.join(told)}."


class AddressForm(forms.Form):
    """An address that is known of the customer, or another one: what they asked for on their page, or typed in."""

    keeps = forms.BooleanField(required=False, initial=True, label="Keep it for the next orders of this customer")
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")

    def __init__(self, order: Order, data: Any) -> None:
        stands, asked = fulfillment.Address.of(order), addressing.asked(order.pk)
        initial = asdict(stands) if stands else {"name": order.customer.name}
        if asked:
            initial = {**(asked.address or {}), "reason": ASKED}
        super().__init__(data, initial=initial)
        self.fields["known"] = KnownAddressField(Q(pk=order.customer_id), empty_label="Another one, below")
        self.fields |= address_fields()
        self.order_fields(["known", *FIELDS])
        if data and data.get(STOPS_PARCELS):
            offer_to_stop(self)
        if self.data.get("known"):
            for name in FIELDS:
                self.fields[name].required = False
        else:
            self.fields["country"].required = True

    def address(self) -> fulfillment.Address:
        return address(self.cleaned_data)


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
        """Where it goes, and where it is asked to: to send it anywhere answers the newest wish, so it has been read."""
        stands, asked = ShipTo.objects.filter(order=rows[0]).first(), addressing.asked(rows[0].pk)
        where = (rows[0].pk, asked and asked.pk, *(stands.says() if stands else ()))
        return [where, *super().counters(rows, form)]

    def tables(self, rows: Sequence[Order], form: forms.Form) -> list[Table]:
        asked = addressing.asked(rows[0].pk)
        wish = [(day(asked.at), str(ShipTo(**asked.address or {})))] if asked else []
        return [Table("", ("Asked for on their page", "To"), wish)] if wish else []

    def lock(self, rows: Sequence[Order]) -> None:
        lines = OrderLine.objects.filter(order=rows[0])
        Product.objects.lock(lines.values_list("product_id", flat=True))  # a parcel of it may be stopped
        list(Order.objects.filter(pk=rows[0].pk).select_for_update(no_key=True))

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, AddressForm)
        given = form.cleaned_data
        self.stop_parcels([rows[0].pk], form, by=by, at=at)
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

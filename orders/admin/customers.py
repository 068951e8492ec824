"""Customers: who they are, what they ordered, what was written to them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString

from inventory.admin.base import Desk
from inventory.admin.operations import Elsewhere, Operation
from inventory.admin.tables import Table, day, link, number
from orders import joining
from orders.models import Customer, CustomerKey, Notice, Order, OrderLine
from orders.typed import CustomerField

RECENT = 20


def units_of(column: str, *, per: str) -> Subquery:
    """Sum a column of the order lines that belong to the row at hand."""
    own = OrderLine.objects.filter(**{per: OuterRef("pk")}).order_by().values(per)
    return Subquery(own.annotate(units=Sum(column)).values("units"), output_field=IntegerField())


class JoinForm(forms.Form):
    into = CustomerField(label="Is the same as", help_text="Their address, or # and their number: this one stays.")


class JoinCustomers(Operation):
    name = "join"
    label = "Join with another…"
    submit = "Join"
    permission = "orders.join_customer"
    counted = ("name", "email")
    explanation = (
        "All of this customer goes to the other one, who keeps name and address. What is left here is an empty row. "
        "It cannot be taken back."
    )
    form_class = JoinForm
    takes_many = False
    refusals = (joining.NotJoinable,)
    is_risky = True

    def tables(self, rows: Any, form: forms.Form) -> list[Table]:
        moved = [(name.capitalize(), f"{number:,}") for name, number in joining.preview(rows[0].pk).items()]
        return [Table("What goes to the other one", ("What", "How many"), moved, numbers=("How many",))]

    def counters(self, rows: Any, form: forms.Form) -> list[tuple[object, ...]]:
        return [(row.pk, row.name, row.email, *joining.preview(row.pk).values()) for row in rows]

    def lock(self, rows: Any) -> None:
        list(Customer.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update())

    def act(self, rows: Any, form: forms.Form, *, by: User, at: datetime) -> str:
        into = form.cleaned_data["into"]
        moved = joining.join(rows[0].pk, into.pk, by=by)
        told = ", ".join(f"{number:,} {name}" for name, number in moved.items() if number)
        return f"Joined with {into.name} ({into.called}): {told or 'nothing to move'}."


@admin.register(Customer)
class CustomerAdmin(Desk):
    operations = (JoinCustomers(),)
    list_display = ("name", "email", "phone", "waits")
    list_select_related = False
    search_fields = ("email",)
    search_help_text = "Any part of a name, an e-mail address or a phone number; names in any order."
    fields = (("name", "email"), ("phone", "language"))
    elsewhere = (
        Elsewhere("Place an order…", "orders_order_add", "orders.add_order", query="customer=called"),
        Elsewhere("Hold units…", "orders_hold_add", "orders.add_hold", query="customer=called"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        rows: QuerySet[Customer] = (
            super().get_queryset(request).annotate(units_waiting=units_of("backordered", per="order__customer"))
        )
        return rows

    def recognize(self, term: str) -> Q:
        return Customer.found_by(term)

    @admin.display(description="units waiting")
    def waits(self, row: Any) -> SafeString:
        return number(row.units_waiting or 0)

    def tables(self, request: HttpRequest, row: Customer) -> list[Table]:
        orders = Order.objects.filter(customer=row).order_by("-pk")[:RECENT]
        notices = Notice.objects.filter(customer=row).order_by("-pk")[:RECENT]
        known_as = list(CustomerKey.objects.filter(customer=row).order_by("pk").values_list("channel", "key")[:RECENT])
        return [
            *([Table("Known as", ("Channel", "Number there"), known_as)] if known_as else []),
            Table(
                "Orders, newest first",
                ("Order", "Placed"),
                [(link(order, "orders_order_change", order.pk), day(order.placed_at)) for order in orders],
                empty="No order yet.",
            ),
            Table(
                "Mails and calls, newest first",
                ("About", "State", "When"),
                [
                    (
                        link(notice.get_kind_display(), "orders_notice_change", notice.pk),
                        notice.get_state_display(),
                        day(notice.sent_at or notice.due_at),
                    )
                    for notice in notices
                ],
                empty="Nothing was written to them yet.",
            ),
        ]

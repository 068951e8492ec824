"""Customers: who they are, what of theirs is open, everything that was said to them; joined where two are one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk.base import Desk
from inventory.desk.operations import Elsewhere, Operation, person
from inventory.desk.tables import Table, number
from inventory.models.folded import holding
from inventory.notebook.meanwhile import Deed
from orders import joining
from orders.answering import briefs, chronicle, finding, spoken
from orders.answering.meanwhile import of_orders
from orders.models import Customer, CustomerAddress, CustomerKey, Order, OrderLine, PageAct, Refund
from orders.models.payment import OWED_BACK
from orders.pages import figures
from orders.typed import CustomerField

from .lines import operations as line_operations
from .paying import refunds
from .service import pages

RECENT = briefs.RECENT
"""Orders of a customer, the newest, whose story their page tells."""


def units_of(column: str, *, per: str) -> Subquery:
    """Sum a column of the order lines that belong to the row at hand; what stopped orders lack does not wait."""
    own = OrderLine.objects.filter(**{per: OuterRef("pk")}).order_by().values(per)
    own = own.filter(is_stopped=False) if column == "backordered" else own
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

    def meanwhile(self, rows: Any, since: datetime) -> Iterable[Deed]:
        orders = Order.objects.filter(customer__in=[row.pk for row in rows]).values_list("pk", flat=True)
        return [*super().meanwhile(rows, since), *of_orders(orders, since)]

    def lock(self, rows: Any) -> None:
        joining.lock_orders([row.pk for row in rows])

    def act(self, rows: Any, form: forms.Form, *, by: User, at: datetime) -> str:
        into = form.cleaned_data["into"]
        moved = joining.join(rows[0].pk, into.pk, by=by, at=at)
        told = ", ".join(f"{number:,} {name}" for name, number in moved.items() if number)
        return f"Joined with {into.name} ({into.called}): {told or 'nothing to move'}."


class Addresses(admin.StackedInline):
    """Where they have parcels sent. Whoever may change them may change these."""

    model = CustomerAddress
    extra = 0
    fields = (
        ("name", "company"), ("street", "street_more"), ("postal_code", "city"), ("region", "country"), "phone",
    )  # fmt: skip

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return person(request).has_perm("orders.change_customer")

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(Customer)
class CustomerAdmin(pages.ReadFirst, Desk):
    is_written_on = True
    service_template = "admin/orders/customer/page.html"
    change_form_template = "admin/orders/customer/edit.html"
    names_orders = True
    operations = (JoinCustomers(),)
    list_display = ("name", "email", "phone", "hears", "waits")
    list_select_related = False
    search_fields = ("email",)
    search_help_text = "Any part of a name, an e-mail address, a phone number or of the number of an order."
    fields = (("name", "email"), ("phone", "language"), "hears")
    elsewhere = (
        Elsewhere("Place an order…", "orders_order_add", "orders.add_order", query="customer=called"),
        Elsewhere("Hold units…", "orders_hold_add", "orders.add_hold", query="customer=called"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        owed = Refund.objects.filter(OWED_BACK, order__customer=OuterRef("pk")).order_by().values("order__customer")
        newest = CustomerAddress.objects.filter(customer=OuterRef("pk")).exclude(country="")
        rows: QuerySet[Customer] = (
            super()
            .get_queryset(request)
            .annotate(
                units_waiting=units_of("backordered", per="order__customer"),
                lives_in=Subquery(newest.values("country")[:1]),
                has_decided=Exists(PageAct.objects.filter(order__customer=OuterRef("pk"))),
                owed_back=Subquery(owed.annotate(all=Sum("outstanding")).values("all")),
                owed_by=Subquery(owed.annotate(first=Min("due_date")).values("first")),
            )
        )
        return rows

    def get_inlines(self, request: HttpRequest, obj: Customer | None) -> tuple[type[Any], ...]:
        return (Addresses,) if obj else ()

    def recognize(self, term: str) -> Q:
        return Customer.found_by(term)

    def wider(self, term: str) -> Q:
        return super().wider(term) | holding(Order, term, to="customer", pk=Order) | finding.customers(term)

    @admin.display(description="units waiting")
    def waits(self, row: Any) -> SafeString:
        return number(row.units_waiting or 0)

    # --- its page, and the form behind it ------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        edit = path("<path:object_id>/edit/", self.admin_site.admin_view(self.edit_view), name="orders_customer_edit")
        return [edit, *super().get_urls()]

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change who they are."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.changeform_view(request, object_id)

    def edit_url(self, request: HttpRequest, row: Customer) -> str:
        return reverse("admin:orders_customer_edit", args=[row.pk]) if self.has_change_permission(request) else ""

    def response_post_save_change(self, request: HttpRequest, obj: Customer) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.page_url([obj]))

    def answer(self, request: HttpRequest, row: Customer, *, kind: str, at: datetime) -> pages.Answer:
        briefing = briefs.of_customer(row.pk, at=at)
        return pages.Answer(
            spoken.of_customer(briefing, today=timezone.localdate(at)),
            briefing,
            chronicle.of_customer(row.pk, RECENT, kind=kind),
            row.email or row.phone,
        )

    def facts(self, request: HttpRequest, row: Customer, *, at: datetime) -> dict[str, Any]:
        keys = CustomerKey.objects.filter(customer=row).order_by("pk").values_list("channel", "key")
        return {
            "who": pages.who(row, country=getattr(row, "lives_in", "") or "", at=at),
            "orders": pages.orders(Order.objects.filter(customer=row), most=RECENT),
            "known_as": list(keys[:RECENT]),
            "done_there": figures.in_words(Q(order__customer=row.pk)) if getattr(row, "has_decided", False) else "",
            "refunds": refunds.owed_in_all(row, at=at),
        }

    def does(self, request: HttpRequest, row: Customer, answer: pages.Answer) -> Sequence[tuple[str, str]]:
        """What may be done with the lines that are shown, then with the customer."""
        by, lines = person(request), [line for line in answer.briefing.lines if line.open]
        found = []
        for operation in line_operations.ALL:
            ids = ",".join(str(line.pk) for line in lines if operation.applies(line))
            if operation.is_for_order and ids and by.has_perm(operation.permission):
                address = reverse(f"admin:orders_backorder_{operation.name}")
                found.append((operation.label, f"{address}?ids={ids}"))
        leaves = [line for line in lines if line.allocated and not line.is_stopped and not line.order.is_unpaid]
        here = ",".join(dict.fromkeys(str(line.order_id) for line in leaves))
        if here and by.has_perm("orders.ship_order"):
            found.insert(0, ("Ship what is here…", f"{reverse('admin:orders_order_ship')}?ids={here}"))
        return [*found, *self.buttons(request, row)]

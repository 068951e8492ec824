"""Transfers between warehouses: sent from here, received as any inbound is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from inventory import known
from inventory.desk import performing
from inventory.desk.base import Kept
from inventory.desk.careful import numbers
from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, MOST_ROWS, ProductLine, asked, product_lines
from inventory.desk.operations import Elsewhere, Operation, Outcome, allowed, person
from inventory.desk.tables import Table, day, item, link, number, window
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models import Product, Stock, Transfer, TransferLine, Warehouse
from inventory.models.folded import holding
from inventory.supply import transfers


class TransferForm(forms.Form):
    source = forms.TypedChoiceField(coerce=int, label="From")
    destination = forms.TypedChoiceField(coerce=int, label="To")
    expected_date = ComingDayField(
        required=False, widget=DATE, label="Arrives on", help_text="Empty: nobody can say yet."
    )
    reason = forms.CharField(required=False, max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))
    lines: Any = None

    class Media:
        js = ("backoffice/available.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].widget.attrs["data-available"] = reverse("admin:inventory_transfer_available")
        places = [(place.pk, str(place)) for place in Warehouse.objects.filter(is_open=True)]
        for name in ("source", "destination"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "Choose…"), *places]

    @classmethod
    def of(cls, request: HttpRequest) -> "TransferForm":
        """Build it as it was sent, with the rows of products below it."""
        form = asked(cls, request)
        form.lines = product_lines(ProductLine, request)
        return form

    def is_valid(self) -> bool:
        return self.is_bound and bool(super().is_valid() & self.lines.is_valid())

    def draft(self) -> transfers.TransferDraft:
        answer, lines = self.cleaned_data, self.lines.filled()
        units = {line["product"].pk: line["units"] for line in lines}
        source, destination = answer["source"], answer["destination"]
        return transfers.TransferDraft(source, destination, units, answer["expected_date"], answer["reason"])

    def place(self, name: str) -> str:
        """What is chosen as source or destination is called so."""
        field: Any = self.fields[name]
        return str(dict(field.choices)[self.cleaned_data[name]])


class SendTransfer(Operation):
    """Send units to another warehouse; made for one request."""

    name = "send"
    permission = "inventory.add_transfer"
    explanation = "The units leave the shelf now and are expected at the other warehouse from now on."
    refusals = (transfers.NotATransfer,)
    touches_customers = True
    is_new = True
    leaving: Sequence[transfers.Leaving] = ()

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def title(self, rows: Sequence[Any]) -> str:
        return "Send a transfer"

    def form(self, rows: Sequence[Any], data: Any) -> TransferForm:
        return TransferForm.of(self.request)

    def product_ids(self, rows: Sequence[Any], form: Any) -> Collection[int]:
        return set(form.draft().units)

    def counters(self, rows: Sequence[Any], form: Any) -> list[tuple[object, ...]]:
        """What leaves, and from how much, as it is shown."""
        self.leaving = transfers.leaving(form.draft())
        return [(row.product.pk, row.units, row.on_hand, row.available) for row in self.leaving]

    def tables(self, rows: Sequence[Any], form: Any) -> list[Table]:
        typed = form.lines.table(("SKU", "Units"), ("sku", "units"))
        return [typed, _leaving(self.leaving)] if self.leaving and form.is_valid() else [typed]

    def in_words(self, rows: Sequence[Any], form: Any) -> str:
        units, due = sum(row.units for row in self.leaving), form.cleaned_data["expected_date"]
        leaves = "leaves" if units == 1 else "leave"
        said = f"{counted(units, 'unit')} {leaves} {form.place('source')} for {form.place('destination')}"
        they = "it is" if units == 1 else "they are"
        return f"{said}, expected there on {day(due)}." if due else f"{said}; nobody can say yet when {they} there."

    def act(self, rows: Sequence[Any], form: Any, *, by: User, at: datetime) -> str:
        self.made = [transfers.send(form.draft(), by=by, at=at)]
        return "Sent."

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: Outcome | None) -> str:
        sent = self.made[0]
        return super().told(request, f"{sent} is on its way to {sent.destination}.", form, outcome)

    def context(self, rows: Sequence[Any], form: Any) -> dict[str, Any]:
        return {"lines": form.lines, "more": "More rows"}


@admin.register(Transfer)
class TransferAdmin(Kept):
    list_display = ("reference", "source", "destination", "units", "to_come", "expected_date", "sent", "reason")
    list_filter = ("source", "destination", "sent_at")
    list_select_related = ("source", "destination", "by")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as TR-12 or of a product."
    fields = (("reference", "sent"), ("source", "destination"), "expected_date", "reason", "by")
    readonly_fields = ("sent",)
    elsewhere = (
        Elsewhere("Receive…", "receive_transfer", "inventory.receive_inbound"),
        Elsewhere(
            "Had not arrived…", "unreceive_transfer", "inventory.unreceive_inbound", lambda row: row.units_received
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.available)
        return [path("available/", view, name="inventory_transfer_available"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("inventory.add_transfer"))

    def available(self, request: HttpRequest) -> JsonResponse:
        """Say what a warehouse can send of these products, in their order; null: there is none of that name."""
        allowed(request, "inventory.add_transfer")
        skus = request.GET.getlist("sku")[:MOST_ROWS]
        found = known.products(skus)
        source = numbers(request.GET.get("source", ""), 1)
        rows = Stock.objects.filter(warehouse__in=source, product__in=[each.pk for each in found.values()])
        there = dict(rows.values_list("product_id", "available"))
        products = [found.get(keys.key(sku)) for sku in skus]
        return JsonResponse({"available": [there.get(each.pk, 0) if each else None for each in products]})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        own = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
        sent = own.annotate(units=Sum("quantity")).values("units")
        left = own.annotate(units=Sum("inbound__outstanding")).values("units")
        came = own.annotate(units=Sum(F("inbound__received") + F("inbound__surplus"))).values("units")
        rows: QuerySet[Transfer] = (
            super()
            .get_queryset(request)
            .annotate(
                units_sent=Subquery(sent, output_field=IntegerField()),
                units_received=Subquery(came, output_field=IntegerField()),
                units_to_come=Subquery(left, output_field=IntegerField()),
            )
        )
        return rows

    def recognize(self, term: str) -> Q:
        return Q(reference__icontains=term) | holding(TransferLine, term, to="transfer", product=Product)

    @admin.display(description="units")
    def units(self, row: Any) -> SafeString:
        return number(row.units_sent)

    @admin.display(description="still on the road")
    def to_come(self, row: Any) -> SafeString:
        return number(row.units_to_come)

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, row: Transfer) -> str:
        return day(row.sent_at)

    def tables(self, request: HttpRequest, row: Transfer) -> list[Table]:
        rows = row.lines.select_related("product", "inbound").order_by("pk")
        return [
            Table(
                "Lines",
                ("Product", "Name", "Sent", "Received", "Outstanding", "Arrives"),
                [
                    (
                        item(each.product),
                        each.product.name,
                        each.quantity,
                        each.inbound.received + each.inbound.surplus,
                        each.inbound.outstanding,
                        link(
                            window(each.inbound.likely_date, each.inbound.safe_date) or "no date",
                            "inventory_inbound_change",
                            each.inbound_id,
                        ),
                    )
                    for each in rows
                ],
                numbers=("Sent", "Received", "Outstanding"),
            )
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send units to another warehouse: what leaves is looked at first, and exactly that is sent."""
        operation, back = SendTransfer(request), self.page_url
        return performing.made(self.admin_site, request, operation, back=back, opts=self.opts)


def _leaving(rows: Sequence[transfers.Leaving]) -> Table:
    return Table(
        "What leaves",
        ("Product", "Name", "On hand", "Available", "Leaves", "Available after"),
        [
            (item(row.product), row.product.name, row.on_hand, row.available, row.units, row.available - row.units)
            for row in rows
        ],
        numbers=("On hand", "Available", "Leaves", "Available after"),
    )

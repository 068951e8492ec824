"""Holds: units kept for a customer who has not ordered yet."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import performing
from inventory.desk.base import Kept
from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from inventory.desk.naming import to
from inventory.desk.operations import Operation, Outcome, person
from inventory.desk.tables import Table, chip, day, item, number
from inventory.ground.plurals import counted
from inventory.models import Product, Stock, Warehouse
from inventory.models.folded import meant
from orders.fulfillment import holds
from orders.models import Customer, Hold
from orders.typed import CustomerField, SkuField

WEEK = timedelta(days=7)


class HoldForm(forms.Form):
    customer = CustomerField()
    sku = SkuField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    warehouse = forms.ModelChoiceField(Warehouse.objects.filter(is_open=True), empty_label=None)
    units = forms.IntegerField(min_value=1, max_value=1_000_000)
    until_date = ComingDayField(label="Until", help_text="The last day they are kept.", widget=DATE)
    reason = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def draft(self) -> holds.HoldDraft:
        answer = self.cleaned_data
        return holds.HoldDraft(
            answer["sku"].pk,
            answer["warehouse"].pk,
            answer["customer"].pk,
            answer["units"],
            answer["until_date"],
            answer["reason"],
        )


class ReleaseHolds(Operation):
    name = "release"
    label = "Release…"
    permission = "orders.release_hold"
    counted = ("units", "until_date")
    explanation = "The units go to the next in the queue, and what is left can be sold."
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return bool(row.units)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return {row.stock.product_id for row in rows}

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        shown = [
            (item(row.stock.product), row.stock.warehouse.code, row.whose, row.units, row.until_date) for row in rows
        ]
        return [Table("", ("Product", "Warehouse", "Held for", "Units", "Until"), shown, numbers=("Units",))]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        units = sum(row.units for row in rows)
        return f"{counted(units, 'unit')} {'is' if units == 1 else 'are'} free for the next in the queue."

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        return f"Released {counted(holds.release([row.pk for row in rows], by=by, at=at), 'unit')}."


class HoldUnits(Operation):
    """Hold units for a customer; made for one request."""

    name = "hold"
    permission = "orders.add_hold"
    explanation = "They are nobody else’s until that day. An order of the customer takes them first."
    refusals = (holds.NotAHold,)
    touches_customers = True
    is_new = True
    is_logged = False
    shelf: Stock | None = None

    def __init__(self, initial: dict[str, Any]) -> None:
        self.initial = initial

    def title(self, rows: Sequence[Any]) -> str:
        return "Hold units for a customer"

    def form(self, rows: Sequence[Any], data: Any) -> HoldForm:
        until = timezone.localdate() + WEEK
        return HoldForm(data, initial={"until_date": until, **self.initial})

    def product_ids(self, rows: Sequence[Any], form: Any) -> Collection[int]:
        return {form.draft().product_id}

    def counters(self, rows: Sequence[Any], form: Any) -> list[tuple[object, ...]]:
        """The shelf, as it is shown."""
        self.shelf = shelf = holds.check(form.draft(), at=timezone.now())
        return [(shelf.on_hand, shelf.held, shelf.available)]

    def tables(self, rows: Sequence[Any], form: Any) -> list[Table]:
        return [_looked_at(self.shelf, form.draft().units)] if self.shelf and form.is_valid() else []

    def in_words(self, rows: Sequence[Any], form: Any) -> str:
        draft, who = form.draft(), form.cleaned_data["customer"]
        are = "is" if draft.units == 1 else "are"
        product = form.cleaned_data["sku"]
        return f"{counted(draft.units, 'unit')} of {product} {are} kept for {who} until {day(draft.until_date)}."

    def act(self, rows: Sequence[Any], form: Any, *, by: User, at: datetime) -> str:
        self.made = [holds.hold(form.draft(), by=by, at=at)]
        return "Held."

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: Outcome | None) -> str:
        return super().told(request, _told(self.made[0]), form, outcome)


class HoldStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("held", "Held"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        match self.value():
            case "held":
                return queryset.filter(units__gt=0)
            case "ended":
                return queryset.filter(units=0)
        return queryset


@admin.register(Hold)
class HoldAdmin(Kept):
    list_display = ("item", "place", "kept_for", "standing", "until", "reason", "by", "since")
    list_display_links = ("item",)
    list_filter = (HoldStateFilter, "stock__warehouse", "until_date")
    list_select_related = ("stock__product", "stock__warehouse", "customer", "by", "request__product")
    search_fields = ("stock__product__sku",)
    search_help_text = "Any part of a product or a customer."
    fields = (
        ("stock", "customer", "request"),
        ("quantity", "units"),
        ("taken", "lost", "released"),
        ("until_date", "until_at", "reason", "by"),
    )
    operations = (ReleaseHolds(),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("orders.add_hold"))

    def recognize(self, term: str) -> Q:
        return meant(term, stock__product=Product, customer=Customer)

    def product_of(self, row: Hold) -> Product:
        return row.stock.product

    @admin.display(description="product", ordering="stock__product__sku")
    def item(self, row: Hold) -> SafeString | str:
        return super().item(row)

    @admin.display(description="warehouse")
    def place(self, row: Hold) -> str:
        return row.stock.warehouse.code

    @admin.display(description="customer", ordering="customer__name")
    def kept_for(self, row: Hold) -> SafeString | str:
        return to(row.customer) if row.customer else row.whose

    @admin.display(description="units")
    def standing(self, row: Hold) -> SafeString:
        return number(row.units) if row.units else chip("ended", "gray")

    @admin.display(description="until", ordering="until_date")
    def until(self, row: Hold) -> str:
        return day(row.until_date)

    @admin.display(description="since", ordering="at")
    def since(self, row: Hold) -> str:
        return day(row.at)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hold units for a customer."""
        operation, back = HoldUnits(request.GET.dict()), self.page_url
        return performing.made(self.admin_site, request, operation, back=back, opts=self.opts)


def _looked_at(shelf: Stock, units: int) -> Table:
    row = (item(shelf.product), shelf.warehouse.code, shelf.on_hand, shelf.available, units, shelf.available - units)
    columns = ("Product", "Warehouse", "On hand", "Available", "Held now", "Available after")
    return Table("What is held", columns, [row], numbers=columns[2:])


def _told(held: Hold) -> str:
    are = "is" if held.units == 1 else "are"
    if held.taken:
        return f"A line of {held.customer} waited for them: {held.taken:,} went to it, {held.units:,} {are} held."
    return f"{counted(held.units, 'unit')} {are} held for {held.customer} until {day(held.until_date)}."

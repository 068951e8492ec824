"""What people asked for, and what moves it: single orders that may be left out, and events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.demand import entries, uplift
from inventory.desk.base import Desk, ItemList, Kept
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, chip, item, number
from inventory.models import DemandEntry, DemandEvent, DemandWatermark, Product
from inventory.models.folded import meant


class _Mark(Operation):
    """Say of single orders whether they count for the forecast."""

    permission = "inventory.mark_demandentry"
    counted = ("is_one_off", "units")
    is_one_off: ClassVar[bool]

    def applies(self, row: Any) -> bool:
        return bool(row.is_one_off) is not self.is_one_off

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [
            Table(
                "These orders",
                ("Product", "Warehouse", "Day", "Order", "Units", "Now"),
                [
                    (item(row.product), row.warehouse.code, row.day, row.reference, row.units, _counts(row))
                    for row in rows
                ],
                numbers=("Units",),
            )
        ]

    def lock(self, rows: Sequence[Any]) -> None:
        """Whoever records demand waits, as for the act itself; no product waits with it."""
        list(DemandWatermark.objects.select_for_update(no_key=True).filter(source=entries.ROLL_UP))

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        changed = entries.mark_one_off([row.pk for row in rows], self.is_one_off)
        word = "left out of the forecast" if self.is_one_off else "counted again"
        return f"{changed} {'order is' if changed == 1 else 'orders are'} {word} from the next nightly run on."


class LeaveOut(_Mark):
    name, label = "one_off", "Leave out of the forecast…"
    explanation = "For an order that will not come again. It stays on record, and can be counted again."
    is_one_off = True


class CountAgain(_Mark):
    name, label = "count_again", "Count again…"
    explanation = "These orders count for the forecast again, as if they had never been left out."
    is_one_off = False


def _counts(row: DemandEntry) -> SafeString:
    if row.is_one_off:
        return chip("left out", "gray")
    return chip("unusually large", "amber") if row.is_outlier else chip("counts", "green")


@admin.register(DemandEntry)
class DemandEntryAdmin(Kept):
    list_display = ("item", "warehouse", "day", "units_asked", "state", "source", "reference")
    list_filter = ("is_outlier", "is_one_off", "source", "warehouse")
    list_select_related = ("product", "warehouse")
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product, or a whole reference."
    ordering = ("-day", "-pk")
    fields = (
        ("product", "warehouse"),
        ("day", "units"),
        ("source", "reference"),
        ("is_one_off", "is_outlier", "is_sale"),
    )
    operations = (LeaveOut(), CountAgain())

    def recognize(self, term: str) -> Q:
        return meant(term, product=Product) | Q(reference=term)

    @admin.display(description="units", ordering="units")
    def units_asked(self, row: DemandEntry) -> SafeString:
        return number(row.units)

    @admin.display(description="forecast")
    def state(self, row: DemandEntry) -> SafeString:
        return _counts(row)


LEAST_UPLIFT, MOST_UPLIFT = 0.01, 100.0
"""A hundred times the usual, or a hundredth of it: what is beyond is a slip of a hand, and would buy as many units."""
MOST_GROUPS = 20


class EventForm(forms.ModelForm):
    class Meta:
        model = DemandEvent
        fields = ("name", "kind", "product", "group", "starts_on", "ends_on", "uplift")

    def clean_uplift(self) -> float | None:
        uplift: float | None = self.cleaned_data["uplift"]
        if uplift and uplift > 0 and not LEAST_UPLIFT <= uplift <= MOST_UPLIFT:
            raise forms.ValidationError(
                f"{uplift:,.6g} times the usual demand is no event. Enter {LEAST_UPLIFT:g} to {MOST_UPLIFT:g}."
            )
        return uplift

    def clean_group(self) -> str:
        """Read a group as its products write it; one of no product would lift nothing, and nobody would know."""
        group = str(self.cleaned_data["group"])
        if not group or "group" not in self.changed_data:
            return group
        names = sorted(Product.objects.exclude(group="").order_by().values_list("group", flat=True).distinct())
        alike = [name for name in names if name.casefold() == group.casefold()]
        if group in alike:
            return group
        if len(alike) == 1:
            return alike[0]
        known = ", ".join(names[:MOST_GROUPS]) + (", …" if len(names) > MOST_GROUPS else "")
        there = f"There are: {known}." if names else "Products have no groups yet."
        raise forms.ValidationError(f"No product is in the group “{group}”. {there}")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("product") and self.cleaned_data.get("group"):
            self.add_error("group", "An event is on one product or on a group. Leave one of the two empty.")
        return cleaned


@admin.register(DemandEvent)
class DemandEventAdmin(Desk):
    form = EventForm
    list_display = ("name", "kind", "what", "starts_on", "ends_on", "times", "measured")
    list_filter = ("kind", "starts_on")
    list_select_related = ("product",)
    search_fields = ("name",)
    search_help_text = "Any part of the name or of a product."
    autocomplete_fields = ("product",)
    fields = (("name", "kind"), ("product", "group"), ("starts_on", "ends_on"), ("uplift", "measured"))
    readonly_fields = ("measured",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EventList

    def recognize(self, term: str) -> Q:
        return Q(name__icontains=term) | meant(term, product=Product)

    @admin.display(description="on")
    def what(self, row: DemandEvent) -> str:
        return str(row.product or row.group or "everything")

    @admin.display(description="uplift", ordering="uplift")
    def times(self, row: Any) -> SafeString:
        if row.uplift:
            return format_html('<span class="number">× {}</span>', f"{row.uplift:g}")
        how = "measured" if row.measured_uplift else "estimated" if row.estimate else "not known yet"
        return format_html('<span class="number">× {}</span> <span class="dim">{}</span>', f"{row.counts:.2g}", how)

    @admin.display(description="measured", ordering="measured_uplift")
    def measured(self, row: DemandEvent) -> SafeString | str:
        if row.measured_uplift is None:
            return "not over yet, or too little was asked for before it"
        return format_html('<span class="number">× {}</span>', f"{row.measured_uplift:g}")


class EventList(ItemList):
    """The events, each with the uplift that counts and what earlier ones let expect: one statement for all of them."""

    is_prepared = True

    def prepare(self, rows: Sequence[Any]) -> None:
        super().prepare(rows)
        known = uplift.Measured.at(DemandEvent.objects.exclude(measured_uplift=None).select_related("product"))
        for row in rows:
            row.estimate, row.counts = known.estimate(row), known.uplift_of(row)

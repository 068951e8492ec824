"""When to order again: reorder points with their reasons, what moved last night, and what service is aimed at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Abs
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import Desk, Kept
from inventory.desk.tables import Table, day, link, named, number
from inventory.formulas import explanations, risk
from inventory.ground import days
from inventory.models import PolicyChange, Product, ReorderPolicy, ServiceTarget
from inventory.models.folded import meant
from inventory.night import blocks

from .points import LIKELY, SOME, chance_chip, parts_table, with_units

MOVED = Abs(F("now") - F("was"))
"""What moved most stands first."""


class RunsOut(admin.SimpleListFilter):
    title = "runs out"
    parameter_name = "runs_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("out", "It is out"),
            ("likely", "More likely than not"),
            ("some", "Chance of 20 % or more"),
            ("unknown", "No data"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReorderPolicy]) -> QuerySet[ReorderPolicy]:
        match self.value():
            case "out":
                return queryset.filter(stockout_chance__gte=risk.OUT)
            case "likely":
                return queryset.filter(stockout_chance__gte=LIKELY)
            case "some":
                return queryset.filter(stockout_chance__gte=SOME)
            case "unknown":
                return queryset.filter(stockout_chance=None)
        return queryset


class PolicyForm(forms.ModelForm):
    class Meta:
        model = ReorderPolicy
        fields = ("frozen_point", "frozen_until", "frozen_reason", "target")

    def clean_frozen_until(self) -> Any:
        until = self.cleaned_data["frozen_until"]
        today = timezone.localdate()
        if not until or "frozen_until" not in self.changed_data:
            return until
        if objection := days.objection(until, today=today, earliest=today):
            raise forms.ValidationError(objection)
        return until


@admin.register(ReorderPolicy)
class ReorderPolicyAdmin(Desk):
    form = PolicyForm
    list_display = (
        "item", "name", "warehouse", "kind", "runs_out", "point", "up_to", "safety", "weekly", "cover", "frozen",
    )  # fmt: skip
    list_filter = (RunsOut, "abc", "xyz", "warehouse", ("frozen_point", admin.EmptyFieldListFilter))
    list_select_related = ("product", "warehouse")
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product."
    ordering = (F("stockout_chance").desc(nulls_last=True), "pk")
    readonly_fields = (
        "product", "warehouse", "point", "up_to", "safety", "weekly", "runs_out", "cover", "computed", "kind",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("product", "warehouse", "kind", "computed"),
                    ("point", "up_to", "safety"),
                    ("weekly", "runs_out", "cover"),
                )
            },
        ),
        (
            "Set by a person",
            {
                "fields": (("frozen_point", "frozen_until"), "frozen_reason", "target"),
                "description": "A frozen point is used from the next nightly run on, until its day has passed.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReorderPolicy]:
        return with_units(super().get_queryset(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReorderPolicy | None = None) -> bool:
        return False

    @admin.display(description="name")
    def name(self, row: ReorderPolicy) -> str:
        return row.product.name

    @admin.display(description="class", ordering="abc")
    def kind(self, row: ReorderPolicy) -> str:
        return f"{row.abc}{row.xyz}"

    @admin.display(description="reorder at", ordering="reorder_point")
    def point(self, row: ReorderPolicy) -> SafeString:
        return number(row.reorder_point)

    @admin.display(description="up to", ordering="order_up_to")
    def up_to(self, row: ReorderPolicy) -> SafeString:
        return number(row.order_up_to)

    @admin.display(description="safety stock", ordering="safety_stock")
    def safety(self, row: ReorderPolicy) -> SafeString:
        return number(row.safety_stock)

    @admin.display(description="weekly demand", ordering="weekly_demand")
    def weekly(self, row: ReorderPolicy) -> SafeString:
        return number(explanations.figure(row.weekly_demand))

    @admin.display(description="runs out", ordering="stockout_chance")
    def runs_out(self, row: ReorderPolicy) -> SafeString:
        return chance_chip(row.stockout_chance, here=getattr(row, "here", 0), owed=getattr(row, "owed", 0))

    @admin.display(description="cover, days", ordering="cover_days")
    def cover(self, row: ReorderPolicy) -> SafeString:
        return number(row.cover_days)

    @admin.display(description="computed")
    def computed(self, row: ReorderPolicy) -> str:
        if row.computed_on is None:
            return "not yet: the next nightly run does"
        looked = blocks.last_looked_at(row.product_id)
        unchanged = looked is not None and looked > row.computed_on
        return f"{day(looked)}, unchanged since {day(row.computed_on)}" if unchanged else day(row.computed_on)

    @admin.display(description="frozen", ordering="frozen_until")
    def frozen(self, row: ReorderPolicy) -> SafeString | str:
        if row.frozen_point is None:
            return ""
        return format_html("{} until {}", f"{row.frozen_point:,}", day(row.frozen_until))

    def tables(self, request: HttpRequest, row: ReorderPolicy) -> list[Table]:
        changes = row.changes.order_by("-on")[:10]
        return [
            parts_table(row),
            Table(
                "What changed, newest first",
                ("Night", "Was", "Is", "Why"),
                [(change.on, change.was, change.now, change.reason) for change in changes],
                empty="It has not moved since it was first computed.",
                numbers=("Was", "Is"),
            ),
        ]


@admin.register(ServiceTarget)
class ServiceTargetAdmin(Desk):
    list_display = ("cell", "meaning", "target")
    list_editable = ("target",)
    ordering = ("cell",)
    fields = (("cell", "target"),)
    readonly_fields = ("cell",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ServiceTarget | None = None) -> bool:
        return False

    @admin.display(description="which SKUs")
    def meaning(self, row: ServiceTarget) -> str:
        value = ReorderPolicy._meta.get_field("abc").choices or ()
        evenness = ReorderPolicy._meta.get_field("xyz").choices or ()
        words = dict([*value, *evenness])
        return ", ".join(str(words[letter]).partition(": ")[2] for letter in row.cell)


@admin.register(PolicyChange)
class PolicyChangeAdmin(Kept):
    list_display = ("on", "item", "warehouse", "before", "after", "moved", "reason")
    list_filter = ("on", "policy__warehouse")
    list_select_related = ("policy__product", "policy__warehouse")
    search_fields = ("policy__product__sku",)
    search_help_text = "Any part of a product."
    ordering = ("-on", MOVED.desc(), "pk")
    fields = ("on", "product", "warehouse", "was", "now", "reason")
    readonly_fields = ("product", "warehouse")

    def recognize(self, term: str) -> Q:
        return meant(term, policy__product=Product)

    def product_of(self, row: PolicyChange) -> Product:
        return row.policy.product

    @admin.display(description="product", ordering="policy__product__sku")
    def item(self, row: PolicyChange) -> SafeString:
        return named(self.product(row), is_popular=row.policy.product.is_popular)

    @admin.display(description="product")
    def product(self, row: PolicyChange) -> SafeString:
        return link(row.policy.product, "inventory_reorderpolicy_change", row.policy_id)

    @admin.display(description="warehouse")
    def warehouse(self, row: PolicyChange) -> str:
        return str(row.policy.warehouse)

    @admin.display(description="was", ordering="was")
    def before(self, row: PolicyChange) -> SafeString:
        return number(row.was)

    @admin.display(description="is", ordering="now")
    def after(self, row: PolicyChange) -> SafeString:
        return number(row.now)

    @admin.display(description="moved by", ordering=MOVED)
    def moved(self, row: PolicyChange) -> SafeString:
        return format_html('<span class="number">{}</span>', f"{row.now - row.was:+,}")

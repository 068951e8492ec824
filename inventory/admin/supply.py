"""What is on its way: inbound."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import performing
from inventory.desk.base import Kept
from inventory.desk.operations import Elsewhere, person
from inventory.desk.tables import Table, chip, day, link, number, window
from inventory.models import Inbound, Product
from inventory.models.folded import meant

from .unasked import DecideSurplus, TakeInUnordered


class InboundStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "On its way"),
            ("today", "Expected today"),
            ("week", "Expected within 7 days"),
            ("late", "Overdue"),
            ("undated", "No date"),
            ("done", "Complete"),
            ("apart", "Surplus to decide about"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inbound]) -> QuerySet[Inbound]:
        match self.value():
            case "open":
                return queryset.filter(outstanding__gt=0)
            case "today":
                return queryset.filter(outstanding__gt=0, likely_date=timezone.localdate())
            case "week":
                today = timezone.localdate()
                return queryset.filter(outstanding__gt=0, likely_date__range=(today, today + timedelta(days=6)))
            case "late":
                return queryset.filter(outstanding__gt=0, expected_date__lt=timezone.localdate())
            case "undated":
                return queryset.filter(outstanding__gt=0, likely_date=None)
            case "apart":
                return queryset.filter(set_apart__gt=0)
            case "done":
                return queryset.filter(outstanding=0)
        return queryset


@admin.register(Inbound)
class InboundAdmin(Kept):
    list_display = (
        "reference", "sender", "item", "warehouse", "ordered", "to_come", "taken", "arrives", "basis", "waiting",
    )  # fmt: skip
    list_filter = (InboundStateFilter, "warehouse", "is_confirmed")
    list_select_related = ("product", "warehouse")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as PO-1042, a sender or a product."
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("reference", "sender"), ("product", "warehouse"), ("sent_at", "basis"))}),
        (
            "Units",
            {
                "fields": (
                    ("quantity", "received", "canceled", "surplus", "set_apart"),
                    ("outstanding", "committed", "uncommitted"),
                )
            },
        ),
        ("Dates", {"fields": (("first_date", "expected_date"), ("likely_date", "safe_date"))}),
    )
    readonly_fields = ("basis",)
    operations = (DecideSurplus(),)
    elsewhere = (
        Elsewhere(
            "New date…", "reschedule_inbound", "inventory.reschedule_inbound", applies=lambda row: row.outstanding
        ),
        Elsewhere(
            "New date for all of it…",
            "reschedule_all",
            "inventory.reschedule_inbound",
            applies=lambda row: row.outstanding,
        ),
        Elsewhere(
            "Receive…",
            "receive_inbound",
            "inventory.receive_inbound",
            applies=lambda row: row.outstanding or row.received,
        ),
        Elsewhere(
            "Had not arrived…",
            "unreceive_inbound",
            "inventory.unreceive_inbound",
            applies=lambda row: row.received or row.surplus,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm(TakeInUnordered.permission))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take in what nobody ordered."""
        operation = TakeInUnordered(request)
        return performing.made(self.admin_site, request, operation, back=self.page_url, opts=self.opts)

    def recognize(self, term: str) -> Q:
        return Inbound.meant_by(term) | meant(term, product=Product)

    @admin.display(description="ordered", ordering="quantity")
    def ordered(self, row: Inbound) -> SafeString:
        return number(row.quantity)

    @admin.display(description="outstanding", ordering="outstanding")
    def to_come(self, row: Inbound) -> SafeString:
        return number(row.outstanding)

    @admin.display(description="promised away", ordering="committed")
    def taken(self, row: Inbound) -> SafeString:
        return number(row.committed)

    @admin.display(description="arrives", ordering="likely_date")
    def arrives(self, row: Inbound) -> SafeString | str:
        if not row.outstanding:
            return chip("complete", "green") if row.received + row.surplus else chip("canceled", "gray")
        return window(row.likely_date, row.safe_date) or chip("no date", "amber")

    @admin.display(description="how we know")
    def basis(self, row: Inbound) -> SafeString | str:
        if row.outstanding and (since := row.overdue_since(timezone.localdate())):
            return chip(f"overdue since {day(since)}", "red")
        if row.is_confirmed:
            return "confirmed by the sender"
        return "learned from the sender’s record" if row.likely_date else "nobody said"

    @admin.display(description="who waits")
    def waiting(self, row: Inbound) -> SafeString | str:
        return link("Waiting lines", "orders_backorder_changelist", inbound=row.reference) if row.committed else ""

    def tables(self, request: HttpRequest, row: Inbound) -> list[Table]:
        arrived = row.movements.select_related("by")
        return [
            Table(
                "Who hangs on it",
                ("Lines", "Units promised to customers"),
                [(link("Show the waiting lines", "orders_backorder_changelist", inbound=row.reference), row.committed)]
                if row.committed
                else [],
                empty="No customer waits for these units.",
                numbers=("Units promised to customers",),
            ),
            Table(
                "What arrived",
                ("When", "Units", "What", "By"),
                [
                    (day(each.at), each.quantity, each.get_kind_display(), str(each.by or "the system"))
                    for each in arrived[:50]
                ],
                empty="Nothing has arrived yet.",
                numbers=("Units",),
            ),
        ]

"""What is on its way: inbound, and transfers between warehouses."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, ProductLine, asked, product_lines
from inventory.desk.operations import Elsewhere, ask, person
from inventory.desk.tables import Table, chip, day, item, link, number, window
from inventory.models import Inbound, Product, Transfer, TransferLine, Warehouse
from inventory.models.folded import holding, meant
from inventory.supply import transfers


class State(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "On its way"), ("late", "Overdue"), ("undated", "No date"), ("done", "Complete")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inbound]) -> QuerySet[Inbound]:
        match self.value():
            case "open":
                return queryset.filter(outstanding__gt=0)
            case "late":
                return queryset.filter(outstanding__gt=0, expected_date__lt=timezone.localdate())
            case "undated":
                return queryset.filter(outstanding__gt=0, likely_date=None)
            case "done":
                return queryset.filter(outstanding=0)
        return queryset


@admin.register(Inbound)
class InboundAdmin(Kept):
    list_display = (
        "reference", "sender", "item", "warehouse", "ordered", "to_come", "taken", "arrives", "basis", "waiting",
    )  # fmt: skip
    list_filter = (State, "warehouse", "is_confirmed")
    list_select_related = ("product", "warehouse")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as PO-1042, a sender or a product."
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("reference", "sender"), ("product", "warehouse"), ("sent_at", "basis"))}),
        (
            "Units",
            {"fields": (("quantity", "received", "canceled", "surplus"), ("outstanding", "committed", "uncommitted"))},
        ),
        ("Dates", {"fields": (("first_date", "expected_date"), ("likely_date", "safe_date"))}),
    )
    readonly_fields = ("basis",)
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
    )

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
            return chip("complete", "green")
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


class TransferForm(forms.Form):
    source = forms.TypedChoiceField(coerce=int, label="From")
    destination = forms.TypedChoiceField(coerce=int, label="To")
    expected_date = ComingDayField(
        required=False, widget=DATE, label="Arrives on", help_text="Empty: nobody can say yet."
    )
    reason = forms.CharField(required=False, max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(place.pk, str(place)) for place in Warehouse.objects.filter(is_open=True)]
        for name in ("source", "destination"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "Choose…"), *places]


@admin.register(Transfer)
class TransferAdmin(Kept):
    list_display = ("reference", "source", "destination", "units", "to_come", "expected_date", "sent", "reason")
    list_filter = ("source", "destination", "sent_at")
    list_select_related = ("source", "destination", "by")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as TR-12 or of a product."
    fields = (("reference", "sent"), ("source", "destination"), "expected_date", "reason", "by")
    readonly_fields = ("sent",)
    elsewhere = (Elsewhere("Receive…", "receive_transfer", "inventory.receive_inbound"),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("inventory.add_transfer"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        own = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
        sent = own.annotate(units=Sum("quantity")).values("units")
        left = own.annotate(units=Sum("inbound__outstanding")).values("units")
        rows: QuerySet[Transfer] = (
            super()
            .get_queryset(request)
            .annotate(
                units_sent=Subquery(sent, output_field=IntegerField()),
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
        """Send units to another warehouse."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, lines = asked(TransferForm, request), product_lines(ProductLine, request)

        def send() -> HttpResponse:
            answer = form.cleaned_data
            draft = transfers.TransferDraft(
                answer["source"],
                answer["destination"],
                {line["product"].pk: line["units"] for line in lines.filled()},
                answer["expected_date"],
                answer["reason"],
            )
            transfer = transfers.send(draft, by=person(request), at=timezone.now())
            self.log_addition(request, transfer, "Sent.")
            self.message_user(request, f"{transfer} is on its way to {transfer.destination}.")
            return HttpResponseRedirect(self.page_url([transfer]))

        is_valid = form.is_bound and form.is_valid() & lines.is_valid()
        if is_valid and (answer := once.act(request, form, send, transfers.NotATransfer)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Send a transfer",
            explanation="The units leave the shelf now and are expected at the other warehouse from now on.",
            form=form,
            lines=lines,
            tables=[lines.table(("SKU", "Units"), ("sku", "units"))],
            submit="Send",
            more="More rows",
            back=self.list_url(),
            opts=self.opts,
        )

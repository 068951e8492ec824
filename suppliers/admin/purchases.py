"""Purchase orders: drafts that a buyer edits and approves, and what was sent, with its dates and receipts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory import popular
from inventory.admin import once
from inventory.admin.base import Desk, product_ids
from inventory.admin.entry import ProductLine, asked, product_lines
from inventory.admin.operations import Elsewhere, ask, person
from inventory.admin.tables import Table, chip, day, item, number
from suppliers import purchasing
from suppliers.models import PurchaseOrder, PurchaseOrderLine

from . import purchase_entry, purchase_page
from .purchase_operations import Approve, Cancel, ConfirmDates, Send

TONES = {
    "Draft": "gray",
    "Approved": "blue",
    "Sent": "amber",
    "Confirmed": "blue",
    "Complete": "green",
    "Canceled": "red",
}


def stage(order: Any) -> str:
    """Where the order stands, in a word; ``units_to_come`` is annotated."""
    return "Complete" if order.sent_at and not order.canceled_at and not order.units_to_come else order.words


class Stage(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("draft", "Draft"),
            ("approved", "Approved, not sent"),
            ("sent", "Sent, not confirmed"),
            ("open", "On its way"),
            ("done", "Complete"),
            ("canceled", "Canceled"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        standing = queryset.filter(canceled_at=None)
        match self.value():
            case "draft":
                return standing.filter(approved_at=None)
            case "approved":
                return standing.exclude(approved_at=None).filter(sent_at=None)
            case "sent":
                return standing.exclude(sent_at=None).filter(confirmed_at=None, units_to_come__gt=0)
            case "open":
                return standing.filter(units_to_come__gt=0)
            case "done":
                return standing.filter(units_to_come=0)
            case "canceled":
                return queryset.exclude(canceled_at=None)
        return queryset


class _Row(forms.Field):
    """The row that a form of a formset is about. Stock Django reads each of them again, one by one."""

    widget = forms.HiddenInput

    def __init__(self, row: PurchaseOrderLine) -> None:
        super().__init__(required=False, initial=row.pk)
        self.row = row

    def clean(self, value: Any) -> PurchaseOrderLine:
        if str(value) != str(self.row.pk):
            raise forms.ValidationError("This line does not exist any more.")
        return self.row


class DraftFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["id"] = _Row(form.instance)

    def get_queryset(self) -> QuerySet[PurchaseOrderLine]:
        if not hasattr(self, "_queryset"):
            popular.mark(line.product for line in super().get_queryset())
        return super().get_queryset()


class DraftLines(admin.TabularInline):
    """The lines of a draft: a buyer may change units and prices, or take a line off."""

    model = PurchaseOrderLine
    formset = DraftFormSet
    extra = 0
    fields = ("item", "name", "quantity", "unit_price", "value", "reason")
    readonly_fields = ("item", "name", "value", "reason")
    verbose_name_plural = "lines of the draft"

    @admin.display(description="product")
    def item(self, row: PurchaseOrderLine) -> SafeString:
        return item(row.product)

    @admin.display(description="name")
    def name(self, row: PurchaseOrderLine) -> str:
        return row.product.name

    @admin.display(description="value")
    def value(self, row: PurchaseOrderLine) -> SafeString:
        return number(purchase_page.value(row))

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrderLine]:
        return super().get_queryset(request).select_related("product", "purchase_order").order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(person(request).has_perm("suppliers.change_purchaseorder"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(person(request).has_perm("suppliers.view_purchaseorder"))


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(Desk):
    list_display = ("reference", "supplier", "warehouse", "state", "units", "to_come", "goods", "proposed", "sent")
    list_filter = (Stage, "warehouse", "supplier")
    list_select_related = ("supplier", "warehouse")
    search_fields = ("reference",)
    search_help_text = "A whole reference such as PO-1042, or the start of a SKU."
    fields = (
        ("reference", "supplier", "warehouse"),
        ("state", "units", "goods"),
        ("proposed_on", "approved"),
        ("sent_at", "confirmed_at", "canceled_at"),
        "note",
    )
    readonly_fields = (
        "reference", "supplier", "warehouse", "state", "units", "goods", "proposed_on", "approved", "sent_at",
        "confirmed_at",
        "canceled_at", "note",
    )  # fmt: skip
    inlines = (DraftLines,)
    operations = (Approve(), Send(), ConfirmDates(), Cancel())
    elsewhere = (
        Elsewhere("Receive…", "receive_purchase_order", "inventory.receive_inbound", lambda row: row.units_to_come),
    )

    def has_change_permission(self, request: HttpRequest, obj: PurchaseOrder | None = None) -> bool:
        """A draft may be edited; what was approved is changed by its operations alone."""
        return super().has_change_permission(request, obj) and (obj is None or obj.words == "Draft")

    def has_delete_permission(self, request: HttpRequest, obj: PurchaseOrder | None = None) -> bool:
        """A purchase order is canceled, not deleted."""
        return False

    def get_inlines(self, request: HttpRequest, obj: PurchaseOrder | None) -> Any:
        return self.inlines if obj and obj.words == "Draft" else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrder]:
        own = PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk")).order_by().values("purchase_order")
        money = DecimalField(max_digits=14, decimal_places=2)
        rows: QuerySet[PurchaseOrder] = (
            super()
            .get_queryset(request)
            .annotate(
                units_ordered=_subquery(own.annotate(sum=Sum("quantity")), IntegerField()),
                units_to_come=_subquery(own.annotate(sum=Sum("inbound__outstanding")), IntegerField()),
                goods_value=_subquery(own.annotate(sum=Sum(F("quantity") * F("unit_price"))), money),
            )
        )
        return rows

    def recognize(self, term: str) -> Q:
        if PurchaseOrder.objects.filter(reference__iexact=term).exists():
            return Q(reference__iexact=term)
        on_it = PurchaseOrderLine.objects.filter(product__in=product_ids(term)).values("purchase_order")
        return Q(pk__in=on_it)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Change the draft through the domain, which prices it and refuses what was approved meanwhile."""
        formset.save(commit=False)
        by, at = person(request), timezone.now()
        try:
            for line in formset.deleted_objects:
                purchasing.remove_line(line.pk)
            for line, changed in formset.changed_objects:
                price = line.unit_price if "unit_price" in changed else None
                purchasing.edit_line(line.pk, quantity=line.quantity, unit_price=price, by=by, at=at)
        except purchasing.Refused as refusal:
            once.refused(request)
            self.message_user(request, str(refusal), messages.ERROR)

    @admin.display(description="state")
    def state(self, row: Any) -> SafeString:
        word = stage(row)
        return chip(word.lower(), TONES[word])

    @admin.display(description="units")
    def units(self, row: Any) -> SafeString:
        return number(row.units_ordered or 0)

    @admin.display(description="outstanding")
    def to_come(self, row: Any) -> SafeString:
        return number(row.units_to_come)

    @admin.display(description="goods")
    def goods(self, row: Any) -> SafeString:
        return number(row.goods_value)

    @admin.display(description="proposed", ordering="proposed_at")
    def proposed(self, row: PurchaseOrder) -> str:
        return day(row.proposed_at)

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, row: PurchaseOrder) -> str:
        return day(row.sent_at)

    @admin.display(description="approved")
    def approved(self, row: PurchaseOrder) -> str:
        return f"{day(row.approved_at)}, {row.approved_by or 'the system'}" if row.approved_at else ""

    def tables(self, request: HttpRequest, row: PurchaseOrder) -> list[Table]:
        return purchase_page.tables(row, may_redate=person(request).has_perm("inventory.reschedule_inbound"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Draft a purchase order by hand; it joins the open draft of its supplier and warehouse."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, lines = asked(purchase_entry.DraftForm, request), product_lines(ProductLine, request)

        def propose() -> HttpResponse:
            order = purchase_entry.propose(form, lines, by=person(request), at=timezone.now())
            self.log_addition(request, order, "Drafted.")
            self.message_user(request, f"{order} is a draft for {order.supplier}. Approve it when it is complete.")
            return HttpResponseRedirect(self.page_url([order]))

        is_valid = form.is_bound and form.is_valid() & lines.is_valid()
        if is_valid and (answer := once.act(request, form, propose, purchasing.Refused)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Draft a purchase order",
            explanation="The lines join the open draft of this supplier and warehouse, at the price of its offer.",
            form=form,
            lines=lines,
            tables=[lines.table(("SKU", "Units"), ("sku", "units"))],
            submit="Save the draft",
            more="More rows",
            back=self.list_url(),
            opts=self.opts,
        )


def _subquery(rows: QuerySet[Any, Any], field: Any) -> Subquery:
    return Subquery(rows.values("sum"), output_field=field)

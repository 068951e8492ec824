"""Purchase orders: drafts that a buyer edits and approves, and what was sent, with its dates and receipts."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.base import Desk
from inventory.desk.careful import Missing
from inventory.desk.entry import asked, product_lines
from inventory.desk.operations import Elsewhere, ask, person
from inventory.desk.pages import has_changed
from inventory.desk.tables import Table, chip, day, lines, money, number
from inventory.models import Product
from inventory.models.folded import holding, meant
from suppliers import purchasing, unsent
from suppliers.letters import facts, papers
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier

from . import draft_lines, letters, purchase_entry, purchase_page
from .another import ReceiveAnother
from .asking import WAITS_FOR_ANSWER, AskNow, TheyLeft
from .draft_lines import DraftLines
from .purchase_operations import Approve, Cancel, ConfirmDates
from .sending import ByHand, Send, SendAnew
from .shortening import Shorten

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
            ("untouched", "Draft, untouched for a week"),
            ("approved", "Approved, not sent"),
            ("unsent", "Approved, not sent in time"),
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
            case "untouched":
                return queryset.filter(unsent.untouched(at=timezone.now()))
            case "unsent":
                return queryset.filter(unsent.not_sent_in_time(at=timezone.now()))
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


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(Desk):
    is_written_on = True
    list_display = ("reference", "supplier", "warehouse", "state", "units", "to_come", "goods", "proposed", "sent")
    list_filter = (Stage, "warehouse", "supplier")
    list_select_related = ("supplier", "warehouse")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as PO-1042, a supplier or a product."
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
    operations = (
        Approve(), Send(), ByHand(), ConfirmDates(), AskNow(), TheyLeft(), Shorten(), ReceiveAnother(), SendAnew(),
        Cancel(),
    )  # fmt: skip
    elsewhere = (
        Elsewhere(
            "New date for all of it…",
            "reschedule_purchase_order",
            "inventory.reschedule_inbound",
            lambda row: row.sent_at and row.units_to_come,
        ),
        Elsewhere("Receive…", "receive_purchase_order", "inventory.receive_inbound", lambda row: row.sent_at),
        Elsewhere(
            "Had not arrived…",
            "unreceive_purchase_order",
            "inventory.unreceive_inbound",
            lambda row: row.sent_at and not row.canceled_at and row.units_received,
        ),
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
                units_received=_subquery(
                    own.annotate(sum=Sum(F("inbound__received") + F("inbound__surplus"))), IntegerField()
                ),
                waits_for_answer=WAITS_FOR_ANSWER,
                goods_value=_subquery(own.annotate(sum=Sum(F("quantity") * F("unit_price"))), money),
            )
        )
        return rows

    def recognize(self, term: str) -> Q:
        own = PurchaseOrder.meant_by(term) | meant(term, supplier=Supplier)
        return own | holding(PurchaseOrderLine, term, to="purchase_order", product=Product)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Of a page that showed other figures than there are now, show these; what was typed stays."""
        found: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "POST" and has_changed(request):
            for words in draft_lines.renew(found["data"], found["queryset"], prefix):
                self.message_user(request, words, messages.WARNING)
        return found

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        formset.save(commit=False)
        draft_lines.save(formset, by=person(request), at=timezone.now())

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show or save the page; what the domain refuses changes nothing at all, and is said."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except purchasing.PurchaseRefused as refusal:
            once.refused(request)
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    @admin.display(description="state")
    def state(self, row: Any) -> SafeString:
        word = stage(row)
        chips = [chip(word.lower(), TONES[word])]
        if word in ("Draft", "Approved") and unsent.waits_too_long(row, at=timezone.now()):
            chips.append(chip("not sent in time" if word == "Approved" else "untouched for a week", "red"))
        return lines(chips) if len(chips) > 1 else chips[0]

    @admin.display(description="units")
    def units(self, row: Any) -> SafeString:
        return number(row.units_ordered or 0)

    @admin.display(description="outstanding")
    def to_come(self, row: Any) -> SafeString:
        return number(row.units_to_come)

    @admin.display(description="goods")
    def goods(self, row: Any) -> SafeString:
        return number(money(row.goods_value, row.supplier.money))

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
        may = person(request).has_perm
        may_redate, may_split = may("inventory.reschedule_inbound"), may(ConfirmDates.permission)
        return purchase_page.tables(row, may_redate=may_redate, may_split=may_split, at=timezone.now())

    def get_urls(self) -> list[URLPattern]:
        paper = self.admin_site.admin_view(self.paper)
        return [path("<int:order_id>/paper/", paper, name="suppliers_purchaseorder_paper"), *super().get_urls()]

    def paper(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Show the order as a paper, as it would go out now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        order = PurchaseOrder.objects.select_related("supplier", "warehouse").filter(pk=order_id).first()
        if order is None:
            raise Missing(PurchaseOrder, order_id)
        said = facts.read([order], by=person(request), at=timezone.now())[order.pk]
        return letters.download(papers.of(said)[0])

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Draft a purchase order by hand; it joins the open draft of its supplier and warehouse."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, rows = asked(purchase_entry.DraftForm, request), product_lines(purchase_entry.Line, request)

        def propose() -> HttpResponse | None:
            order = purchase_entry.propose(form, rows, by=person(request), at=timezone.now())
            if order is None:
                return None
            return self._drafted(request, order, purchase_entry.holds(order, rows), purchase_entry.prices(order, rows))

        is_valid = form.is_bound and form.is_valid() & rows.is_valid()
        if is_valid and (answer := once.act(request, form, propose, purchasing.PurchaseRefused)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Draft a purchase order",
            explanation=(
                "The lines join the open draft of this supplier and warehouse. Prices are in the supplier's currency;"
                " without one they have that of the offer. Of a product that is drafted already you are asked whether"
                " to add to it or to replace it."
            ),
            form=form,
            lines=rows,
            tables=[rows.table(("SKU", "Units", "Price"), ("sku", "units", "price"))],
            submit="Save the draft",
            more="More rows",
            back=self.list_url(),
            opts=self.opts,
        )

    def _drafted(self, request: HttpRequest, order: PurchaseOrder, holds: str, prices: str) -> HttpResponse:
        self.log_addition(request, order, "Drafted.")
        told = f"{holds} It is a draft for {order.supplier}: approve it when it is complete."
        self.message_user(request, f"{told} {prices}".strip())
        return HttpResponseRedirect(self.page_url([order]))


def _subquery(rows: QuerySet[Any, Any], field: Any) -> Subquery:
    return Subquery(rows.values("sum"), output_field=field)

"""Transfers between warehouses: sent from here, received as any inbound is."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory import spent
from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE, ProductLine, asked, product_lines
from inventory.desk.operations import Elsewhere, ask, person
from inventory.desk.performing import is_agreed
from inventory.desk.tables import Table, day, item, link, number, window
from inventory.models import Product, Transfer, TransferLine, Warehouse
from inventory.models.folded import holding
from inventory.supply import transfers


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
        """Send units to another warehouse: what leaves is looked at first, and exactly that is sent."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, lines = asked(TransferForm, request), product_lines(ProductLine, request)
        at, shown = timezone.now(), ""
        tables = [lines.table(("SKU", "Units"), ("sku", "units"))]
        if form.is_bound and form.is_valid() & lines.is_valid():
            draft = _draft(form.cleaned_data, lines.filled())
            if "preview" not in request.POST:
                Product.objects.lock(draft.units)
            rows = transfers.leaving(draft)
            figures = [(row.product.pk, row.units, row.on_hand, row.available) for row in rows]
            shown = spent.fingerprint("transfer", once.typed(form), figures)
            if is_agreed(self, request, shown):
                answer = once.act(request, form, partial(self._send, request, draft, at), transfers.NotATransfer)
                if answer:
                    return answer
            elif not _objection(form, draft, at):
                tables.append(_leaving(rows))
        is_seen = len(tables) > 1
        return ask(
            self.admin_site,
            request,
            title="Send a transfer",
            explanation="The units leave the shelf now and are expected at the other warehouse from now on.",
            form=form,
            lines=lines,
            tables=tables,
            submit="Send exactly this" if is_seen else "",
            look="Look again" if is_seen else "See what leaves",
            fingerprint=shown if is_seen else "",
            more="More rows",
            back=self.list_url(),
            opts=self.opts,
        )

    def _send(self, request: HttpRequest, draft: transfers.TransferDraft, at: datetime) -> HttpResponse:
        transfer = transfers.send(draft, by=person(request), at=at)
        self.log_addition(request, transfer, "Sent.")
        self.message_user(request, f"{transfer} is on its way to {transfer.destination}.")
        return HttpResponseRedirect(self.page_url([transfer]))


def _draft(answer: dict[str, Any], lines: list[dict[str, Any]]) -> transfers.TransferDraft:
    return transfers.TransferDraft(
        answer["source"],
        answer["destination"],
        {line["product"].pk: line["units"] for line in lines},
        answer["expected_date"],
        answer["reason"],
    )


def _objection(form: forms.Form, draft: transfers.TransferDraft, at: datetime) -> bool:
    """Say on the form what would be refused."""
    try:
        transfers.check(draft, at=at)
    except transfers.NotATransfer as refusal:
        form.add_error(None, str(refusal))
        return True
    return False


def _leaving(rows: list[transfers.Leaving]) -> Table:
    return Table(
        "What leaves",
        ("Product", "Name", "On hand", "Available", "Leaves", "Available after"),
        [
            (item(row.product), row.product.name, row.on_hand, row.available, row.units, row.available - row.units)
            for row in rows
        ],
        numbers=("On hand", "Available", "Leaves", "Available after"),
    )

"""Who asked for what, what they were offered and told; give out what is kept of an address, and forget it."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.careful import Missing
from inventory.desk.naming import to
from inventory.desk.operations import Elsewhere, Operation
from inventory.desk.tables import Table, chip, day, item, number
from inventory.ground.plurals import counted
from inventory.models import Product
from inventory.models.folded import meant
from inventory.notebook.meanwhile import Deed
from orders.admin.notices import state_of_letter
from orders.answering.meanwhile import of_lists
from orders.models import RequestState, RestockLetter, RestockRequest
from orders.waiting_list import forgetting

TONES = {
    RequestState.ASKED: "gray",
    RequestState.WAITING: "amber",
    RequestState.OFFERED: "blue",
    RequestState.SERVED: "green",
    RequestState.LAPSED: "gray",
    RequestState.LEFT: "gray",
}


class Forget(Operation):
    name = "forget"
    label = "Forget the address…"
    submit = "Erase all of it"
    permission = "orders.forget_restockrequest"
    counted = ("state", "email")
    explanation = (
        "All that these addresses asked for, on every list, is taken off at once and erased with its mails. What was "
        "kept for them goes to the next in the queue. It cannot be brought back."
    )
    is_risky = True

    def applies(self, row: Any) -> bool:
        return bool(row.email)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return RestockRequest.objects.filter(key__in={row.key for row in rows if row.key}).values_list(
            "product", flat=True
        )

    def meanwhile(self, rows: Sequence[Any], since: datetime) -> Iterable[Deed]:
        return of_lists([row.product_id for row in rows], since)

    def lock(self, rows: Sequence[Any]) -> None:
        Product.objects.lock(self.product_ids(rows, forms.Form()))

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        found = [
            kept for email in sorted({row.email for row in rows if row.email}) for kept in forgetting.kept_of(email)
        ]
        columns = ("Address", "Product", "Units", "Asked", "State")
        shown = [
            (each["email"], each["product"], each["units wanted"], each["asked at"], each["state"]) for each in found
        ]
        return [Table("What is erased", columns, shown, numbers=("Units",))]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        erased = sum(forgetting.erase(email, at=at) for email in sorted({row.email for row in rows if row.email}))
        return f"Erased {counted(erased, 'request')}."


@admin.register(RestockRequest)
class RestockRequestAdmin(Kept):
    list_display = ("item", "address", "wanted", "asked", "confirmed", "state_shown", "channel")
    list_filter = ("state", "asked_at")
    list_select_related = ("product",)
    search_fields = ("email",)
    search_help_text = "Any part of a product or a whole e-mail address."
    fields = (
        ("product", "quantity"),
        ("address", "language", "channel"),
        ("state_shown", "asked_at", "confirmed_at", "offers"),
        ("consent", "consent_from"),
    )
    readonly_fields = ("address", "state_shown")
    operations = (Forget(),)
    elsewhere = (
        Elsewhere(
            "Give out what is kept",
            "orders_restockrequest_kept",
            "orders.forget_restockrequest",
            lambda row: row.email,
        ),
    )

    def recognize(self, term: str) -> Q:
        return Q(email__iexact=term) | meant(term, product=Product)

    def get_urls(self) -> list[URLPattern]:
        kept = self.admin_site.admin_view(self.kept)
        return [path("<int:request_id>/kept/", kept, name="orders_restockrequest_kept"), *super().get_urls()]

    def kept(self, request: HttpRequest, request_id: int) -> HttpResponse:
        """Give a file of all that is kept of the address of a request, for whom it belongs to."""
        if not request.user.has_perm("orders.forget_restockrequest"):
            raise PermissionDenied
        row = RestockRequest.objects.filter(pk=request_id).exclude(key="").first()
        if row is None:
            raise Missing(RestockRequest, request_id)
        text = json.dumps(forgetting.kept_of(row.email), indent=2, ensure_ascii=False)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="restock-list.json"'
        return answer

    @admin.display(description="address", ordering="email")
    def address(self, row: RestockRequest) -> str:
        return row.email or "erased"

    @admin.display(description="units wanted", ordering="quantity")
    def wanted(self, row: RestockRequest) -> SafeString:
        return number(row.quantity)

    @admin.display(description="asked", ordering="asked_at")
    def asked(self, row: RestockRequest) -> str:
        return day(row.asked_at)

    @admin.display(description="confirmed", ordering="confirmed_at")
    def confirmed(self, row: RestockRequest) -> str:
        return day(row.confirmed_at)

    @admin.display(description="state", ordering="state")
    def state_shown(self, row: RestockRequest) -> SafeString:
        return chip(row.get_state_display().lower(), TONES[RequestState(row.state)])

    def tables(self, request: HttpRequest, row: RestockRequest) -> list[Table]:
        held = row.holds.select_related("stock__warehouse").order_by("pk")
        return [
            Table(
                "Kept for them",
                ("Warehouse", "Units", "Ordered", "Lost", "Given back", "Until"),
                [
                    (
                        each.stock.warehouse.code,
                        each.quantity,
                        each.taken,
                        each.lost,
                        each.released,
                        day(each.until_at),
                    )
                    for each in held
                ],
                empty="Nothing was offered yet.",
                numbers=("Units", "Ordered", "Lost", "Given back"),
            ),
            Table(
                "What they were told",
                ("About", "State", "Due", "Sent", "Words"),
                [
                    (
                        each.get_kind_display(),
                        state_of_letter(each),
                        day(each.due_at),
                        day(each.sent_at),
                        format_html('<pre class="letter">{}</pre>', each.body_text) if each.body_text else "",
                    )
                    for each in row.letters.order_by("pk")
                ],
                empty="Nothing yet.",
            ),
        ]


@admin.register(RestockLetter)
class RestockLetterAdmin(Kept):
    """The mails of restock lists: what did not reach anybody stands here; their words stand with their request."""

    list_display = ("about", "item", "name", "recipient", "state_shown", "due", "sent", "attempts", "error")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("request__product",)
    search_fields = ("recipient",)
    search_help_text = "A whole e-mail address."
    fields = (
        ("about", "state_shown"),
        "recipient",
        ("due_at", "sent_at"),
        ("attempts", "message_id"),
        "error",
        "subject",
    )
    readonly_fields = ("about", "state_shown")

    def product_of(self, row: RestockLetter) -> Product:
        return row.request.product

    def recognize(self, term: str) -> Q:
        return Q(recipient__iexact=term)

    @admin.display(description="about", ordering="kind")
    def about(self, row: RestockLetter) -> str:
        return row.get_kind_display()

    @admin.display(description="product", ordering="request__product__sku")
    def item(self, row: RestockLetter) -> SafeString | str:
        return super().item(row)

    @admin.display(description="name", ordering="request__product__name")
    def name(self, row: RestockLetter) -> str:
        return row.request.product.name

    @admin.display(description="state", ordering="state")
    def state_shown(self, row: RestockLetter) -> SafeString:
        return state_of_letter(row)

    @admin.display(description="due", ordering="due_at")
    def due(self, row: RestockLetter) -> str:
        return day(row.due_at)

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, row: RestockLetter) -> str:
        return day(row.sent_at)

    def tables(self, request: HttpRequest, row: RestockLetter) -> list[Table]:
        return [Table("", ("Request", "Product"), [(to(row.request), item(row.request.product))])]

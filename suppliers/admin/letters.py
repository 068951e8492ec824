"""Letters to suppliers: what they were sent, in its exact words, with the papers, and what did not reach them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.careful import Missing
from inventory.desk.naming import to
from inventory.desk.tables import Table, day, link
from inventory.ground.post.letter import Attached, Composed
from inventory.models.folded import meant
from suppliers.letters import outbox
from suppliers.models import LetterKind, OrderLetter, PurchaseOrder, Supplier

from . import letter_tables

SHADOW = "No mail is sent (MAIL=shadow). Letters that would have gone are here as “Shadowed”, word for word."


def download(attached: Attached) -> HttpResponse:
    """Answer with a file that is shown where a browser can, else kept under its name."""
    response = HttpResponse(attached.content, content_type=attached.media_type)
    response["Content-Disposition"] = f'inline; filename="{attached.name}"'
    return response


def _now(row: OrderLetter) -> Composed:
    """Give what it said as it was handed over, or what it will say."""
    if row.intent_at:
        return row.as_kept()
    return outbox.composed(LetterKind(row.kind), row.facts)


@admin.register(OrderLetter)
class OrderLetterAdmin(Kept):
    list_display = ("about", "supplier", "recipient", "state_shown", "due", "sent", "attempts", "error")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("purchase_order__supplier", "by")
    search_fields = ("purchase_order__reference",)
    search_help_text = "Any part of a reference such as PO-1042, or a supplier."
    fields = (
        ("order", "supplier", "kind", "state_shown"),
        ("recipient", "reply_to", "by"),
        ("created_at", "due_at", "sent_at"),
        ("attempts", "message_id"),
        "error",
    )
    readonly_fields = ("order", "supplier", "state_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLetter]:
        rows: QuerySet[OrderLetter] = super().get_queryset(request).defer(*letter_tables.HEAVY)
        return rows

    def recognize(self, term: str) -> Q:
        return meant(term, purchase_order=PurchaseOrder, purchase_order__supplier=Supplier)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if outbox.is_shadow() and request.method == "GET":
            self.message_user(request, SHADOW, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.attached)
        own = path("<int:letter_id>/attached/<int:place>/", view, name="suppliers_orderletter_attached")
        return [own, *super().get_urls()]

    def attached(self, request: HttpRequest, letter_id: int, place: int) -> HttpResponse:
        """Show what it carried: the paper first, then the sheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        letter = OrderLetter.objects.filter(pk=letter_id).first()
        files = _now(letter).attached if letter else ()
        if place >= len(files):
            raise Missing(OrderLetter, letter_id)
        return download(files[place])

    @admin.display(description="letter", ordering="kind")
    def about(self, row: OrderLetter) -> str:
        return f"{row.get_kind_display()}: {row.purchase_order}"

    @admin.display(description="order")
    def order(self, row: OrderLetter) -> SafeString:
        return link(row.purchase_order, "suppliers_purchaseorder_change", row.purchase_order_id)

    @admin.display(description="supplier")
    def supplier(self, row: OrderLetter) -> SafeString:
        return to(row.purchase_order.supplier)

    @admin.display(description="state", ordering="state")
    def state_shown(self, row: OrderLetter) -> SafeString:
        return letter_tables.state(row)

    @admin.display(description="due", ordering="due_at")
    def due(self, row: OrderLetter) -> str:
        return day(row.due_at)

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, row: OrderLetter) -> str:
        return day(row.sent_at)

    def tables(self, request: HttpRequest, row: OrderLetter) -> list[Table]:
        said = _now(row)
        files = [
            link(each.name, "suppliers_orderletter_attached", row.pk, place) for place, each in enumerate(said.attached)
        ]
        return [
            Table(
                "The exact text" if row.intent_at else "What would go out now",
                (said.words.subject,),
                [(format_html('<pre class="letter">{}</pre>', said.words.text),)],
            ),
            Table("Attached", ("File",), [(each,) for each in files], empty="Nothing: it is no order."),
        ]

"""The operations of lines as actions of a list, as pages with an address of their own, and the way back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from inventory.desk import careful, performing
from inventory.desk.base import Operated
from inventory.desk.careful import numbers
from inventory.desk.operations import Elsewhere, allowed, person
from orders.answering.meanwhile import of_orders
from orders.models import Backorder, OrderLine
from orders.queue import undoing
from orders.rules.planning import QUEUE_ORDER

from . import operations
from .base import MEMORY, LineOperation
from .carrying import CarryClaim
from .taking_back import TakeBack

MOST_LINES = 2_000
SENT = ("preview", "apply")
VIEW = "orders.view_orderline"
GONE = "These lines are no longer in this list: something has happened to them since you looked."
GONE_ONE = "This line is no longer in this list: something has happened to it since you looked."


class LineDesk(Operated):
    """A list of lines: what is chosen for an operation may be more than an address holds, so it is asked in place."""

    operations = operations.ALL
    elsewhere = (
        Elsewhere(
            CarryClaim.label, "orders_backorder_carry", CarryClaim.permission, lambda row: row.allocated > 0 < row.open
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        undo = path("undo/", self.admin_site.admin_view(self.undo_view), name="orders_backorder_undo")
        carry = path("<int:pk>/carry/", self.admin_site.admin_view(self.carry_view), name="orders_backorder_carry")
        return [undo, carry, *super().get_urls()]

    def carry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send what is set aside for a line to another warehouse, and its claim with it."""
        allowed(request, VIEW, CarryClaim.permission)
        rows = self.get_queryset(request).select_related("order__customer", "product")
        if request.method == "POST" and OrderLine.objects.filter(pk=pk).exists() and not rows.filter(pk=pk).exists():
            self.message_user(request, f"{GONE_ONE} {_meanwhile(request, [pk])}".strip(), messages.ERROR)
            return HttpResponseRedirect(self.list_url())
        line = careful.found(rows, pk)
        back = reverse("admin:orders_backorder_change", args=[pk])
        return performing.of_one(self.admin_site, request, CarryClaim(), line, back=back)

    def lead(self, request: HttpRequest, rows: QuerySet[Any], operation: Any) -> HttpResponse | None:
        return self._run(request, rows, operation, back=request.get_full_path())

    def perform(self, request: HttpRequest, operation: Any) -> HttpResponse:
        """Do it to the lines that the address names, or to the open lines of the orders that it names."""
        allowed(request, VIEW, operation.permission)
        orders, ids = (numbers(request.GET.get(name, ""), MOST_LINES) for name in ("order", "ids"))
        lines = self.get_queryset(request).filter(Q(order__in=orders) | Q(pk__in=ids)).order_by(*QUEUE_ORDER)
        if operation.needs_waiting:
            lines = lines.filter(backordered__gt=0, is_stopped=False)
        if request.method == "POST":
            ticked = numbers(",".join(request.POST.getlist("_selected_action")), MOST_LINES)
            if not ticked:
                self.message_user(request, "Tick at least one line first.", messages.WARNING)
                return HttpResponseRedirect(request.get_full_path())
            lines = lines.filter(pk__in=ticked)
        back = _page_of(orders, ids)
        return self._run(request, lines, operation, back=back) or HttpResponseRedirect(back)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back what this person did last, after a look at what that does."""
        may = any(person(request).has_perm(each.permission) for each in operations.ALL if each.is_undoable)
        if not (may and self.has_view_permission(request)):
            raise PermissionDenied
        back = self.list_url()
        kept = request.session.get(MEMORY)
        if not kept:
            self.message_user(request, "There is nothing to take back.", messages.WARNING)
            return HttpResponseRedirect(back)
        operation = TakeBack(undoing.Memory.from_json(kept))
        lines = self.get_queryset(request).filter(pk__in=operation.memory.before).order_by(*QUEUE_ORDER)
        return self._run(request, lines, operation, back=back) or HttpResponseRedirect(back)

    def _run(
        self, request: HttpRequest, selected: QuerySet[Backorder], operation: LineOperation, *, back: str
    ) -> HttpResponse | None:
        """Ask, show or do it; None, and why, if these lines are none or too many."""
        found = selected.select_related("order__customer", "product", "backorder_cause__by")[: MOST_LINES + 1]

        def read() -> list[Backorder]:
            lines = list(found.all())
            return lines if len(lines) <= MOST_LINES else []

        is_sent = any(button in request.POST for button in SENT)
        answer = performing.run(
            self.admin_site, request, operation, read, back=lambda rows: back, is_sent=is_sent, opts=self.opts
        )
        if answer is None:
            ticked = numbers(",".join(request.POST.getlist("_selected_action")), MOST_LINES)
            words = f"{GONE} {_meanwhile(request, ticked)}".strip()
            if selected.exists():
                words = f"That is more than {MOST_LINES:,} lines. Narrow the list first, then act on a part of it."
            self.message_user(request, words, messages.ERROR)
        return answer


def _meanwhile(request: HttpRequest, line_ids: Sequence[int]) -> str:
    """Say what was done to these lines since the page was opened that acts on them."""
    orders = OrderLine.objects.filter(pk__in=line_ids).order_by().values_list("order", flat=True)
    return performing.told_meanwhile(request, lambda since: of_orders(orders, since))


def _page_of(orders: Sequence[int], ids: Sequence[int]) -> str:
    """The page of the one order or line that an address names, else the list."""
    if orders:
        one, model, pks = len(orders) == 1, "order", orders
    else:
        one, model, pks = len(ids) == 1, "backorder", ids
    name = f"admin:orders_{model}_{'change' if one else 'changelist'}"
    return reverse(name, args=pks if one else [])

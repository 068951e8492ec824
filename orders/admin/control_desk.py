"""The controls of lines as actions of a list, as pages with an address of their own, and the way back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from inventory.desk.careful import Careful, numbers
from inventory.desk.pages import OncePages
from orders.models import Backorder, OrderLine
from orders.queue import undoing
from orders.rules.planning import QUEUE_ORDER

from . import batches, controls


class ControlDesk(OncePages, Careful):
    """A list of lines whose controls are offered to whoever may use them."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the controls that this person may use, in the order of ``controls.ALL``, before the other actions."""
        offered = {
            control.name: (_acts(control), control.name, control.label)
            for control in controls.ALL
            if request.user.has_perm(control.full_permission)
        }
        return offered | super().get_actions(request)

    def buttons(self, request: HttpRequest, line: OrderLine) -> list[tuple[str, str]]:
        """The controls that make sense for a line, and where they lead."""
        return [
            (control.label, f"{reverse(f'admin:orders_backorder_{control.name}')}?ids={line.pk}")
            for control in controls.ALL
            if control.applies(line) and request.user.has_perm(control.full_permission)
        ]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"{control.name}/",
                self.admin_site.admin_view(partial(self.control_view, control=control)),
                name=f"orders_backorder_{control.name}",
            )
            for control in controls.ALL
        ]
        undo = path("undo/", self.admin_site.admin_view(self.undo_view), name="orders_backorder_undo")
        return [*own, undo, *super().get_urls()]

    def control_view(self, request: HttpRequest, control: controls.Control) -> HttpResponse:
        """A control on the lines that the address names, or on the open lines of the orders that it names."""
        self._refuse(request, control)
        orders, ids = (numbers(request.GET.get(name, ""), batches.MOST_LINES) for name in ("order", "ids"))
        lines = self.get_queryset(request).filter(Q(order__in=orders) | Q(pk__in=ids)).order_by(*QUEUE_ORDER)
        if control.needs_waiting:
            lines = lines.filter(backordered__gt=0)
        back = _page_of(orders, ids)
        if request.method == "POST":
            ticked = numbers(",".join(request.POST.getlist("_selected_action")), batches.MOST_LINES)
            if not ticked:
                self.message_user(request, "Tick at least one line first.", messages.WARNING)
                return HttpResponseRedirect(request.get_full_path())
            lines = lines.filter(pk__in=ticked)
        return batches.run(self, request, lines, control, back=back) or HttpResponseRedirect(back)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back what this person did last, after a look at what that does."""
        self._refuse(request, *(control for control in controls.ALL if control.is_undoable))
        back = reverse("admin:orders_backorder_changelist")
        kept = request.session.get(batches.MEMORY)
        if not kept:
            self.message_user(request, "There is nothing to take back.", messages.WARNING)
            return HttpResponseRedirect(back)
        memory = undoing.Memory.from_json(kept)
        done = next(control for control in controls.ALL if control.name == memory.what)
        self._refuse(request, done)
        control = replace(controls.UNDO, title=f"Take back: {done.title.lower()}", act=partial(_undo, memory))
        lines = self.get_queryset(request).filter(pk__in=memory.before).order_by(*QUEUE_ORDER)
        return batches.run(self, request, lines, control, back=back) or HttpResponseRedirect(back)

    def _refuse(self, request: HttpRequest, *allowed: controls.Control) -> None:
        """Refuse whoever may not see lines, or may use none of these controls."""
        may = any(request.user.has_perm(control.full_permission) for control in allowed)
        if not (may and self.has_view_permission(request)):
            raise PermissionDenied


def _acts(control: controls.Control) -> Callable[..., HttpResponse | None]:
    def act(desk: ControlDesk, request: HttpRequest, lines: QuerySet[Backorder]) -> HttpResponse | None:
        return batches.run(desk, request, lines, control)

    return act


def _undo(memory: undoing.Memory, lines: controls.Lines, form: Any, by: User, at: datetime) -> int:
    return undoing.undo(memory, reason=form.cleaned_data["reason"], by=by, at=at)


def _page_of(orders: Sequence[int], ids: Sequence[int]) -> str:
    """The page of the one order or line that an address names, else the list."""
    if orders:
        one, model, pks = len(orders) == 1, "order", orders
    else:
        one, model, pks = len(ids) == 1, "backorder", ids
    name = f"admin:orders_{model}_{'change' if one else 'changelist'}"
    return reverse(name, args=pks if one else [])

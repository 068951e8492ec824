"""What all operations of lines have in common: how they are asked, fingerprinted, done and taken back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from inventory.desk.operations import Outcome
from inventory.desk.tables import Table
from inventory.notebook.meanwhile import Deed
from orders import fulfillment
from orders.admin.order_changes import AsksToStop
from orders.answering.meanwhile import of_orders
from orders.forms import BatchForm
from orders.models import AddedLine, OrderLine
from orders.promising import by_hand
from orders.queue import causes, counting, ordering, undoing

from . import previews

WAY_BACK = "Undo…"
MEMORY = "last_control"
"""Where the session keeps what can be taken back."""
Lines = Sequence[OrderLine]
Ids = Sequence[int]


class NothingChanges(Exception):
    """It is so already."""


class LineOperation(AsksToStop):
    """
    Something done to lines of the queue. A subclass says how, in ``change``.

    ``done`` says a number in words. ``is_for_order``: the page of an order offers it, for its open lines.
    ``is_undoable``: it can be taken back as long as nobody was told of it. ``is_ticked``: all lines are meant unless
    somebody says otherwise; ``is_whole``: none can be left out.
    """

    done: ClassVar[tuple[str, str]]
    form_class: ClassVar[type[BatchForm]] = BatchForm
    needs_waiting: ClassVar[bool] = False
    is_for_order: ClassVar[bool] = False
    is_undoable: ClassVar[bool] = False
    is_ticked: ClassVar[bool] = True
    is_whole: ClassVar[bool] = False
    is_logged = False  # the history of a line is its own
    touches_customers = True
    counted = ("quantity", "canceled", "shipped", "allocated", "priority", "pin_rank", "queue_at", "unit_price")
    refusals = (
        NothingChanges, ordering.NotAPlace, fulfillment.BackorderLimit, fulfillment.NothingToCancel,
        fulfillment.NotALine, fulfillment.NotAQuantity, fulfillment.NotASubstitute, by_hand.NotAPromise,
        undoing.TooLate, causes.NotACause,
    )  # fmt: skip

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        """Do it, by one domain call that takes what is ``said``: reason, by, at; give the number that ``done`` says."""
        raise NotImplementedError

    def applies(self, row: Any) -> bool:
        return bool(row.waits if self.needs_waiting else row.open > 0)

    def form(self, rows: Lines, data: Any) -> BatchForm:
        return self.form_class(data, lines=rows)

    def line_ids(self, rows: Lines) -> Collection[int]:
        return [line.pk for line in rows[: previews.SHOWN]]

    def tables(self, rows: Lines, form: forms.Form) -> list[Table]:
        assert isinstance(form, BatchForm)
        is_open = len(rows) > 1 and not self.is_whole
        return [previews.selected(rows, form, is_open=is_open, is_ticked=self.is_ticked or form.is_bound)]

    def counters(self, rows: Lines, form: forms.Form) -> list[tuple[object, ...]]:
        """Give the figures of the lines; more units of one stand in a line beside it, and leave its own as they are."""
        added = AddedLine.objects.filter(beside__in=[line.pk for line in rows]).order_by("beside")
        typed = [(line.pk, line.promised_date) for line in rows if line.is_promise_pinned]
        return [*super().counters(rows, form), *typed, *added.values_list("beside").annotate(Count("pk"))]

    def meanwhile(self, rows: Lines, since: datetime) -> Iterable[Deed]:
        return of_orders([row.order_id for row in rows], since)

    def act(self, rows: Lines, form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, BatchForm)
        ids = [line.pk for line in rows]
        undone = ids if self.is_undoable and len(ids) <= undoing.MOST_LINES else []
        stood = undoing.standing(undone)
        self.stop_parcels([line.order_id for line in rows], form, line_ids=ids, by=by, at=at)
        count = self.change(ids, form, reason=form.cleaned_data["reason"], by=by, at=at)
        if not count:
            raise NothingChanges("This changes nothing: it is so already.")
        form.memory = undoing.Memory(self.name, at, stood, undoing.standing(undone)) if undone else None
        return self.said(count, form)

    def said(self, count: int, form: forms.Form) -> str:
        """Say what was done to so many."""
        return self.done[count != 1].format(count=count)

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: Outcome | None) -> str:
        """Say what was done, and the way back if there is one."""
        assert isinstance(form, BatchForm)
        counting.forget()
        request.session[MEMORY] = form.memory.as_json() if form.memory else None
        if not form.memory:
            return words
        return format_html('{} <a href="{}">{}</a>', words, reverse("admin:orders_backorder_undo"), WAY_BACK)

    def context(self, rows: Lines, form: forms.Form) -> dict[str, Any]:
        """Let the page say again which lines it is about, for a list that was not asked by an address."""
        beyond = [("_selected_action", line.pk) for line in rows[previews.SHOWN :]]
        return {"carried": [("action", self.name), *beyond]}

"""
What staff can do to lines: each with its words, its form, its permission and its one domain call.

The queue, the page of a line and the page of an order offer them; each is shown before it is done.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from inventory.desk.operations import Outcome
from orders import fulfillment, shipping
from orders.admin.order_changes import AsksToStop
from orders.forms import (
    STOPS_PARCELS,
    BatchForm,
    CancelForm,
    CauseForm,
    DateForm,
    PinForm,
    PlaceForm,
    PriorityForm,
    QuantityForm,
    SubstituteForm,
    UnitsForm,
)  # fmt: skip
from orders.models import AddedLine, OrderLine
from orders.promising import by_hand
from orders.queue import causes, counting, ordering, undoing

from . import previews

COUNTERS = ("quantity", "canceled", "shipped", "allocated", "priority", "pin_rank", "queue_at", "unit_price")
UNDO = "Undo…"
MEMORY = "last_control"
"""Where the session keeps what can be taken back."""
Lines = Sequence[OrderLine]
Ids = Sequence[int]


class NothingChanges(Exception):
    """It is so already."""


class LineOperation(AsksToStop):
    """
    Something done to lines of the queue. A subclass says how, in ``change``.

    ``heading`` is the title of its page and the word on its button; ``done`` says a number in words. ``is_for_order``:
    the page of an order offers it, for its open lines. ``is_undoable``: it can be taken back as long as nobody was told
    of it. ``is_ticked``: all lines are meant unless somebody says otherwise; ``is_whole``: none can be left out.
    """

    heading: ClassVar[str]
    done: ClassVar[tuple[str, str]]
    form_class: ClassVar[type[BatchForm]] = BatchForm
    needs_waiting: ClassVar[bool] = False
    is_for_order: ClassVar[bool] = False
    is_undoable: ClassVar[bool] = False
    is_ticked: ClassVar[bool] = True
    is_whole: ClassVar[bool] = False
    is_logged = False  # the history of a line is its own
    touches_customers = True
    template = "admin/orders/backorder/batch.html"
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

    def title(self, rows: Lines) -> str:
        return self.heading

    def form(self, rows: Lines, data: Any) -> BatchForm:
        return self.form_class(data, lines=rows)

    def line_ids(self, rows: Lines) -> Collection[int]:
        return [line.pk for line in rows[: previews.SHOWN]]

    def counters(self, rows: Lines, form: forms.Form) -> list[tuple[object, ...]]:
        """Give the figures of the lines; more units of one stand in a line beside it, and leave its own as they are."""
        added = AddedLine.objects.filter(beside__in=[line.pk for line in rows]).order_by().values_list("beside")
        beside = dict(added.annotate(Count("pk")))
        return [
            (
                line.pk,
                line.promised_date if line.is_promise_pinned else None,
                beside.get(line.pk, 0),
                *(getattr(line, name) for name in COUNTERS),
            )
            for line in rows
        ]

    def act(self, rows: Lines, form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, BatchForm)
        ids = [line.pk for line in rows]
        undone = ids if self.is_undoable and len(ids) <= undoing.MOST_LINES else []
        stood = undoing.standing(undone)
        if form.cleaned_data.get(STOPS_PARCELS):
            why = f"{self.heading.lower()}: {form.cleaned_data['reason']}"
            shipping.stop_of_orders([line.order_id for line in rows], line_ids=ids, why=why, by=by, at=at)
        count = self.change(ids, form, reason=form.cleaned_data["reason"], by=by, at=at)
        if not count:
            raise NothingChanges("This changes nothing: it is so already.")
        form.memory = undoing.Memory(self.name, at, stood, undoing.standing(undone)) if undone else None
        return self.done[count != 1].format(count=count)

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: Outcome | None) -> str:
        """Say what was done, and the way back if there is one."""
        assert isinstance(form, BatchForm)
        counting.forget()
        request.session[MEMORY] = form.memory.as_json() if form.memory else None
        if not form.memory:
            return words
        return format_html('{} <a href="{}">{}</a>', words, reverse("admin:orders_backorder_undo"), UNDO)

    def context(self, rows: Lines, form: forms.Form, outcome: Outcome | None) -> dict[str, Any]:
        assert isinstance(form, BatchForm)
        return previews.context(rows, form, outcome.effects if outcome else None)


class PromiseDay(LineOperation):
    name, label, heading = "new_date", "New date…", "Give a new date"
    explanation = "Promise these customers a day by hand. They are told once."
    permission = "orders.redate_orderline"
    form_class = DateForm
    done = "1 line has a new date.", "{count:,} lines have a new date."
    needs_waiting = is_for_order = is_undoable = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        values = form.cleaned_data
        return by_hand.set_date(ids, values["promised_date"], tells_reason=values["is_told"], **said)


class LetDateGo(LineOperation):
    name, label, heading = "release", "Let the date go…", "Let the typed date go"
    explanation = "The computed date stands again. The customer is told if it differs materially."
    permission = "orders.release_orderline"
    done = "The typed date of 1 line is let go.", "The typed dates of {count:,} lines are let go."
    is_undoable = True

    def applies(self, row: Any) -> bool:
        return bool(row.is_promise_pinned)

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return by_hand.release(ids, **said)


class Prioritize(LineOperation):
    name, label, heading = "priority", "Priority…", "Change the priority"
    explanation = "Move these lines forward, or back to their age. Whoever is pushed back is in the preview."
    permission = "orders.prioritize_orderline"
    form_class = PriorityForm
    done = "1 line has a new priority.", "{count:,} lines have a new priority."
    is_for_order = is_undoable = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return ordering.set_priority(ids, form.cleaned_data["priority"], **said)


class MoveUp(LineOperation):
    name, label, heading = "move_up", "Move up…", "Move it up"
    explanation = (
        "Put one line at another place in its queue. Whoever is pushed back, and by how many days, is in the preview."
    )
    permission = "orders.move_orderline"
    form_class = PlaceForm
    done = "It has passed 1 line.", "It has passed {count:,} lines."
    needs_waiting = is_undoable = True
    is_ticked = False

    def applies(self, row: Any) -> bool:
        return super().applies(row) and not row.is_pinned

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        if len(ids) > 1:
            raise ordering.NotAPlace("One line moves at a time: tick only one.")
        return ordering.move_up(ids[0], form.cleaned_data["place"], **said)


class PinLines(LineOperation):
    name, label, heading = "pin", "Pin…", "Pin to a place"
    explanation = (
        "Put these lines before all that are not pinned, until somebody unpins them. "
        "Whoever is pushed back is in the preview."
    )
    permission = "orders.pin_orderline"
    form_class = PinForm
    done = "1 line is pinned.", "{count:,} lines are pinned."
    is_undoable = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return ordering.pin_lines(ids, form.cleaned_data["rank"], **said)


class UnpinLines(LineOperation):
    name, label, heading = "unpin", "Unpin…", "Unpin"
    explanation = "Let these lines go back to where their age puts them."
    permission = PinLines.permission
    done = "1 line is unpinned.", "{count:,} lines are unpinned."
    is_undoable = True

    def applies(self, row: Any) -> bool:
        return bool(row.is_pinned)

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return ordering.pin_lines(ids, None, **said)


class ChangeQuantity(LineOperation):
    name, label, heading = "quantity", "Change quantity…", "Change the quantity"
    explanation = (
        "Fewer units are canceled, and go to the next in the queue. More units join behind the last in the queue, "
        "in a line of their own: they overtake nobody."
    )
    permission = "orders.amend_orderline"
    form_class = QuantityForm
    done = "1 line has a new quantity.", "{count:,} lines have a new quantity."
    is_for_order = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return fulfillment.change_quantity(form.wanted(), **said)

    def refused(self, why: Exception, form: forms.Form, *, at: datetime) -> None:
        """What was asked for beyond the backorder policy is demand that was refused."""
        super().refused(why, form, at=at)
        if isinstance(why, fulfillment.BackorderLimit) and isinstance(form, UnitsForm):
            fulfillment.record_refusal(form.wanted(), why, at=at)


class ReplaceLines(LineOperation):
    name, label, heading = "substitute", "Substitute…", "Replace by another product"
    explanation = (
        "Another product takes the place of what is open, in a line of its own that is as old as this one. "
        "The customer is told once, in one mail."
    )
    permission = "orders.substitute_orderline"
    form_class = SubstituteForm
    done = "Replaced 1 unit.", "Replaced {count:,} units."
    is_for_order = True

    def product_ids(self, rows: Lines, form: forms.Form) -> Collection[int]:
        return {*super().product_ids(rows, form), form.cleaned_data["product"].pk}

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        other = form.cleaned_data["product"].pk
        return fulfillment.substitute(form.wanted(), other, unit_price=form.price(), **said)


class CancelUnits(LineOperation):
    name, label, heading = "cancel", "Cancel…", "Cancel units"
    explanation = "Take back what has not been shipped. Units that this frees go to the next in the queue at once."
    permission = "orders.cancel_orderline"
    form_class = CancelForm
    done = "Canceled 1 unit.", "Canceled {count:,} units."
    is_for_order = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return fulfillment.cancel(form.wanted(), is_ours=form.cleaned_data["is_ours"], **said)


class SayCause(LineOperation):
    """Taken back by the same act: what the record suggests counts again."""

    name, label, heading = "cause", "Cause…", "Say the cause"
    explanation = (
        "Say why these lines are on backorder. Nothing of their place or date changes; where the channel tells causes, "
        "customers read yours on the page of their order and in the mail of a later date."
    )
    permission = "orders.explain_orderline"
    form_class = CauseForm
    done = "1 line has another cause.", "{count:,} lines have another cause."
    needs_waiting = is_for_order = True

    def counters(self, rows: Lines, form: forms.Form) -> list[tuple[object, ...]]:
        said = [str(getattr(line, "backorder_cause", None)) for line in rows]
        return [*super().counters(rows, form), *enumerate(said)]

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return causes.say(ids, form.cleaned_data["cause"], **said)


ALL: tuple[LineOperation, ...] = (
    PromiseDay(), LetDateGo(), Prioritize(), MoveUp(), PinLines(), UnpinLines(), ChangeQuantity(), ReplaceLines(),
    CancelUnits(), SayCause(),
)  # fmt: skip

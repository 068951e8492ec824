"""
What staff can do to lines: each with its words, its form, its permission and its one domain call.

The queue, the page of a line and the page of an order offer them; each is shown before it is done.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from orders import fulfillment
from orders.forms import (
    CancelForm,
    CauseForm,
    DateForm,
    PinForm,
    PlaceForm,
    PriorityForm,
    QuantityForm,
    SubstituteForm,
    SubstituteOfferForm,
    UnitsForm,
)  # fmt: skip
from orders.fulfillment import availability
from orders.models import SubstituteOffer
from orders.promising import by_hand
from orders.queue import causes, ordering

from . import previews
from .base import Ids, LineOperation, Lines


class PromiseDay(LineOperation):
    name, label = "new_date", "New date…"
    explanation = "Promise these customers a day by hand. They are told once."
    permission = "orders.redate_orderline"
    form_class = DateForm
    done = "1 line has a new date.", "{count:,} lines have a new date."
    needs_waiting = is_for_order = is_undoable = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        values = form.cleaned_data
        return by_hand.set_date(ids, values["promised_date"], tells_reason=values["is_told"], **said)


class LetDateGo(LineOperation):
    name, label = "release", "Let the date go…"
    explanation = "The computed date stands again. The customer is told if it differs materially."
    permission = "orders.release_orderline"
    done = "The typed date of 1 line is let go.", "The typed dates of {count:,} lines are let go."
    is_undoable = True

    def applies(self, row: Any) -> bool:
        return bool(row.is_promise_pinned)

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return by_hand.release(ids, **said)


class Prioritize(LineOperation):
    name, label = "priority", "Priority…"
    explanation = "Move these lines forward, or back to their age. Whoever is pushed back is in the preview."
    permission = "orders.prioritize_orderline"
    form_class = PriorityForm
    done = "1 line has a new priority.", "{count:,} lines have a new priority."
    is_for_order = is_undoable = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return ordering.set_priority(ids, form.cleaned_data["priority"], **said)


class MoveUp(LineOperation):
    name, label = "move_up", "Move up…"
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
    name, label = "pin", "Pin…"
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
    name, label = "unpin", "Unpin…"
    explanation = "Let these lines go back to where their age puts them."
    permission = PinLines.permission
    done = "1 line is unpinned.", "{count:,} lines are unpinned."
    is_undoable = True

    def applies(self, row: Any) -> bool:
        return bool(row.is_pinned)

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return ordering.pin_lines(ids, None, **said)


class ChangeQuantity(LineOperation):
    name, label = "quantity", "Change quantity…"
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
    name, label = "substitute", "Substitute…"
    explanation = (
        "Another product takes the place of what is open, in a line of its own that is as old as this one. "
        "The customer is told of both in one mail."
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


class OfferSubstitute(LineOperation):
    name, label = "offer", "Offer another product…"
    explanation = (
        "The customer may take it for what waits, or say no, on the page of their order; a mail tells them of it. "
        "Nothing of the line changes before. It takes the place of what was offered before; no product withdraws that."
    )
    permission = ReplaceLines.permission
    form_class = SubstituteOfferForm
    done = "Offered for 1 line.", "Offered for {count:,} lines."
    withdrawn = "Withdrawn for 1 line.", "Withdrawn for {count:,} lines."
    needs_waiting = is_for_order = True

    def counters(self, rows: Lines, form: forms.Form) -> list[tuple[object, ...]]:
        offered = SubstituteOffer.objects.standing().filter(line__in=[line.pk for line in rows])
        return [*super().counters(rows, form), *offered.order_by("pk").values_list("pk", "line", "product")]

    def in_words(self, rows: Lines, form: forms.Form) -> str:
        """Say what there is of what is offered, were all of it taken now."""
        other = form.cleaned_data["product"]
        return previews.there_is(availability.instead(rows, other.pk, at=timezone.now()), other.sku) if other else ""

    def said(self, count: int, form: forms.Form) -> str:
        if form.cleaned_data["product"]:
            return super().said(count, form)
        return self.withdrawn[count != 1].format(count=count)

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        other, price = form.cleaned_data["product"], form.cleaned_data["unit_price"]
        if other is None:
            return fulfillment.withdraw_offers(ids, **said)
        return fulfillment.offer_substitute(ids, other.pk, unit_price=price, **said)


class CancelUnits(LineOperation):
    name, label = "cancel", "Cancel…"
    explanation = "Take back what has not been shipped. Units that this frees go to the next in the queue at once."
    permission = "orders.cancel_orderline"
    form_class = CancelForm
    done = "Canceled 1 unit.", "Canceled {count:,} units."
    is_for_order = True

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return fulfillment.cancel(form.wanted(), is_ours=form.cleaned_data["is_ours"], **said)


class SayCause(LineOperation):
    """Taken back by the same act: what the record suggests counts again."""

    name, label = "cause", "Cause…"
    explanation = (
        "Say why these lines are on backorder. Nothing of their place or date changes; where the channel tells causes, "
        "customers read yours on the page of their order and in the mail of a later date."
    )
    permission = "orders.explain_orderline"
    form_class = CauseForm
    done = "The cause of 1 line is noted.", "The causes of {count:,} lines are noted."
    needs_waiting = is_for_order = True

    def counters(self, rows: Lines, form: forms.Form) -> list[tuple[object, ...]]:
        said = [str(getattr(line, "backorder_cause", None)) for line in rows]
        return [*super().counters(rows, form), *enumerate(said)]

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return causes.say(ids, form.cleaned_data["cause"], **said)


ALL: tuple[LineOperation, ...] = (
    PromiseDay(), LetDateGo(), Prioritize(), MoveUp(), PinLines(), UnpinLines(), ChangeQuantity(), ReplaceLines(),
    OfferSubstitute(), CancelUnits(), SayCause(),
)  # fmt: skip

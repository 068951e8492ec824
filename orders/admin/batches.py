"""
What can be done to selected lines at once: a form, a preview that is the act taken back, then the act.

Each batch is one domain call. Nothing is written before a person has seen which lines, customers, promises and
mails it touches; if those have changed in between, the new preview is shown instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from orders import fulfillment, ordering, promises, queue, rehearsal
from orders.forms import BatchForm, CancelForm, DateForm, PriorityForm
from orders.models import Backorder

MOST_LINES = 2_000
SHOWN = 200
"""Rows of a preview that are written out; the sums count all."""
REFUSALS = (
    ordering.NotAPlace,
    fulfillment.NothingToCancel,
    fulfillment.NotALine,
    promises.NotAPromise,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """``act`` takes the lines, the form's values, who and when, and gives a number; ``done`` says it in words."""

    name: str
    title: str
    lead: str
    form: type[BatchForm]
    act: Callable[[Sequence[Backorder], dict[str, Any], User, datetime], int]
    done: str


def _redate(lines: Sequence[Backorder], values: dict[str, Any], by: User, at: datetime) -> int:
    ids = [line.pk for line in lines]
    return promises.set_date(ids, values["promised_date"], reason=values["reason"], by=by, at=at)


def _prioritize(lines: Sequence[Backorder], values: dict[str, Any], by: User, at: datetime) -> int:
    ids = [line.pk for line in lines]
    return ordering.set_priority(ids, values["priority"], reason=values["reason"], by=by, at=at)


def _cancel(lines: Sequence[Backorder], values: dict[str, Any], by: User, at: datetime) -> int:
    wanted = [fulfillment.LineUnits(line.pk, values.get("units")) for line in lines]
    return fulfillment.cancel(wanted, reason=values["reason"], by=by, at=at)


NEW_DATE = Batch(
    "new_date",
    "Give a new date",
    "Promise these customers a day by hand. They are told once.",
    DateForm,
    _redate,
    "{count:,} lines have a new date.",
)
PRIORITY = Batch(
    "priority",
    "Change the priority",
    "Move these lines forward, or back to their age. Whoever is pushed back is in the preview.",
    PriorityForm,
    _prioritize,
    "{count:,} lines have a new priority.",
)
CANCEL = Batch(
    "cancel",
    "Cancel what is open",
    "Take back what has not been shipped. Units that this frees go to the next in the queue at once.",
    CancelForm,
    _cancel,
    "Canceled {count:,} units.",
)


def run(
    admin: "ModelAdmin[Any]", request: HttpRequest, selected: QuerySet[Backorder], batch: Batch
) -> HttpResponse | None:
    """Show the form, the preview, or do it: whichever the request has come to."""
    lines = list(selected.select_related("order__customer", "product")[: MOST_LINES + 1])
    if not lines or len(lines) > MOST_LINES:
        words = f"That is more than {MOST_LINES:,} lines. Narrow the list first, then act on a part of it."
        if not lines:
            words = "These lines are no longer in this list: something has happened to them since you looked."
        admin.message_user(request, words, messages.ERROR)
        return None
    is_sent = "preview" in request.POST or "apply" in request.POST
    form = batch.form(request.POST if is_sent else None, lines=lines)
    effects = None
    if is_sent and form.is_valid():
        effects = _try(batch, form, lines, request)
        if effects and effects.is_done:
            queue.forget()
            admin.message_user(request, batch.done.format(count=effects.result), messages.SUCCESS)
            return HttpResponseRedirect(request.get_full_path())
        if effects and "apply" in request.POST:
            words = "Something has changed since you looked. Nothing was done; this is the new preview."
            admin.message_user(request, words, messages.WARNING)
    stage = {**admin.admin_site.each_context(request), "opts": admin.opts, "media": admin.media}
    context = stage | _context(batch, form, lines, effects)
    return TemplateResponse(request, "admin/orders/backorder/batch.html", context)


def _try(batch: Batch, form: BatchForm, lines: Sequence[Backorder], request: HttpRequest) -> rehearsal.Effects | None:
    assert isinstance(request.user, User)
    at, by = timezone.now(), request.user
    agreed = request.POST.get("fingerprint") if "apply" in request.POST else None
    try:
        return rehearsal.rehearse(
            lambda: batch.act(lines, form.cleaned_data, by, at),
            at=at,
            agreed=agreed,
            line_ids=[line.pk for line in lines[:SHOWN]],
        )
    except REFUSALS as error:
        form.add_error(None, str(error))
        return None


def _context(
    batch: Batch, form: BatchForm, lines: Sequence[Backorder], effects: rehearsal.Effects | None
) -> dict[str, Any]:
    return {
        "title": batch.title,
        "batch": batch,
        "form": form,
        "lines": lines,
        "hidden": len(lines) - SHOWN,
        "shown": _with_places(lines[:SHOWN], effects),
        "units": sum(line.backordered for line in lines),
        "customers": len({line.order.customer_id for line in lines}),
        "effects": effects,
        "news": effects.news[:SHOWN] if effects else (),
    }


def _with_places(
    lines: Sequence[Backorder], effects: rehearsal.Effects | None
) -> list[tuple[Backorder, tuple[int, int] | None, tuple[int, int] | None]]:
    """Each line with its place now and, if it has been tried, afterwards."""
    now = queue.places(lines)
    then = effects.places if effects else {}
    return [(line, now.get(line.pk), then.get(line.pk)) for line in lines]

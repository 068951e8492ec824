"""
A control on selected lines: a form, a preview that is the act taken back, then the act.

Each is one domain call. Nothing is written before a person has seen which lines, customers, promises and mails it
touches, who is pushed back and by how many days; if the facts have moved in between, the new preview is shown instead.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk import once
from orders import fulfillment
from orders.forms import BatchForm, UnitsForm
from orders.models import AddedLine, Backorder, OrderLine
from orders.queue import counting, questions, rehearsal, undoing

from . import rows
from .controls import REFUSALS, UNDO, Control

MOST_LINES = 2_000
MEMORY = "last_control"
"""Where the session keeps what can be taken back."""
SHOWN = 200
"""Rows of a preview that are written out; the sums count all."""


class Selected(NamedTuple):
    """A selected line: its place now and then, how it moves, what else covers it, the units that are typed for it."""

    line: OrderLine
    place: tuple[int, int] | None
    then: tuple[int, int] | None
    move: rehearsal.Moved | None
    cover: SafeString
    units: BoundField | None


class Other(NamedTuple):
    """Somebody else whom it moves: the line, before and after, by how much in words, and what else covers it."""

    line: OrderLine
    move: rehearsal.Moved
    words: str
    cover: SafeString


def run(
    admin: "ModelAdmin[Any]",
    request: HttpRequest,
    selected: QuerySet[Backorder],
    control: Control,
    *,
    back: str = "",
) -> HttpResponse | None:
    """
    Show the form, the preview, or do it: whichever the request has come to.

    :param back: where it leads when it is done; the page it was asked on if empty
    """
    lines = list(selected.select_related("order__customer", "product")[: MOST_LINES + 1])
    if not lines or len(lines) > MOST_LINES:
        words = f"That is more than {MOST_LINES:,} lines. Narrow the list first, then act on a part of it."
        if not lines:
            words = "These lines are no longer in this list: something has happened to them since you looked."
        admin.message_user(request, words, messages.ERROR)
        return None
    is_sent = "preview" in request.POST or "apply" in request.POST
    form = control.form(request.POST if is_sent else None, lines=lines)
    effects = None
    if is_sent and form.is_valid():
        effects = _try(control, form, lines, request)
        if effects and effects.is_done:
            once.done(request)
            counting.forget()
            admin.message_user(request, _told(control, effects, request), messages.SUCCESS)
            return HttpResponseRedirect(back or request.get_full_path())
        if effects and "apply" in request.POST and not once.refusal(request):
            words = "Something has changed since you looked. Nothing was done; this is the new preview."
            admin.message_user(request, words, messages.WARNING)
    stage = {**admin.admin_site.each_context(request), "opts": admin.opts, "media": admin.media}
    stage |= {"back": back or request.get_full_path(), "is_sent": is_sent}
    context = stage | _context(control, form, lines, effects)
    return TemplateResponse(request, "admin/orders/backorder/batch.html", context)


def _try(
    control: Control, form: BatchForm, lines: Sequence[Backorder], request: HttpRequest
) -> rehearsal.Effects | None:
    assert isinstance(request.user, User)
    at, by = timezone.now(), request.user
    may_act = "apply" in request.POST and once.may(request, form)
    agreed = request.POST.get("fingerprint") if may_act else None
    ids = [line.pk for line in lines] if control.is_undoable and len(lines) <= undoing.MOST_LINES else []
    stood: list[dict[int, undoing.Stood]] = []

    def act() -> int:
        stood.append(undoing.standing(ids))
        result = control.act(lines, form, by, at)
        stood.append(undoing.standing(ids))
        return result

    try:
        effects = rehearsal.rehearse(
            act,
            at=at,
            agreed=agreed,
            facts=lambda: (control.name, once.typed(form), _counters(lines)),
            line_ids=[line.pk for line in lines[:SHOWN]],
            product_ids=control.product_ids(lines, form),
        )
    except REFUSALS as error:
        if isinstance(error, fulfillment.BackorderLimit) and control.is_demand and isinstance(form, UnitsForm):
            fulfillment.record_refusal(form.wanted(), error, at=at)
        form.add_error(None, str(error))
        return None
    if not effects.result:
        form.add_error(None, "This changes nothing: it is so already.")
        return None
    if effects.is_done:
        request.session[MEMORY] = undoing.Memory(control.name, at, *stood).as_json() if ids else None
    return effects


COUNTERS = ("quantity", "canceled", "shipped", "allocated", "priority", "pin_rank", "queue_at", "unit_price")


def _counters(lines: Sequence[Backorder]) -> list[tuple[object, ...]]:
    """
    Read again, under the lock, what is known of these lines, so that what is shown is what the act rests on.

    More units of a line stand in a line beside it, and leave its own figures as they are.
    """
    fresh = OrderLine.objects.in_bulk([line.pk for line in lines])
    added = AddedLine.objects.filter(beside__in=fresh).order_by().values_list("beside")
    beside = dict(added.annotate(Count("pk")))
    found = []
    for line in lines:
        now = fresh[line.pk]
        for column in OrderLine._meta.concrete_fields:
            setattr(line, column.attname, getattr(now, column.attname))
        typed = line.promised_date if line.is_promise_pinned else None
        found.append((line.pk, typed, beside.get(line.pk, 0), *(getattr(line, name) for name in COUNTERS)))
    return found


def _told(control: Control, effects: rehearsal.Effects, request: HttpRequest) -> str:
    """What was done, and the way back if there is one."""
    told = control.told(effects.result)
    if not request.session.get(MEMORY):
        return told
    return format_html('{} <a href="{}">{}</a>', told, reverse("admin:orders_backorder_undo"), UNDO.label)


def _context(
    control: Control, form: BatchForm, lines: Sequence[Backorder], effects: rehearsal.Effects | None
) -> dict[str, Any]:
    chosen = {line.pk for line in lines}
    moved = [move for move in effects.moved if move.line_id not in chosen] if effects else []
    later = sorted((move for move in moved if move.days > 0), key=lambda move: (-move.days, move.line_id))
    sooner = sorted((move for move in moved if move.days < 0), key=lambda move: (move.days, move.line_id))
    units_fields = form.units_fields if isinstance(form, UnitsForm) else []
    news = effects.news[:SHOWN] if effects else []
    return {
        "title": control.title,
        "batch": control,
        "form": form,
        "fields": [form[name] for name in form.fields if name not in units_fields],
        "units_column": form.column if isinstance(form, UnitsForm) and units_fields else "",
        "lines": lines,
        "beyond": lines[SHOWN:],
        "shown": _selected(lines[:SHOWN], effects, {name: form[name] for name in units_fields}),
        "is_ticked": control.takes_many,
        "units": sum(line.backordered for line in lines),
        "customers": len({line.order.customer_id for line in lines}),
        "effects": effects,
        "news": news,
        "has_said": any(fact.was_date for fact in news),
        "later": _others(later[:SHOWN]),
        "later_count": len(later),
        "most_days": max((move.days for move in later if move.now.safe_date), default=0),
        "sooner": _others(sooner[:SHOWN]),
        "sooner_count": len(sooner),
        "broken": sum(move.breaks for move in effects.moved) if effects else 0,
        "added": [(line, effects.places.get(line.pk)) for line in effects.added[:SHOWN]] if effects else (),
    }


def _selected(
    lines: Sequence[Backorder], effects: rehearsal.Effects | None, fields: Mapping[str, BoundField]
) -> list[Selected]:
    """Each line with its place and its date now and, if it has been tried, afterwards."""
    now = questions.places(lines)
    then = effects.places if effects else {}
    moves = {move.line_id: move for move in effects.moved} if effects else {}
    found = []
    for line in lines:
        move = moves.get(line.pk)
        cover = rows.recovered(move.cover if move else None)
        found.append(Selected(line, now.get(line.pk), then.get(line.pk), move, cover, fields.get(f"units-{line.pk}")))
    return found


def _others(moves: Collection[rehearsal.Moved]) -> list[Other]:
    lines = OrderLine.objects.select_related("order__customer", "product").in_bulk([move.line_id for move in moves])
    return [
        Other(lines[move.line_id], move, _days(move), rows.recovered(move.cover))
        for move in moves
        if move.line_id in lines
    ]


def _days(move: rehearsal.Moved) -> str:
    """
    How much later or sooner, in words.

    >>> from datetime import date
    >>> day = date(2026, 12, 1)
    >>> was, now = (rehearsal.SeenByCustomer(0, 1, each, each, None) for each in (day, date(2026, 12, 4)))
    >>> _days(rehearsal.Moved(1, was, now)), _days(rehearsal.Moved(1, now, was))
    ('3 days later', '3 days sooner')
    >>> _days(rehearsal.Moved(1, was, rehearsal.SeenByCustomer(0, 1, None, None, None)))
    'no date any more'
    """
    if move.now.safe_date is None:
        return "no date any more"
    if move.was.safe_date is None:
        return "has a date now"
    count = abs(move.days)
    return f"{count:,} day{'s'[: count != 1]} {'later' if move.days > 0 else 'sooner'}"

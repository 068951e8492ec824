"""
The page of an operation: ask, show what would happen, do exactly that.

What touches customers is tried and taken back by the site, and done once a person has agreed to what that showed.
Anything else is done at once, if its figures stand as the page showed them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from inventory import spent
from inventory.notebook import meanwhile
from inventory.supply.stock import UnitsPicked

from . import once
from .operations import Operation, Outcome, Rehearsing, allowed, ask, person

LOOK = "Show what it does"
MOVED_MEANWHILE = "The facts have moved since you looked. Nothing was done: here is what would happen now."
Read = Callable[[], Sequence[Any]]
Back = Callable[[Sequence[Any]], str]


def run(
    site: admin.AdminSite,
    request: HttpRequest,
    operation: Operation,
    read: Read,
    *,
    back: Back,
    is_sent: bool | None = None,
    **context: Any,
) -> HttpResponse | None:
    """
    Ask, preview or act, whichever the request has come to; None if there are no rows.

    :param read: reads the rows it is done to
    :param back: where its page leads to, and where it leads when it is done
    :param is_sent: whether its form was sent, if a POST alone does not say so
    """
    allowed(request, operation.permission)
    is_sent = request.method == "POST" if is_sent is None else is_sent
    rows = read()
    if is_sent and not operation.touches_customers and not once.refusal(request):
        operation.lock(rows)
        rows = read()
    if not rows and not operation.is_new:
        return None
    form = operation.form(rows, request.POST if is_sent else None)
    act = _Act(request, operation, rows, form, back, timezone.now())
    acts = is_sent and ("apply" in request.POST or not operation.touches_customers)
    answer = None
    if not operation.touches_customers:
        label = rows[0]._meta.label if rows else ""
        context["fingerprint"] = spent.fingerprint(label, operation.name, operation.counters(rows, form))
    if is_sent and form.is_valid():
        may_act = acts and once.may(request, form)
        if operation.touches_customers:
            answer = act.tried(lambda: act.as_agreed(site, read, may_act=may_act))
        elif may_act:
            answer = act.tried(lambda: act.as_shown(context["fingerprint"]))
    if acts and answer is None:
        act.tell_meanwhile()
    return answer or act.page(site, **context)


def of_one(site: admin.AdminSite, request: HttpRequest, operation: Operation, row: Model, *, back: str) -> HttpResponse:
    """Ask, preview or act, on a screen about one row."""
    return cast(HttpResponse, run(site, request, operation, lambda: [row], back=lambda rows: back))


def made(
    site: admin.AdminSite, request: HttpRequest, operation: Operation, *, back: Back, **context: Any
) -> HttpResponse:
    """Ask, preview or make something new."""
    return cast(HttpResponse, run(site, request, operation, tuple, back=back, **context))


def told_meanwhile(request: HttpRequest, deeds: Callable[[datetime], Iterable[meanwhile.Deed]]) -> str:
    """Say what was done since the page was opened by which somebody acts; "" if nothing was, or it was only a look."""
    if once.refusal(request):
        return ""
    opened_at = spent.made_at(request.once.key)  # type: ignore[attr-defined]
    return meanwhile.told(deeds(opened_at), me=person(request))


@dataclass(slots=True)
class _Act:
    """
    An operation on rows, as far as its page has come.

    :ivar words: what it says of what it did
    :ivar outcome: what it does to customers, once it was tried
    """

    request: HttpRequest
    operation: Operation
    rows: Sequence[Any]
    form: forms.Form
    back: Back
    at: datetime
    words: str = ""
    outcome: Outcome | None = None

    def tried(self, deed: Callable[[], HttpResponse | None]) -> HttpResponse | None:
        """Give its answer once it is done; None if it is not, or was refused, and then the form says why."""
        refusals: tuple[type[Exception], ...] = (*self.operation.refusals, UnitsPicked)
        try:
            answer = deed()
        except refusals as why:
            self.operation.refused(why, self.form, at=self.at)
            self.form.add_error(None, str(why))
            return None
        if answer:
            once.done(self.request)
        return answer

    def as_shown(self, shown: str) -> HttpResponse | None:
        """Do it, if the figures stand as the page showed them."""
        if self.request.POST.get("fingerprint") != shown:
            messages.warning(self.request, once.MOVED)
            return None
        self._do()
        return self._done()

    def as_agreed(self, site: admin.AdminSite, read: Read, *, may_act: bool) -> HttpResponse | None:
        """Try it, and keep it if that is what a person has seen and agreed to."""
        operation, request, form = self.operation, self.request, self.form

        def facts() -> tuple[object, ...]:
            """What it is done to, what was typed, and the figures it rests on, read under its locks and then shown."""
            operation.lock(self.rows)
            self.rows = read()
            subjects = [(row._meta.label, row.pk) for row in self.rows]
            return subjects, operation.name, once.typed(form), operation.counters(self.rows, form)

        self.outcome = cast(Rehearsing, site).rehearsed(
            self._do,
            at=self.at,
            agreed=request.POST.get("fingerprint") if may_act else None,
            facts=facts,
            product_ids=operation.product_ids(self.rows, form),
            line_ids=operation.line_ids(self.rows),
        )
        if self.outcome.is_done:
            return self._done()
        if may_act:
            messages.warning(request, MOVED_MEANWHILE)
        return None

    def tell_meanwhile(self) -> None:
        """Say what was done since the page was opened to what it holds back, else to whom it moves, and by whom."""
        if words := told_meanwhile(self.request, self._deeds):
            messages.info(self.request, words)

    def _deeds(self, since: datetime) -> Sequence[meanwhile.Deed]:
        deeds = [*self.operation.meanwhile(self.rows, since)]
        return [*self.outcome.meanwhile(since)] if self.outcome and not deeds else deeds

    def _do(self) -> str:
        self.words = self.operation.act(self.rows, self.form, by=person(self.request), at=self.at)
        return self.words

    def _done(self) -> HttpResponse:
        """Write it into the history of its rows, and tell."""
        operation, by_id = self.operation, person(self.request).pk
        rows, flag = (operation.made, ADDITION) if operation.is_new else (self.rows, CHANGE)
        if operation.is_logged:
            LogEntry.objects.log_actions(by_id, rows, flag, self.words[:1000], single_object=False)
        messages.success(self.request, operation.told(self.request, self.words, self.form, self.outcome))
        return HttpResponseRedirect(self.back(rows))

    def page(self, site: admin.AdminSite, **context: Any) -> HttpResponse:
        operation, rows, form, outcome = self.operation, self.rows, self.form, self.outcome
        template = "admin/rehearse.html" if operation.touches_customers else "admin/ask.html"
        context |= {"operation": operation, "explanation": operation.explanation, "outcome": outcome}
        context["in_words"] = operation.in_words(rows, form) if outcome else ""
        return ask(
            site,
            self.request,
            title=operation.title(rows),
            form=form,
            tables=operation.tables(rows, form),
            submit=operation.submit or (LOOK if operation.touches_customers else operation.plain_label),
            back=self.back(rows),
            template=operation.template or template,
            is_risky=operation.is_risky,
            **(context | operation.context(rows, form)),
        )

"""The three steps of a screen with a preview: ask, show what would happen, do exactly that."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from inventory.desk import once
from inventory.desk.operations import ask, person
from inventory.desk.tables import Table

from . import outcome

MOVED_MEANWHILE = "The facts have moved since you looked. Nothing was done: here is what would happen now."


@dataclass(frozen=True, slots=True)
class Step:
    """
    What a screen asks, shows and does.

    :ivar tables: gives what it is about; asked last, so that it shows what ``counters`` read
    :ivar counters: reads, under the locks, the figures of the rows that the act rests on
    :ivar act: takes who and when; its domain's refusals are ``refusals``
    :ivar in_words: says in a sentence what is done, once ``counters`` were read
    :ivar rows: whose history in the admin keeps what was done
    """

    title: str
    explanation: str
    form: forms.Form
    tables: Callable[[], list[Table]]
    submit: str
    act: Callable[[User, datetime], object]
    refusals: tuple[type[Exception], ...]
    product_ids: Collection[int]
    counters: Callable[[], object]
    rows: Sequence[Model]
    back: str
    done: Callable[[], str]
    every: str = ""
    in_words: Callable[[], str] = str

    def facts(self) -> tuple[object, ...]:
        """What it is done to, what was typed, and the figures it rests on: no other row's fingerprint fits."""
        subjects = [(row._meta.label, row.pk) for row in self.rows]
        return subjects, self.title, once.typed(self.form), self.counters()


def allowed(request: HttpRequest, *permissions: str) -> User:
    """Give the person who asks, if they have all these permissions."""
    by = person(request)
    if not by.has_perms(permissions):
        raise PermissionDenied
    return by


def page_of(by: User, *rows: Model) -> str:
    """The address of the first of these rows that this person may see, else of the index."""
    for row in rows:
        opts = row._meta
        if by.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    return reverse("admin:index")


def run(site: AdminSite, request: HttpRequest, step: Step, **context: Any) -> HttpResponse:
    """Ask, preview or act, whichever the request has come to; ``context``: more for the page."""
    by, at = person(request), timezone.now()
    found: outcome.Outcome | None = None
    if step.form.is_bound and step.form.is_valid():
        may_act = "apply" in request.POST and once.may(request, step.form)
        agreed = request.POST.get("fingerprint") if may_act else None
        try:
            found = outcome.of(
                lambda: step.act(by, at), product_ids=step.product_ids, at=at, facts=step.facts, agreed=agreed
            )
        except step.refusals as refusal:
            step.form.add_error(None, str(refusal))
        else:
            if found.is_done:
                once.done(request)
                told = step.done()
                LogEntry.objects.log_actions(by.pk, step.rows, CHANGE, told[:1000], single_object=False)
                messages.success(request, f"{told} {_mails(found)}")
                return HttpResponseRedirect(step.back)
            if agreed:
                messages.warning(request, MOVED_MEANWHILE)
    shown: dict[str, Any] = {"outcome": found, "outcome_tables": found.tables() if found else []}
    shown["in_words"] = step.in_words() if found else ""
    response = ask(
        site,
        request,
        title=step.title,
        explanation=step.explanation,
        form=step.form,
        tables=step.tables(),
        submit=step.submit,
        back=step.back,
        every=step.every,
        **shown,
        **context,
    )
    response.template_name = "admin/rehearse.html"
    return response


def _mails(found: outcome.Outcome) -> str:
    count = found.effects.mails
    return f"{count:,} {'mail goes' if count == 1 else 'mails go'} out." if count else "No customer hears anything new."

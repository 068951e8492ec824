"""
Operations: buttons that do one thing to the rows of a list, or to the one whose page is open.

An operation says who may do it, asks for what it needs to know, shows what it is about, makes one domain call
and says what happened. It works on a list; the single case is a list of one. Its page carries a fingerprint of the
figures it shows; the act reads them again under its locks, and does nothing if they have moved. What touches customers
is tried first by the site, which knows them, and shown: whom it moves, who is told.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from inventory import spent
from inventory.models import Product

from . import once
from .careful import numbers
from .tables import Table

if TYPE_CHECKING:
    from .base import Desk

MOST_ROWS = 200
"""Rows that one operation takes at once: a page that a person can still read."""


class Operation:
    """
    One thing that can be done to rows of one model. A subclass says how.

    ``permission`` is a full name, such as "inventory.adjust_stock"; without it nobody sees or reaches the operation.
    ``counted`` names the figures of a row that the act rests on: its own, not those of a busy product around it.
    ``touches_customers``: its page shows who is moved and every mail before it is done (``Rehearsing``).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    counted: ClassVar[tuple[str, ...]]
    explanation: ClassVar[str] = ""
    submit: ClassVar[str] = ""
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    form_class: ClassVar[type[forms.Form]] = forms.Form
    takes_many: ClassVar[bool] = True
    is_risky: ClassVar[bool] = False
    touches_customers: ClassVar[bool] = False

    def applies(self, row: Any) -> bool:
        """Say whether the button makes sense on the page of this row."""
        return True

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        """Build the form that asks for what the operation needs to know."""
        return self.form_class(data)

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        """Show what the operation is about; a cell may be a field of the form."""
        return []

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        """Give the figures that the act rests on, as the page shows them."""
        return [(row.pk, *(getattr(row, name) for name in self.counted)) for row in rows]

    def product_ids(self, rows: Sequence[Any]) -> Collection[int]:
        """Name the products whose queue it may change."""
        return {row.product_id for row in rows}

    def lock(self, rows: Sequence[Any]) -> None:
        """Let nobody move these figures until the transaction ends; products are locked before anything else."""
        Product.objects.lock(self.product_ids(rows))

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        """Say in a sentence what it does, for the preview of what touches customers."""
        return ""

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        """Do it, by one domain call, and say what happened."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    A button on the page of a row that leads to a screen of its own, by URL name.

    :ivar query: the row's own value that the address carries, instead of its primary key
    """

    label: str
    url_name: str
    permission: str
    applies: Callable[[Any], object] = bool
    query: str = ""

    def url(self, row: Any) -> str:
        name = f"admin:{self.url_name}"
        if not self.query:
            return reverse(name, args=[row.pk])
        parameter, _, attribute = self.query.partition("=")
        return f"{reverse(name)}?{urlencode({parameter: getattr(row, attribute)})}"


class Rehearsing(Protocol):
    """A site that shows what an operation does to customers before it is done, and then does exactly that."""

    def rehearsed(self, desk: "Desk", operation: Operation, request: HttpRequest) -> HttpResponse: ...


def perform(desk: "Desk", operation: Operation, request: HttpRequest) -> HttpResponse:
    """Ask, act, and tell: the page of an operation."""
    by = person(request)
    if not by.has_perm(operation.permission) or not desk.has_view_permission(request):
        raise PermissionDenied
    if operation.touches_customers:
        return cast(Rehearsing, desk.admin_site).rehearsed(desk, operation, request)
    rows = chosen(desk, request)
    is_sent = request.method == "POST"
    if is_sent and not once.refusal(request):
        operation.lock(rows)
        rows = chosen(desk, request)
    if not rows:
        return none_chosen(desk, request)
    form = operation.form(rows, request.POST if is_sent else None)
    shown = spent.fingerprint(desk.opts.label, operation.name, operation.counters(rows, form))
    if is_sent and form.is_valid():
        if request.POST.get("fingerprint") != shown and not once.refusal(request):
            desk.message_user(request, once.MOVED, messages.WARNING)
        elif answer := once.act(request, form, partial(_do, desk, operation, request, rows, form), *operation.refusals):
            return answer
    return ask(
        desk.admin_site,
        request,
        title=title(desk, operation, rows),
        explanation=operation.explanation,
        form=form,
        tables=operation.tables(rows, form),
        submit=operation.submit or operation.label.rstrip("…"),
        back=desk.page_url(rows),
        opts=desk.opts,
        is_risky=operation.is_risky,
        fingerprint=shown,
    )


def is_agreed(desk: admin.ModelAdmin, request: HttpRequest, shown: str) -> bool:
    """Whether somebody says yes to what the page showed them, and not only looks; what has moved since is said."""
    if "preview" in request.POST:
        return False
    if once.refusal(request):
        return True
    if not (seen := request.POST.get("fingerprint")):
        return False
    if seen != shown:
        desk.message_user(request, once.MOVED, messages.WARNING)
    return seen == shown


def title(desk: "Desk", operation: Operation, rows: Sequence[Any]) -> str:
    name = str(rows[0]) if len(rows) == 1 else f"{len(rows)} {desk.opts.verbose_name_plural}"
    return f"{operation.label.rstrip('…')}: {name}"


def none_chosen(desk: "Desk", request: HttpRequest) -> HttpResponse:
    desk.message_user(request, "Select at least one row first.", messages.WARNING)
    return HttpResponseRedirect(desk.list_url())


def _do(
    desk: "Desk", operation: Operation, request: HttpRequest, rows: Sequence[Any], form: forms.Form
) -> HttpResponse:
    by = person(request)
    told = operation.act(rows, form, by=by, at=timezone.now())
    _log(by, rows, told)
    desk.message_user(request, told, messages.SUCCESS)
    return HttpResponseRedirect(desk.page_url(rows))


def ask(
    site: admin.AdminSite,
    request: HttpRequest,
    *,
    title: str,
    form: forms.Form,
    submit: str,
    back: str,
    tables: Sequence[Table] = (),
    **context: Any,
) -> TemplateResponse:
    """Show a form on a page of the admin, with the tables it is about; fields that stand in a table stay there."""
    placed = {name for table in tables for name in table.fields()}
    rest = [field for field in form.visible_fields() if field.html_name not in placed]
    shown = {"title": title, "form": form, "fields": rest, "tables": tables, "submit": submit, "back": back}
    return TemplateResponse(request, "admin/ask.html", {**site.each_context(request), **shown, **context})


def person(request: HttpRequest) -> User:
    """The user who asks; the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def chosen(desk: "Desk", request: HttpRequest) -> list[Any]:
    """Read the rows that the address names, as this person's list has them."""
    ids = numbers(request.GET.get("ids", ""), MOST_ROWS)
    rows = desk.get_queryset(request).filter(pk__in=ids)
    related = desk.list_select_related
    return list(rows.select_related(*related) if isinstance(related, list | tuple) and related else rows)


def _log(by: User, rows: Sequence[Any], told: str) -> None:
    """Keep in the admin's history of each row what was done to it."""
    LogEntry.objects.log_actions(by.pk, rows, CHANGE, told[:1000], single_object=False)


def url(desk: "Desk", operation: Operation, rows: Iterable[Any]) -> str:
    """The address of an operation on these rows."""
    name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}_{operation.name}"
    return f"{reverse(name)}?ids={','.join(str(row.pk) for row in rows)}"

"""
Operations: the one way to do something to rows, from the button of a list or on a page of its own.

An operation says who may do it, asks for what it needs to know, shows what it is about, makes one domain call
and says what happened. The single case is a list of one. Its page carries a fingerprint of the figures it shows; the
act reads them again under its locks, and does nothing if they have moved. What touches customers is tried first
by the site, which knows them, and shown: whom it moves, who is told and in which words.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar, Protocol

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from inventory.models import Product
from inventory.notebook.meanwhile import Deed, logged

from .tables import Table

MOST_ROWS = 200
"""Rows that one operation takes at once: a page that a person can still read."""


def many(rows: Sequence[Any]) -> str:
    """Write how many rows there are, and of what."""
    return f"{len(rows):,} {rows[0]._meta.verbose_name_plural}"


class Operation:
    """
    One thing that can be done to rows of one model. A subclass says how.

    ``permission`` is a full name, such as "inventory.adjust_stock"; without it nobody sees or reaches the operation.
    ``counted`` names the figures of a row that the act rests on: its own, not those of a busy product around it.
    ``touches_customers``: its page shows who is moved and every mail before it is done (``Rehearsing``).
    ``every`` names a button that fills in the form by itself. ``is_logged``: the admin's history of each row keeps what
    was done. ``is_new``: it is done to no rows and gives its page what
    it ``made``; such a one is made for one request.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    permission: str
    counted: ClassVar[tuple[str, ...]]
    explanation: ClassVar[str] = ""
    submit: ClassVar[str] = ""
    every: ClassVar[str] = ""
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    form_class: ClassVar[type[forms.Form]] = forms.Form
    takes_many: ClassVar[bool] = True
    is_risky: ClassVar[bool] = False
    is_logged: ClassVar[bool] = True
    is_new: ClassVar[bool] = False
    made: Sequence[Any] = ()
    touches_customers: ClassVar[bool] = False
    template: ClassVar[str] = ""

    def applies(self, row: Any) -> bool:
        """Say whether the button makes sense on the page of this row."""
        return True

    @property
    def plain_label(self) -> str:
        """What it is called where no page follows."""
        return self.label.rstrip("…")

    def title(self, rows: Sequence[Any]) -> str:
        return f"{self.plain_label}: {str(rows[0]) if len(rows) == 1 else many(rows)}"

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        """Build the form that asks for what the operation needs to know."""
        return self.form_class(data)

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        """Show what the operation is about; a cell may be a field of the form."""
        return []

    def counters(self, rows: Sequence[Any], form: forms.Form) -> Sequence[tuple[object, ...]]:
        """Give the figures that the act rests on, as the page shows them."""
        return [(row.pk, *(getattr(row, name) for name in self.counted)) for row in rows]

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        """Name the products whose queue it may change; a preview locks them before anything else."""
        return {row.product_id for row in rows}

    def line_ids(self, rows: Sequence[Any]) -> Collection[int]:
        """Name the order lines whose place in the queue a preview shows."""
        return ()

    def lock(self, rows: Sequence[Any]) -> None:
        """Let nobody move these figures until the transaction ends; products are locked before anything else."""
        if not self.touches_customers:
            Product.objects.lock(row.product_id for row in rows)

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        """Say in a sentence what it does, for the preview of what touches customers."""
        return ""

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        """Do it, by one domain call, and say what happened; the same words whenever the same happens."""
        raise NotImplementedError

    def refused(self, why: Exception, form: forms.Form, *, at: datetime) -> None:
        """Hear that the domain has refused."""

    def meanwhile(self, rows: Sequence[Any], since: datetime) -> Iterable[Deed]:
        """Give what was done to these rows since, for whoever it holds back."""
        return logged(rows, since)

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: "Outcome | None") -> str:
        """Say to whoever did it what was done, and what customers hear of it."""
        return f"{words} {outcome.mails_in_words()}" if outcome else words

    def context(self, rows: Sequence[Any], form: forms.Form) -> dict[str, Any]:
        """Give what a ``template`` of its own shows besides."""
        return {}


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
        return f"{reverse(name)}?{urlencode({parameter: attrgetter(attribute)(row)})}"


class Outcome(Protocol):
    """What an act did to customers, or would do."""

    effects: Any

    @property
    def is_done(self) -> bool: ...
    @property
    def fingerprint(self) -> str: ...
    def tables(self) -> list[Table]: ...
    def mails_in_words(self) -> str: ...
    def meanwhile(self, since: datetime) -> Iterable[Deed]: ...


class Rehearsing(Protocol):
    """A site that does an act and keeps it only if its outcome is the one that a person has agreed to."""

    def rehearsed(self, act: Callable[[], object], **known: Any) -> Outcome: ...


def ask(
    site: admin.AdminSite,
    request: HttpRequest,
    *,
    title: str,
    form: forms.Form,
    submit: str,
    back: str,
    tables: Sequence[Table] = (),
    template: str = "admin/ask.html",
    folded: tuple[str, Collection[str]] = ("", ()),
    **context: Any,
) -> TemplateResponse:
    """
    Show a form on a page of the admin, with the tables it is about; fields that stand in a table stay there.

    :param folded: what few people type, in a fold below the other fields: its title, and the names of its fields
    """
    placed = {name for table in tables for name in table.fields()}
    rest = [field for field in form.visible_fields() if field.html_name not in placed]
    fold_title, names = folded
    inside = [field for field in rest if field.name in names]
    fold = {
        "title": fold_title,
        "fields": inside,
        "is_open": any(field.errors or field.value() for field in inside),
    }
    above = [field for field in rest if field.name not in names]
    shown = {"title": title, "form": form, "fields": above, "tables": tables, "submit": submit, "back": back}
    shown["fold"] = fold
    return TemplateResponse(request, template, {**site.each_context(request), **shown, **context})


def person(request: HttpRequest) -> User:
    """The user who asks; the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


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

"""
Lists of rows that people write notes on and give to one another: what can be done to many of them, and whose they are.

The screens that do it are the site's, by URL name (``backoffice.screens.notebook``).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory.models import Alert
from inventory.notebook import assignments

from .lists import across
from .operations import MOST_ROWS, person

WAYS = (
    ("note", "note_write", "inventory.write_note", "Note…"),
    ("give", "assign_rows", "inventory.assign_row", "Give to…"),
)


def actions(request: HttpRequest, model: type[Model]) -> Iterator[tuple[str, tuple[Callable[..., Any], str, str]]]:
    """Offer what this person may do to many rows of such a list; an alert is given by an operation of its own."""
    for name, view, permission, label in WAYS:
        if person(request).has_perm(permission) and (name == "note" or model is not Alert):
            yield name, (partial(_lead, view), name, label)


def _lead(view: str, desk: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
    if len(chosen) > MOST_ROWS:
        desk.message_user(request, across.TOO_MANY, messages.WARNING)
        return None
    label = rows.model._meta.concrete_model._meta.label_lower
    return HttpResponseRedirect(f"{reverse(f'admin:{view}', args=[label])}?ids={','.join(map(str, chosen))}")


class TurnFilter(admin.SimpleListFilter):
    """Whose turn it is with the rows of a list."""

    title = "whose turn"
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(assignments.WHOSE.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in assignments.WHOSE:
            return queryset
        return queryset.filter(assignments.whose(queryset.model, value, person(request)))

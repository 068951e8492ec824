"""The views of a list that somebody has kept: tabs above it, how many rows each has, with which the list opens."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.core.cache import cache
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from inventory.desk import columns
from inventory.desk.operations import person
from inventory.ground.sql import paging
from inventory.models import SavedView
from inventory.notebook import saved_views

from . import files

NOT_KEPT = {"p", "e", "_popup", "_to_field", "_changelist_filters"}
"""What an address of a list may hold that says nothing about the list."""
PLAIN = "?p=1"
"""The list as it is by itself, whatever it opens with."""
FRESH_SECONDS = 30
MOST_COUNTED = 12
"""Views of one list that are counted; those behind them are opened without."""
NO_COUNT = -1


class GoneView(BadRequest):
    """A view asks for what its list does not know, or knows no more."""

    def __init__(self, view: SavedView, why: Exception) -> None:
        self.view = view
        words = str(why) if isinstance(why, BadRequest) else "This list cannot be looked up by what it asks for."
        super().__init__(f"The view “{view.name}” does not fit this list any more. {words}")


@dataclass(frozen=True, slots=True)
class ViewTab:
    """``hint``: whose it is, or why it has no count."""

    name: str
    url: str
    count: str
    hint: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ViewTabs:
    """
    What stands above a list: its views, and what can be done to the one that is open; "": nothing is.

    :ivar opened: the name of the one that is open
    :ivar xlsx_url: "" too if these are more rows than a workbook takes: ``most_xlsx``
    """

    opened: str
    tabs: list[ViewTab]
    keep_url: str
    change_url: str
    remove_url: str
    csv_url: str
    xlsx_url: str
    most_xlsx: int


def list_name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def asked(address: QueryDict | str) -> str:
    """
    Give what an address asks of its list, in one order: what a view keeps, and is known by.

    >>> asked("p=3&q=&tab=due&o=2")
    'o=2&tab=due'
    """
    query = QueryDict(address) if isinstance(address, str) else address
    pairs = ((name, value) for name, values in query.lists() for value in values if value and name not in NOT_KEPT)
    return urlencode(sorted(pairs))


def of(request: HttpRequest, model: type[Model]) -> list[SavedView]:
    """Give the views of a list that this person has, read once a request."""
    name = list_name(model)
    read: dict[str, list[SavedView]] = request.__dict__.setdefault("saved_views", {})
    if name not in read:
        read[name] = saved_views.of(person(request), name)
    return read[name]


def opens_with(request: HttpRequest, model: type[Model]) -> str:
    """Say what the list asks for when nobody asks; nothing if it opens plainly."""
    if request.method != "GET" or request.GET:
        return ""
    view = saved_views.opened(of(request, model))
    return view.query if view else ""


def blame(request: HttpRequest, model: type[Model], why: Exception) -> None:
    """:raises GoneView: if what cannot be answered is what a view of this person asks for"""
    view = _current(request, model) if request.method == "GET" else None
    if view:
        raise GoneView(view, why) from why


def tabs(request: HttpRequest, desk: ModelAdmin, listed: QuerySet[Any], shown: int) -> ViewTabs:
    """
    Give what stands above a list.

    :param listed: its rows, and ``shown`` how many they are, as they were counted
    """
    views, current, query = of(request, desk.model), _current(request, desk.model), asked(request.GET)
    counts = counted(request, desk, [view for view in views if view is not current][:MOST_COUNTED])
    if current:
        counts[current.pk] = shown
    found = [_tab(view, counts.get(view.pk), current) for view in views]
    if views:
        found.insert(0, ViewTab("All", PLAIN, "", "the list by itself", not query))
    keep = f"{reverse('admin:view_keep', args=[list_name(desk.model)])}?{query}" if query and not current else ""
    change, remove = (
        reverse(f"admin:{name}", args=[current.pk]) if current else "" for name in ("view_change", "view_remove")
    )
    is_exported = getattr(desk, "is_exported", False)
    csv, xlsx = (_file(desk.model, kind, request.GET) if is_exported else "" for kind in ("csv", "xlsx"))
    most = files.MOST["xlsx"]
    if xlsx and columns.is_beyond(listed, most, shown):
        xlsx = ""
    return ViewTabs(current.name if current else "", found, keep, change, remove, csv, xlsx, most)


def _file(model: type[Model], kind: str, address: QueryDict) -> str:
    return f"{reverse('admin:list_export', args=[list_name(model), kind])}?{asked(address)}"


def _current(request: HttpRequest, model: type[Model]) -> SavedView | None:
    query = asked(request.GET)
    return next((view for view in of(request, model) if query and asked(view.query) == query), None)


def _tab(view: SavedView, count: int | None, current: SavedView | None) -> ViewTab:
    hint = f"of {view.role.name}" if view.role else "yours"
    if count == NO_COUNT:
        hint = f"{hint}; it does not fit this list any more: open it to remove it"
    words = "" if count is None else "!" if count == NO_COUNT else paging.in_words(count)
    return ViewTab(view.name, f"?{view.query}", words, hint, view is current)


# --- how many ------------------------------------------------------------------------------------


def counted(request: HttpRequest, desk: ModelAdmin, views: Iterable[SavedView]) -> dict[int, int]:
    """Count the rows of views up to a bound, half a minute old at most; of one that fits no more, ``NO_COUNT``."""
    keys = {f"saved-view:{view.pk}:{view.saved_at.timestamp()}:{request.user.pk}": view for view in views}
    known: dict[str, int] = cache.get_many(keys) if keys else {}
    fresh = _counted(request, desk, {key: view for key, view in keys.items() if key not in known})
    if fresh:
        cache.set_many(fresh, FRESH_SECONDS)
    return {keys[key].pk: count for key, count in (known | fresh).items()}


def _counted(request: HttpRequest, desk: ModelAdmin, views: dict[str, SavedView]) -> dict[str, int]:
    questions: dict[str, QuerySet[Any]] = {}
    gone: dict[str, int] = {}
    for key, view in views.items():
        try:
            questions[key] = rows(request, desk, view.query)
        except (BadRequest, SuspiciousOperation):
            gone[key] = NO_COUNT
    if not questions:
        return gone
    try:
        with transaction.atomic():
            return gone | paging.bounded_counts(questions)
    except DatabaseError:  # they are opened without a number: one of them may take too long
        return gone


def rows(request: HttpRequest, desk: ModelAdmin, query: str) -> QuerySet[Any]:
    """
    Give the rows that an address of the list asks for, without looking at any.

    :raises BadRequest: if it cannot be answered
    """
    asking, asked_of = copy(request), copy(desk)
    asking.GET = QueryDict(query)
    kind = desk.get_changelist(asking)
    unread = type(kind.__name__, (kind,), {"get_results": lambda found, request: None})
    vars(asked_of)["get_changelist"] = lambda request, **kwargs: unread
    found: QuerySet[Any] = asked_of.get_changelist_instance(asking).queryset
    return found

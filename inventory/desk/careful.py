"""
What every list and page of the admin does with an address or a form that nobody made: it says so, and shows nothing.

A list that is asked what it cannot look up answers 400 in words: never a traceback, and never all its rows as if
nothing had been asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest, FieldError, SuspiciousOperation, ValidationError
from django.core.paginator import EmptyPage
from django.db import DataError, NotSupportedError, ProgrammingError
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from inventory.ground import folding
from inventory.ground.sql import paging

from . import moments
from .lists import across, chips, choosing, sorting, views
from .lists.chips import FilterChips
from .lists.choosing import ShownColumns

MOST_DIGITS = 18
"""Digits of the largest number that both databases have for a key."""
NOT_LOOKED_UP = (
    IncorrectLookupParameters, DataError, FieldError, NotSupportedError, OverflowError, ProgrammingError, TypeError,
    IndexError, ValidationError, ValueError,
)  # fmt: skip
"""What Django and the databases say to a question that has no meaning."""
HARMLESS = frozenset({
    "", "exact", "iexact", "in", "isnull", "gt", "gte", "lt", "lte", "year", "month", "day", "date", "contains",
    "icontains", "startswith", "istartswith", "isempty",
})  # fmt: skip
"""Ways of comparing that an address may name. A regular expression can keep a database busy for ever."""


Row = TypeVar("Row", bound=Model)
LONGEST = 60
"""Signs of an address that are said again."""
MOST_ASKED = 4_000
"""Signs of what an address asks of a list besides its search: each of its hundred links says all of it again."""
TOO_LONG = f"This address asks more of a list than one can be asked: up to {MOST_ASKED:,} signs. Ask for less at once."


class Missing(Http404):
    """
    A row that is not there, or no longer.

    :ivar model: what it would be
    :ivar asked: what the address calls it
    """

    def __init__(self, model: type[Model], asked: object) -> None:
        self.model, self.asked = model, str(asked)[:LONGEST]
        kind = model._meta.verbose_name
        super().__init__(f"There is no {kind} “{self.asked}”: the address is mistyped, or it was deleted.")


def found(rows: QuerySet[Row, Any], pk: int) -> Row:
    """:raises Missing: if none of these rows has this key"""
    row: Row | None = rows.filter(pk=pk).first()
    if row is None:
        raise Missing(rows.model, pk)
    return row


def numbers(text: str, most: int) -> list[int]:
    """
    Read keys of rows, as an address or a form lists them; what cannot be one is none.

    >>> numbers("7,x,1" + "0" * 5_000 + ",12", 10)
    [7, 12]
    """
    return [int(word) for word in text.split(",") if is_key(word)][:most]


def is_key(word: str) -> bool:
    """Say whether this can be the key of a row."""
    return word.isdecimal() and len(word) <= MOST_DIGITS


class CarefulList(ChangeList):
    """The stock list, which says what it cannot look up, what it is narrowed by, and which of its columns it shows."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        if SEARCH_VAR in self.filter_params:  # no more of it is read, nor said by each link
            self.filter_params[SEARCH_VAR] = [self.query[: folding.LONGEST]]

    @cached_property
    def asked_columns(self) -> ShownColumns:
        """Its columns, and those that its address chooses; their numbers in an address are of all of them."""
        return choosing.of(self)

    @property
    def every_column_url(self) -> str:
        return chips.without(self, {choosing.COLS})

    @cached_property
    def narrowed_by(self) -> FilterChips:
        """What its address narrows it by."""
        return chips.of(self)

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        return chips.address(self.filter_params, new_params or {}, remove or ())

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        asked: Mapping[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in asked.items() if name != choosing.COLS}

    def prepare(self, rows: Sequence[Any]) -> None:
        """Read at once what the columns say of these rows besides; a page of the list, or a block of its file."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        try:
            found = super().get_queryset(request, exclude_parameters)
        except NOT_LOOKED_UP as error:
            raise _refused(request, error) from error
        for spec in self.filter_specs:
            if isinstance(spec, admin.SimpleListFilter) and (words := _unknown(spec)):
                raise BadRequest(words)
        sorting.check(self, found)
        return found

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except NOT_LOOKED_UP as error:
            if not (isinstance(error.__context__, EmptyPage) and self.page_num > 1):
                raise _refused(request, error) from error
            self._turn_to_last_page(request)
        by: Any = sorting.headings(self) if self.result_count > paging.BOUND else self.list_display
        self.sortable_by = by

    def _turn_to_last_page(self, request: HttpRequest) -> None:
        """Show the last page of a list that got shorter than it was: what was just done may have done that."""
        self.page_num = self.model_admin.get_paginator(request, self.queryset, self.list_per_page).num_pages
        super().get_results(request)


def _refused(request: HttpRequest, error: Exception) -> Exception:
    """Blame the address where it asked for something; without a question the fault is ours."""
    if not request.GET:
        return error
    asked = ", ".join(f"{name} = {value}" for name, value in request.GET.items())
    return BadRequest(f"This list cannot be looked up by “{asked[:200]}”.")


def _unknown(spec: admin.SimpleListFilter) -> str:
    """Say what a filter of ours knows, if it is asked for something else: each would show all its rows."""
    asked = spec.value()
    known = [str(key) for key, _ in spec.lookup_choices]
    if not asked or asked in known:
        return ""
    return f"“{spec.title}” cannot be “{asked[:40]}” in this list. It is one of: {', '.join(known)}."


class Known(AutocompleteSelect):
    """The stock field that searches as one types, which takes only keys for keys when it is shown again."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if not key or is_key(str(key))], attrs)


class Careful(admin.ModelAdmin):
    """
    What all lists and pages of the admin derive from.

    :ivar is_exported: its list is a file as any other
    :ivar unbounded: the label of an action that takes any number of rows; "" where each takes ``MOST_ROWS``
    """

    is_exported: ClassVar[bool] = True
    unbounded: ClassVar[str] = ""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CarefulList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Open with the view that its reader wants first; above the list stand those that they have."""
        if len(urlencode([pair for pair in request.GET.lists() if pair[0] != SEARCH_VAR], doseq=True)) > MOST_ASKED:
            raise BadRequest(TOO_LONG)
        if request.method == "GET" and (address := choosing.joined(request.GET)):
            return HttpResponseRedirect(f"?{address}")
        if self.has_view_or_change_permission(request) and (query := views.opens_with(request, self.model)):
            return HttpResponseRedirect(f"?{query}")
        try:
            response = super().changelist_view(request, extra_context)
        except (BadRequest, SuspiciousOperation) as why:
            views.blame(request, self.model, why)
            raise
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            shown = response.context_data["cl"]
            response.context_data |= {
                "views": None if shown.is_popup else views.tabs(request, self, shown.queryset, shown.result_count),
                "across": across.note(shown.result_count, self.unbounded),
                "unbounded": self.unbounded,
            }
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return _comparison(self.model, lookup) in HARMLESS and super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no deletion of whatever is ticked: what goes is looked at on its own page."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_list_display(self, request: HttpRequest) -> Any:
        return [moments.column(self.model, name) for name in super().get_list_display(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [moments.column(self.model, name) for name in super().get_readonly_fields(request, obj)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is only shown is shown as its reader reads it; a field that is typed into stays one."""
        fieldsets = super().get_fieldsets(request, obj)
        is_read = not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request))
        shown = set(self.get_readonly_fields(request, obj))
        return [
            (title, {**how, "fields": _read(how["fields"], self.model, shown, is_read)}) for title, how in fieldsets
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field or None)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Say that it is not there, on a page that says so to programs, too: Today would be no answer."""
        raise Missing(self.model, unquote(object_id))

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Known(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Act on rows that are named by their keys, and on nothing else."""
        named = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(map(is_key, named)):
            self.message_user(
                request, "Nothing was done: what was selected are no rows of this list.", messages.WARNING
            )
            return None
        across.tell_if_moved(request, queryset)
        return super().response_action(request, queryset, *args)


def _read(names: Any, model: type[Model], shown: set[Any], is_read: bool) -> Any:
    """Give the fields of a page, single or side by side, each as ``moments`` shows it if it is only shown."""
    if isinstance(names, list | tuple):
        return [_read(name, model, shown, is_read) for name in names]
    column = moments.column(model, names)
    return column if is_read or column in shown else names


def _comparison(model: type[Model], lookup: str) -> str:
    """
    Give what follows the fields in a lookup: nothing, or how they are compared.

    A name that is no field is what a filter of the list calls itself, such as "is".

    >>> from inventory.models import Stock
    >>> [_comparison(Stock, lookup) for lookup in ("product__sku__regex", "product__sku", "available__gte", "is")]
    ['regex', '', 'gte', '']
    """
    opts: Any = model._meta
    parts = lookup.split("__")
    while parts and opts:
        name = opts.pk.name if parts[0] == "pk" else parts[0]
        field: Field | None = next((each for each in opts.get_fields() if each.name == name), None)
        if field is None:
            break
        parts.pop(0)
        opts = field.related_model._meta if field.related_model else None
    return "" if parts == [lookup] else "__".join(parts)

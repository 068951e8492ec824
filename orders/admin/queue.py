"""The backorder queue: a work screen for those who keep promises, all day."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import F, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import cached_property

from inventory.desk import columns, throttle
from inventory.desk.careful import CarefulList, Missing, numbers
from inventory.desk.lists import chips, choosing
from inventory.desk.operations import person
from inventory.ground.sql import paging
from inventory.night import popular
from orders.admin.lines.desk import LineDesk
from orders.admin.order_operations import ShipOrders, leads_to_ship
from orders.answering import why
from orders.filters import BackorderFilter
from orders.models import Backorder, LineEvent, NoticeLine, Promise
from orders.models.kinds import CONFIRMATIONS
from orders.queue import counting, questions
from orders.wording import window

from . import asking, rows
from .columns import COLUMNS, EVERY, FILES, heads, written
from .service import lines as service_lines

TAB = "tab"
OTHERS = {TAB, choosing.COLS, "p", "o", "all", "e", "_popup", "_to_field", "_changelist_filters"}
"""What an address of the list may hold besides filters."""
FEW = 1_000
"""Lines that a search finds, up to which they are sorted rather than met on the way through the queue."""
SEARCHED = ("q", "sku", "customer", "order", "inbound")
"""Filters in which people type: each is a search."""
SHIPPABLE = {"ship", "due", "past"}
"""The tabs whose lines have units here."""


class QueueList(CarefulList):
    """
    The list, narrowed by a tab and our filters, with what stands around its rows read once for all of them.

    Pages are never deep (``paging.BOUND``), so an offset is cheap.
    """

    tab: str
    at: datetime
    is_wide = False
    filterset: BackorderFilter
    figures: counting.QueueFigures
    rows: Sequence[rows.Row]

    @cached_property
    def asked_columns(self) -> choosing.ShownColumns:
        return columns.chosen(COLUMNS, self.params.get(choosing.COLS, ""))

    @cached_property
    def narrowed_by(self) -> chips.FilterChips:
        return chips.linked(self, asking.chips_of(self.filterset))

    @property
    def shown(self) -> list[columns.ListColumn[Any]]:
        """The columns that are chosen, of ``COLUMNS``."""
        return [column for column in COLUMNS if column.name in self.asked_columns.shown]

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.at = timezone.now()
        if not self.is_wide and any(request.GET.get(name) for name in SEARCHED):
            throttle.count(request)
        self.tab = request.GET.get(TAB) or "waiting"
        if self.tab not in questions.QUESTIONS:
            raise BadRequest(f"The queue has no list named “{self.tab[:40]}”.")
        self.filter_specs, self.has_filters, self.has_active_filters = [], False, False
        question = questions.QUESTIONS[self.tab]
        lines = self.root_queryset.filter(counting.asked(self.tab, at=self.at)).order_by(*question.order)
        self.filterset = BackorderFilter(
            request.GET,
            queryset=lines,
            who=person(request),
            at=self.at,
            sorts=columns.sorts(COLUMNS),
            is_wide=self.is_wide,
        )
        if unknown := set(request.GET) - self.filterset.parameters - OTHERS:
            raise BadRequest(f"The queue cannot be narrowed by “{min(unknown)[:40]}”.")
        # what cannot be read is named above an empty list: all that wait would be a false answer
        return self.filterset.qs if self.filterset.is_valid() else lines.none()

    def get_results(self, request: HttpRequest) -> None:
        self.figures = counting.figures(at=self.at)
        count = self._count()
        if not count and self.filterset.form.cleaned_data.get("q"):
            self.is_wide = True
            self.queryset = self.get_queryset(request)
            count = self._count()
        wanted = self.page_num
        ids, is_as_counted = self._page(wanted, count)
        if not is_as_counted:
            ids, _ = self._page(wanted, counting.anew(self.queryset))
        shown = Backorder.objects.select_related("order__customer", "product", "backorder_cause__by")
        found = shown.annotate(is_popular=popular.is_popular("product_id")).in_bulk(ids)
        self.result_list = [found[pk] for pk in ids if pk in found]
        self.result_count = self.paginator.count
        self.full_result_count, self.show_full_result_count = None, False
        self.show_admin_actions, self.can_show_all = True, False
        self.multi_page = self.paginator.num_pages > 1
        self.rows = rows.rows(self.result_list, at=self.at)

    def _page(self, wanted: int, count: int) -> tuple[list[int], bool]:
        """
        Find the lines of a page by their index first, to join for these few only: a deep offset then costs no joins.

        The count may be older than a line which waits by now: the lines are asked for whatever it says, and one more.

        :returns: the lines, and whether there are as many as were counted
        """
        self.paginator = paginator = paging.BoundedPaginator(self.queryset, self.list_per_page)
        paginator.count = count
        self.page_num = paginator.get_page(wanted).number
        first = (self.page_num - 1) * self.list_per_page
        lines = self.queryset
        if self.filterset.form.cleaned_data.get("q") and count <= FEW and lines.query.order_by[:1] == ("pin_rank",):
            # few are sorted: their names are those of many, and the queue would be walked to its end for them
            lines = lines.order_by(F("pin_rank") + 0, *lines.query.order_by[1:])
        ids = list(lines.values_list("pk", flat=True)[first : first + self.list_per_page + 1])
        seen, is_last = first + len(ids), len(ids) <= self.list_per_page
        is_as_counted = seen == count or (seen < count and not is_last) or count > paging.BOUND
        return ids[: self.list_per_page], is_as_counted

    def _count(self) -> int:
        if not self.filterset.is_valid():
            return 0
        if not self.filterset.is_asked:
            return self.figures.counts[self.tab]
        asked = self.filterset.form.cleaned_data
        whose = self.filterset.who.pk if asked["turn"] == "mine" else ""
        return counting.count(self.queryset, f"{self.tab} {self.is_wide} {whose} {asked}")


@admin.register(Backorder)
class BackorderAdmin(LineDesk):
    """
    Open order lines, most urgent question first. Nothing is edited in place: each change is an action with a preview.

    Whoever may see order lines may see the queue; each action has a permission of its own.
    """

    is_written_on = True
    is_exported = False  # it has columns, and a permission, of its own
    list_per_page = 50
    show_full_result_count = False
    paginator = paging.BoundedPaginator
    list_display = ("order", "product")  # for the stock list; what is shown are the ``COLUMNS``
    change_list_template = "admin/orders/backorder/change_list.html"
    actions = ("export",)
    unbounded = "Export"

    # --- who may ---------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_orderline")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.export_orderline")

    # --- the list ----------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Backorder.objects.filter(open__gt=0)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QueueList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            found: QueueList = response.context_data["cl"]
            response.context_data |= {
                "title": "Backorders",
                "summary": found.figures.summary,
                "oldest": _oldest(found.figures.summary, found.at),
                "tabs": list(self._tabs(found)),
                "empty": questions.QUESTIONS[found.tab].empty,
                "may_export": self.has_export_permission(request),
                "may_be_workbook": not columns.is_beyond(found.queryset, columns.MOST_XLSX, found.result_count),
                "most_xlsx": columns.MOST_XLSX,
                "filters": found.filterset.form,
                "heads": list(heads(found, found.shown)),
                "cells": [(row.line, list(columns.shown(found.shown, row))) for row in found.rows],
                "query": found.get_query_string(),
            }
        return response

    def _tabs(self, found: QueueList) -> Iterator[dict[str, Any]]:
        for name, count in found.figures.counts.items():
            yield {
                "label": questions.QUESTIONS[name].label,
                "count": paging.in_words(count),
                "url": found.get_query_string({TAB: name}),
                "is_current": name == found.tab,
            }

    # --- one line ----------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one line: what covers it, what it was promised, what its customer heard, and its history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lines = Backorder.objects.select_related(
            "order__customer", "order__warehouse", "product", "backorder_cause__by"
        )
        found = window.as_said(lines).filter(pk__in=numbers(object_id, 1)).first()
        if found is None:
            raise Missing(Backorder, object_id)
        at = timezone.now()
        today = timezone.localdate(at)
        claims = questions.cover([found.pk]).get(found.pk, [])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(found),
            "line": found,
            "row": rows.rows([found], at=at)[0],
            "say": service_lines.say(found, today),
            "note": window.disagreement(found, today),
            "why": why.explain(found.pk, at=at),
            "claims": claims,
            "buttons": self.buttons(request, found),
            "promises": Promise.objects.filter(line=found).select_related("inbound", "by").order_by("-pk"),
            "events": LineEvent.objects.filter(line=found).select_related("by").order_by("-pk"),
            "news": NoticeLine.objects.filter(line=found)
            .exclude(kind__in=CONFIRMATIONS)
            .select_related("notice")
            .order_by("-pk"),
            "preserved": self.get_preserved_filters(request),
            "media": self.media,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/orders/backorder/line.html", context)

    # --- what can be done ----------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer to ship what is here, first of all, where the list shows it."""
        actions = super().get_actions(request)
        if request.GET.get(TAB) not in SHIPPABLE or not request.user.has_perm(ShipOrders.permission):
            return actions
        return leads_to_ship() | actions

    @admin.action(description="Export", permissions=["export"])
    def export(self, request: HttpRequest, lines: QuerySet[Backorder]) -> FileResponse:
        found: Any = self.get_changelist_instance(request)
        return columns.csv(*written(lines, found.shown, every=False), "backorders")

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:kind>/", export, name="orders_backorder_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> FileResponse:
        """Give the list as it is filtered, as CSV or XLSX: what it shows, or every column that there is."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if kind not in FILES:
            raise Http404(f"The list can be had as {', '.join(FILES)}.")
        found: Any = self.get_changelist_instance(request)
        if errors := found.filterset.form.errors:
            raise BadRequest(f"Nothing was exported. {' '.join(error for each in errors.values() for error in each)}")
        every = kind.endswith(EVERY)
        lines, fields = written(found.get_queryset(request), COLUMNS if every else found.shown, every=every)
        return (columns.csv if kind.startswith("csv") else columns.xlsx)(lines, fields, "backorders")


def _oldest(total: counting.Summary, at: datetime) -> int | None:
    return (at - total.oldest_at).days if total.oldest_at else None

"""The list of count sheets, and the page of one: what was counted, what is missing, what it did to the books."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from inventory.desk import careful, performing
from inventory.desk.base import Kept
from inventory.desk.operations import Elsewhere, allowed, person
from inventory.desk.tables import Table, chip, day, item, number
from inventory.models import CountedLine, CountSheet, Product
from inventory.models.folded import holding

from . import papers
from .entering import PERMISSION, CountOne, EnterCounts, lines_of
from .opening import DropSheet, OpenSheets
from .posting import PostSheet, signed

VIEW = "inventory.view_countsheet"


class SheetStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("posted", "Posted"), ("dropped", "Closed without posting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "open":
                return queryset.filter(posted_at=None, dropped_at=None)
            case "posted":
                return queryset.exclude(posted_at=None)
            case "dropped":
                return queryset.exclude(dropped_at=None)
        return queryset


def _is_open(row: Any) -> bool:
    return bool(row.is_open)


@admin.register(CountSheet)
class CountSheetAdmin(Kept):
    list_display = ("reference", "warehouse", "where", "progress", "is_blind", "opened", "who", "state", "note")
    list_filter = (SheetStateFilter, "warehouse", "opened_at")
    list_select_related = ("warehouse", "opened_by", "closed_by")
    search_fields = ("reference",)
    search_help_text = "Any part of a reference such as CS-12, or of a product."
    fields = (("reference", "state"), ("warehouse", "where", "is_blind"), "note", ("opened", "who"), "ended")
    readonly_fields = ("state", "where", "opened", "who", "ended")
    operations = (EnterCounts(), PostSheet(), DropSheet())
    elsewhere = (
        Elsewhere("Count on a phone", "inventory_countsheet_walk", PERMISSION, _is_open),
        Elsewhere("Print", "inventory_countsheet_print", VIEW),
        Elsewhere("PDF", "inventory_countsheet_pdf", VIEW),
    )

    def get_urls(self) -> list[URLPattern]:
        named = "inventory_countsheet_{}".format
        own = [
            path("<int:pk>/walk/", self.admin_site.admin_view(self.walk), name=named("walk")),
            path("<int:pk>/print/", self.admin_site.admin_view(self.printed), name=named("print")),
            path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name=named("pdf")),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("inventory.add_countsheet"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CountSheet]:
        rows: QuerySet[CountSheet] = super().get_queryset(request)
        own = CountedLine.objects.filter(sheet=OuterRef("pk")).order_by().values("sheet")
        lines, done = (own.annotate(count=Count(field)).values("count") for field in ("pk", "counted"))
        return rows.annotate(of=Subquery(lines), done=Subquery(done))

    def recognize(self, term: str) -> Q:
        return Q(reference__icontains=term) | holding(CountedLine, term, to="sheet", product=Product)

    @admin.display(description="bins")
    def where(self, row: CountSheet) -> str:
        return row.bins or "all"

    @admin.display(description="counted")
    def progress(self, row: Any) -> SafeString:
        return number(f"{row.done:,} of {row.of:,}")

    @admin.display(description="opened", ordering="opened_at")
    def opened(self, row: CountSheet) -> str:
        return day(row.opened_at)

    @admin.display(description="opened by")
    def who(self, row: CountSheet) -> str:
        return row.opened_by.get_username() if row.opened_by else "the system"

    @admin.display(description="state")
    def state(self, row: CountSheet) -> SafeString:
        if row.is_open:
            return chip("open", "blue")
        return chip("posted", "green") if row.posted_at else chip("closed without posting", "gray")

    @admin.display(description="closed")
    def ended(self, row: CountSheet) -> str:
        when = row.posted_at or row.dropped_at
        by = f", {row.closed_by.get_username()}" if row.closed_by else ""
        return f"{day(when)}{by}" if when else "not yet"

    def tables(self, request: HttpRequest, row: CountSheet) -> list[Table]:
        lines = lines_of(row)
        is_posted = row.posted_at is not None
        return [
            Table(
                "What is counted",
                ("Bin", "Product", "Name", "Counted", "At", *(["Difference"] if is_posted else [])),
                [
                    (
                        line.bin,
                        item(line.product),
                        line.product.name,
                        line.counted,
                        day(line.counted_at),
                        *([] if not is_posted else ["" if line.difference is None else signed(line.difference)]),
                    )
                    for line in lines
                ],
                numbers=("Counted", "Difference"),
            )
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a sheet of what lies in some bins."""
        return performing.made(self.admin_site, request, OpenSheets(), back=self.page_url, opts=self.opts)

    def _sheet(self, request: HttpRequest, pk: int) -> CountSheet:
        allowed(request, VIEW)
        return careful.found(CountSheet.objects.select_related("warehouse"), pk)

    def walk(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Count one product after the other, on a phone."""
        sheet = self._sheet(request, pk)
        operation = CountOne(request, sheet)
        back = operation.next_url()
        return performing.of_one(self.admin_site, request, operation, sheet, back=back)

    def printed(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the sheet as a page for the printer."""
        sheet = self._sheet(request, pk)
        shown = {"paper": papers.of(sheet), "bars": papers.bars(sheet), "sheet": sheet, "numbers": papers.NUMBERS}
        return TemplateResponse(request, "documents/count_sheet.html", shown)

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the sheet as a paper."""
        sheet = self._sheet(request, pk)
        answer = HttpResponse(papers.pdf(sheet), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{sheet}.pdf"'
        return answer

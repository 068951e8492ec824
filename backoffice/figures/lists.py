"""
The rows behind each number, as lists: narrowed by the very words that the number was counted by, so that they cannot
disagree; and the figures themselves, as a list that is had as a file.
"""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.models import ArrivalForecast, LineOutcome, OrderOutcome, WeeklyFigure
from inventory.desk.base import Kept
from inventory.desk.tables import link, number
from inventory.models import Product
from inventory.models.folded import meant
from orders.filters import AGES
from orders.models import Customer, Order

from . import calendar, choosing, shown
from .declared import CHANCES, DECLARED, FIGURES
from .dimensions import FigureChoice
from .standing import COVER, RISK, may_break, units_of, waits, worth_of

STANDING = {
    **{units_of(age): f"Waits, {row[0]}" for age, row in AGES.items()},
    RISK: "Promised, with a chance to break",
}
"""What is counted of a moment, of lines."""


class FigureFilter(admin.SimpleListFilter):
    """The rows that a figure counts, those that reached it, or the others."""

    title = "figure"
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = []
        for each in DECLARED:
            if each.model is model_admin.model:
                found.append((each.name, each.title))
                found += [(f"{each.name}-hit", f"{each.title}: {each.hit}")] if each.hit else []
                found += [(f"{each.name}-missed", f"{each.title}: {each.missed}")] if each.missed else []
        return found + (list(STANDING.items()) if model_admin.model is LineOutcome else [])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked, at = self.value() or "", timezone.now()
        today = timezone.localdate(at)
        if asked in STANDING:
            age = asked.removeprefix(units_of(""))
            return queryset.filter(may_break(today) if asked == RISK else waits(age, at=at))
        name, _, which = asked.partition("-")
        if name not in FIGURES:
            return queryset
        each = FIGURES[name]
        ends = {f"{each.cohort}__gte": calendar.first(today), f"{each.cohort}__lte": today}
        rows = queryset.filter(each.counts(today), **ends)
        if not which:
            return rows
        if which == "hit":
            return rows.filter(each.reaches(today))
        if each.misses:
            return rows.filter(each.misses(today))
        # not negated: a comparison with an empty day is neither
        reached = Case(When(each.reaches(today), then=Value(True)), default=Value(False))
        others: QuerySet[Any] = rows.alias(is_reached=reached).filter(is_reached=False)
        return others


class WeekFilter(admin.SimpleListFilter):
    """The week by whose days the asked figure counts; without a figure, that of placing."""

    title = "week"
    parameter_name = "week"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        first = calendar.first(timezone.localdate())
        weeks = [first + timedelta(weeks=ahead) for ahead in range(2 * calendar.WEEKS)]
        return [(week.isoformat(), f"from {shown.week_of(week)}") for week in weeks]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        if asked not in {key for key, _ in self.lookup_choices}:
            return queryset
        week = date.fromisoformat(str(asked))
        day = _cohort(queryset.model, request.GET.get(FigureFilter.parameter_name, ""))
        return queryset.filter(**{f"{day}__gte": week, f"{day}__lt": week + timedelta(weeks=1)})


def _cohort(model: type[Model], asked: str) -> str:
    """Give the day by whose week rows are counted for a figure."""
    if model is WeeklyFigure:
        return "week"
    if asked == RISK:
        return "line__promised_date"
    each = FIGURES.get(asked.partition("-")[0])
    return each.cohort if each else "said_on" if model is ArrivalForecast else "placed_on"


class ValueFilter(admin.SimpleListFilter):
    """All, or one supplier, class, warehouse, channel or horizon, as on the page."""

    title = "whose"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        groups = choosing.choices(timezone.localdate())
        return [(word, f"{label}: {value}") for label, values in groups for word, value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choice = FigureChoice.read(self.value() or "")
        return choice.narrow(queryset) if choice and choice.dimension else queryset


class OfPromises(Kept):
    """A list of what became of promises."""

    list_filter = (FigureFilter, WeekFilter, ValueFilter)
    is_written_on = False


@admin.register(LineOutcome)
class LineOutcomeAdmin(OfPromises):
    list_display = (
        "placed_on", "order_shown", "item", "units_ordered", "first_due", "warned_on", "last_due", "left_on",
        "given_up_on", "told_later", "supplier", "warehouse",
    )  # fmt: skip
    list_select_related = ("line__order", "line__product", "warehouse")
    search_help_text = "Any part of an order or a product."
    search_fields = ("line__order__reference",)
    ordering = ("-line",)

    def recognize(self, term: str) -> Q:
        return meant(term, line__order=Order, line__product=Product)

    def product_of(self, row: LineOutcome) -> Product:
        return row.line.product

    @admin.display(description="product", ordering="line__product__sku")
    def item(self, row: LineOutcome) -> SafeString | str:
        return super().item(row)

    @admin.display(description="order", ordering="line__order__reference")
    def order_shown(self, row: LineOutcome) -> SafeString:
        return link(row.line.order, "orders_order_change", row.line.order_id)

    @admin.display(description="units", ordering="units")
    def units_ordered(self, row: LineOutcome) -> SafeString:
        return number(row.units)

    @admin.display(description="told later", ordering="later_mails")
    def told_later(self, row: LineOutcome) -> SafeString:
        return number(row.later_mails)


@admin.register(OrderOutcome)
class OrderOutcomeAdmin(OfPromises):
    list_display = (
        "placed_on", "order_shown", "requested_on", "is_on_request", "first_due", "is_on_promise", "warehouse",
        "channel",
    )  # fmt: skip
    list_select_related = ("order", "warehouse")
    search_help_text = "Any part of an order or its customer."
    search_fields = ("order__reference",)
    ordering = ("-order",)

    def recognize(self, term: str) -> Q:
        return meant(term, order=Order, order__customer=Customer)

    @admin.display(description="order", ordering="order__reference")
    def order_shown(self, row: OrderOutcome) -> SafeString:
        return link(row.order, "orders_order_change", row.order_id)


@admin.register(ArrivalForecast)
class ArrivalForecastAdmin(OfPromises):
    list_display = (
        "said_on", "inbound_shown", "item", "horizon", "by_50", "by_80", "by_90", "came_on", "supplier", "abc",
        "warehouse",
    )  # fmt: skip
    list_select_related = ("inbound__product", "warehouse")
    search_help_text = "Any part of a product, or a reference."
    search_fields = ("inbound__reference",)
    ordering = ("-pk",)

    def recognize(self, term: str) -> Q:
        return meant(term, inbound__product=Product) | Q(inbound__reference__iexact=term)

    def product_of(self, row: ArrivalForecast) -> Product:
        return row.inbound.product

    @admin.display(description="product", ordering="inbound__product__sku")
    def item(self, row: ArrivalForecast) -> SafeString | str:
        return super().item(row)

    @admin.display(description="inbound", ordering="inbound__reference")
    def inbound_shown(self, row: ArrivalForecast) -> SafeString:
        return link(row.inbound, "inventory_inbound_change", row.inbound_id)


TITLES = {
    **{each.name: f"{each.title} ({each.grain})" for each in DECLARED},
    **{units_of(age): f"Units that wait, {row[0]}" for age, row in AGES.items()},
    **{worth_of(age): f"Value that waits, {row[0]}" for age, row in AGES.items()},
    COVER: "Units free, of those asked for a day",
    RISK: "Lines expected to break",
}


ADDED_UP = {
    **dict.fromkeys(("slip_last", "slip_first"), "days"),
    "noise": "later-mails",
    **{f"said_{chance}": "deliveries here by then" for chance in CHANCES},
}
"""What these figures add up where it is not what they count, as far as it is a hit."""
RATIOS = {
    **{each.name: f"{ADDED_UP.get(each.name, f'{each.grain} {each.hit}')} ÷ {each.grain} counted" for each in DECLARED},
    **{units_of(age): "units ÷ lines" for age in AGES},
    **{worth_of(age): "value ÷ lines" for age in AGES},
    COVER: "units free ÷ units asked for a day",
    RISK: "lines expected to break ÷ lines",
}
"""What each figure has reached ÷ what it has counted, each in its grain."""


class NameFilter(admin.SimpleListFilter):
    title = "figure"
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TITLES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(figure=self.value()) if self.value() else queryset


class OwnValueFilter(ValueFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choice = FigureChoice.read(self.value() or "")
        return queryset.filter(dimension=choice.dimension, value=choice.value) if choice and choice.word else queryset


@admin.register(WeeklyFigure)
class WeeklyFigureAdmin(Kept):
    list_display = ("week", "called", "dimension", "value", "reached_shown", "counted_shown", "grain", "ratio")
    list_filter = (NameFilter, WeekFilter, OwnValueFilter)
    ordering = ("-week", "dimension", "value", "figure")

    def recognize(self, term: str) -> Q:
        return Q(value__icontains=term) | Q(figure__icontains=term)

    search_fields = ("value",)
    search_help_text = "Any part of a supplier, warehouse or channel."

    @admin.display(description="figure", ordering="figure")
    def called(self, row: WeeklyFigure) -> str:
        return TITLES.get(row.figure, row.figure)

    @admin.display(description="reached", ordering="reached")
    def reached_shown(self, row: WeeklyFigure) -> SafeString:
        return number(row.reached)

    @admin.display(description="of how many", ordering="counted")
    def counted_shown(self, row: WeeklyFigure) -> SafeString:
        return number(row.counted)

    @admin.display(description="what ÷ of what", ordering="figure")
    def grain(self, row: WeeklyFigure) -> str:
        return RATIOS.get(row.figure, "")

    @admin.display(description="reached ÷ counted")
    def ratio(self, row: WeeklyFigure) -> SafeString:
        return format_html('<span class="number">{}</span>', f"{row.share:,.4f}")

"""Restock lists: who asks for how much, what a wave would do; send one now, stop a list, let it go on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, chip, day, number
from inventory.ground.plurals import counted
from inventory.models import Product
from inventory.models.folded import meant
from inventory.notebook.meanwhile import Deed
from orders.answering.meanwhile import of_lists
from orders.models import Hold, RequestState, RestockList, RestockRequest
from orders.waiting_list import showing, steering


class SendNow(Operation):
    name = "send_now"
    label = "Send now…"
    submit = "Tell them"
    permission = "orders.offer_restocklist"
    counted = ("on_sale", "stopped_at")
    explanation = (
        "Who asked first is told by mail: whom, and of how much of what is on sale now, stands below. "
        "Units that come free are offered without this."
    )
    refusals = (steering.NothingToOffer,)
    takes_many = False

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        return [
            (*own, *showing.next_wave(row.pk, at=timezone.now()).offers)
            for row, own in zip(rows, super().counters(rows, form), strict=True)
        ]

    def meanwhile(self, rows: Sequence[Any], since: datetime) -> Iterable[Deed]:
        return [*super().meanwhile(rows, since), *of_lists([row.product_id for row in rows], since)]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [_wave(row.pk) for row in rows]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        made = sum(steering.send_now(row.pk, at=at) for row in rows)
        return (
            f"Units are kept for {_people(made)}, who are told by mail."
            if settings.WAVES_HOLD
            else f"{_people(made).capitalize()} are told by mail that it is on sale."
        )


class StopList(Operation):
    name = "stop"
    label = "Stop…"
    submit = "Offer nothing more"
    permission = "orders.offer_restocklist"
    counted = ("stopped_at",)
    explanation = (
        "Nothing more is offered to these lists until somebody lets them go on. Offers that are out stand until their "
        "deadline, and people may go on asking."
    )

    def applies(self, row: Any) -> bool:
        return row.stopped_at is None

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        return f"Stopped {counted(steering.stop([row.pk for row in rows], by=by, at=at), 'list')}."


class GoOn(Operation):
    name = "go_on"
    label = "Let it go on…"
    submit = "Go on"
    permission = "orders.offer_restocklist"
    counted = ("stopped_at",)
    explanation = "What is on sale now stays on sale; what comes free from now on is offered."

    def applies(self, row: Any) -> bool:
        return row.stopped_at is not None

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        went_on = steering.go_on([row.pk for row in rows])
        return f"{counted(went_on, 'list')} {'goes' if went_on == 1 else 'go'} on."


class ListStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("on", "Goes on"), ("stopped", "Stopped")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RestockList]) -> QuerySet[RestockList]:
        match self.value():
            case "on":
                return queryset.filter(stopped_at=None)
            case "stopped":
                return queryset.filter(stopped_at__isnull=False)
        return queryset


@admin.register(RestockList)
class RestockListAdmin(Kept):
    list_display = ("item", "people", "wanted", "since", "kept_now", "next_wave", "state")
    list_filter = (ListStateFilter,)
    list_select_related = ("product",)
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product."
    ordering = ("product__sku",)
    fields = (("product", "state"), "next_wave", ("stopped_at", "stopped_by"))
    readonly_fields = ("state", "next_wave")
    operations = (SendNow(), StopList(), GoOn())

    def get_queryset(self, request: HttpRequest) -> QuerySet[RestockList]:
        waiting = RestockRequest.objects.filter(product=OuterRef("pk"), state=RequestState.WAITING).order_by()
        held = Hold.objects.filter(request__product=OuterRef("pk"), units__gt=0).order_by()
        rows: QuerySet[RestockList] = (
            super()
            .get_queryset(request)
            .annotate(
                askers=_one(waiting.values("product").annotate(found=Count("pk"))),
                units_wanted=_one(waiting.values("product").annotate(found=Sum("quantity"))),
                first_at=Subquery(waiting.values("product").annotate(found=Min("asked_at")).values("found")),
                held=_one(held.values("request__product").annotate(found=Sum("units"))),
            )
        )
        return rows

    def recognize(self, term: str) -> Q:
        return meant(term, product=Product)

    @admin.display(description="waiting")
    def people(self, row: Any) -> SafeString:
        return number(row.askers or 0)

    @admin.display(description="units wanted")
    def wanted(self, row: Any) -> SafeString:
        return number(row.units_wanted or 0)

    @admin.display(description="since")
    def since(self, row: Any) -> str:
        return day(row.first_at)

    @admin.display(description="kept now")
    def kept_now(self, row: Any) -> SafeString:
        return number(row.held or 0)

    @admin.display(description="next wave")
    def next_wave(self, row: Any) -> str:
        return showing.why(row, askers=row.askers or 0)

    @admin.display(description="state", ordering="stopped_at")
    def state(self, row: RestockList) -> SafeString:
        return chip("stopped", "red") if row.stopped_at else chip("goes on", "green")

    def tables(self, request: HttpRequest, row: RestockList) -> list[Table]:
        return [_wave(row.pk), _first(row)]


def _one(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.values("found"), output_field=IntegerField())


def _wave(product_id: int) -> Table:
    """What a wave of what is on sale would do: to whom, how much, until when."""
    found = showing.next_wave(product_id, at=timezone.now())
    units = "Kept for them" if settings.WAVES_HOLD else "May order"
    whom = f"{_people(len(found.offers))} until {day(found.until)}"
    kept = f"{counted(found.units, 'unit')} of {found.available:,} on sale would be kept for {whom}."
    told = f"{_people(len(found.offers)).capitalize()} would be told of {found.available:,} on sale; none is kept."
    note = kept if settings.WAVES_HOLD else told
    return Table(
        "If a wave went now",
        ("Asked", "Address", "Wanted", units),
        [(day(row.asked_at), row.email, row.quantity, units) for row, units in found.shown],
        empty="Nobody would be offered anything.",
        note=note if found.offers else f"{counted(found.available, 'unit')} on sale.",
        numbers=("Wanted", units),
    )


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _first(row: RestockList) -> Table:
    rows = RestockRequest.objects.filter(
        product=row.pk, state__in=[RequestState.WAITING, RequestState.OFFERED]
    ).select_related("product")
    return Table(
        "First on the list",
        ("Asked", "Address", "Wanted", "State"),
        [(day(each.asked_at), to(each), each.quantity, each.get_state_display()) for each in rows.order_by("pk")[:20]],
        empty="Nobody waits.",
        numbers=("Wanted",),
    )

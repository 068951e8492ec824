"""Alerts: what a person must decide about a row, whose it is and by when; solved here with a reason, or by its fact."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.models import Trouble
from backoffice.watching import alerts as watched
from backoffice.watching import naming as watching
from backoffice.watching.kinds import BY_NAME
from inventory.desk import naming
from inventory.desk.base import Kept
from inventory.desk.operations import Operation, person
from inventory.desk.tables import Table, chip, day, lines, link
from inventory.ground.plurals import counted
from inventory.models import Alert, Product
from inventory.notebook import alerts, wording
from inventory.notebook.meanwhile import Deed
from orders.models import Notice, OrderLine, PageAct
from suppliers.models import PurchaseOrder

from . import alert_list
from .notebook import owning


class SolutionForm(forms.Form):
    reason = forms.CharField(
        label="How it was solved",
        max_length=wording.MOST_OF_A_LINE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class OpenAlerts(Operation):
    """What can be done to alerts that are open."""

    def applies(self, row: Any) -> bool:
        return row.solved_at is None

    def lock(self, rows: Sequence[Alert]) -> None:
        list(Alert.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True))

    def tables(self, rows: Sequence[Alert], form: forms.Form) -> list[Table]:
        return [_shown(rows)]

    def meanwhile(self, rows: Sequence[Alert], since: datetime) -> Iterable[Deed]:
        """Give how those that are open no more were solved, by a person or by itself; else what was done to them."""
        solved = Alert.objects.filter(pk__in=[row.pk for row in rows], solved_at__gte=since).select_related("solved_by")
        said = [Deed(each.solved_at, each.solved_by, f"Solved: {each.solution}") for each in solved if each.solved_at]
        return said or super().meanwhile(rows, since)


class TakeAlerts(OpenAlerts):
    name = "take"
    label = "Take it"
    submit = "Take it"
    permission = "inventory.give_alert"
    counted = ("solved_at", "taken_by_id")
    explanation = "It is yours and in work, until you solve it, let it go or give it on."
    refusals = (alerts.NotOpen, alerts.InWork)

    def applies(self, row: Any) -> bool:
        return super().applies(row) and row.taken_by_id is None

    def act(self, rows: Sequence[Alert], form: forms.Form, *, by: User, at: datetime) -> str:
        alerts.take([row.pk for row in rows], by=by, at=at)
        return f"You have {_it(rows)} in work."


class LetAlertsGo(OpenAlerts):
    name = "let_go"
    label = "Let go"
    submit = "Let go"
    permission = "inventory.give_alert"
    counted = ("solved_at", "taken_by_id")
    explanation = "Nobody has it in work any more: it is open again, and whose it was before."
    refusals = (alerts.NotOpen,)

    def applies(self, row: Any) -> bool:
        return super().applies(row) and row.taken_by_id is not None

    def act(self, rows: Sequence[Alert], form: forms.Form, *, by: User, at: datetime) -> str:
        gone = alerts.let_go([row.pk for row in rows])
        return f"{counted(gone, 'alert')} {'is' if gone == 1 else 'are'} open again."


class SolveAlerts(OpenAlerts):
    name = "solve"
    label = "Solve…"
    submit = "Solve"
    permission = "inventory.solve_alert"
    counted = ("solved_at", "words", "due_date")
    explanation = (
        "It stays solved while it stands as now; it is raised again when it returns, or is due on another day."
    )
    refusals = (alerts.NotOpen, wording.NoWords)
    form_class = SolutionForm

    def act(self, rows: Sequence[Alert], form: forms.Form, *, by: User, at: datetime) -> str:
        solved = alerts.solve([row.pk for row in rows], reason=form.cleaned_data["reason"], by=by, at=at)
        return f"Solved {counted(solved, 'alert')}."


class GiveAlerts(OpenAlerts):
    name = "give"
    label = "Give to…"
    submit = "Give"
    permission = "inventory.give_alert"
    counted = ("solved_at", "person_id", "role_id", "taken_by_id")
    explanation = "It is theirs from then on and open, whatever becomes of its figures, until it is solved or given on."
    refusals = (alerts.NotOpen,)

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        """Offer those who may see such an alert, and solve it."""
        seen = {BY_NAME[row.kind].permission for row in rows if row.kind in BY_NAME}
        return owning.OwnerForm(data, needs=seen | {SolveAlerts.permission})

    def act(self, rows: Sequence[Alert], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, owning.OwnerForm)
        to, called = form.chosen()
        alerts.give([row.pk for row in rows], to, by=by, at=at)
        return f"{called} has {_it(rows)} now."


def _it(rows: Sequence[Alert]) -> str:
    return "it" if len(rows) == 1 else counted(len(rows), "alert")


def _shown(rows: Sequence[Alert]) -> Table:
    cells = [(row.words, _about(row), _whose(row), row.due_date) for row in rows]
    return Table("", ("What", "About", "Owner", "Due"), cells)


def _whose(row: Alert) -> SafeString | str:
    """Name who has it in work, and since when; else whose it is."""
    if row.taken_by is None or row.solved_at:
        return owning.owner(row)
    words = f"since {day(row.taken_at)}"
    return format_html('{} {} <span class="dim">{}</span>', owning.called(row.taken_by), chip("in work", "blue"), words)


def _about(row: Alert) -> SafeString | str:
    """Name what it hangs on, as a link for those who may open it; nothing of a row that is gone."""
    about: Any = row.row
    match about:
        case None:
            return ""
        case Trouble():
            _, name, query = watching.MENDED[about.name]
            asked = dict(part.split("=") for part in query.removeprefix("?").split("&") if part)
            return link(watching.TITLES[about.name], name, **asked)
        case OrderLine():
            return link(about, "orders_backorder_change", about.pk)
    return naming.to(about.order if isinstance(about, PageAct) else about)


@admin.register(Alert)
class AlertAdmin(Kept):
    is_written_on = True
    list_display = ("words", "about", "kind_shown", "owner", "due", "raised_at", "ways_out", "solved_shown")
    list_filter = (alert_list.AlertTab, alert_list.AlertKindFilter)
    list_select_related = ("person", "role", "taken_by", "solved_by")
    search_fields = ("words",)
    search_help_text = "Any part of what an alert says: a product, a customer, a number."
    fields = (
        "words",
        ("about", "kind_shown"),
        ("owner", "due_date", "given_by"),
        ("raised_at", "raised_by"),
        ("solved_at", "solved_by", "solution"),
    )
    readonly_fields = ("about", "kind_shown", "owner")
    operations = (TakeAlerts(), LetAlertsGo(), SolveAlerts(), GiveAlerts())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """Give the alerts whose kind this person may see, each with its row."""
        rows: QuerySet[Alert] = super().get_queryset(request)
        if not person(request).is_superuser:
            rows = rows.filter(kind__in=[kind.name for kind in watched.seen_by(request.user)])
        about: list[QuerySet[Any]] = [
            *(model._default_manager.all() for model in (Product, PurchaseOrder, Trouble)),
            OrderLine.objects.select_related("order", "product"),
            Notice.objects.select_related("customer"),
            PageAct.objects.select_related("order"),
        ]
        ContentType.objects.get_for_models(*(each.model for each in about))  # all at once, where none is known yet
        return rows.prefetch_related(GenericPrefetch("row", about))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-solved_at", "-pk") if alert_list.tab(request) == "solved" else ("due_date", "pk")

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        hidden = "ways_out" if alert_list.tab(request) == "solved" else "solved_shown"
        return [name for name in columns if name != hidden]

    def buttons(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Offer the ways out first: what an alert is about is mended there."""
        alert_list.tell_helps([row])
        return [*alert_list.ways_out_of(row), *super().buttons(request, row)]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return alert_list.AlertList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(
            request, {"empty": alert_list.EMPTY.get(alert_list.tab(request)), **(extra_context or {})}
        )

    def recognize(self, term: str) -> Q:
        return Q(words__icontains=term)

    @admin.display(description="about")
    def about(self, row: Alert) -> SafeString | str:
        return _about(row)

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, row: Alert) -> SafeString:
        kind = BY_NAME.get(row.kind)
        return chip(kind.label if kind else row.kind, "gray" if row.solved_at else "amber")

    @admin.display(description="owner")
    def owner(self, row: Alert) -> SafeString | str:
        return _whose(row)

    @admin.display(description="ways out")
    def ways_out(self, row: Alert) -> SafeString:
        return lines(format_html('<a href="{}">{}</a>', url, label) for label, url in alert_list.ways_out_of(row))

    @admin.display(description="due", ordering="due_date")
    def due(self, row: Alert) -> SafeString | str:
        late = row.solved_at is None and row.due_date < _today()
        return format_html("{} {}", day(row.due_date), chip("late", "red")) if late else day(row.due_date)

    @admin.display(description="solved", ordering="solved_at")
    def solved_shown(self, row: Alert) -> str:
        by = f" {owning.called(row.solved_by)}:" if row.solved_by else ""
        return f"{day(row.solved_at)}.{by} {row.solution}"


def _today() -> date:
    return timezone.localdate()

"""Simulations: try another strategy on those who wait, look at who gains and who loses, apply it or not."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.operations import Operation, ask, person
from inventory.desk.tables import Table, chip, day, item, link, number, window
from inventory.ground.plurals import counted
from inventory.models import Product
from orders.models import OrderLine, SimulationRun
from orders.queue import counting, outcomes, simulation
from orders.rules.strategies import Strategy

MOST_PRODUCTS = 1_000
"""Products that the start of a SKU may mean."""
SHOWN = 100
"""Lines that are written out on each side; the sums count all."""


class SimulationForm(forms.Form):
    strategy = forms.ChoiceField(
        choices=[(strategy.value, strategy.label) for strategy in Strategy], initial=Strategy.AGE.value
    )
    skus = forms.CharField(
        label="SKUs",
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Whole SKUs or their starts, parted by commas. Empty: everything that somebody waits for.",
    )
    moves_on_hand = forms.BooleanField(
        label="Move units on hand",
        required=False,
        help_text="Also hand out anew what is here and set aside. Without it, only what is on its way moves.",
    )

    def clean_skus(self) -> list[int] | None:
        """Find the products; every word must mean one."""
        words = [word for word in re.split(r"[\s,;]+", self.cleaned_data["skus"]) if word]
        if not words:
            return None
        found: set[int] = set()
        for word in words[:MOST_PRODUCTS]:
            means = Product.objects.filter(Product.starting(word)).values_list("pk", flat=True)[:MOST_PRODUCTS]
            if not means:
                raise forms.ValidationError(f"There is no product whose SKU starts with “{word}”.")
            found |= set(means)
        return sorted(found)


class ApplySimulation(Operation):
    name = "apply"
    label = "Apply…"
    submit = "Apply it"
    permission = "orders.apply_simulationrun"
    counted = ("applied_at", "fingerprint")
    explanation = (
        "The lines change their places in the queue to this order, for good; customers whose date moves are told. "
        "If anything has moved since this was computed, nothing is done."
    )
    refusals = (
        simulation.SimulationOutdated,
        simulation.AlreadyApplied,
        simulation.NotAnOrdering,
        simulation.TooManyLines,
    )
    takes_many = False
    is_risky = True

    def applies(self, row: Any) -> bool:
        return row.applied_at is None and Strategy(row.strategy).is_an_order

    def tables(self, rows: Sequence[SimulationRun], form: forms.Form) -> list[Table]:
        return [_figures(row) for row in rows]

    def lock(self, rows: Sequence[SimulationRun]) -> None:
        """Its own row alone: the act locks the products, and holds what it finds against the run."""
        own = SimulationRun.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
        list(own.select_for_update(no_key=True).values_list("pk"))

    def act(self, rows: Sequence[SimulationRun], form: forms.Form, *, by: User, at: datetime) -> str:
        moved = sum(simulation.apply(row.pk, by=by, at=at) for row in rows)
        counting.forget()
        return f"Applied: {moved:,} {'line has' if moved == 1 else 'lines have'} another place in the queue."


@admin.register(SimulationRun)
class SimulationRunAdmin(Kept):
    list_display = ("strategy_name", "made", "by", "lines", "gain", "lose", "completed", "state")
    list_filter = ("strategy", "at")
    list_select_related = ("by", "applied_by")
    fields = (("strategy", "moves_on_hand"), ("at", "by"), ("applied_at", "applied_by"))
    operations: ClassVar[tuple[Operation, ...]] = (ApplySimulation(),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("orders.add_simulationrun"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[SimulationRun]:
        """The list leaves the lines of each run where they are: only its page reads them."""
        rows: QuerySet[SimulationRun] = super().get_queryset(request)
        return rows.defer("before", "after")

    @admin.display(description="strategy", ordering="strategy")
    def strategy_name(self, row: SimulationRun) -> str:
        return row.get_strategy_display().partition(":")[0]

    @admin.display(description="when", ordering="at")
    def made(self, row: SimulationRun) -> str:
        return day(row.at)

    @admin.display(description="lines")
    def lines(self, row: SimulationRun) -> SafeString:
        return number(row.inputs["lines"])

    @admin.display(description="gain")
    def gain(self, row: SimulationRun) -> SafeString:
        return number(row.summary["gain"])

    @admin.display(description="lose")
    def lose(self, row: SimulationRun) -> SafeString:
        return number(row.summary["lose"])

    @admin.display(description="orders completed")
    def completed(self, row: SimulationRun) -> str:
        before, after = row.summary["orders_completed"]
        return f"{before:,} → {after:,}"

    @admin.display(description="state")
    def state(self, row: SimulationRun) -> SafeString:
        return chip("applied", "green") if row.applied_at else chip("looked at", "gray")

    def tables(self, request: HttpRequest, row: SimulationRun) -> list[Table]:
        moves = outcomes.moves(*SimulationRun.objects.values_list("before", "after").get(pk=row.pk))
        gain, lose = [move for move in moves if move.gain > 0], [move for move in moves if move.gain < 0][::-1]
        shown = [*gain[:SHOWN], *lose[:SHOWN]]
        found = OrderLine.objects.select_related("order__customer", "product")
        lines = found.in_bulk([move.line_id for move in shown])
        broken = set(row.summary["newly_broken"])
        return [
            _figures(row),
            _moved("Who gains", gain, lines, broken, empty="Nobody gets anything sooner."),
            _moved("Who loses", lose, lines, broken, empty="Nobody has to wait longer."),
        ]

    @once.commits_by_itself
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Try a strategy. It changes nothing but the list of simulations."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SimulationForm(request.POST if request.method == "POST" else None)

        def simulate() -> HttpResponse:
            answer, by = form.cleaned_data, person(request)
            strategy, on_hand = Strategy(answer["strategy"]), answer["moves_on_hand"]
            try:
                made = simulation.run(strategy, answer["skus"], moves_on_hand=on_hand, by=by, at=timezone.now())
            except simulation.TooManyLines as refusal:
                raise forms.ValidationError({"skus": str(refusal)}) from refusal
            self.log_addition(request, made, "Tried.")
            return HttpResponseRedirect(self.page_url([made]))

        if form.is_bound and form.is_valid() and (answer := once.act(request, form, simulate)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="New simulation",
            explanation="See who would gain and who would lose if the queue had another order. Nothing is changed.",
            form=form,
            submit="Simulate",
            back=self.list_url(),
            opts=self.opts,
        )


def _figures(row: SimulationRun) -> Table:
    figures = row.summary
    value = [Decimal(amount) for amount in figures["value_released"]]
    days = (date.fromisoformat(row.inputs["horizon"]) - timezone.localtime(row.at).date()).days
    rows = [
        (f"Orders completed within {days} days, of {figures['orders']:,}", *figures["orders_completed"]),
        (f"Value released within {days} days", *value),
        _breaking(figures),
        ("Lines that gain", 0, figures["gain"]),
        ("Lines that lose", 0, figures["lose"]),
        ("Days sooner, summed up", 0, figures["days_gained"]),
        ("Days later, summed up", 0, figures["days_lost"]),
        ("Customers who would be told", 0, figures["told"]),
    ]
    products, lines = len(row.inputs["product_ids"]), row.inputs["lines"]
    what = "everything that waits" if row.inputs["is_all"] else counted(products, "product")
    note = f"{row.get_strategy_display()} · {what}, {counted(lines, 'line')}"
    if not Strategy(row.strategy).is_an_order:
        note += " · Equal shares are no order of the queue, so they can be looked at and not applied."
    return Table("What it does", ("", "Now", "Then"), rows, note=note, numbers=("Now", "Then"))


def _breaking(figures: Mapping[str, Any]) -> tuple[str, int, int]:
    """Give the row of promises that break; a run of an earlier release counted those that the safe day passes."""
    known = figures.get("promises_breaking")
    label = "Promises more likely broken than kept" if known else "Promises earlier than the safe day"
    now, then = known or figures["promises_broken"]
    return label, now, then


def _moved(
    title: str, moves: Sequence[outcomes.Move], lines: dict[int, OrderLine], broken: set[int], *, empty: str
) -> Table:
    rest = len(moves) - SHOWN
    return Table(
        title,
        ("Order", "Customer", "Product", "Here", "Can ship now", "Then", "Days", "Promised"),
        [
            (
                link(line.order, "orders_backorder_change", line.pk),
                to(line.order.customer),
                item(line.product),
                f"{move.before.here:,} → {move.after.here:,}"
                if move.before.here != move.after.here
                else move.after.here,
                window(move.before.likely_date, move.before.safe_date) or "no date",
                window(move.after.likely_date, move.after.safe_date) or "no date",
                _days(move.days),
                _promise(line, move.line_id in broken),
            )
            for move in moves[:SHOWN]
            if (line := lines.get(move.line_id))
        ],
        empty=empty,
        note=f"… and {rest:,} more; the figures above count all." if rest > 0 else "",
        numbers=("Here",),
    )


def _days(days: int | None) -> str:
    if days is None:
        return ""
    return f"{-days:,} sooner" if days < 0 else f"{days:,} later" if days else "same day"


def _promise(line: OrderLine, is_broken: bool) -> Any:
    promised = day(line.promised_date) or "no date"
    return chip(f"{promised}, would break", "red") if is_broken else promised

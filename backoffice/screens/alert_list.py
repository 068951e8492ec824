"""The list of alerts: its tabs and filters, and the ways out of what it shows, read for a page of them at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backoffice.watching import alerts as watched
from backoffice.watching import helping, ways
from backoffice.watching.kinds import BY_NAME
from inventory.desk import reader
from inventory.desk.base import ItemList
from inventory.desk.operations import person
from inventory.ground.sql import paging
from inventory.models import Alert
from inventory.notebook import alerts

TAB = "tab"
TABS = {"open": "Open", "work": "In work", "mine": "Mine", "solved": "Solved"}
EMPTY = {
    "open": "Nothing waits for a decision: every alert is solved, or somebody has it in work.",
    "work": "Nobody has an alert in work. Open one and take it.",
    "mine": "Nothing waits for you, nor for a role of yours.",
    "solved": "No alert was solved yet.",
}


class AlertTab(admin.SimpleListFilter):
    """Alerts that are open, in work, of who looks or of their roles, and what was solved: tabs above the list."""

    title = "state"
    parameter_name = TAB
    template = "admin/tabs.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        unsolved = queryset.filter(solved_at=None)
        standing = {
            "open": unsolved.filter(taken_by=None),
            "work": unsolved.filter(taken_by__isnull=False),
            "mine": unsolved.filter(alerts.mine(person(request))),
        }
        self.counts = paging.bounded_counts(standing)
        return standing.get(tab(request), queryset.filter(solved_at__isnull=False))

    def choices(self, changelist: Any) -> Iterator[Any]:
        for name, label in TABS.items():
            count = self.counts.get(name)
            yield {
                "selected": name == (self.value() or "open"),
                "query_string": changelist.get_query_string({TAB: name}),
                "display": label,
                "count": "" if count is None else paging.in_words(count),
            }


class AlertKindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return watched.asked_by(request.user)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return queryset.filter(kind__in=watched.meant(self.value() or "")) if self.value() else queryset


def tab(request: HttpRequest) -> str:
    return request.GET.get(TAB) or "open"


class AlertList(ItemList):
    """Alerts, of which each knows what would help."""

    @property
    def is_prepared(self) -> bool:
        return "ways_out" in self.list_display

    def prepare(self, rows: Sequence[Any]) -> None:
        super().prepare(rows)
        tell_helps(rows)


def tell_helps(rows: Sequence[Any]) -> None:
    """Let each of these alerts know what would help it, if anything does: as many statements as for one."""
    offering = [row for row in rows if any(way.help for way in _ways(row))]
    found = helping.of((row.row for row in offering), at=timezone.now())
    for row in rows:
        row.helps = found


def ways_out_of(row: Any) -> list[tuple[str, str]]:
    """Give the ways out of an alert that knows what helps it, for who looks; none of one that is solved."""
    return ways.out(_ways(row), row.row, reader.may, row.helps)


def _ways(row: Alert) -> tuple[ways.WayOut, ...]:
    kind = BY_NAME.get(row.kind)
    return kind.ways if kind and row.solved_at is None else ()

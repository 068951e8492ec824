"""The page of the working list: what is most at stake first, each with the buttons that lead out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from backoffice.screens.notebook import owning
from backoffice.watching import alerts as watched
from backoffice.watching import helping, naming, ways
from backoffice.watching.kinds import BY_NAME, AlertKind
from inventory.desk import reader
from inventory.desk.operations import allowed, person
from inventory.desk.tables import day, money
from inventory.ground.plurals import counted
from inventory.ground.sql import paging
from inventory.models import Alert, Inbound, Product, Warehouse
from orders.models import Notice, Order, OrderLine
from suppliers.models import OrderLetter, PurchaseOrder

from . import stakes

PERMISSION = "inventory.view_alert"
MOST = 300
"""Alerts that are looked at: those that are due first."""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One alert as the list shows it: what hangs on it in words, and its ways out."""

    label: str
    words: str
    url: str
    owner: Any
    due: str
    is_late: bool
    facts: list[tuple[str, str]]
    ways: list[tuple[str, str]]


def working_list(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show the open alerts around promises that this person may see; ``?kind=`` narrows them."""
    allowed(request, PERMISSION)
    at = timezone.now()
    kinds = {kind.name: kind for kind in watched.seen_by(person(request)) if kind.name in naming.AROUND_PROMISES}
    asked = request.GET.get("kind", "")
    wanted = [asked] if asked in kinds else list(kinds)
    standing = Alert.objects.filter(kind__in=wanted, solved_at=None)
    rows = list(_read(standing))
    entries = _sorted(rows, at)
    shown = {
        "title": "Working list",
        "entries": entries,
        "tabs": _tabs(kinds, asked),
        "note": f"The {MOST} that are due first. Solve some, or ask for one kind." if len(rows) == MOST else "",
    }
    return TemplateResponse(request, "admin/working_list.html", {**site.each_context(request), **shown})


def _read(standing: Any) -> Any:
    about = [
        Inbound.objects.select_related("product"),
        PurchaseOrder.objects.all(),
        Product.objects.all(),
        Warehouse.objects.all(),
        Order.objects.all(),
        OrderLine.objects.select_related("order", "product"),
        Notice.objects.select_related("customer"),
        OrderLetter.objects.select_related("purchase_order"),
    ]
    ContentType.objects.get_for_models(*(each.model for each in about))  # all at once, where none is known yet
    rows = standing.select_related("person", "role", "taken_by").order_by("due_date", "pk")[:MOST]
    return rows.prefetch_related(GenericPrefetch("row", about))


def _sorted(rows: Sequence[Alert], at: datetime) -> list[WorkRow]:
    """Most money first; where as much hangs on several, the more lines, then what is due first."""
    today = timezone.localdate(at)
    hanging = stakes.of((row.row for row in rows), due_by=today)
    pairs = [(row, hanging.get(row.row, stakes.NOTHING) if row.row else stakes.NOTHING) for row in rows]
    pairs.sort(key=lambda pair: (-pair[1].money, -pair[1].lines, pair[0].due_date, pair[0].pk))
    helpful = helping.of((row.row for row in rows), at=at)
    return [_entry(row, stake, today, helpful) for row, stake in pairs]


def _entry(row: Alert, stake: stakes.Stake, today: date, helps: helping.Helps) -> WorkRow:
    kind = BY_NAME[row.kind]
    return WorkRow(
        label=kind.label,
        words=row.words,
        url=reverse("admin:inventory_alert_change", args=[row.pk]),
        owner=owning.called(row.taken_by) if row.taken_by else owning.owner(row),
        due=day(row.due_date),
        is_late=row.due_date < today,
        facts=_facts(stake),
        ways=ways.out(kind.ways, row.row, reader.may, helps),
    )


def _facts(stake: stakes.Stake) -> list[tuple[str, str]]:
    if not stake.lines:
        return [("At stake", "nothing that is promised")]
    worth = money(stake.money)
    said = f"{worth.amount:,.2f} {worth.currency}".rstrip() if worth else ""
    lines = f"{counted(stake.lines, 'line')} of {counted(stake.customers, 'customer')}"
    return [("At stake", lines), ("Worth", said), ("First promise", day(stake.first) or "no date")]


def _tabs(kinds: dict[str, AlertKind], asked: str) -> list[dict[str, Any]]:
    """All of them, then each kind, with how many are open."""
    counts = paging.bounded_counts({name: Alert.objects.filter(kind=name, solved_at=None) for name in kinds})
    total = sum(counts.values())
    tabs = [{"label": "All", "query": "?", "count": paging.in_words(total), "selected": asked not in kinds}]
    return tabs + [
        {
            "label": kinds[name].label,
            "query": f"?kind={name}",
            "count": paging.in_words(counts[name]),
            "selected": name == asked,
        }
        for name in naming.AROUND_PROMISES
        if name in kinds and (counts[name] or name == asked)
    ]

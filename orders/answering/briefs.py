"""
What stands around the lines of an order or of a customer: what covers them, whose turn it is, what else there is.

Reads only, in four statements whatever the number of lines: of many the first ``MOST``, and how many there are in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    DateField,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)  # fmt: skip
from django.db.models.functions import Coalesce

from inventory.night import popular
from orders.models import Allocation, Order, OrderLine, ShipmentLine
from orders.models.order import WAITS
from orders.queue import questions
from orders.wording import parts, window

from . import around, turns
from .around import Around
from .turns import Turn

MOST = 50
"""Lines that are read; the others are counted."""
RECENT = 20
"""Orders of a customer, the newest, whose lines are read though nothing of them is open."""


@dataclass(frozen=True, slots=True)
class Brief:
    """One line with what covers it, its turn if it waits, and what else there is of its product."""

    line: OrderLine
    claims: Sequence[Allocation]
    turn: Turn | None
    around: Around


class Totals(NamedTuple):
    """
    What all lines come to, those that were not read included.

    :ivar undated: lines that wait without a date
    :ivar last: the last day that was promised for anything open
    """

    lines: int = 0
    open: int = 0
    waiting: int = 0
    undated: int = 0
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    briefs: Sequence[Brief]
    totals: Totals

    @property
    def lines(self) -> list[OrderLine]:
        return [brief.line for brief in self.briefs]


WAITING, OPEN = WAITS, Q(open__gt=0)
FIRST = Case(When(WAITING, then=Value(0)), When(OPEN, then=Value(1)), default=Value(2), output_field=IntegerField())
"""What waits comes before what is here, and that before what is gone."""
IN_ALL = {
    "all_lines": Window(Count("pk")),
    "all_open": Window(Count("pk", filter=OPEN)),
    "all_waiting": Window(Count("pk", filter=WAITING)),
    "all_undated": Window(Count("pk", filter=Q(WAITING, promised_date=None))),
    "all_last": Window(Max("promised_date", filter=OPEN & Q(is_stopped=False))),
}

STAND_INS = OrderLine.objects.filter(addition__beside=OuterRef("pk"), addition__is_substitute=True).order_by()
REPLACED = {
    "replaced": Coalesce(
        Subquery(STAND_INS.values("addition__beside").annotate(units=Sum("quantity")).values("units")),
        0,
        output_field=IntegerField(),
    ),
    "came_back": Coalesce(
        Subquery(
            ShipmentLine.objects.filter(line=OuterRef("pk"), returned__gt=0)
            .order_by()
            .values("line")
            .annotate(units=Sum(F("returned") - F("exchanged")))
            .values("units")
        ),
        0,
        output_field=IntegerField(),
    ),
}
"""How many of the units that a line lost another product was to come for, and how many its customer sent back."""
LEFT_AND_STAYED = ShipmentLine.objects.filter(
    line=OuterRef("pk"), quantity__gt=F("reversed") + F("lost") + F("returned")
).order_by()
ARRIVES = {
    "arrives_by": Subquery(
        LEFT_AND_STAYED.values("line")
        .annotate(dated=Count("shipment__arrives_by"), parcels=Count("pk"), by=Max("shipment__arrives_by"))
        .filter(dated=F("parcels"))
        .values("by"),
        output_field=DateField(),
    )
}
"""By which day all that left of a line should be there; null where of one of its parcels nobody knows."""


def of_order(order_id: int, *, at: datetime) -> Briefing:
    """Read the lines of an order."""
    return _read(Q(order=order_id), "position", at=at)


def of_customer(customer_id: int, *, at: datetime) -> Briefing:
    """Read what is open of a customer, and the lines of their newest orders."""
    newest = Order.objects.filter(customer=customer_id).order_by("-pk").values("pk")[:RECENT]
    return _read(Q(order__customer=customer_id) & (OPEN | Q(order__in=newest)), "-order_id", "position", at=at)


def _read(which: Q, *order: Any, at: datetime) -> Briefing:
    lines: QuerySet[Any] = OrderLine.objects.filter(which).select_related("order__warehouse", "product")
    lines = window.as_said(lines).annotate(is_popular=popular.is_popular("product_id"), **REPLACED, **ARRIVES, **IN_ALL)
    found = list(lines.order_by(FIRST, *order, "pk")[:MOST])
    if not found:
        return Briefing((), Totals())
    parts.read_with(found, at=at)
    cover, place = questions.cover([line.pk for line in found]), turns.of(found)
    there = around.of({line.product_id for line in found if line.waits})
    briefs = [
        Brief(line, cover.get(line.pk, ()), place.get(line.pk), there.get(line.product_id, Around())) for line in found
    ]
    return Briefing(briefs, Totals(*(getattr(found[0], name) for name in IN_ALL)))

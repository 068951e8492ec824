"""
What a chart shows of one product in one warehouse: its weeks behind and ahead, from demand, forecast and supply.

Reads only, with a constant number of statements. The forecast and its band are those that the reorder point was made
from: the mean and the variance of last night, lifted week by week as the events (and whatever else is known of weeks
to come) say, and the distribution of ``service_levels``.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from inventory.demand.uplift import week_of
from inventory.formulas import reorder
from inventory.formulas.distributions import spread
from inventory.ground.drawing.timeline import Week
from inventory.models import DailyDemand, DemandEvent, Inbound, Movement, Owed, Product, ReorderPolicy, Stock, Warehouse

from . import outlook, policies
from .history import DAY, DAYS, WEEK
from .skus import Floats

BEHIND = 26
"""Weeks looked back."""
LEAST_AHEAD, MOST_AHEAD = 8, 26
LOW, HIGH = 0.1, 0.9
"""The band: of ten weeks, eight are expected within it."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """
    ``weeks``: in order. ``on_hand``: None where no stock was ever recorded. ``events``: those that touch these weeks.
    """

    weeks: list[Week]
    on_hand: int | None
    events: list[DemandEvent]
    inbound: "UnitsByWeek"
    owed: "UnitsByWeek"


@dataclass(frozen=True, slots=True)
class UnitsByWeek:
    """Units by the Monday of the week they are due in; what is overdue counts this week, and some have no date."""

    by_week: Counter[date]
    undated: int

    @classmethod
    def of(cls, rows: Sequence[tuple[date | None, int]], today: date) -> "UnitsByWeek":
        by_week: Counter[date] = Counter()
        for day, units in rows:
            if day:
                by_week[week_of(max(day, today))] += units
        return cls(by_week, sum(units for day, units in rows if day is None))


@dataclass(frozen=True, slots=True)
class _Forecast:
    """Units a week from the open week on, (n,) each."""

    expected: Floats
    low: Floats
    high: Floats


def of(product: Product, warehouse: Warehouse, policy: ReorderPolicy | None, *, today: date) -> Prospect:
    """Read the weeks of one product in one warehouse around today."""
    place: dict[str, Any] = {"product": product, "warehouse": warehouse}
    parts = policy.parts if policy else {}
    first, ahead = week_of(today) - BEHIND * WEEK, _ahead(parts)
    mondays = [first + index * WEEK for index in range(BEHIND + ahead)]
    events = _events(product, mondays[0], mondays[-1] + WEEK - DAY)
    on_hand = Stock.objects.filter(**place).values_list("on_hand", flat=True).first()
    arrivals = Inbound.objects.open().filter(**place).values_list("likely_date", "outstanding")
    promises = Owed.objects.filter(**place).exclude(units=0).values_list("promised_date", "units")
    inbound, owed = (UnitsByWeek.of(list(rows), today) for rows in (arrivals, promises))
    asked, stood = _asked(place, first, today), _stood(place, on_hand, first, today)
    weeks = [
        Week(monday, demand=asked.get(monday), stock=stood.get(monday), events=_numbers(events, monday))
        for monday in mondays
    ]
    found = Prospect(weeks, on_hand, events, inbound, owed)
    weeks[BEHIND:] = _to_come(weeks[BEHIND:], found, _forecast(product, parts, today, ahead), today)
    return found


def _ahead(parts: dict[str, Any]) -> int:
    """Return how many weeks to look ahead: until an order of today and the next look are through, within reason."""
    days = (parts.get("lead_days") or 0.0) + (parts.get("review_days") or 0.0)
    return min(max(math.ceil(days / DAYS) + 2, LEAST_AHEAD), MOST_AHEAD)


def _events(product: Product, first: date, last: date) -> list[DemandEvent]:
    touches = Q(product=product) | Q(product=None, group="")
    if product.group:
        touches |= Q(product=None, group=product.group)
    rows = DemandEvent.objects.filter(touches, starts_on__lte=last, ends_on__gte=first)
    return list(rows.order_by("starts_on", "pk"))


def _numbers(events: Sequence[DemandEvent], monday: date) -> tuple[int, ...]:
    """Number the events of a week as the list under the chart does."""
    return tuple(
        number for number, event in enumerate(events, 1) if event.starts_on < monday + WEEK and event.ends_on >= monday
    )


def _asked(place: dict[str, Any], first: date, today: date) -> dict[date, int]:
    """Add up what was asked for by week, from the first on record on: a week in which nobody asked is 0 after that."""
    began = DailyDemand.objects.filter(**place).aggregate(day=Min("day"))["day"]
    if began is None or began > today:
        return {}
    start = max(first, week_of(began))
    weeks = {start + index * WEEK: 0 for index in range((week_of(today) - start).days // DAYS + 1)}
    for day, units in DailyDemand.objects.filter(**place, day__gte=start, day__lte=today).values_list("day", "units"):
        weeks[week_of(day)] += units
    return weeks


def _stood(place: dict[str, Any], on_hand: int | None, first: date, today: date) -> dict[date, int]:
    """Return what was on hand at the end of each closed week since the first movement, from the ledger backwards."""
    ledger = Movement.objects.filter(**place)
    began = ledger.aggregate(at=Min("at"))["at"]
    if on_hand is None or began is None:
        return {}
    start = max(first, week_of(timezone.localtime(began).date()))
    moved: Counter[date] = Counter()
    days = ledger.annotate(day=TruncDate("at")).filter(day__gte=start).order_by()
    for day, units in days.values("day").annotate(units=Sum("quantity")).values_list("day", "units"):
        moved[week_of(day)] += units
    ends, left, monday = {}, on_hand - moved[week_of(today)], week_of(today) - WEEK
    while monday >= start:
        ends[monday] = left
        left -= moved[monday]
        monday -= WEEK
    return ends


def _forecast(product: Product, parts: dict[str, Any], today: date, ahead: int) -> _Forecast | None:
    """Return the forecast of last night, week by week, with the band of a single week; None if there is none."""
    if not parts.get("weekly_demand") or parts.get("variance") is None:
        return None
    lift = outlook.of_product(product).lift(week_of(today), ahead)
    power = 1.0 if lift is None else policies.shop_of(today).line.b
    by_week = np.ones(ahead) if lift is None else lift[0]
    mean = parts["weekly_demand"] * by_week
    variance = spread(mean, parts["variance"] * by_week**power)
    low, high = (
        reorder.cycle_service_point(mean, variance, target=np.full(ahead, share)).astype(float) + 1
        for share in (LOW, HIGH)
    )
    low[reorder.cycle_service(mean, variance, point=np.full(ahead, -1.0)) >= LOW] = 0.0
    return _Forecast(mean, low, high)


def _to_come(weeks: list[Week], prospect: Prospect, known: _Forecast | None, today: date) -> list[Week]:
    """Fill in the open week and those to come: the forecast, and what will be on hand by what is known today."""
    inbound, owed = prospect.inbound.by_week, prospect.owed.by_week
    has_stock = prospect.on_hand is not None or inbound or owed
    level, sold = float(prospect.on_hand or 0), 0.0
    filled = []
    for index, week in enumerate(weeks):
        level += inbound[week.starts_on] - owed[week.starts_on]
        found = replace(week, stock=level if has_stock else None)
        if known:
            expected, low, high = (float(figure[index]) for figure in (known.expected, known.low, known.high))
            sold += expected * (1 if index else 1 - today.weekday() / DAYS)
            found = replace(found, expected=expected, low=low, high=high)
            found = replace(found, sold_down=level - sold if has_stock else None)
        filled.append(found)
    return filled

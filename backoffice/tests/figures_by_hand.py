"""Every figure again, from the rows of orders and inventory alone, a row at a time: what the night is held against."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils import timezone

from inventory.models import Inbound, LeadTime, Movement, ReorderPolicy, Stock
from inventory.supply import calendars
from orders.models import LineEvent, Order, OrderLine, Promise, ShipmentLine

WEEK = timedelta(days=7)
BANDS = {"0-3": (0, 3), "4-7": (4, 7), "8-14": (8, 14), "15-21": (15, 21), "22-30": (22, 30), "31-45": (31, 45)}
FigureKey = tuple[str, str, date, str]


class CountedByHand:
    """``found``: (dimension, value, week, figure) → [reached, counted]."""

    def __init__(self, at: Any) -> None:
        self.at, self.today = at, timezone.localdate(at)
        self.found: dict[FigureKey, list[Decimal]] = defaultdict(lambda: [Decimal(), Decimal()])
        self.since = _monday(self.today) - 12 * WEEK
        for order in Order.objects.select_related("warehouse"):
            self._order(order)
        self._cover()

    @property
    def figures(self) -> dict[FigureKey, tuple[Decimal, Decimal]]:
        exact = Decimal("0.0001")
        return {
            key: (reached.quantize(exact), counted.quantize(exact))
            for key, (reached, counted) in self.found.items()
            if counted
        }

    def add(self, name: str, day: date, reached: Any, counted: Any, **of: Any) -> None:
        week = _monday(day)
        if week < self.since:
            return
        places = {("", "")} | {
            (dimension, each)
            for dimension, value in of.items()
            for each in (value if isinstance(value, set) else {value})
            if each
        }
        for dimension, value in places:
            cell = self.found[dimension, value, week, name]
            cell[0] += Decimal(reached)
            cell[1] += Decimal(counted)

    def _order(self, order: Order) -> None:
        lines = [_Line(line, self.today) for line in order.lines.order_by("pk")]
        whose = {"warehouse": order.warehouse.code, "channel": order.channel}
        for line in lines:
            self._line(line, {**whose, "supplier": line.supplier, "abc": line.abc})
        counted = [line for line in lines if line.wanted]
        every = {**whose, "supplier": {line.supplier for line in lines}, "abc": {line.abc for line in lines}}
        requested = order.must_by_date or order.wanted_date
        if requested and requested < self.today and counted:
            self.add("otif_asked", requested, all(line.is_kept(requested) for line in counted), 1, **every)
        promised = [line.row.first_promised_date for line in counted if line.row.first_promised_date]
        if promised and max(promised) < self.today:
            last = max(promised)
            on_time = all(line.is_kept(line.row.first_promised_date or last) for line in counted)
            self.add("otif_first", last, on_time, 1, **every)

    def _line(self, line: "_Line", of: dict[str, str]) -> None:
        row, today = line.row, self.today
        for name, due in (("first", line.first), ("last", line.last)):
            if due and due < today and line.wanted:
                kept = line.is_kept(due)
                self.add(f"kept_{name}", due, kept, 1, **of)
                if not kept:
                    end = line.gave_up or line.left or today
                    self.add(f"slip_{name}", due, max(0, (end - due).days), 1, **of)
        if line.first and line.first < today and line.wanted and not line.is_kept(line.first):
            self.add("warned", line.first, line.is_warned, 1, **of)
        placed = timezone.localdate(row.placed_at)
        if line.filled is not None:
            self.add("fill", placed, line.filled, row.quantity, **of)
            if line.filled < row.quantity:
                self.add("dated", placed, line.first is not None, 1, **of)
                self.add("noise", placed, len(line.later), 1, **of)
                judged = [was for was, _ in line.later if was < today or line.left]
                vain = [was for was in judged if line.left and line.left <= was and not line.gave_up]
                self.add("vain", placed, len(vain), len(judged), **of)
        if row.backordered > 0 and not row.is_stopped:
            days = (self.at - row.placed_at) // timedelta(days=1)
            age = next((name for name, (low, high) in BANDS.items() if low <= days <= high), "46")
            self.add(f"units_{age}", today, row.backordered, 1, **of)
            self.add(f"worth_{age}", today, row.backordered * row.unit_price, 1, **of)
            if row.promised_date and row.promised_date >= today and row.chance_to_break is not None:
                self.add("risk", row.promised_date, Decimal(row.chance_to_break), 1, **of)

    def _cover(self) -> None:
        for policy in ReorderPolicy.objects.filter(weekly_demand__gt=0).select_related("warehouse"):
            stock = Stock.objects.filter(product=policy.product, warehouse=policy.warehouse).first()
            free = max(0, stock.available) if stock else 0
            of = {"supplier": policy.sender, "abc": policy.abc, "warehouse": policy.warehouse.code}
            self.add("cover", self.today, free, Decimal(policy.weekly_demand) / 7, **of)


class _Line:
    def __init__(self, row: OrderLine, today: date) -> None:
        self.row = row
        told = list(Promise.objects.filter(line=row).exclude(told_at=None).order_by("told_at", "pk"))
        dated = [each for each in told if each.promised_date]
        self.first = dated[0].promised_date if dated else None
        self.last = dated[-1].promised_date if dated else None
        pairs: list[tuple[Any, Any]] = list(pairwise(told))
        self.later = [
            (was.promised_date, now.told_at)
            for was, now in pairs
            if was.promised_date and (now.promised_date is None or now.promised_date > was.promised_date)
        ]
        warnings = [
            now.told_at
            for was, now in pairs
            if self.first
            and ((now.promised_date is None and was.promised_date) or (now.promised_date or date.min) > self.first)
        ]
        works_on = calendars.of(row.order.warehouse_id, row.order.warehouse.calendar_revision).works_on
        self.is_warned = bool(warnings and self.first) and _days_ahead(warnings, self.first, works_on) >= 1
        self._gave_up()
        self.wanted = row.quantity - row.canceled + self.given
        self.left = self._left()
        inbound = dated[-1].inbound if dated else None
        lead = LeadTime.objects.filter(product=row.product, warehouse=row.order.warehouse).first()
        self.supplier = inbound.sender if inbound else lead.sender if lead else ""
        policy = ReorderPolicy.objects.filter(product=row.product, warehouse=row.order.warehouse).first()
        self.abc = policy.abc if policy else ""
        placed = LineEvent.objects.filter(line=row, kind="placed").first()
        waited = placed.units if placed and placed.at - row.placed_at <= timedelta(days=1) else None
        self.filled = None if waited is None else row.quantity - waited

    def is_kept(self, due: date) -> bool:
        return bool(not self.gave_up and self.left and self.left <= due)

    def _gave_up(self) -> None:
        events = [
            event
            for event in LineEvent.objects.filter(line=self.row, kind="canceled")
            if not event.cause.startswith("never-paid:")
            and (
                event.cause.startswith("cancel-by-us:")
                or (self.last and timezone.localdate(event.at) > self.last)
                or any(told_at <= event.at for _, told_at in self.later)
            )
        ]
        self.given = sum(event.units or 0 for event in events)
        self.gave_up = min((timezone.localdate(event.at) for event in events), default=None)

    def _left(self) -> date | None:
        still = self.row.quantity - self.row.canceled
        units = 0
        for each in ShipmentLine.objects.filter(line=self.row).order_by("shipment__shipped_at", "pk"):
            units += each.quantity - each.reversed
            if units >= still > 0 and each.quantity > each.reversed:
                return timezone.localdate(each.shipment.shipped_at)
        return None


def came_on(inbound: Inbound) -> date | None:
    """When nine tenths of an inbound were here, and stayed."""
    units = inbound.quantity - inbound.canceled
    here, since = 0, None
    for movement in Movement.objects.filter(inbound=inbound, kind="receipt").order_by("at", "pk"):
        here += movement.quantity
        is_here = units > 0 and here * 10 >= units * 9
        since = (since or timezone.localdate(movement.at)) if is_here else None
    return since


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days_ahead(warnings: Any, due: Any, works_on: Any) -> int:
    """Count the working days from the first day that it was told, to the day before it was due."""
    told = timezone.localdate(min(warnings))
    days = (told + timedelta(days=ahead) for ahead in range(max(0, (due - told).days)))
    return sum(works_on(day) for day in days)

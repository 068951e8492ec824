"""What is on record of the moments at which lines went on backorder, for ``orders.rules.causes``. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, sqrt
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef, Q

from inventory.formulas import figures
from inventory.models import DailyDemand, Inbound, Movement, MovementKind, ReorderPolicy
from orders.allocation.dating import day_of
from orders.models import LineEvent, OrderLine, WarehouseRule
from orders.rules.causes import BackorderRecord

LOSS_DAYS = 14
"""Days before within which a count or damage may have emptied the shelf."""
MOST_DAYS = 91
"""Days of demand that are looked at, however long a supply takes."""
WEEK = 7

Place = tuple[int, int]
"""Product and warehouse."""


@dataclass(frozen=True, slots=True)
class WentOnBackorder:
    """One line, the day on which it went on backorder, and what is on record of that."""

    line_id: int
    began_on: date
    record: BackorderRecord


class _Line(NamedTuple):
    pk: int
    product_id: int
    warehouse_id: int
    is_bound: bool
    began_on: date
    units: int

    def uses(self, place: Place) -> bool:
        """Whether units at this place may be its own."""
        return place[0] == self.product_id and (not self.is_bound or place[1] == self.warehouse_id)


class _Loss(NamedTuple):
    place: Place
    day: date
    units: int
    is_count: bool


class _Late(NamedTuple):
    """Supply whose day passed, and the day on which the last of it came; None: some is still to come."""

    place: Place
    sent_on: date
    due: date
    came_on: date | None
    has_left: bool

    def is_overdue(self, day: date) -> bool:
        return self.sent_on <= day and self.due < day and (self.came_on is None or self.came_on >= day)


class _Policy(NamedTuple):
    reorder_point: int
    weekly: float
    variance: float
    days: int


def of(line_ids: Collection[int], *, went: Q, left: Collection[int]) -> Iterator[WentOnBackorder]:
    """
    Give these lines with what is on record, in six statements however many they are.

    :param went: the events that put a line on backorder
    :param left: the inbound whose sender says that they have left
    """
    lines = _lines(line_ids, went)
    if not lines:
        return
    products = {line.product_id for line in lines}
    since = min(line.began_on for line in lines)
    losses, late = _losses(products, since), _late(products, since, left)
    policies = _policies(products)
    demand = _demand(products, since)
    for line in lines:
        place = (line.product_id, line.warehouse_id)
        record = _record(
            line, losses[line.product_id], late[line.product_id], policies.get(place), demand.get(place, {})
        )
        yield WentOnBackorder(line.pk, line.began_on, record)


def _record(
    line: _Line,
    losses: Collection[_Loss],
    late: Collection[_Late],
    policy: _Policy | None,
    demand: Mapping[date, int],
) -> BackorderRecord:
    day, first = line.began_on, line.began_on - timedelta(days=LOSS_DAYS)
    lost = [loss for loss in losses if line.uses(loss.place) and first <= loss.day <= day]
    overdue = [each for each in late if line.uses(each.place) and each.is_overdue(day)]
    counted, damaged = (sum(loss.units for loss in lost if loss.is_count is kind) for kind in (True, False))
    found = BackorderRecord(
        units=line.units,
        counted=max(0, counted),
        damaged=damaged,
        is_overdue=bool(overdue),
        has_left=any(each.has_left for each in overdue),
    )
    if policy is None:
        return found
    asked = sum(demand.get(day - timedelta(days=back), 0) for back in range(policy.days))
    return replace(
        found,
        # an order that a person left out of demand was asked for all the same
        demand=max(asked, line.units),
        expected=policy.weekly * policy.days / WEEK,
        deviation=sqrt(policy.variance * policy.days / WEEK),
        reorder_point=policy.reorder_point,
    )


def _lines(line_ids: Collection[int], went: Q) -> list[_Line]:
    """Read lines with the first thing that put each on backorder; without one, they wait since they were placed."""
    first: dict[int, tuple[date, int]] = {}
    events = LineEvent.objects.filter(went, line__in=line_ids).order_by("pk")
    for pk, at, units in events.values_list("line", "at", "units"):
        first.setdefault(pk, (day_of(at), abs(units or 0)))
    rows = OrderLine.objects.filter(pk__in=line_ids).order_by("pk")
    columns = "pk", "product", "order__warehouse", "order__warehouse_rule", "placed_at", "backordered", "quantity"
    found = []
    for pk, product, warehouse, rule, placed_at, backordered, quantity in rows.values_list(*columns):
        began_on, units = first.get(pk, (day_of(placed_at), max(backordered, 0)))
        is_bound = rule == WarehouseRule.PREFERRED
        found.append(_Line(pk, product, warehouse, is_bound, began_on, min(units, quantity) or 1))
    return found


def _losses(products: Collection[int], since: date) -> Mapping[int, list[_Loss]]:
    found: dict[int, list[_Loss]] = defaultdict(list)
    rows = Movement.objects.filter(
        product__in=products,
        kind__in=[MovementKind.COUNT, MovementKind.DAMAGE],
        at__date__gte=since - timedelta(days=LOSS_DAYS),
    ).order_by()
    for product, warehouse, at, units, kind in rows.values_list("product", "warehouse", "at", "quantity", "kind"):
        is_count = kind == MovementKind.COUNT
        found[product].append(_Loss((product, warehouse), day_of(at), -units, is_count))
    return found


def _late(products: Collection[int], since: date, left: Collection[int]) -> Mapping[int, list[_Late]]:
    """Read supply whose day may have passed before it came: what is to come, and what came since."""
    receipts = Movement.objects.filter(inbound=OuterRef("pk"), kind=MovementKind.RECEIPT)
    came = Exists(receipts.filter(at__date__gte=since))
    rows = Inbound.objects.filter(Q(outstanding__gt=0) | came, product__in=products, expected_date__isnull=False)
    last = rows.annotate(came_at=Max("movements__at", filter=Q(movements__kind=MovementKind.RECEIPT))).order_by()
    columns = (
        *("pk", "product", "warehouse", "created_at", "first_date", "expected_date", "outstanding"),
        *("came_at", "transfer_line"),
    )
    found: dict[int, list[_Late]] = defaultdict(list)
    for pk, product, warehouse, created, first, expected, outstanding, came_at, transfer in last.values_list(*columns):
        came_on = None if outstanding or came_at is None else day_of(came_at)
        has_left = transfer is not None or pk in left
        due = first or expected
        found[product].append(_Late((product, warehouse), day_of(created), due, came_on, has_left))
    return found


def _policies(products: Collection[int]) -> Mapping[Place, _Policy]:
    found = {}
    rows = ReorderPolicy.objects.filter(product__in=products, computed_on__isnull=False).order_by()
    for product, warehouse, point, weekly, packed in rows.values_list(
        "product", "warehouse", "reorder_point", "weekly_demand", "figures"
    ):
        variance, lead, review = (figures.of(packed, name) for name in ("variance", "lead_days", "review_days"))
        if lead is None or lead <= 0:
            continue  # nobody supplies it
        days = min(MOST_DAYS, max(1, ceil(lead + (review or 0))))
        found[(product, warehouse)] = _Policy(point, weekly, max(0.0, variance or 0.0), days)
    return found


def _demand(products: Collection[int], since: date) -> Mapping[Place, Mapping[date, int]]:
    found: dict[Place, dict[date, int]] = defaultdict(dict)
    rows = DailyDemand.objects.filter(product__in=products, day__gt=since - timedelta(days=MOST_DAYS)).order_by()
    for product, warehouse, day, units in rows.values_list("product", "warehouse", "day", "units"):
        found[(product, warehouse)][day] = units
    return found

"""
What must be bought: the SKUs at or below their reorder point, and how many units each needs. Reads only.

A SKU is one product in one warehouse. Demand reaches buying as numbers in inventory: reorder policies, the
position, and units owed; a number of statements that does not depend on the number of SKUs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Sum

from inventory import figures, position
from inventory.models import Inbound, LeadTime, Owed, ReorderPolicy, Stock, Warehouse

from . import unsent
from .drafts import Needed, Sku
from .offers import DAYS_A_WEEK, Need


@dataclass(frozen=True, slots=True)
class Policy:
    """When to order and how much; without a reorder policy only what is owed is bought."""

    point: int = 0
    batch: int = 0
    is_frozen: bool = False
    weekly_demand: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Horizon:
    """Days from today: until an order placed now is here, and until the next one would be (RULES §3.4)."""

    lead: float = float(position.LONGEST_HORIZON_DAYS)
    review: float = 0.0

    @property
    def days(self) -> float:
        return min(self.lead + self.review, float(position.LONGEST_HORIZON_DAYS))


@dataclass(frozen=True, slots=True)
class Shortage:
    """
    One SKU whose position is at or below its reorder point, in units.

    ``planned`` units come after the horizon but before the next order would, and are not ordered again;
    ``spare`` is what other warehouses could send, by code; ``by_hand`` what drafts hold already because a
    person wrote it, by offer.
    """

    sku: Sku
    policy: Policy
    position: int
    planned: int
    spare: Mapping[str, int]
    by_hand: Mapping[int, int] = field(default_factory=dict)

    @property
    def quantity(self) -> int:
        """Enough to reach s + Q less what is planned, and never less than s (RULES §3.8)."""
        to_point = self.policy.point - self.position
        return max(to_point, to_point + self.policy.batch - self.planned)

    @property
    def waiting(self) -> int:
        """Units owed to customers that nothing covers, neither on hand nor on its way."""
        return max(0, -self.position)

    @property
    def drafted(self) -> int:
        """Units that a person has put into drafts: they are part of what is needed, whatever becomes of them."""
        return sum(self.by_hand.values())

    @property
    def rest(self) -> int:
        """What is needed beside that."""
        return max(0, self.quantity - self.drafted)

    def as_need(self) -> Need:
        """State the rest for ``sourcing``: customers who wait need it now, the shelf when it would run empty."""
        weekly = self.policy.weekly_demand
        waiting = max(0, self.waiting - self.drafted)
        covered = max(0, self.position + self.drafted) / weekly * DAYS_A_WEEK if weekly > 0 else None
        return Need(
            quantity=self.rest,
            need_by_days=None if waiting else covered,
            waiting=min(waiting, self.rest),
            weekly_demand=weekly,
            variance=self.policy.variance,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What is short today, and what is needed now of each SKU that a person has in a draft."""

    shortages: list[Shortage]
    needed: dict[Sku, Needed]


def find(*, on: date, at: datetime) -> Found:
    """
    Find what is short today, by product and warehouse.

    What a person has in drafts is not on order yet: it is a part of the need, and the rest is to be proposed.
    """
    policies = _policies(on)
    skus = sorted(policies.keys() | _owed())
    horizons = _horizons()
    standing = unsent.of(on=on, at=at)
    products, warehouses = zip(*skus, strict=True) if skus else ((), ())
    known = position.of(products, warehouses, on=on, days=[horizons.get(sku, Horizon()).days for sku in skus])
    positions = {
        sku: units + standing.approved.get(sku, 0) for sku, units in zip(skus, known.units.tolist(), strict=True)
    }
    unowed = dict(zip(skus, (known.on_hand - known.owed).tolist(), strict=True))
    short = [sku for sku in skus if _is_short(policies.get(sku, Policy()), positions[sku])]
    planned = _planned(short, policies, horizons, on=on)
    spare = _spare(short, policies, positions, unowed)
    shortages = [
        Shortage(
            sku,
            policies.get(sku, Policy()),
            positions[sku],
            planned.get(sku, 0),
            spare.get(sku, {}),
            standing.by_hand.get(sku, {}),
        )
        for sku in short
    ]
    now = {shortage.sku: shortage.quantity for shortage in shortages}
    needed = {sku: Needed(now.get(sku, 0), sum(units.values())) for sku, units in standing.by_hand.items()}
    return Found([shortage for shortage in shortages if shortage.rest], needed)


def _is_short(policy: Policy, units: int) -> bool:
    return units < policy.point or (units == policy.point and policy.batch > 0)


def _policies(on: date) -> dict[Sku, Policy]:
    rows = ReorderPolicy.objects.filter(warehouse__is_open=True).values_list(
        "product_id", "warehouse_id", "reorder_point", "order_up_to", "weekly_demand", "figures", "frozen_point",
        "frozen_until",
    )  # fmt: skip
    policies = {}
    for product_id, warehouse_id, point, order_up_to, weekly, found, frozen, until in rows:
        held = frozen if until is not None and until >= on else None
        policies[product_id, warehouse_id] = Policy(
            point=point if held is None else held,
            batch=order_up_to - point,
            is_frozen=held is not None,
            weekly_demand=weekly,
            variance=figures.of(found, "variance") or 0.0,
        )
    return policies


def _owed() -> set[Sku]:
    """SKUs that customers wait for, whether or not they have a reorder policy."""
    rows = Owed.objects.values("product_id", "warehouse_id").annotate(open=Sum("units")).filter(open__gt=0)
    return set(rows.values_list("product_id", "warehouse_id"))


def _horizons() -> dict[Sku, Horizon]:
    rows = LeadTime.objects.values_list("product_id", "warehouse_id", "mean_days", "review_days")
    return {(product, warehouse): Horizon(lead, review) for product, warehouse, lead, review in rows}


def _planned(
    short: Collection[Sku], policies: Mapping[Sku, Policy], horizons: Mapping[Sku, Horizon], *, on: date
) -> dict[Sku, int]:
    """Count what comes after the horizon of the position, but before the batch ordered now is used up."""
    wanted = set(short)
    rows = Inbound.objects.open().values_list(
        "product_id", "warehouse_id", "outstanding", "first_date", "expected_date", "likely_date"
    )
    planned: dict[Sku, int] = {}
    for product_id, warehouse_id, outstanding, first, expected, likely in rows:
        sku = (product_id, warehouse_id)
        due = first or expected or likely
        arrives = likely or expected or first
        if sku not in wanted or sku not in horizons or due is None or arrives is None:
            continue
        horizon = horizons[sku]
        is_counted = due <= on + timedelta(days=horizon.days)
        next_order = on + timedelta(days=_days_to_next_order(policies.get(sku, Policy()), horizon))
        if not is_counted and arrives <= next_order:
            planned[sku] = planned.get(sku, 0) + outstanding
    return planned


def _days_to_next_order(policy: Policy, horizon: Horizon) -> float:
    """Count the days until the order after this one is here: when this batch is used up, a review from now at least."""
    used_up = policy.batch / policy.weekly_demand * DAYS_A_WEEK if policy.weekly_demand > 0 else 0.0
    return min(horizon.lead + max(horizon.review, used_up), float(position.LONGEST_HORIZON_DAYS))


def _spare(
    short: Collection[Sku], policies: Mapping[Sku, Policy], positions: Mapping[Sku, int], unowed: Mapping[Sku, int]
) -> dict[Sku, dict[str, int]]:
    """
    Find what other warehouses have above their own reorder point, and free on the shelf now.

    Free is what is neither allocated, held nor owed to those who wait there.
    """
    codes = dict(Warehouse.objects.filter(is_open=True).values_list("pk", "code"))
    free = _available({product_id for product_id, _ in short})
    spare: dict[Sku, dict[str, int]] = {}
    for product_id, warehouse_id in short:
        for other, code in codes.items():
            sku = (product_id, other)
            if other == warehouse_id or sku not in positions:
                continue
            above = positions[sku] - policies.get(sku, Policy()).point
            units = min(free.get(sku, 0), unowed[sku], above)
            if units > 0:
                spare.setdefault((product_id, warehouse_id), {})[code] = units
    return spare


def _available(product_ids: Collection[int]) -> dict[Sku, int]:
    rows = Stock.objects.filter(product_id__in=product_ids, available__gt=0)
    return {
        (product, warehouse): units
        for product, warehouse, units in rows.values_list("product_id", "warehouse_id", "available")
    }

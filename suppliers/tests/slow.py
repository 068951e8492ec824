"""A night's proposals a row at a time, all weighed anew: the slow twin of ``replenishment``, to compare with."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from inventory.formulas import figures
from inventory.models import Inbound, LeadTime, Owed, Product, ReorderPolicy, Stock, Warehouse
from inventory.supply import position
from suppliers import replenishment, sourcing, terms, unsent
from suppliers.drafts import Sku
from suppliers.shortages import Policy, Shortage

MOST = float(position.LONGEST_HORIZON_DAYS)
Line = tuple[int, int, int, Any, str, dict[str, Any]]
"""Warehouse, offer, units, price, reason, parts."""


def lines(*, on: date, at: datetime) -> list[Line]:
    """What the night of this day should have in drafts, but for what people wrote, by warehouse and offer."""
    wanted = []
    for shortage in shortages(on=on, at=at):
        product, place = shortage.sku
        if not shortage.rest or Product.objects.get(pk=product).is_discontinued:
            continue
        if not Warehouse.objects.get(pk=place).is_open:
            continue
        quotes = [
            replenishment._beside(shortage.by_hand, quote.terms)
            for quote in terms.of([product], on=on).get(product, ())
        ]
        split = sourcing.split(shortage.as_need(), quotes)
        for share in split.shares:
            reason = f"{replenishment._why(shortage)} {share.reason}"
            parts = replenishment._parts(shortage, share, split)
            wanted.append((place, share.offer_id, share.quantity, share.unit_price, reason, parts))
    return sorted(wanted, key=lambda line: line[:2])


def shortages(*, on: date, at: datetime) -> list[Shortage]:
    policies = {
        (row.product_id, row.warehouse_id): _policy(row, on)
        for row in ReorderPolicy.objects.filter(warehouse__is_open=True)
    }
    owed = Owed.objects.values("product_id", "warehouse_id").annotate(open=Sum("units")).filter(open__gt=0)
    skus = sorted(policies.keys() | set(owed.values_list("product_id", "warehouse_id")))
    standing = unsent.of(on=on, at=at)
    units, unowed = {}, {}
    for sku in skus:
        days = min(sum(_times(sku)), MOST)
        known = position.of([sku[0]], [sku[1]], on=on, days=[days])
        units[sku] = int(known.units[0]) + standing.approved.get(sku, 0)
        unowed[sku] = int(known.on_hand[0] - known.owed[0])
    found = []
    for sku in skus:
        policy = policies.get(sku, Policy())
        if units[sku] < policy.point or (units[sku] == policy.point and policy.batch > 0):
            spare = {}
            for other in Warehouse.objects.filter(is_open=True):
                there = (sku[0], other.pk)
                if there != sku and there in units:
                    free = Stock.objects.filter(product=sku[0], warehouse=other).values_list("available", flat=True)
                    above = units[there] - policies.get(there, Policy()).point
                    if (least := min(sum(free), unowed[there], above)) > 0:
                        spare[other.code] = least
            planned = _planned(sku, policy, on)
            found.append(Shortage(sku, policy, units[sku], planned, spare, standing.by_hand.get(sku, {})))
    return found


def _policy(row: ReorderPolicy, on: date) -> Policy:
    held = row.frozen_point if row.frozen_until is not None and row.frozen_until >= on else None
    return Policy(
        point=row.reorder_point if held is None else held,
        batch=row.order_up_to - row.reorder_point,
        is_frozen=held is not None,
        weekly_demand=row.weekly_demand,
        variance=figures.of(row.figures, "variance") or 0.0,
    )


def _times(sku: Sku) -> tuple[float, float]:
    row = LeadTime.objects.filter(product=sku[0], warehouse=sku[1]).first()
    return (row.mean_days, row.review_days) if row else (MOST, 0.0)


def _planned(sku: Sku, policy: Policy, on: date) -> int:
    if not LeadTime.objects.filter(product=sku[0], warehouse=sku[1]).exists():
        return 0
    lead, review = _times(sku)
    used_up = policy.batch / policy.weekly_demand * 7 if policy.weekly_demand > 0 else 0.0
    counted = on + timedelta(days=min(lead + review, MOST))
    next_order = on + timedelta(days=min(lead + max(review, used_up), MOST))
    planned = 0
    for row in Inbound.objects.open().filter(product=sku[0], warehouse=sku[1]):
        due = row.first_date or row.expected_date or row.likely_date
        arrives = row.likely_date or row.expected_date or row.first_date
        if due and arrives and due > counted and arrives <= next_order:
            planned += row.outstanding
    return planned

"""
The results of a block as rows: numbers, parts, the sentence, and what changed since the last run and why.

The hand of ``policies`` that writes ``ReorderPolicy`` and ``PolicyChange``, by a constant number of
statements however many SKUs there are. What a person set (a frozen value, a target) is respected and never written.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from . import bulk, explanations, forecast, reorder
from .models import PolicyChange, ReorderPolicy
from .position import Positions
from .skus import LeadTimes, Policy, Sku

MOST_UNITS = 2**31 - 1

_POLICIES = ReorderPolicy._meta.db_table
_CHANGES = PolicyChange._meta.db_table
_KEY = {"product_id": "bigint", "warehouse_id": "bigint"}
_COMPUTED = {
    "reorder_point": "integer",
    "order_up_to": "integer",
    "safety_stock": "integer",
    "weekly_demand": "double precision",
    "stockout_chance": "double precision",
    "cover_days": "double precision",
    "parts": "jsonb",
    "explanation": "text",
    "computed_on": "date",
}


@dataclass(frozen=True, slots=True)
class Results:
    """All that is known of the SKUs of one block after a run; arrays of shape (n,), in the order of ``skus``."""

    on: date
    skus: list[Sku]
    policies: list[Policy | None]
    lead: LeadTimes
    state: forecast.State
    inputs: reorder.Inputs
    outputs: reorder.Outputs
    position: Positions
    spikes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Move:
    """A reorder point that is no longer what it was, and the parts of the new one."""

    sku: Sku
    policy: Policy | None
    was: int
    now: int
    parts: dict[str, Any]


def store(results: Results, learned: Counter[str]) -> Counter[str]:
    """Write the reorder policies of a block and what changed, and return counts on top of those of its forecasts."""
    counts = Counter(learned)
    counts.update(skus=len(results.skus), spikes=int((results.spikes > 0).sum()))
    rows, moved = [], []
    risk = zip(*_risk(results), strict=True)
    for sku, policy, parts, (chance, cover) in zip(results.skus, results.policies, _parts(results), risk, strict=True):
        counts[parts["reason"]] += 1
        point = parts["point"]
        if policy and policy.is_frozen(results.on):
            point = parts["frozen"]["point"]
            counts["frozen"] += 1
        was = policy.reorder_point if policy else 0
        if was != point:
            moved.append(Move(sku, policy, was, point, parts))
        rows.append(
            (
                *sku.key, point, min(point + parts["batch"], MOST_UNITS), parts["safety_stock"],
                parts["weekly_demand"] or 0.0, chance, cover, json.dumps(parts), explanations.explain(parts),
                results.on, "",
            )
        )  # fmt: skip
    counts["changed"] = len(moved)
    changes = _with_reasons(moved)
    _write(rows)
    _write_changes(changes, results.on)
    _take_back([move.policy.pk for move in moved if move.policy and move.policy.computed_on == results.on], results.on)
    return counts


def _with_reasons(moved: list[Move]) -> list[tuple[Any, ...]]:
    """Give the rows of what changed; parts of the last run are read for these SKUs alone, before they are replaced."""
    ids = [(move.policy.pk,) for move in moved if move.policy]
    before = {}
    if ids:
        source, params = bulk.staged({"id": "bigint"}, ids)
        sql = f"SELECT policy.id, policy.parts FROM {source} JOIN {_POLICIES} AS policy ON policy.id = staged.id"
        before = {pk: json.loads(parts) for pk, parts in bulk.fetch(sql, params)}
    return [
        (*move.sku.key, move.was, move.now, why[:300])
        for move in moved
        for why in [explanations.why_changed(before[move.policy.pk] if move.policy else {}, move.parts)]
    ]


def _parts(results: Results) -> Iterator[dict[str, Any]]:
    """Give the parts of each reorder point: every number it was made from, rounded for people."""
    inputs, outputs, state, lead = results.inputs, results.outputs, results.state, results.lead
    reasons = [reorder.Reason(reason).name.lower() for reason in outputs.reason.tolist()]
    weeks = (np.nan_to_num(inputs.lead_mean_days) + np.nan_to_num(inputs.review_days)) / 7
    lifted = inputs.uplift is not None
    lift = forecast.uplift_over(inputs.uplift, weeks) if inputs.uplift is not None else np.ones(len(weeks))
    columns = {
        "point": outputs.reorder_point.tolist(),
        "safety_stock": outputs.safety_stock.tolist(),
        "batch": outputs.batch.tolist(),
        "weekly_demand": _rounded(inputs.mean),
        "variance": _rounded(inputs.variance),
        "weeks": state.weeks.tolist(),
        "weeks_with_demand": state.weeks_with_demand.tolist(),
        "lead_days": _rounded(inputs.lead_mean_days),
        "lead_sd_days": _rounded(inputs.lead_sd_days),
        "review_days": _rounded(inputs.review_days),
        "sender": lead.sender,
        "uplift": _rounded(lift) if lifted else [1.0] * len(weeks),
        "expected": _rounded(outputs.mean),
        "expected_variance": _rounded(outputs.variance),
        "distribution": outputs.family.tolist(),
        "target": inputs.target.tolist(),
        "measure": inputs.measure.tolist(),
        "fill": _rounded(outputs.fill),
        "cycle": _rounded(outputs.cycle),
        "on_hand": results.position.on_hand.tolist(),
        "inbound": results.position.inbound.tolist(),
        "owed": results.position.owed.tolist(),
        "spike": results.spikes.tolist(),
    }
    names = ["reason", *columns]
    for policy, reason, *values in zip(results.policies, reasons, *columns.values(), strict=True):
        parts = dict(zip(names, (reason, *values), strict=True))
        if reason == reorder.Reason.BAD_LEAD_TIME.name.lower() and not parts["sender"]:
            parts["reason"] = explanations.NOBODY_SUPPLIES
        if policy and policy.is_frozen(results.on):
            parts["frozen"] = _frozen(policy)
        yield parts


def _frozen(policy: Policy) -> dict[str, Any]:
    until = policy.frozen_until.isoformat() if policy.frozen_until else ""
    return {"point": policy.frozen_point, "until": until, "reason": policy.frozen_reason}


def _risk(results: Results) -> tuple[list[float | None], list[float | None]]:
    """Return the chance of a stock-out before the next order could arrive, and days of cover; None if unknown."""
    units, outputs = results.position.units, results.outputs
    chance = reorder.chance_of_stockout(units, mean=outputs.lead_mean, variance=outputs.lead_variance)
    chance[outputs.reason != reorder.Reason.COMPUTED] = np.nan
    return _rounded(chance), _rounded(reorder.days_of_cover(units, mean=results.inputs.mean))


def _rounded(values: NDArray[np.float64]) -> list[Any]:
    """Round to four places, and give None for what is unknown."""
    figures: list[Any] = np.round(values, 4).tolist()
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        figures[place] = None
    return figures


def _write(rows: list[tuple[Any, ...]]) -> None:
    taken = ", ".join(f"{name} = excluded.{name}" for name in _COMPUTED)
    bulk.insert(
        _POLICIES,
        {**_KEY, **_COMPUTED, "frozen_reason": "text"},
        rows,
        f"ON CONFLICT (product_id, warehouse_id) DO UPDATE SET {taken}",
    )


def _write_changes(changes: list[tuple[Any, ...]], on: date) -> None:
    """Write what changed; a second run of the same date corrects the row of the first."""
    if not changes:
        return
    source, params = bulk.staged({**_KEY, "was": "integer", "now": "integer", "reason": "text"}, changes)
    bulk.run(
        f'INSERT INTO {_CHANGES} (policy_id, "on", was, now, reason)'
        f" SELECT policy.id, %s, staged.was, staged.now, staged.reason FROM {source} JOIN {_POLICIES} AS policy"
        " ON policy.product_id = staged.product_id AND policy.warehouse_id = staged.warehouse_id WHERE true"
        ' ON CONFLICT (policy_id, "on") DO UPDATE SET now = excluded.now, reason = excluded.reason',
        [on.isoformat(), *params],
    )


def _take_back(again: list[int], on: date) -> None:
    """Delete the changes of a first run of this date that a second one turned back."""
    if again:
        PolicyChange.objects.filter(policy_id__in=again, on=on, was=F("now")).delete()

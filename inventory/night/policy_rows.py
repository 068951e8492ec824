"""
The results of a block as rows: numbers, the figures they were made from, and what changed since the last run and why.

The hand of ``policies`` that writes ``ReorderPolicy`` and ``PolicyChange``, by a constant number of
statements however many SKUs there are, and only the rows of which a number changed. What a person set (a frozen
value, a target) is respected and never written.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from inventory.formulas import capping, explanations, figures, forecast, reorder, risk
from inventory.formulas.classes import CELLS
from inventory.ground.sql import bulk, columns
from inventory.models import PolicyChange, ReorderPolicy
from inventory.supply import position
from inventory.supply.position import Positions

from . import history
from .skus import Bools, Floats, Ints, LeadTimes, Policies, Skus

MOST_UNITS = 2**31 - 1
LONGEST_REASON = 300
SAME = 1e-9
"""Chances are kept as they come, to rank by; their last digits are no news."""

_POLICIES = ReorderPolicy._meta.db_table
_CHANGES = PolicyChange._meta.db_table
_KEY = ("product_id", "warehouse_id")


@dataclass(frozen=True, slots=True)
class Results:
    """All that is known of the SKUs of one block after a run; arrays of shape (n,), in the order of ``skus``."""

    on: date
    skus: Skus
    policies: Policies
    lead: LeadTimes
    state: forecast.ForecastMemory
    inputs: reorder.Inputs
    outputs: reorder.Outputs
    position: Positions
    spikes: Ints
    cells: NDArray[np.str_]
    season: Floats
    launch: Floats


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a run says of each SKU: shape (n,), ``rows`` the figures (n, figures)."""

    point: Ints
    up_to: Ints
    chance: Floats
    near: Floats
    cover: Floats
    rows: Floats


def store(results: Results) -> Counter[str]:
    """Write the reorder policies of a block and what changed, and return counts."""
    numbers = numbers_of(results)
    known, rows = results.policies, numbers.rows
    moved = np.flatnonzero(known.reorder_point != numbers.point)
    reasons = _reasons(results, numbers, moved)
    _write(results, numbers, np.flatnonzero(_is_other(known, numbers)))
    _write_changes(results, numbers, moved, reasons)
    _take_back(known.pk[moved[known.computed_on[moved] == np.datetime64(results.on)]].tolist(), results.on)
    counts = Counter(changed=len(moved), spikes=int((results.spikes > 0).sum()))
    counts.update(figures.tally("reason", rows))
    if frozen := int(known.is_frozen(results.on).sum()):
        counts["frozen"] = frozen
    return counts


def numbers_of(results: Results) -> Numbers:
    """Return the numbers of each policy, and the figures behind them."""
    outputs, known = results.outputs, results.policies
    is_frozen = known.is_frozen(results.on)
    point = np.where(is_frozen, np.nan_to_num(known.frozen_point), outputs.reorder_point).astype(np.int64)
    units = results.position.units
    chances = _chances(results)
    return Numbers(
        point=point,
        up_to=np.minimum(point + outputs.batch, MOST_UNITS),
        chance=chances.lead,
        near=chances.near,
        cover=np.round(reorder.days_of_cover(units, mean=results.inputs.mean), 4) + 0.0,
        rows=_figures(results, is_frozen),
    )


def _chances(results: Results) -> risk.Chances:
    """Return how likely each runs out, computed point or not."""
    inputs, there, found = results.inputs, results.position, results.skus
    weeks = np.clip(np.nan_to_num(inputs.lead_mean_days), 0.0, risk.MOST_WEEKS * 7) / 7
    lift = 1.0 if inputs.uplift is None else forecast.uplift_over(inputs.uplift, weeks)
    # not what comes after an order of now: it is no help before
    until = 7 * risk.ahead(inputs.lead_mean_days / 7)
    near = np.full(len(found), risk.NEAR_WEEKS * 7)
    by_then, soon = position.coming(found.product, found.warehouse, until, near, on=results.on)
    return risk.of(
        level=inputs.mean,
        forward=inputs.mean * lift,
        variance=inputs.variance,
        lead_weeks=inputs.lead_mean_days / 7,
        lead_sd_weeks=inputs.lead_sd_days / 7,
        position=there.on_hand + by_then - there.owed,
        near=there.on_hand + soon - there.owed,
        is_out=risk.is_out(there.on_hand, there.waiting),
    )


def _figures(results: Results, is_frozen: Bools) -> Floats:
    """Return every number that the reorder points were made from, rounded for people, shape (n, figures)."""
    inputs, outputs, state, known = results.inputs, results.outputs, results.state, results.policies
    weeks = (np.nan_to_num(inputs.lead_mean_days) + np.nan_to_num(inputs.review_days)) / 7
    lift = np.ones(len(weeks)) if inputs.uplift is None else forecast.uplift_over(inputs.uplift, weeks)
    season = np.where(weeks > 0, results.season, 1.0)
    is_unsupplied = (outputs.reason == reorder.Reason.BAD_LEAD_TIME) & (results.lead.sender == "")
    return figures.pack(
        {
            "reason": np.where(is_unsupplied, figures.UNSUPPLIED, outputs.reason),
            "point": outputs.reorder_point,
            "safety_stock": outputs.safety_stock,
            "batch": outputs.batch,
            "weekly_demand": inputs.mean,
            "variance": inputs.variance,
            "weeks": state.weeks,
            "weeks_with_demand": state.weeks_with_demand,
            "lead_days": inputs.lead_mean_days,
            "lead_sd_days": inputs.lead_sd_days,
            "review_days": inputs.review_days,
            "sender": _coded(results.lead.sender)[2],
            "uplift": lift / season,
            "expected": outputs.mean,
            "expected_variance": outputs.variance,
            "distribution": figures.codes("distribution", outputs.family),
            "target": inputs.target,
            "measure": figures.codes("measure", inputs.measure),
            "fill": outputs.fill,
            "cycle": outputs.cycle,
            "on_hand": results.position.on_hand,
            "inbound": results.position.inbound,
            "owed": results.position.owed,
            "spike": results.spikes,
            "frozen_point": np.where(is_frozen, known.frozen_point, np.nan),
            "frozen_until": np.where(is_frozen, figures.ordinals(known.frozen_until), np.nan),
            "class": figures.codes("class", results.cells),
            "season": season,
            "launch": results.launch,
            **_more(results),
        }
    )


def _more(results: Results) -> dict[str, NDArray[Any]]:
    """Return what the points were limited and rounded by, and the demand over the lead time alone."""
    inputs, outputs = results.inputs, results.outputs
    is_limited = np.isfinite(outputs.busiest)
    last = history.last_closed_week(results.on).toordinal()
    return {
        "lead_expected": outputs.lead_mean,
        "lead_variance": outputs.lead_variance,
        "cover_weeks": inputs.cover_weeks,
        "minimum": inputs.minimum,
        "pack": inputs.pack,
        "uncapped": outputs.uncapped,
        "busiest": outputs.busiest,
        "busiest_weeks": np.where(is_limited, capping.window_weeks(inputs.lead_mean_days, inputs.review_days), np.nan),
        "busiest_until": np.where(is_limited, last, np.nan),
    }


def _is_other(known: Policies, numbers: Numbers) -> Bools:
    """Say which rows are new or no longer say what they said; a nan is like another."""
    other = (known.pk == 0) | (known.reorder_point != numbers.point)
    other |= (known.cover_days != numbers.cover) & ~(np.isnan(known.cover_days) & np.isnan(numbers.cover))
    for was, now in ((known.stockout_chance, numbers.chance), (known.near_chance, numbers.near)):
        other |= ~np.isclose(was, now, rtol=SAME, atol=0)
    is_same = (known.figures == numbers.rows) | (np.isnan(known.figures) & np.isnan(numbers.rows))
    changed: Bools = other | ~is_same.all(axis=1)
    return changed


def _write(results: Results, numbers: Numbers, rows: Ints) -> None:
    names, place, _ = _coded(results.lead.sender)
    found, known, weekly = results.skus, results.policies, figures.column(numbers.rows, "weekly_demand")
    table: columns.Table = {
        "id": known.pk[rows],
        "product_id": found.product[rows],
        "warehouse_id": found.warehouse[rows],
        "reorder_point": numbers.point[rows],
        "order_up_to": numbers.up_to[rows],
        "safety_stock": results.outputs.safety_stock[rows],
        "weekly_demand": np.nan_to_num(weekly[rows]),
        "stockout_chance": numbers.chance[rows],
        "near_chance": numbers.near[rows],
        "cover_days": numbers.cover[rows],
        "figures": numbers.rows[rows].view(f"V{figures.WIDTH}").reshape(-1),
        "computed_on": np.full(len(rows), np.datetime64(results.on)),
        "place": place[rows],
        "class_code": figures.column(numbers.rows, "class").astype(np.int64)[rows],
    }
    values = {name: f"staged.{name}" for name in table if name not in ("id", "place", "class_code", *_KEY)} | {
        "stockout_chance": "NULLIF(staged.stockout_chance, 'NaN')",
        "cover_days": "NULLIF(staged.cover_days, 'NaN')",
        "sender": "named.text",
        "abc": _letter(0),
        "xyz": _letter(1),
    }
    source, params = _named(names)
    joined = (f"LEFT JOIN {source} ON named.place = staged.place", params)
    columns.store(_POLICIES, table, key=_KEY, values=values, joined=joined)


def _letter(place: int) -> str:
    """Give the SQL that writes one letter of a class from its number; it costs no text a row."""
    cases = " ".join(f"WHEN {code} THEN '{cell[place]}'" for code, cell in enumerate(CELLS, 1))
    return f"CASE staged.class_code {cases} ELSE '' END"


def _named(texts: list[str]) -> tuple[str, list[Any]]:
    """Give a few texts as a SQL table ``named``, by place: many rows may name one."""
    return columns.looked_up("named", {"place": "bigint", "text": "text"}, list(enumerate(texts)))


def _reasons(results: Results, numbers: Numbers, moved: Ints) -> NDArray[np.object_]:
    """Say of each SKU that moved why, from the figures of the last run and of this one."""
    known = results.policies
    reasons = np.full(len(moved), explanations.FIRST, object)
    is_frozen = known.is_frozen(results.on)[moved]
    freezes = _freezes(known.pk[moved[is_frozen]].tolist())
    explained = np.flatnonzero(is_frozen | figures.is_known(known.figures[moved]))
    rows = moved[explained]
    pairs = zip(known.pk[rows].tolist(), known.figures[rows].tolist(), numbers.rows[rows].tolist(), strict=True)
    for place, (pk, was, now) in zip(explained.tolist(), pairs, strict=True):
        why = freezes.get(pk, "")
        before, after = (figures.as_parts(row, frozen_reason=why) for row in (was, now))
        reasons[place] = explanations.why_changed(before, after)[:LONGEST_REASON]
    return reasons


def _freezes(policy_ids: list[int]) -> dict[int, str]:
    """Read why a person froze these; they are few."""
    return dict(ReorderPolicy.objects.filter(pk__in=policy_ids).values_list("pk", "frozen_reason"))


def _coded(texts: NDArray[np.object_]) -> tuple[list[str], Ints, Floats]:
    """Give each text once, where each row's is among them, and a number per row that changes with its text."""
    places: dict[str, int] = {}
    place = np.array([places.setdefault(text, len(places)) for text in texts.tolist()], np.int64)
    sums = np.array([crc32(text.encode()) if text else 0 for text in places], float)
    return list(places), place, sums[place]


def _write_changes(results: Results, numbers: Numbers, moved: Ints, reasons: NDArray[np.object_]) -> None:
    """Write what changed; a second run of the same date corrects the row of the first."""
    if not len(moved):
        return
    texts, place, _ = _coded(reasons)
    named, params = _named(texts)
    changes: columns.Table = {
        "product_id": results.skus.product[moved],
        "warehouse_id": results.skus.warehouse[moved],
        "was": results.policies.reorder_point[moved],
        "now": numbers.point[moved],
        "place": place,
    }
    with columns.loaded(changes) as staged:
        bulk.run(
            f'INSERT INTO {_CHANGES} (policy_id, "on", was, now, reason)'
            f" SELECT policy.id, %s, staged.was, staged.now, named.text FROM {staged} AS staged"
            f" JOIN {_POLICIES} AS policy ON policy.product_id = staged.product_id"
            f" AND policy.warehouse_id = staged.warehouse_id LEFT JOIN {named} ON named.place = staged.place"
            " WHERE policy.product_id > %s AND policy.product_id <= %s"
            ' ON CONFLICT (policy_id, "on") DO UPDATE SET now = excluded.now, reason = excluded.reason',
            [results.on.isoformat(), *params, *results.skus.products],
        )


def _take_back(again: list[int], on: date) -> None:
    """Delete the changes of a first run of this date that a second one turned back."""
    if again:
        PolicyChange.objects.filter(policy_id__in=again, on=on, was=F("now")).delete()

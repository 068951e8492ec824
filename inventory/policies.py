"""
Reorder points, every night, for every SKU: with its hands ``history`` and ``policy_rows`` the only writer of
``ForecastState``, ``ForecastLine``, ``ReorderPolicy`` and ``PolicyChange``.

``history`` brings the forecast up to the last closed week, ``reorder`` computes, ``policy_rows`` stores what came
out, its parts, and what changed and why. Commits by block of at most 10,000 SKUs, each with a constant number of
statements; a block that fails is reported and stops no other. Running it twice changes nothing.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from . import demand, forecast, history, policy_rows, position, reorder, skus, uplift
from .forecast import Line
from .models import ForecastLine
from .policy_rows import Results
from .skus import Block, LeadTimes, Policy, Sku
from .uplift import Event

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with blocks done and blocks in all."""

MOST_EVENT_WEEKS = 60
"""How far ahead events are looked at: longer than any order takes."""
SHOWN_ERRORS = 5
UNSUPPLIED_HORIZON_DAYS = 28.0
"""How far ahead the position of a SKU is read whose lead time nobody knows."""


@dataclass(slots=True)
class Run:
    """What all blocks of one run share, and what it counts."""

    on: date
    last_week: date
    events: uplift.Events
    line: Line
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    levels: list[NDArray[np.float64]] = field(default_factory=list)
    """Per block (2, n): weekly demand and its own variance, from which the shop-wide line is fitted."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The forecast of the SKUs of one block; ``mean`` and ``variance`` (n,): units (units²) per week, 0 if none."""

    skus: list[Sku]
    events: list[tuple[Event, ...]]
    state: forecast.State
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    counts: Counter[str]


def recompute(*, on: date, progress: Progress | None = None) -> dict[str, Any]:
    """
    Compute every reorder point for this business date, and return counts.

    Weeks closed before ``on`` are absorbed first. ``errors`` names the blocks that failed.
    """
    run = Run(on, history.last_closed_week(on), uplift.load(), forecast.DEFAULT_LINE)
    blocks = skus.blocks()
    run.line = _last_line(on) or _first_line(blocks, run)
    _each(blocks, lambda block: _compute(block, run), run, progress)
    _store_line(_fit(run), on)
    run.counts["blocks"] = len(blocks)
    return {**dict(sorted(run.counts.items())), "errors": run.errors[:SHOWN_ERRORS]}


def _each(blocks: list[Block], work: Callable[[Block], Counter[str]], run: Run, progress: Progress | None) -> None:
    """Do all blocks, each in a transaction of its own; one that fails is written down, and the next is done."""
    for done, block in enumerate(blocks, 1):
        try:
            with transaction.atomic():
                counts = work(block)
        except Exception as error:
            logger.exception("The reorder points of products %s to %s failed", block[0] + 1, block[1])
            run.counts["failed_blocks"] += 1
            run.errors.append(f"Products {block[0] + 1} to {block[1]}: {type(error).__name__}: {error}")
        else:
            run.counts.update(counts)
        if progress:
            progress(done, len(blocks))


def _learn(block: Block, run: Run) -> Learned:
    """Bring the forecasts of one block up to date."""
    demand.one_writer()
    found = skus.of(block)
    events = [run.events.of(sku.product_id, sku.group) for sku in found]
    learned = history.absorb([sku.key for sku in found], events, products=block, last=run.last_week)
    empty = learned.state.weeks == 0
    mean = np.where(empty, 0.0, forecast.level(learned.state))
    variance = np.where(empty, 0.0, learned.state.variance)
    run.levels.append(np.stack([mean, variance]))
    counts = Counter(rebuilt=learned.rebuilt, advanced=learned.advanced)
    return Learned(found, events, learned.state, mean, variance, counts)


def _compute(block: Block, run: Run) -> Counter[str]:
    learned = _learn(block, run)
    if not learned.skus:
        return learned.counts
    policies = skus.policies(block)
    known = [policies.get(sku.key) for sku in learned.skus]
    lead = skus.lead_times(block, learned.skus)
    inputs = _inputs(learned, known, lead, run)
    horizon = _cover_days(inputs)
    results = Results(
        on=run.on,
        skus=learned.skus,
        policies=known,
        lead=lead,
        state=learned.state,
        inputs=inputs,
        outputs=reorder.recompute(inputs),
        position=position.of([sku.key for sku in learned.skus], on=run.on, days=horizon),
        spikes=_spikes(block, learned, inputs, run.on),
    )
    return policy_rows.store(results, learned.counts)


def _inputs(learned: Learned, policies: list[Policy | None], lead: LeadTimes, run: Run) -> reorder.Inputs:
    count = len(learned.skus)
    unset = np.full(count, np.nan)
    variance = forecast.shrunk_variance(learned.mean, learned.variance, learned.state.weeks_with_demand, line=run.line)
    targets = [policy.target if policy and policy.target else settings.SERVICE_TARGET for policy in policies]
    return reorder.Inputs(
        mean=learned.mean,
        variance=variance,
        lead_mean_days=lead.mean,
        lead_sd_days=lead.sd,
        review_days=np.maximum(lead.review, 1.0),
        target=np.array(targets, float),
        measure=np.full(count, settings.SERVICE_MEASURE),
        minimum=unset,
        pack=unset,
        cover_weeks=np.full(count, float(settings.COVER_WEEKS)),
        order_cost=unset,
        unit_cost=unset,
        holding_rate=unset,
        discontinued=np.array([sku.is_discontinued for sku in learned.skus], bool),
        weeks_since_demand=learned.state.weeks_since_demand,
        uplift=uplift.factors(learned.events, run.on, MOST_EVENT_WEEKS),
        slope=run.line.b,
    )


def _cover_days(inputs: reorder.Inputs) -> NDArray[np.float64]:
    """Return P = lead time + review in days, the horizon of the position."""
    days = inputs.lead_mean_days + inputs.review_days
    return np.where(np.isfinite(days), days, UNSUPPLIED_HORIZON_DAYS)


def _spikes(block: Block, learned: Learned, inputs: reorder.Inputs, on: date) -> NDArray[np.int64]:
    """Return the units of the open week where they exceed what its days let expect, else 0; shape (n,)."""
    days, units_of = history.open_week(block, on)
    units = np.array([units_of.get(sku.key, 0) for sku in learned.skus], np.int64)
    if not units.any():
        return units
    lift = uplift.factors(learned.events, uplift.week_of(on), 1)
    mean = inputs.mean if lift is None else inputs.mean * lift[:, 0]
    is_spike = (mean > 0) & (learned.state.weeks >= forecast.HEAD)
    is_spike[is_spike] &= reorder.is_spike(
        units[is_spike], mean=mean[is_spike], variance=inputs.variance[is_spike], days=days
    )
    return np.where(is_spike, units, 0)


def _last_line(on: date) -> Line | None:
    """
    Give the line that the last run before this week fitted, so that variances stand all week as levels do.

    Every block of a run, and every rerun of it, uses the same one.
    """
    row = _lines_before(on).first()
    return Line(row.a, row.b) if row else None


def _lines_before(on: date) -> QuerySet[ForecastLine]:
    return ForecastLine.objects.filter(fitted_on__lt=uplift.week_of(on)).order_by("-fitted_on", "-pk")


def _first_line(blocks: list[Block], run: Run) -> Line:
    """Fit the line of the very first week, which has none of the week before, by one more look at all forecasts."""
    first = Run(run.on, run.last_week, run.events, run.line)
    _each(blocks, lambda block: _learn(block, first).counts, first, None)
    run.counts.update({name: first.counts[name] for name in ("rebuilt", "advanced")})
    return _fit(first)


def _fit(run: Run) -> Line:
    mean, variance = np.concatenate([*run.levels, np.empty((2, 0))], axis=1)
    return forecast.fit_line(mean, variance)


@transaction.atomic
def _store_line(line: Line, on: date) -> None:
    """Keep the line of this date for next week, and the one in use."""
    used = list(_lines_before(on).values_list("pk", flat=True)[:1])
    ForecastLine.objects.exclude(pk__in=used).delete()
    ForecastLine.objects.create(a=line.a, b=line.b, fitted_on=on)

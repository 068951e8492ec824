"""
Reorder points, every night, for every SKU: with its hands ``history`` and ``policy_rows`` the only writer of
``ForecastState``, ``ForecastLine``, ``ReorderPolicy`` and ``PolicyChange``.

``history`` brings the forecast up to the last closed week, ``reorder`` computes, ``policy_rows`` stores what came
out, its parts, and what changed and why. Commits by block of at most 10,000 SKUs, each with a constant number of
statements; a block that fails is reported and stops no other. Running it twice changes nothing.

``blocks`` lays the blocks out as rows, so that other workers may ``help``; one worker does as well.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from inventory.demand import entries, uplift
from inventory.formulas import classes, forecast, reorder
from inventory.formulas.classes import Limits
from inventory.formulas.forecast import VarianceLine
from inventory.models import ForecastLine, ReorderBlock, ServiceTarget
from inventory.supply import position

from . import blocks, busiest, history, outlook, policy_rows, skus
from .blocks import Done
from .outlook import Outlook
from .policy_rows import Results
from .skus import Bools, Floats, Ints, LeadTimes, Policies, Skus
from .whatif import AS_IT_IS, WhatIf

Progress = Callable[[int, int], None]
"""Called with blocks done and blocks in all."""

MOST_EVENT_WEEKS = 60
"""How far ahead events are looked at: longer than any order takes."""
SHOWN_ERRORS = 5
UNSUPPLIED_HORIZON_DAYS = 28.0
"""How far ahead the position of a SKU is read whose lead time nobody knows."""
SAMPLE = 10_000
"""SKUs, spread over all, from which the line of a shop's first week is fitted."""
QUIETEST = 0.25
"""Share of a mean day that a day counts for at least, so that one sale on a closed day is no spike."""
LOOK_AGAIN_SECONDS, TELL_AGAIN_SECONDS = 0.1, 5.0
"""Between two looks at whether the others are done, and two words that this one is still there."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What all SKUs have in common for a week: the line of variances, and what makes a SKU A or B (None: nothing)."""

    line: VarianceLine
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class BlockForecast:
    """
    The forecast of the SKUs of one block.

    mean, variance: (n,), units (units²) per week, 0 if none. is_new: (n,), whose weeks were all
    absorbed anew; units: those weeks, if they were kept.
    """

    skus: Skus
    outlook: Outlook
    state: forecast.ForecastMemory
    mean: Floats
    variance: Floats
    is_new: Bools
    units: Floats | None
    counts: Counter[str]


def recompute(
    *, on: date, progress: Progress | None = None, share: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """
    Compute every reorder point for this business date, and return counts.

    Weeks closed before ``on`` are absorbed first. ``errors`` names the blocks that failed.

    :param share: told how many blocks there are once they can be worked at, so that others may be called to ``help``
    """
    ranges = skus.blocks()
    shop = _last_shop(on) or _first_shop(on)
    blocks.plan(ranges, on=on, line=shop.line, limits=shop.limits)
    if share:
        share(len(ranges))
    left, own, told = len(ranges), 0, time.monotonic()
    while left:
        if blocks.do_next(_compute):
            own += 1
        else:
            time.sleep(LOOK_AGAIN_SECONDS)
        now = blocks.left(on)
        if progress and (now < left or time.monotonic() - told >= TELL_AGAIN_SECONDS):
            told = time.monotonic()
            progress(len(ranges) - now, len(ranges))
        left = now
    return _report(on, own)


def help_out() -> int:
    """Do blocks of the night that nobody is at until there is none, and return how many."""
    count = 0
    while blocks.do_next(_compute):
        count += 1
    return count


def _report(on: date, own: int) -> dict[str, Any]:
    """Fit the figures of the whole shop from what the blocks learned, and add up their counts; ``own``: done here."""
    found = blocks.of(on)
    mean, variance, value = _levels([bytes(block.levels) for block in found])
    _store_shop(Shop(forecast.fit_line(mean, variance), classes.limits(value)), on)
    blocks.forget_levels(on)
    counts: Counter[str] = Counter(blocks=len(found))
    for block in found:
        counts.update(block.counts)
    errors = [block.error for block in found if block.error]
    if errors:
        counts["failed_blocks"] = len(errors)
    if len(found) > own:
        counts["blocks_of_helpers"] = len(found) - own
    return {**dict(sorted(counts.items())), "errors": errors[:SHOWN_ERRORS]}


def _compute(block: ReorderBlock) -> Done:
    """Compute the reorder points of one block: learn, look up, compute, store."""
    on, shop = block.on, Shop(VarianceLine(block.line_a, block.line_b), _limits(block))
    learned = _learn((block.after, block.until), on)
    found = learned.skus
    if not len(found):
        return Done(learned.counts, b"")
    learned.counts.update(policy_rows.store(_results(learned, shop, on)))
    return Done(learned.counts, np.stack([learned.mean, learned.variance, _value(found, learned.mean)]).tobytes())


def _results(learned: BlockForecast, shop: Shop, on: date, what: WhatIf = AS_IT_IS) -> Results:
    """Compute what was learned into reorder points, with all that they rest on."""
    found = learned.skus
    known = what.policies(skus.policies(found))
    lead = what.lead_times(skus.lead_times(found))
    launch = outlook.launching(found, learned.outlook, learned.state, on=on, weeks=_cover_days(lead) / uplift.DAYS)
    given, cells = _inputs(learned, known, lead, launch, shop=shop, on=on)
    inputs = what.inputs(given)
    return Results(
        on=on,
        skus=found,
        policies=known,
        lead=lead,
        state=learned.state,
        inputs=inputs,
        outputs=_outputs(learned, known, inputs, launch, on),
        position=position.of(found.product, found.warehouse, on=on, days=_cover_days(lead)),
        spikes=_spikes(learned, inputs, on),
        cells=cells,
        season=learned.outlook.season_over(on, _cover_days(lead) / uplift.DAYS),
        launch=launch,
    )


@transaction.atomic
def supposing(product_id: int, *whats: WhatIf, on: date) -> list[Results]:
    """Compute the reorder points of one product as a night would, once for each supposition; nothing is stored."""
    found = skus.of((product_id - 1, product_id))
    if not len(found):
        return []
    state = history.relearned(found, around := outlook.of(found), last=history.last_closed_week(on))
    learned = BlockForecast(found, around, state, *_level(state), np.ones(len(found), bool), None, Counter())
    return [_results(learned, shop_of(on), on, what) for what in whats]


def shop_of(on: date) -> Shop:
    """Give what a night of this date uses; in the first week what the last night did, which is not fitted again."""
    block = ReorderBlock.objects.order_by("-on").first()
    used = (
        Shop(VarianceLine(block.line_a, block.line_b), _limits(block)) if block else Shop(forecast.DEFAULT_LINE, None)
    )
    return _last_shop(on) or used


def _learn(block: skus.Block, on: date) -> BlockForecast:
    """Bring the forecasts of one block up to date."""
    entries.no_writer()
    found = skus.of(block)
    around = outlook.of(found)
    learned = history.absorb(found, around, last=history.last_closed_week(on))
    mean, variance = _level(learned.state)
    counts = Counter({"skus": len(found), "rebuilt": learned.rebuilt, "advanced": learned.advanced})
    return BlockForecast(found, around, learned.state, mean, variance, learned.is_rebuilt, learned.units, counts)


def _level(state: forecast.ForecastMemory) -> tuple[Floats, Floats]:
    """Return demand a week and its own variance, shape (n,) each, 0 for a SKU without a week."""
    empty = state.weeks == 0
    return np.where(empty, 0.0, forecast.level(state)), np.where(empty, 0.0, state.variance)


def _value(found: Skus, mean: Floats) -> Floats:
    """Return what the demand of a year earns, shape (n,), by what the shop values (setting CLASS_VALUE)."""
    by_margin = settings.CLASS_VALUE == "margin"
    return classes.yearly_value(mean, price=found.price, cost=found.cost, by_margin=by_margin)


def _inputs(
    learned: BlockForecast, known: Policies, lead: LeadTimes, launch: Floats, *, shop: Shop, on: date
) -> tuple[reorder.Inputs, NDArray[np.str_]]:
    """Give what the reorder points are computed from, and the class of each SKU."""
    count = len(learned.skus)
    unset = np.full(count, np.nan)
    is_launch = np.isfinite(launch)
    mean = np.where(is_launch, launch, learned.mean)
    own = np.where(is_launch, np.nan, learned.variance)
    variance = forecast.shrunk_variance(mean, own, learned.state.weeks_with_demand, line=shop.line)
    value = classes.abc(_value(learned.skus, learned.mean), shop.limits)
    cells = np.where(value == classes.UNKNOWN, "", np.char.add(value, classes.xyz(mean, variance)))
    by_cell = dict(ServiceTarget.objects.values_list("cell", "target"))
    aim = classes.targets(cells, by_cell, default=settings.SERVICE_TARGET)
    inputs = reorder.Inputs(
        mean=mean,
        variance=variance,
        lead_mean_days=lead.mean,
        lead_sd_days=lead.sd,
        review_days=np.maximum(lead.review, 1.0),
        target=np.where(np.isnan(known.target), aim, known.target),
        measure=np.full(count, settings.SERVICE_MEASURE),
        minimum=lead.minimum.astype(float),
        pack=lead.pack.astype(float),
        cover_weeks=np.full(count, float(settings.COVER_WEEKS)),
        order_cost=unset,
        unit_cost=unset,
        holding_rate=unset,
        discontinued=learned.skus.is_discontinued,
        weeks_since_demand=np.where(is_launch, 0, learned.state.weeks_since_demand),
        uplift=learned.outlook.lift(on, MOST_EVENT_WEEKS),
        slope=shop.line.b,
        weekdays=learned.outlook.weekdays_from(on),
    )
    return inputs, cells


def _outputs(
    learned: BlockForecast, known: Policies, inputs: reorder.Inputs, launch: Floats, on: date
) -> reorder.Outputs:
    """Compute the reorder points, and limit those of lumpy demand by what was ever asked for in so long a time."""
    last = history.last_closed_week(on)
    seen = busiest.Seen(learned.skus, known, learned.state, learned.is_new, learned.units, last)
    return seen.limited(inputs, reorder.recompute(inputs), is_launch=np.isfinite(launch))


def _cover_days(lead: LeadTimes) -> Floats:
    """Return P = lead time + review in days, the horizon of the position."""
    days = lead.mean + np.maximum(lead.review, 1.0)
    return np.where(np.isfinite(days), days, UNSUPPLIED_HORIZON_DAYS)


def _spikes(learned: BlockForecast, inputs: reorder.Inputs, on: date) -> Ints:
    """Return the units of the open week where they exceed what its days let expect, else 0; shape (n,)."""
    days, units = history.open_week(learned.skus, on)
    if not units.any():
        return units
    lift = learned.outlook.lift(uplift.week_of(on), 1)
    mean = inputs.mean if lift is None else inputs.mean * lift[:, 0]
    is_spike = (units > 0) & (mean > 0) & (learned.state.weeks >= forecast.HEAD)
    weekdays = learned.outlook.weekdays_from(uplift.week_of(on))
    share = days if weekdays is None else max(float(weekdays[:days].sum()), days * QUIETEST)
    is_spike[is_spike] &= reorder.is_spike(
        units[is_spike], mean=mean[is_spike], variance=inputs.variance[is_spike], days=share
    )
    return np.where(is_spike, units, 0)


def _limits(row: ReorderBlock | ForecastLine) -> Limits | None:
    return None if row.value_of_a is None or row.value_of_b is None else Limits(row.value_of_a, row.value_of_b)


def _last_shop(on: date) -> Shop | None:
    """
    Give what the last run before this week fitted, so that variances and classes stand all week as levels do.

    Every block of a run, and every rerun of it, uses the same.
    """
    row = _lines_before(on).first()
    return Shop(VarianceLine(row.a, row.b), _limits(row)) if row else None


def _lines_before(on: date) -> QuerySet[ForecastLine]:
    return ForecastLine.objects.filter(fitted_on__lt=uplift.week_of(on)).order_by("-fitted_on", "-pk")


@transaction.atomic
def _first_shop(on: date) -> Shop:
    """Fit the figures of the very first week, which has none of the week before, from a sample of all SKUs."""
    found = skus.sample(SAMPLE)
    if not len(found):
        return Shop(forecast.DEFAULT_LINE, None)
    mean, variance = _level(history.relearned(found, outlook.of(found), last=history.last_closed_week(on)))
    return Shop(forecast.fit_line(mean, variance), classes.limits(_value(found, mean)))


def _levels(parts: list[bytes]) -> Floats:
    """Return the levels and values of all blocks, shape (3, n)."""
    levels: Floats = np.concatenate([np.frombuffer(part).reshape(3, -1) for part in [b"", *parts]], axis=1)
    return levels


@transaction.atomic
def _store_shop(shop: Shop, on: date) -> None:
    """Keep the figures of this date for next week, and those in use."""
    used = list(_lines_before(on).values_list("pk", flat=True)[:1])
    ForecastLine.objects.exclude(pk__in=used).delete()
    a, b = (shop.limits.a, shop.limits.b) if shop.limits else (None, None)
    ForecastLine.objects.create(a=shop.line.a, b=shop.line.b, value_of_a=a, value_of_b=b, fitted_on=on)

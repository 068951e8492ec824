"""
What another strategy would do to those who wait: computed without writing, kept as a run, applied or not.

The plan is ``allocation.planned``, the same that settles the queue; only the order of its lines differs. Applying a
run writes that order as places in the queue (``ordering.rank``), so that it survives every later plan; it is
refused if a fact has moved since. Units on hand stay with whom they are set aside for, unless the run was made with
``moves_on_hand``. The only writer of ``SimulationRun``.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inventory.models import Product
from orders import allocation
from orders.allocation import reading, supply
from orders.allocation.reading import LineState
from orders.allocation.supply import Supplies
from orders.allocation.writing import Change
from orders.models import UNPINNED, OrderLine, SimulationRun
from orders.rules import strategies
from orders.rules.planning import plan
from orders.rules.strategies import Strategy, Waiter

from . import ordering, outcomes

HORIZON_DAYS = 30
"""Orders completed and value released are counted up to so many days ahead."""
MOST_LINES = 50_000
"""Lines of one run."""
MOST_APPLIED = 5_000
"""Lines of several products that are applied at once: their locks are held for about two seconds."""


class SimulationOutdated(Exception):
    """The facts have moved since the run."""


class AlreadyApplied(Exception):
    """The run was applied before."""


class NotAnOrdering(Exception):
    """The strategy is no order of the queue, so no queue can keep it."""


class TooManyLines(Exception):
    """More lines than one run takes."""


@dataclass(frozen=True, slots=True)
class _Replanned:
    """One strategy over the facts: lines in its order, as a strategy and as allocation sees them, and what changes."""

    waiters: list[Waiter]
    lines: list[LineState]
    supplies: Supplies
    changes: list[Change]
    stuck: set[int]
    fingerprint: str


def run(
    strategy: Strategy,
    product_ids: Collection[int] | None,
    *,
    moves_on_hand: bool = False,
    by: User | None,
    at: datetime,
) -> SimulationRun:
    """
    Plan these products under another strategy and keep what it would change; no order, date or unit moves.

    :param product_ids: None: all that somebody waits for
    :param moves_on_hand: units set aside for somebody may go to somebody else
    :raises TooManyLines: if that is more than ``MOST_LINES`` lines
    """
    wanted = set(product_ids) if product_ids is not None else _waited_for()
    trial = _try(strategy, wanted, moves_on_hand=moves_on_hand, at=at)
    before, after = outcomes.differences(trial.changes)
    prices = {waiter.line_id: waiter.value for waiter in trial.waiters}
    weights = outcomes.Weights(prices, trial.stuck, _horizon(at), at)
    return SimulationRun.objects.create(
        strategy=strategy.value,
        moves_on_hand=moves_on_hand,
        inputs={
            "product_ids": sorted(wanted),
            "is_all": product_ids is None,
            "lines": len(trial.lines),
            "horizon": _horizon(at).isoformat(),
        },
        before=before,
        after=after,
        summary=outcomes.figures(trial.lines, trial.changes, trial.supplies, weights),
        fingerprint=trial.fingerprint,
        by=by,
        at=at,
    )


@transaction.atomic
def apply(run_id: int, *, by: User | None, at: datetime) -> int:
    """
    Do exactly what the run showed, by putting the lines in its order; customers whose date moves are told.

    :returns: lines that have another place in the queue
    :raises NotAnOrdering: if the strategy is equal shares
    :raises TooManyLines: if it moves more than one product and more than ``MOST_APPLIED`` lines
    :raises AlreadyApplied: if it was applied before
    :raises SimulationOutdated: if the facts have moved since; nothing is written then
    """
    agreed = SimulationRun.objects.get(pk=run_id)
    strategy = Strategy(agreed.strategy)
    if not strategy.is_an_order:
        raise NotAnOrdering(
            "Equal shares are no order of the queue: the next plan would undo them. They can be looked at."
        )
    product_ids = agreed.inputs["product_ids"]
    if agreed.inputs["lines"] > MOST_APPLIED and len(product_ids) > 1:
        raise TooManyLines(
            f"That is more than {MOST_APPLIED:,} lines to move at once. Simulate a part of the products."
        )
    trial = _try(strategy, product_ids, moves_on_hand=agreed.moves_on_hand, at=at)
    if not SimulationRun.objects.filter(pk=run_id, applied_at=None).update(applied_at=at, applied_by=by):
        raise AlreadyApplied("This simulation was applied before. Nothing was done again.")
    if trial.fingerprint != agreed.fingerprint:
        raise SimulationOutdated(
            "Orders, stock or dates of these products have moved since this was computed. "
            "Nothing was done: run the simulation again."
        )
    queues: dict[int, list[int]] = defaultdict(list)
    for waiter in trial.waiters:
        queues[waiter.product_id].append(waiter.line_id)
    return ordering.rank(
        queues,
        reason=f"simulation {run_id}, {strategy.label}",
        cause=f"simulation:{run_id}",
        moves_on_hand=agreed.moves_on_hand,
        by=by,
        at=at,
    )


def _waited_for() -> set[int]:
    return set(OrderLine.objects.backordered().order_by().values_list("product_id", flat=True).distinct())


def _horizon(at: datetime) -> date:
    return timezone.localtime(at).date() + timedelta(days=HORIZON_DAYS)


def _try(strategy: Strategy, product_ids: Collection[int], *, moves_on_hand: bool, at: datetime) -> _Replanned:
    """Read the facts under the product locks, so that they belong together, and plan them."""
    some = OrderLine.objects.open().filter(product__in=product_ids, is_stopped=False)
    rows = some if moves_on_hand else some.backordered()
    if rows[: MOST_LINES + 1].count() > MOST_LINES:
        raise TooManyLines(f"That is more than {MOST_LINES:,} lines. Name the products, or a part of them.")
    with transaction.atomic():
        Product.objects.lock(product_ids)
        read = reading.queue(product_ids, short=product_ids if moves_on_hand else ())
        lines = [line for line in read if not line.is_stopped and (line.backordered or moves_on_hand)]
        supplies = supply.read(product_ids, claimed=reading.claimed(lines))
        stuck = _stuck(product_ids, at)
        columns = ("pk", "placed_at", "queue_at", "pin_rank", "priority", "unit_price")
        marks = {pk: values for pk, *values in rows.values_list(*columns)}
    units = {
        product_id: supplies.of(product_id, outstanding=True, allocated=moves_on_hand) for product_id in product_ids
    }
    known = [_waiter(line, marks[line.line_id], stuck, moves_on_hand) for line in lines]
    waiters = strategies.ordered(strategy, known, units, lift_days=settings.PRIORITY_LIFT_DAYS)
    by_id = {line.line_id: line for line in lines}
    queue = [by_id[waiter.line_id] for waiter in waiters]
    share = plan if strategy.is_an_order else strategies.equally
    changes = allocation.planned(queue, supplies, excess={}, moves_on_hand=moves_on_hand, share=share, at=at)
    return _Replanned(waiters, queue, supplies, changes, stuck, _fingerprint(waiters, queue, supplies, changes))


def _waiter(line: LineState, marks: list[Any], stuck: set[int], moves_on_hand: bool) -> Waiter:
    placed_at, queue_at, pin_rank, priority, price = marks
    demand = line.demand()
    return Waiter(
        demand._replace(quantity=line.open) if moves_on_hand else demand,
        line.product_id,
        line.order_id,
        placed_at,
        queue_at,
        pin_rank,
        pin_rank != UNPINNED,
        priority,
        price,
        line.order_id in stuck,
    )


def _stuck(product_ids: Collection[int], at: datetime) -> set[int]:
    """The orders that wait, up to the horizon, for a product which is not part of the plan."""
    late = Q(uncovered__gt=0) | Q(likely_date=None) | Q(likely_date__gt=_horizon(at))
    orders = OrderLine.objects.backordered().filter(product__in=product_ids).values("order_id")
    others = OrderLine.objects.backordered().filter(late, order_id__in=orders).exclude(product__in=product_ids)
    return set(others.values_list("order_id", flat=True))


def _fingerprint(waiters: list[Waiter], lines: list[LineState], supplies: Supplies, changes: list[Change]) -> str:
    """Name the facts a run rests on and what came of them: the same again, or it is another run."""
    parts: list[object] = [
        *waiters,
        *(_named(line) for line in lines),
        *sorted(supplies.shelves.values()),
        *sorted(supplies.roads.values(), key=lambda road: road.inbound_id),
        *sorted(supplies.places.values()),
        *sorted((product_id, sorted(days.items())) for product_id, days in supplies.lead_times.items()),
        *(_named(change.after) for change in changes),
    ]
    # not spent.fingerprint: it is kept with each run, and a plan of 20,000 lines is told part by part, not as one text
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(part).encode())
    return digest.hexdigest()


def _named(line: LineState) -> Mapping[str, object]:
    claims = sorted((stock_id or 0, inbound_id or 0, units) for (stock_id, inbound_id), units in line.claims.items())
    return {"line": line.line_id, "facts": outcomes.facts(line), "promised": line.promised_date, "claims": claims}

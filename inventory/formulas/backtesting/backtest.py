"""
What a method would have done: history replayed period by period, each decision with only the past known.

Pure NumPy over the SKU axis. Every method keeps the same kind of shelf: stock is reviewed at the start of each
period; at or below the method's reorder point, what is missing up to its level is ordered, by the supplier's minimum
and pack, and arrives a fixed number of periods later. Demand that finds nothing waits for it. Only the levels differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inventory.formulas.distributions import Bools, Floats, Ints
from inventory.formulas.reorder import CYCLE, order_quantity

from .launching import LaunchesSeen
from .methods import METHODS, Method
from .nights import NOTHING_ELSE, LeadsAt, Night, Target

WARM_UP = 12
"""Periods of a SKU's own history that are only looked at."""
LONGEST_LEAD = 520

Progress = Callable[[int, int], object]
"""Called with periods done and periods in all."""


class NothingToMeasure(ValueError):
    """No SKU has enough history for its warm-up and a whole lead time after it."""


@dataclass(frozen=True, slots=True)
class Score:
    """
    What one method achieved at one target, over all SKUs and measured periods together; None is "no data".

    cycle_service: share of replenishment cycles without a stock-out. A cycle is the time that one review has to
    cover, from it until the order of the next one can arrive: P = lead time + 1 periods, one per SKU and period.
    fill_rate: share of the units asked for that were handed over in the same period.
    cover: mean stock on hand, in periods of mean demand. backordered: units that had to wait.
    """

    method: str
    target: Target
    cycle_service: float
    fill_rate: float | None
    cover: float | None
    backordered: float


def run(
    demand: Floats,
    *,
    lead: int,
    targets: Sequence[Target],
    measure: str = CYCLE,
    methods: Sequence[str] = tuple(METHODS),
    night: Night = NOTHING_ELSE,
    progress: Progress | None = None,
) -> list[Score]:
    """
    Replay ``demand``, shape (n, periods): units, nan before a SKU was sold and where nothing is known.

    A SKU's shelf opens, full, once 12 periods are known and one unit was sold: before that no method has
    anything to go by, unless its group has shown how launches go: then a week after its first sale. It is measured a
    lead time later, when what was ordered on it has come.

    :param lead: lead time in whole periods; with 0, an order arrives before the demand of its period. ``night`` may
        know one of each SKU
    :param targets: service levels between 0 and 1 of what ``measure`` says, "cycle" or "fill"
    :raises NothingToMeasure: if no SKU gets that far
    """
    count, periods = demand.shape
    leads = night.longest(count, lead)
    begun = None if night.groups is None else LaunchesSeen(night.groups)
    made = {name: METHODS[name](count, span=lead + 1.0, measure=measure, night=night) for name in methods}
    trials = [
        _MethodAtWork(name, method, {target: SimulatedStock.empty(leads, night) for target in targets})
        for name, method in made.items()
    ]
    known_so_far, sold_so_far, opened = np.zeros(count, np.int64), np.zeros(count), np.full(count, -1)
    for period in range(periods):
        units = demand[:, period]
        known = ~np.isnan(units)
        is_ready = (opened >= 0) | (known_so_far >= WARM_UP) & (sold_so_far > 0)
        here = known & (is_ready if begun is None else is_ready | begun.is_new(known_so_far))
        opened += here
        now = night.learned.at(period) if night.learned else None
        for trial in trials:
            trial.pass_period(units, opened=np.where(here, opened, -1), leads=now)
        if begun:
            begun.absorb(units)
        known_so_far += known
        sold_so_far += np.where(known, units, 0.0)
        if progress:
            progress(period + 1, periods)
    if not any(shelf.cycles for trial in trials for shelf in trial.shelves.values()):
        least = int(leads.min(initial=LONGEST_LEAD))
        raise NothingToMeasure(
            f"Nothing can be measured: no item has more than {WARM_UP + least} known periods with a sale among the "
            f"first of them ({WARM_UP} to warm up, {least} of lead time). Take a longer history or a shorter lead time."
        )
    return [shelf.score(trial.name, target) for trial in trials for target, shelf in trial.shelves.items()]


@dataclass(slots=True)
class SimulatedStock:
    """
    Stock of n SKUs under one method and target, and what happened to it.

    net (n,): units on hand less units owed. lead (n,): periods that an order of now takes; first (n,): that one took
    when the shelf was opened. coming (longest lead + 1, n): units by the period they arrive in, in turn. minimum, pack:
    (n,) or 1, units.
    """

    net: Floats
    lead: Ints
    first: Ints
    coming: Floats
    minimum: Floats
    pack: Floats
    turn: int = 0
    cycles: int = 0
    good_cycles: int = 0
    asked: float = 0.0
    short: float = 0.0
    held: float = 0.0

    @classmethod
    def empty(cls, lead: Ints, night: Night = NOTHING_ELSE) -> "SimulatedStock":
        count, one = len(lead), np.ones(1)
        minimum, pack = (one if terms is None else terms for terms in (night.minimum, night.pack))
        return cls(np.zeros(count), lead, lead, np.zeros((int(lead.max(initial=0)) + 1, count)), minimum, pack)

    def pass_period(self, units: Floats, levels: tuple[Floats, Floats], *, opened: Ints) -> None:
        """
        Order, receive, serve and measure one period.

        :param opened: (n,), periods since the shelf of a SKU was opened; -1 where this one does not count
        """
        order = np.where(opened >= 0, self._wanted(*levels, is_first=opened == 0), 0.0)
        self.coming[(self.turn + self.lead * (opened != 0)) % len(self.coming), np.arange(len(order))] += order
        start = self.net + self.coming[self.turn]
        self.coming[self.turn] = 0.0
        self.turn = (self.turn + 1) % len(self.coming)
        asked = np.where(opened >= 0, units, 0.0)
        self.net = start - asked
        self.first = np.where(opened == 0, self.lead, self.first)
        self._measure(start, asked, (opened >= 0) & (opened >= self.first))

    def _wanted(self, point: Floats, up_to: Floats, *, is_first: Bools) -> Floats:
        """Return the units to order, (n,): a shelf that opens is filled to the unit."""
        position = self.net + self.coming.sum(axis=0)
        missing = np.where((position <= point) | is_first, np.maximum(up_to - position, 0.0), 0.0)
        if (np.maximum(self.minimum, self.pack) <= 1).all():
            return missing
        bought = order_quantity(missing, minimum=self.minimum, pack=self.pack).astype(float)
        return np.where(is_first, missing, bought)

    def _measure(self, start: Floats, asked: Floats, rows: Bools) -> None:
        start, asked, end = start[rows], asked[rows], self.net[rows]
        self.cycles += len(end)
        self.good_cycles += int((end >= 0).sum())
        self.asked += float(asked.sum())
        self.short += float((asked - np.clip(start, 0.0, asked)).sum())
        self.held += float((np.maximum(start, 0.0) + np.maximum(end, 0.0)).sum() / 2)

    def score(self, method: str, target: Target) -> Score:
        """Give the figures of all periods measured."""
        fill, cover = (1 - self.short / self.asked, self.held / self.asked) if self.asked else (None, None)
        return Score(method, target, self.good_cycles / self.cycles, fill, cover, self.short)


@dataclass(frozen=True, slots=True)
class _MethodAtWork:
    """One method at work on one shelf for each target."""

    name: str
    method: Method
    shelves: dict[Target, SimulatedStock]

    def pass_period(self, units: Floats, *, opened: Ints, leads: LeadsAt | None) -> None:
        if leads:
            self.method.expect(leads.mean, leads.sd)
        if (opened >= 0).any():
            for target, shelf in self.shelves.items():
                shelf.lead = leads.takes if leads else shelf.lead
                shelf.pass_period(units, self.method.levels(target), opened=opened)
        self.method.absorb(units)

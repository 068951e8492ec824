"""What the nights that a backtest replays knew beside demand. Pure NumPy over the SKU axis."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np

from inventory.formulas.distributions import Bools, Floats, Ints

CLASS = "class"
"""In place of a target: each SKU's own, that of its class."""
Target = float | str
"""A service level, or ``CLASS``."""


class LeadsAt(NamedTuple):
    """
    Lead times of n SKUs at the start of a period, in periods, (n,).

    mean, sd: as they were learned by then; takes: whole periods that an order of then really takes.
    """

    mean: Floats
    sd: Floats
    takes: Ints


class LeadsLearned(Protocol):
    """Lead times as they came to be known, one period after the other; ``longest`` (n,): that any order takes."""

    longest: Ints

    def at(self, period: int) -> LeadsAt:
        """Give them as they stand at the start of a period; asked for in order, each once."""


@dataclass(frozen=True, slots=True)
class Night:
    """
    What a night knows of n SKUs beside their demand; arrays of shape (n,), None where nothing is known.

    cover: periods that one order should last; 0: one unit is ordered as soon as another. lead, lead_sd: periods,
    instead of those of all; learned: as they came to be known, instead of both. minimum, pack: units. earns: money each
    unit earns; by_class: targets of classes, default: of what has none, own: what a person set, nan for nothing. lift:
    (n, periods), by how much events lifted each, those to come too. censored: (n, periods), sales on days without
    stock. groups: whose season is learned from ``start`` on, and whose launches, in weeks; -1 for none.
    """

    cover: float = 0.0
    lead: Ints | None = None
    lead_sd: Floats | None = None
    learned: LeadsLearned | None = None
    minimum: Floats | None = None
    pack: Floats | None = None
    earns: Floats | None = None
    by_class: dict[str, float] = field(default_factory=dict)
    default: float = 0.95
    own: Floats | None = None
    lift: Floats | None = None
    censored: Bools | None = None
    groups: Ints | None = None
    start: date | None = None

    def span(self, count: int, usual: float) -> Floats:
        """Return P = lead time + 1 in periods, (n,)."""
        return np.full(count, usual, float) if self.lead is None else self.lead.astype(float) + 1

    def longest(self, count: int, usual: int) -> Ints:
        """Return how many periods an order takes at most, (n,)."""
        if self.learned:
            return self.learned.longest
        return np.full(count, usual) if self.lead is None else self.lead


NOTHING_ELSE = Night()

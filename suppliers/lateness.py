"""
How many days after the day they confirmed goods come. Pure arithmetic; writes nothing.

Most come on the day and a few come very late, and lateness hardly grows with the time confirmed. So it is learned in
days, as it was seen and no curve through it: a supplier's last lines, pooled with those of the whole shop. What is
overdue is another question: how much later, given that it is so late, grows with the root of the time confirmed
(rules §2.4 and §2.5; decision record 0048 has what was measured).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from inventory.formulas import arrival_days
from inventory.formulas.arrival_days import ArrivalDays

Floats = NDArray[np.float64]

SHOP_WEIGHT = 5.0
"""So many lines of its own weigh as much as all that the shop has seen."""
UNKNOWN_WEIGHT = 5.0
"""So many lines of the shop weigh as much as what is assumed while nothing is known."""
MOST_LESSONS = 80
"""Lines that are remembered of a supplier or an offer: suppliers change, and older ones speak of another one."""
LATE_OF_ITS_OWN = 5
"""From so many late lines on, an offer has a record of its own."""
FEW = 5
"""With fewer lines of its own, none counts as later than all but the latest that the shop has seen."""
FARTHEST = 0.99
MOST_EASED = 5
"""Days by which new lessons move a date at a time."""
LONGEST_WAIT = 365
_UNKNOWN_DAYS = [0.0] * 18 + [7.0, 45.0]
_UNKNOWN_ROOTS = [0.2, 0.5, 0.9, 1.4, 2.0, 2.7, 3.6, 4.8, 6.5, 10.0]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How a line kept its word: days after the one confirmed first (below zero: before it), and days confirmed."""

    late: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Pool:
    """What was seen, from the least to the most, and the weight of all up to each."""

    values: Floats
    weights: Floats

    @classmethod
    def of(cls, parts: Iterable[tuple[Sequence[float] | Floats, float]]) -> "Pool":
        """Put together values, each part with the weight that all of it has; a part without values has none."""
        seen = [(np.asarray(values, float), weight) for values, weight in parts if len(values)]
        values = np.concatenate([each for each, _ in seen])
        weights = np.concatenate([np.full(len(each), weight / len(each)) for each, weight in seen])
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.cumsum(weights[order]))

    def at(self, chance: float, *, beyond: float = -np.inf) -> float | None:
        """Give the least value that this share of those above ``beyond`` does not exceed; None if none is above."""
        first = int(np.searchsorted(self.values, beyond, "right"))
        passed = self.weights[first - 1] if first else 0.0
        if first == len(self.values):
            return None
        place = int(np.searchsorted(self.weights, passed + chance * (self.weights[-1] - passed) - _ROUNDING))
        return float(self.values[min(max(place, first), len(self.values) - 1)])

    def mean(self) -> float:
        return float(np.average(self.values, weights=np.diff(self.weights, prepend=0.0)))


@dataclass(frozen=True, slots=True)
class PastLateness:
    """What a date may be made from: days late, none below 0; and of those that were, days late ÷ √days confirmed."""

    days: Pool
    roots: Pool

    def late(self, chance: float) -> int:
        """Give the days after the confirmed one within which goods come with this chance; 0 at least."""
        return ceil((self.days.at(chance) or 0.0) - _ROUNDING)

    def overdue(self, chance: float, *, by: int, confirmed: int) -> int:
        """Give the days after the confirmed one within which goods come that are ``by`` days late and not here."""
        root = sqrt(max(1, confirmed))
        beyond = by / root
        value = self.roots.at(chance, beyond=beyond)
        if value is None:
            # later than any before: from here on as if each day had the same chance
            value = beyond - log1p(-chance) * self.roots.mean()
        return min(max(ceil(value * root - _ROUNDING), by + 1), by + LONGEST_WAIT)


def shop(days_late: Sequence[float] | Floats, late: Iterable[Punctuality]) -> PastLateness:
    """
    Give the record of the whole shop, in which what is assumed while nothing is known fades.

    :param days_late: of all lines
    :param late: those that were
    """
    seen = np.maximum(np.asarray(days_late, float), 0.0)
    roots = _roots(late)
    return PastLateness(
        Pool.of([(seen, float(len(seen))), (_UNKNOWN_DAYS, UNKNOWN_WEIGHT)]),
        Pool.of([(roots, float(len(roots))), (_UNKNOWN_ROOTS, UNKNOWN_WEIGHT)]),
    )


def pooled(lessons: Sequence[Punctuality], shop: PastLateness) -> PastLateness:
    """Pool a supplier's or an offer's own lines, the latest of them last, with the shop's."""
    own = lessons[-MOST_LESSONS:]
    most = shop.days.at(FARTHEST) if len(own) < FEW else None
    days = [float(max(0, each.late)) if most is None else min(float(max(0, each.late)), most) for each in own]
    roots = _roots(own)
    return PastLateness(_joined(days, shop.days), _joined(roots, shop.roots))


def _joined(own: Sequence[float], shop: Pool) -> Pool:
    if not own:
        return shop
    values = np.concatenate([np.asarray(own, float), shop.values])
    share = np.diff(shop.weights, prepend=0.0) * (SHOP_WEIGHT / shop.weights[-1])
    weights = np.concatenate([np.ones(len(own)), share])
    order = np.argsort(values, kind="stable")
    return Pool(values[order], np.cumsum(weights[order]))


def _roots(lessons: Iterable[Punctuality]) -> list[float]:
    return [each.late / sqrt(max(1, each.confirmed)) for each in lessons if each.late > 0]


def has_its_own(lessons: Sequence[Punctuality]) -> bool:
    """Say if an offer was late so often that its supplier's other goods say less of it than it does."""
    return sum(each.late > 0 for each in lessons[-MOST_LESSONS:]) >= LATE_OF_ITS_OWN


def day(record: PastLateness, chance: float, *, sent: date, confirmed: date, today: date) -> date:
    """
    Give the day by which goods confirmed for a day are here with this chance, none before the confirmed one.

    On that day they may still come. Once it has passed they come tomorrow at the earliest, and in a year at most.
    """
    if today <= confirmed:
        return confirmed + timedelta(min(record.late(chance), LONGEST_WAIT))
    days = record.overdue(chance, by=(today - confirmed).days, confirmed=(confirmed - sent).days)
    return confirmed + timedelta(days)


def eased(target: date, was: date) -> date:
    """
    Move a date towards another as far as lessons move it at a time.

    >>> eased(date(2026, 3, 30), date(2026, 3, 2)), eased(date(2026, 3, 1), date(2026, 3, 2))
    (datetime.date(2026, 3, 7), datetime.date(2026, 3, 1))
    """
    most = timedelta(MOST_EASED)
    return min(max(target, was - most), was + most)


def all_eased(targets: ArrivalDays, were: ArrivalDays) -> ArrivalDays:
    """Ease each of the days an inbound stores; they keep their order."""
    return ArrivalDays(*map(eased, targets, were))


def days(record: PastLateness, *, sent: date, confirmed: date, today: date) -> ArrivalDays:
    """Give the days that an inbound stores."""
    return arrival_days.of(lambda chance: day(record, chance, sent=sent, confirmed=confirmed, today=today))

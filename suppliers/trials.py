"""
What the dates of a shop's own past would have been: its deliveries replayed in time order, each order dated on the day
it was sent, with only what had come by then known. Reads nothing but what it is given, and writes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Any

import numpy as np

from . import lateness, leadtimes
from .lateness import Punctuality

CHANCES = (0.5, 0.8, 0.9, 0.95)
OVERDUE = (0, 7, 14, 30)
AFTER = ((0, 0), (1, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
"""Lines by how many of their supplier had come before."""
ENOUGH = 100
"""Lines of a group that is judged."""
TOLERANCE = 0.05


class NothingToReplay(ValueError):
    """No line has the day it was sent, the day confirmed and the day it came."""


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """One line that came."""

    supplier: str
    item: str
    sent: date
    confirmed: date | None
    came: date
    quoted: int | None

    @property
    def stated(self) -> int | None:
        """The days quoted, else those confirmed, as if they had been a quote."""
        return self.quoted or (self.kept.confirmed if self.confirmed else None)

    @property
    def kept(self) -> Punctuality:
        assert self.confirmed
        return Punctuality((self.came - self.confirmed).days, leadtimes.days_stated(self.sent, self.confirmed))


@dataclass(frozen=True, slots=True)
class _Dated:
    """A line as it was dated when it was sent: ``days`` by chance, after the day stated; ``came`` so many after it."""

    supplier: str
    known: int
    came: int
    days: tuple[int, ...]


class Past:
    """What had come by a day, as it comes to be known."""

    def __init__(self, lines: Iterable[ReceivedLine]) -> None:
        self._coming = sorted(lines, key=lambda line: line.came)
        self._next = 0
        self.shop: list[Punctuality] = []
        self.of_supplier: dict[str, list[Punctuality]] = defaultdict(list)
        self.of_offer: dict[tuple[str, str], list[Punctuality]] = defaultdict(list)
        self._shop_record: tuple[int, lateness.PastLateness] = (-1, lateness.shop([], []))

    def until(self, day: date) -> None:
        """Learn what came before this day."""
        while self._next < len(self._coming) and self._coming[self._next].came < day:
            line = self._coming[self._next]
            self._next += 1
            self.shop.append(line.kept)
            self.of_supplier[line.supplier].append(line.kept)
            self.of_offer[line.supplier, line.item].append(line.kept)

    def record(self, line: ReceivedLine) -> lateness.PastLateness:
        """Give what the confirmed date of a line is judged by."""
        if self._shop_record[0] != len(self.shop):
            self._shop_record = (len(self.shop), lateness.shop([each.late for each in self.shop], self.shop))
        own = self.of_offer.get((line.supplier, line.item), [])
        lessons = own if lateness.has_its_own(own) else self.of_supplier.get(line.supplier, [])
        return lateness.pooled(lessons, self._shop_record[1])


def run(lines: Sequence[ReceivedLine], *, progress: Callable[[int, int], object] | None = None) -> dict[str, Any]:
    """
    Replay these lines; give how often their days were kept, how far off they lay, and what two constants would do.

    :raises NothingToReplay: if no line has a confirmed day
    """
    confirmed = [line for line in lines if line.confirmed]
    if not confirmed:
        raise NothingToReplay("No line of the file has the day it was sent, the day confirmed and the day it came.")
    quoted = [line for line in lines if line.stated]
    return {
        "lines": len(lines),
        "confirmed": _report(list(_confirmed(confirmed, progress))),
        "quoted": _report(list(_quoted(quoted))),
        "overdue": [_overdue(confirmed, by) for by in OVERDUE],
    }


def _confirmed(lines: Sequence[ReceivedLine], progress: Callable[[int, int], object] | None) -> Iterator[_Dated]:
    past = Past(lines)
    for number, line in enumerate(sorted(lines, key=lambda each: each.sent), start=1):
        past.until(line.sent)
        record = past.record(line)
        days = tuple(record.late(chance) for chance in CHANCES)
        yield _Dated(line.supplier, len(past.of_supplier[line.supplier]), line.kept.late, days)
        if progress:
            progress(number, len(lines))


def _quoted(lines: Sequence[ReceivedLine]) -> Iterator[_Dated]:
    """Date each as if nobody had confirmed it, from what its supplier quotes; days after the quoted one."""
    coming = sorted(lines, key=lambda line: line.came)
    own: dict[tuple[str, str], list[float]] = defaultdict(list)
    ratios: list[float] = []
    counts: dict[str, int] = defaultdict(int)
    place = 0
    for line in sorted(lines, key=lambda each: each.sent):
        while place < len(coming) and coming[place].came < line.sent:
            was = coming[place]
            place += 1
            assert was.stated
            ratios.append((was.came - was.sent).days / was.stated)
            own[was.supplier, was.item].append(ratios[-1])
            counts[was.supplier] += 1
        assert line.stated
        lead = leadtimes.expect(line.stated, own[line.supplier, line.item], record=shop_ratio(ratios))
        open_ = leadtimes.Open(line.sent, line.sent, lead, CHANCES[2])
        due = line.sent + timedelta(line.stated)
        days = tuple((open_.day(chance, is_late=False) - due).days for chance in CHANCES)
        yield _Dated(line.supplier, counts[line.supplier], (line.came - due).days, days)


def shop_ratio(ratios: Sequence[float]) -> leadtimes.LeadTimeRatio:
    """Give what the shop has learned of all: actual ÷ stated time."""
    capped = leadtimes.LeadTimeRatio.in_record(np.array(ratios, float))
    return leadtimes.LeadTimeRatio.of_shop(len(capped), float(capped.sum()), float((capped**2).sum()))


def _report(dated: Sequence[_Dated]) -> dict[str, Any]:
    came = np.array([line.came for line in dated], float)
    days = np.array([line.days for line in dated], float)
    groups = [
        (f"after {low}" if low == high else f"after {low}–{high}" if high else f"after {low} or more", low, high)
        for low, high in AFTER
    ]
    known = np.array([line.known for line in dated])
    by_known = {
        name: _group(came, days, (known >= low) & (known <= (known.max() if high is None else high)))
        for name, low, high in groups
    }
    names = np.array([line.supplier for line in dated])
    by_supplier = {
        name: _group(came, days, names == name)
        for name, count in zip(*np.unique(names, return_counts=True), strict=True)
        if count >= ENOUGH
    }
    # the second constant knows what came: no rule that says one number could do better
    best = [float(np.quantile(came, chance, method="inverted_cdf")) for chance in CHANCES]
    return {
        "lines": len(dated),
        "covered": _covered(came, days),
        "days_after_stated": {
            _named(chance): round(float(each), 2) for chance, each in zip(CHANCES, days.mean(0), strict=True)
        },
        "pinball": _pinballs(came, days),
        "constants": {
            "as stated": _constant(came, [0.0] * len(CHANCES)),
            "best in hindsight": {"days": best, **_constant(came, best)},
        },
        "by_lines_known": by_known,
        "by_supplier": by_supplier,
        "below_by_more_than_5_points": _below({**by_known, **by_supplier}),
    }


def _constant(came: Any, days: Sequence[float]) -> dict[str, Any]:
    same = np.tile(np.array(days, float), (len(came), 1))
    return {"covered": _covered(came, same), "pinball": _pinballs(came, same)}


def _group(came: Any, days: Any, rows: Any) -> dict[str, Any]:
    return {"lines": int(rows.sum()), "covered": _covered(came[rows], days[rows]) if rows.any() else None}


def _covered(came: Any, days: Any) -> dict[str, float]:
    return {_named(q): round(float((came <= days[:, place]).mean()), 4) for place, q in enumerate(CHANCES)}


def _pinballs(came: Any, days: Any) -> dict[str, float]:
    """Give the mean pinball loss of each day, in days (Koenker & Bassett 1978): late costs q a day, early 1 − q."""
    found = {}
    for place, q in enumerate(CHANCES):
        off = came - days[:, place]
        found[_named(q)] = round(float(np.where(off >= 0, q * off, (q - 1) * off).mean()), 4)
    return found


def _below(groups: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"{name}: said {chance}, was {share:.3f} of {group['lines']:,}"
        for name, group in groups.items()
        if group["lines"] >= ENOUGH
        for chance, share in group["covered"].items()
        if share < float(chance) - TOLERANCE
    ]


def _overdue(lines: Sequence[ReceivedLine], by: int) -> dict[str, Any]:
    """Date lines that are so many days overdue, on the evening of that day."""
    past = Past(lines)
    late = sorted((line for line in lines if line.kept.late > by), key=lambda line: line.confirmed or line.sent)
    kept: dict[float, list[bool]] = {chance: [] for chance in CHANCES}
    for line in late:
        assert line.confirmed
        past.until(line.confirmed + timedelta(by + 1))
        record = past.record(line)
        for chance in CHANCES:
            days = record.overdue(chance, by=by, confirmed=line.kept.confirmed)
            kept[chance].append(line.kept.late <= days)
    covered = {_named(chance): round(fmean(each), 4) for chance, each in kept.items()} if late else None
    return {"by": by, "lines": len(late), "covered": covered}


def _named(chance: float) -> str:
    return f"{chance:g}"

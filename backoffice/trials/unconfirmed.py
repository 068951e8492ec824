"""
The unconfirmed part of ``manage.py backtest promises FILE``: the same deliveries as if no sender had confirmed a day.
Plays the rules of the product; reads no table and writes none.

Customers order while a line is on its way, until its first safe day or its arrival (``customers``); each is
promised the safe day of ``suppliers.leadtimes``. A week before that day the line stands on the warning list by its
chance to break, unless it is here: what was known by then is all that is looked at.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from orders.rules import news
from suppliers import leadtimes, trials
from suppliers.trials import NothingToReplay, ReceivedLine

from . import measures, promises
from .customers import Customers, weekly

LEFT_OUT = (
    "days quoted, where the file has none: the day confirmed stands for them",
    "what customers were told after their first promise",
)


class FirstPromise(NamedTuple):
    """What one customer was promised first; ``ordered`` on that day, of a line first safe on a day."""

    line: ReceivedLine
    ordered: date
    promised: date
    first_safe: date

    @property
    def is_broken(self) -> bool:
        return promises.ships(self.line.came) > self.promised


class WatchedPromise(NamedTuple):
    """A promise a week before its day, of a line that still waits, and its chance to break."""

    promise: FirstPromise
    chance: float

    @property
    def is_broken(self) -> bool:
        return self.promise.is_broken


class PastRatios:
    """What had come by a day, as actual ÷ stated time; asked of days in their order."""

    def __init__(self, lines: Sequence[ReceivedLine]) -> None:
        self._coming = sorted(lines, key=lambda line: line.came)
        self._next = 0
        self._ratios: list[float] = []
        self._own: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._shop = (-1, leadtimes.LeadTimeRatio())

    def until(self, day: date) -> None:
        """Learn what came before this day."""
        while self._next < len(self._coming) and self._coming[self._next].came < day:
            line = self._coming[self._next]
            self._next += 1
            assert line.stated
            self._ratios.append((line.came - line.sent).days / line.stated)
            self._own[line.supplier, line.item].append(self._ratios[-1])

    def lead(self, line: ReceivedLine) -> leadtimes.LeadTimeEstimate:
        """Give how long a line takes, as far as is known."""
        if self._shop[0] != len(self._ratios):
            self._shop = (len(self._ratios), trials.shop_ratio(self._ratios))
        assert line.stated
        own = self._own.get((line.supplier, line.item), [])
        return leadtimes.expect(line.stated, own, record=self._shop[1])


def run(lines: Sequence[ReceivedLine], *, customers: Customers = weekly) -> dict[str, Any]:
    """
    Play these lines; give how many promises broke, and how many of those a week's warning would have named.

    :raises NothingToReplay: if no line has a day quoted or confirmed
    """
    usable = sorted((line for line in lines if line.stated and line.came >= line.sent), key=lambda line: line.sent)
    if not usable:
        raise NothingToReplay("No line of the file has the day it was sent, the day it came, and days quoted.")
    made = list(_promised(usable, customers))
    waiting = list(_judged(usable, made))
    first = {id(each.line): each for each in reversed(made)}
    named = [each for each in waiting if each.chance >= news.AT_RISK]
    broke = sum(each.is_broken for each in named)
    return {
        "lines": len(usable),
        "promises": len(made),
        "broken": sum(each.promise.is_broken for each in waiting),
        "waiting_a_week_before": len(waiting),
        "at_risk": {
            "named": len(named),
            "recall": measures.ratio(broke, sum(each.is_broken for each in waiting)),
            "broke": measures.ratio(broke, len(named)),
        },
        "warning_list": measures.warned([(each.chance, each.is_broken) for each in waiting]),
        "warning_list_by_line": measures.warned(
            [(each.chance, each.is_broken) for each in waiting if each.promise is first[id(each.promise.line)]]
        ),
        "chances": {
            name: _quartiles([each.chance for each in waiting if each.is_broken is is_broken])
            for name, is_broken in (("broke", True), ("held", False))
        },
        "left_out": [*LEFT_OUT],
    }


def _quartiles(chances: Sequence[float]) -> list[float]:
    """
    Give the chance below which a quarter, a half and three quarters of these lie; none of none.

    >>> _quartiles([0.5, 0.1, 0.2, 0.3, 0.4]), _quartiles([])
    ([0.2, 0.3, 0.4], [])
    """
    ranked = sorted(chances)
    return [round(ranked[(len(ranked) - 1) * part // 4], 4) for part in (1, 2, 3)] if ranked else []


def _promised(lines: Sequence[ReceivedLine], customers: Customers) -> Iterator[FirstPromise]:
    past = PastRatios(lines)
    asked = [customers(number, line) for number, line in enumerate(lines)]
    days = [
        (line.sent + timedelta(day), number)
        for number, line in enumerate(lines)
        for day in range((line.came - line.sent).days + 1)
        if day == 0 or asked[number](line.sent + timedelta(day))
    ]
    first_safe: dict[int, date] = {}
    for today, number in sorted(days):
        line = lines[number]
        past.until(today)
        goods = leadtimes.Open(line.sent, today, past.lead(line), promises.SAFE, first_safe.get(number))
        if today == line.sent:
            first_safe[number] = goods.day(promises.SAFE, is_late=False)
        elif today >= first_safe[number] or today >= line.came:
            continue  # whoever orders what is late is told that, and no day; what is here does not wait
        promised = promises.ships(goods.day(promises.SAFE, is_late=False))
        for _ in range(asked[number](today)):
            yield FirstPromise(line, today, promised, first_safe[number])


def _judged(lines: Sequence[ReceivedLine], made: Sequence[FirstPromise]) -> Iterator[WatchedPromise]:
    """Give the chance to break of each promise whose line still waits a week before its day."""
    past = PastRatios(lines)
    for each in sorted(made, key=lambda promise: promise.promised):
        today = each.promised - promises.WEEK
        if each.ordered <= today < each.line.came:
            past.until(today)
            goods = leadtimes.Open(each.line.sent, today, past.lead(each.line), promises.SAFE, each.first_safe)
            chance = promises.to_break(leadtimes.days(goods)[0], each.promised, today)
            yield WatchedPromise(each, chance)


def printed(report: dict[str, Any]) -> Iterator[str]:
    """Set a report as text; a share of nothing is "no data"."""
    yield (
        f"As if nobody had confirmed a day: {report['lines']:,} lines, {report['promises']:,} first promises; a week"
        f" before their day {report['waiting_a_week_before']:,} still wait, and {report['broken']:,} of these break"
    )
    risk = report["at_risk"]
    yield (
        f"  At risk then: {risk['named']:,}, which are {measures.in_percent(risk['recall'])} of those that break;"
        f" {measures.in_percent(risk['broke'])} of the named do"
    )
    for name, words in (("warning_list", "promise"), ("warning_list_by_line", "line")):
        listed = report[name]
        curve = "  ".join(f"{share} {recall:.2f}" for share, recall in listed["curve"].items()) or "no data"
        held = listed["promises"] - listed["broken"]
        yield f"  Warned of, by {words}, by share of false alarms: {curve} ({listed['broken']:,} broke, {held:,} held)"
    for name, chances in report["chances"].items():
        yield f"  Chance to break of those that {name}, quartiles: {'  '.join(map(str, chances)) or 'no data'}"
    yield from (f"  Not played: {each}." for each in report["left_out"])

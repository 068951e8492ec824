"""
``manage.py backtest promises FILE``: what customers would have been promised and told, had they waited for deliveries
of the past. Plays the rules of the product day by day; reads no table and writes none.

Customers order while a line is on its way, until the confirmed day or its arrival (``customers``). Each day
looks at what had come by then alone: dates are those of ``suppliers.lateness``, chances those of
``inventory.formulas.arrival_days``, news those of ``orders.rules``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from statistics import fmean, median
from typing import Any

from inventory.formulas import arrival_days
from inventory.formulas.arrival_days import ArrivalDays
from inventory.formulas.calendars.working_days import PLAIN
from orders.rules import news, overdue
from orders.rules.news import DateNews, DateStanding
from suppliers import lateness
from suppliers.trials import NothingToReplay, Past, ReceivedLine

from .customers import Customers, OrdersOn, weekly
from .measures import in_percent, ratio, warned, working_days

SAFE = 0.9
THRESHOLD = 2
"""Working days by which a date may move in silence (MATERIAL_DELAY_DAYS)."""
HANDLING = 2
"""Working days from the day goods arrive until they ship: receiving, and handling."""
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
Told = list[tuple[date, date | None]]
WEEKLY = "who ordered when: customers order on the day a line was sent, and once a week while it was on its way in time"
LEFT_OUT = (
    "lines that nobody confirmed, or that came before they were sent",
    "what suppliers answered when they were asked, and the days they named after the first",
    "closures and holidays: warehouses work from Monday to Friday, and mail goes every night",
    "units: a line comes at once, on the day most of it had come",
)
NOTHING = "No line of the file has a day confirmed, and was sent no later than that day and than the day it came."
NOTICE = (("0", 0, 0), ("1", 1, 1), ("2", 2, 2), ("3–5", 3, 5), ("6+", 6, None))


@cache
def ships(day: date) -> date:
    """Give the day on which what arrives on a day ships."""
    return PLAIN.shift(day, HANDLING)


@dataclass(slots=True)
class PlayedLine:
    """
    A line while it is played.

    :ivar days: those of its inbound as last worked out, with ``lessons`` of its supplier known
    :ivar first_days: those worked out when it was sent
    :ivar customers: what each was told: a day, or None for none, with when
    :ivar at_risk: of each customer whose promise was a week ahead, the chance that it breaks, and whether it did
    """

    line: ReceivedLine
    days: ArrivalDays
    first_days: ArrivalDays
    lessons: int
    orders_on: OrdersOn
    customers: list[Told] = field(default_factory=list)
    at_risk: list[tuple[float, bool]] = field(default_factory=list)
    nights: int = 0
    nights_dated: int = 0

    @property
    def shipped(self) -> date:
        return ships(self.line.came)


def run(
    lines: Sequence[ReceivedLine],
    *,
    customers: Customers = weekly,
    progress: Callable[[int, int], object] | None = None,
) -> dict[str, Any]:
    """
    Play these lines; give what was promised, what was told, and what of it was in vain.

    :raises NothingToReplay: if no line has a confirmed day, or nobody orders while one is on its way in time
    """
    usable = [line for line in lines if line.confirmed and line.sent <= line.confirmed and line.came >= line.sent]
    if not usable:
        raise NothingToReplay(NOTHING)
    played = list(_played(usable, customers, progress))
    if not any(each.customers for each in played):
        raise NothingToReplay("Nobody ordered while a line was on its way in time.")
    left_out = [*([WEEKLY] if customers is weekly else []), *LEFT_OUT]
    return {"lines": len(played), "not_played": len(lines) - len(usable), **_report(played), "left_out": left_out}


def _played(
    lines: Sequence[ReceivedLine], customers: Customers, progress: Callable[[int, int], object] | None
) -> Iterator[PlayedLine]:
    past = Past(lines)
    to_send = sorted(lines, key=lambda line: line.sent, reverse=True)
    waiting: list[PlayedLine] = []
    today, done = to_send[-1].sent, 0
    while to_send or waiting:
        past.until(today)
        while to_send and to_send[-1].sent == today:
            line = to_send.pop()
            waiting.append(_ordered(line, customers(len(lines) - len(to_send) - 1, line), past))
        here = [each for each in waiting if each.line.came <= today]
        waiting = [each for each in waiting if each.line.came > today]
        for each in waiting:
            _night(each, past, today)
        yield from here
        if progress and here:
            progress(done := done + len(here), len(lines))
        today += DAY


def _ordered(line: ReceivedLine, orders_on: OrdersOn, past: Past) -> PlayedLine:
    assert line.confirmed
    days = lateness.days(past.record(line), sent=line.sent, confirmed=line.confirmed, today=line.sent)
    played = PlayedLine(line, days, days, len(past.of_supplier[line.supplier]), orders_on)
    _promise(played, line.sent)
    return played


def _promise(each: PlayedLine, today: date) -> None:
    """Promise the safe day to who orders today."""
    each.customers += [[(today, _safe(each.days))] for _ in range(each.orders_on(today))]


def _night(each: PlayedLine, past: Past, today: date) -> None:
    """Date what is not here yet, and tell each customer what is news."""
    line = each.line
    assert line.confirmed
    is_late, known = line.confirmed < today, len(past.of_supplier[line.supplier])
    if is_late or known != each.lessons:  # lessons of others move no date that is still ahead
        fresh = lateness.days(past.record(line), sent=line.sent, confirmed=line.confirmed, today=today)
        moved = fresh if is_late else lateness.all_eased(fresh, each.days)
        is_moved, each.days, each.lessons = moved != each.days, moved, known
    else:
        is_moved = today == line.confirmed
    for told in each.customers:
        each.nights += 1
        each.nights_dated += told[-1][1] is not None
        promised = told[-1][1]
        # what rests as it did, with its day still ahead, is as likely as yesterday
        if promised and (is_late or is_moved or promised - today == WEEK or news.is_last_day(promised, today)):
            _tell(told, promised, each, today, is_late=is_late)
    if not is_late and today > line.sent:
        _promise(each, today)


def _tell(told: Told, promised: date, each: PlayedLine, today: date, *, is_late: bool) -> None:
    """Tell one customer, who was promised a day; whom none is promised hears in words until it is here."""
    chance = to_break(each.days, promised, today)
    if promised - today == WEEK:
        each.at_risk.append((chance, each.shipped > promised))
    if is_late:
        if promised < today or overdue.takes_back(chance):
            told.append((today, None))
        return
    standing = DateStanding(promised, _safe(each.days), THRESHOLD, chance, is_certain=False)
    if news.of(standing, today) is not DateNews.NOTHING:
        told.append((today, standing.safe))


def _safe(days: ArrivalDays) -> date:
    return ships(arrival_days.by(days, SAFE))


def to_break(days: ArrivalDays, promised: date, today: date) -> float:
    """Give the chance that what is not here yet ships after the promised day."""
    first = today + DAY
    shipping = ArrivalDays(*(ships(max(day, first)) for day in days))
    return 1 - arrival_days.here_by(shipping, promised, first=ships(first))


def _report(played: Sequence[PlayedLine]) -> dict[str, Any]:
    taken = [(each, told) for each in played for told in each.customers]
    promises = [
        (each.shipped, day, told[place + 1][0] if place + 1 < len(told) else None)
        for each, told in taken
        for place, (_, day) in enumerate(told)
        if day
    ]
    broken = [(day, back) for shipped, day, back in promises if shipped > day]
    later = [(shipped, day) for shipped, day, back in promises if back]
    notice = [working_days(back, day) if back else 0 for day, back in broken]
    mails = [sum(day is not None for _, day in told[:-1]) for _, told in taken]
    first = [(told[0][1], each.line.confirmed) for each, told in taken]
    beyond = [(day - ships(confirmed)).days for day, confirmed in first if day and confirmed]
    return {
        "customers": len(taken),
        "promises": len(promises),
        **_forecasts(played),
        "promised_after_confirmed_and_handling": {"median": median(beyond), "mean": round(fmean(beyond), 2)},
        "broken": len(broken),
        "never_told": sum(back is None for _, back in broken),
        "later_mails": len(later),
        "later_mails_per_broken": ratio(len(later), len(broken)),
        "in_vain": ratio(sum(shipped <= day for shipped, day in later), len(later)),
        "later_mails_per_supply": {"most": max(mails), "mean": round(fmean(mails), 3)},
        "told_a_working_day_before": ratio(sum(ahead >= 1 for ahead in notice), len(broken)),
        "working_days_of_notice": {
            name: sum(low <= ahead and (high is None or ahead <= high) for ahead in notice)
            for name, low, high in NOTICE
        },
        "share_dated": ratio(sum(each.nights_dated for each in played), sum(each.nights for each in played)),
        "warning_list": warned([seen for each in played for seen in each.at_risk]),
    }


def _forecasts(played: Sequence[PlayedLine]) -> dict[str, Any]:
    """
    Say how often lines came by the days worked out when they were sent, and score the window from .5 to .9.

    The score of an interval of two quantiles, in days (Gneiting & Raftery 2007, section 6.2): its width, and what lies
    outside of it divided by the chance of that. Less is better.
    """
    covered = {
        f"{chance:g}": ratio(sum(each.line.came <= each.first_days[place] for each in played), len(played))
        for place, chance in enumerate(arrival_days.CHANCES)
    }
    low, high = arrival_days.CHANCES[0], SAFE
    scores = []
    for each in played:
        likely, safe, came = each.first_days.by_50, each.first_days.by_90, each.line.came
        early, late = max(0, (likely - came).days), max(0, (came - safe).days)
        scores.append((safe - likely).days + early / low + late / (1 - high))
    return {"covered": covered, "interval_score": round(fmean(scores), 2)}


def printed(report: dict[str, Any]) -> Iterator[str]:
    """Set a report as text; a share of nothing is "no data"."""
    left = "; ".join(f"{reason} {count:,}" for reason, count in report["rows_left_out"].items()) or "none"
    beyond, listed = report["promised_after_confirmed_and_handling"], report["warning_list"]
    per_broken = report["later_mails_per_broken"]
    each_broken = "no data" if per_broken is None else f"{per_broken:.2f}"
    yield f"{report['rows']:,} rows, {report['lines']:,} lines, {report['customers']:,} customers. Left out: {left}."
    yield f"Promised {beyond['median']:g} days after the day confirmed and handling (median; mean {beyond['mean']:.1f})"
    yield "Came by the day said: " + "  ".join(
        f"{chance} {in_percent(each)}" for chance, each in report["covered"].items()
    )
    yield f"Window from .5 to .9: interval score {report['interval_score']:.1f} days"
    yield (
        f"{report['broken']:,} of {report['promises']:,} promises broke, {report['never_told']:,} of them untold;"
        f" {in_percent(report['told_a_working_day_before'])} told a working day before or earlier"
    )
    notice = "  ".join(f"{days} {count:,}" for days, count in report["working_days_of_notice"].items())
    yield f"Working days of notice: {notice}"
    yield (
        f"{report['later_mails']:,} later-mails: {each_broken} for each promise that broke,"
        f" {in_percent(report['in_vain'])} in vain, at most {report['later_mails_per_supply']['most']} per supply"
    )
    yield f"Dated on {in_percent(report['share_dated'])} of the days on which somebody waited"
    curve = "  ".join(f"{share} {recall:.2f}" for share, recall in listed["curve"].items()) or "no data"
    yield f"Warned of a week ahead, by share of false alarms: {curve} (of {listed['broken']:,} that broke)"
    yield from (f"Not played: {each}." for each in report["left_out"])

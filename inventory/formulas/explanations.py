"""
Reorder points in words: one sentence that says how a number came about, and one that says why it moved.

Pure: from the parts that ``policies`` stores with each number. Quantities are units, times days.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from math import floor, log10
from typing import Any

from .covering import WEEKDAYS_COUNT_BELOW
from .reorder import FILL, Reason, is_long

Parts = Mapping[str, Any]

FIRST = "First computed"
NOTHING_MUCH = "Nothing that it rests on moved much"
LEAST_SHARE, MOST_PLACES = 0.02, 6
"""What weekdays make less of a difference than is not told; digits behind the point that are ever written."""
BATCH_WEIGHT = 1_000
"""A larger batch moves a reorder point little: it is the reason only if nothing else changed."""
BUY_TO_ORDER = "Its level is more than two years of its demand: buy to order?"
NOBODY_SUPPLIES = "unsupplied"
"""The reason beside those of ``reorder.Reason``: no lead time is known, because no offer is."""

_WITHOUT_POINT = {
    NOBODY_SUPPLIES: "Nobody supplies it: there is no offer to take a lead time from, so nothing is ordered.",
    Reason.DISCONTINUED.name.lower(): "Discontinued: what is left is sold, and nothing is ordered again.",
    Reason.DORMANT.name.lower(): "Nobody asked for it for a year, so nothing is ordered but what is owed.",
    Reason.NO_DEMAND.name.lower(): "Nobody asked for it in a full week yet, so nothing is ordered but what is owed.",
    Reason.BAD_DEMAND.name.lower(): "Its demand is no number that can be: look at its demand entries and events.",
    Reason.BAD_LEAD_TIME.name.lower(): "Its lead time is no number that can be: look at its offers.",
    Reason.BAD_TARGET.name.lower(): "Its service target must lie between 0 % and 100 %.",
    Reason.BAD_ORDER_TERMS.name.lower(): "Its weeks of cover must be 0 or more.",
    Reason.TOO_LARGE.name.lower(): "The reorder point would be too large to be true: look at its demand entries.",
}

_WHY_WITHOUT = {
    NOBODY_SUPPLIES: "Nobody supplies it any more",
    Reason.DISCONTINUED.name.lower(): "Discontinued",
    Reason.DORMANT.name.lower(): "Nobody asked for it for a year",
}

_WHY_AGAIN = {
    NOBODY_SUPPLIES: "A supplier is known now",
    Reason.DISCONTINUED.name.lower(): "No longer discontinued",
    Reason.DORMANT.name.lower(): "People ask for it again",
    Reason.NO_DEMAND.name.lower(): "People ask for it now",
}


def explain(parts: Parts) -> str:
    """Say how a reorder point came about, in one sentence that adds up."""
    computed = _computed(parts)
    frozen = parts.get("frozen")
    if not frozen:
        return computed
    until = date.fromisoformat(frozen["until"])
    why = f" ({frozen['reason']})" if frozen["reason"] else ""
    return f"Frozen at {frozen['point']:,} until {until.day} {until:%B %Y}{why}. Computed: {computed}"


def why_changed(before: Parts, after: Parts) -> str:
    """
    Name the one part that moved a reorder point most the way it went, and by how much.

    :param before: the parts of the last run; empty if there was none
    """
    if after.get("frozen") != before.get("frozen"):
        frozen = after.get("frozen")
        return f"Frozen: {frozen['reason']}" if frozen else "No longer frozen"
    if after["reason"] != "computed":
        return _WHY_WITHOUT.get(after["reason"], _WITHOUT_POINT[after["reason"]].split(":")[0])
    if not before:
        return FIRST
    if before["reason"] != "computed":
        return _WHY_AGAIN.get(before["reason"], "Its facts are numbers again")
    moved = after["point"] - before["point"]
    weights = _weights(before, after)
    # what pulled the other way did not move it
    agreeing = {name: units for name, units in weights.items() if units * moved > 0} or weights
    part = max(agreeing, key=lambda name: abs(agreeing[name]))
    if not agreeing[part]:
        return NOTHING_MUCH
    told = _in_words(part, before, after)
    if agreeing[part] * moved >= 0:
        return told
    return f"{told}; all in all {'more are needed' if moved > 0 else 'fewer are enough'}"


def _computed(parts: Parts) -> str:
    if parts["reason"] != "computed":
        return _WITHOUT_POINT[parts["reason"]]
    point, safety = parts["point"], parts["safety_stock"]
    event = "" if _is_one(parts["uplift"]) else f", {factor(parts['uplift'])} times that for events,"
    if not _is_one(season := _season(parts)):
        event = f", × {factor(season)} for the season,{event.removeprefix(',')}"
    if parts.get("launch") is not None:
        event = f", as earlier launches of its group and its own first weeks let expect,{event.removeprefix(',')}"
    if not _is_one(weekdays := _weekdays(parts)):
        event = f"{event or ','} × {factor(weekdays)} for the weekdays ahead,"
    total = parts["lead_days"] + parts["review_days"]
    return (
        f"Order at {point:,}: {figure(parts['weekly_demand'])} a week{event} over {duration(total)}"
        f" ({duration(parts['lead_days'])} until it arrives, {duration(parts['review_days'])} until the next look)"
        f" makes {point - safety:,}, and {_safety(parts)}{_question(parts)}"
    )


def _question(parts: Parts) -> str:
    """Ask whether to stock it at all, where that would be for years."""
    return f" {BUY_TO_ORDER}" if is_long(parts["point"] + parts["batch"], mean=parts["weekly_demand"]) else ""


def _is_capped(parts: Parts) -> bool:
    return bool(parts["point"] < (parts.get("uncapped") or 0))


def _cap(parts: Parts) -> str:
    return f"capped at twice its largest {figure(parts['busiest_weeks'])} weeks".replace(" 1 weeks", " week")


def _season(parts: Parts) -> float:
    """By how much the season multiplies demand; 1 in parts that know of none."""
    return float(parts.get("season") or 1.0)


def _weekdays(parts: Parts) -> float:
    """How much of a mean day the few days ahead are; 1 where that is not known, or makes little difference."""
    weeks = (parts["lead_days"] + parts["review_days"]) / 7
    usual = parts["weekly_demand"] * parts["uplift"] * _season(parts) * weeks
    expected = parts.get("expected")
    if expected is None or usual <= 0 or weeks >= WEEKDAYS_COUNT_BELOW:
        return 1.0
    share = float(expected / usual)
    # figures are rounded to four places
    return share if abs(share - 1) > max(LEAST_SHARE, 1e-4 / parts["weekly_demand"]) else 1.0


def _safety(parts: Parts) -> str:
    share = f"{figure(parts['target'] * 100)} %"
    measured = FILL if parts["measure"] == FILL else "cycle"
    what = "units ship from the shelf" if measured == FILL else "orders arrive before the shelf is empty"
    kept = f"{share} of {what}"
    safety = parts["safety_stock"]
    if _is_capped(parts):
        much = f"{abs(safety):,} {'more' if safety > 0 else 'fewer'}" if safety else "no more"
        served, wanted = _apart(parts[measured] * 100, parts["target"] * 100)
        told = f"{served} % of {what}, not {wanted} %"
        return f"{much}; lumpy: {_cap(parts)} ({parts['busiest']:,}), so that {told}."
    if safety < 0:
        return f"{-safety:,} fewer {'is' if safety == -1 else 'are'} enough so that {kept}."
    return f"{safety:,} more so that {kept}." if safety else f"no more are needed so that {kept}."


@lru_cache(maxsize=4096)
def duration(days: float) -> str:
    """
    Say a number of days as people do.

    >>> duration(1), duration(5), duration(17), duration(7)
    ('1 day', '5 days', '2.4 weeks', '1 week')
    """
    count, word = (days, "day") if days < 7 else (days / 7, "week")
    text = figure(count)
    return f"{text} {word}" if text == "1" else f"{text} {word}s"


def figure(value: float) -> str:
    """
    Write a figure with as many digits as matter: 0.04, 9.8, 120, 1,234; what is little is not nothing.

    >>> [figure(value) for value in (0.04, 9.8, 3.0, 120.4, 1234, 0.00143, 0)]
    ['0.04', '9.8', '3', '120', '1,234', '0.0014', '0']
    """
    return _written(value, _places(value))


def factor(value: float) -> str:
    """
    Write by how much something is multiplied: two digits behind the point tell 1.04 from 1.

    >>> factor(1.04), factor(1.5), factor(3.0), factor(0.004)
    ('1.04', '1.5', '3', '0.004')
    """
    return _written(value, max(2, _places(value)))


def _is_one(value: float) -> bool:
    return factor(value) == "1"


def _apart(was: float, now: float, *, least: int = 0) -> tuple[str, str]:
    """
    Write two figures with as many digits as tell them apart; the same text twice is no news.

    >>> _apart(1.4, 1.6), _apart(1.43, 1.38), _apart(0.072, 0.068), _apart(2.0, 2.0)
    (('1.4', '1.6'), ('1.43', '1.38'), ('0.072', '0.068'), ('2', '2'))
    """
    for more in range(MOST_PLACES + 1):
        old, new = (_written(value, max(least, _places(value)) + more) for value in (was, now))
        if old != new:
            return old, new
    return figure(was), figure(now)


def _places(value: float) -> int:
    if 0 < value < 0.01:
        return min(MOST_PLACES, 1 - floor(log10(value)))
    return 0 if value >= 100 else 1 if value >= 1 else 2


def _written(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _weights(before: Parts, after: Parts) -> dict[str, float]:
    """Estimate how many units each part moved the point by: above 0 where it raised it, below 0 where it cut it."""

    def weeks(parts: Parts) -> float:
        return float(parts["lead_days"] + parts["review_days"]) / 7

    rate = after["weekly_demand"]
    safety = after["safety_stock"] - before["safety_stock"]
    is_target = (after["target"], after["measure"]) != (before["target"], before["measure"])
    if after["measure"] == before["measure"]:
        safety = abs(safety) if after["target"] > before["target"] else -abs(safety)
    return {
        "demand": (rate - before["weekly_demand"]) * weeks(before) * before["uplift"],
        "lead": rate * (weeks(after) - weeks(before)),
        "events": rate * weeks(after) * (after["uplift"] - before["uplift"]),
        "season": rate * weeks(after) * (_season(after) - _season(before)),
        "weekdays": rate * weeks(after) * (_weekdays(after) - _weekdays(before)),
        "target": safety if is_target else 0.0,
        "lead_spread": rate * (after["lead_sd_days"] - before["lead_sd_days"]) / 7,
        "spread": after["variance"] ** 0.5 - before["variance"] ** 0.5,
        "cap": _cap_weight(before, after),
        "batch": (before["batch"] - after["batch"]) / BATCH_WEIGHT,
    }


def _cap_weight(before: Parts, after: Parts) -> float:
    """Give by how much the cap moved the point; more than anything else where it began to bind, or ended."""
    was, now = (_is_capped(parts) for parts in (before, after))
    if was != now:
        return float("-inf" if now else "inf")
    return float(2 * (after["busiest"] - before["busiest"])) if now else 0.0


def _in_words(part: str, before: Parts, after: Parts) -> str:
    was, now = before, after
    if part == "demand":
        old, new = was["weekly_demand"], now["weekly_demand"]
        share = f" by {abs(new / old - 1):.0%}".replace("%", " %") if old else ""
        return f"Demand {'up' if new > old else 'down'}{share}: {' → '.join(_apart(old, new))} a week"
    if part == "lead":
        old, new = (parts["lead_days"] + parts["review_days"] for parts in (was, now))
        return f"Lead time {'longer' if new > old else 'shorter'}: {_durations(old, new)} with the review"
    if part == "events":
        return _events(was["uplift"], now["uplift"])
    if part == "season":
        return f"The season turns: demand × {' → '.join(_apart(_season(was), _season(now), least=2))}"
    if part == "weekdays":
        return f"Other weekdays lie ahead: demand × {' → '.join(_apart(_weekdays(was), _weekdays(now), least=2))}"
    if part == "target":
        shares = _apart(was["target"] * 100, now["target"] * 100)
        old, new = (f"{share} % {parts['measure']}" for share, parts in zip(shares, (was, now), strict=True))
        classes = [parts.get("class") or "" for parts in (was, now)]
        moved = f" (class {' → '.join(classes)})" if all(classes) and classes[0] != classes[1] else ""
        return f"Target changed: {old} → {new}{moved}"
    if part == "cap":
        return f"Lumpy: {_cap(now)} ({now['busiest']:,})" if _is_capped(now) else "No longer capped as lumpy"
    if part == "lead_spread":
        word = "less" if now["lead_sd_days"] > was["lead_sd_days"] else "more"
        return f"Lead time {word} certain: ± {' → ± '.join(_apart(was['lead_sd_days'], now['lead_sd_days']))} days"
    if part == "batch":
        return f"Order quantity changed: {was['batch']:,} → {now['batch']:,}"
    word = "more" if now["variance"] > was["variance"] else "less"
    return f"Demand varies {word} from week to week"


def _durations(was: float, now: float) -> str:
    told = [duration(was), duration(now)]
    return " → ".join(told if told[0] != told[1] else (f"{days} days" for days in _apart(was, now)))


def _events(was: float, now: float) -> str:
    """Say what became of the events ahead: of one that lifts demand, and of one that lowers it."""
    told = "demand × " + " → ".join(_apart(was, now, least=2))
    if _is_one(now):
        return f"An event ends: {told}"
    if _is_one(was):
        return f"An event begins to count: demand × {factor(now)}"
    if (was > 1) != (now > 1):
        return f"Another event lies ahead: {told}"
    return f"{'More' if abs(now - 1) > abs(was - 1) else 'Less'} of an event lies ahead: {told}"

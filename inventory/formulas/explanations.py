"""
Reorder points in words: one sentence that says how a number came about, and one that says why it moved.

Pure: from the parts that ``policies`` stores with each number. Quantities are units, times days.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from .reorder import FILL, Reason, is_long

Parts = Mapping[str, Any]

FIRST = "First computed"
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
    Name the one part that moved a reorder point most, and by how much.

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
    weights = _weights(before, after)
    return _in_words(max(weights, key=lambda name: weights[name]), before, after)


def _computed(parts: Parts) -> str:
    if parts["reason"] != "computed":
        return _WITHOUT_POINT[parts["reason"]]
    point, safety = parts["point"], parts["safety_stock"]
    event = f", {_number(parts['uplift'])} times that for events," if parts["uplift"] != 1 else ""
    if (season := _season(parts)) != 1:
        event = f", × {_number(season)} for the season,{event.removeprefix(',')}"
    if parts.get("launch") is not None:
        event = f", as earlier launches of its group and its own first weeks let expect,{event.removeprefix(',')}"
    total = parts["lead_days"] + parts["review_days"]
    return (
        f"Order at {point:,}: {_number(parts['weekly_demand'])} a week{event} over {duration(total)}"
        f" ({duration(parts['lead_days'])} until it arrives, {duration(parts['review_days'])} until the next look)"
        f" makes {point - safety:,}, and {_safety(parts)}{_question(parts)}"
    )


def _question(parts: Parts) -> str:
    """Ask whether to stock it at all, where that would be for years."""
    return f" {BUY_TO_ORDER}" if is_long(parts["point"] + parts["batch"], mean=parts["weekly_demand"]) else ""


def _is_capped(parts: Parts) -> bool:
    return bool(parts["point"] < (parts.get("uncapped") or 0))


def _cap(parts: Parts) -> str:
    return f"capped at twice its largest {_number(parts['busiest_weeks'])} weeks".replace(" 1 weeks", " week")


def _season(parts: Parts) -> float:
    """By how much the season multiplies demand; 1 in parts that know of none."""
    return float(parts.get("season") or 1.0)


def _safety(parts: Parts) -> str:
    share = f"{_number(parts['target'] * 100)} %"
    measured = FILL if parts["measure"] == FILL else "cycle"
    what = "units ship from the shelf" if measured == FILL else "orders arrive before the shelf is empty"
    kept = f"{share} of {what}"
    safety = parts["safety_stock"]
    if _is_capped(parts):
        much = f"{abs(safety):,} {'more' if safety >= 0 else 'fewer'}"
        served = f"{_number(parts[measured] * 100)} % of {what}, not {share}"
        return f"{much}; lumpy: {_cap(parts)} ({parts['busiest']:,}), so that {served}."
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
    text = _number(count)
    return f"{text} {word}" if text == "1" else f"{text} {word}s"


def _number(value: float) -> str:
    """
    Write a figure with as many digits as matter: 0.04, 9.8, 120, 1,234.

    >>> [_number(value) for value in (0.04, 9.8, 3.0, 120.4, 1234)]
    ['0.04', '9.8', '3', '120', '1,234']
    """
    places = 0 if value >= 100 else 1 if value >= 1 else 2
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _weights(before: Parts, after: Parts) -> dict[str, float]:
    """Estimate how many units of the change each part made."""

    def weeks(parts: Parts) -> float:
        return float(parts["lead_days"] + parts["review_days"]) / 7

    rate = after["weekly_demand"]
    safety = abs(after["safety_stock"] - before["safety_stock"])
    is_target = (after["target"], after["measure"]) != (before["target"], before["measure"])
    return {
        "demand": abs(rate - before["weekly_demand"]) * weeks(before) * before["uplift"],
        "lead": rate * abs(weeks(after) - weeks(before)),
        "events": rate * weeks(after) * abs(after["uplift"] - before["uplift"]),
        "season": rate * weeks(after) * abs(_season(after) - _season(before)),
        "target": safety if is_target else 0.0,
        "lead_spread": rate * abs(after["lead_sd_days"] - before["lead_sd_days"]) / 7,
        "spread": abs(after["variance"] ** 0.5 - before["variance"] ** 0.5),
        "cap": _cap_weight(before, after),
        "batch": abs(after["batch"] - before["batch"]) / BATCH_WEIGHT,
    }


def _cap_weight(before: Parts, after: Parts) -> float:
    """Give by how much the cap moved the point; more than anything else where it began to bind, or ended."""
    was, now = (_is_capped(parts) for parts in (before, after))
    if was != now:
        return float("inf")
    return float(2 * abs(after["busiest"] - before["busiest"])) if now else 0.0


def _in_words(part: str, before: Parts, after: Parts) -> str:
    was, now = before, after
    if part == "demand":
        old, new = was["weekly_demand"], now["weekly_demand"]
        share = f" by {abs(new / old - 1):.0%}".replace("%", " %") if old else ""
        return f"Demand {'up' if new > old else 'down'}{share}: {_number(old)} → {_number(new)} a week"
    if part == "lead":
        old, new = (parts["lead_days"] + parts["review_days"] for parts in (was, now))
        return f"Lead time {'longer' if new > old else 'shorter'}: {duration(old)} → {duration(new)} with the review"
    if part == "events":
        return (
            f"An event begins to count: demand × {_number(now['uplift'])}"
            if now["uplift"] > was["uplift"]
            else f"An event ends: demand × {_number(was['uplift'])} → {_number(now['uplift'])}"
        )
    if part == "season":
        return f"The season turns: demand × {_number(_season(was))} → {_number(_season(now))}"
    if part == "target":
        old, new = (f"{_number(parts['target'] * 100)} % {parts['measure']}" for parts in (was, now))
        classes = [parts.get("class") or "" for parts in (was, now)]
        moved = f" (class {' → '.join(classes)})" if all(classes) and classes[0] != classes[1] else ""
        return f"Target changed: {old} → {new}{moved}"
    if part == "cap":
        return f"Lumpy: {_cap(now)} ({now['busiest']:,})" if _is_capped(now) else "No longer capped as lumpy"
    if part == "lead_spread":
        word = "less" if now["lead_sd_days"] > was["lead_sd_days"] else "more"
        return f"Lead time {word} certain: ± {_number(was['lead_sd_days'])} → ± {_number(now['lead_sd_days'])} days"
    if part == "batch":
        return f"Order quantity changed: {was['batch']:,} → {now['batch']:,}"
    word = "more" if now["variance"] > was["variance"] else "less"
    return f"Demand varies {word} from week to week"

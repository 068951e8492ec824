"""Today: what needs a decision, by role. Every card is a link into a list that is filtered to what it counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import Truncator

from backoffice.models import JobRun
from inventory.ground.drawing import charts
from inventory.ground.sql import paging
from orders.mail import outbox
from orders.promising import order_by
from orders.queue import counting, questions

from . import kpi
from .watching import naming, watch

Reader = User | AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: what it counts, in which grain, and the list behind it. ``tone``: gray, red, amber, green or blue."""

    label: str
    figure: str
    detail: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class CountedQuestion:
    """One question of the queue, with how many lines answer it."""

    label: str
    count: str
    url: str
    is_clear: bool


def context(user: Reader, *, at: datetime) -> dict[str, Any]:
    """Everything the page shows this person; what they may not see is not read."""
    shown: dict[str, Any] = {"cards": list(_cards(user, at))}
    if _may(user, "orders.view_orderline"):
        today = timezone.localdate(at)
        shown |= {
            "sees_queue": True,
            "chart": chart(today),
            "undecided": _fresh("dashboard:undecided", lambda: kpi.undecided(at=at)),
            "questions": [_asked(name, count) for name, count in counting.counts(at=at).items() if name != "waiting"],
            "queue_url": address("orders_backorder_changelist"),
        }
    if _may(user, "backoffice.view_jobrun"):
        shown |= {
            "sees_runs": True,
            "nightly": (run := kpi.last_run("nightly")),
            "nightly_url": _page(run),
            "changed": run.counts.get("report", {}).get("changed") if run else None,
            "changes_url": address("inventory_policychange_changelist", f"?on={run.business_date}") if run else "",
            "runs_url": address("backoffice_jobrun_changelist"),
        }
        shown["books"] = _books(kpi.last_run("audit"))
    return shown


def address(name: str, query: str = "") -> str:
    """Give the address of an admin list, or nothing where there is no such list."""
    try:
        return reverse(f"admin:{name}") + query
    except NoReverseMatch:
        return ""


def _page(run: JobRun | None) -> str:
    """The page of a run: what it counted, what it changed and which block failed."""
    return reverse("admin:backoffice_jobrun_change", args=[run.pk]) if run else ""


def chart(today: date) -> charts.BarChart:
    """Place the bars of the last 14 days: units newly backordered against units filled."""
    days = _fresh(f"dashboard:flow:{today}", lambda: kpi.flow(on=today))
    return charts.bars(
        [(f"{day.day:%d}".lstrip("0"), (day.new, day.filled)) for day in days], names=["new units", "filled units"]
    )


def _fresh(key: str, read: Any) -> Any:
    return cache.get_or_set(key, read, counting.FRESH_SECONDS)


def _may(user: Reader, permission: str) -> bool:
    return isinstance(user, User) and user.has_perm(permission)


MOST_WORDS = 200


def _alarms(user: Reader, at: datetime) -> Iterator[Card]:
    """What stands still or went wrong, before all else; looked at here and now, since a dead clock notes nothing."""
    found: list[watch.Watched] = _fresh("dashboard:wrong", lambda: watch.wrong(at=at))
    for each in found:
        permission, name, query = naming.MENDED[each.name]
        if _may(user, permission):
            words = Truncator(each.words).chars(MOST_WORDS)
            yield Card(naming.TITLES[each.name], each.figure, words, "red", address(name, query))


def _cards(user: Reader, at: datetime) -> Iterator[Card]:
    yield from _alarms(user, at)
    if outbox.is_shadow():
        yield Card(
            "Mail is in shadow",
            "None is sent",
            "what would have gone is kept: read it (MAIL=shadow)",
            "amber",
            address("orders_notice_changelist", "?state__exact=shadowed") if _may(user, "orders.view_notice") else "",
        )
    if _may(user, "orders.view_orderline"):
        yield from _queue_cards(at)
    flags = kpi.attention(at=at)
    if flags["calls"] and _may(user, "orders.view_notice"):
        yield Card(
            "Calls to make",
            paging.in_words(flags["calls"]),
            "news of customers without an e-mail address",
            "amber",
            address("orders_notice_changelist", f"?{kpi.CALLS}"),
        )
    if _may(user, "inventory.view_reorderpolicy"):
        yield Card(
            "About to run out",
            paging.in_words(flags["out"]),
            _running_out(flags["out"], flags["gone"]),
            "red" if flags["gone"] else "amber" if flags["out"] else "green",
            address("inventory_reorderpolicy_changelist", f"?stockout_chance__gte={kpi.LIKELY}"),
        )
    if _may(user, "suppliers.view_purchaseorder"):
        yield _order_today(at)
        yield from _buying_cards(flags)


def _running_out(likely: int, out: int) -> str:
    if not likely:
        return "no SKU"
    if out:
        return f"{_word(likely, 'SKU')}; {paging.in_words(out)} out already, and customers wait"
    return f"{_word(likely, 'SKU')}, before the next order can arrive"


def _buying_cards(flags: dict[str, int]) -> Iterator[Card]:
    """Drafts; and what waits too long for a person, if anything does."""
    yield Card(
        "Drafts to approve",
        paging.in_words(flags["drafts"]),
        _word(flags["drafts"], "purchase order") if flags["drafts"] else "nothing to approve",
        "blue" if flags["drafts"] else "green",
        address("suppliers_purchaseorder_changelist", "?approved_at__isnull=True&canceled_at__isnull=True"),
    )
    for name, label, detail in (
        ("unsent", "Approved, not sent", "beyond the approval time"),
        ("untouched", "Drafts left lying", "untouched for a week"),
    ):
        if flags[name]:
            url = address("suppliers_purchaseorder_changelist", f"?is={name}")
            words = f"{_word(flags[name], 'purchase order')}, {detail}"
            yield Card(label, paging.in_words(flags[name]), words, "red" if name == "unsent" else "amber", url)


def _queue_cards(at: datetime) -> Iterator[Card]:
    total = counting.summary(at=at)
    ready = _fresh("dashboard:ready", lambda: kpi.ready(at=at))
    oldest = f", oldest {_of((at - total.oldest_at).days, 'day')}" if total.oldest_at else ""
    yield Card(
        "Waiting units",
        f"{total.units:,}",
        f"on {_of(total.lines, 'line')}{oldest}",
        "gray",
        _tab("waiting"),
    )
    late = f", {_of(ready.broken_lines, 'line')} late" if ready.broken_lines else ""
    yield Card(
        "Ready, promise due",
        f"{ready.due_units:,}",
        f"{_word(ready.due_units, 'unit')} in {_of(ready.due_orders, 'order')}{late}"
        if ready.due_units
        else "nothing that is here is due",
        "red" if ready.broken_lines else "amber" if ready.due_units else "green",
        _tab("due"),
    )
    yield Card(
        "Past promise",
        f"{total.past_lines:,}",
        f"{_word(total.past_lines, 'line')} in {_of(total.past_orders, 'order')}"
        if total.past_lines
        else "no promised day has passed",
        "red" if total.past_lines else "green",
        _tab("past"),
    )
    yield Card(
        "No date",
        f"{total.undated_lines:,}",
        f"{_word(total.undated_lines, 'line')}, {_of(total.undated_units, 'unit')}"
        if total.undated_lines
        else "every line has a date",
        "amber" if total.undated_lines else "green",
        _tab("undated"),
    )
    yield Card(
        "Can ship now",
        f"{ready.units:,}",
        f"{_word(ready.units, 'unit')} in {_of(ready.orders, 'order')}" if ready.units else "nothing stands ready",
        "green" if ready.units else "gray",
        _tab("ship"),
    )


def _order_today(at: datetime) -> Card:
    """What hangs on an order of today, in products and the promises that break without it."""
    today = timezone.localdate(at)
    products, promises, undated = _fresh(f"dashboard:order-by:{today}", lambda: _hangs(today))
    if promises:
        detail = f"{_word(products, 'product')}, or {_of(promises, 'promise')} {'breaks' if promises == 1 else 'break'}"
    else:
        detail = (
            f"{_word(products, 'product')}, {_of(undated, 'line')} without a date"
            if undated
            else "no promise hangs on it"
        )
    tone = "red" if promises else "amber" if undated else "green"
    return Card("Order today", f"{products:,}", detail, tone, address("order_today"))


def _hangs(today: date) -> tuple[int, int, int]:
    due = order_by.due(today)
    return len(due), sum(row.promises for row in due), sum(row.undated for row in due)


def _of(count: int, word: str) -> str:
    return f"{count:,} {_word(count, word)}"


def _word(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _tab(name: str) -> str:
    return address("orders_backorder_changelist", f"?tab={name}")


def _asked(name: str, count: int) -> CountedQuestion:
    return CountedQuestion(questions.QUESTIONS[name].label, paging.in_words(count), _tab(name), not count)


def _books(run: JobRun | None) -> dict[str, str]:
    """Say whether the books balance, as the last audit found them."""
    if run is None or (run.finished_at is None and not run.error):
        return {"words": "Not checked yet" if run is None else "Being checked now", "tone": "gray"}
    if run.error:
        return {"words": f"The check broke off: {run.error}", "tone": "red"}
    differences = run.counts.get("differences", 0)
    if differences:
        return {"words": f"{_of(differences, 'difference')} found", "tone": "red"}
    if twins := run.counts.get("twins", 0):
        return {"words": f"The books balance ✓ {_of(twins, 'twin')} to join", "tone": "amber"}
    return {"words": "The books balance ✓", "tone": "green"}

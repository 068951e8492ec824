"""Today: what needs a decision, by role. Every card is a link into a list that is filtered to what it counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from backoffice.models import JobRun
from inventory.ground.drawing import charts
from inventory.ground.plurals import counted
from inventory.ground.sql import paging
from orders.queue import counting, questions

from . import kpi
from .today import desks
from .today.cards import Reader, address, fresh, may, tab


@dataclass(frozen=True, slots=True)
class CountedQuestion:
    """One question of the queue, with how many lines answer it."""

    label: str
    count: str
    url: str
    is_clear: bool


def context(user: Reader, *, at: datetime) -> dict[str, Any]:
    """Everything the page shows this person; what they may not see is not read."""
    shown: dict[str, Any] = {"cards": list(desks.cards(user, at=at))}
    if may(user, "orders.view_orderline"):
        today = timezone.localdate(at)
        shown |= {
            "sees_queue": True,
            "chart": chart(today),
            "undecided": fresh("dashboard:undecided", lambda: kpi.undecided(at=at)),
            "questions": [_asked(name, count) for name, count in counting.counts(at=at).items() if name != "waiting"],
            "queue_url": address("orders_backorder_changelist"),
        }
    if may(user, "backoffice.view_jobrun"):
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


def _page(run: JobRun | None) -> str:
    """The page of a run: what it counted, what it changed and which block failed."""
    return reverse("admin:backoffice_jobrun_change", args=[run.pk]) if run else ""


def chart(today: date) -> charts.BarChart:
    """Place the bars of the last 14 days: units newly backordered against units filled."""
    days = fresh(f"dashboard:flow:{today}", lambda: kpi.flow(on=today))
    return charts.bars(
        [(f"{day.day:%d}".lstrip("0"), (day.new, day.filled)) for day in days], names=["new units", "filled units"]
    )


def _asked(name: str, count: int) -> CountedQuestion:
    return CountedQuestion(questions.QUESTIONS[name].label, paging.in_words(count), tab(name), not count)


def _books(run: JobRun | None) -> dict[str, str]:
    """Say whether the books balance, as the last audit found them."""
    if run is None or (run.finished_at is None and not run.error):
        return {"words": "Not checked yet" if run is None else "Being checked now", "tone": "gray"}
    if run.error:
        return {"words": f"The check broke off: {run.error}", "tone": "red"}
    differences = run.counts.get("differences", 0)
    if differences:
        return {"words": f"{counted(differences, 'difference')} found", "tone": "red"}
    if twins := run.counts.get("twins", 0):
        return {"words": f"The books balance ✓ {counted(twins, 'twin')} to join", "tone": "amber"}
    return {"words": "The books balance ✓", "tone": "green"}

"""
The nightly chain: demand feed → seasons and launches → asking suppliers → lead times → dates → causes → reorder
points → proposals → figures → report → alerts.

Each step commits by itself and does nothing twice, so a night that broke off is simply run again. A step that
fails stops the later ones: nothing is proposed from numbers that are not there. Each step tells its ``share`` block by
block, which renews the claim of the run: none works for two minutes without a word.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F, QuerySet
from django.db.models.functions import Abs

from inventory.demand import events, outliers, patterns
from inventory.ground.sql import bulk
from inventory.models import PolicyChange
from inventory.night import policies
from inventory.supply import shelves
from orders import allocation, demand_feed
from orders.mail import outbox
from orders.promising import sweep
from orders.queue import again, causes
from suppliers import performance, replenishment
from suppliers.asking import answers, questions

from . import jobs
from .celery import HELP, LONG, TIME_LIMIT_SECONDS, BrokerAway, publish
from .figures import night
from .jobs import JobFailed, Report
from .models import JobRun
from .watching import alerts

logger = logging.getLogger(__name__)

JOB = "nightly"
SHOWN_CHANGES = 10

Counts = dict[str, Any]
Share = Callable[[float], None]
"""Called with the share of one step that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class NightStep:
    """One step of the chain: its name in the counts, its title on the screen, and where its progress begins."""

    name: str
    title: str
    begins: int
    work: Callable[[date, datetime, Share], Counts]


def run(
    *, on: date, at: datetime, by: User | None = None, again: bool = False, progress: Report | None = None
) -> Counts:
    """
    Run the chain for this business date, once, and return the counts of each step.

    :param again: run it even if it ran already; it changes only what has changed since
    :raises AlreadyRan: if it did (``jobs.AlreadyRan``)
    :raises StillRunning: if another worker is at it (``jobs.StillRunning``)
    :raises TakenOver: if this one was so late that another worker took it over (``jobs.TakenOver``)
    :raises JobFailed: if a step fails, or a block of reorder points does (``jobs.JobFailed``)
    """
    return carry_out(jobs.claim(JOB, on=on, at=at, by=by, again=again), at=at, progress=progress)


def carry_out(claimed: JobRun, *, at: datetime, progress: Report | None = None) -> Counts:
    """Run the chain for a run that was claimed, or taken up, at this moment."""
    told: tuple[int, str] | None = None

    def work(report: Report) -> Counts:
        def tell(percent: int, title: str) -> None:
            nonlocal told
            report(percent, title)
            if progress and told != (percent, title):
                progress(percent, title)
            told = percent, title

        with bulk.set_aside():
            return _chain(claimed.business_date, at, tell)

    return jobs.carry_out(claimed, work, at=at)


def _chain(on: date, at: datetime, tell: Report) -> Counts:
    counts: Counts = {}
    ends = [*(step.begins for step in STEPS[1:]), 100]
    for step, end in zip(STEPS, ends, strict=True):
        tell(step.begins, step.title)
        began = monotonic()
        try:
            found = step.work(on, at, _share(step, end, tell))
        except jobs.TakenOver:
            raise
        except Exception as error:
            raise JobFailed(f"{step.title} failed. {type(error).__name__}: {error}", counts) from error
        counts[step.name] = {**found, "seconds": round(monotonic() - began, 2)}
    tell(100, "Done")
    errors = counts["policies"]["errors"]
    if errors:
        raise JobFailed(f"Some reorder points could not be computed: {' · '.join(errors)}", counts)
    return counts


def _share(step: NightStep, end: int, tell: Report) -> Share:
    return lambda share: tell(step.begins + int(share * (end - step.begins)), step.title)


def _feed(on: date, at: datetime, share: Share) -> Counts:
    return dict(demand_feed.feed(at=at, block_done=lambda: share(0)))


def _look_back(on: date, at: datetime, share: Share) -> Counts:
    """Learn what past demand shows beyond its level: empty shelves, events, seasons, launches, unusual orders."""
    found: Counts = {"days_of_shelves": shelves.record(on=on, day_done=lambda: share(0))}
    share(0)
    found["events_measured"] = events.measure(on=on)
    share(0)
    found |= patterns.learn(on=on, part_done=lambda: share(0))
    share(0)
    return found | {"outliers": outliers.find(on=on)}


def _learn(on: date, at: datetime, share: Share) -> Counts:
    # what a silent load left to the clock is settled in silence, before the night makes news of its own
    allocation.settle_companions_left(at=at)
    return dict(performance.learn(at=at, progress=lambda done, products: share(done / products)))


def _date(on: date, at: datetime, share: Share) -> Counts:
    """
    Date the lines that had no date, those that ship together, and those whose day or whose ground has gone; ask about
    what nobody has confirmed and no day can be promised of any more.

    What customers were told by a worker that died is told before: all this is held against it.
    """
    found = {
        "told": outbox.tell_left(),
        "lines": sweep.undated(at=at, block_done=lambda: share(0)),
        "together": sweep.together(at=at, block_done=lambda: share(0)),
        "moved": sweep.sweep(at=at, block_done=lambda: share(0)),
        "weighed": sweep.weigh(at=at, block_done=lambda: share(0)),
    }
    return found | questions.ask_when(sweep.given_up(), at=at, block_done=lambda: share(0))


def _explain(on: date, at: datetime, share: Share) -> Counts:
    """Suggest why lines went on backorder, by the reorder points that they went by, and name what does so often."""
    found: Counts = dict(causes.suggest_all(at=at, left=answers.left(), block_done=lambda: share(0)))
    return found | again.count(at=at)


def _recompute(on: date, at: datetime, share: Share) -> Counts:
    return policies.recompute(on=on, progress=lambda done, blocks: share(done / blocks), share=_call_helpers)


def _call_helpers(blocks: int) -> None:
    """
    Wake as many workers as may help with so many blocks.

    The blocks are rows, and the messages only wake-ups: what nobody comes for is done by this worker.
    """
    try:
        for _ in range(min(settings.NIGHTLY_HELPERS, blocks - 1)):
            publish(HELP, queue=LONG, expires=TIME_LIMIT_SECONDS)
    except BrokerAway:
        logger.warning("The broker does not answer: this worker computes all %d blocks alone", blocks)


def _propose(on: date, at: datetime, share: Share) -> Counts:
    return dict(replenishment.propose(on=on, at=at, block_done=lambda: share(0)))


def changes(on: date) -> QuerySet[PolicyChange]:
    """List the reorder points that moved on a night, the one that moved most first."""
    rows = PolicyChange.objects.filter(on=on).select_related("policy__product", "policy__warehouse")
    return rows.order_by(Abs(F("now") - F("was")).desc(), "pk")


def _report(on: date, at: datetime, share: Share) -> Counts:
    """Name the reorder points that moved most."""
    most = changes(on)[:SHOWN_CHANGES]
    return {
        "changed": PolicyChange.objects.filter(on=on).count(),
        "most": [
            f"{row.policy.product} in {row.policy.warehouse}: {row.was:,} → {row.now:,}. {row.reason}" for row in most
        ],
    }


def _keep_figures(on: date, at: datetime, share: Share) -> Counts:
    """Keep what became of promises, and the figures of it, week by week."""
    return dict(night.keep(at=at, part_done=lambda: share(0)))


def _alert(on: date, at: datetime, share: Share) -> Counts:
    """Raise what waits for a person after all this, and solve what no longer does."""
    return dict(alerts.look(at=at))


def _ask_suppliers(on: date, at: datetime, share: Share) -> Counts:
    """Ask whether what was confirmed has left, before customers hear that it is late."""
    return dict(questions.ask(at=at, block_done=lambda: share(0)))


STEPS = (
    NightStep("demand", "Feeding demand", 0, _feed),
    NightStep("patterns", "Learning seasons and launches", 8, _look_back),
    NightStep("asked", "Asking suppliers whether it left", 14, _ask_suppliers),
    NightStep("lead_times", "Learning lead times", 15, _learn),
    NightStep("dates", "Looking at every promised date", 25, _date),
    NightStep("causes", "Saying why lines wait", 29, _explain),
    NightStep("policies", "Computing reorder points", 30, _recompute),
    NightStep("proposals", "Proposing purchase orders", 75, _propose),
    NightStep("figures", "Keeping the figures", 90, _keep_figures),
    NightStep("report", "Writing the report", 95, _report),
    NightStep("alerts", "Raising alerts", 97, _alert),
)

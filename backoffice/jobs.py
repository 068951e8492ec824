"""
Runs of scheduled jobs, once per business date whatever the clocks do: the only writer of ``JobRun``.

A run is claimed by inserting its row, and the database says who was first. A claim stands for two minutes and is
renewed as the work goes on; one whose worker died is taken over after that, a failed one is tried again, each at most
three times. ``started_at`` is the claim's token: who was taken over finds out when it renews, and writes nothing more.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from inventory.ground.sql.pruning import prune

from . import logs
from .models import JobRun

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any block or step of a job may take."""
RENEWED_AFTER = timedelta(seconds=5)
"""What is told more often, and is nothing new, is not written down."""
RETRY_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 3
KEPT = timedelta(days=400)
"""A good year: which reorder points moved most, and what a night did, in the same week of the last one."""

Report = Callable[[int, str], None]
"""Called with percent done and the step in words."""
Work = Callable[[Report], dict[str, Any]]


class AlreadyRan(Exception):
    """The job ran for this business date, or failed too often to be tried again by itself."""


class StillRunning(Exception):
    """Another worker is at it."""


class TakenOver(Exception):
    """The run was so late that another worker took it over; what this one finds no longer counts."""


class JobFailed(Exception):
    """A job that went wrong, in words for the screen; ``counts`` is what it had done by then."""

    def __init__(self, message: str, counts: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.counts = counts or {}


def once(
    job: str, work: Work, *, on: date, at: datetime, by: User | None = None, again: bool = False
) -> dict[str, Any]:
    """
    Run a job for one business date unless it ran already, and return its counts.

    :param work: does the job; is given a function to report progress with
    :param again: run it even if it ran well before, or was given up
    :raises AlreadyRan: if it did
    :raises StillRunning: if it is running now
    :raises TakenOver: if another worker took it over meanwhile
    :raises JobFailed: if ``work`` fails; the run keeps the words
    """
    return carry_out(claim(job, on=on, at=at, by=by, again=again), work, at=at)


def carry_out(run: JobRun, work: Work, *, at: datetime) -> dict[str, Any]:
    """Do the work of a run that was claimed, or taken up, at this moment; as ``once`` does."""
    began = last = monotonic()
    name = f"{run.job}/{run.business_date}"

    def now() -> datetime:
        return at + timedelta(seconds=monotonic() - began)

    def report(percent: int, step: str) -> None:
        nonlocal last
        if (percent, step) == (run.progress, run.step) and monotonic() - last < RENEWED_AFTER.total_seconds():
            return
        last = monotonic()
        progress(run, percent, step, at=now())

    try:
        with logs.about(job=name):
            counts = work(report)
    except TakenOver:
        raise
    except Exception as error:
        logger.exception("%s failed", run, extra={"job": name})
        failure = error if isinstance(error, JobFailed) else JobFailed(f"{type(error).__name__}: {error}")
        fail(run, str(failure), counts=failure.counts, at=now())
        raise failure from error
    finish(run, counts, at=now())
    return counts


def is_due(job: str, *, on: date, at: datetime) -> bool:
    """Say whether the clock should try this job now: nobody has it, or it failed a while ago and may be tried again."""
    run = JobRun.objects.filter(job=job, business_date=on).first()
    if run is None:
        return True
    if run.finished_at is None:
        return is_left(job, on=on, at=at)
    return bool(run.error) and run.attempts < MOST_ATTEMPTS and run.finished_at < at - RETRY_AFTER


def is_left(job: str, *, on: date, at: datetime) -> bool:
    """Say whether the worker of this run is lost: it began, did not end, and does not renew its claim."""
    return JobRun.objects.filter(_overdue(at), job=job, business_date=on).exists()


def claim(job: str, *, on: date, at: datetime, by: User | None = None, again: bool = False) -> JobRun:
    """
    Take the one run of this job for this business date.

    :raises AlreadyRan: if it finished well, or failed too often
    :raises StillRunning: if another worker holds it and is not overdue
    """
    fresh = {"started_at": at, "claimed_until": at + LEASE, "by": by}
    run, is_mine = JobRun.objects.get_or_create(job=job, business_date=on, defaults=fresh)
    if is_mine:
        return run
    rows = JobRun.objects.filter(pk=run.pk)
    attempts = 1 if again else F("attempts") + 1
    taken = _takeable(rows, at, again=again).update(
        **fresh, attempts=attempts, finished_at=None, progress=0, step="", error="", counts={}
    )
    run.refresh_from_db()
    if taken:
        return run
    _give_up(rows, at)
    run.refresh_from_db()
    if run.finished_at:
        raise AlreadyRan(f"{run} ran already." if not run.error else f"{run} failed and was given up: {run.error}")
    raise StillRunning(f"{run} is running, {run.progress} % done{_started(run)}.")


def take_up(run_id: int, token: datetime, *, at: datetime) -> JobRun:
    """
    Begin the work of a run that was claimed elsewhere, under a token of its own, so that it is begun once.

    :raises TakenOver: if it was begun before, by this message or by the clock
    """
    rows = JobRun.objects.filter(pk=run_id, started_at=token, finished_at=None)
    if not rows.update(started_at=at, claimed_until=at + LEASE):
        raise TakenOver("This run was begun before.")
    return JobRun.objects.get(pk=run_id)


def before(job: str, *, on: date) -> dict[str, Any] | None:
    """What is on record of a run, for ``give_back``; None if there was none."""
    found = JobRun.objects.filter(job=job, business_date=on).values().first()
    return dict(found) if found else None


def give_back(run: JobRun, was: dict[str, Any] | None) -> None:
    """Undo a claim that nothing came of: the run is on record as it ``was`` before."""
    if was is None:
        _mine(run).delete()
    else:
        _mine(run).update(**was)


def progress(run: JobRun, percent: int, step: str, *, at: datetime) -> None:
    """
    Write down how far a run is, and renew its claim.

    :raises TakenOver: if another worker holds it by now
    """
    run.progress, run.step = percent, step
    if not _mine(run).update(progress=percent, step=step[:120], claimed_until=at + LEASE):
        raise TakenOver(f"{run} was taken over.")


def sweep(*, at: datetime) -> int:
    """Forget runs that began more than ``KEPT`` ago, but for those after which none of their job went well."""
    newer = JobRun.objects.filter(
        job=OuterRef("job"), business_date__gt=OuterRef("business_date"), finished_at__isnull=False, error=""
    )
    return prune(JobRun.objects.filter(Exists(newer), started_at__lt=at - KEPT).order_by("pk"))


def finish(run: JobRun, counts: dict[str, Any], *, at: datetime) -> None:
    """Close a run that went well."""
    _mine(run).update(progress=100, step="", counts=counts, finished_at=at)


def fail(run: JobRun, error: str, *, counts: dict[str, Any], at: datetime) -> None:
    """Close a run with its error; it may be tried again."""
    _mine(run).update(error=error, counts=counts, finished_at=at)


def _mine(run: JobRun) -> QuerySet[JobRun]:
    return JobRun.objects.filter(pk=run.pk, started_at=run.started_at, finished_at=None)


def _overdue(at: datetime) -> Q:
    """The claim has run out; a run of an older release has none, and stood for as long."""
    unclaimed = Q(claimed_until=None, started_at__lt=at - LEASE)
    return Q(finished_at=None) & (Q(claimed_until__lt=at) | unclaimed)


def _takeable(rows: QuerySet[JobRun], at: datetime, *, again: bool) -> QuerySet[JobRun]:
    if again:
        return rows.filter(_overdue(at) | Q(finished_at__isnull=False))
    failed = Q(finished_at__isnull=False) & ~Q(error="")
    return rows.filter(_overdue(at) | failed, attempts__lt=MOST_ATTEMPTS)


def _give_up(rows: QuerySet[JobRun], at: datetime) -> None:
    """Park a run that keeps killing its worker, so that it is seen and not tried for ever."""
    rows.filter(_overdue(at), attempts__gte=MOST_ATTEMPTS).update(
        finished_at=at, error=f"Its worker died {MOST_ATTEMPTS} times. Look at the log, then run it again by hand."
    )


def _started(run: JobRun) -> str:
    return f", started by {run.by or 'the clock'} at {timezone.localtime(run.started_at):%H:%M}"

"""The jobs of the clock that need the whole house: each asks the time, makes one call and returns counts."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from inventory import spent
from inventory.models import folded
from inventory.night import past, policies
from inventory.notebook import alerts as notebook
from inventory.supply import owed

from . import jobs
from . import nightly as chain
from .books import audit as books
from .books import twins
from .celery import FILE_SECONDS, business_date
from .files import in_blocks, unloading
from .people import signing_in
from .watching import alerts as watched
from .watching import daily, troubles


@shared_task
def watch() -> dict[str, int]:
    """Note that the clock ticks, and tell those who look after it what stands still."""
    return troubles.look(at=timezone.now())


@shared_task
def alerts() -> dict[str, int]:
    """Raise what waits for a person, and solve what no longer does."""
    return watched.look(at=timezone.now())


@shared_task
def nightly() -> dict[str, Any]:
    """Run the nightly chain, once per business date."""
    return _daily(chain.JOB, lambda on, at: chain.run(on=on, at=at))


@shared_task
def nightly_now(run_id: int, token: str) -> dict[str, Any]:
    """Do the nightly run that a person has claimed (``jobs.claim``); a message that comes twice does it once."""
    at = timezone.now()
    try:
        return chain.carry_out(jobs.take_up(run_id, datetime.fromisoformat(token), at=at), at=at)
    except jobs.TakenOver:
        return {}


@shared_task
def nightly_help() -> dict[str, Any]:
    """Compute blocks of reorder points that nobody is at, until there is none; any number of workers may."""
    return {"blocks": policies.help_out()}


@shared_task(soft_time_limit=FILE_SECONDS - 30, time_limit=FILE_SECONDS)
def file_now(upload_id: int) -> dict[str, Any]:
    """Look at a big file or load it, whichever a person asked for; a message that comes twice does it once."""
    return {"files": int(unloading.work(upload_id, at=timezone.now()))}


@shared_task(soft_time_limit=FILE_SECONDS - 30, time_limit=FILE_SECONDS)
def files() -> dict[str, Any]:
    """Do the big files that nobody is at: their message was lost, or their worker."""
    return unloading.sweep(at=timezone.now)


@shared_task
def audit() -> dict[str, Any]:
    """Check that the books balance, once per business date."""
    return _daily("audit", lambda on, at: jobs.once("audit", lambda report: _audit(at, report), on=on, at=at))


@shared_task
def sweep() -> dict[str, Any]:
    """Delete what nobody asks for any more, once per business date."""
    return _daily("sweep", lambda on, at: jobs.once("sweep", lambda report: _sweep(on, at, report), on=on, at=at))


@shared_task
def daily_mail() -> dict[str, Any]:
    """Write who wants it their one mail of the day, once per business date."""
    return _daily("daily_mail", lambda on, at: jobs.once("daily_mail", lambda report: daily.write(at=at), on=on, at=at))


def _sweep(on: date, at: datetime, report: jobs.Report) -> dict[str, Any]:
    def still() -> None:
        report(50, "Deleting what is past")

    SessionStore.clear_expired()
    counts = {"owed": owed.sweep(), "keys": spent.sweep(at=at), "keys_filled": twins.fill()}
    counts |= {"folded": folded.fill_all(), "sign_ins": signing_in.sweep(at=at)}
    counts |= {"moved_points": past.sweep(on=on, block_done=still), "alerts": notebook.sweep(at=at, block_done=still)}
    return counts | {"runs": jobs.sweep(at=at), "blocks_of_files": in_blocks.sweep(at=at)}


def _daily(job: str, run: Callable[[date, datetime], dict[str, Any]]) -> dict[str, Any]:
    """Run a daily job if its hour has come and nobody else has it, or whoever had it is lost."""
    at = timezone.now()
    today = timezone.localdate(at)
    on = business_date(job, at=timezone.localtime(at))
    if on is None and jobs.is_left(job, on=today, at=at):
        on = today  # a person began it before its hour, and its worker died
    if on is None or not jobs.is_due(job, on=on, at=at):
        return {}
    try:
        return run(on, at)
    except (jobs.AlreadyRan, jobs.StillRunning, jobs.TakenOver):
        return {}


def _audit(at: datetime, report: jobs.Report) -> dict[str, Any]:
    def progress(done: int, total: int) -> None:
        report(100 * done // max(1, total), "Planning every queue again")

    findings = books.run(at=at, progress=progress)
    broken = {finding.rule: finding.broken for finding in findings if finding.broken}
    return {"differences": sum(broken.values()), "rules": broken, **twins.counts()}

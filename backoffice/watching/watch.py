"""
What stands still or went wrong, as it is now: the clock, mail, the night, the books, files. Reads only.

Nothing is late that could not be in time: what was due while all was off counts from when the clock ticks again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Min, Value
from django.utils import timezone

from backoffice import jobs, nightly
from backoffice.celery import CLOCK
from backoffice.models import ClockTick, JobRun, Upload
from inventory.ground.post import braking, sender
from inventory.ground.post.letter import Brake, LetterState
from inventory.ground.post.sender import Outbox

PAUSE = timedelta(minutes=5)
"""A clock that did not tick for so long stands still."""
STILL = timedelta(minutes=10)
"""Mail that was due so long ago, while none went out, stands still."""
LATE = timedelta(hours=1)
"""A night that did not run well so long after it was due did not run."""
REMEMBERED = timedelta(days=1)
"""So long a file that failed is shown."""
NEWEST = 100


@dataclass(frozen=True, slots=True)
class Watched:
    """
    One thing that is watched.

    :ivar name: what: clock, mail, night, books, file
    :ivar figure: in a word or two, how bad it is
    :ivar key: tells one occurrence from the next
    """

    name: str
    is_ok: bool
    words: str
    figure: str = ""
    key: str = ""


def tick() -> ClockTick | None:
    return ClockTick.objects.first()


def standing(*, at: datetime) -> list[Watched]:
    """Say of the clock, of mail and of the night whether they go: what a shop cannot be without for a day."""
    last = tick()
    return [clock(last, at=at), mail(last, at=at), night(last, at=at)]


def wrong(*, at: datetime) -> list[Watched]:
    """Name everything that stands still or went wrong."""
    found = [*standing(at=at), *books(), *files(at=at)]
    return [each for each in found if not each.is_ok]


def clock(last: ClockTick | None, *, at: datetime) -> Watched:
    if last is None:
        return Watched("clock", False, "The clock has never ticked. Start a worker and the beat.", "never")
    when = _when(last.at, at)
    if at - last.at >= PAUSE:
        words = f"The clock last ticked at {when}: no mail goes out and no night is run. Start the worker and the beat."
        return Watched("clock", False, words, when)
    return Watched("clock", True, f"The clock ticked at {when}.")


def mail(last: ClockTick | None, *, at: datetime) -> Watched:
    """
    Mail stands still when some is due, or is held back by the brake, and none of its kind has gone out for ten minutes.

    Of every table of letters that is registered: to customers, to suppliers, to staff.
    """
    brake = braking.standing()
    oldest = _oldest_due(at)
    found = ((outbox.to, _stands_since(outbox, oldest.get(outbox.to), brake, at)) for outbox in sender.OUTBOXES)
    held = {to: since for to, since in found if since}
    if not held:
        return Watched("mail", True, "No mail waits that should have gone.")
    since = min(held.values())
    if at - max(since, last.since if last else since) < STILL:
        return Watched("mail", True, f"The oldest mail was due at {_when(since, at)}.")
    when = _when(since, at)
    why = f": {brake.reason}" if brake else ": no worker sends it."
    return Watched("mail", False, f"Mail to {' and '.join(sorted(held))} has stood still since {when}{why}", when)


def _oldest_due(at: datetime) -> dict[str, datetime]:
    """Since when the oldest is due of those that are queued, by who reads them: one statement for all tables."""
    first, *others = (
        outbox.rows()
        .filter(state=LetterState.QUEUED, due_at__lte=at)
        .order_by()
        .values_list(Value(outbox.to))
        .annotate(Min("due_at"))
        for outbox in sender.OUTBOXES
    )
    return dict(first.union(*others))


def _stands_since(outbox: Outbox[Any], oldest: datetime | None, brake: Brake | None, at: datetime) -> datetime | None:
    """Since when letters of a table wait that should have gone; None: they go, or there are none."""
    if brake and not outbox.is_shadow():
        is_held = oldest or outbox.rows().filter(state=LetterState.QUEUED).exists()
        return min(brake.since, oldest or brake.since) if is_held else None
    return oldest if oldest and not _goes_out(outbox, at) else None


def _goes_out(outbox: Outbox[Any], at: datetime) -> bool:
    """Whether one of the newest that were sent was sent just now: a long queue takes its time."""
    newest = outbox.rows().filter(state=LetterState.SENT).order_by("-pk").values_list("sent_at", flat=True)[:NEWEST]
    return any(sent_at and sent_at > at - STILL for sent_at in newest)


def night(last: ClockTick | None, *, at: datetime) -> Watched:
    """Last night ran if a run of its date, or of a later one, went well."""
    today = timezone.localdate(at)
    yesterday = today - timedelta(days=1)
    runs = {run.business_date: run for run in JobRun.objects.filter(job=nightly.JOB, business_date__gte=yesterday)}
    due, run = _due(today), runs.get(today)
    late = max(due, last.since if last else due) + LATE
    is_given_up = bool(run and run.finished_at and run.error and run.attempts >= jobs.MOST_ATTEMPTS)
    is_at_work = bool(run and not run.finished_at and run.claimed_until and run.claimed_until > at)
    wanted = today if is_given_up or (at >= late and not is_at_work) else yesterday
    if ran := [day for day, each in runs.items() if day >= wanted and each.finished_at and not each.error]:
        return Watched("night", True, f"The night of {_day(max(ran))} ran.")
    missed = runs.get(wanted)
    if missed is None and wanted < today and last and last.since > _due(wanted):
        return Watched("night", True, "The first night is still to come.")  # all was off when that one was due
    error = f": {missed.error}" if missed and missed.error else "."
    words = f"The night of {_day(wanted)} did not run{error} Look at its run, mend the cause and press “Run now”."
    return Watched("night", False, words, f"{wanted.day} {wanted:%b}", f"night:{wanted}")


def _due(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, CLOCK[nightly.JOB].after or time()))


def books() -> Iterator[Watched]:
    """Name each rule that the last audit found broken."""
    run = JobRun.objects.filter(job="audit", finished_at__isnull=False).order_by("-business_date").first()
    if run is None:
        return
    if run.error:
        words = f"The check of the books of {_day(run.business_date)} broke off: {run.error}"
        yield Watched("books", False, words, "not checked", "books")
    for rule, broken in sorted(run.counts.get("rules", {}).items()):
        words = f"{rule}: not for {broken:,} (checked {_day(run.business_date)}). See manage.py audit."
        yield Watched("books", False, words, f"{broken:,} differ", f"books:{rule}")


def files(*, at: datetime) -> Iterator[Watched]:
    """Name the files that a worker could not look at or load within the last day."""
    failed = Upload.objects.filter(state=Upload.State.FAILED, claimed_until__gte=at - REMEMBERED)
    for upload in failed.select_related("by").order_by("pk"):
        sender = f" of {upload.by}" if upload.by else ""
        words = f"The file “{upload.name}”{sender} could not be loaded. {upload.error}"
        yield Watched("file", False, words, upload.kind, f"file:{upload.pk}")


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _when(moment: datetime, at: datetime) -> str:
    """``10:02``, or with its day if it was another."""
    local, now = timezone.localtime(moment), timezone.localtime(at)
    day = "" if local.date() == now.date() else f"{local.day} {local:%b}, "
    return f"{day}{local:%H:%M}"

"""
What a worker does with a big file: look at it, or load what somebody said yes to, while others go on.

The row holds the work: a claim stands for two minutes and a look renews it as it reads. A load is one transaction that
holds the row: if its worker dies nothing of it is there, and another begins it anew. It looks again in that
transaction, and loads only what was confirmed. A kind that is written in blocks (``in_blocks``) commits each of them,
and whoever comes next goes on with the block after.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from backoffice import jobs
from backoffice.models import Upload
from inventory.ground.sql import bulk
from inventory.ground.tabular import Unreadable

from . import in_blocks, incoming, loading, previews

logger = logging.getLogger(__name__)

State = Upload.State
SILENT = timedelta(minutes=10)
"""Longer than the database hears nothing of a load that reads its file."""
TOLD_EVERY = 1.0
"""Seconds between two words about how far it is."""
CHANGED = "Something changed since you looked. This is how it stands now; nothing was loaded."
Tell = Callable[[int, int], object]


def sweep(*, at: Callable[[], datetime]) -> dict[str, int]:
    """Do what nobody does: files whose wake-up was lost, or whose worker died; one after the other."""
    done = 0
    for pk in _left(at()).order_by("pk").values_list("pk", flat=True):
        done += work(pk, at=at())
    return {"files": done}


def work(pk: int, *, at: datetime) -> bool:
    """Look at a file or load it, whichever was asked for, unless somebody is at it; say whether it was done."""
    upload = take_up(pk, at)
    if upload is None:
        return False
    try:
        _look(upload, at) if upload.state == State.LOOKING else _load(upload, at)
    except jobs.TakenOver:
        return False
    except loading.Refused as refused:
        _end(upload, State.LOOKED, str(refused), report=previews.made(upload, refused.plan))
    except Unreadable as error:
        asking = incoming.step(upload, error)
        _end(upload, State.ASKING if asking else State.FAILED, str(error), report={"step": asking})
    except Exception as error:
        logger.exception("%s could not be read or loaded", upload)
        stop(upload, f"{type(error).__name__}: {str(error)[:300]}")
    return True


def _left(at: datetime) -> QuerySet[Upload]:
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    return Upload.objects.filter(free, state__in=(State.LOOKING, State.LOADING), loaded_at=None)


@transaction.atomic
def take_up(pk: int, at: datetime) -> Upload | None:
    """Claim a file that nobody is at; one that has cost three workers is given up."""
    upload = _left(at).filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).first()
    if upload is None:
        return None
    if upload.attempts >= jobs.MOST_ATTEMPTS:
        stop(upload, f"Its worker died {jobs.MOST_ATTEMPTS} times. Split the file, or use manage.py load.")
        return None
    upload.started_at, upload.claimed_until, upload.attempts = at, at + jobs.LEASE, upload.attempts + 1
    upload.save(update_fields=["started_at", "claimed_until", "attempts"])
    return upload


def _mine(upload: Upload) -> QuerySet[Upload]:
    return Upload.objects.filter(pk=upload.pk, started_at=upload.started_at, state=upload.state, loaded_at=None)


def _end(upload: Upload, state: str, error: str, *, report: dict[str, Any]) -> int:
    return _mine(upload).update(state=state, error=error, report=report)


def stop(upload: Upload, why: str) -> str:
    """Say that it went wrong, and how much of it is there."""
    done, total = in_blocks.how_many(upload)
    if done:
        told = f"It stopped: {done:,} of {total:,} blocks are loaded and stay so. Load it, and the rest follows. {why}"
        _end(upload, State.LOOKED, told, report=upload.report)
    else:
        told = f"Nothing was loaded. {why}"
        _end(upload, State.FAILED, told, report={})
    return told


def _look(upload: Upload, at: datetime) -> None:
    began = monotonic()

    def renew() -> None:
        until = at + timedelta(seconds=monotonic() - began) + jobs.LEASE
        if not _mine(upload).update(claimed_until=until):
            raise jobs.TakenOver(f"{upload} was taken over.")

    plan = incoming.looked(upload, at=at, progress=_telling(upload, "Read", renew))
    found = previews.made(upload, plan)
    if in_blocks.has(upload.kind):
        found[incoming.KEPT] = previews.report(plan)
    with transaction.atomic():
        if _end(upload, State.LOOKED, "", report=found):
            in_blocks.lay_out(upload, plan, at=at)


def _load(upload: Upload, at: datetime) -> None:
    if incoming.KEPT in upload.report:
        _load_blocks(upload, at)
    else:
        _load_whole(upload, at)


def _load_blocks(upload: Upload, at: datetime) -> None:
    if upload.report["bad"] and not upload.is_skipping:
        _end(upload, State.LOOKED, "Nothing was loaded: rows of it cannot be.", report=upload.report)
    else:
        write_blocks(upload, at=at, tell=_telling(upload, "Loaded in blocks:"))


def write_blocks(upload: Upload, *, at: datetime, tell: Tell) -> list[str]:
    """
    Write what the look laid out, from the first block that is not done; each one renews the claim.

    :returns: a sentence for each row that was left as it is
    :raises TakenOver: if somebody else has the file by now
    """
    began = monotonic()

    def now() -> datetime:
        return at + timedelta(seconds=monotonic() - began)

    def mine() -> None:
        bulk.end_if_silent(SILENT)
        if not _mine(upload).update(claimed_until=now() + jobs.LEASE, attempts=1):
            raise jobs.TakenOver(f"{upload} was taken over.")

    done, total = in_blocks.how_many(upload)
    while in_blocks.write(upload, mine=mine, by=upload.confirmed_by, at=now):
        done += 1
        tell(done, total)
    with transaction.atomic():
        mine()
        left = in_blocks.skipped(upload)
        report = in_blocks.finish(upload, upload.report[incoming.KEPT])
        loading.keep_mapping(incoming.file_of(upload), by=upload.confirmed_by, at=now())
        _mine(upload).update(loaded_at=now(), state=State.LOADED, report=report, error="")
    return left


def _load_whole(upload: Upload, at: datetime) -> None:
    """Look again and load, in one transaction, what was confirmed; anything else is shown instead."""
    with transaction.atomic():
        bulk.end_if_silent(SILENT)  # whose machine is gone would hold the row for ever
        if not _mine(upload).update(attempts=F("attempts")):  # from here to the end the row is ours
            raise jobs.TakenOver(f"{upload} was taken over.")
        plan = incoming.looked(upload, at=at, progress=_telling(upload, "Read"))
        found = previews.made(upload, plan)
        if found["seen"] != upload.confirmed:
            _end(upload, State.LOOKED, CHANGED, report=found)
            return
        loading.apply(
            plan,
            loading.KINDS[upload.kind],
            is_skipping_bad=upload.is_skipping,
            by=upload.confirmed_by,
            at=at,
            progress=_telling(upload, "Loaded"),
        )
        _mine(upload).update(loaded_at=at, state=State.LOADED, report=previews.report(plan))


def _telling(upload: Upload, verb: str, renew: Callable[[], None] | None = None) -> Tell:
    """Give a function that says how far it is, each second at most, and renews the claim now and then."""
    told = renewed = monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told, renewed
        now = monotonic()
        if now - told >= TOLD_EVERY:
            told = now
            incoming.tell_far(upload, 100 * done // max(1, total), f"{verb} {done:,} of {total:,}")
        if renew and now - renewed >= jobs.RENEWED_AFTER.total_seconds():
            renewed = now
            renew()

    return tell

"""
Big files, looked at and loaded by a worker while whoever sent them does something else.

The row holds the work and a message is a wake-up: the clock starts what a lost one would have. A claim stands for two
minutes and a look renews it as it reads. A load is one transaction that holds the row: if its worker dies nothing of
it is there, and another begins it anew. It looks again in that transaction, and loads only what was confirmed. A kind
that is written in blocks (``in_blocks``) commits each of them, and whoever comes next goes on with the block after.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_datetime

from backoffice import in_blocks, jobs, loading, previews
from backoffice.celery import FILE, LONG, BrokerAway, publish
from backoffice.models import Upload
from inventory import bulk
from inventory.resources import Plan
from inventory.tabular import MissingColumns, SeveralSheets, Unreadable

logger = logging.getLogger(__name__)

State = Upload.State
SILENT = timedelta(minutes=10)
"""Longer than the database hears nothing of a load that reads its file."""
TOLD_EVERY = 1.0
"""Seconds between two words about how far it is."""
UNPACKED = 16
"""A workbook holds so many times its own size, and no more, if it is to be read while somebody waits."""
KEPT = "loaded"
"""What the report of a look keeps under this name is said once it is loaded: then the look is not made again."""
CHANGED = "Something changed since you looked. This is how it stands now; nothing was loaded."


class AtWork(Exception):
    """A worker has the file already, or it was loaded: this page is an old one."""


def is_big(upload: Upload) -> bool:
    """Say whether a file is too much for a page: whoever waits for one, and the web worker, have seconds."""
    path, most = upload.path, int(settings.UPLOAD_AT_ONCE_KB) * 1024
    if not path.exists():
        return False
    if path.stat().st_size > most or path.name.lower().endswith((".gz", ".xz")):
        return True
    if not is_zipfile(path):
        return False
    with suppress(BadZipFile, OSError), ZipFile(path) as book:
        return bool(sum(part.file_size for part in book.infolist()) > most * UNPACKED)
    return False


def file_of(upload: Upload) -> loading.File:
    """Give the file, and how it is to be read."""
    return loading.File(
        kind=upload.kind,
        path=Path(upload.file.path),
        name=upload.name,
        mapping=upload.mapping["columns"],
        date_order=upload.mapping["dates"],
        sheet=upload.mapping.get("sheet") or "",
        header_row=upload.mapping.get("header_row") or 0,
        layout=upload.mapping.get("layout") or "",
        counted_at=parse_datetime(upload.mapping.get("counted_at") or ""),
        is_all_others_zero=bool(upload.mapping.get("is_all_others_zero")),
        is_newer=bool(upload.mapping.get("is_newer")),
        is_reused=bool(upload.mapping.get("is_reused")),
        is_telling=bool(upload.mapping.get("is_telling")),
        is_sales=bool(upload.mapping.get("is_sales")),
        not_products=[code for code in (upload.mapping.get("not_products") or "").split(",") if code.strip()],
        named=upload.mapping.get("named") or "",
    )


def looked(upload: Upload, *, at: datetime, progress: Callable[[int, int], object] | None = None) -> Plan:
    """
    Give what loading a file would do, to its own and to people who are here already.

    :raises Unreadable: see ``loading.look``
    """
    plan = loading.look(file_of(upload), at=at, progress=progress)
    loading.foresee(plan, loading.KINDS[upload.kind], at=at)
    return plan


def step(upload: Upload, error: Unreadable) -> str:
    """Name the page where somebody must say something before the file can be read; "" if it is no table at all."""
    if isinstance(error, MissingColumns) and not error.row:
        return "columns"
    if isinstance(error, MissingColumns | SeveralSheets):
        if isinstance(error, MissingColumns):
            upload.mapping["header_row"] = error.row
            upload.save(update_fields=["mapping"])
        return "reading"
    return "reading" if any(upload.mapping.get(name) for name in ("sheet", "header_row", "layout")) else ""


# --- asking a worker ------------------------------------------------------------------------


@transaction.atomic
def ask_to_look(upload: Upload) -> None:
    """
    Have a worker look at the file.

    :raises AtWork: if one has it
    """
    rows = Upload.objects.filter(pk=upload.pk, loaded_at=None).exclude(state__in=(State.LOOKING, State.LOADING))
    if in_blocks.how_many(upload)[0]:
        raise AtWork("A part of the file is loaded: it is not looked at again. Load it, and the rest follows.")
    _ask(rows, state=State.LOOKING, report={})
    _wake(upload.pk)


@transaction.atomic
def ask_to_load(upload: Upload, *, seen: str, is_skipping: bool, by: User) -> None:
    """
    Have a worker load what the look of this fingerprint found.

    :raises AtWork: if another look was taken since, or somebody was first
    """
    rows = Upload.objects.filter(pk=upload.pk, loaded_at=None, state=State.LOOKED, report__seen=seen)
    _ask(rows, state=State.LOADING, confirmed=seen, is_skipping=is_skipping, confirmed_by=by)
    _wake(upload.pk)


def _ask(rows: QuerySet[Upload], **values: Any) -> None:
    if not rows.update(**values, started_at=None, claimed_until=None, attempts=0, error=""):
        raise AtWork("Somebody was first, or the file was looked at again: nothing was started. This is how it stands.")


def _wake(pk: int) -> None:
    def wake() -> None:
        with suppress(BrokerAway):  # the clock finds it within a minute
            publish(FILE, pk, queue=LONG)

    transaction.on_commit(wake)


def how_far(upload: Upload) -> tuple[int, str]:
    """Give percent done and the step in words; nobody may have begun."""
    if upload.started_at is None:
        return 0, "It waits for a worker. If none is woken now, the clock wakes one within a minute"
    percent, words = cache.get(_key(upload.pk)) or (0, "")
    return int(percent), words or "A worker has begun"


def _key(pk: int) -> str:
    return f"upload-progress:{pk}"


# --- what a worker does ---------------------------------------------------------------------


def sweep(*, at: Callable[[], datetime]) -> dict[str, int]:
    """Do what nobody does: files whose wake-up was lost, or whose worker died; one after the other."""
    done = 0
    for pk in _left(at()).order_by("pk").values_list("pk", flat=True):
        done += work(pk, at=at())
    return {"files": done}


def work(pk: int, *, at: datetime) -> bool:
    """Look at a file or load it, whichever was asked for, unless somebody is at it; say whether it was done."""
    upload = _take_up(pk, at)
    if upload is None:
        return False
    try:
        _look(upload, at) if upload.state == State.LOOKING else _load(upload, at)
    except jobs.TakenOver:
        return False
    except loading.Refused as refused:
        _end(upload, State.LOOKED, str(refused), report=previews.made(upload, refused.plan))
    except Unreadable as error:
        asking = step(upload, error)
        _end(upload, State.ASKING if asking else State.FAILED, str(error), report={"step": asking})
    except Exception as error:
        logger.exception("%s could not be read or loaded", upload)
        _stop(upload, f"{type(error).__name__}: {str(error)[:300]}")
    return True


def _left(at: datetime) -> QuerySet[Upload]:
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    return Upload.objects.filter(free, state__in=(State.LOOKING, State.LOADING), loaded_at=None)


@transaction.atomic
def _take_up(pk: int, at: datetime) -> Upload | None:
    """Claim a file that nobody is at; one that has cost three workers is given up."""
    upload = _left(at).filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).first()
    if upload is None:
        return None
    if upload.attempts >= jobs.MOST_ATTEMPTS:
        _stop(upload, f"Its worker died {jobs.MOST_ATTEMPTS} times. Split the file, or use manage.py load.")
        return None
    upload.started_at, upload.claimed_until, upload.attempts = at, at + jobs.LEASE, upload.attempts + 1
    upload.save(update_fields=["started_at", "claimed_until", "attempts"])
    return upload


def _mine(upload: Upload) -> QuerySet[Upload]:
    return Upload.objects.filter(pk=upload.pk, started_at=upload.started_at, state=upload.state, loaded_at=None)


def _end(upload: Upload, state: str, error: str, *, report: dict[str, Any]) -> int:
    return _mine(upload).update(state=state, error=error, report=report)


def _stop(upload: Upload, why: str) -> None:
    """Say that it went wrong, and how much of it is there."""
    done, total = in_blocks.how_many(upload)
    if done:
        told = f"It stopped: {done:,} of {total:,} blocks are loaded and stay so. Load it, and the rest follows. {why}"
        _end(upload, State.LOOKED, told, report=upload.report)
    else:
        _end(upload, State.FAILED, f"Nothing was loaded. {why}", report={})


def _look(upload: Upload, at: datetime) -> None:
    began = monotonic()

    def renew() -> None:
        until = at + timedelta(seconds=monotonic() - began) + jobs.LEASE
        if not _mine(upload).update(claimed_until=until):
            raise jobs.TakenOver(f"{upload} was taken over.")

    plan = looked(upload, at=at, progress=_telling(upload, "Read", renew))
    found = previews.made(upload, plan)
    if in_blocks.has(upload.kind):
        found[KEPT] = previews.report(plan)
    with transaction.atomic():
        if _end(upload, State.LOOKED, "", report=found):
            in_blocks.lay_out(upload, plan, at=at)


def _load(upload: Upload, at: datetime) -> None:
    if KEPT in upload.report:
        _load_blocks(upload, at)
    else:
        _load_whole(upload, at)


def _load_blocks(upload: Upload, at: datetime) -> None:
    """Write what the look laid out, from the first block that is not done; each one renews the claim."""
    began = monotonic()
    if upload.report["bad"] and not upload.is_skipping:
        _end(upload, State.LOOKED, "Nothing was loaded: rows of it cannot be.", report=upload.report)
        return

    def now() -> datetime:
        return at + timedelta(seconds=monotonic() - began)

    def mine() -> None:
        bulk.end_if_silent(SILENT)
        if not _mine(upload).update(claimed_until=now() + jobs.LEASE, attempts=1):
            raise jobs.TakenOver(f"{upload} was taken over.")

    (done, total), tell = in_blocks.how_many(upload), _telling(upload, "Loaded in blocks:")
    while in_blocks.write(upload, mine=mine, by=upload.confirmed_by, at=now):
        done += 1
        tell(done, total)
    with transaction.atomic():
        mine()
        report = in_blocks.finish(upload, upload.report[KEPT])
        _mine(upload).update(loaded_at=now(), state=State.LOADED, report=report, error="")


def _load_whole(upload: Upload, at: datetime) -> None:
    """Look again and load, in one transaction, what was confirmed; anything else is shown instead."""
    with transaction.atomic():
        bulk.end_if_silent(SILENT)  # whose machine is gone would hold the row for ever
        if not _mine(upload).update(attempts=F("attempts")):  # from here to the end the row is ours
            raise jobs.TakenOver(f"{upload} was taken over.")
        plan = looked(upload, at=at, progress=_telling(upload, "Read"))
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


def _telling(upload: Upload, verb: str, renew: Callable[[], None] | None = None) -> Callable[[int, int], None]:
    """Give a function that says how far it is, each second at most, and renews the claim now and then."""
    told = renewed = monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told, renewed
        now = monotonic()
        if now - told >= TOLD_EVERY:
            told = now
            cache.set(_key(upload.pk), (100 * done // max(1, total), f"{verb} {done:,} of {total:,}"), 600)
        if renew and now - renewed >= jobs.RENEWED_AFTER.total_seconds():
            renewed = now
            renew()

    return tell

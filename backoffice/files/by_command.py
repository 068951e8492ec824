"""
A big file that ``manage.py load`` brings: a row like that of one that was sent, written in the same blocks.

Who runs the command holds the row. Where it is stopped, what is written stays and it says so; the same file again goes
on from there. One that was killed is finished by whoever comes first: the next run, or a worker.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files import File as Content
from django.db import transaction

from backoffice import jobs
from backoffice.models import Upload
from inventory.resources import Plan

from . import in_blocks, incoming, loading, previews, unloading

State = Upload.State


class Stopped(Exception):
    """It came so far and no further, in words."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    A file that is loaded.

    :ivar told: its figures in words; ``begun`` of ``total`` blocks were loaded by an earlier run
    :ivar left: a sentence for each row that was left as it is
    """

    told: str
    begun: int
    total: int
    left: Sequence[str]


def is_for(file: loading.File) -> bool:
    """Say if a file is big and of a kind that is written in blocks."""
    return in_blocks.has(file.kind) and incoming.is_big_file(file.path)


def unfinished(file: loading.File) -> Upload | None:
    """Give the row of an earlier run of this very file, read the same way, of which a part is loaded or may be."""
    said = _said(file)
    rows = Upload.objects.filter(
        kind=file.kind, loaded_at=None, state__in=(State.LOADING, State.LOOKED), mapping__digest=said["digest"]
    )
    return next((each for each in rows.order_by("pk") if each.mapping == said), None)


def begin(file: loading.File, plan: Plan, *, is_skipping: bool, at: datetime) -> Upload:
    """Keep what a look found as blocks, held by whoever calls this."""
    upload = Upload(
        kind=file.kind,
        name=(file.name or file.path.name)[:200],
        mapping=_said(file),
        uploaded_at=at,
        state=State.LOADING,
        started_at=at,
        claimed_until=at + jobs.LEASE,
        attempts=1,
        is_skipping=is_skipping,
    )
    with transaction.atomic(), file.path.open("rb") as content:
        upload.file.save(file.path.name, Content(content), save=True)
        upload.report = previews.made(upload, plan) | {incoming.KEPT: previews.report(plan)}
        upload.confirmed = upload.report["seen"]
        upload.save(update_fields=["report", "confirmed"])
        in_blocks.lay_out(upload, plan, at=at)
    return upload


def take_up(upload: Upload, *, at: datetime) -> Upload:
    """
    Hold the row of an earlier run.

    :raises Stopped: if somebody else has it just now
    """
    Upload.objects.filter(pk=upload.pk, state=State.LOOKED, loaded_at=None).update(
        state=State.LOADING, started_at=None, claimed_until=None, attempts=0, error=""
    )
    if held := unloading.take_up(upload.pk, at):
        return held
    done, total = in_blocks.how_many(upload)
    raise Stopped(
        f"{upload} is being loaded: {done:,} of {total:,} blocks are. If that was killed, the rest can be loaded "
        f"{jobs.LEASE.seconds // 60} minutes after."
    )


def finish(upload: Upload, *, at: datetime, tell: unloading.Tell) -> Loaded:
    """
    Write the blocks that are not done.

    :raises Stopped: if it went no further, with how far it came
    """
    begun, total = in_blocks.how_many(upload)
    try:
        left = unloading.write_blocks(upload, at=at, tell=tell)
    except jobs.TakenOver as error:
        raise Stopped(f"{error} It goes on there.") from error
    except KeyboardInterrupt:
        raise Stopped(unloading.stop(upload, "It was interrupted.")) from None
    except Exception as error:
        raise Stopped(unloading.stop(upload, f"{type(error).__name__}: {str(error)[:300]}")) from error
    upload.refresh_from_db()
    return Loaded(upload.report["told"], begun, total, left)


def _said(file: loading.File) -> dict[str, Any]:
    """Give what ``incoming.file_of`` reads back, and what the file is known by."""
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "columns": dict(file.mapping),
        "dates": file.date_order,
        "sheet": file.sheet,
        "header_row": file.header_row,
        "layout": file.layout,
        "counted_at": file.counted_at.isoformat() if file.counted_at else "",
        "is_all_others_zero": file.is_all_others_zero,
        "named": file.named,
        "digest": digest,
    }

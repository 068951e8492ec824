"""
Files that somebody sent: how each is to be read, and asking a worker to look at a big one and to load it.

The row holds the work and a message is a wake-up: the clock starts what a lost one would have. What a worker then does
is ``unloading``.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from backoffice.celery import FILE, LONG, BrokerAway, publish
from backoffice.models import Upload
from inventory.ground.tabular import MissingColumns, SeveralSheets, Unreadable
from inventory.resources import Plan

from . import in_blocks, loading

State = Upload.State
UNPACKED = 16
"""A workbook holds so many times its own size, and no more, if it is to be read while somebody waits."""
KEPT = "loaded"
"""What the report of a look keeps under this name is said once it is loaded: then the look is not made again."""


class AtWork(Exception):
    """A worker has the file already, or it was loaded: this page is an old one."""


def is_big(upload: Upload) -> bool:
    """Say whether a file is too much for a page: whoever waits for one, and the web worker, have seconds."""
    return is_big_file(upload.path)


def is_big_file(path: Path) -> bool:
    most = int(settings.UPLOAD_AT_ONCE_KB) * 1024
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


def tell_far(upload: Upload, percent: int, words: str) -> None:
    """Say how far a worker is; what a transaction writes nobody sees before it ends, so it stands in the cache."""
    cache.set(_key(upload.pk), (percent, words), 600)


def _key(pk: int) -> str:
    return f"upload-progress:{pk}"

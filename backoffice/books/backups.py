"""
A copy of the shop while it is in use: the database as it stood at one moment, the files people sent, the secret key.

A backup is a folder that only its owner may read. It is there when it is whole: until then it has another name. Its
``backup.json`` holds the digest of the books in it; ``manage.py audit --digest`` says the same once it is restored.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.db.backends.postgresql.client import DatabaseClient
from django.utils import timezone

from . import digest, private
from .snapshot import snapshot

TOOL = "pg_dump"


class BackupFailed(Exception):
    """There is no backup; why, in words."""


def make(folder: Path, *, at: datetime) -> Path:
    """
    Back the shop up into a new folder inside of this one, and give its path.

    :raises BackupFailed: if it could not be made; nothing is left of it
    """
    name = f"backup-{timezone.localtime(at):%Y%m%d-%H%M%S}"
    whole, part = folder / name, folder / f"{name}.part"
    if whole.exists():
        raise BackupFailed(f"{whole} is there already.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        try:
            _fill(part, at)
            part.rename(whole)
        except BaseException:
            shutil.rmtree(part)
            raise
    except OSError as error:
        raise BackupFailed(f"{folder} cannot be written: {error.strerror or error}.") from error
    except Error as error:
        raise BackupFailed(f"The database cannot be read: {' '.join(str(error).split())}.") from error
    return whole


def _fill(folder: Path, at: datetime) -> None:
    with snapshot():
        own = connections["default"]
        books = digest.as_seen()  # the first look, from which on everything is of this moment
        name = "database.sqlite3" if own.vendor == "sqlite" else "database.dump"
        private.made(folder / name)
        COPIES[own.vendor](own, folder / name)
    private.made(folder / "uploads.tar")
    with tarfile.open(folder / "uploads.tar", "w") as archive:
        _pack(settings.MEDIA_ROOT, archive)
    key = settings.DATA_DIR / "secret_key"
    if key.exists():  # without it the links in mails that went out lead nowhere
        private.made(folder / key.name)
        shutil.copyfile(key, folder / key.name)
    private.made(folder / "backup.json")
    said = {"made_at": at.isoformat(), "shop": settings.SHOP_NAME, "database": name, "digest": books}
    (folder / "backup.json").write_text(json.dumps(said, indent=2) + "\n")


def _pack(uploads: Path, archive: tarfile.TarFile) -> None:
    """Pack the files people sent, if any; one that is taken away meanwhile is left out."""
    for path in (uploads, *sorted(uploads.rglob("*"))):
        with suppress(FileNotFoundError):
            archive.add(path, str("uploads" / path.relative_to(uploads)), recursive=False)


def _copy(own: Any, path: Path) -> None:
    """
    Copy what the snapshot sees, by SQLite's own backup: whoever writes meanwhile writes on.

    :raises OSError: if the disk is full; SQLite says so in a way of its own
    """
    try:
        with closing(sqlite3.connect(path)) as target:
            own.connection.backup(target)
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error


def _dump(own: Any, path: Path) -> None:
    """Dump what the snapshot sees. The password goes by the environment: no list of processes shows it."""
    tool = shutil.which(TOOL)
    if tool is None:
        raise BackupFailed(
            f"{TOOL} is not on the PATH. Install the PostgreSQL client of the server's version, or a newer one."
        )
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
    reach, environment = DatabaseClient.settings_to_cmd_args_env(own.settings_dict, [])
    command = [tool, "--format=custom", f"--file={path}", f"--snapshot={name}", "--no-password", *reach[1:]]
    environment = {**os.environ, **(environment or {})}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise BackupFailed(f"{TOOL} failed: {' '.join(run.stderr.split())}")


COPIES: dict[str, Callable[[Any, Path], None]] = {"sqlite": _copy, "postgresql": _dump}

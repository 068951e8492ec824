"""
An empty shop, migrated once and copied after: to migrate one takes as long as a small bench.

On SQLite it is a file in the temporary folder, named for the schema and the code, and whoever migrates an empty shop
keeps it there. On PostgreSQL it is the database that ``EMPTY_DATABASE`` names, if it does.
"""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from backoffice.web import edition


@contextmanager
def copied() -> Iterator[bool]:
    """Let the test database that is created within begin as a copy, and say whether one was there; else keep it."""
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("EMPTY_DATABASE")
    if connection.vendor != "sqlite":
        yield False
        return
    creation: Any = connection.creation
    name, kept = creation._get_test_db_name(), _file()
    if kept.exists():
        with closing(sqlite3.connect(name, uri=True)) as begun:  # one in memory lasts while somebody is connected
            _copy(str(kept), begun)
            yield True
    else:
        yield False
        made = Path(f"{kept}.{os.getpid()}")
        with closing(sqlite3.connect(made)) as copy:
            _copy(name, copy)
            is_migrated = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone()
        if is_migrated:
            made.replace(kept)
        else:  # its tables were made without migrations: that one is for nobody else
            made.unlink()


def _copy(source: str, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(source, uri=True)) as opened:
        opened.backup(target)


def _file() -> Path:
    """Name the file; it need not be there."""
    root = Path(settings.BASE_DIR)
    written = (path.read_bytes() for path in sorted(root.glob("*/migrations/*.py")))
    schema = hashlib.sha256(b"".join(written)).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"backoffice-empty-{schema}-{edition.of(root)}.sqlite3")

"""A database of its own for a bench: made empty, filled by SQL, dropped at the end."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings as shop
from django.db import connection

from backoffice.web import edition


@contextmanager
def database() -> Iterator[None]:
    """Point the connection at a new, migrated database for a while; on SQLite a file, as in use."""
    with tempfile.TemporaryDirectory() as folder:
        settings = connection.settings_dict
        name = settings["NAME"]
        is_file = connection.vendor == "sqlite"
        file, empty = Path(folder, "bench.sqlite3"), _empty()
        settings["TEST"]["NAME"] = str(file) if is_file else f"bench_{name}"
        is_copied = is_file and empty.exists()
        if is_copied:
            shutil.copyfile(empty, file)
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=is_copied)
        try:
            if is_file and not is_copied:
                _keep(file, empty)
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def _empty() -> Path:
    """Name the file of an empty shop that is kept for the next bench: to migrate one takes as long as a small bench."""
    root = Path(shop.BASE_DIR)
    written = (path.read_bytes() for path in sorted(root.glob("*/migrations/*.py")))
    schema = hashlib.sha256(b"".join(written)).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"backoffice-empty-{schema}-{edition.of(root)}.sqlite3")


def _keep(file: Path, empty: Path) -> None:
    connection.close()
    copied = Path(f"{empty}.{os.getpid()}")
    shutil.copyfile(file, copied)
    copied.replace(empty)

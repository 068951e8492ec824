"""A database of its own for a bench: made empty, filled by SQL, dropped at the end."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from . import empty


@contextmanager
def database() -> Iterator[None]:
    """Point the connection at a new, migrated database for a while; on SQLite a file, as in use."""
    with tempfile.TemporaryDirectory() as folder:
        settings = connection.settings_dict
        name = settings["NAME"]
        is_file = connection.vendor == "sqlite"
        settings["TEST"]["NAME"] = str(Path(folder, "bench.sqlite3")) if is_file else f"bench_{name}"
        with empty.copied() as is_copied:
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=is_copied)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)

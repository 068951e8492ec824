"""
A shop as an earlier release left it: a database of its own, migrated from nothing as far as that release, and on.

To go back from the tables of today through all migrations since takes many times as long.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Node = tuple[str, str]
BEGUN: dict[frozenset[Node], str] = {}
"""What this process has migrated from nothing: which migrations ran, and a copy: a file, or a database."""


@pytest.fixture
def migrate(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """
    Migrate a database of this test alone, and give the models as they were there.

    The first call begins with nothing; later ones go on, or back.
    """
    with django_db_blocker.unblock(), _database(tmp_path / "past.sqlite3"):

        def to(targets: Sequence[Node]) -> Any:
            if not _is_begun():
                _begin(tmp_path / "past.sqlite3", targets)
            executor = MigrationExecutor(connection)
            executor.migrate(list(targets))
            return executor.loader.project_state(list(targets)).apps

        yield to


@contextmanager
def _database(file: Path) -> Iterator[None]:
    """Let the connection of the tests lead to an empty database for a while."""
    kept, name = connection.connection, connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        connection.connection = None  # a database in memory lasts while somebody is connected
        connection.settings_dict["NAME"] = str(file)
    else:
        connection.close()
        _on_the_server(f'CREATE DATABASE "{name}_past"')
        connection.settings_dict["NAME"] = f"{name}_past"
        kept = None
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        connection.connection = kept
        ContentType.objects.clear_cache()
        if connection.vendor != "sqlite":
            _on_the_server(f'DROP DATABASE "{name}_past"')
        ContentType.objects.get_for_models(*apps.get_models())  # read once by a process


def _on_the_server(sql: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


def _is_begun() -> bool:
    return bool(MigrationExecutor(connection).loader.applied_migrations)


def _begin(file: Path, targets: Sequence[Node]) -> None:
    """Begin with the farthest of the copies on the way there, and keep one of where it ends."""
    graph = MigrationExecutor(connection).loader.graph
    way = frozenset(node for target in targets for node in graph.forwards_plan(target))
    nearest = max((ran for ran in BEGUN if ran <= way), key=len, default=frozenset())
    connection.close()
    if nearest:
        _copy(BEGUN[nearest], _past(file))
    if nearest != way:
        MigrationExecutor(connection).migrate(list(targets))
        connection.close()
        BEGUN[way] = _kept(_past(file))


def _past(file: Path) -> str:
    return str(file if connection.vendor == "sqlite" else connection.settings_dict["NAME"])


def _kept(past: str) -> str:
    """Give a copy that stays until this process ends."""
    if connection.vendor == "sqlite":
        return str(shutil.copyfile(past, Path(tempfile.mkdtemp(), "past.sqlite3")))
    kept = f"{past}_{len(BEGUN)}"
    _copy(past, kept)
    atexit.register(_on_the_server, f'DROP DATABASE IF EXISTS "{kept}"')
    return kept


def _copy(source: str, target: str) -> None:
    if connection.vendor == "sqlite":
        shutil.copyfile(source, target)
        return
    _on_the_server(f'DROP DATABASE IF EXISTS "{target}"')
    _on_the_server(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

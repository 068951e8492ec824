"""
Finding any part of a text: ``pg_trgm`` on PostgreSQL, FTS5 by three signs on SQLite; the only writer of both indexes.

On SQLite triggers keep the index. A migration that writes a table anew drops its triggers in silence: ``keep`` looks
after each migrate. An SQLite without FTS5 (before 3.34) answers all the same, from the whole table.
"""

import sqlite3
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.core.management import CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.operations.base import Operation
from django.db.models import Model
from django.db.utils import NotSupportedError, OperationalError

PENDING_KB = 512
"""Rows that PostgreSQL keeps beside the index until they are worth sorting in; each search reads them all."""
ASK = (
    "The search needs PostgreSQL's extension pg_trgm, and this role may not create it. Have the owner of the database, "
    "or an administrator, run once: CREATE EXTENSION pg_trgm; then migrate again. ({0})"
)


@cache
def has_fts() -> bool:
    """Whether this SQLite finds by three signs."""
    try:
        sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE it USING fts5(folded, tokenize='trigram')")
    except sqlite3.OperationalError:
        return False
    return True


def table(model: type[Model]) -> str:
    """Name the index of a table on SQLite."""
    return f"{model._meta.db_table}_folded"


def keep(models: Iterable[type[Model]]) -> None:
    """Build what is missing on SQLite: index, triggers. May be run at any time."""
    if connection.vendor != "sqlite" or not has_fts():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        there = {name for (name,) in cursor.fetchall()}
        for model in models:
            name, source = table(model), model._meta.db_table
            if source not in there or {name, *_triggers(name)} <= there:
                continue
            columns = {row.name for row in connection.introspection.get_table_description(cursor, source)}
            if "folded" in columns:
                _build(cursor, name, source)


def _triggers(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{when}" for when in ("added", "changed", "gone"))


def _building(name: str, source: str) -> list[str]:
    added, changed, gone = _triggers(name)
    out = f"INSERT INTO {name} ({name}, rowid, folded) VALUES ('delete', old.id, old.folded);"
    into = f"INSERT INTO {name} (rowid, folded) VALUES (new.id, new.folded);"
    columns = f"folded, content='{source}', content_rowid='id', tokenize='trigram case_sensitive 1'"
    if_other = "WHEN old.folded IS NOT new.folded"
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5({columns})",
        f"CREATE TRIGGER {added} AFTER INSERT ON {source} BEGIN {into} END",
        f"CREATE TRIGGER {changed} AFTER UPDATE OF folded ON {source} {if_other} BEGIN {out} {into} END",
        f"CREATE TRIGGER {gone} AFTER DELETE ON {source} BEGIN {out} END",
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",
    ]


def _build(cursor: Any, name: str, source: str) -> None:
    _drop(cursor, name)
    for sql in _building(name, source):
        cursor.execute(sql)


def _drop(cursor: Any, name: str) -> None:
    for trigger in _triggers(name):
        cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    cursor.execute(f"DROP TABLE IF EXISTS {name}")


class NeedTrigrams(Operation):
    """See that PostgreSQL has ``pg_trgm``, or say in words who must create it."""

    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models know nothing of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone():
                return
            try:
                with transaction.atomic(using=schema_editor.connection.alias):
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            except (ProgrammingError, NotSupportedError, OperationalError) as error:
                raise CommandError(ASK.format(str(error).splitlines()[0])) from error

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave it: others may use it."""

    def describe(self) -> str:
        return "See that pg_trgm is there"


class AddTrigrams(Operation):
    """Index ``folded`` of a table, beside the work of the shop."""

    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models know nothing of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        source = model._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            # one that broke off leaves an index of this name that serves nobody
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {source}_by_part")
            schema_editor.execute(
                f"CREATE INDEX CONCURRENTLY {source}_by_part ON {source} USING gin (folded gin_trgm_ops) "
                f"WITH (gin_pending_list_limit = {PENDING_KB})"
            )
        elif has_fts():
            with schema_editor.connection.cursor() as cursor:
                _build(cursor, table(model), source)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {model._meta.db_table}_by_part")
            return
        with schema_editor.connection.cursor() as cursor:
            _drop(cursor, table(model))

    def describe(self) -> str:
        return f"Index the folded text of {self.model_name}"

"""
Indexes and checks on big live tables: built beside the work of the shop on PostgreSQL, at once on SQLite, which has
one writer.

For migrations, which then say ``atomic = False``.
"""

from typing import Any

from django.contrib.postgres import operations
from django.db.migrations import AddConstraint, AddIndex, AlterField, RemoveIndex


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """``AddIndex`` that keeps nobody waiting, and may be run again where it was interrupted."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        # one that broke off leaves an index of this name that serves nobody
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexConcurrently(operations.RemoveIndexConcurrently):
    """``RemoveIndex`` that keeps nobody waiting, and may be run again where it was interrupted."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddUniqueConcurrently(AddConstraint):
    """
    ``AddConstraint`` that keeps nobody waiting, and may be run again where it was interrupted.

    For a unique constraint with a condition or expressions, which is a unique index to the database.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.constraint.name)}")
        sql = str(self.constraint.create_sql(model, schema_editor))
        schema_editor.execute(sql.replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY", 1), params=None)


class AddCheckConcurrently(AddConstraint):
    """
    ``AddConstraint`` for a CHECK: the rows that are there are looked at while everybody reads and writes.

    New rows obey it from the first moment on; may be run again where it was interrupted.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = (schema_editor.quote_name(each) for each in (model._meta.db_table, self.constraint.name))
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        sql = str(self.constraint.create_sql(model, schema_editor))
        schema_editor.execute(f"{sql} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class UnindexConcurrently(AlterField):
    """
    ``AlterField`` that takes a column's own index away, and keeps nobody waiting for who reads the table.

    On SQLite it does not copy the table, as Django would.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        if field.db_index:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        kept = {index.name for index in model._meta.indexes}
        beside = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
        for name in schema_editor._constraint_names(model, [field.column], index=True, unique=False, exclude=kept):
            schema_editor.execute(f"DROP INDEX {beside} IF EXISTS {schema_editor.quote_name(name)}")

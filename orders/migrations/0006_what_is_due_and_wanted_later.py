from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddIndexBesideWriters(AddIndexConcurrently):
    """Orders go on being placed while the index is built; SQLite, which has one writer, builds it at once."""

    def database_forwards(self, app_label: str, editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        if editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, editor, *states)
        else:
            migrations.AddIndex.database_forwards(self, app_label, editor, *states)

    def database_backwards(self, app_label: str, editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        if editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, editor, *states)
        else:
            migrations.AddIndex.database_backwards(self, app_label, editor, *states)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("inventory", "0005_patterns_and_marks"),
        ("orders", "0005_lines_without_a_date"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="order",
            index=models.Index(
                condition=models.Q(("wanted_date__isnull", False)), fields=["wanted_date"], name="order_wanted_later"
            ),
        ),
        AddIndexBesideWriters(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("allocated__gt", 0)), fields=["promised_date"], name="line_ready_by_promise"
            ),
        ),
    ]

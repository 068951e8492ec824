from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexBesideItsUsers(AddIndexConcurrently):
    """Make an index of a big table while people ship; SQLite, which has one writer, makes it at once."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0007_what_a_mail_said"),
    ]

    operations = [
        AddIndexBesideItsUsers(
            model_name="shipment",
            index=models.Index(condition=~models.Q(("tracking", "")), fields=["tracking"], name="shipment_by_number"),
        ),
    ]

from django.db import migrations, models
from django.db.models import Case, F, When

CAUSES = [
    ("stock", "Safety stock too small"),
    ("supplier", "Supplier late"),
    ("transport", "Transport late"),
    ("spike", "Demand spike"),
    ("count", "Wrong count"),
    ("damage", "Damage or loss"),
    ("order", "Ordered too late"),
    ("plan", "Not planned for"),
]


def look_again(apps, schema_editor):
    """Let the next night look once more at what waits and was left without a cause."""
    rows = apps.get_model("orders", "BackorderCause").objects.filter(ended_on=None, suggested="", confirmed="")
    rows.update(suggested_on=None)


class Migration(migrations.Migration):
    """Two more causes; no column changes, and what has ended keeps what it has."""

    dependencies = [
        ("orders", "0051_what_was_told_in_parts"),
    ]

    operations = [
        migrations.AlterField(
            "backordercause",
            "suggested",
            models.CharField("suggested", max_length=10, choices=CAUSES, blank=True, default=""),
        ),
        migrations.AlterField(
            "backordercause",
            "confirmed",
            models.CharField("confirmed", max_length=10, choices=CAUSES, blank=True, default=""),
        ),
        # what it may be called is nothing that the database knows: to alter a generated column would copy the table
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "backordercause",
                    "cause",
                    models.GeneratedField(
                        expression=Case(When(confirmed="", then=F("suggested")), default=F("confirmed")),
                        output_field=models.CharField(max_length=10),
                        db_persist=True,
                        choices=CAUSES,
                    ),
                ),
            ]
        ),
        migrations.AlterField(
            "repeatedbackorder",
            "main_cause",
            models.CharField("main cause", max_length=10, choices=CAUSES, blank=True, default=""),
        ),
        migrations.RunPython(look_again, migrations.RunPython.noop),
    ]

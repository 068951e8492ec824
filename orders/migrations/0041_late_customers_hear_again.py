from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    """No line is late and asked for before: the column is empty, and its index is built in no time."""

    atomic = False

    dependencies = [
        ("orders", "0038_promises_know_when_they_were_told"),
    ]

    operations = [
        migrations.AddField("orderline", "word_by", models.DateField(blank=True, null=True)),
        AddIndexConcurrently(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("word_by__isnull", False)), fields=["word_by"], name="line_word_due"
            ),
        ),
    ]

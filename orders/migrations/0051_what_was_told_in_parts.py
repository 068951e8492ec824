from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing was told in parts so far: the column is empty, and no row is written."""

    dependencies = [
        ("orders", "0048_what_customers_answer"),
    ]

    operations = [
        migrations.AddField("noticeline", "told_parts", models.JSONField(blank=True, editable=False, null=True)),
    ]

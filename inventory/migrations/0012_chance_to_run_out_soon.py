"""The chance to run out within three weeks: empty until the next night, so nothing is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0011_days_by_chance")]

    operations = [
        migrations.AddField(
            "reorderpolicy",
            "near_chance",
            models.FloatField(blank=True, help_text="Within three weeks; 1: it is out.", null=True),
        ),
        migrations.AlterField(
            "reorderpolicy",
            "stockout_chance",
            models.FloatField(blank=True, help_text="Before the next order could arrive; 1: it is out.", null=True),
        ),
    ]

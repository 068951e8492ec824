"""Units held for a customer are not available; a generated column cannot be altered, so it is made anew."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_figures_in_place_of_json")]

    operations = [
        migrations.RemoveField("stock", "available"),
        migrations.RemoveConstraint("stock", "stock_not_overallocated"),
        migrations.AddField("stock", "held", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "stock",
            "available",
            models.GeneratedField(
                expression=F("on_hand") - F("allocated") - F("held"),
                output_field=models.IntegerField(),
                db_persist=True,
            ),
        ),
        migrations.AddConstraint(
            "stock",
            models.CheckConstraint(condition=Q(on_hand__gte=F("allocated") + F("held")), name="stock_not_overallocated"),
        ),
    ]

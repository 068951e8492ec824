from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("inventory", "0005_patterns_and_marks"),
        ("orders", "0005_lines_without_a_date"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("wanted_date__isnull", False)), fields=["wanted_date"], name="order_wanted_later"
            ),
        ),
        AddIndexConcurrently(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("allocated__gt", 0)), fields=["promised_date"], name="line_ready_by_promise"
            ),
        ),
    ]

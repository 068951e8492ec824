from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0007_what_a_mail_said"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(condition=~models.Q(("tracking", "")), fields=["tracking"], name="shipment_by_number"),
        ),
    ]

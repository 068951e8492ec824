from django.db import migrations, models

import orders.models.records
from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):

    # the table may be big: its index is built beside the work of the shop
    atomic = False

    dependencies = [
        ("orders", "0016_what_a_file_said_of_an_order"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(orders.models.records.Plain("tracking"), name="shipment_by_plain_number"),
        ),
        migrations.RemoveIndex(model_name="shipment", name="shipment_by_number"),
    ]

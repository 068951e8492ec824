from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):

    # the table may be big: its indexes are built beside the work of the shop
    atomic = False

    dependencies = [
        ("inventory", "0031_warehouses_have_an_address"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="demandentry",
            index=models.Index(fields=["-day", "-id"], name="demand_entry_newest"),
        ),
        AddIndexConcurrently(
            model_name="demandentry",
            index=models.Index(
                fields=["-day", "-id"], name="demand_entry_one_offs", condition=models.Q(("is_one_off", True))
            ),
        ),
    ]

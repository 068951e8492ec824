from django.db import migrations, models

from inventory.ground import keys
from inventory.ground.sql.concurrently import AddIndexConcurrently


def keep(apps, schema_editor):
    """
    Give each channel that orders name a row that arrives paid, as they did; one that is there stays as it is.

    One look into an index for each channel: orders are never read through, however many there are.
    """
    Order, Channel = apps.get_model("orders", "Order"), apps.get_model("orders", "Channel")
    orders = Order.objects.using(schema_editor.connection.alias).order_by("channel")
    channels = Channel.objects.using(schema_editor.connection.alias)
    name = orders.values_list("channel", flat=True).first()
    while name is not None:
        if key := keys.key(name):
            channels.get_or_create(key=key, defaults={"name": name})
        name = orders.filter(channel__gt=name).values_list("channel", flat=True).first()


class Migration(migrations.Migration):
    """Nothing changes for a shop that stands: its channels arrive paid, and no order of it is unpaid."""

    atomic = False

    dependencies = [
        ("orders", "0035_an_order_may_be_unpaid"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(condition=models.Q(("is_unpaid", True)), fields=["id"], name="order_unpaid"),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]

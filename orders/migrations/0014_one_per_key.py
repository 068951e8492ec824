from typing import Any

from django.db import migrations, models
from django.db.models.functions import Lower, Upper

from inventory import twins
from inventory.ground.sql.concurrently import AddUniqueConcurrently


def fill(apps: Any, schema_editor: Any) -> None:
    twins.fill(apps.get_model("orders", "Customer"), of="email")
    twins.fill(apps.get_model("orders", "Order"), of="reference", within="channel")


class Migration(migrations.Migration):

    # The indexes come first: they are empty, so they are built at once, and hold while keys are filled in blocks beside
    # the work of the shop. May be run again where it was interrupted.
    atomic = False

    dependencies = [
        ("orders", "0013_keys_and_calls"),
    ]

    operations = [
        AddUniqueConcurrently(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('key__isnull', False)), fields=('key',), name='customer_one_per_key'),
        ),
        AddUniqueConcurrently(
            model_name='order',
            constraint=models.UniqueConstraint(models.F('key'), Upper('channel'), condition=models.Q(('key__isnull', False)), name='order_placed_once_by_key'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=False, elidable=True),
        # keys guard addresses by now
        migrations.RemoveConstraint(
            model_name='customer',
            name='customer_one_per_address',
        ),
        AddUniqueConcurrently(
            model_name='customer',
            constraint=models.UniqueConstraint(Lower('email'), condition=models.Q(('email', ''), _negated=True), name='customer_one_per_address', violation_error_message='There is a customer with this e-mail address already.'),
        ),
    ]

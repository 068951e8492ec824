from typing import Any

from django.db import migrations, models

from inventory import twins
from inventory.ground.sql.concurrently import AddUniqueConcurrently


def fill(apps: Any, schema_editor: Any) -> None:
    twins.fill(apps.get_model("inventory", "Product"), of="sku")


class Migration(migrations.Migration):

    # The index comes first: it is empty, so it is built at once, and holds while keys are filled in blocks beside the
    # work of the shop. May be run again where it was interrupted.
    atomic = False

    dependencies = [
        ("inventory", "0009_products_have_a_key"),
    ]

    operations = [
        AddUniqueConcurrently(
            model_name='product',
            constraint=models.UniqueConstraint(condition=models.Q(('key__isnull', False)), fields=('key',), name='product_one_per_key'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=False, elidable=True),
    ]

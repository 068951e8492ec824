"""Keys with one of the many dashes, or letters of East Asian width, are those with the plain sign by now."""

from typing import Any

from django.db import migrations

from inventory import twins
from inventory.ground import keys


def renew(apps: Any, schema_editor: Any) -> None:
    twins.renew(apps.get_model("inventory", "Product"), of="sku", signs=keys.DASHES + keys.WIDE)


class Migration(migrations.Migration):

    # In blocks that commit by themselves, beside the work of the shop; may be run again where it was interrupted.
    atomic = False

    dependencies = [
        ("inventory", "0015_find_any_part"),
    ]

    operations = [
        migrations.RunPython(renew, migrations.RunPython.noop, atomic=False, elidable=True),
    ]

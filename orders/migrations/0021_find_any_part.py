from typing import Any

from django.db import migrations

from inventory.models import folded
from inventory.ground.sql.trigrams import AddTrigrams, NeedTrigrams


def fill(apps: Any, schema_editor: Any) -> None:
    folded.fill(apps.get_model("orders", "Customer"), pieces=("email", "phone"), words=("name",))
    folded.fill(apps.get_model("orders", "Order"), pieces=("reference",), words=())
    folded.fill(apps.get_model("orders", "Shipment"), pieces=("tracking",), words=())


class Migration(migrations.Migration):

    # Rows are filled in blocks beside the work of the shop, then indexed beside it. May be run again where it was
    # interrupted.
    atomic = False

    dependencies = [
        ("orders", "0020_rows_are_found_by_their_parts"),
    ]

    operations = [
        NeedTrigrams(),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=False, elidable=True),
        AddTrigrams("customer"),
        AddTrigrams("order"),
        AddTrigrams("shipment"),
    ]

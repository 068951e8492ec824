"""Keys with one of the many dashes, or letters of East Asian width, are those with the plain sign by now."""

from typing import Any

from django.db import migrations
from django.db.models import Q

from inventory import twins
from inventory.ground import keys

SIGNS = keys.DASHES + keys.WIDE


def renew(apps: Any, schema_editor: Any) -> None:
    twins.renew(apps.get_model("orders", "Customer"), of="email", signs=SIGNS)
    twins.renew(apps.get_model("orders", "Order"), of="reference", within="channel", signs=SIGNS)
    numbers = apps.get_model("orders", "CustomerKey").objects
    for number in numbers.filter(Q(key__regex=f"[{SIGNS}]") | Q(channel__regex=f"[{SIGNS}]")).order_by("pk"):
        name = {"channel": keys.key(number.channel).lower(), "key": keys.key(number.key)}
        if not numbers.filter(**name).exists():
            numbers.filter(pk=number.pk).update(**name)


class Migration(migrations.Migration):

    # In blocks that commit by themselves, beside the work of the shop; may be run again where it was interrupted.
    atomic = False

    dependencies = [
        ("orders", "0021_find_any_part"),
        ("inventory", "0016_keys_know_one_dash"),
    ]

    operations = [
        migrations.RunPython(renew, migrations.RunPython.noop, atomic=False, elidable=True),
    ]

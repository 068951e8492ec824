"""
The shop's record of quotes was all of its first line, or of one at thirty times its quote (decision record 0110).

Forgotten, it is made of all lessons in the next night, and every offer is learned with it.
"""

from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    apps.get_model("suppliers", "ShopRecord").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_what_nobody_confirmed_is_asked_about")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]

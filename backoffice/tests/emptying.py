"""
What the end of a transactional test leaves behind, taken away in milliseconds.

Django empties every table and then makes all content types, permissions and groups anew: half a second and more, a
thousand times in a run. Here tables with rows are emptied, and what ``migrate`` writes stays while it is as it was.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

MADE_BY_MIGRATE = (ContentType, Permission, Group, Group.permissions.through)
_made: list[list[tuple[Any, ...]]] = []
"""What ``migrate`` made, after it was last made anew; nothing before."""


def _standing() -> list[list[tuple[Any, ...]]]:
    return [list(model._base_manager.order_by("pk").values_list()) for model in MADE_BY_MIGRATE]


def empty(_case: object) -> None:
    """Take the place of ``TransactionTestCase._fixture_teardown``: the one database, no part of its apps."""
    if not _made or _standing() != _made:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        _made[:] = _standing()
        return
    kept = {model._meta.db_table for model in MADE_BY_MIGRATE}
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in kept]
    quoted = [connection.ops.quote_name(name) for name in sorted(tables)]
    found = " UNION ALL ".join(f"SELECT {at} WHERE EXISTS (SELECT 1 FROM {name})" for at, name in enumerate(quoted))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(found)
        full = [quoted[at] for (at,) in cursor.fetchall()]
        for name in full:
            cursor.execute(f"DELETE FROM {name}")
    if full and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {', '.join(full)}")  # a table full of dead rows would slow the races that follow

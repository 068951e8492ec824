"""
What the end of a transactional test leaves behind, taken away in milliseconds.

Django empties every table and then makes all content types, permissions and groups anew: half a second and more, a
thousand times in a run. Here tables with rows are emptied, and what ``migrate`` writes stays while it is as it was.
What migrations wrote, a flush would take for good: whether a test found it hung on which tests its worker ran before.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from inventory.models import ServiceTarget

MADE_AFTER_MIGRATE = (ContentType, Permission, Group, Group.permissions.through)
MADE_BY_MIGRATE = (*MADE_AFTER_MIGRATE, ServiceTarget)
_made: list[list[tuple[Any, ...]]] = []
"""What ``migrate`` made, after it was last made anew."""
_written: list[ServiceTarget] = []
"""What migrations themselves wrote."""


def _standing() -> list[list[tuple[Any, ...]]]:
    return [list(model._base_manager.order_by("pk").values_list()) for model in MADE_BY_MIGRATE]


def remember() -> None:
    """Note what ``migrate`` made: called once, before the first test."""
    _written[:] = ServiceTarget.objects.all()
    _made[:] = _standing()
    _read_once()


def _read_once() -> None:
    """Read what a process keeps, so that no test that counts statements has one more by being the first."""
    ContentType.objects.get_for_models(*apps.get_models())


def empty(_case: object) -> None:
    """Take the place of ``TransactionTestCase._fixture_teardown``: the one database, no part of its apps."""
    if _standing() != _made:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        ServiceTarget.objects.bulk_create(_written)
        _made[:] = _standing()
        _read_once()
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

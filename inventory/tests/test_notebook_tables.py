"""The tables of what people write down come to a live shop without a look at what is there, and go again."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import CreateModel
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.proof

BEFORE = [("inventory", "0016_keys_know_one_dash")]
AFTER = [("inventory", "0017_what_people_write_down")]
TABLES = ("alert", "assignment", "note", "savedview")
NOW = "2026-03-02 09:00:00+00:00"


def refuses(rule, table, **values):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        table.create(**values)


@pytest.mark.embedded
def test_four_tables_come_and_nothing_that_is_there_is_touched_or_read(migrate):
    product = migrate(BEFORE).get_model("inventory", "Product").objects.create(sku="LAMP", key="LAMP")

    with CaptureQueriesContext(connection) as asked:
        apps = migrate(AFTER)

    own = [each["sql"] for each in asked if '"inventory_' in each["sql"]]
    assert own
    assert [sql for sql in own if not any(f'"inventory_{table}"' in sql for table in TABLES)] == []
    operations = MigrationExecutor(connection).loader.get_migration(*AFTER[0]).operations
    assert {type(each) for each in operations} == {CreateModel}

    alert, view = (apps.get_model("inventory", name).objects for name in ("Alert", "SavedView"))
    kind = apps.get_model("contenttypes", "ContentType").objects.create(app_label="inventory", model="product")
    row = {"content_type_id": kind.pk, "object_id": product.pk}
    role = apps.get_model("auth", "Group").objects.create(name="Buyers").pk
    due = {"words": "Order 12.", "due_date": "2026-03-06", "raised_at": NOW}
    alert.create(kind="short", role_id=role, **row, **due)
    refuses(r"alert_open_once|UNIQUE", alert, kind="short", role_id=role, **row, **due)
    refuses("alert_has_one_owner", alert, kind="torn", **row, **due)
    alert.update(solved_at=NOW)
    alert.create(kind="short", role_id=role, **row, **due)
    ours = {"list_name": "orders_order", "role_id": role, "saved_at": NOW}
    view.create(name="To ship", **ours)
    refuses(r"saved_view_named_once_by_role|UNIQUE", view, name="TO SHIP", **ours)

    back = migrate(BEFORE).get_model("inventory", "Product").objects
    assert back.get().sku == "LAMP"
    assert [name for name in connection.introspection.table_names() if name.removeprefix("inventory_") in TABLES] == []

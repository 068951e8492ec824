"""Tables that came to a live shop for files and troubles: files on their way stay, and what must be one is one."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("backoffice", "0004_big_files_are_the_work_of_a_worker")]
NEWEST = [("backoffice", "0007_what_stands_still")]
NOW = "2026-03-02 09:00:00+00:00"


@pytest.fixture(autouse=True)
def back_to_the_newest(transactional_db):
    """Whoever comes next finds the tables of today."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def migrate(to):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return executor.loader.project_state(to).apps


def refuses(table, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        table.create(**values)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_waits_is_kept_and_what_must_be_one_is_one():
    old = migrate(BEFORE).get_model("backoffice", "Upload").objects
    old.create(kind="stock", name="count.csv", uploaded_at=NOW, state="looked", report={"seen": "x"})

    apps = migrate(NEWEST)
    upload = apps.get_model("backoffice", "Upload").objects.get()
    block, mapping, trouble = (
        apps.get_model("backoffice", name).objects for name in ("UploadBlock", "ColumnMapping", "Trouble")
    )
    block.create(upload=upload, number=0, rows=[[2, 1, 1, 5]])
    mapping.create(kind="stock", name="Weekly", header_key="a", used_at=NOW)
    mapping.create(kind="orders", name="weekly", header_key="a", used_at=NOW)
    trouble.create(name="mail", key="mail", words="It stands still.", began_at=NOW)

    refuses(block, upload=upload, number=0, rows=[])
    refuses(mapping, kind="stock", name="WEEKLY", header_key="b", used_at=NOW)
    refuses(mapping, kind="stock", name="Other", header_key="a", used_at=NOW)
    refuses(trouble, name="mail", key="mail", words="Again.", began_at=NOW)
    trouble.update(ended_at=NOW)
    trouble.create(name="mail", key="mail", words="Again.", began_at=NOW)

    back = migrate(BEFORE).get_model("backoffice", "Upload").objects
    assert back.values_list("name", "state", "report").get() == ("count.csv", "looked", {"seen": "x"})

"""Tables that came to a live shop for files and troubles: files on their way stay, and what must be one is one."""

import pytest
from django.db import IntegrityError, transaction

pytestmark = pytest.mark.proof

BEFORE = [("backoffice", "0004_big_files_are_the_work_of_a_worker")]
NEWEST = [("backoffice", "0007_what_stands_still")]
NOW = "2026-03-02 09:00:00+00:00"


def refuses(table, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        table.create(**values)


def test_a_file_that_waits_is_kept_and_what_must_be_one_is_one(migrate):
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


@pytest.mark.embedded
def test_letters_of_before_have_no_reader_and_one_follows_a_row_once(migrate):
    before, newest = (
        [("backoffice", "0009_letters_to_staff"), ("inventory", "0020_alerts_in_work")],
        [
            ("backoffice", "0010_one_mail_a_day_and_keys_of_one_letter"),
            ("inventory", "0021_who_follows_what"),
        ],
    )
    old = migrate(before).get_model("backoffice", "StaffLetter").objects
    old.create(recipient="ada@shop.example", subject="Mail stands still", due_at=NOW, created_at=NOW)

    apps = migrate(newest)
    letter = apps.get_model("backoffice", "StaffLetter").objects.get()
    assert (letter.recipient, letter.subject, letter.reader) == ("ada@shop.example", "Mail stands still", None)
    follow, person = apps.get_model("inventory", "Follow").objects, apps.get_model("auth", "User").objects.create()
    kind = apps.get_model("contenttypes", "ContentType").objects.create(app_label="orders", model="order")
    on = {"content_type": kind, "object_id": 1}
    follow.create(**on, person=person, since=NOW)

    refuses(follow, **on, person=person, since=NOW)
    assert migrate(before).get_model("backoffice", "StaffLetter").objects.get().subject == "Mail stands still"

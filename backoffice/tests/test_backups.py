"""A backup is whole, of one moment, for its owner alone; and restored it is the same shop."""

import json
import os
import re
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from backoffice.books import backups, digest
from inventory.models import Movement, Stock
from orders.models import Notice, OrderLine
from orders.tests import make

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)


def shop():
    """A small one: stock, a queue, a promise, a mail."""
    lamp = make.product("LAMP", name="Øslo “lamp”")
    make.on_hand(lamp, 3)
    make.coming(lamp, 9, on=make.TODAY)
    make.order((lamp, 7), who=make.customer("Ada", "ada@shop.example"))
    make.order((lamp, 2), who=make.customer("Grace", "grace@shop.example"))


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data" / "uploads"
    (tmp_path / "data" / "uploads" / "2026").mkdir(parents=True)
    (tmp_path / "data" / "uploads" / "2026" / "stock.csv").write_text("sku,quantity\nLAMP,3\n")
    (tmp_path / "data" / "secret_key").write_text("hush")
    return tmp_path / "kept"


def environment(folder, **own):
    """What a restored shop runs in: nothing of this one."""
    ours = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "DATA_DIR": str(folder), **own}


def audited(folder, **own):
    """Audit a restored shop in a process of its own."""
    command = [sys.executable, "manage.py", "audit", "--digest", "--json"]
    run = subprocess.run(command, env=environment(folder, **own), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def as_documented(database, dump):
    """The step of operations.md that restores a database, for this one."""
    words = (settings.BASE_DIR / "backoffice" / "docs" / "operations.md").read_text()
    (line,) = re.findall(r"(?m)^    (pg_restore .+)$", words)
    command, *options, _ = line.split()
    return [command, *(f"--dbname={database}" if each.startswith("--dbname") else each for each in options), str(dump)]


@pytest.mark.django_db(transaction=True)
def test_a_restored_shop_has_the_same_books(folder, tmp_path):
    """The steps of operations.md, one after the other."""
    shop()
    out = StringIO()
    call_command("backup", folder, stdout=out)
    (made,) = folder.iterdir()
    said = json.loads((made / "backup.json").read_text())
    assert out.getvalue().strip() == f"Backed up into {made}"
    assert said["digest"] == digest.of_the_books()

    new = tmp_path / "new"
    new.mkdir()
    shutil.copyfile(made / "secret_key", new / "secret_key")
    with tarfile.open(made / "uploads.tar") as archive:
        archive.extractall(new, filter="data")
    if connection.vendor == "sqlite":
        shutil.copyfile(made / said["database"], new / "backoffice.sqlite3")
        found = audited(new)
    else:
        name = f"{connection.settings_dict['NAME']}_restored"
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            base = os.environ["DATABASE_URL"].rpartition("/")[0]
            restore = as_documented(f"{base}/{name}", made / said["database"])
            told = subprocess.run(restore, check=True, capture_output=True, text=True)
            assert told.stdout + told.stderr == ""
            again = subprocess.run(restore, check=False, capture_output=True, text=True)
            assert (again.returncode, again.stderr.count("error:")) == (1, 1)
            assert "already exists" in again.stderr
            found = audited(new, DATABASE_URL=f"{base}/{name}")
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')

    assert found["digest"] == said["digest"]
    assert [each for each in found["findings"] if each["broken"]] == []
    assert (new / "uploads" / "2026" / "stock.csv").read_text() == "sku,quantity\nLAMP,3\n"
    assert (new / "secret_key").read_text() == "hush"


@pytest.mark.django_db(transaction=True)
def test_only_its_owner_may_read_a_backup(folder):
    made = backups.make(folder, at=NOW)

    database = "database.sqlite3" if connection.vendor == "sqlite" else "database.dump"
    assert made.name == "backup-20260305-090000"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()} == dict.fromkeys(
        (database, "uploads.tar", "secret_key", "backup.json"), 0o600
    )


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_fails_leaves_nothing_and_says_why(folder, monkeypatch):
    def full(own, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "COPIES", {connection.vendor: full})

    with pytest.raises(CommandError, match=r"^There is no backup\. .* cannot be written: No space left on device\.$"):
        call_command("backup", folder)
    assert list(folder.iterdir()) == []


def test_a_full_disk_that_sqlite_runs_into_is_one_like_any_other(folder, monkeypatch):
    """What SQLite says is no OSError, and came out as a traceback."""
    with closing(sqlite3.connect(":memory:")) as shop:
        shop.execute("CREATE TABLE rows (x)")
        shop.execute("INSERT INTO rows VALUES (zeroblob(100000))")
        shop.commit()
        own = type("Own", (), {"connection": shop})
        path = folder.parent / "copy.sqlite3"
        limited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limited[1]))
        try:
            with pytest.raises(OSError, match=r"^disk I/O error$|^database or disk is full$"):
                backups._copy(own, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limited)


@pytest.mark.django_db(transaction=True)
def test_a_shop_to_which_nobody_has_sent_a_file_is_restored_by_the_same_steps(folder, settings):
    shutil.rmtree(settings.MEDIA_ROOT)

    made = backups.make(folder, at=NOW)

    with tarfile.open(made / "uploads.tar") as archive:
        assert archive.getnames() == []
    subprocess.run(["tar", "-xf", made / "uploads.tar", "-C", folder], check=True)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_taken_away_meanwhile_ends_no_backup(folder, settings, monkeypatch):
    gone = settings.MEDIA_ROOT / "2026" / "gone.csv"
    found = type(gone).rglob
    monkeypatch.setattr(type(gone), "rglob", lambda path, pattern: [*found(path, pattern), gone])

    made = backups.make(folder, at=NOW)

    with tarfile.open(made / "uploads.tar") as archive:
        assert archive.getnames() == ["uploads", "uploads/2026", "uploads/2026/stock.csv"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_said_in_a_sentence(folder, monkeypatch):
    def away():
        raise OperationalError("connection failed:\n\tConnection refused")

    monkeypatch.setattr(digest, "as_seen", away)

    words = r"^There is no backup\. The database cannot be read: connection failed: Connection refused\.$"
    with pytest.raises(CommandError, match=words):
        call_command("backup", folder)
    assert list(folder.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_second_backup_of_the_same_second_is_refused(folder):
    made = backups.make(folder, at=NOW)
    before = {path.name: path.read_bytes() for path in made.iterdir()}

    with pytest.raises(backups.BackupFailed, match="is there already"):
        backups.make(folder, at=NOW)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_cannot_be_is_named(folder, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match=r"file/kept cannot be written: Not a directory\."):
        call_command("backup", tmp_path / "file" / "kept")


def test_without_the_tool_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(backups.BackupFailed, match="pg_dump is not on the PATH"):
        backups._dump(None, tmp_path / "database.dump")


def test_a_copy_is_of_one_moment_while_others_write(tmp_path):
    """The copy holds what the reader saw when it first looked, and nothing that came since, committed or not."""
    path = tmp_path / "shop.sqlite3"

    def opened():
        return closing(sqlite3.connect(path, isolation_level=None))

    with opened() as writer, opened() as reader, opened() as other:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE rows (x)")
        writer.execute("INSERT INTO rows VALUES (1)")
        reader.execute("BEGIN DEFERRED")
        reader.execute("SELECT * FROM rows").fetchall()
        writer.execute("INSERT INTO rows VALUES (2)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO rows VALUES (3)")

        backups._copy(type("Own", (), {"connection": reader}), tmp_path / "copy.sqlite3")

    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("SELECT x FROM rows").fetchall() == [(1,)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.django_db
def test_the_digest_is_of_every_row_and_every_column():
    shop()
    seen = {digest.as_seen()}
    line = OrderLine.objects.order_by("pk")[0]

    for rows, change in (
        (OrderLine.objects.filter(pk=line.pk), {"told_at": NOW}),
        (Stock.objects.all(), {"held": 0, "on_hand": 4}),
        (Movement.objects.all(), {"reference": "elsewhere"}),
        (Notice.objects.all(), {"error": "x"}),
    ):
        assert rows.update(**change)
        seen.add(digest.as_seen())

    assert len(seen) == 5
    assert {len(each) for each in seen} == {64}


@pytest.mark.django_db
def test_the_digest_of_the_same_books_is_the_same():
    shop()

    assert digest.as_seen() == digest.as_seen()


@pytest.mark.django_db
def test_the_audit_says_the_digest_only_when_asked():
    plain, asked = StringIO(), StringIO()
    call_command("audit", stdout=plain)
    call_command("audit", "--digest", stdout=asked)

    assert "Digest" not in plain.getvalue()
    assert f"Digest of the books: {digest.as_seen()}" in asked.getvalue().splitlines()

"""An empty shop is migrated once: the next database of the same code begins as its copy, one of other code does not."""

import sqlite3
import tempfile
from contextlib import closing

import pytest
from django.db import connection

from backoffice.benches.shops import empty
from backoffice.web import edition

pytestmark = pytest.mark.embedded


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def made(name, tmp_path, monkeypatch, *, is_migrated=True):
    """Make a database within, and say whether it began as a copy, and what is in it then."""
    file = tmp_path / name
    monkeypatch.setitem(connection.settings_dict["TEST"], "NAME", str(file))
    with empty.copied() as is_copy, closing(sqlite3.connect(file)) as database:
        found = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE name <> 'django_migrations'")]
        database.execute(f"CREATE TABLE {name} (x)")
        if is_migrated:
            database.execute("CREATE TABLE IF NOT EXISTS django_migrations (x)")
    return is_copy, found


def test_whoever_comes_first_keeps_what_the_others_begin_with(tmp_path, monkeypatch):
    assert made("one", tmp_path, monkeypatch) == (False, [])
    assert made("two", tmp_path, monkeypatch) == (True, ["one"])
    assert made("three", tmp_path, monkeypatch) == (True, ["one"])


def test_one_that_was_made_without_migrations_is_kept_for_nobody(tmp_path, monkeypatch):
    made("one", tmp_path, monkeypatch, is_migrated=False)

    assert made("two", tmp_path, monkeypatch) == (False, [])
    assert made("three", tmp_path, monkeypatch) == (True, ["two"])


def test_other_code_begins_anew(tmp_path, monkeypatch):
    made("one", tmp_path, monkeypatch)
    monkeypatch.setattr(edition, "of", lambda root: "other")

    assert made("two", tmp_path, monkeypatch) == (False, [])


def test_one_that_was_not_finished_is_kept_for_nobody(tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["TEST"], "NAME", str(tmp_path / "half"))
    with pytest.raises(ZeroDivisionError), empty.copied():
        1 / 0

    assert made("two", tmp_path, monkeypatch) == (False, [])

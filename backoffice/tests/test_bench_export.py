"""The bench of exports, small: all lines are counted, and on PostgreSQL held against a copy of the same columns."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches import export

pytestmark = pytest.mark.proof


def bench(folder, **environment):
    """In a process of its own: it would drop the database of this one."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "export", "--lines", "120", "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.embedded
def test_the_whole_list_is_exported(tmp_path):
    found = bench(tmp_path)

    assert found["lines"] == 120
    assert "ratio" not in found
    assert export.words(found).startswith("sqlite, load ")


@pytest.mark.services
def test_on_postgresql_it_is_held_against_a_copy(tmp_path):
    server = os.environ["DATABASE_URL"].rpartition("/")[0]

    found = bench(tmp_path, DATABASE_URL=f"{server}/export_{os.getpid()}")

    assert (found["lines"], found["ratio"] > 0) == (120, True)
    assert "× a COPY of the same columns" in export.words(found)

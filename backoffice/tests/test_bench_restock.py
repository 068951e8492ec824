"""A tenth of the bench of restock lists: processes on PostgreSQL, some of them killed, and a control that must fail."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches.restocking import restock

pytestmark = pytest.mark.services


def bench(folder, *arguments):
    """In a process of its own: it would drop the database of this one."""
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/restock_{os.getpid()}"
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "restock", *arguments, "--json"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": url},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_thousand_ask_for_few_units_and_nobody_is_offered_or_told_twice(tmp_path):
    found = bench(tmp_path, "--askers", "1000", "--units", "40", "--wave", "0", "--round-seconds", "0.4")

    assert found["faults"] == {}
    assert (found["askers"], found["held"]) == (1000, 0)
    assert found["sold"] + found["on_sale"] == 40
    assert found["offered"] > 10
    assert found["told"] > 10
    assert found["killed"] > 10
    assert restock.words(found).endswith("faults: none")


def test_without_the_lock_it_fails(tmp_path):
    options = ("--askers", "300", "--units", "20", "--wave", "0", "--round-seconds", "0.4", "--unguarded")

    assert bench(tmp_path, *options)["faults"] != {}

"""The bench of files, small: every leg is measured, and what it costs does not grow with what was loaded before."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches import loading

pytestmark = pytest.mark.proof

TINY = ("--orders", "40", "--skus", "5", "--stock", "4800")


def bench(folder, **environment):
    """In a process of its own: it would drop the database of this one."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "loading", *TINY, "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def judge(found):
    assert [found["stock"][turn]["blocks"] for turn in ("opening", "count")] == [3, 3]
    assert found["stock"]["count"]["statements"][0] == found["stock"]["count"]["statements"][1]
    assert found["orders"]["statements"][0] == found["orders"]["statements"][-1]
    assert min(found["stock"]["count"][step]["peak_mb"] for step in ("look_csv", "look_xlsx", "load")) > 0


@pytest.mark.embedded
def test_every_leg_is_measured_and_a_block_costs_what_the_one_before_did(tmp_path):
    found = bench(tmp_path)

    judge(found)
    assert loading.words(found).startswith("sqlite, load ")


@pytest.mark.services
def test_it_measures_postgresql_too(tmp_path):
    server = os.environ["DATABASE_URL"].rpartition("/")[0]

    found = bench(tmp_path, DATABASE_URL=f"{server}/loading_{os.getpid()}")

    judge(found)
    assert found["database"] == "postgresql"

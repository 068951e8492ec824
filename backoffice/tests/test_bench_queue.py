import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches.queueing import queue

pytestmark = pytest.mark.proof

TINY = (
    *("--waiting", "40", "--skus", "12", "--orders", "3", "--processes", "2", "--seconds", "0.2", "--rounds", "1"),
    *("--lines", "400", "--repeat", "2", "--slipped", "30", "--open", "300"),
)
FILLED = {"units": 20, "allocated": 20, "promises": 20, "events": 20, "told": 20, "again_changed": 0}
"""Half of the queue, each line once; and a second plan finds nothing to do."""


@pytest.mark.embedded
def test_every_leg_is_measured_in_a_database_of_its_own(tmp_path):
    found = bench(tmp_path)

    assert found["placing"]["ten_lines"] == {"statements": 11, "trips": 11}
    assert min(found["placing"]["hot"].values()) > 0
    assert min(found["placing"]["many"].values()) > 0
    assert filled(found["receipt"]) == FILLED
    assert (found["screen"]["waiting"], len(found["screen"]["views"])) == (80, 6)
    looked(found)
    assert queue.words(found).startswith("sqlite, load ")


@pytest.mark.services
def test_it_measures_postgresql_too(tmp_path):
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    found = bench(tmp_path, DATABASE_URL=f"{server}/queue_{os.getpid()}")

    assert found["database"] == "postgresql"
    assert found["placing"]["ten_lines"] == {"statements": 11, "trips": 3}
    assert filled(found["receipt"]) == FILLED
    assert found["screen"]["waiting"] == 80
    looked(found)


def looked(found):
    """All that wait for what slips are moved and told; the nights look at all that is open."""
    assert (found["slip"]["lines"], found["slip"]["moved"], found["slip"]["told"]) == (30, 30, 30)
    usual, passed = found["night"]["nights"]
    assert (usual["swept"], usual["weighed"], usual["with_chance"]) == (0, 300, 300)
    assert passed["swept"] == 300


def filled(receipt):
    return {name: receipt[name] for name in FILLED}


def bench(folder, **environment):
    """In a process of its own: it would drop the database of this one."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "queue", *TINY, "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)

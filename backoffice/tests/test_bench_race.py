import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches.racing import race
from backoffice.benches.racing.deeds import DEEDS, PATHS, shares

pytestmark = pytest.mark.proof

RULES = {
    "On hand is the sum of movements",
    "What moved has a shelf",
    "Held is the sum of holds",
    "Allocated is the sum of allocations",
    "Committed is the sum of claims",
    "A line's allocated is the sum of its claims on stock",
    "A line's pegged is the sum of its claims on inbound",
    "A claim is on units of its line's product",
    "A line's shipped is the sum of its shipments",
    "What came back of a parcel is what its returns say",
    "A line's canceled is what its history took off",
    "Received, with what came beyond it, is the sum of receipts",
    "A transfer is on its way with what left",
    "The promised date is the newest promise",
    "The first promised date is the first promise",
    "A pinned date was typed",
    "A typed date is pinned until it is let go",
    "Who was told got a mail at that moment",
    "Who got a mail was told",
    "A purchase order expects what it asks for",
    "Stopped is what is set aside for stopped orders",
    "Picked is what lies in parcels that have not left",
    "What lies in a parcel is set aside for its line",
    "Picked of a shelf is the sum of what is picked of it",
    "A batch that is over has no parcel to leave",
    "The lines of a stopped order are stopped, and claim nothing on its way",
    "Nothing is set aside for what was not paid in time",
    "An order is unpaid while its payment is waited for",
    "Owed is what lines still wait for",
    "No promised day has passed",
    "A new plan changes nothing",
    "Paid back is the sum of what people said they paid",
    "No more units are owed than were canceled or sent back",
    "A promise was told by a mail that went then",
    "What a refund owes is the sum of its units",
    "What is canceled of a paid order is owed back",
    "What a customer was told is the newest promise told",
}


def test_placing_is_at_most_half_of_the_race_and_no_path_is_rare():
    mix = shares()

    assert mix["place",] <= 0.5
    assert min(mix.values()) >= 0.04
    assert sum(mix.values()) == pytest.approx(1)
    assert sorted(name for path in PATHS for name in path) == sorted(DEEDS)


@pytest.mark.embedded
def test_everything_at_once_leaves_the_books_balanced(tmp_path):
    found = bench(tmp_path, "--operations", "120", "--processes", "3", "--units", "40")

    assert faults(found) == []
    assert found["operations"] == 120
    assert race.words(found).startswith("sqlite, load ")


@pytest.mark.embedded
def test_without_the_right_to_write_from_the_start_the_same_race_is_lost(tmp_path):
    found = bench(tmp_path, "--operations", "48", "--processes", "3", "--units", "40", "--unguarded")

    assert faults(found) != []


@pytest.mark.services
def test_eight_processes_on_postgresql_sell_no_unit_twice(tmp_path):
    found = bench(tmp_path, "--operations", "1000", "--units", "100", DATABASE_URL=scratch())

    assert faults(found) == []
    assert (found["database"], found["processes"], found["operations"]) == ("postgresql", 8, 1000)
    assert found["mix"]["place"] <= 50
    # of 4 each: who finds nothing to ship, or to hold, a hundred times does something else
    rare = [path for path, share in found["mix"].items() if share < 2]
    assert len(rare) <= 2, rare
    idle = [deed for deed, times in found["done"].items() if not times]
    assert len(idle) <= 2, idle  # of 41: a rare one may find nothing to do in a thousand turns


@pytest.mark.services
def test_without_the_lock_the_race_of_all_is_lost(tmp_path):
    # on a busy machine four processes may happen to take turns: one race of a few is lost
    tries = (
        bench(tmp_path, "--operations", "160", "--processes", "4", "--unguarded", DATABASE_URL=scratch())
        for _ in range(5)
    )

    assert any(faults(found) for found in tries)


def faults(found):
    """All that must not be, of what a race left behind."""
    rules = [rule for rule, broken in found["audit"].items() if broken]
    assert set(found["audit"]) == RULES
    return [name for name in ("errors", "deadlocks", "oversold", "untraced") if found[name]] + rules


def scratch():
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/race_{os.getpid()}"


def bench(folder, *arguments, **environment):
    """In a process of its own: it would drop the database of this one."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "race", *arguments, "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from backoffice.benches import night
from backoffice.benches.reorder import MONDAY
from backoffice.benches.shops import supplied
from inventory.models import ReorderPolicy
from inventory.night import skus
from suppliers.models import Offer, PurchaseOrderLine

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
STEPS = [
    *("demand", "patterns", "asked", "lead_times", "dates", "causes"),
    *("policies", "proposals", "figures", "report", "alerts"),
]


def test_each_step_of_the_night_itself_is_measured():
    supplied.fill(60, 2, 20)

    first = night.night("first", MONDAY)
    supplied.pass_time(60, until=MONDAY + timedelta(days=1), is_new_week=False)
    second = night.night("again", MONDAY + timedelta(days=1))

    assert (Offer.objects.count(), ReorderPolicy.objects.count()) == (120, 60)
    assert [list(each["steps"]) for each in (first, second)] == [STEPS, STEPS]
    assert min(step["queries"] for step in second["steps"].values()) > 0
    assert first["lines"] == first["written"] == PurchaseOrderLine.objects.filter(inbound=None).count() == 14
    assert (second["written"] < 10, second["lines"] > 10) == (True, True)


@pytest.mark.parametrize(("count", "block", "blocks"), [(60, 60, 1), (600, 600, 1), (600, 60, 10)])
def test_proposals_take_a_constant_number_of_queries_a_block(monkeypatch, count, block, blocks):
    """A block in which nothing has news takes fewer."""
    monkeypatch.setattr(skus, "BLOCK", block)
    supplied.fill(count, 2, 12)

    first = night.night("first", MONDAY)
    found = night.night("in between", MONDAY + timedelta(days=1))

    assert len(skus.blocks()) == blocks
    assert first["steps"]["proposals"]["queries"] <= 25 + 20 * blocks
    assert found["steps"]["proposals"]["queries"] <= 25 + 18 * blocks


@pytest.mark.embedded
def test_the_bench_measures_three_nights_in_a_database_of_its_own(tmp_path):
    # in a process of its own: it would drop the database of this one
    command = [sys.executable, "manage.py", "bench", "night", "--skus", "20", "--weeks", "12", "--json"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment | {"DATA_DIR": str(tmp_path)}, capture_output=True, check=True
    )

    result = json.loads(done.stdout)
    assert [each["night"] for each in result["nights"]] == [
        "first night, from history", "a new week", "a night in between",
    ]  # fmt: skip
    assert (result["skus"], result["offers"], result["blocks"]) == (20, 2, 1)
    assert night.words(result).startswith("20 SKUs of 2 suppliers each × 12 weeks, 1 blocks, sqlite\n")


@pytest.mark.parametrize(("option", "given", "most"), [("--offers", "0", "20"), ("--skus", "many", "5,000,000")])
def test_a_number_that_is_none_is_refused_in_words(option, given, most):
    with pytest.raises(CommandError, match=f"“{given}”: write a whole number from 1 to {most}"):
        call_command("bench", "night", option, given)

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches import reorder
from inventory.models import DailyDemand, Product, ReorderPolicy

pytestmark = [pytest.mark.django_db, pytest.mark.proof]


def test_the_made_up_shop_has_demand_in_a_quarter_of_its_weeks():
    reorder._fill(204, 104)

    assert Product.objects.count() == 204
    assert DailyDemand.objects.count() / 204 == pytest.approx(26, abs=1)
    assert DailyDemand.objects.latest("day").day < reorder.MONDAY


def test_a_night_is_measured_and_says_what_it_did():
    reorder._fill(60, 20)

    first = reorder._night("first", reorder.MONDAY)
    second = reorder._night("again", reorder.MONDAY)

    assert (first["changed"] > 50, second["changed"]) == (True, 0)
    assert 10 < second["queries_per_block"] <= second["queries"] <= first["queries"] < 100
    assert ReorderPolicy.objects.filter(computed_on=reorder.MONDAY).count() == 60


@pytest.mark.embedded
def test_the_bench_measures_three_nights_in_a_database_of_its_own(tmp_path):
    # in a process of its own: it would drop the database of this one
    command = [sys.executable, "manage.py", "bench", "reorder", "--skus", "20", "--weeks", "12", "--json"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment | {"DATA_DIR": str(tmp_path)}, capture_output=True, check=True
    )

    result = json.loads(done.stdout)
    assert [night["night"] for night in result["nights"]] == [
        "first night, from history", "a new week", "a night in between",
    ]  # fmt: skip
    assert (result["skus"], result["weeks"], result["blocks"]) == (20, 12, 1)
    assert reorder.words(result).startswith("20 SKUs × 12 weeks, 1 blocks, sqlite\n")

"""The order history of a real shop, eight months of it, loads with the same counts ever since."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice.files import loading
from inventory.models import DemandEntry
from inventory.tests.test_history import MAPPING

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "online_retail_2010-12_2011-08.csv.xz"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.services,
    pytest.mark.skipif(not REAL.exists() and "CI" not in os.environ, reason=f"the real history is not at {REAL}"),
]


def test_each_row_of_a_real_history_ends_in_the_same_count_and_again_in_the_second_load():
    file = loading.File("history", REAL, REAL.name, MAPPING, layout="none")
    counts = {"rows": 320_705, "loaded": 309_900, "netted": 3_262, "not_products": 1_951, "refused": 5_592}

    first = loading.load(file, by=None, at=timezone.now())
    entries = DemandEntry.objects.count()
    second = loading.look(file, at=timezone.now())

    assert (first.counts, second.counts) == (counts, counts)
    assert first.details["entries"] == {"new": entries, "changed": 0, "unchanged": 0}
    assert second.details["entries"] == {"new": 0, "changed": 0, "unchanged": entries}

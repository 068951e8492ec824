"""
Whatever a file went through, it is loaded whole or refused in words: never a traceback, never a row unaccounted for.

500 files in each run; ``FUZZ_FILES=5000`` for the long one, ``FUZZ_SEED`` to start elsewhere.
"""

import os
from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.files import loading
from inventory.ground.tabular import Unreadable
from inventory.models import DemandEntry, Inbound, Movement, Product
from orders.models import Customer, Order, OrderLine
from orders.tests import make
from suppliers.models import Offer, Supplier

from . import doors, mangling

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
FILES = int(os.environ.get("FUZZ_FILES", "500"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
PARTS = 5
WRITTEN = (Product, Offer, Movement, Inbound, DemandEntry, Customer, Order, OrderLine)


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("MAIN")
    doors.command("products", doors.CASES / "p00-base-products.csv")
    Supplier.objects.create(code="ACME", name="Acme")


def counts():
    return [model.objects.count() for model in WRITTEN]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_spoiled_file_is_loaded_whole_or_refused_in_words(tmp_path, part):
    files = [*mangling.originals(), *mangling.others()]
    before = counts()
    outcomes = Counter()
    for seed in range(SEED + part * FILES // PARTS, SEED + (part + 1) * FILES // PARTS):
        file = mangling.mangled(seed, files)
        path = tmp_path / "file"
        path.write_bytes(file.content)
        outcomes[_outcome(loading.File(file.kind, path, file.name), file, seed)] += 1
        assert counts() == before, f"seed {seed}: something of a refused file stayed"

    assert outcomes["loaded"] > FILES // PARTS // 10
    assert outcomes["refused"] > FILES // PARTS // 10


def _outcome(file, mangled, seed):
    plan = None
    try:
        plan = loading.look(file, at=timezone.now())
        _check(plan, mangled, seed)
        with transaction.atomic():
            loading.load(file, by=None, at=timezone.now())
            transaction.set_rollback(True)
    except (Unreadable, loading.Refused) as error:
        told = str(error)
        assert told.endswith("."), f"seed {seed}: {told}"
        assert "fault of ours" not in told, f"seed {seed}: {told}"
        return "refused"
    return "loaded"


def _check(plan, mangled, seed):
    taken = plan.counts.get("rows") if plan.counts else plan.taken + plan.left.total + len(plan.problems.rows)
    assert plan.rows == taken, f"seed {seed}"
    if mangled.rows >= 0:
        above = plan.sheet.header_row
        assert plan.rows <= mangled.rows, f"seed {seed}: rows out of nothing"
        assert plan.rows >= mangled.rows - above, f"seed {seed}: {mangled.rows} rows in, {plan.rows} accounted for"

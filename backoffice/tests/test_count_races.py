"""Two people load the same count, or counts that overlap, at the same time: the shelf is what was counted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.files import loading
from inventory.models import Movement, MovementKind, Stock
from inventory.tests import files
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SKUS = [f"SKU-{number}" for number in range(30)]


def load(path, at):
    """Load a count; what was overtaken while it was read says so, and is loaded again."""
    moment = datetime.fromisoformat(at)
    for _ in range(5):
        try:
            return loading.load(loading.File("stock", Path(path)), by=None, at=moment).figures()["refused"]
        except loading.Unreadable:
            continue
    return "given up"


def shelves(units):
    place = make.warehouse("BER")
    for sku in SKUS:
        make.on_hand(make.product(sku), units, place=place)


def written(tmp_path, name, skus, units):
    return str(files.text(tmp_path, "sku,quantity\n" + "".join(f"{sku},{units}\n" for sku in skus), name=name))


def together(tmp_path, *, unguarded=False):
    """Three people load a count of 7 of everything, a fourth one of 7 of the first half."""
    shelves(50)
    whole = written(tmp_path, "whole.csv", SKUS, 7)
    part = written(tmp_path, "part.csv", SKUS[::-1][15:], 7)
    jobs = [(path, (NOW + timedelta(seconds=n)).isoformat()) for n, path in enumerate([whole, whole, whole, part])]
    return race.run(load, jobs, unguarded=unguarded)


def test_one_count_loaded_by_several_at_once_is_posted_once(tmp_path):
    assert together(tmp_path) == [0, 0, 0, 0]

    assert set(Stock.objects.values_list("on_hand", flat=True)) == {7}
    counted = Movement.objects.filter(kind=MovementKind.COUNT)
    assert sorted(counted.values_list("quantity", flat=True)) == [-43] * len(SKUS)


def test_without_the_lock_the_same_count_is_posted_more_than_once(tmp_path):
    found = together(tmp_path, unguarded=True)

    wrong = set(Stock.objects.values_list("on_hand", flat=True)) != {7}
    many = Movement.objects.filter(kind=MovementKind.COUNT).count() > len(SKUS)
    assert wrong or many or found != [0, 0, 0, 0]

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


def together(tmp_path, units=7, *, unguarded=False):
    """Three people load a count of so many of everything, a fourth one of as many of the first half."""
    whole = written(tmp_path, "whole.csv", SKUS, units)
    part = written(tmp_path, "part.csv", SKUS[::-1][15:], units)
    jobs = [(path, (NOW + timedelta(seconds=n)).isoformat()) for n, path in enumerate([whole, whole, whole, part])]
    return race.run(load, jobs, unguarded=unguarded)


def test_one_count_loaded_by_several_at_once_is_posted_once(tmp_path):
    shelves(50)

    assert together(tmp_path) == [0, 0, 0, 0]

    assert set(Stock.objects.values_list("on_hand", flat=True)) == {7}
    counted = Movement.objects.filter(kind=MovementKind.COUNT)
    assert sorted(counted.values_list("quantity", flat=True)) == [-43] * len(SKUS)


def test_without_the_lock_the_same_count_is_posted_more_than_once(tmp_path):
    shelves(50)

    # each round is another chance for two of them to meet
    assert any(goes_wrong(tmp_path, units, unguarded=True) for units in range(7, 15))


def goes_wrong(tmp_path, units, *, unguarded):
    """Load once more together, and say if a shelf is wrong, a count was posted twice or somebody was refused."""
    counted = Movement.objects.filter(kind=MovementKind.COUNT)
    before = counted.count()
    found = together(tmp_path, units, unguarded=unguarded)
    is_wrong = set(Stock.objects.values_list("on_hand", flat=True)) != {units}
    return is_wrong or counted.count() - before > len(SKUS) or found != [0, 0, 0, 0]

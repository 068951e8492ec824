"""What must be bought: which SKUs are at or below their reorder point, how many units each needs, and who has some."""

import pytest

from inventory.models import Stock
from suppliers import needs

from . import make

pytestmark = pytest.mark.django_db


def short(days=0):
    """The SKUs of the shop that are short so many days from now, by SKU and warehouse, as they are found."""
    on = make.after(days).date()
    found = needs.find((0, 1_000_000), needs.shop(on=on, at=make.after(days)), on=on).short
    columns = (found.position, found.point, found.batch, found.planned, found.spare)
    keys = zip(found.product.tolist(), found.warehouse.tolist(), strict=True)
    return dict(zip(keys, zip(*columns, strict=True), strict=True))


def of(lamp, place=None):
    return short().get((lamp.pk, (place or make.warehouse()).pk))


@pytest.mark.parametrize(("here", "is_short"), [(19, True), (20, True), (21, False)])
def test_a_sku_at_its_reorder_point_is_short_and_one_above_it_is_not(here, is_short):
    lamp = make.product()
    make.policy(lamp, 20, 60)
    make.on_hand(lamp, here)

    assert (of(lamp) is not None) is is_short


@pytest.mark.parametrize(("up_to", "is_short"), [(20, False), (21, True)])
def test_a_sku_that_is_ordered_up_to_its_point_is_short_only_below_it(up_to, is_short):
    lamp = make.product()
    make.policy(lamp, 20, up_to)
    make.on_hand(lamp, 20)

    assert (of(lamp) is not None) is is_short


def test_units_owed_make_a_sku_short_that_has_no_reorder_point():
    lamp = make.product()
    make.owing(lamp, 1)

    position, point, batch, *_ = of(lamp)

    assert (position, point, batch) == (-1, 0, 0)


@pytest.mark.parametrize(("days", "is_short"), [(0, False), (1, True)])
def test_a_frozen_point_counts_through_its_last_day(days, is_short):
    lamp = make.product()
    make.policy(lamp, 20, 60, frozen_point=5, frozen_until=make.TODAY, frozen_reason="Sale ends")
    make.on_hand(lamp, 6)

    assert bool(short(days)) is is_short


def oslo_of(lamp, *, point, here, coming=0):
    """Berlin needs lamps; Oslo has some here and some coming, and a reorder point of its own."""
    make.policy(lamp, 20, 60)
    oslo = make.warehouse("OSL")
    make.policy(lamp, point, 90, place=oslo)
    if here:
        make.on_hand(lamp, here, place=oslo)
    if coming:
        make.coming(lamp, coming, on=make.TODAY, place=oslo)
    return oslo


def spare(lamp):
    """What others could send to Berlin."""
    return of(lamp)[-1]


@pytest.mark.parametrize(("free", "units"), [(9, 9), (10, 10), (11, 10)])
def test_a_warehouse_spares_what_is_free_on_its_shelf_and_above_its_reorder_point_no_more(free, units):
    lamp = make.product()
    oslo_of(lamp, point=40, here=free, coming=50 - free)

    assert spare(lamp) == {"OSL": units}


def test_a_warehouse_where_nothing_is_free_has_nothing_to_spare_however_much_is_coming():
    lamp = make.product()
    oslo_of(lamp, point=5, here=0, coming=50)

    assert spare(lamp) == {}


def test_what_is_allocated_or_held_at_a_warehouse_is_not_spared():
    lamp = make.product()
    oslo = oslo_of(lamp, point=0, here=12, coming=50)
    Stock.objects.filter(warehouse=oslo).update(allocated=4, held=3)

    assert spare(lamp) == {"OSL": 5}


def test_what_a_warehouse_owes_to_those_who_wait_there_is_not_spared():
    lamp = make.product()
    oslo = oslo_of(lamp, point=0, here=12, coming=50)
    make.owing(lamp, 8, place=oslo)

    assert spare(lamp) == {"OSL": 4}

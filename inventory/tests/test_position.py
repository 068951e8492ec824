from datetime import timedelta

import pytest

from inventory.models import Product
from inventory.supply import position, stock
from inventory.tests import make

pytestmark = pytest.mark.django_db

TODAY = make.TODAY


def of(thing: Product, days: float = 14) -> tuple[int, int, int, int]:
    found = position.of([thing.pk], [make.warehouse().pk], on=TODAY, days=[days])
    return found.on_hand[0], found.inbound[0], found.owed[0], found.units[0]


def test_the_position_is_on_hand_and_inbound_less_owed():
    lamp = make.product()
    make.on_hand(lamp, 10)
    make.coming(lamp, 6, on=TODAY + timedelta(days=7))
    make.owed(lamp, 4, by=TODAY + timedelta(days=7))

    assert of(lamp) == (10, 6, 4, 12)


def test_inbound_beyond_the_horizon_does_not_count():
    lamp = make.product()
    make.coming(lamp, 6, on=TODAY + timedelta(days=15))

    assert of(lamp, days=14) == (0, 0, 0, 0)
    assert of(lamp, days=15) == (0, 6, 0, 6)


def test_owed_units_count_twice_as_far_ahead_and_two_weeks_further_at_least():
    lamp = make.product()
    make.owed(lamp, 4, by=TODAY + timedelta(days=40))

    assert [of(lamp, days=days)[2] for days in (19, 20)] == [0, 4]
    chair = make.product()
    make.owed(chair, 4, by=TODAY + timedelta(days=16))
    assert [of(chair, days=days)[2] for days in (1, 2)] == [0, 4]


def test_a_late_inbound_counts_by_the_first_date_its_sender_gave():
    lamp = make.product()
    row = make.coming(lamp, 6, on=TODAY + timedelta(days=3), is_confirmed=True)
    make.moved(row, TODAY + timedelta(days=90))

    assert of(lamp) == (0, 6, 0, 6)


def test_units_without_any_date_count_as_within_the_horizon():
    lamp = make.product()
    make.coming(lamp, 6, on=None)
    make.owed(lamp, 4)

    assert of(lamp, days=0) == (0, 6, 4, 2)


def test_what_arrived_is_counted_once():
    lamp = make.product()
    row = make.coming(lamp, 6, on=TODAY)
    make.arrived(row, 4)

    assert of(lamp) == (4, 2, 0, 6)


def test_positions_come_in_the_order_asked_for_each_with_its_own_horizon(django_assert_num_queries):
    lamp, chair = make.product(), make.product()
    oslo, berlin = make.warehouse("OSL"), make.warehouse()
    make.on_hand(chair, 3)
    make.on_hand(lamp, 5, place=oslo)
    make.coming(lamp, 9, on=TODAY + timedelta(days=5))

    with django_assert_num_queries(3):
        found = position.of(
            [chair.pk, lamp.pk, lamp.pk, lamp.pk],
            [berlin.pk, oslo.pk, berlin.pk, berlin.pk],
            on=TODAY,
            days=[7, 7, 4, 5],
        )

    assert found.units.tolist() == [3, 5, 0, 9]


def test_units_held_for_a_customer_who_has_not_ordered_do_not_count():
    lamp = make.product()
    row = make.on_hand(lamp, 10)
    stock.hold({row.pk: 4})

    assert of(lamp) == (6, 0, 0, 6)

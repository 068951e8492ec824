from datetime import timedelta

import pytest

from inventory import availability
from inventory.availability import Availability, Word
from inventory.models import BackorderPolicy

from . import make

pytestmark = pytest.mark.django_db
FRIDAY = make.TODAY + timedelta(days=4)


def word(thing):
    return availability.of([thing.pk])[thing.pk]


def test_a_product_on_the_shelf_is_in_stock_with_its_units():
    lamp = make.product()
    make.on_hand(lamp, 3)
    make.on_hand(lamp, 9, place=make.warehouse("OLD", is_open=False))

    assert word(lamp) == Availability(Word.IN_STOCK, 3)


def test_a_product_on_its_way_is_on_backorder_until_it_comes():
    lamp = make.product(backorder_policy=BackorderPolicy.COVERED)
    make.coming(lamp, 2, on=FRIDAY)

    assert word(lamp) == Availability(Word.ON_BACKORDER, 0, FRIDAY)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"backorder_policy": "always"}, Word.ON_BACKORDER),
        ({"backorder_policy": "never"}, Word.OUT_OF_STOCK),
        ({"backorder_policy": "covered"}, Word.OUT_OF_STOCK),
        ({"backorder_policy": "limit", "backorder_limit": 0}, Word.OUT_OF_STOCK),
        ({"backorder_policy": "limit", "backorder_limit": 5}, Word.ON_BACKORDER),
        ({"is_discontinued": True}, Word.OUT_OF_STOCK),
    ],
)
def test_with_nothing_here_and_nothing_coming_the_policy_says_what_it_is(fields, expected):
    assert word(make.product(**fields)) == Availability(expected, 0, None)


def test_any_number_of_products_takes_three_statements(django_assert_num_queries):
    things = [make.product() for _ in range(9)]

    with django_assert_num_queries(3):
        assert len(availability.of([thing.pk for thing in things])) == 9

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inventory.formulas import classes
from inventory.formulas.classes import Limits


def test_the_few_that_make_four_fifths_of_the_value_are_a_and_the_next_are_b():
    value = np.array([500.0, 300.0, 100.0, 60.0, 40.0])

    found = classes.limits(value)

    assert found == Limits(300.0, 60.0)
    assert classes.abc(value, found).tolist() == ["A", "A", "B", "B", "C"]


def test_the_only_product_that_earns_anything_is_a():
    value = np.array([0.0, 12.0, np.nan])

    assert classes.abc(value, classes.limits(value)).tolist() == ["C", "A", ""]


def test_where_nobody_entered_a_price_there_are_no_classes():
    value = classes.yearly_value(np.array([3.0, 4.0]), price=np.zeros(2), cost=np.ones(2))

    assert classes.limits(value) is None
    assert classes.abc(value, None).tolist() == ["", ""]


def test_value_is_the_margin_or_the_revenue_and_a_loss_is_no_value():
    price, cost = np.array([10.0, 10.0]), np.array([4.0, 12.0])
    mean = np.array([7 / 365.25, 7 / 365.25])

    assert classes.yearly_value(mean, price=price, cost=cost).tolist() == [6.0, 0.0]
    assert classes.yearly_value(mean, price=price, cost=cost, by_margin=False).tolist() == [10.0, 10.0]


def test_even_demand_is_x_and_demand_now_and_then_is_z():
    mean = np.array([10.0, 10.0, 10.0, 0.0])
    variance = np.array([25.0, 100.0, 101.0, np.nan])

    assert classes.xyz(mean, variance).tolist() == ["X", "Y", "Z", "Z"]


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_the_limits_rest_on_the_values_and_not_on_their_order(values, random):
    shuffled = values.copy()
    random.shuffle(shuffled)

    assert classes.limits(np.array(values)) == classes.limits(np.array(shuffled))

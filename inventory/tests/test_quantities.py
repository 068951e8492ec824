import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.formulas.quantities import cheapest_quantity, economic_order_quantity, order_quantity

BREAKS = {"tier_starts": [1, 200, 500], "tier_prices": [500, 475, 450]}


@pytest.mark.parametrize(
    ("need", "minimum", "pack", "order"),
    [(0, 50, 12, 0), (7, 0, 1, 7), (7, 50, 12, 60), (51, 50, 12, 60), (60, 50, 12, 60), (61, 50, 12, 72)],
)
def test_an_order_is_at_least_the_minimum_in_whole_packs(need, minimum, pack, order):
    assert order_quantity(need, minimum=minimum, pack=pack) == order


@pytest.mark.parametrize(
    ("capacity", "order"), [(65, 60), (72, 72), (1000, 72), (59, 0), (0, 0), (-5, 0), (float("nan"), 72)]
)
def test_a_capacity_limits_to_whole_packs_and_below_the_minimum_is_not_usable(capacity, order):
    assert order_quantity(61, minimum=50, pack=12, capacity=capacity) == order


def test_nothing_needed_is_nothing_ordered_and_a_block_is_ordered_at_once():
    orders = order_quantity([-4, 0, 5, 5], minimum=[0, 10, 10, 0], pack=[1, 1, 4, 0])

    assert orders.tolist() == [0, 0, 12, 5]


@settings(deadline=None)
@given(need=st.integers(1, 10**6), minimum=st.integers(0, 10**4), pack=st.integers(1, 500))
def test_an_order_covers_the_need_with_less_than_a_pack_too_many(need, minimum, pack):
    order = int(order_quantity(need, minimum=minimum, pack=pack))

    assert order % pack == 0
    assert max(need, minimum) <= order < max(need, minimum) + pack


def test_the_economic_order_quantity_agrees_with_the_textbook():
    assert economic_order_quantity(1300, order_cost=8, holding_cost=0.225) == pytest.approx(304.04678, abs=5e-6)


def test_without_holding_cost_there_is_no_economic_order_quantity():
    assert np.isnan(economic_order_quantity([10, 10, 10], order_cost=5, holding_cost=[0, np.nan, -1])).all()


def test_the_cheapest_quantity_takes_the_price_break_that_pays():
    best = cheapest_quantity(1000, order_cost=200, holding_rate=0.2, **BREAKS)

    assert (best.annual_cost, best.quantity, best.unit_price) == (472_900.0, 500, 450.0)


def test_the_cheapest_quantity_comes_in_whole_packs():
    best = cheapest_quantity(1000, order_cost=200, holding_rate=0.2, pack=144, **BREAKS)

    assert best.annual_cost == pytest.approx(476_267.22222222225, rel=1e-15)
    assert (best.quantity, best.unit_price) == (576, 450.0)


def test_the_cheapest_quantity_respects_the_minimum():
    best = cheapest_quantity(
        1300, order_cost=8, holding_rate=0.225, tier_starts=[1], tier_prices=[1.0], minimum=400, pack=25
    )

    assert (best.annual_cost, best.quantity, best.unit_price) == (1371.0, 400, 1.0)


def test_many_offers_are_compared_at_once_and_one_without_a_price_buys_nothing():
    nan = np.nan
    best = cheapest_quantity(
        np.array([1000.0, 10.0, 10.0]),
        order_cost=200,
        holding_rate=np.array([0.2, 0.2, 0.2]),
        tier_starts=np.array([[1, 200, 500], [1, nan, nan], [nan, nan, nan]]),
        tier_prices=np.array([[500, 475, 450], [100, nan, nan], [nan, nan, nan]]),
    )

    assert best.quantity.tolist() == [500, 14, 0]
    assert best.unit_price[:2].tolist() == [450.0, 100.0]
    assert np.isnan(best.unit_price[2])


@settings(deadline=None)
@given(
    demand=st.floats(1, 5000), order_cost=st.floats(1, 500), pack=st.integers(1, 40), minimum=st.integers(0, 300),
    second=st.integers(2, 400), discount=st.floats(0.01, 0.5),
)  # fmt: skip
def test_no_quantity_is_cheaper_than_the_cheapest(*, demand, order_cost, pack, minimum, second, discount):
    starts, prices = [1, second], [10.0, 10.0 * (1 - discount)]

    best = cheapest_quantity(
        demand, order_cost=order_cost, holding_rate=0.2, tier_starts=starts, tier_prices=prices, minimum=minimum,
        pack=pack,
    )  # fmt: skip

    least = -(-max(minimum, 1) // pack) * pack
    every = np.arange(least, least + 4000 * pack, pack, dtype=float)
    price = np.where(every >= second, prices[1], prices[0])
    cost = demand * price + order_cost * demand / every + 0.2 * price * every / 2
    assert best.annual_cost == pytest.approx(cost.min(), rel=1e-12)

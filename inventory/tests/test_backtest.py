import numpy as np
import pytest

from inventory.formulas.backtesting import backtest
from inventory.formulas.backtesting.backtest import NothingToMeasure, Score
from inventory.formulas.backtesting.methods import METHODS

from . import demand_sets

pytestmark = [pytest.mark.proof, pytest.mark.embedded]

TARGETS = (0.9, 0.95, 0.98)


def steady(*later, units=4.0):
    """One SKU that sold the same all through its warm-up."""
    return np.array([[units] * backtest.WARM_UP + list(later)], float)


def naive(demand, lead):
    return backtest.run(demand, lead=lead, targets=[0.9], methods=["naive"])[0]


def textbook_curve(demand, lead):
    """What service the textbook reaches, and with how much stock, over all targets one could set."""
    targets = [0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999, 0.999999]
    scores = backtest.run(demand, lead=lead, targets=targets, methods=["textbook"])
    return [score.cycle_service for score in scores], [score.cover for score in scores]


def test_steady_demand_is_served_by_half_a_period_of_stock():
    assert naive(steady(4, 4, 4), lead=1) == Score("naive", 0.9, 1.0, 1.0, 0.5, 0.0)


def test_an_order_that_arrives_before_the_demand_of_its_period_serves_it():
    assert naive(steady(4, 4), lead=0) == Score("naive", 0.9, 1.0, 1.0, 0.5, 0.0)


def test_what_finds_no_stock_waits_and_is_served_first_when_stock_comes():
    score = naive(steady(4, 4, 10, 0), lead=1)

    # measured 4, 10 and 0: on the shelf 4, then 4 (6 wait), then 4 that all go to those who wait
    assert (score.backordered, score.cycle_service, score.fill_rate) == (6.0, pytest.approx(1 / 3), 1 - 6 / 14)
    assert score.cover == (2 + 2 + 0) / 14


def test_no_method_sees_the_period_it_orders_for():
    quiet = backtest.run(steady(4, 4, 0), lead=0, targets=[0.9])
    loud = backtest.run(steady(4, 4, 1000), lead=0, targets=[0.9])

    assert [score.backordered for score in quiet] == [0.0, 0.0, 0.0]
    assert {score.method: 1000 - score.backordered for score in loud} == {
        "naive": 4.0, "textbook": 4.0, "recommended": 8.0,
    }  # fmt: skip


def test_periods_before_the_shelf_is_full_are_not_measured():
    warming_up = steady(4)[:, :-1]
    unsold = np.zeros((1, 40))
    not_yet_sold = np.full((1, 40), np.nan)

    for demand in (warming_up, unsold, not_yet_sold, steady(4)):
        with pytest.raises(NothingToMeasure, match="no item has more than 13 known periods"):
            backtest.run(demand, lead=1, targets=[0.9])


def test_a_period_of_which_nothing_is_known_counts_for_nothing():
    gap = naive(steady(4, 4, np.nan, 4), lead=1)

    assert gap.fill_rate == 1.0
    assert gap.cover == (2 + 2) / 8


def test_nothing_asked_for_is_no_data_and_not_a_perfect_fill_rate():
    score = naive(steady(0, 0), lead=0)

    assert (score.cycle_service, score.fill_rate, score.cover) == (1.0, None, None)


def test_every_method_is_scored_at_every_target_and_progress_is_told():
    told = []

    scores = backtest.run(steady(4, 4), lead=0, targets=TARGETS, progress=lambda done, of: told.append((done, of)))

    assert [(score.method, score.target) for score in scores] == [(name, goal) for name in METHODS for goal in TARGETS]
    assert (told[0], told[-1], len(told)) == ((1, 14), (14, 14), 14)


@pytest.mark.parametrize("lead", [1, 3])
@pytest.mark.parametrize("demand", [demand_sets.drifting(600), demand_sets.spare_parts()], ids=["made up", "parts"])
def test_the_recommended_method_keeps_its_cycle_service_with_no_more_stock_than_the_textbook(demand, lead):
    scores = backtest.run(demand, lead=lead, targets=TARGETS, methods=["recommended"])

    services, covers = textbook_curve(demand, lead)
    for score in scores:
        assert score.cycle_service >= score.target - 0.015
        assert score.cover <= np.interp(score.cycle_service, services, covers)


@pytest.mark.parametrize("lead", [1, 3])
def test_the_recommended_method_comes_closer_to_its_fill_rate_than_the_normal_approximation(lead):
    scores = backtest.run(
        demand_sets.spare_parts(), lead=lead, targets=TARGETS, measure="fill", methods=["textbook", "recommended"]
    )

    missed = {(score.method, score.target): abs(score.fill_rate - score.target) for score in scores}
    for target in TARGETS:
        assert missed["recommended", target] < missed["textbook", target]


@pytest.mark.parametrize(("target", "least"), [(0.9, 0.91), (0.95, 0.95), (0.98, 0.975)])
def test_a_shop_that_sells_in_bursts_is_served_as_it_asked_with_a_twentieth_less_stock(target, least):
    demand = demand_sets.bursty(600)

    (score,) = backtest.run(demand, lead=2, targets=[target], methods=["recommended"])

    services, covers = textbook_curve(demand, 2)
    assert score.cycle_service >= least
    assert score.cover <= 0.95 * np.interp(score.cycle_service, services, covers)

import math

import numpy as np
import pytest
from scipy import integrate, stats

from inventory.formulas import forecast, reorder
from inventory.formulas.backtesting.methods import METHODS, Naive, Recommended, Textbook

HISTORY = np.array(
    [[0.0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0, 6, 3], [np.nan, np.nan, 5, 4, 6, 5, 5, 4, 5, 5, 5, 5, 5, 5]]
)


def up_to(method, target):
    """The units to order up to."""
    return method.levels(target)[1]


def told(method, *, span=3.0, measure="cycle"):
    """A method that has seen the history."""
    made = METHODS[method](len(HISTORY), span=span, measure=measure)
    for units in HISTORY.T:
        made.absorb(units)
    return made


def test_the_naive_level_is_the_mean_of_the_last_six_known_periods():
    assert up_to(told("naive"), 0.95).tolist() == [6.0, 15.0]


def test_the_naive_level_is_the_mean_of_all_periods_while_there_are_fewer():
    method = Naive(2, span=3.0, measure="cycle")
    method.absorb(np.array([4.0, np.nan]))

    assert up_to(method, 0.95).tolist() == [12.0, 0.0]


def test_the_textbook_level_is_a_normal_quantile_of_all_that_was_seen():
    first, second = HISTORY[0], HISTORY[1, 2:]
    wanted = [3 * x.mean() + stats.norm.ppf(0.95) * x.std(ddof=1) * math.sqrt(3) for x in (first, second)]

    assert up_to(told("textbook"), 0.95).tolist() == [math.ceil(level) for level in wanted]


def test_the_textbook_level_loses_just_the_units_its_fill_rate_allows():
    method = told("textbook", measure="fill")
    sd = HISTORY[0].std(ddof=1) * math.sqrt(3)

    def lost(level):
        return integrate.quad(stats.norm(HISTORY[0].mean() * 3, sd).sf, level, np.inf)[0]

    level = up_to(method, 0.9)[0]
    assert lost(level) <= 0.1 * HISTORY[0].mean() < lost(level - 1)


def test_demand_that_never_varies_needs_no_safety_stock_by_the_textbook():
    method = Textbook(1, span=2.0, measure="fill")
    for _ in range(4):
        method.absorb(np.array([3.0]))

    assert up_to(method, 0.99).tolist() == [6.0]


@pytest.mark.parametrize("measure", ["cycle", "fill"])
def test_the_recommended_level_is_the_nightly_reorder_point_and_one_batch_of_one(measure):
    method = told("recommended", measure=measure)
    state = forecast.start(HISTORY)
    mean = forecast.level(state)
    line = forecast.fit_line(mean, state.variance)
    variance = forecast.shrunk_variance(mean, state.variance, state.weeks_with_demand, line=line)
    weeks = np.ones(2)
    demand = reorder.lead_time_demand(mean, variance, lead_weeks=2 * weeks, lead_sd_weeks=0 * weeks, review_weeks=weeks)

    if measure == "cycle":
        point = reorder.cycle_service_point(demand.mean, demand.variance, target=0.95 * weeks)
    else:
        point = reorder.fill_rate_point(demand, batch=weeks, target=0.95 * weeks)

    assert up_to(method, 0.95).tolist() == (point + 1).tolist()


def test_the_recommended_method_uses_the_variance_line_of_the_period_before():
    items = np.random.default_rng(1).poisson(2, (30, 12)).astype(float)
    method = Recommended(30, span=1.0, measure="cycle")
    for units in items.T:
        method.absorb(units)

    before = forecast.start(items[:, :-1])
    assert method.line == forecast.fit_line(forecast.level(before), before.variance)


def test_nothing_is_stocked_before_anything_is_known():
    for name, method in METHODS.items():
        assert up_to(method(2, span=3.0, measure="cycle"), 0.95).tolist() == [0.0, 0.0], name

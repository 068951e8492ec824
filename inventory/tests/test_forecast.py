import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inventory.formulas import forecast
from inventory.formulas.forecast import (
    ForecastMemory,
    VarianceLine,
    advance,
    estimate_censored,
    fit_line,
    level,
    shrunk_variance,
    start,
)

# a spare part sold rarely: 36 weeks
SERIES = [0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0, 6, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 1, 0, 1, 0, 0]


def same(one: ForecastMemory, other: ForecastMemory) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in ForecastMemory.__slots__
    )


def test_the_levels_agree_with_the_reference():
    state = start([SERIES])

    assert state.levels[0] == pytest.approx([0.964134, 0.645421, 0.408607], abs=5e-7)
    assert level(state) == pytest.approx([0.672721], abs=5e-7)


def test_the_levels_start_at_the_mean_of_the_first_eight_weeks():
    assert start([[0, 0, 0, 0, 0, 0, 0, 14]]).levels[0] == pytest.approx(
        [1.75 * (1 - a) ** 8 + 14 * a for a in forecast.ALPHAS]
    )


def test_a_history_of_one_week_is_its_own_level():
    state = start([[6.0]])

    assert level(state).tolist() == [6.0]
    assert np.isnan(state.variance).all()


def test_errors_count_from_the_ninth_week():
    eight, nine = start([SERIES[:8]]), start([SERIES[:9]])

    assert np.isnan(eight.variance).all()
    assert nine.variance == pytest.approx((SERIES[8] - level(eight)) ** 2)


def test_the_variance_is_the_mean_square_at_first_and_then_forgets_slowly():
    errors = [SERIES[week] - level(start([SERIES[:week]]))[0] for week in range(8, len(SERIES))]
    expected = 0.0
    for count, error in enumerate(errors, start=1):
        expected += max(0.05, 1 / count) * (error**2 - expected)

    assert start([SERIES]).variance == pytest.approx([expected])
    assert start([SERIES[:28]]).variance == pytest.approx([np.mean(np.square(errors[:20]))])


def test_a_promotion_left_in_the_base_lifts_it_by_two_fifths():
    base = [1.0] * 30

    state = start([[*base, 3.0, 3.0]])

    assert state.levels[0] - 1 == pytest.approx([0.195, 0.38, 0.72])
    assert level(state)[0] - 1 == pytest.approx(0.43, abs=0.005)


def test_a_promotion_divided_by_its_uplift_leaves_the_base_alone():
    weeks = np.array([[1.0] * 30 + [3.0, 3.0]])
    uplift = np.array([[1.0] * 30 + [3.0, 3.0]])

    assert level(start(forecast.without_events(weeks, uplift))) == pytest.approx([1.0])


histories = st.integers(1, 4).flatmap(
    lambda n: st.integers(0, 24).flatmap(lambda w: arrays(float, (n, w), elements=st.integers(0, 50).map(float)))
)


@settings(deadline=None)
@given(histories, st.data())
def test_a_resumed_forecast_is_bit_for_bit_one_never_interrupted(history, data):
    born = data.draw(st.lists(st.integers(0, 24), min_size=len(history), max_size=len(history)))
    for row, first in enumerate(born):
        history[row, :first] = np.nan
    cut = data.draw(st.integers(0, history.shape[1]))

    state = start(history[:, :cut])
    for week in history[:, cut:].T:
        state = advance(forecast.from_rows(forecast.as_rows(state)), week)

    assert same(state, start(history))


def test_a_sku_is_forecast_alike_alone_and_in_a_block():
    block = np.random.default_rng(1).poisson(3, (30, 60)).astype(float)
    block[5, :40], block[6, :55] = np.nan, np.nan

    together = start(block)

    alone = start(block[5:6])
    assert together.levels[5].tolist() == alone.levels[0].tolist()
    assert together.variance[5] == alone.variance[0]


def test_weeks_before_a_sku_existed_do_not_count():
    state = start([[np.nan, np.nan, 4.0, 0.0, 5.0], [1, 1, 1, 1, 1]])

    assert state.weeks.tolist() == [3, 5]
    assert state.weeks_with_demand.tolist() == [2, 5]
    assert level(state)[0] == level(start([[4.0, 0.0, 5.0]]))[0]


def test_a_week_without_news_of_a_sku_changes_nothing():
    state = start([SERIES])

    assert same(advance(state, [np.nan]), state)


def test_weeks_since_the_last_demand_are_counted():
    state = start([[3, 0, 0], [0, 0, 0], [0, 0, 1], [np.nan, np.nan, np.nan]])

    assert state.weeks_since_demand.tolist() == [2, 3, 0, 0]


@pytest.mark.parametrize("bad", [-1.0, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("week", [0, 7, 8, 20])
def test_an_absurd_week_spoils_its_row_and_no_other(bad, week):
    history = np.full((2, 22), 3.0)
    history[0, week] = bad

    state = advance(start(history), [3.0, 3.0])

    assert np.isnan(level(state)).tolist() == [True, False]


def test_a_state_absorbs_an_empty_history():
    state = start(np.empty((3, 0)))

    assert state.weeks.tolist() == [0, 0, 0]
    assert np.isnan(level(state)).all()
    assert forecast.from_rows(forecast.as_rows(start(np.empty((0, 5))))).levels.shape == (0, 3)


def test_the_line_is_found_again_and_skus_without_demand_stay_out_of_the_fit():
    mean = np.array([*np.linspace(0.1, 40, 50), 0.0, 3.0, np.nan])
    variance = np.array([*(2.0 * np.linspace(0.1, 40, 50) ** 1.3), 5.0, 0.0, 1.0])

    line = fit_line(mean, variance)

    assert (line.a, line.b) == pytest.approx((np.log(2), 1.3))


def test_too_few_skus_or_too_alike_make_no_line_of_their_own():
    last = VarianceLine(0.3, 1.4)

    assert fit_line(np.ones(9), np.ones(9), default=last) == last
    alike = fit_line(np.full(30, 2.0), np.full(30, 8.0), default=last)
    assert alike.b == 1.4
    assert np.exp(alike.a + alike.b * np.log(2.0)) == pytest.approx(8.0)
    steep = fit_line(np.linspace(2, 2.01, 20), np.linspace(1, 100, 20))
    assert steep.b == 2.5


def test_a_variance_is_shrunk_half_way_at_ten_weeks_with_demand():
    line = VarianceLine(0.0, 1.0)

    shrunk = shrunk_variance(np.full(3, 4.0), np.full(3, 64.0), np.array([0, 10, 90]), line=line)

    assert shrunk == pytest.approx([4.0, 16.0, 4.0 * 16**0.9])


def test_a_variance_not_yet_known_is_that_of_the_line():
    shrunk = shrunk_variance(np.array([4.0]), np.array([np.nan]), np.array([7]), line=VarianceLine(1.0, 1.5))

    assert shrunk == pytest.approx([np.e * 8])


def test_units_the_same_every_week_count_as_random_all_the_same():
    shrunk = shrunk_variance(np.array([10.0]), np.array([0.0]), np.array([90]), line=VarianceLine(0.0, 1.0))

    assert shrunk == pytest.approx([10.0])


def test_no_demand_has_no_variance_and_an_unknown_level_an_unknown_one():
    shrunk = shrunk_variance(
        np.array([0.0, np.nan]), np.array([5.0, 5.0]), np.array([3, 3]), line=VarianceLine(0.0, 1.0)
    )

    assert shrunk[0] == 0.0
    assert np.isnan(shrunk[1])


def test_demand_behind_an_empty_shelf_agrees_with_the_reference():
    mean, variance, sold = np.full(4, 4.0), np.full(4, 10.0), np.array([0.0, 2.0, 4.0, 8.0])

    assert estimate_censored(mean, variance, sold) == pytest.approx([4.0, 4.98737, 6.53409, 10.1328], abs=5e-5)


def test_demand_behind_an_empty_shelf_is_never_less_than_was_sold():
    guess = estimate_censored(
        np.array([np.nan, 0.0, 2.0, 900.0]), np.full(4, 5.0), np.array([3.0, 3.0, 5000.0, 1000.0])
    )

    assert guess[:2].tolist() == [3.0, 3.0]
    assert (guess[2:] > [5000.0, 1000.0]).all()


def test_a_launch_scales_the_profile_of_its_group_by_what_was_seen():
    expected = forecast.launch_expected(np.array(6 + 5 + 4 + 4.0), np.array(10 + 8.0), np.array(30.0))

    assert expected == pytest.approx(30.4)


def test_a_future_event_counts_for_the_days_it_covers():
    uplift = np.array([[1.0, 3.0, 1.0], [2.0, 2.0, 2.0]])

    assert forecast.uplift_over(uplift, np.array([2.0, 6.0])) == pytest.approx([2.0, 1.5])
    assert forecast.uplift_over(uplift, np.array([2.0, 0.0]), power=2.0) == pytest.approx([5.0, 1.0])


def test_the_line_gives_the_mean_of_the_variances_and_not_their_geometric_mean():
    mean = np.repeat([1.0, 10.0, 100.0], 20)
    bursty = np.tile([1.0, 9.0], 30) * mean

    line = fit_line(mean, bursty)

    assert line.b == pytest.approx(1.0)
    assert np.exp(line.a) == pytest.approx(5.0)


def croston(units, weight=0.1):
    """Croston's forecast (1972) and its correction by Syntetos & Boylan (2005): a referee, not used by the product."""
    size = interval = None
    since = 1
    for demand in units:
        if demand and size is None:
            size, interval = float(demand), float(since)
        elif demand:
            size, interval = size + weight * (demand - size), interval + weight * (since - interval)
        since = 1 if demand else since + 1
    return size / interval, (1 - weight / 2) * size / interval


def test_our_level_agrees_with_the_corrected_croston_forecast_of_intermittent_demand():
    published = [0, 0, 3, 0, 4, 0, 0, 0, 2, 0]
    seldom = np.random.default_rng(3).binomial(1, 0.3, (300, 200)) * 5

    assert croston(published) == pytest.approx((0.9933555, 0.9436877), abs=5e-8)
    corrected = np.mean([croston(units)[1] for units in seldom])
    assert forecast.level(start(seldom)).mean() == pytest.approx(corrected, rel=0.05)
    assert corrected == pytest.approx(1.5, rel=0.05)

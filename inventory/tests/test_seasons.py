from datetime import date

import numpy as np
import pytest

from inventory.formulas import seasons

MONDAY = date(2023, 1, 2)
WAVE = 1 + 0.6 * np.sin(2 * np.pi * np.arange(52) / 52)


def sold(profile, *, years=3, units=400.0, seed=1):
    """Weekly totals of one group that sells by this profile, by chance."""
    at = seasons.places(MONDAY, 52 * years)
    return np.random.default_rng(seed).poisson(units * profile[at])[None].astype(float)


def test_a_profile_that_repeats_every_year_is_learned_and_used():
    found = seasons.learn(sold(WAVE), MONDAY)

    assert found.is_on.tolist() == [True]
    assert found.gain[0] > 0.5
    assert found.strength[0] > 0.95
    assert np.abs(found.factors[0] - WAVE).max() < 0.12
    assert found.factors[0].mean() == pytest.approx(1)


def test_one_year_shows_no_season():
    found = seasons.learn(sold(WAVE, years=1), MONDAY)

    assert (found.is_on.tolist(), found.factors.tolist()) == ([False], [[1.0] * 52])
    assert np.isnan(found.gain[0])


def test_a_group_that_began_to_sell_a_year_ago_has_no_season_however_long_the_shop_is_open():
    units = sold(WAVE)
    units[:, :100] = 0

    assert not seasons.learn(units, MONDAY).is_on[0]


@pytest.mark.parametrize("years", [2, 3])
def test_demand_without_a_season_is_given_none_or_next_to_none(years):
    even = np.random.default_rng(5).poisson(20.0, (200, 52 * years)).astype(float)

    found = seasons.learn(even, MONDAY)

    assert found.is_on.mean() < 0.05
    assert np.abs(found.factors - 1).max() < 0.2


def test_a_rate_that_wanders_is_seldom_taken_for_a_season():
    random = np.random.default_rng(5)
    wander = np.exp(np.cumsum(random.normal(0, 0.05, (200, 156)), axis=1))

    found = seasons.learn(random.poisson(100.0 * wander).astype(float), MONDAY)

    assert found.is_on.mean() < 0.1


def test_a_burst_of_one_year_is_no_season():
    units = sold(np.ones(52))
    units[0, 60:64] *= 6

    assert not seasons.learn(units, MONDAY).is_on[0]


def test_little_data_is_shrunk_towards_an_ordinary_week():
    much, little = (seasons.learn(sold(WAVE, units=units, years=4), MONDAY) for units in (400.0, 2.0))

    assert little.strength[0] < much.strength[0]


def test_growth_from_year_to_year_is_no_season():
    growing = np.linspace(100, 300, 156)[None]

    found = seasons.learn(growing, MONDAY)

    assert found.factors.tolist() == [[1.0] * 52]


def test_a_whole_year_ahead_has_the_factors_in_turn_and_mid_week_a_share_of_two():
    factors = np.arange(52.0)[None]

    assert seasons.over(factors, date(2026, 1, 5), 3).tolist() == [[1.0, 2.0, 3.0]]
    assert seasons.over(factors, date(2026, 1, 8), 2)[0] == pytest.approx([1 + 3 / 7, 2 + 3 / 7])


def test_a_fifty_third_week_counts_as_the_fifty_second():
    assert seasons.places(date(2026, 12, 21), 3).tolist() == [51, 51, 0]


def test_groups_do_not_touch_one_another():
    both = np.concatenate([sold(WAVE), sold(np.ones(52), units=30)])

    together = seasons.learn(both, MONDAY)

    assert together.factors[0].tolist() == seasons.learn(both[:1], MONDAY).factors[0].tolist()
    assert together.is_on.tolist() == [True, False]

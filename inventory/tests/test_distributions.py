import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.formulas import distributions
from inventory.formulas.distributions import (
    gamma_losses,
    gamma_survival,
    negative_binomial_losses,
    negative_binomial_table,
    remainder,
    upper_gamma,
)


def one(figure):
    return np.array([float(figure)])


def test_gamma_losses_agree_with_the_reference():
    found = gamma_losses(one(2 * 3), one(2 * 3**2), one(4))

    assert found.loss == pytest.approx([2.6359713812], abs=5e-11)
    assert found.second == pytest.approx([10.2802883865], abs=5e-11)


def test_negative_binomial_losses_agree_with_the_reference():
    found = negative_binomial_losses(one(6), one(18), one(7))

    assert found.loss == pytest.approx([1.2615963], abs=5e-8)
    assert found.second == pytest.approx([3.7717828], abs=5e-8)


@settings(deadline=None)
@given(mean=st.floats(0.01, 300), ratio=st.floats(1.02, 60))
def test_the_table_is_the_negative_binomial_of_that_mean_and_variance(mean, ratio):
    stats = pytest.importorskip("scipy.stats")
    at = np.arange(int(mean + 5 * (mean * ratio) ** 0.5) + 5)
    law = stats.nbinom(mean / (ratio - 1), 1 / ratio)

    table = negative_binomial_table(one(mean), one(mean * ratio), len(at))

    np.testing.assert_allclose(table.cdf[0], law.cdf(at), atol=1e-11)
    beyond = np.arange(int(distributions.tail_end(one(mean), one(mean * ratio))[0]) + 1)
    over = np.maximum(beyond - at[:, None], 0)
    np.testing.assert_allclose(table.loss[0], over @ law.pmf(beyond), atol=1e-9 * mean)
    np.testing.assert_allclose(table.second[0], over * (over - 1) / 2 @ law.pmf(beyond), atol=1e-9 * mean**2 * ratio)


def test_points_beyond_the_tail_are_certain_and_lose_nothing():
    found = negative_binomial_losses(one(2), one(6), np.array([[0.0], [1e9]]))

    assert found.cdf[1] == [1.0]
    assert found.loss[:, 0].tolist() == [2.0, 0.0]
    assert found.second[1] == [0.0]


def test_no_demand_is_no_loss_in_either_family():
    for family in (negative_binomial_losses, gamma_losses):
        found = family(one(0), one(5), one(0))

        assert (found.cdf[0], found.loss[0], found.second[0]) == (1.0, 0.0, 0.0)


def test_the_incomplete_gamma_function_agrees_with_scipy():
    special = pytest.importorskip("scipy.special")
    rng = np.random.default_rng(7)
    shape = 10 ** rng.uniform(-3, 6, 20_000)
    x = np.maximum(shape + rng.uniform(-4, 4, shape.size) * np.sqrt(shape), 10 ** rng.uniform(-6, 1, shape.size))

    np.testing.assert_allclose(upper_gamma(shape, x), special.gammaincc(shape, x), rtol=1e-10, atol=1e-12)


def test_the_incomplete_gamma_function_keeps_its_digits_far_out_in_the_tail():
    special = pytest.importorskip("scipy.special")
    shape = np.array([0.01, 0.5, 3.0, 8.55, 29.9, 30.0, 200.0, 5000.0])
    x = shape + 20 * np.sqrt(shape) + 5

    found = upper_gamma(shape, x)

    assert (found > 0).all()
    np.testing.assert_allclose(found, special.gammaincc(shape, x), rtol=1e-10)


def test_a_gamma_survives_everything_below_zero():
    assert gamma_survival(6.0, 18.0, -3.0) == 1.0


def test_what_is_still_to_come_agrees_with_the_loss_in_both_families():
    mean, variance = np.array([6.0, 290.0, 900.0]), np.array([18.0, 5000.0, 40_000.0])
    at = np.array([7.0, 0.0, 950.0])

    found = remainder(mean, variance, at)

    counts = negative_binomial_losses(mean[:2], variance[:2], at[:2])
    below = negative_binomial_losses(mean[:1], variance[:1], at[:1] - 1).cdf
    assert found[:2] == pytest.approx([counts.loss[0] / (1 - below[0]), 290.0])
    smooth = gamma_losses(mean[2:], variance[2:], at[2:])
    assert found[2] == pytest.approx(smooth.loss[0] / (1 - smooth.cdf[0]))


def test_what_is_still_to_come_is_known_where_no_double_can_hold_the_tail():
    found = remainder(np.array([2.0, 2.0, np.nan, 0.0]), np.array([6.0, 6.0, 1.0, 0.0]), np.array([2e3, 2e6, 5.0, 5.0]))

    # far out, the tail is geometric with ratio 1 − μ/σ² = 2/3: two more to come
    assert found == pytest.approx([2.0, 2.0, 0.0, 0.0], abs=2e-3)

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.formulas import service_levels
from inventory.formulas.distributions import losses, negative_binomial_losses
from inventory.formulas.reorder import lead_time_demand
from inventory.formulas.service_levels import (
    LeadTimeDemand,
    chance_of_stockout,
    cycle_service,
    cycle_service_point,
    fill_rate,
    fill_rate_point,
    is_spike,
)

# mean, variance, cycle service, y, expected shortage at y
CYCLE_VECTORS = [
    (0.3, 0.3, 0.9, 1, 0.043015),
    (0.3, 0.3, 0.99, 2, 0.004563),
    (0.5, 1.0, 0.95, 2, 0.09099),
    (2.0, 2.0, 0.9, 4, 0.078756),
    (2.0, 2.0, 0.99, 6, 0.006668),
    (2.0, 6.0, 0.95, 7, 0.117055),
    (6.0, 18.0, 0.9, 12, 0.303156),
    (6.0, 18.0, 0.99, 19, 0.03318),
    (12.0, 20.0, 0.95, 20, 0.122888),
    (40.0, 400.0, 0.9, 67, 1.437791),
    (40.0, 400.0, 0.99, 100, 0.126476),
    (120.0, 900.0, 0.95, 173, 0.827143),
]

# m, v, L, σ_L, R, α, Q, target, s, fill rate
FILL_VECTORS = [
    (2.0, 6.0, 3, 0, 1, 0, 12, 0.95, 13, 0.95508),
    (0.1, 0.15, 6, 0, 1, 0, 1, 0.98, 4, 0.98645),
    (5.0, 5.1, 7, 0, 1, 0, 60, 0.99, 44, 0.99084),
    (2, 6, 2, 0, 1 / 7, 0, 8, 0.95, 10, 0.95933),
    (2, 6, 2, 0, 1 / 7, 0.1, 8, 0.95, 10, 0.95055),
    (2, 6, 2, 0.5, 1 / 7, 0.1, 8, 0.95, 11, 0.95989),
    (0.3, 1.5, 4, 1, 1 / 7, 0.1, 1, 0.95, 14, 0.95665),
    (20, 60, 1, 0.3, 1 / 7, 0.1, 80, 0.97, 27, 0.97065),
]


def demand_of(*figures):
    m, v, lead, lead_sd, review, alpha = (np.atleast_1d(np.asarray(figure, float)) for figure in figures)
    return lead_time_demand(m, v, lead_weeks=lead, lead_sd_weeks=lead_sd, review_weeks=review, alpha=alpha.item())


def test_cycle_service_points_agree_with_the_reference():
    mean, variance, target, y, short = np.array(CYCLE_VECTORS).T

    point = cycle_service_point(mean, variance, target=target)

    assert (point + 1).tolist() == y.tolist()
    np.testing.assert_allclose(negative_binomial_losses(mean, variance, y).loss, short, atol=6e-7)


@pytest.mark.parametrize("vector", FILL_VECTORS)
def test_fill_rate_points_agree_with_the_reference(vector):
    *parts, alpha, batch, target, s, fill = vector
    demand = demand_of(*parts, alpha)

    point = fill_rate_point(demand, batch=np.array([float(batch)]), target=np.array([target]))

    assert point.tolist() == [s]
    assert fill_rate(demand, point=point, batch=np.array([float(batch)])) == pytest.approx([fill], abs=6e-6)


def test_an_exact_fill_rate_is_what_a_simulated_shelf_delivers():
    rng = np.random.default_rng(11)
    m, v, lead, s, batch = 2.0, 6.0, 3, 13, 12
    weeks = rng.negative_binomial(m * m / (v - m), m / v, 200_000)
    on_hand, asked, short, coming = s + batch, 0, 0, [0] * lead
    for demand in weeks.tolist():
        position = on_hand + sum(coming)
        order = -(-(s + 1 - position) // batch) * batch if position <= s else 0
        coming.append(order)
        on_hand += coming.pop(0)
        short += min(demand, max(demand - on_hand, 0))
        asked += demand
        on_hand -= demand

    expected = fill_rate(demand_of(m, v, lead, 0, 1, 0), point=np.array([s]), batch=np.array([float(batch)]))

    assert 1 - short / asked == pytest.approx(expected[0], abs=0.003)


@settings(deadline=None)
@given(
    m=st.floats(0.01, 60),
    ratio=st.floats(0.2, 80),
    lead=st.floats(0, 12),
    lead_sd=st.floats(0, 3),
    batch=st.integers(1, 200),
    target=st.floats(0.5, 0.999),
)
@example(m=1.0, ratio=1.0, lead=5e-324, lead_sd=1.0, batch=1, target=0.5)
def test_a_fill_rate_point_is_the_first_that_suffices(*, m, ratio, lead, lead_sd, batch, target):
    demand, q = demand_of(m, m * ratio, lead, lead_sd, 1 / 7, 0.1), np.array([float(batch)])

    point = fill_rate_point(demand, batch=q, target=np.array([target]))[0]

    below = [fill_rate(demand, point=np.array([s]), batch=q)[0] for s in {0, point // 2, max(point - 1, 0)} - {point}]
    assert fill_rate(demand, point=np.array([point]), batch=q)[0] >= target - 1e-9
    assert all(fill < target + 1e-9 for fill in below)


@settings(deadline=None)
@given(mean=st.floats(0.01, 20_000), ratio=st.floats(0.2, 500), target=st.floats(0.5, 0.9999))
def test_a_cycle_service_point_is_the_first_that_suffices(mean, ratio, target):
    mu, sigma2 = np.array([mean]), np.array([mean * ratio])

    point = cycle_service_point(mu, sigma2, target=np.array([target]))

    assert cycle_service(mu, sigma2, point=point)[0] >= target
    assert point[0] == 0 or cycle_service(mu, sigma2, point=point - 1)[0] < target


def test_searching_a_gamma_finds_what_scanning_it_finds():
    rng = np.random.default_rng(3)
    m = rng.uniform(80, 400, 40)
    demand = demand_of(m, (m * rng.uniform(0.1, 1.5, 40)) ** 2, rng.uniform(4, 6, 40), 0.5 + 0 * m, 1 / 7 + 0 * m, 0.1)
    batch, target = np.ceil(m * rng.uniform(0.2, 4, 40)), rng.uniform(0.8, 0.99, 40)

    point = fill_rate_point(demand, batch=batch, target=target)

    for row in range(40):
        at = np.arange(point[row] + 2.0)
        part = LeadTimeDemand(*(np.full(at.shape, x[row]) for x in (
            demand.mean, demand.variance, demand.lead_mean, demand.lead_variance)))  # fmt: skip
        enough = fill_rate(part, point=at, batch=np.full(at.shape, batch[row])) >= target[row]
        assert enough.argmax() == point[row]


def test_both_families_agree_where_one_gives_way_to_the_other():
    mean, variance = np.array([299.0, 299.0]), np.array([3000.0, 3000.0])
    at = np.array([350.0, 350.0])

    found = losses(mean, variance, at, np.array([False, True]))

    assert found.loss[0] == pytest.approx(found.loss[1], rel=0.02)


def test_wild_demand_ends_quickly_and_still_keeps_its_target():
    demand = demand_of([0.01, 5.0, 250.0], [1e7, 1e8, 1e6], [1, 1, 1], [0, 0, 0], [0.15, 0.15, 0.15], 0.1)
    batch, target = np.ones(3), np.full(3, 0.95)

    point = fill_rate_point(demand, batch=batch, target=target)

    assert (fill_rate(demand, point=point, batch=batch) >= 0.95 - 1e-6).all()


def test_a_fill_rate_of_nothing_is_no_data():
    nothing = LeadTimeDemand(*(np.zeros(1) for _ in range(4)))

    assert np.isnan(fill_rate(nothing, point=np.array([3]), batch=np.array([1.0])))[0]


def test_an_empty_block_has_no_points():
    empty = np.empty(0)

    assert cycle_service_point(empty, empty, target=empty).tolist() == []
    assert fill_rate_point(LeadTimeDemand(empty, empty, empty, empty), batch=empty, target=empty).tolist() == []


def test_a_stock_out_is_certain_when_units_are_owed_and_impossible_without_demand():
    chance = chance_of_stockout(
        np.array([-1, 0, 1000, 7]), mean=np.array([2.0, 0.0, 500.0, 2.0]), variance=np.array([6.0, 0.0, 900.0, 6.0])
    )

    assert chance[:2].tolist() == [1.0, 0.0]
    assert chance[2] == pytest.approx(0.0, abs=1e-12)
    assert chance[3] == pytest.approx(1 - negative_binomial_losses(*(np.array([x]) for x in (2.0, 6.0, 7.0))).cdf[0])


def test_a_spike_is_more_than_the_days_so_far_can_explain():
    units, mean, variance = np.array([6, 7, 0]), np.array([7.0, 7.0, 7.0]), np.array([8.0, 8.0, 8.0])

    assert is_spike(units, mean=mean, variance=variance, days=2).tolist() == [False, True, False]
    assert is_spike(units, mean=mean, variance=variance, days=7).tolist() == [False, False, False]


def test_the_scan_looks_further_until_it_finds():
    point = service_levels._scan_cycle(np.array([0.05]), np.array([40.0]), np.array([0.9999]))

    assert cycle_service(np.array([0.05]), np.array([40.0]), point=point)[0] >= 0.9999
    assert cycle_service(np.array([0.05]), np.array([40.0]), point=point - 1)[0] < 0.9999

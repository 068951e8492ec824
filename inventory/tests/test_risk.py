import numpy as np
import pytest

from inventory.formulas import risk

N = np.array


def chances(**given):
    """Those of one SKU that sells 10 a week, more or less; an order takes two weeks."""
    usual = {"level": 10.0, "forward": 10.0, "variance": 20.0, "lead_weeks": 2.0, "lead_sd_weeks": 0.0}
    units = {"position": 20.0, "near": 20.0}
    values = {name: N([value]) for name, value in {**usual, **units, **given}.items()}
    found = risk.of(**{"is_out": N([False]), **values})
    return found.lead[0], found.near[0]


def test_what_lasts_for_the_lead_time_may_not_last_for_three_weeks():
    lead, near = chances()

    assert (lead, near) == (pytest.approx(0.436785, abs=1e-6), pytest.approx(0.886871, abs=1e-6))


def test_the_mean_of_what_was_and_what_is_expected_counts():
    assert chances(level=4.0, forward=16.0) == chances()


def test_what_is_out_is_out_whatever_is_on_its_way():
    assert chances(position=1_000.0, near=1_000.0, is_out=True) == (1.0, 1.0)


def test_nothing_else_is():
    assert max(chances(position=0.0, near=0.0, level=1e6, forward=1e6, variance=1.0)) == risk.MOST < 1


def test_what_nobody_asked_for_has_a_small_chance_and_without_stock_a_greater_one():
    never = {"level": 0.0, "forward": 0.0, "variance": 0.0, "lead_weeks": np.nan, "lead_sd_weeks": np.nan}

    none, some = chances(**never, position=0.0, near=0.0), chances(**never, position=5.0, near=5.0)

    assert none[0] == pytest.approx(3.9597e-4, rel=1e-4)
    assert 0 <= some[0] < none[0]


@pytest.mark.parametrize(
    ("on_hand", "owed", "out"),
    [(0, 40, True), (0, 0, False), (5, 5, False), (5, 6, True), (-2, 0, False), (-2, 1, True)],
)
def test_a_product_is_out_where_somebody_waits_for_more_than_there_is(on_hand, owed, out):
    assert risk.is_out(N([on_hand]), N([owed])).tolist() == [out]


def test_a_level_of_even_months_is_a_weeks_share_of_one():
    assert risk.level_of([N([52.0])] * 9) == pytest.approx(12.0)


@pytest.mark.parametrize("wild", [np.inf, np.nan, 1e300, -5.0])
def test_figures_that_cannot_be_are_taken_as_the_most_or_nothing(wild):
    found = chances(level=wild, forward=wild, variance=wild, lead_weeks=wild, lead_sd_weeks=wild)

    assert all(0 <= chance <= risk.MOST for chance in found)

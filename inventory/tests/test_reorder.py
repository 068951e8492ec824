from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.formulas import reorder
from inventory.formulas.backtesting.textbook import textbook_reorder_point
from inventory.formulas.reorder import CYCLE, FILL, Inputs, Reason, lead_time_demand, recompute


def block(n=1, **changes):
    """A block of n SKUs selling 2 units a week, two weeks away, reviewed nightly, to a fill rate of 95 %."""
    usual = {
        "mean": 2.0, "variance": 6.0, "lead_mean_days": 14.0, "lead_sd_days": 0.0, "review_days": 1.0,
        "target": 0.95, "measure": FILL, "minimum": 8.0, "pack": 1.0, "cover_weeks": np.nan, "order_cost": np.nan,
        "unit_cost": np.nan, "holding_rate": np.nan, "discontinued": False, "weeks_since_demand": 0,
    }  # fmt: skip
    uplift = changes.pop("uplift", None)
    columns = {name: np.array(np.broadcast_to(value, n)) for name, value in (usual | changes).items()}
    return Inputs(**columns, uplift=uplift)


def test_lead_time_demand_agrees_with_the_reference():
    one = np.ones(1)
    fixed = lead_time_demand(2 * one, 9 * one, lead_weeks=3 * one, lead_sd_weeks=0 * one, review_weeks=one)
    random = lead_time_demand(
        30 * one, 9 * one, lead_weeks=7 * one, lead_sd_weeks=4 * one, review_weeks=0 * one, alpha=0
    )

    assert fixed.variance == pytest.approx([41.4])
    assert (fixed.mean[0], fixed.lead_mean[0]) == (8.0, 6.0)
    assert fixed.lead_variance == pytest.approx([9 * 3 * 1.1])
    assert random.variance.tolist() == [14463.0]


def test_the_level_itself_is_uncertain_as_simulated():
    eight, none = np.array([8.0]), np.zeros(1)

    demand = lead_time_demand(none, np.ones(1), lead_weeks=eight, lead_sd_weeks=none, review_weeks=none)

    assert demand.variance[0] / 8 == pytest.approx(1.3524 / 1.0018, abs=1e-4)


def test_textbook_reorder_points_agree_with_their_textbooks():
    stevenson = textbook_reorder_point(50, 5, target=0.97)
    taylor = textbook_reorder_point(30, 5, lead=10, z=1.65)
    random = textbook_reorder_point(30, 3, lead=7, lead_sd=4, z=1.28)

    assert stevenson == pytest.approx((9.4, 59.4), abs=0.05)
    assert taylor[1] == pytest.approx(326.1, abs=0.05)
    assert random[0] == pytest.approx(153.94, abs=0.005)


def test_a_block_gives_every_part_of_the_answer():
    answer = recompute(block())

    assert answer.reorder_point.tolist() == [10]
    assert answer.batch.tolist() == [8]
    assert answer.order_up_to.tolist() == [18]
    assert answer.mean == pytest.approx([2 * 15 / 7])
    assert answer.safety_stock.tolist() == [6]
    assert answer.family.tolist() == ["negative binomial"]
    assert answer.fill == pytest.approx([0.95055], abs=6e-6)
    assert answer.cycle == pytest.approx(
        reorder.cycle_service(answer.mean, answer.variance, point=answer.reorder_point)
    )
    assert answer.reason.tolist() == [Reason.COMPUTED]


def test_each_sku_of_a_block_is_computed_by_its_own_measure():
    answer = recompute(block(4, measure=np.array([FILL, CYCLE, FILL, CYCLE]), mean=np.array([2.0, 2.0, 400.0, 400.0]),
                             variance=np.array([6.0, 6.0, 9000.0, 9000.0])))  # fmt: skip

    for row, (measure, mean) in enumerate([(FILL, 2.0), (CYCLE, 2.0), (FILL, 400.0), (CYCLE, 400.0)]):
        alone = recompute(block(measure=measure, mean=mean, variance=6.0 if mean == 2 else 9000.0))
        assert answer.reorder_point[row] == alone.reorder_point[0]
    assert (answer.fill[[0, 2]] >= 0.95).all()
    assert (answer.cycle[[1, 3]] >= 0.95).all()
    assert answer.family.tolist() == ["negative binomial", "negative binomial", "gamma", "gamma"]


def test_a_batch_is_the_largest_of_minimum_and_cover_in_whole_packs():
    answer = recompute(block(4, cover_weeks=np.array([np.nan, 1.0, 6.0, 6.0]), pack=np.array([1.0, 6.0, 1.0, 5.0])))

    assert answer.batch.tolist() == [8, 12, 12, 15]


def test_a_batch_is_the_economic_quantity_unless_weeks_of_cover_are_set():
    costs = {"order_cost": 8.0, "unit_cost": 1.0, "holding_rate": 0.225, "minimum": np.nan, "pack": np.nan}
    weekly = 1300 / reorder.WEEKS_PER_YEAR

    answer = recompute(block(2, mean=weekly, cover_weeks=np.array([np.nan, 2.0]), **costs))

    assert answer.batch.tolist() == [305, 50]


def test_without_terms_one_unit_is_ordered_at_a_time():
    assert recompute(block(minimum=np.nan, pack=np.nan)).batch.tolist() == [1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"discontinued": True}, Reason.DISCONTINUED),
        ({"weeks_since_demand": 52}, Reason.DORMANT),
        ({"mean": 0.0, "variance": 0.0}, Reason.NO_DEMAND),
        ({"mean": np.nan}, Reason.BAD_DEMAND),
        ({"mean": -1.0}, Reason.BAD_DEMAND),
        ({"variance": np.inf}, Reason.BAD_DEMAND),
        ({"uplift": np.array([[1.0, 0.0]])}, Reason.BAD_DEMAND),
        ({"lead_mean_days": np.nan}, Reason.BAD_LEAD_TIME),
        ({"lead_sd_days": -1.0}, Reason.BAD_LEAD_TIME),
        ({"review_days": np.inf}, Reason.BAD_LEAD_TIME),
        ({"review_days": 40_000.0}, Reason.BAD_LEAD_TIME),
        ({"target": 1.0}, Reason.BAD_TARGET),
        ({"target": 0.0}, Reason.BAD_TARGET),
        ({"target": np.nan}, Reason.BAD_TARGET),
        ({"measure": "hope"}, Reason.BAD_TARGET),
        ({"minimum": -1.0}, Reason.BAD_ORDER_TERMS),
        ({"pack": np.inf}, Reason.BAD_ORDER_TERMS),
        ({"unit_cost": -2.0}, Reason.BAD_ORDER_TERMS),
        ({"mean": 1e20, "variance": 1e20}, Reason.TOO_LARGE),
        ({"mean": 1e200, "variance": 1e200}, Reason.BAD_DEMAND),
        ({"variance": 1e18}, Reason.TOO_LARGE),
        ({"variance": 3e7}, Reason.TOO_LARGE),
        ({"minimum": 1e12}, Reason.TOO_LARGE),
    ],
)
def test_a_sku_that_cannot_be_computed_has_zero_and_a_reason_and_spoils_no_other(changes, reason):
    uplift = changes.pop("uplift", None)
    pair = block(2)
    for name, value in changes.items():
        column = np.array([value, getattr(pair, name)[1]])
        pair = replace(pair, **{name: column})
    if uplift is not None:
        pair = replace(pair, uplift=np.vstack([uplift, np.ones_like(uplift)]))

    answer = recompute(pair)

    assert answer.reason.tolist() == [reason, Reason.COMPUTED]
    assert answer.reorder_point.tolist() == [0, 10]
    assert answer.order_up_to.tolist() == [0, 18]
    assert np.isnan(answer.fill).tolist() == [True, False]


def test_a_sku_silent_for_51_weeks_is_still_kept():
    assert recompute(block(weeks_since_demand=51)).reorder_point.tolist() == [10]


def test_an_event_to_come_raises_the_reorder_point_before_it_begins():
    plain = recompute(block())
    event = recompute(block(uplift=np.array([[1.0, 3.0]])))

    assert event.mean == pytest.approx([2 * (1 + 3 + 1 / 7)])
    assert event.reorder_point[0] > plain.reorder_point[0]


def test_a_review_shorter_than_a_day_is_a_day():
    assert recompute(block(review_days=0.0)).mean == pytest.approx([2 * 15 / 7])


def test_an_empty_block_is_computed_too():
    assert recompute(block(0)).reorder_point.tolist() == []


anything = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 500), st.sampled_from([0.0, 1e-300, 1e300])
)


@settings(deadline=None)
@given(st.lists(st.tuples(*[anything] * 12), min_size=1, max_size=5))
def test_whatever_comes_in_the_answer_is_defined(rows):
    columns = np.array(rows).T
    names = ("mean", "variance", "lead_mean_days", "lead_sd_days", "review_days", "target", "minimum", "pack",
             "cover_weeks", "order_cost", "unit_cost", "holding_rate")  # fmt: skip

    answer = recompute(block(len(rows), **dict(zip(names, columns, strict=True))))

    good = answer.reason == Reason.COMPUTED
    assert (answer.order_up_to >= answer.reorder_point).all()
    assert (answer.reorder_point >= 0).all()
    assert (answer.order_up_to[~good] == 0).all()
    assert (answer.batch[good] >= 1).all()
    assert np.isfinite(answer.mean).all()


def test_days_of_cover_are_unknown_without_demand_and_none_without_stock():
    days = reorder.days_of_cover(np.array([10, 0, -3, 5]), mean=np.array([7.0, 7.0, 7.0, 0.0]))

    assert days[:3].tolist() == [10.0, 0.0, 0.0]
    assert np.isnan(days[3])

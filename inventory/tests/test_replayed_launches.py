"""Launches and lead times in a backtest: what the night of each week knew, and no more."""

from datetime import timedelta

import numpy as np
import pytest

from inventory.demand import patterns
from inventory.formulas import forecast
from inventory.formulas.backtesting import backtest
from inventory.formulas.backtesting.launching import LaunchesSeen
from inventory.formulas.backtesting.nights import LeadsAt, Night
from inventory.models import GroupPattern

from . import make

LAUNCH = [30.0, 20, 12, 10, 8, 8, 8, 8, 8, 8, 8, 8, 8]


def began(week, *units, weeks=60, after=8.0):
    """A SKU whose first week is this one."""
    row = [np.nan] * week + list(units)
    return (row + [after] * weeks)[:weeks]


def seen(units, groups):
    found = LaunchesSeen(np.array(groups))
    for column in np.array(units, float).T:
        found.absorb(column)
    return found


@pytest.mark.django_db
def test_the_profile_of_a_group_is_the_one_that_the_night_learns():
    first, end = make.TODAY - timedelta(weeks=40), make.TODAY
    rows = [began(0, weeks=40), began(7, *LAUNCH, weeks=40), began(8, *LAUNCH, weeks=40)]
    rows += [began(20, *(2 * units for units in LAUNCH), weeks=40), began(25, 7, weeks=40), began(26, 1, weeks=40)]
    rows += [began(27, 1, weeks=40)]
    for row in rows:
        weekly = [0 if np.isnan(units) else int(units) for units in row]
        make.asked_weekly(make.product(group="Lamps"), *weekly, until=end)
    assert first.weekday() == 0

    patterns.learn(on=end)

    # of those that began in weeks 8, 20, 25 and 26: before 8 one may be old, and 27 is not over
    profile = GroupPattern.objects.get(group="Lamps").launch
    assert len(profile) == 13
    assert seen(rows, [0] * len(rows)).profile[0] == pytest.approx(profile, abs=1e-4)


def test_a_group_has_a_profile_once_three_launches_are_over():
    rows = [began(0), began(8, *LAUNCH), began(10, *LAUNCH), began(11, *LAUNCH)]

    known = [bool(np.isfinite(seen(np.array(rows)[:, :week], [0] * 4).profile[0, 0])) for week in range(20, 30)]

    # learned every four weeks, thirteen whole weeks after the third began in week 11
    assert known == [False] * 8 + [True] * 2
    two = seen(rows[:3], [0] * 3)
    assert np.isnan(two.profile).all()


def test_a_product_of_no_group_has_no_launch():
    rows = [began(0), *([began(8, *LAUNCH)] * 3)]

    found = seen(rows, [-1] * 4)

    assert np.isnan(found.profile).all()
    assert not found.is_new(np.full(4, 3)).any()


def test_new_is_what_has_been_known_for_one_to_seven_weeks():
    found = seen([began(0), *([began(8, *LAUNCH)] * 3)], [0] * 4)

    assert found.is_new(np.array([0, 1, 7, 8])).tolist() == [False, True, True, False]


def test_what_is_expected_of_a_new_one_is_the_profile_scaled_by_what_it_sold():
    found = seen([began(0), *([began(8, *LAUNCH)] * 3)], [0] * 4)
    state = forecast.start(np.array([[60.0, 40.0], [30, 20], [15, 10], [0, 0]]))

    expected = found.expected(state, np.full(4, 2.0))

    ahead, until = LAUNCH[2] + LAUNCH[3], LAUNCH[0] + LAUNCH[1]
    assert expected == pytest.approx([ahead * (2 + units) / (2 + until) / 2 for units in (100, 50, 25, 0)])


def launched(group, **spikes):
    """Three launches that taught and are over, and a fourth that began in week 40, replayed until its eighth week."""
    over = [began(0, *([4.0] * 30), after=0.0)]
    over += [began(8, *LAUNCH, *([8.0] * 4), after=0.0) for _ in range(3)]
    demand = np.array([*over, began(40, *LAUNCH)])[:, :48]
    for week, units in spikes.items():
        demand[4, int(week.removeprefix("week_"))] = units
    night = Night(groups=np.full(5, group), start=make.TODAY)
    return backtest.run(demand, lead=1, targets=[0.95], methods=["recommended"], night=night)[0]


def test_a_launch_is_served_as_others_of_its_group_went():
    assert launched(0).backordered == 0.0


@pytest.mark.parametrize(("group", "week", "counts"), [(0, 41, False), (0, 42, True), (0, 47, True), (-1, 47, False)])
def test_a_launch_counts_a_lead_time_after_its_first_week_where_its_group_has_shown_how_they_go(group, week, counts):
    surprised = launched(group, **{f"week_{week}": 1_000.0})

    assert (surprised.backordered > 900) == counts


class Leads:
    """Lead times of one SKU, week by week."""

    def __init__(self, known, takes, sd=0.0):
        self.known, self.takes, self.sd = known, takes, sd
        self.longest = np.array([max(takes)])

    def at(self, period):
        known, takes = (rows[min(period, len(rows) - 1)] for rows in (self.known, self.takes))
        return LeadsAt(np.array([float(known)]), np.array([self.sd]), np.array([takes]))


STEADY = np.array([[4.0] * 40])


def replayed(leads, method="naive"):
    return backtest.run(STEADY, lead=9, targets=[0.9], methods=[method], night=Night(learned=leads))[0]


@pytest.mark.parametrize("method", ["naive", "textbook", "recommended"])
def test_what_is_known_and_true_of_lead_times_counts_and_not_the_usual(method):
    (usual,) = backtest.run(STEADY, lead=2, targets=[0.9], methods=[method])

    assert replayed(Leads([2], [2]), method) == usual


def test_an_order_that_takes_longer_than_was_known_is_short():
    known = replayed(Leads([1], [1]))
    late = replayed(Leads([1], [1] * 20 + [2]))

    # the orders of week 20 come a week late; two for each week after are on the way, and what waits is never caught up
    assert (known.backordered, known.fill_rate) == (0.0, 1.0)
    assert late.backordered == 4.0 * (40 - 21)


def test_what_is_learned_of_longer_times_raises_the_level_again():
    late = replayed(Leads([1] * 24 + [2], [1] * 20 + [2]))

    # short from week 21 until what was ordered for the longer time in week 24 comes, two weeks later
    assert late.backordered == 4.0 * 5


def test_an_unsure_lead_time_asks_for_more_stock():
    sure, unsure = (replayed(Leads([2], [2], sd), "recommended") for sd in (0.0, 1.0))

    assert unsure.cover > sure.cover
    (usual,) = backtest.run(
        STEADY, lead=2, targets=[0.9], methods=["recommended"], night=Night(lead_sd=np.array([1.0]))
    )
    assert unsure == usual


def test_the_cap_follows_the_time_that_is_to_be_covered():
    """What was known all along, and what changes to it, give the same levels once it is known."""
    lumpy = np.array([[0.0, 0, 9, 0, 0, 0, 0, 40, 0, 0, 3, 0, 0, 0, 21, 30, 0, 0, 0, 1] * 3])
    made = [
        backtest.METHODS["recommended"](1, span=span, measure="fill", night=Night(cover=4.0)) for span in (3.0, 6.0)
    ]
    for method in made:
        for units in lumpy.T:
            method.absorb(units)
        method.expect(np.array([5.0]), np.array([0.0]))

    assert made[0].busiest.tolist() == made[1].busiest.tolist() == [54.0]
    assert made[0].levels(0.99)[0].tolist() == made[1].levels(0.99)[0].tolist()


def test_a_shelf_is_measured_once_an_order_of_the_week_it_opened_in_would_have_come():
    slow_at_first = Leads([1], [3] * 13 + [1])
    lost = np.array([[4.0] * 14 + [99.0, 4, 4]])

    (score,) = backtest.run(lost, lead=9, targets=[0.9], methods=["naive"], night=Night(learned=slow_at_first))

    # opened in week 12, so measured from week 15 on: 95 of the 99 still wait then, and are no news
    assert score.backordered == 4.0


def test_one_delivery_that_took_a_year_keeps_nothing_else_from_being_measured():
    score = replayed(Leads([1], [1] * 30 + [57] + [1]))

    # what was ordered in week 30 never comes, and counts as on its way in each of the nine weeks after
    assert score.backordered == 4.0 * 9

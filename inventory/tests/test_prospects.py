from datetime import timedelta

import pytest

from inventory.demand.uplift import week_of
from inventory.models import ReorderPolicy
from inventory.night import policies, prospects
from inventory.night.prospects import BEHIND
from inventory.tests import make
from inventory.tests.make import TODAY

pytestmark = pytest.mark.django_db

WEEK = timedelta(weeks=1)


def of(thing, policy=None) -> prospects.Prospect:
    return prospects.of(thing, make.warehouse(), policy, today=TODAY)


def test_weeks_before_the_first_customer_are_unknown_and_quiet_ones_after_are_nothing():
    lamp = make.product()
    make.asked_weekly(lamp, 4, 0, 6)

    found = of(lamp)

    assert [week.demand for week in found.weeks[: BEHIND + 1]] == [None] * (BEHIND - 3) + [4, 0, 6, 0]
    assert found.weeks[BEHIND].starts_on == week_of(TODAY)
    assert found.weeks[BEHIND + 1].demand is None
    assert {week.expected for week in found.weeks} == {None}


def test_stock_of_the_past_is_read_from_the_ledger():
    lamp = make.product()
    make.on_hand(lamp, 10, at=make.MONDAY - 2 * WEEK)
    make.lost(lamp, 4, at=make.MONDAY - WEEK)
    make.lost(lamp, 1)

    found = of(lamp)

    assert found.on_hand == 5
    assert [week.stock for week in found.weeks[BEHIND - 3 : BEHIND]] == [None, 10, 6]


def test_stock_to_come_counts_what_arrives_and_what_is_owed_when_it_is_due():
    lamp = make.product()
    make.on_hand(lamp, 5)
    make.coming(lamp, 30, on=TODAY + timedelta(days=9))
    make.coming(lamp, 7, on=None)
    make.owed(lamp, 8, by=TODAY - timedelta(days=3))
    make.owed(lamp, 2)

    found = of(lamp)

    assert [week.stock for week in found.weeks[BEHIND : BEHIND + 3]] == [-3, 27, 27]
    assert (found.inbound.undated, found.owed.undated) == (7, 2)


def test_without_stock_supply_or_debt_there_is_no_line_of_stock():
    found = of(make.product())

    assert found.on_hand is None
    assert {week.stock for week in found.weeks} == {None}


def test_the_forecast_is_that_of_the_reorder_point_lifted_by_events():
    lamp = make.product()
    make.asked_weekly(lamp, *[10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10])
    make.lead_time(lamp, 14, 20)
    make.event(lamp, 3.0, TODAY + WEEK, TODAY + WEEK + timedelta(days=6))
    policies.recompute(on=TODAY)
    policy = ReorderPolicy.objects.get()

    first, second = of(lamp, policy).weeks[BEHIND : BEHIND + 2]

    assert first.expected == pytest.approx(policy.weekly_demand, abs=1e-3)
    assert second.expected == pytest.approx(3 * policy.weekly_demand, abs=1e-3)
    assert (first.events, second.events) == ((), (1,))
    assert first.low < first.expected < first.high < second.high


def test_of_a_slow_seller_the_band_begins_at_nothing():
    lamp = make.product()
    make.asked_weekly(lamp, 1, *[0] * 10, 1)
    make.lead_time(lamp, 14, 20)
    policies.recompute(on=TODAY)

    week = of(lamp, ReorderPolicy.objects.get()).weeks[BEHIND]

    assert week.low == 0
    assert week.high >= 1

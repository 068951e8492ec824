"""Classes, seasons and launches, from what was asked for to the reorder point and its sentence."""

from datetime import date, timedelta

import numpy as np
import pytest

from inventory.demand import entries as demand
from inventory.demand import patterns
from inventory.models import (
    ForecastLine,
    ForecastState,
    GroupPattern,
    PolicyChange,
    Product,
    ReorderPolicy,
    ServiceTarget,
)
from inventory.night import policies
from inventory.tests import make

pytestmark = pytest.mark.django_db

TODAY = make.TODAY
WEEK = timedelta(weeks=1)
EVEN = (10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)


@pytest.fixture(autouse=True)
def line():
    return ForecastLine.objects.create(
        a=1.2, b=1.5, value_of_a=40_000.0, value_of_b=10_000.0, fitted_on=TODAY - timedelta(days=3)
    )


@pytest.fixture(autouse=True)
def targets():
    for cell, share in (("AX", 0.99), ("BX", 0.97), ("CX", 0.9)):
        ServiceTarget.objects.update_or_create(cell=cell, defaults={"target": share})


def seller(sku: str, weeks=EVEN, **fields) -> Product:
    thing = make.product(sku, **fields)
    make.asked_weekly(thing, *weeks)
    make.lead_time(thing, 14, 17)
    return thing


def policy(thing: Product) -> ReorderPolicy:
    return ReorderPolicy.objects.get(product=thing)


def test_a_class_comes_from_the_margin_and_brings_its_target():
    lamp, mug = seller("LAMP", price=100, cost=10), seller("MUG", price=100, cost=95)
    free = seller("FREE")

    policies.recompute(on=TODAY)

    found = {thing.sku: policy(thing) for thing in (lamp, mug, free)}
    assert {sku: f"{row.abc}{row.xyz}" for sku, row in found.items()} == {"LAMP": "AX", "MUG": "CX", "FREE": ""}
    assert {sku: row.parts["target"] for sku, row in found.items()} == {"LAMP": 0.99, "MUG": 0.9, "FREE": 0.95}
    assert found["LAMP"].reorder_point > found["FREE"].reorder_point > found["MUG"].reorder_point


def test_the_shop_may_value_revenue(settings):
    settings.CLASS_VALUE = "revenue"
    mug = seller("MUG", price=100, cost=95)

    policies.recompute(on=TODAY)

    assert policy(mug).abc == "A"


def test_a_target_of_the_product_itself_wins_over_that_of_its_class():
    lamp = seller("LAMP", price=100, cost=10)
    ReorderPolicy.objects.create(product=lamp, warehouse=make.warehouse(), target=0.8)

    policies.recompute(on=TODAY)

    assert (policy(lamp).abc, policy(lamp).parts["target"]) == ("A", 0.8)


def test_a_product_that_changes_its_class_says_so_when_its_target_moves_it():
    lamp = seller("LAMP", price=100, cost=10)
    policies.recompute(on=TODAY)
    Product.objects.filter(pk=lamp.pk).update(cost=95)

    policies.recompute(on=TODAY + timedelta(days=1))

    change = PolicyChange.objects.latest("on")
    assert change.reason == "Target changed: 99 % fill → 90 % fill (class AX → CX)"
    assert change.now < change.was


def test_a_target_edited_in_the_table_counts_from_the_next_night_and_is_named():
    lamp = seller("LAMP", price=100, cost=10)
    policies.recompute(on=TODAY)
    ServiceTarget.objects.filter(cell="AX").update(target=0.9)

    policies.recompute(on=TODAY + timedelta(days=1))

    assert PolicyChange.objects.latest("on").reason == "Target changed: 99 % fill → 90 % fill"
    assert policy(lamp).parts["class"] == "AX"


def test_the_limits_of_the_classes_are_learned_from_all_skus_and_stand_for_a_week(line):
    line.delete()
    for number in range(10):
        seller(f"LAMP-{number}", price=1000 if number == 0 else 1, cost=0)

    policies.recompute(on=TODAY)
    policies.recompute(on=TODAY)

    assert ReorderPolicy.objects.filter(abc="A").values_list("product__sku", flat=True).get() == "LAMP-0"
    kept = ForecastLine.objects.get()
    assert kept.value_of_a >= kept.value_of_b > 0


# --- seasons -------------------------------------------------------------------------


def yearly(thing: Product, *, weeks: int, until: date = TODAY, level: float = 40.0) -> None:
    """Sell five times as much in the weeks of December as in June, in so many weeks before this one."""
    last = until - timedelta(days=until.weekday()) - WEEK
    entries = []
    for ago in range(weeks):
        day = last - WEEK * ago
        units = round(level * (1 + 0.6 * np.cos(2 * np.pi * (day.isocalendar().week - 50) / 52)))
        entries.append(demand.Entry("history", f"{thing.sku}-{day}", thing.pk, make.warehouse().pk, day, units))
    demand.record(entries)


def test_two_years_of_a_group_teach_its_season_once_in_four_weeks():
    yearly(make.product("SNOW", group="Winter"), weeks=120)
    make.asked_weekly(make.product("LAMP", group="Lamps"), *([5] * 30))

    counts = patterns.learn(on=TODAY)

    winter, lamps = GroupPattern.objects.get(group="Winter"), GroupPattern.objects.get(group="Lamps")
    assert counts["seasons"] == 1
    assert (len(winter.season), lamps.season, lamps.season_gain) == (52, [], None)
    assert winter.season_gain > 0.5
    assert winter.season[49] > 1.4
    assert winter.season[23] < 0.7
    assert patterns.learn(on=TODAY + timedelta(days=27)) == {"learned": 0}


def test_who_learns_says_so_after_each_statement_that_reads_all_demand():
    yearly(make.product("SNOW", group="Winter"), weeks=120)
    told = []

    patterns.learn(on=TODAY, part_done=lambda: told.append("renewed"))

    assert len(told) == 3


def test_a_season_that_is_learned_again_and_hardly_moved_stands():
    snow = make.product("SNOW", group="Winter")
    yearly(snow, weeks=120)
    patterns.learn(on=TODAY)
    before = GroupPattern.objects.get(group="Winter").season
    yearly(snow, weeks=124, until=TODAY + WEEK * 4)

    counts = patterns.learn(on=TODAY + WEEK * 4)

    assert counts["seasons_changed"] == 0
    assert GroupPattern.objects.get(group="Winter").season == before


def test_a_season_is_taken_out_of_the_past_put_into_the_future_and_named():
    snow = make.product("SNOW", group="Winter")
    yearly(snow, weeks=120)
    make.lead_time(snow, 28, 33)
    patterns.learn(on=TODAY)

    policies.recompute(on=TODAY)
    march = policy(snow)
    policies.recompute(on=TODAY + WEEK * 16)
    july = policy(snow)

    assert march.parts["weekly_demand"] == pytest.approx(40, rel=0.1)
    assert march.parts["season"] == pytest.approx(0.9, abs=0.12)
    assert july.parts["season"] == pytest.approx(0.45, abs=0.1)
    assert march.parts["uplift"] == july.parts["uplift"] == 1.0
    assert "for the season" in july.explanation
    assert july.reorder_point < march.reorder_point


def test_a_season_that_is_learned_rebuilds_the_forecasts_of_its_group_alone():
    snow, lamp = make.product("SNOW", group="Winter"), make.product("LAMP", group="Lamps")
    yearly(snow, weeks=120)
    make.asked_weekly(lamp, *EVEN)
    policies.recompute(on=TODAY)

    patterns.learn(on=TODAY)

    assert list(ForecastState.objects.filter(is_stale=True).values_list("product__sku", flat=True)) == ["SNOW"]
    before = policies.recompute(on=TODAY)
    assert (before["rebuilt"], policies.recompute(on=TODAY)["rebuilt"]) == (1, 0)


def test_a_yearly_sale_is_an_event_and_not_a_season_as_well():
    toy = make.product("TOY", group="Toys")
    last = TODAY - timedelta(days=TODAY.weekday()) - WEEK
    for ago in range(156):
        day = last - WEEK * ago
        is_sale = day.isocalendar().week in (20, 21, 22)
        make.asked(toy, 120 if is_sale else 40, on=day)
        if day.isocalendar().week == 20:
            make.event("Toys", 3.0, day, day + timedelta(days=20))

    patterns.learn(on=TODAY)

    assert GroupPattern.objects.get(group="Toys").season == []


# --- launches ------------------------------------------------------------------------


def launched(number: int, first: date, group: str = "Lamps") -> Product:
    """A product of which twenty were asked for in its first week, and two fewer in each one after."""
    thing = make.product(f"NEW-{number}", group=group)
    for week in range(20):
        if first + WEEK * week < TODAY:
            make.asked(thing, max(20 - 2 * week, 4), on=first + WEEK * week)
    return thing


def shop_with_launches(count: int) -> None:
    make.asked(make.product("OLD", group="Lamps"), 3, on=TODAY - WEEK * 100)
    for number in range(count):
        launched(number, TODAY - WEEK * (30 + number))
    patterns.learn(on=TODAY)


def test_a_new_product_starts_on_the_launch_profile_of_its_group_and_says_so():
    shop_with_launches(3)
    new = make.product("FRESH", group="Lamps")
    make.asked(new, 30, on=TODAY - WEEK)
    make.lead_time(new, 20, 22)

    policies.recompute(on=TODAY)

    row = policy(new)
    profile = GroupPattern.objects.get(group="Lamps")
    assert (profile.launches, profile.launch[:3]) == (3, [20.0, 18.0, 16.0])
    # weeks 2 to 4 of the profile, for thirty sold where it has twenty: (18 + 16 + 14)·(2 + 30)/(2 + 20) over three
    assert row.parts["launch"] == row.parts["weekly_demand"] == pytest.approx(48 * 32 / 22 / 3, abs=0.001)
    assert "earlier launches of its group" in row.explanation


def test_two_launches_are_no_profile():
    shop_with_launches(2)
    new = make.product("FRESH", group="Lamps")
    make.asked(new, 30, on=TODAY - WEEK)
    make.lead_time(new, 20, 22)

    policies.recompute(on=TODAY)

    assert policy(new).parts["launch"] is None


def test_a_product_eight_weeks_old_stands_on_its_own_and_another_group_lends_it_nothing():
    shop_with_launches(3)
    grown, mug = make.product("GROWN", group="Lamps"), make.product("MUG", group="Mugs")
    make.asked_weekly(grown, *([5] * 8))
    make.asked_weekly(mug, 5)
    for thing in (grown, mug):
        make.lead_time(thing, 20, 22)

    policies.recompute(on=TODAY)

    assert {policy(thing).parts["launch"] for thing in (grown, mug)} == {None}


def test_a_discontinued_product_runs_down_to_nothing_however_new_it_is():
    shop_with_launches(3)
    gone = make.product("GONE", group="Lamps", is_discontinued=True)
    make.asked(gone, 30, on=TODAY - WEEK)
    make.lead_time(gone, 20, 22)

    policies.recompute(on=TODAY)

    row = policy(gone)
    assert (row.reorder_point, row.order_up_to) == (0, 0)
    assert row.explanation == "Discontinued: what is left is sold, and nothing is ordered again."


def test_the_weekdays_of_the_shop_are_learned_from_enough_of_them():
    lamp = make.product()
    monday = TODAY - timedelta(days=TODAY.weekday()) - WEEK
    for week in range(10):
        for day, units in enumerate((20, 10, 10, 10, 10, 10, 0)):
            if units:
                make.asked(lamp, units, on=monday - WEEK * week + timedelta(days=day))

    patterns.learn(on=TODAY)

    assert GroupPattern.objects.get(group="").weekdays == [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]

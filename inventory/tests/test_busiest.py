"""Lumpy demand has no tail to trust: its reorder points are capped by what was ever asked for, and say so."""

from datetime import timedelta

import numpy as np
import pytest
from django.db.models import F

from inventory.formulas import forecast, reorder
from inventory.models import DailyDemand, ForecastLine, ForecastState, GroupPattern, LeadTime, ReorderPolicy
from inventory.night import busiest, history, policies
from inventory.tests import make

TODAY = make.TODAY
NEXT_WEEK = TODAY + timedelta(days=7)
LUMPY = (40, *[0] * 49, 1, 0)
"""A large order a year ago and one unit of late: what is fitted to it goes on for ever."""


@pytest.fixture
def line(db):
    """The shop-wide line of last week's run, of a shop that sells in lumps."""
    return ForecastLine.objects.create(a=6.0, b=1.5, fitted_on=TODAY - timedelta(days=3))


def part(*weeks, **fields):
    thing = make.product(**fields)
    make.asked_weekly(thing, *weeks)
    make.lead_time(thing, 20, 30)
    return thing


def policy(thing):
    return ReorderPolicy.objects.get(product=thing)


def night(*things, on=TODAY):
    policies.recompute(on=on)
    return [policy(thing) for thing in things]


def test_the_busiest_weeks_are_in_a_row_and_all_there_are_where_there_are_fewer():
    units = np.array([[np.nan, 5, 0, 1, 4, 4, 0], [9, 0, 0, 0, 0, 0, 1]])

    found = [busiest.most(units, np.array([k, k])).tolist() for k in (1, 2, 3, 7, 9)]

    assert found == [[5, 9], [8, 9], [9, 9], [14, 10], [14, 10]]


@pytest.mark.parametrize("window", [1, 2, 3, 5, 11, 52, 60])
def test_what_they_had_at_least_is_never_more(window):
    units = np.random.default_rng(3).poisson(0.4, (200, 52)) * 3.0
    spans = np.full(200, window)

    least = busiest.at_least(forecast.start(units), spans)

    assert (least <= busiest.most(units, spans)).all()
    assert (least > 0).mean() > 0.9


def test_a_lumpy_point_is_capped_at_twice_its_busiest_weeks_and_says_so(line):
    found = night(part(*LUMPY))[0]

    parts = found.parts
    assert (parts["busiest"], parts["busiest_weeks"]) == (40, 3)
    assert parts["uncapped"] > found.reorder_point == 2 * 40 + 2 - 1
    assert found.order_up_to == found.reorder_point + parts["batch"]
    assert f"lumpy: capped at twice its largest 3 weeks (40), so that {parts['fill'] * 100:.1f} %" in found.explanation
    assert parts["fill"] < 0.95
    assert found.explanation.endswith("Its level is more than two years of its demand: buy to order?")


def test_what_the_cap_leaves_is_the_service_that_is_shown(line):
    parts = night(part(*LUMPY))[0].parts
    demand = reorder.LeadTimeDemand(
        *(np.array([parts[name]]) for name in ("expected", "expected_variance", "lead_expected", "lead_variance"))
    )

    fill = reorder.fill_rate(demand, point=np.array([parts["point"]]), batch=np.array([float(parts["batch"])]))

    assert parts["fill"] == round(float(fill[0]), 4)
    assert parts["safety_stock"] == round(parts["point"] - parts["expected"])


@pytest.mark.parametrize(("weeks", "is_capped"), [(11, False), (12, True)])
def test_a_new_sku_is_not_capped(line, weeks, is_capped):
    parts = night(part(*LUMPY[:weeks]))[0].parts

    assert (parts["point"] < parts["uncapped"]) is is_capped


def test_a_history_shorter_than_the_time_to_cover_caps_nothing(line):
    thing = part(*LUMPY[:20])
    LeadTime.objects.update(mean_days=140)

    parts = night(thing)[0].parts

    assert (parts["weeks"], parts["busiest"]) == (20, None)


def test_an_event_ahead_is_not_capped_and_one_beyond_the_time_to_cover_does_not_matter(line):
    soon, later = part(*LUMPY), part(*LUMPY)
    make.event(soon, 3.0, TODAY + timedelta(days=14), TODAY + timedelta(days=20))
    make.event(later, 3.0, TODAY + timedelta(days=21), TODAY + timedelta(days=27))

    parts = [found.parts for found in night(soon, later)]

    assert [found["point"] < found["uncapped"] for found in parts] == [False, True]


def test_a_season_and_a_launch_are_not_capped(line):
    season = [0.5] * 26 + [1.5] * 26
    GroupPattern.objects.create(group="Winter", learned_on=TODAY, season=season)
    GroupPattern.objects.create(group="New", learned_on=TODAY, launch=[40.0] * 13, launches=3)
    winter, new = part(*LUMPY, group="Winter"), part(3, 1, group="New")

    parts = [found.parts for found in night(winter, new)]

    assert [found["busiest"] for found in parts] == [None, None]
    assert parts[1]["launch"] == pytest.approx(40 * (2 + 4) / (2 + 80), abs=1)


def test_a_buyers_word_is_not_capped(line):
    thing = part(*LUMPY)
    night(thing)
    ReorderPolicy.objects.update(frozen_point=500, frozen_until=NEXT_WEEK, frozen_reason="A refit")

    assert night(thing)[0].reorder_point == 500


def test_even_demand_is_left_alone(line):
    parts = night(part(*([10] * 52)))[0].parts

    assert (parts["point"], parts["busiest"]) == (parts["uncapped"], None)


def test_a_week_in_which_nobody_asks_costs_no_look_into_history(line, monkeypatch):
    thing = part(*LUMPY)
    first = night(thing)[0].parts
    ForecastLine.objects.update(a=6.0)
    looked = []
    read = history.read
    monkeypatch.setattr(busiest.history, "read", lambda *given: looked.append(len(given[0])) or read(*given))

    quiet = []
    for day in (TODAY + timedelta(days=1), NEXT_WEEK):
        quiet.append(night(thing, on=day)[0].parts)
        ForecastLine.objects.update(a=6.0)
    own_reads = list(looked)
    make.asked(thing, 45, on=NEXT_WEEK)
    busy = night(thing, on=NEXT_WEEK + timedelta(days=7))[0].parts

    assert [found["busiest"] for found in (first, *quiet, busy)] == [40, 40, 40, 45]
    assert own_reads == [1]  # the week that the forecast lacked
    assert looked == [1, 1, 1]  # that of the next one, and all of them for the busiest


def test_a_closed_week_that_changes_moves_the_cap(line):
    thing = part(*LUMPY)
    night(thing)
    make.asked(thing, 10, on=TODAY - timedelta(days=7 * 52 - 9))

    assert night(thing)[0].parts["busiest"] == 50


def test_a_longer_time_to_cover_is_looked_at_anew(line):
    thing = part(20, 0, 0, 20, *LUMPY[2:])
    before = night(thing)[0].parts
    LeadTime.objects.update(mean_days=F("mean_days") + 7)

    after = night(thing)[0].parts

    assert [(found["busiest"], found["busiest_weeks"]) for found in (before, after)] == [(20, 3), (40, 4)]


def test_a_forecast_from_before_totals_were_kept_is_learned_anew_once(line):
    thing = part(*LUMPY)
    night(thing)
    row = ForecastState.objects.get()
    whole = bytes(row.memory)
    ForecastState.objects.update(memory=whole[:-16])

    again = night(thing)[0]

    assert bytes(ForecastState.objects.get().memory) == whole
    assert ForecastState.objects.get().pk == row.pk
    assert again.parts["busiest"] == 40


def test_a_milliard_in_one_week_is_told_and_orders_nothing(line):
    thing, lamp = part(*LUMPY), part(*([10] * 52))
    for number in range(10):
        make.asked(thing, 100_000_000, on=TODAY - timedelta(days=5), reference=f"BIG-{number}")
    assert DailyDemand.objects.filter(units=1_000_000_000).count() == 1

    found, fine = night(thing, lamp)

    assert (found.reorder_point, found.order_up_to, found.parts["reason"]) == (0, 0, "bad_demand")
    assert found.explanation == "Its demand is no number that can be: look at its demand entries and events."
    assert fine.parts["reason"] == "computed"


@pytest.mark.proof
@pytest.mark.parametrize("measure", ["fill", "cycle"])
def test_every_point_can_be_computed_again_from_what_is_stored(line, settings, measure):
    settings.SERVICE_MEASURE = measure
    random = np.random.default_rng(11)
    for number in range(200):
        rate, size = 10 ** random.uniform(-1.5, 1.5), 10 ** random.uniform(0, 2)
        weeks = random.poisson(rate, random.integers(3, 60)) * np.ceil(random.exponential(size))
        thing = part(*weeks.astype(int).tolist(), sku=f"PART-{number}")
        LeadTime.objects.filter(product=thing).update(
            mean_days=random.uniform(1, 90), sd_days=random.uniform(0, 20), review_days=random.uniform(0, 28),
            minimum=random.integers(1, 60), pack=random.integers(1, 13),
        )  # fmt: skip

    policies.recompute(on=TODAY)

    rows = [(row.reorder_point, row.order_up_to, row.parts) for row in ReorderPolicy.objects.all()]
    computed = [row for row in rows if row[2]["reason"] == "computed"]
    again = [recomputed(parts) for *_, parts in computed]
    assert again == [(point, up_to) for point, up_to, _ in computed]
    assert len(computed) > 150
    assert sum(parts["point"] < parts["uncapped"] for *_, parts in computed) > 10
    assert all(point == up_to == 0 for point, up_to, parts in rows if parts["reason"] != "computed")


def recomputed(parts):
    """The reorder point and the level, from the parts of one policy alone."""
    wanted = max(1, parts["minimum"], parts["cover_weeks"] * parts["weekly_demand"])
    batch = -int(-wanted // parts["pack"]) * parts["pack"]
    demand = reorder.LeadTimeDemand(
        *(np.array([parts[name]]) for name in ("expected", "expected_variance", "lead_expected", "lead_variance"))
    )
    target = np.array([parts["target"]])
    if parts["measure"] == reorder.FILL:
        point = reorder.fill_rate_point(demand, batch=np.array([float(batch)]), target=target)
    else:
        point = reorder.cycle_service_point(demand.mean, demand.variance, target=target)
    found = min(int(point[0]), 2 * parts["busiest"] + 1) if parts["busiest"] is not None else int(point[0])
    return found, found + batch


def test_the_quantity_really_bought_makes_the_point(line):
    small, large = part(*([2] * 30)), part(*([2] * 30))
    LeadTime.objects.filter(product=large).update(minimum=50, pack=20)

    one, other = night(small, large)

    assert (one.parts["batch"], other.parts["batch"]) == (8, 60)
    assert (other.parts["minimum"], other.parts["pack"]) == (50, 20)
    assert other.reorder_point < one.reorder_point
    assert other.order_up_to == other.reorder_point + 60

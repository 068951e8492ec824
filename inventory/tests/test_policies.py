from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.formulas import forecast
from inventory.models import ForecastLine, ForecastState, LeadTime, PolicyChange, Product, ReorderPolicy, Warehouse
from inventory.night import policies, skus
from inventory.tests import make

pytestmark = pytest.mark.django_db

TODAY = make.TODAY
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
STEADY = (10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)


@pytest.fixture(autouse=True)
def line():
    """The shop-wide line of last week's run, so that a test's numbers do not rest on its own few products."""
    return ForecastLine.objects.create(a=1.2, b=1.5, fitted_on=TODAY - timedelta(days=3))


def steady(sku: str = "LAMP", **fields) -> Product:
    """A product with twelve even weeks behind it, supplied within two to two and a half."""
    thing = make.product(sku, **fields)
    make.asked_weekly(thing, *STEADY)
    make.lead_time(thing, 14, 17)
    return thing


def policy(thing: Product, place: Warehouse | None = None) -> ReorderPolicy:
    return ReorderPolicy.objects.get(product=thing, warehouse=place or make.warehouse())


def reasons() -> list[tuple[int, int, str]]:
    return list(PolicyChange.objects.order_by("on", "pk").values_list("was", "now", "reason"))


def everything() -> list[list]:
    return [list(model.objects.order_by("pk").values()) for model in (ReorderPolicy, PolicyChange, ForecastState)]


def test_a_reorder_point_is_made_of_demand_and_lead_time_and_says_so():
    lamp = steady()

    counts = policies.recompute(on=TODAY)

    found = policy(lamp)
    assert counts == {
        "advanced": 0, "blocks": 1, "changed": 1, "computed": 1, "errors": [], "rebuilt": 0, "skus": 1, "spikes": 0,
    }  # fmt: skip
    assert (found.reorder_point, found.order_up_to, found.safety_stock) == (21, 62, -1)
    assert found.computed_on == TODAY
    assert found.explanation == (
        "Order at 21: 10.1 a week over 2.1 weeks (2 weeks until it arrives, 1 day until the next look)"
        " makes 22, and 1 fewer is enough so that 95 % of units ship from the shelf."
    )
    # checked with SciPy's negative binomial: 20 would fill 94.4 %
    assert found.parts == {
        "reason": "computed", "point": 21, "safety_stock": -1, "batch": 41, "weekly_demand": 10.0516,
        "variance": 6.1131, "weeks": 12, "weeks_with_demand": 12, "lead_days": 14.0, "lead_sd_days": 2.3077,
        "review_days": 1.0, "sender": "Nordlys", "uplift": 1.0, "expected": pytest.approx(21.5392, abs=1e-4),
        "expected_variance": pytest.approx(24.8289, abs=1e-4),
        "distribution": "negative binomial", "target": 0.95, "measure": "fill", "fill": 0.956, "cycle": 0.5928,
        "on_hand": 0, "inbound": 0, "owed": 0, "spike": 0,
        "class": "", "season": 1.0, "launch": None,
        "lead_expected": pytest.approx(20.1033, abs=1e-4), "lead_variance": pytest.approx(23.8183, abs=1e-4),
        "cover_weeks": 4.0, "minimum": 1, "pack": 1, "uncapped": 21, "busiest": None, "busiest_weeks": None,
    }  # fmt: skip
    assert reasons() == [(0, 21, "First computed")]


def test_running_it_twice_changes_nothing():
    steady()
    steady("CHAIR")
    policies.recompute(on=TODAY)
    before = everything()

    counts = policies.recompute(on=TODAY)

    assert counts["changed"] == 0
    assert everything() == before


def test_the_first_night_of_a_shop_fits_its_own_line_and_a_rerun_fits_the_same(line):
    line.delete()
    for number in range(12):
        thing = make.product()
        make.asked_weekly(thing, *(units * (number + 1) for units in STEADY))
        make.lead_time(thing, 14, 17)
    policies.recompute(on=TODAY)
    fitted = ForecastLine.objects.values_list("a", "b", "fitted_on").get()
    before = everything()

    counts = policies.recompute(on=TODAY)

    assert counts["changed"] == 0
    assert everything() == before
    assert ForecastLine.objects.values_list("a", "b", "fitted_on").get() == fitted


def test_levels_and_variances_stand_all_week():
    lamp = steady()
    policies.recompute(on=TODAY)
    before = policy(lamp).parts
    make.asked(lamp, 2, on=TODAY)

    policies.recompute(on=TOMORROW)

    assert policy(lamp).parts == before
    assert PolicyChange.objects.count() == 1


def test_a_forecast_advanced_week_by_week_equals_one_rebuilt_from_history():
    lamp = steady()
    for week in range(1, 5):
        policies.recompute(on=TODAY + timedelta(weeks=week - 1))
        make.asked(lamp, 5 * week, on=TODAY + timedelta(weeks=week - 1, days=2))
    counts = policies.recompute(on=TODAY + timedelta(weeks=4))
    advanced = ForecastState.objects.values().get()

    ForecastState.objects.update(is_stale=True)
    rebuilt = policies.recompute(on=TODAY + timedelta(weeks=4))

    assert (counts["advanced"], counts["rebuilt"]) == (1, 0)
    assert (rebuilt["advanced"], rebuilt["rebuilt"]) == (0, 1)
    assert advanced["last_week"] == TODAY + timedelta(weeks=3)
    assert ForecastState.objects.values().get() == advanced


def test_missed_weeks_are_absorbed_in_order():
    lamp, chair = steady(), steady("CHAIR")
    policies.recompute(on=TODAY)
    for thing in (lamp, chair):
        make.asked(thing, 30, on=TODAY)
        make.asked(thing, 4, on=NEXT_WEEK)
    ForecastState.objects.filter(product=chair).delete()

    policies.recompute(on=NEXT_WEEK + timedelta(days=7))

    first, second = ForecastState.objects.order_by("product__sku").values_list("memory", flat=True)
    assert bytes(first) == bytes(second)
    assert forecast.from_rows(np.frombuffer(bytes(first)).reshape(1, -1)).weeks == 14


def test_a_closed_week_that_changes_is_learned_again():
    lamp = steady()
    policies.recompute(on=TODAY)
    make.asked(lamp, 50, on=TODAY - timedelta(days=20))

    counts = policies.recompute(on=TOMORROW)

    assert counts["rebuilt"] == 1
    assert policy(lamp).weekly_demand > 11
    assert reasons()[1][2] == "Demand varies more from week to week"


def test_a_forecast_whose_demand_was_all_taken_back_is_forgotten():
    lamp = make.product()
    make.asked(lamp, 4, on=TODAY - timedelta(days=9), reference="mistake")
    policies.recompute(on=TODAY)
    make.asked(lamp, 0, on=TODAY - timedelta(days=9), reference="mistake")

    counts = policies.recompute(on=TODAY)

    assert counts["no_demand"] == 1
    assert not ForecastState.objects.exists()
    assert policy(lamp).weekly_demand == 0


def test_a_promotion_of_the_past_is_taken_out_of_the_base():
    calm, promoted = steady("CALM"), make.product("PROMO")
    make.asked_weekly(promoted, *STEADY[:-2], STEADY[-2] * 3, STEADY[-1] * 3)
    make.lead_time(promoted, 14, 17)
    make.event(promoted, 3.0, TODAY - timedelta(days=14), TODAY - timedelta(days=1))

    policies.recompute(on=TODAY)

    assert policy(promoted).weekly_demand == policy(calm).weekly_demand
    assert policy(promoted).reorder_point == policy(calm).reorder_point


def test_a_promotion_ahead_raises_the_reorder_point_and_is_named():
    lamp = steady()
    policies.recompute(on=TODAY)
    make.event(lamp, 3.0, TODAY + timedelta(days=3), TODAY + timedelta(days=9))

    policies.recompute(on=TOMORROW)

    found = policy(lamp)
    assert found.parts["uplift"] == 1.9333
    assert found.reorder_point == 44
    assert found.explanation == (
        "Order at 44: 10.1 a week, 1.93 times that for events, over 2.1 weeks (2 weeks until it arrives, 1 day until"
        " the next look) makes 42, and 2 more so that 95 % of units ship from the shelf."
    )
    assert reasons()[1:] == [(21, 44, "An event begins to count: demand × 1.93")]


def test_an_event_of_the_past_entered_late_or_corrected_is_learned_again():
    lamp = steady(group="Light")
    policies.recompute(on=TODAY)
    event = make.event("Light", 2.0, TODAY - timedelta(days=14), TODAY - timedelta(days=8))
    policies.recompute(on=TODAY)
    halved = policy(lamp).weekly_demand
    event.delete()

    policies.recompute(on=TODAY)

    assert halved < 10 < policy(lamp).weekly_demand
    assert policy(lamp).parts["weekly_demand"] == 10.0516


def test_a_frozen_value_is_respected_until_its_date():
    lamp = steady()
    policies.recompute(on=TODAY)
    ReorderPolicy.objects.update(frozen_point=40, frozen_until=TOMORROW, frozen_reason="Fair in Oslo")

    policies.recompute(on=TOMORROW)
    frozen = policy(lamp)
    policies.recompute(on=TOMORROW + timedelta(days=1))

    assert (frozen.reorder_point, frozen.order_up_to) == (40, 81)
    assert frozen.explanation.startswith("Frozen at 40 until 3 March 2026 (Fair in Oslo). Computed: Order at 21: ")
    assert (policy(lamp).reorder_point, policy(lamp).frozen_point) == (21, 40)
    assert reasons()[1:] == [(21, 40, "Frozen: Fair in Oslo"), (40, 21, "No longer frozen")]


def test_a_target_of_its_own_and_a_longer_lead_time_are_named_as_the_reason():
    lamp, chair = steady(), steady("CHAIR")
    policies.recompute(on=TODAY)
    ReorderPolicy.objects.filter(product=lamp).update(target=0.99)
    LeadTime.objects.filter(product=chair).update(mean_days=28)

    policies.recompute(on=TOMORROW)

    assert policy(lamp).parts["target"] == 0.99
    assert reasons()[2:] == [
        (21, 26, "Target changed: 95 % fill → 99 % fill"),
        (21, 43, "Lead time longer: 2.1 weeks → 4.1 weeks with the review"),
    ]


def test_a_change_that_a_second_run_of_the_night_turns_back_is_no_change():
    lamp = steady()
    policies.recompute(on=TODAY)
    ReorderPolicy.objects.update(target=0.99)
    policies.recompute(on=TOMORROW)
    ReorderPolicy.objects.update(target=None)

    policies.recompute(on=TOMORROW)

    assert policy(lamp).reorder_point == 21
    assert reasons() == [(0, 21, "First computed")]


def test_the_shop_may_measure_cycles_instead_of_units(settings):
    settings.SERVICE_MEASURE = "cycle"
    lamp = steady()

    policies.recompute(on=TODAY)

    assert policy(lamp).reorder_point == 29
    assert policy(lamp).explanation.endswith("and 7 more so that 95 % of orders arrive before the shelf is empty.")


def test_what_nobody_supplies_has_no_reorder_point_and_says_why():
    lamp = make.product()
    make.asked_weekly(lamp, *STEADY)

    counts = policies.recompute(on=TODAY)

    found = policy(lamp)
    assert (counts["unsupplied"], found.reorder_point) == (1, 0)
    assert (found.stockout_chance, found.near_chance) == (pytest.approx(1.0), pytest.approx(1.0))
    assert found.stockout_chance < 1.0  # nobody waits: it is not out
    assert found.explanation == (
        "Nobody supplies it: there is no offer to take a lead time from, so nothing is ordered."
    )


def test_what_is_supplied_again_names_it():
    lamp = make.product()
    make.asked_weekly(lamp, *STEADY)
    policies.recompute(on=TODAY)
    make.lead_time(lamp, 14, 17)

    policies.recompute(on=TOMORROW)

    assert reasons() == [(0, 21, "A supplier is known now")]


def test_a_warehouse_without_a_lead_time_of_its_own_takes_as_long_as_the_first_other_one():
    lamp = steady()
    oslo = make.warehouse("OSL", rank=2)
    make.on_hand(lamp, 5, place=oslo)
    make.asked_weekly(lamp, *STEADY, place=oslo)

    policies.recompute(on=TODAY)

    assert policy(lamp, oslo).parts["lead_days"] == 14.0
    assert policy(lamp, oslo).reorder_point == 21


@pytest.mark.parametrize(
    ("weeks", "fields", "reason"),
    [
        ((), {}, "no_demand"),
        ((5, *[0] * 52), {}, "dormant"),
        (STEADY, {"is_discontinued": True}, "discontinued"),
    ],
)
def test_what_is_not_ordered_again_has_a_reason(weeks, fields, reason):
    lamp = make.product(**fields)
    make.lead_time(lamp, 14, 17)
    make.on_hand(lamp, 3)
    make.asked_weekly(lamp, *weeks)

    counts = policies.recompute(on=TODAY)

    found = policy(lamp)
    assert counts[reason] == 1
    assert (found.reorder_point, found.order_up_to, found.parts["reason"]) == (0, 0, reason)
    assert found.explanation != ""


@pytest.mark.parametrize(
    ("weeks", "lead", "point", "reason"),
    [
        ((10,), (14, 17), 44, "computed"),  # one week of history
        (STEADY, (0, 0), 0, "computed"),
        (STEADY, (365, 400), 596, "computed"),
        ((*STEADY, 100_000_000), (14, 17), 29_101_847, "computed"),  # one giant order
    ],
)
def test_odd_facts_give_a_defined_result(weeks, lead, point, reason):
    lamp = make.product()
    make.asked_weekly(lamp, *weeks)
    make.lead_time(lamp, *lead)

    policies.recompute(on=TODAY)

    assert (policy(lamp).reorder_point, policy(lamp).parts["reason"]) == (point, reason)


def test_the_chance_to_run_out_and_the_cover_come_from_the_position():
    lamp, chair, waiting = steady(), steady("CHAIR"), steady("SOFA")
    make.on_hand(lamp, 20)
    make.coming(chair, 60, on=TODAY + timedelta(days=4))
    make.owed(waiting, 3)

    policies.recompute(on=TODAY)

    # P(X > 20) of 20.1 ± 4.9 units in two weeks, checked with SciPy
    assert (policy(lamp).stockout_chance, policy(lamp).cover_days) == (pytest.approx(0.4491, abs=5e-5), 13.9281)
    assert (policy(chair).stockout_chance, policy(chair).cover_days) == (pytest.approx(0.0, abs=5e-5), 41.7843)
    assert (policy(waiting).stockout_chance, policy(waiting).cover_days) == (1.0, 0.0)


def test_what_is_out_is_out_however_much_is_on_its_way():
    lamp = steady()
    make.owed(lamp, 40)
    make.coming(lamp, 500, on=TODAY + timedelta(days=4))

    policies.recompute(on=TODAY)

    assert (policy(lamp).stockout_chance, policy(lamp).near_chance) == (1.0, 1.0)


def test_who_waits_for_something_far_away_waits_all_the_same():
    """An order of two weeks looks four ahead: what is promised beyond that is no reason to order, but out is out."""
    lamp, chair = steady(), steady("CHAIR")
    make.owed(lamp, 40, by=TODAY + timedelta(days=90))
    make.owed(chair, 40, by=TODAY + timedelta(days=90))
    make.on_hand(chair, 40)

    policies.recompute(on=TODAY)

    assert (policy(lamp).stockout_chance, policy(lamp).near_chance) == (1.0, 1.0)
    assert policy(chair).stockout_chance < 0.1
    assert (policy(lamp).parts["owed"], policy(chair).parts["owed"]) == (0, 0)


def test_waiters_alone_are_enough_to_be_looked_at():
    lamp = make.product()
    make.owed(lamp, 1)

    policies.recompute(on=TODAY)

    assert (policy(lamp).reorder_point, policy(lamp).stockout_chance) == (0, 1.0)


def test_what_comes_after_three_weeks_is_no_help_before():
    lamp = steady()
    make.on_hand(lamp, 10)
    LeadTime.objects.filter(product=lamp).update(mean_days=40)
    make.coming(lamp, 90, on=TODAY + timedelta(days=22))

    policies.recompute(on=TODAY)

    assert policy(lamp).near_chance > 0.99
    assert policy(lamp).stockout_chance < 0.5


def test_what_comes_after_an_order_of_now_is_no_help_before():
    """Looked at every four weeks, an order covers six; what comes in the fifth leaves the shelf empty until then."""
    lamp, chair = steady(), steady("CHAIR")
    LeadTime.objects.update(review_days=28)
    make.coming(lamp, 200, on=TODAY + timedelta(days=15))
    make.coming(chair, 200, on=TODAY + timedelta(days=14))

    policies.recompute(on=TODAY)

    assert policy(lamp).parts["inbound"] == 200  # nothing more is ordered
    assert 0.99 < policy(lamp).stockout_chance < 1.0
    assert policy(chair).stockout_chance < 0.01


def test_an_unusual_open_week_is_flagged_and_not_smoothed():
    lamp, chair = steady(), steady("CHAIR")
    make.asked(lamp, 60, on=TODAY)
    make.asked(chair, 2, on=TODAY)

    counts = policies.recompute(on=TOMORROW)

    assert counts["spikes"] == 1
    assert (policy(lamp).parts["spike"], policy(chair).parts["spike"]) == (60, 0)
    assert policy(lamp).weekly_demand == policy(chair).weekly_demand


def test_a_block_that_fails_is_reported_and_stops_no_other(monkeypatch):
    monkeypatch.setattr(skus, "BLOCK", 1)
    broken, lamp = steady("BROKEN"), steady()
    policies.recompute(on=TODAY)
    ForecastState.objects.filter(product=broken).update(memory=b"half")

    counts = policies.recompute(on=NEXT_WEEK)

    assert (counts["blocks"], counts["failed_blocks"], counts["computed"]) == (2, 1, 1)
    assert [error.partition(f" to {broken.pk}: ")[2].split(":")[0] for error in counts["errors"]] == ["UnevenRows"]
    assert (policy(broken).computed_on, policy(lamp).computed_on) == (TODAY, NEXT_WEEK)


def test_a_block_takes_the_same_statements_however_many_products_it_holds():
    def statements(on):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            policies.recompute(on=on)
        return len(queries)

    steady("FIRST")
    one = [statements(TODAY), statements(TOMORROW), statements(NEXT_WEEK)]
    ReorderPolicy.objects.all().delete()
    ForecastState.objects.all().delete()
    ForecastLine.objects.create(a=1.2, b=1.5, fitted_on=TODAY - timedelta(days=3))
    for number in range(40):
        steady(f"LAMP-{number}")

    many = [statements(TODAY), statements(TOMORROW), statements(NEXT_WEEK)]

    assert many == one
    assert max(many) <= 65

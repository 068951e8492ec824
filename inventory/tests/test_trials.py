from datetime import timedelta

import pytest

from inventory.formulas import explanations
from inventory.models import ReorderPolicy
from inventory.night import policies, trials
from inventory.night.whatif import AS_IT_IS, WhatIf
from inventory.tests import make
from inventory.tests.make import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp():
    """A lamp with twelve weeks of history and a lead time of two weeks."""
    thing = make.product()
    make.asked_weekly(thing, 10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)
    make.lead_time(thing, 14, 20)
    make.on_hand(thing, 12)
    return thing


def told(thing, **supposed) -> tuple[trials.Told, trials.Told]:
    found = trials.of(thing, make.warehouse(), WhatIf(**supposed), on=TODAY)
    assert found
    return found


def test_as_it_is_it_says_what_the_night_says(lamp):
    policies.recompute(on=TODAY)
    policy = ReorderPolicy.objects.get()

    now, then = told(lamp)

    assert now == then
    assert (now.point, now.up_to, now.safety) == (policy.reorder_point, policy.order_up_to, policy.safety_stock)
    assert (now.chance, now.cover) == (policy.stockout_chance, policy.cover_days)
    assert now.sentence == policy.explanation


def test_it_says_before_the_first_night_what_that_will_say(lamp):
    now, _ = told(lamp)

    policies.recompute(on=TODAY)

    assert now.sentence == ReorderPolicy.objects.get().explanation


@pytest.mark.parametrize(
    "supposed",
    [{"target": 0.995}, {"lead_days": 42}, {"lead_sd_days": 14}, {"review_days": 28}, {"uplift": 3.0, "weeks": 2}],
    ids=str,
)
def test_more_of_anything_asks_for_more_stock(lamp, supposed):
    now, then = told(lamp, **supposed)

    assert then.point > now.point
    assert then.sentence != now.sentence


def test_a_longer_lead_time_gives_what_a_night_with_it_gives(lamp):
    _, then = told(lamp, lead_days=30, lead_sd_days=5, review_days=7)
    lamp.lead_times.update(mean_days=30, sd_days=5, review_days=7)

    policies.recompute(on=TODAY)

    policy = ReorderPolicy.objects.get()
    assert (then.point, then.chance, then.sentence) == (
        policy.reorder_point,
        policy.stockout_chance,
        policy.explanation,
    )


def test_a_supposed_event_comes_on_top_of_those_that_are_known(lamp):
    make.event(lamp, 2.0, TODAY, TODAY + 6 * timedelta(days=7))

    now, then = told(lamp, uplift=3.0, weeks=10)

    assert (now.parts["uplift"], then.parts["uplift"]) == (2, 6)


def test_a_lead_time_may_be_supposed_where_nobody_supplies_it(lamp):
    lamp.lead_times.all().delete()

    now, then = told(lamp, lead_days=14, lead_sd_days=3, review_days=7)

    assert now.parts["reason"] == explanations.NOBODY_SUPPLIES
    assert (now.is_computed, then.is_computed) == (False, True)


def test_nothing_is_written(lamp):
    policies.recompute(on=TODAY)
    before = list(ReorderPolicy.objects.values_list())

    told(lamp, target=0.5, lead_days=100)

    assert list(ReorderPolicy.objects.values_list()) == before


def test_of_a_product_nobody_knows_there_is_nothing_to_say():
    assert trials.of(make.product(), make.warehouse(), AS_IT_IS, on=TODAY) is None

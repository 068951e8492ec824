from datetime import timedelta

import pytest
from django.urls import reverse

from inventory.admin.points import chance_chip, parts_table, with_units
from inventory.models import ReorderPolicy, Stock
from inventory.night import policies
from inventory.tests import make


@pytest.mark.parametrize(
    ("chance", "units", "text", "tone"),
    [
        (0.0, {"here": 0, "owed": 40}, "Out: 40 owed", "red"),
        (0.0, {"here": 5, "owed": 6}, "Out: 6 owed, 5 here", "red"),
        (None, {"here": 0, "owed": 1}, "Out: 1 owed", "red"),
        (0.0, {"here": 6, "owed": 6}, "0%", "green"),
        (None, {}, "no data", "gray"),
        (1.0, {"here": 50}, "was out last night", "amber"),
        (0.004, {}, "&lt;1%", "green"),
        (0.999999, {}, "&gt;99%", "red"),
        (0.5, {}, "50%", "red"),
        (0.2, {}, "20%", "amber"),
    ],
)
def test_what_is_out_never_reads_as_a_chance(chance, units, text, tone):
    found = chance_chip(chance, **units)

    assert f">{text}<" in found
    assert tone in found


@pytest.mark.django_db
def test_the_units_are_those_of_the_place_and_of_now():
    lamp, oslo = make.product(), make.warehouse("OSL")
    make.on_hand(lamp, 9)
    Stock.objects.update(held=2)
    make.owed(lamp, 3, by=make.TODAY)
    make.owed(lamp, 4)
    make.owed(lamp, 5, place=oslo)
    for place in (make.warehouse(), oslo):
        ReorderPolicy.objects.create(product=lamp, warehouse=place)

    found = with_units(ReorderPolicy.objects.order_by("warehouse__code"))

    assert [(row.here, row.owed) for row in found] == [(7, 7), (0, 5)]


@pytest.mark.django_db
def test_the_parts_are_the_numbers_of_the_sentence(admin_client):
    lamp = make.product()
    make.asked_weekly(lamp, 1, *([0] * 40))
    make.lead_time(lamp, 14, 17)
    make.event(lamp, 1.5, make.TODAY + timedelta(days=3), make.TODAY + timedelta(days=9))
    policies.recompute(on=make.TODAY)
    policy = ReorderPolicy.objects.get()

    listed = admin_client.get(reverse("admin:inventory_reorderpolicy_changelist")).content.decode()
    rows = {row[0]: row[1] for row in parts_table(policy).rows}

    assert policy.explanation.startswith("Order at 0: 0.0083 a week, 1.23 times that for events, over 2.1 weeks")
    assert '<span class="number">0.0083</span>' in listed
    assert rows["demand a week, units"] == '<span class="number">0.0083</span>'
    assert rows["events multiply demand by"] == '<span class="number">1.23</span>'

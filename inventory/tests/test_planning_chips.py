import pytest

from inventory.admin.planning import chance_chip, with_units
from inventory.models import ReorderPolicy, Stock
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

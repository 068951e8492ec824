"""How far a product is sold that is not here, in orders that ship complete or are wanted later."""

from datetime import timedelta

import pytest

from orders import fulfillment
from orders.models import OrderLine, Refusal

from . import make

pytestmark = pytest.mark.django_db


def in_days(days):
    return make.TODAY + timedelta(days=days)


def of(order, thing):
    return OrderLine.objects.get(order=order, product=thing)


@pytest.mark.parametrize(
    "fields",
    [
        {"backorder_policy": "never"},
        {"backorder_policy": "limit", "backorder_limit": 0},
        {"backorder_policy": "covered"},
        {"is_discontinued": True},
    ],
)
def test_a_product_that_may_not_wait_is_taken_from_the_shelf_at_once_by_an_order_that_ships_complete(fields):
    lamp, mug = make.product("LAMP", **fields), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 29)
    make.coming(mug, 1, on=in_days(20))

    order = make.order((lamp, 29), (mug, 1), is_ship_complete=True)

    assert (of(order, lamp).allocated, of(order, lamp).is_held_back) == (29, False)
    assert of(order, lamp).promised_date == of(order, mug).promised_date == in_days(22)


def test_a_product_that_may_not_wait_is_taken_from_the_shelf_at_once_by_an_order_wanted_later():
    lamp = make.product("LAMP", backorder_policy="never")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 2)

    order = make.order((lamp, 2), wanted_date=in_days(30))

    assert (of(order, lamp).allocated, of(order, lamp).promised_date) == (2, in_days(30))


def test_a_product_that_may_not_wait_is_set_aside_for_thirty_days_and_not_for_thirty_one():
    lamp = make.product("LAMP", backorder_policy="never")
    make.on_hand(lamp, 2)
    assert of(make.order((lamp, 1), wanted_date=in_days(30)), lamp).allocated == 1

    with pytest.raises(fulfillment.WantedTooLate, match="LAMP is sold from the shelf only") as refused:
        make.order((lamp, 1), wanted_date=in_days(31), reference="FAR")

    assert (refused.value.units, refused.value.possible) == (1, 0)
    assert not OrderLine.objects.filter(order__reference="FAR").exists()
    assert list(Refusal.objects.values_list("reference", "units", "possible")) == [("FAR", 1, 0)]


def test_a_product_that_may_wait_is_sold_for_any_day():
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=1)
    make.on_hand(lamp, 5)

    assert of(make.order((lamp, 5), wanted_date=in_days(90)), lamp).open == 5


@pytest.mark.parametrize(
    "terms",
    [
        {"backorder_policy": "never"},
        {"backorder_policy": "limit", "backorder_limit": 0},
        {"backorder_policy": "covered"},
        {"is_discontinued": True},
    ],
)
def test_an_order_is_refused_for_the_one_product_that_may_not_wait_beside_others_that_may(terms):
    mug, lamp = make.product("MUG"), make.product("LAMP", **terms)

    with pytest.raises(fulfillment.BackorderLimit, match="LAMP: 2 asked for, 0 can be sold now") as refused:
        make.order((mug, 3), (lamp, 2), reference="BOTH")

    assert (refused.value.product_id, refused.value.possible) == (lamp.pk, 0)
    assert not OrderLine.objects.exists()


def test_more_of_what_may_not_wait_is_not_added_to_an_order_wanted_in_more_than_thirty_days():
    lamp = make.product("LAMP", backorder_policy="never")
    make.on_hand(lamp, 5)
    order = make.order((lamp, 1), wanted_date=in_days(30))
    order.wanted_date = in_days(40)
    order.save()

    with pytest.raises(fulfillment.WantedTooLate):
        fulfillment.change_quantity(
            [fulfillment.LineUnits(of(order, lamp).pk, 2)], reason="one more", by=None, at=make.MONDAY
        )


def test_units_that_a_line_leaves_to_others_for_now_do_not_count_as_waiting():
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=3)
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 10)

    first = make.order((lamp, 8), wanted_date=in_days(60))
    second = make.order((lamp, 3), wanted_date=in_days(60))

    assert (of(first, lamp).backordered, of(second, lamp).backordered) == (8, 3)
    assert make.line(lamp, 10).allocated == 10


def test_units_that_were_left_to_others_wait_as_soon_as_others_have_them():
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=5)
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 4)
    make.order((lamp, 3), wanted_date=in_days(60))

    with pytest.raises(fulfillment.BackorderLimit, match="7 asked for, 6 can be sold now"):
        make.line(lamp, 7)

    assert make.line(lamp, 6).backordered == 2


def test_what_is_sold_only_as_inbound_covers_it_trusts_in_no_order_to_come():
    lamp = make.product("LAMP", backorder_policy="covered", covered_days=30)
    make.lead_time(lamp, likely=2, safe=4)
    road = make.coming(lamp, 2, on=in_days(20))

    order = make.order((lamp, 2), wanted_date=in_days(10))

    assert dict(of(order, lamp).allocations.values_list("inbound", "quantity")) == {road.pk: 2}


@pytest.mark.parametrize(("days", "sold"), [(29, 2), (30, 2), (31, 0)])
def test_inbound_covers_what_waits_until_the_last_of_the_days_of_its_policy(days, sold):
    lamp = make.product("LAMP", backorder_policy="covered", covered_days=30)
    make.coming(lamp, 2, on=in_days(days))

    with pytest.raises(fulfillment.BackorderLimit, match=f"3 asked for, {sold} can be sold now"):
        make.line(lamp, 3)

    if sold:
        assert make.line(lamp, 2).pegged == 2


def test_units_left_to_others_do_not_count_as_waiting_where_the_new_line_may_not_have_them():
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=3)
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 5, place=make.warehouse("HAM", rank=2))
    left = make.line(lamp, 2, wanted_date=in_days(60))
    assert (left.backordered, left.is_held_back) == (2, True)

    with pytest.raises(fulfillment.BackorderLimit, match="4 asked for, 3 can be sold now"):
        make.line(lamp, 4, warehouse_rule="preferred")

    assert make.line(lamp, 3, warehouse_rule="preferred").backordered == 3


def test_a_line_that_leaves_an_inbound_to_others_waits_when_it_may_not_have_what_is_here():
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=3)
    make.on_hand(lamp, 5, place=make.warehouse("HAM", rank=2))
    for days in (10, 40):
        make.coming(lamp, 2, on=in_days(days))
    left = make.line(lamp, 2, wanted_date=in_days(60), warehouse_rule="preferred")
    assert (left.backordered, left.is_held_back) == (2, True)

    with pytest.raises(fulfillment.BackorderLimit, match="2 asked for, 1 can be sold now"):
        make.line(lamp, 2, warehouse_rule="preferred")


@pytest.mark.parametrize(
    ("fields", "possible", "possible_later"),
    [
        ({"backorder_policy": "never"}, 4, 4),
        ({"backorder_policy": "limit", "backorder_limit": 2}, 6, 6),
        ({"backorder_policy": "covered", "covered_days": 20}, 7, 8),
    ],
)
@pytest.mark.parametrize("terms", [{}, {"is_ship_complete": True}, {"wanted_days": 25}])
def test_more_units_and_another_product_are_sold_as_far_as_a_new_order(fields, possible, possible_later, terms):
    """The unit that is ordered already rests on the lorry that comes last, where its order has time for it."""
    possible = possible_later if terms else possible
    lamp, mug, rug = make.product("LAMP", **fields), make.product("MUG"), make.product("RUG")
    make.on_hand(lamp, 5)
    make.on_hand(rug, 9)
    for days in (20, 21):
        make.coming(lamp, 3, on=in_days(days))
    days = terms.get("wanted_days")
    kept = {"wanted_date": in_days(days)} if days else terms
    order = make.order((lamp, 1), (mug, 1), (rug, 9), **kept)
    more, other = fulfillment.LineUnits(of(order, lamp).pk, possible + 2), of(order, rug).pk

    with pytest.raises(fulfillment.BackorderLimit) as refused:
        fulfillment.change_quantity([more], reason="more", by=None, at=make.MONDAY)
    assert (refused.value.units, refused.value.possible) == (possible + 1, possible)
    with pytest.raises(fulfillment.BackorderLimit) as refused:
        substitute(other, possible + 1, lamp)
    assert (refused.value.units, refused.value.possible) == (possible + 1, possible)

    assert substitute(other, possible, lamp) == possible


def substitute(line_id, units, thing):
    return fulfillment.substitute(
        [fulfillment.LineUnits(line_id, units)], thing.pk, reason="gone", by=None, at=make.MONDAY
    )

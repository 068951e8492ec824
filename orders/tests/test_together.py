"""An order that ships complete, or is wanted later, keeps its place and its date, and does not hog."""

from datetime import timedelta

import pytest

from inventory.formulas.arrival_days import ArrivalDays
from orders import allocation, fulfillment
from orders.models import Basis, Notice, NoticeKind, NoticeLine, NoticeState, OrderLine, Promise, Unsettled
from orders.promising import sweep
from orders.queue import ordering

from . import make

pytestmark = pytest.mark.django_db


def in_days(days):
    return make.TODAY + timedelta(days=days)


def after(days):
    return make.MONDAY + timedelta(days=days)


def of(order, thing):
    return OrderLine.objects.get(order=order, product=thing)


def road_of(thing, units, days, slack=0):
    later = (0, 0, slack, slack + 1, slack + 20)
    by_chance = ArrivalDays(*(in_days(days + each) for each in later)) if slack else None
    return make.coming(thing, units, on=in_days(days), safe=in_days(days + slack), days=by_chance)


def shelf_and_road(lamp_here=1, mug_in=20):
    """A lamp on hand and soon supplied again, a mug that comes in some days, and an order of both at once."""
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, lamp_here)
    road = road_of(mug, 1, mug_in)
    return lamp, mug, road


def test_a_ship_complete_order_leaves_what_is_on_hand_to_others_until_its_last_line_is_due():
    lamp, mug, _ = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    assert of(order, lamp).is_held_back

    other = make.line(lamp, 1, at=after(1))

    assert (of(order, lamp).allocated, other.allocated) == (0, 1)


def test_an_order_that_ships_in_parts_takes_what_is_on_hand():
    lamp, mug, _ = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1))

    assert of(order, lamp).allocated == 1


def test_every_line_of_a_ship_complete_order_is_promised_the_day_of_the_last():
    lamp, mug, _ = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)

    assert of(order, lamp).promised_date == of(order, mug).promised_date == of(order, mug).safe_date
    assert of(order, lamp).basis == Basis.COMPLETE
    assert of(order, lamp).ready_basis == Basis.ON_HAND


def test_it_claims_the_latest_supply_that_still_meets_its_date():
    lamp, mug, _ = shelf_and_road(lamp_here=5)
    early = road_of(lamp, 5, 6)
    late = road_of(lamp, 5, 15)
    too_late = road_of(lamp, 5, 40)
    order = make.order((lamp, 2), (mug, 1), is_ship_complete=True)

    claims = dict(of(order, lamp).allocations.values_list("inbound", "quantity"))
    assert claims == {late.pk: 2}
    for row in (early, too_late):
        row.refresh_from_db()
        assert row.committed == 0


def test_it_takes_units_on_hand_when_its_last_line_is_due_within_three_days():
    lamp, mug, _ = shelf_and_road(mug_in=14)
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    assert (sweep.together(at=after(3)), of(order, lamp).allocated) == (0, 0)

    changed = sweep.together(at=after(12))

    assert changed == 1
    assert (of(order, lamp).allocated, of(order, lamp).is_held_back) == (1, False)


def test_it_takes_units_on_hand_when_its_last_line_arrives():
    lamp, mug, road = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)

    make.arrived(road, 1, at=after(2))

    assert (of(order, lamp).allocated, of(order, mug).allocated) == (1, 1)
    assert fulfillment.ship_order(order.pk, by=None, at=after(2))


def test_it_takes_units_on_hand_when_nothing_later_could_keep_its_date():
    """An order of today would come after the rest: the unit on hand is all that the promise can rest on."""
    lamp, mug, _ = shelf_and_road(mug_in=7)
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)

    assert of(order, lamp).allocated == 1


def test_a_line_before_it_in_line_still_comes_first_and_one_behind_it_does_not_get_its_inbound():
    lamp, mug, _ = shelf_and_road(lamp_here=1)
    road = road_of(lamp, 1, 15)
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    make.line(lamp, 1, at=after(1))

    behind = make.line(lamp, 1, at=after(2))

    assert dict(of(order, lamp).allocations.values_list("inbound", "quantity")) == {road.pk: 1}
    assert behind.uncovered == 1


def test_when_the_last_line_slips_the_others_are_planned_and_promised_again():
    lamp, mug, road = shelf_and_road(mug_in=14)
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    before = of(order, lamp).promised_date

    make.moved(road, in_days(40), at=after(1))

    lamps, mugs = of(order, lamp), of(order, mug)
    assert lamps.promised_date == mugs.promised_date > before + timedelta(days=20)
    assert Promise.objects.filter(line=lamps).count() == 2


def test_a_line_whose_companion_is_canceled_waits_no_longer():
    lamp, mug, _ = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)

    fulfillment.cancel([fulfillment.LineUnits(of(order, mug).pk)], reason="no", by=None, at=after(1))

    assert (of(order, lamp).allocated, of(order, lamp).is_held_back) == (1, False)


def test_two_orders_that_wait_for_each_other_settle():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    road_of(lamp, 1, 5)
    road_of(lamp, 9, 15)
    road_of(mug, 1, 20)
    road_of(mug, 9, 40)
    first = make.order((lamp, 1), (mug, 1), is_ship_complete=True)

    second = make.order((lamp, 1), (mug, 1), is_ship_complete=True, at=after(1))

    assert of(first, lamp).promised_date == of(first, mug).promised_date
    assert of(second, lamp).promised_date == of(second, mug).promised_date > of(first, mug).promised_date
    assert not Unsettled.objects.exists()


def test_an_order_wanted_later_takes_the_latest_inbound_that_comes_in_time():
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    road = road_of(lamp, 1, 20)
    order = make.order((lamp, 1), wanted_date=in_days(30))

    line = of(order, lamp)
    assert dict(line.allocations.values_list("inbound", "quantity")) == {road.pk: 1}
    assert (line.promised_date, line.basis) == (in_days(30), Basis.WANTED)


def test_an_order_wanted_later_takes_units_on_hand_three_days_before():
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1), wanted_date=in_days(30))
    assert of(order, lamp).allocated == 0

    sweep.together(at=after(27))

    assert of(order, lamp).allocated == 1


def test_an_order_cannot_be_wanted_before_it_is_placed():
    with pytest.raises(fulfillment.NotAnOrder, match="before it was placed"):
        make.order((make.product(), 1), wanted_date=in_days(-1))

    assert not OrderLine.objects.exists()


def test_lines_that_complete_their_order_are_served_first_where_a_setting_says_so(settings):
    settings.FINISH_ORDERS_FIRST = True
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(mug, 9)
    older = make.line(lamp, 1)
    order = make.order((lamp, 1), (mug, 1), at=after(1))

    make.on_hand(lamp, 1, at=after(2))

    older.refresh_from_db()
    assert (of(order, lamp).allocated, older.allocated) == (1, 0)


def test_a_line_that_comes_to_complete_its_order_is_served_first_from_then_on(settings):
    settings.FINISH_ORDERS_FIRST = True
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.coming(lamp, 1, on=make.TODAY + timedelta(days=5))
    older = make.line(lamp, 1)
    order = make.order((lamp, 1), (mug, 1), at=after(1))
    assert (of(order, lamp).pegged, older.pegged) == (0, 1)

    make.on_hand(mug, 9, at=after(2))

    older.refresh_from_db()
    assert (of(order, lamp).pegged, older.pegged) == (1, 0)


def test_by_default_the_older_line_is_served_first():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(mug, 9)
    older = make.line(lamp, 1)
    order = make.order((lamp, 1), (mug, 1), at=after(1))

    make.on_hand(lamp, 1, at=after(2))

    older.refresh_from_db()
    assert (of(order, lamp).allocated, older.allocated) == (0, 1)


def test_a_pinned_line_comes_before_one_that_completes_its_order(settings):
    settings.FINISH_ORDERS_FIRST = True
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(mug, 9)
    pinned = make.line(lamp, 1)
    make.order((lamp, 1), (mug, 1), at=after(1))
    ordering.pin(pinned.pk, 1, reason="promised by phone", by=None, at=after(1))

    make.on_hand(lamp, 1, at=after(2))

    pinned.refresh_from_db()
    assert pinned.allocated == 1


def test_a_line_that_needs_two_inbound_is_promised_later_than_one_that_needs_either():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    for thing, units in ((lamp, 1), (lamp, 9), (mug, 9)):
        road_of(thing, units, 21, slack=3)

    both, one = make.line(lamp, 2), make.line(mug, 2)

    assert both.likely_date == one.likely_date
    assert (one.safe_date, both.safe_date) == (in_days(25), in_days(28))


def test_what_another_transaction_holds_is_left_to_the_clock_and_settled_by_it():
    lamp, mug, _ = shelf_and_road()
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    OrderLine.objects.filter(order=order, product=mug).update(ready_date=in_days(1), ready_safe_date=in_days(1))
    Unsettled.objects.create(product=lamp, at=make.MONDAY)

    changed = allocation.settle_companions_left(at=after(1))

    assert changed
    assert of(order, lamp).allocated == 1
    assert not Unsettled.objects.exists()


def set_aside_while_the_rest_is_on_its_way():
    """A lamp is set aside, since nothing later could keep the date; the mug of the same order comes in a week."""
    lamp, mug, road = shelf_and_road(mug_in=7)
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    assert (of(order, lamp).allocated, of(order, mug).allocated) == (1, 0)
    Notice.objects.update(state=NoticeState.SENT)
    return order, lamp, mug, road


def told_of(thing):
    return sorted(NoticeLine.objects.filter(line__product=thing).values_list("kind", "notice", "promised_date"))


def test_a_line_set_aside_is_promised_the_new_day_when_the_rest_of_its_order_slips_and_one_mail_says_both():
    order, lamp, mug, road = set_aside_while_the_rest_is_on_its_way()
    first = of(order, lamp).promised_date
    before = told_of(lamp)

    make.moved(road, in_days(20), at=after(1))

    late = of(order, mug).safe_date
    assert of(order, mug).promised_date == of(order, lamp).promised_date == late > first
    assert of(order, lamp).first_promised_date == first
    assert of(order, lamp).allocated == 1
    (news,) = [row for row in told_of(lamp) if row not in before]
    assert news == told_of(mug)[-1] == (NoticeKind.NEW_DATE, news[1], late)
    assert allocation.settle([lamp.pk, mug.pk], cause="again", by=None, at=after(2)) == 0


def test_a_line_set_aside_ships_with_the_last_of_its_order_and_that_one_alone_says_so():
    order, lamp, mug, road = set_aside_while_the_rest_is_on_its_way()
    make.moved(road, in_days(20), at=after(1))
    before = told_of(lamp)

    make.arrived(road, 1, at=after(3))

    assert of(order, lamp).basis == of(order, mug).basis == Basis.ON_HAND
    assert of(order, lamp).promised_date == of(order, mug).promised_date == of(order, mug).safe_date
    assert of(order, lamp).safe_date > make.TODAY + timedelta(days=3)
    assert told_of(lamp) == before
    assert told_of(mug)[-1][0] == NoticeKind.RESTOCKED


def test_a_line_set_aside_ships_at_once_when_the_rest_of_its_order_is_canceled():
    order, lamp, mug, _ = set_aside_while_the_rest_is_on_its_way()

    fulfillment.cancel([fulfillment.LineUnits(of(order, mug).pk)], reason="changed my mind", by=None, at=after(1))

    assert of(order, lamp).basis == Basis.ON_HAND
    assert of(order, lamp).promised_date == of(order, lamp).safe_date == make.TODAY + timedelta(days=2)

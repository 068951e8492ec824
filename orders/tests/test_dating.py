"""The day of a line: of what it rests on, of several supplies, and of one that left units which others have since."""

from datetime import date, timedelta

import pytest

from inventory.formulas.arrival_days import ArrivalDays
from orders import allocation
from orders.models import Basis, OrderLine
from orders.promising import sweep

from . import books, make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def test_a_part_that_nobody_has_ordered_counts_among_the_parts_that_must_all_keep_their_word():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    for thing in (lamp, mug):
        make.lead_time(thing, likely=2, safe=4)
        # one of two is taken at √.9, which is just below .95
        days = ArrivalDays(*map(in_days, (21, 23, 24, 25, 40)))
        make.coming(thing, 5, on=in_days(21), safe=in_days(24), days=days)

    one, two = make.line(lamp, 5), make.line(mug, 6)

    assert (one.uncovered, one.safe_date, one.basis) == (0, in_days(25), Basis.LEARNED)
    assert (two.uncovered, two.safe_date, two.basis) == (1, in_days(28), Basis.LEAD_TIME)


def test_one_delivery_alone_is_dated_by_its_own_safe_date_whatever_days_it_stores():
    lamp = make.product("LAMP")
    days = ArrivalDays(*map(in_days, (21, 23, 28, 29, 40)))
    make.coming(lamp, 5, on=in_days(21), safe=in_days(24), days=days)

    line = make.line(lamp, 5)

    assert (line.uncovered, line.safe_date, line.basis) == (0, in_days(25), Basis.LEARNED)


def test_a_part_that_nobody_can_order_leaves_the_whole_line_without_a_date():
    lamp = make.product("LAMP")
    make.coming(lamp, 5, on=in_days(21), safe=in_days(24))

    line = make.line(lamp, 6)

    assert (line.pegged, line.uncovered, line.promised_date, line.basis) == (5, 1, None, Basis.NONE)


def test_a_line_that_left_units_to_others_is_dated_anew_when_they_are_placed():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=in_days(20))
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    left = OrderLine.objects.get(order=order, product=lamp)
    assert (left.is_held_back, left.ready_basis, left.ready_safe_date) == (True, Basis.ON_HAND, in_days(1))

    assert make.line(lamp, 1).allocated == 1

    left.refresh_from_db()
    assert (left.ready_basis, left.ready_safe_date) == (Basis.LEAD_TIME, in_days(11))
    assert books.balance(at=make.MONDAY)


def test_with_nothing_ordered_the_date_rests_on_the_lead_time_and_stays_as_told():
    lamp = make.product()
    make.lead_time(lamp, 10, 18)
    line = make.line(lamp, 2)
    told = (line.likely_date, line.safe_date, line.basis)

    friday = make.MONDAY + timedelta(days=4)
    allocation.settle({lamp.pk}, cause="later", by=None, at=friday)

    line.refresh_from_db()
    assert (line.likely_date, line.safe_date, line.basis) == told, "an order of Friday still keeps it"
    assert told == (date(2026, 3, 17), date(2026, 3, 25), "lead_time")
    assert line.promised_date == line.safe_date

    allocation.settle({lamp.pk}, cause="too late", by=None, at=friday + timedelta(days=1))

    line.refresh_from_db()
    assert (line.promised_date, line.safe_date) == (told[1], date(2026, 3, 30))
    assert line.chance_to_break < 0.5, "it holds more likely than not; the buyer is asked to order"


def test_with_no_supplier_no_date_is_given():
    line = make.line(make.product(), 2)

    assert (line.likely_date, line.safe_date, line.promised_date, line.basis) == (None, None, None, "none")


def test_undated_lines_get_their_date_once_somebody_supplies_the_product():
    lamp = make.product()
    line = make.line(lamp, 2)
    make.lead_time(lamp, 10, 18)

    changed = sweep.undated(at=TUESDAY)

    line.refresh_from_db()
    assert changed == 1
    assert line.basis == "lead_time"
    assert line.promised_date == line.safe_date is not None
    assert sweep.undated(at=TUESDAY) == 0

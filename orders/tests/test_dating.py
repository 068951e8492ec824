"""The day of a line that rests on several supplies, and of one that left units which others have since."""

from datetime import timedelta

import pytest

from inventory.formulas.arrival_days import ArrivalDays
from orders.models import Basis, OrderLine

from . import books, make

pytestmark = pytest.mark.django_db


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

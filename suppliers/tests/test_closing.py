"""A supplier's closure lengthens what is not yet confirmed, for an order that is out as for one still to be written."""

from datetime import date, timedelta

import pytest

from inventory.models import LeadTime
from suppliers import closing, performance, purchasing
from suppliers.closed import OpenDays
from suppliers.models import Closure, Lesson, Offer

from . import make

pytestmark = pytest.mark.django_db
MAY = OpenDays(((date(2026, 5, 11), date(2026, 5, 24)),))


def day(number):
    return make.TODAY + timedelta(days=number)


def out(thing, units=5, **more):
    """An order that is out and not confirmed; its likely and its safe day."""
    order = make.sent((make.offer(thing, **more), units))
    row = make.expected(order)
    return order, row


def dates(row):
    row.refresh_from_db()
    return row.likely_date, row.safe_date, row.by_50, row.by_99


def close(first, last, *, who=None, at=make.MONDAY):
    return closing.close((who or make.supplier()).pk, day(first), day(last), reason="Fair", by=None, at=at)


def test_days_inside_a_closure_are_no_days_of_an_order_that_is_out():
    _, row = out(make.product())
    before = dates(row)

    close(3, 9)

    assert dates(row) == tuple(each + timedelta(days=7) for each in before)


def test_a_closure_after_its_dates_moves_nothing_and_one_between_them_moves_the_later():
    _, row = out(make.product())
    likely, safe, *_, last = dates(row)
    close((last - make.TODAY).days + 1, (last - make.TODAY).days + 10)
    assert dates(row)[:2] == (likely, safe)

    close((likely - make.TODAY).days + 1, (likely - make.TODAY).days + 2)

    assert dates(row)[:2] == (likely, safe + timedelta(days=2))


def test_an_order_that_is_sent_on_a_closed_day_counts_from_its_end():
    """By hand, all the same: nobody works at it before."""
    thing = make.product()
    _, plain = out(make.product())
    order = make.approved((make.offer(thing, make.supplier("Birk")), 5))
    purchasing.send([order.pk], by=None, at=make.MONDAY)
    took = (dates(plain)[0] - make.TODAY).days

    close(-1, 4, who=make.supplier("Birk"))

    assert dates(make.expected(order))[0] == day(4 + took)


def test_what_was_confirmed_stays():
    order, row = out(make.product())
    purchasing.confirm(order.pk, {make.line(order).pk: day(9)}, by=None, at=make.MONDAY)
    before = dates(row)

    close(3, 9)

    assert dates(row) == before


def test_the_dates_of_another_supplier_stay():
    _, row = out(make.product(), who=make.supplier("Birk"))
    before = dates(row)

    close(3, 9)

    assert dates(row) == before


def test_what_is_still_to_be_ordered_takes_longer_where_the_closure_lies_within_and_no_longer_where_not():
    lamp, mug = make.product(), make.product()
    make.warehouse()
    make.offer(lamp)
    make.offer(mug, make.supplier("Birk"), days=3)
    make.learned()
    was = {row.product_id: (row.likely_days, row.safe_days) for row in LeadTime.objects.all()}

    close(10, 16)
    close(10, 16, who=make.supplier("Birk"))

    now = {row.product_id: (row.likely_days, row.safe_days) for row in LeadTime.objects.all()}
    assert now[lamp.pk] == tuple(pytest.approx(days + 7) for days in was[lamp.pk])
    assert now[mug.pk] == was[mug.pk]


def test_the_night_finds_nothing_left_to_move():
    lamp = make.product()
    out(lamp)
    make.learned()
    close(3, 9)

    assert {name: count for name, count in make.learned().items() if count} == {}


def test_a_closure_taken_back_brings_the_dates_back():
    _, row = out(make.product())
    make.learned()
    before, took = dates(row), LeadTime.objects.get().safe_days
    made = close(3, 9)

    assert closing.reopen(make.supplier().pk, [made.pk], by=None, at=make.MONDAY) == 1

    assert (dates(row), LeadTime.objects.get().safe_days) == (before, took)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (5, 4, "ends before it starts"),
        (-9, -1, "has passed"),
        (1, 900, "too far ahead"),
        (4, 6, "is closed on all these days already"),
    ],
)
def test_a_closure_that_cannot_be_is_named_and_nothing_is_written(first, last, words):
    close(3, 9)

    with pytest.raises(closing.NotAClosure, match=words):
        close(first, last)

    assert Closure.objects.count() == 1


def test_nothing_is_taken_back_of_another_supplier():
    made = close(3, 9)

    with pytest.raises(closing.NotAClosure):
        closing.reopen(make.supplier("Birk").pk, [made.pk], by=None, at=make.MONDAY)


def test_lessons_are_net_of_closures():
    """Sent on Monday, here after 20 days, a week of them closed: it takes 13."""
    make.closed(make.supplier(), day(-97), day(-91))

    make.delivered(make.offer(make.product()), 20)

    assert Lesson.objects.get().days == pytest.approx(13)


def test_meeting_closures_count_once():
    both = OpenDays((*MAY.spans, (date(2026, 5, 20), date(2026, 5, 26))))

    assert both.after(date(2026, 5, 10), 1) == date(2026, 5, 27)
    assert both.passed(date(2026, 5, 10), date(2026, 5, 27)) == 1


@pytest.mark.parametrize(("before", "days", "expected"), [(1, 3.5, 4.5), (1, 7.5, 22.5), (8, 2.0, 23.0)])
def test_days_from_now_are_counted_around_a_closure(before, days, expected):
    """Today is a Monday; the supplier closes on the Monday after, for two weeks."""
    assert MAY.lengthened(date(2026, 5, 4), before, days) == expected


def test_a_closure_that_is_entered_and_a_night_that_finds_one_give_the_same_dates():
    found = []
    for name in ("One", "Two"):
        who = make.supplier(name)
        order = make.sent((make.offer(make.product(), who), 3))
        if name == "One":
            make.closed(who, day(2), day(8))
            performance.redate([make.line(order).product_id], at=make.MONDAY)
        else:
            close(2, 8, who=who)
        found.append(dates(make.expected(order)))
    assert found[0] == found[1]
    assert Offer.objects.count() == 2

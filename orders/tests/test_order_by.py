"""The order-by day: what a buyer orders today, or promises break."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.formulas.calendars.working_days import PLAIN
from inventory.models import LeadTime
from orders.promising import order_by

from . import make

MONDAY = make.TODAY


@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.floats(0, 90), st.integers(0, 5))
def test_an_order_on_its_order_by_day_keeps_the_promise_and_one_on_the_next_working_day_does_not(
    promise, safe_days, handling
):
    day = order_by.last_day(promise, safe_days, handling, PLAIN)
    after = day + timedelta(days=1 if day.weekday() < 4 else 7 - day.weekday())

    assert day.weekday() < 5
    assert PLAIN.shift(day + timedelta(days=round(safe_days)), handling) <= promise
    assert PLAIN.shift(after + timedelta(days=round(safe_days)), handling) > promise


@pytest.mark.django_db
def test_from_its_order_by_day_on_a_product_stands_in_the_list_with_what_breaks():
    """Here on the 20th at the latest if ordered on Monday: two working days to order are promised as well."""
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, 10, 18)
    make.lead_time(mug, 40, 60)
    make.on_hand(lamp, 1)
    first, second = make.line(lamp, 4), make.line(lamp, 9, at=make.MONDAY + timedelta(days=7))
    make.line(mug, 1, at=make.MONDAY + timedelta(days=20))
    assert (first.promised_date, second.promised_date) == (date(2026, 3, 25), date(2026, 4, 1))

    assert order_by.due(date(2026, 3, 5)) == []
    (friday,) = order_by.due(date(2026, 3, 6))
    (week_after,) = order_by.due(date(2026, 3, 13))

    assert friday == order_by.DueOrder(lamp, date(2026, 3, 6), "Nordlys", 3, 1, date(2026, 3, 25), 0, Decimal())
    assert order_by.due(date(2026, 3, 12)) == [friday]
    assert week_after == order_by.DueOrder(lamp, date(2026, 3, 6), "Nordlys", 12, 2, date(2026, 3, 25), 0, Decimal())


@pytest.mark.django_db
def test_what_nobody_supplies_any_more_is_no_order_for_today_but_its_promise_has_lost_its_ground():
    lamp = make.product()
    make.lead_time(lamp, 10, 18)
    make.line(lamp, 4)
    LeadTime.objects.all().delete()

    assert order_by.due(MONDAY + timedelta(days=60)) == []
    assert order_by.passed(MONDAY) == {lamp.pk}


@pytest.mark.django_db
def test_the_list_asks_as_many_questions_of_many_lines_as_of_one(django_assert_num_queries):
    for days in (18, 19, 20):
        lamp = make.product()
        make.lead_time(lamp, 10, days)
        make.line(lamp, 1)
        make.line(lamp, 1, at=make.MONDAY + timedelta(days=1))

    with django_assert_num_queries(3):
        assert len(order_by.due(MONDAY + timedelta(days=9))) == 3

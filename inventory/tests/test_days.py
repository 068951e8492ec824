"""A day is named at many doors and bounded by one rule: two years ahead, that day included."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.ground import days
from inventory.models import Inbound, Transfer
from inventory.supply import inbound, transfers
from inventory.supply.arriving import rescheduling

from . import make

TOO_FAR = "3 March 2028 is too far ahead. Enter a day up to 2 March 2028, two years from today."
LAST = date(2028, 3, 2)
IMPOSSIBLE = [date(1, 1, 1), make.TODAY - timedelta(days=1), LAST + timedelta(days=1), date(9999, 12, 31)]


@given(st.dates(max_value=date(2400, 12, 31)), st.dates(min_value=date(1972, 1, 1), max_value=date(2300, 12, 31)))
def test_a_day_is_refused_or_lies_within_two_years_ahead(day, today):
    refused = days.objection(day, today=today)

    assert bool(refused) != (days.FIRST <= day <= days.latest(today))
    assert days.latest(today).year == today.year + 2


@pytest.mark.django_db
@pytest.mark.parametrize("day", IMPOSSIBLE)
def test_no_transfer_arrives_on_a_day_that_cannot_be(day):
    lamp, hamburg = make.product(), make.warehouse("HAM")
    make.on_hand(lamp, 5)
    draft = transfers.TransferDraft(make.warehouse().pk, hamburg.pk, {lamp.pk: 1}, day)

    with pytest.raises(transfers.NotATransfer, match=r"has passed|too far ahead"):
        transfers.send(draft, by=None, at=make.MONDAY)

    assert not Transfer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("day", [make.TODAY, LAST])
def test_a_transfer_may_arrive_from_today_to_two_years_ahead(day):
    lamp, hamburg = make.product(), make.warehouse("HAM")
    make.on_hand(lamp, 5)

    transfers.send(transfers.TransferDraft(make.warehouse().pk, hamburg.pk, {lamp.pk: 1}, day), by=None, at=make.MONDAY)

    assert Inbound.objects.get().expected_date == day


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(1, 1, 1), LAST + timedelta(days=1), date(9999, 12, 31)])
def test_an_inbound_is_not_expected_on_a_day_that_cannot_be(day):
    with pytest.raises(inbound.NotAnInbound, match=r"too far ahead|too long ago"):
        make.coming(make.product(), 5, on=day)
    row = make.coming(make.product(), 5, on=LAST)
    with pytest.raises(inbound.NotAnInbound, match=r"too far ahead|too long ago"):
        make.moved(row, day)

    assert [each.expected_date for each in Inbound.objects.all()] == [LAST]


@pytest.mark.django_db
def test_what_time_makes_of_an_old_impossible_day_is_no_word_of_the_sender():
    """A shop that let such a day in once must still get through its nights."""
    row = make.coming(make.product(), 5, on=LAST)
    Inbound.objects.update(expected_date=date(9999, 12, 31))

    change = rescheduling.DateChange(row.pk, date(9999, 12, 31), LAST, LAST)
    assert rescheduling.reschedule([change], by=None, at=make.MONDAY + timedelta(days=1)) == 0
    change = rescheduling.DateChange(row.pk, date(9999, 12, 31), make.TODAY, LAST)
    assert rescheduling.reschedule([change], by=None, at=make.MONDAY + timedelta(days=1)) == 1

"""Days of a warehouse in what customers are promised: holidays, closures, hours, and what changing them moves."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.formulas.calendars.working_days import PLAIN, Closed
from inventory.models import Warehouse
from inventory.supply import calendars
from inventory.supply.calendars import NotACalendar, WorkingDays
from orders.fulfillment import availability
from orders.mail import notices
from orders.models import Basis, OrderLine, Promise
from orders.queue import rehearsal

from . import books, make

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": make.MONDAY}
CHRISTMAS_EVE = datetime(2026, 12, 24, 9, tzinfo=UTC)
AS_EVER = WorkingDays("1111100", "", "", None, 0, 1)
GERMAN = WorkingDays("1111100", "DE", "", None, 0, 1)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def place(code="BER", said=GERMAN, **fields):
    made = make.warehouse(code, **fields)
    calendars.change(made.pk, said, **BY)
    return made


def closed(first, last, where=None, **told):
    where = where or make.warehouse()
    return calendars.close(where.pk, Closed(in_days(first), in_days(last), "Stocktaking"), **(BY | told))


@pytest.mark.parametrize(("country", "expected"), [("", date(2026, 12, 25)), ("DE", date(2026, 12, 28))])
def test_an_order_of_24_december_ships_on_the_next_day_on_which_the_warehouse_works(country, expected):
    make.warehouse()
    if country:
        place()
    lamp = make.product()
    make.on_hand(lamp, 5, at=CHRISTMAS_EVE)

    line = make.line(lamp, 2, at=CHRISTMAS_EVE)

    assert (line.allocated, line.basis) == (2, Basis.ON_HAND)
    assert (line.promised_date, line.safe_date, line.likely_date) == (expected,) * 3


@pytest.mark.parametrize(("hour", "expected"), [(13, date(2026, 12, 28)), (14, date(2026, 12, 29))])
def test_from_the_cut_off_hour_on_the_day_does_not_count(hour, expected, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    place(said=WorkingDays("1111100", "DE", "", time(14), 0, 1))
    lamp = make.product()
    at = datetime(2026, 12, 24, hour - 1, tzinfo=UTC)
    make.on_hand(lamp, 5, at=at)

    assert make.line(lamp, 2, at=at).promised_date == expected


def test_what_arrives_is_received_and_handled_and_what_is_here_is_handled_alone():
    """Monday: a shelf ships on Tuesday; what arrives on Friday the 6th, on Tuesday the 10th."""
    place(said=WorkingDays("1111100", "", "", None, 1, 1))
    lamp = make.product()
    make.on_hand(lamp, 1)
    make.coming(lamp, 9, on=in_days(4))

    here, waits = make.line(lamp, 1), make.line(lamp, 3)

    assert (here.promised_date, waits.promised_date) == (in_days(1), in_days(8))


def test_what_nobody_has_ordered_counts_receiving_handling_and_the_days_to_order_in_its_working_days():
    """Here on Wednesday the 4th: 1 + 1 + 2 working days are Tuesday the 10th, and a closed Monday makes it the 11th."""
    place(said=WorkingDays("1111100", "", "", None, 1, 1))
    lamp = make.product()
    make.lead_time(lamp, 2, 2)
    assert make.line(lamp, 1).promised_date == in_days(8)

    closed(7, 7)

    assert make.line(lamp, 1).promised_date == in_days(9)


def test_the_same_order_of_two_warehouses_ships_by_the_days_of_each():
    near, far = place("BER"), place("PWM", WorkingDays("1111100", "US", "", None, 0, 1), rank=2)
    lamp = make.product()
    thanksgiving = datetime(2026, 11, 25, 9, tzinfo=UTC)
    make.on_hand(lamp, 5, place=near, at=thanksgiving)
    make.on_hand(lamp, 5, place=far, at=thanksgiving)

    german, american = (make.line(lamp, 1, place=each, at=thanksgiving) for each in (near, far))

    assert (german.promised_date, american.promised_date) == (date(2026, 11, 26), date(2026, 11, 27))


def test_a_closure_moves_what_would_ship_in_it_tells_it_once_and_leaves_the_others_alone():
    """Closed from Monday the 9th to Friday the 13th."""
    lamp, mug, cup = make.product("LAMP"), make.product("MUG"), make.product("CUP")
    for thing, day in ((lamp, 3), (mug, 8), (cup, 20)):
        make.coming(thing, 5, on=in_days(day))
    make.on_hand(lamp, 1)
    here, before, inside, after = (make.line(thing, 1) for thing in (lamp, lamp, mug, cup))
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()

    closed(7, 11)

    for line in (here, before, inside, after):
        line.refresh_from_db()
    assert [each.promised_date for each in (here, before, inside, after)] == [*map(in_days, (1, 4, 15, 22))]
    assert Promise.objects.filter(line=inside).count() == 2
    assert Promise.objects.exclude(line=inside).count() == 3
    notices.send_due(at=make.MONDAY)
    assert [each.to for each in mail.outbox] == [[inside.order.customer.email]]
    assert books.balance(at=make.MONDAY)


def test_what_is_set_aside_keeps_its_day_unless_the_warehouse_does_not_work_on_it():
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 2)
    assert line.promised_date == in_days(1)

    calendars.change(make.warehouse().pk, WorkingDays("1111100", "", "", None, 0, 3), **BY)
    line.refresh_from_db()
    assert line.promised_date == in_days(1)

    closed(1, 4)
    line.refresh_from_db()
    assert (line.safe_date, line.promised_date) == (in_days(7), in_days(7))


def test_a_date_told_on_a_lead_time_moves_to_a_day_on_which_the_warehouse_works():
    lamp = make.product()
    make.lead_time(lamp, 2, 2)
    line = make.line(lamp, 1)
    assert line.promised_date == in_days(7)

    closed(7, 11)

    line.refresh_from_db()
    assert (line.basis, line.safe_date) == (Basis.LEAD_TIME, in_days(14))
    assert (line.promised_date, line.chance_to_break) == (in_days(7), 0.01)  # ordered today, it ships before


def test_a_closure_that_is_taken_back_brings_the_days_back_and_says_so_where_they_moved():
    lamp = make.product()
    make.coming(lamp, 5, on=in_days(8))
    line = make.line(lamp, 1)
    shut = closed(7, 11)

    assert calendars.reopen(make.warehouse().pk, [shut.pk], **(BY | {"at": make.MONDAY + timedelta(hours=1)})) == 1

    line.refresh_from_db()
    assert (line.safe_date, make.warehouse().calendar_revision) == (in_days(9), 0)
    assert calendars.of(make.warehouse().pk, 0) is PLAIN


def test_it_is_told_in_blocks_and_a_customer_of_two_blocks_gets_one_mail(monkeypatch):
    monkeypatch.setattr(calendars, "MOST_PRODUCTS", 2)
    things = [make.product() for _ in range(3)]
    for thing in things:
        make.coming(thing, 5, on=in_days(8))
    make.order(*((thing, 1) for thing in things))
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()

    closed(7, 11)

    notices.send_due(at=make.MONDAY)
    assert len(mail.outbox) == 1
    assert set(OrderLine.objects.values_list("promised_date", flat=True)) == {in_days(15)}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (WorkingDays("1111100", "ZZ", "", None, 0, 1), "no calendar of public holidays for “ZZ”"),
        (WorkingDays("1111100", "DE", "XX", None, 0, 1), "not known for a region “XX”"),
        (WorkingDays("0000000", "DE", "", None, 0, 1), "at least one day of the week"),
        (AS_EVER, "it is so already"),
    ],
)
def test_a_calendar_that_cannot_be_is_named_and_nothing_is_saved(said, words):
    make.warehouse()
    stood = Warehouse.objects.values().get()

    with pytest.raises(NotACalendar, match=words):
        calendars.change(stood["id"], said, **BY)

    assert Warehouse.objects.values().get() == stood


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (5, 4, "ends before it starts"),
        (-9, -1, "1 March 2026 has passed"),
        (0, 732, "too far ahead"),
        (0, 365, "on no day of the coming year"),
    ],
)
def test_a_closure_that_cannot_be_is_named_and_nothing_is_saved(first, last, words):
    make.warehouse()

    with pytest.raises(NotACalendar, match=words):
        closed(first, last)

    assert make.warehouse().closures.count() == make.warehouse().calendar_revision == 0


@pytest.mark.parametrize(("first", "last"), [(3, 5), (4, 4)])
def test_days_on_which_it_is_closed_already_are_not_closed_again(first, last):
    """Two people enter one closure: taken back, it is a working day again."""
    lamp, where = make.product(), make.warehouse()
    make.coming(lamp, 5, on=in_days(2))
    line = make.line(lamp, 1)
    made = closed(3, 5)

    with pytest.raises(NotACalendar) as refused:
        closed(first, last)
    assert str(refused.value) == "BER is closed on all these days already."

    calendars.reopen(where.pk, [made.pk], **BY)
    line.refresh_from_db()
    assert line.promised_date == in_days(3)
    assert closed(4, 6).ends_on == in_days(6)


def test_what_was_looked_at_and_taken_back_leaves_no_calendar_behind():
    """Two changes that were looked at from the same row: the second is what it says, not what the first one said."""
    where, lamp = make.warehouse(), make.product()
    make.coming(lamp, 5, on=in_days(8))
    line = make.line(lamp, 1)

    rehearsal.rehearse(lambda: closed(9, 11), at=make.MONDAY, product_ids=[lamp.pk])
    line.refresh_from_db()
    assert (line.promised_date, make.warehouse().calendar_revision) == (in_days(9), 0)
    closed(9, 9)

    line.refresh_from_db()
    assert (line.safe_date, where.closures.count()) == (in_days(10), 1)


def test_placing_costs_no_statement_for_a_calendar_that_is_known():
    lamp = make.product()
    make.on_hand(lamp, 50)
    who = make.customer()
    make.line(lamp, 1, who=who)
    with CaptureQueriesContext(connection) as plain:
        make.line(lamp, 1, who=who)
    place()
    make.line(lamp, 1, who=who)

    with CaptureQueriesContext(connection) as kept:
        make.line(lamp, 1, who=who)

    assert len(kept) == len(plain)


def test_the_shop_says_the_same_day_as_placing_does():
    place()
    lamp = make.product()
    make.on_hand(lamp, 5, at=CHRISTMAS_EVE)

    said = availability.of([lamp.pk], at=CHRISTMAS_EVE)[lamp.pk]

    assert said.ships_on == date(2026, 12, 28) == make.line(lamp, 1, at=CHRISTMAS_EVE).promised_date


@pytest.mark.parametrize("comes", [False, True])
def test_what_could_be_sent_from_another_warehouse_is_ready_by_the_days_of_that_one(comes):
    lamp, mug, elsewhere = make.product("LAMP"), make.product("MUG"), make.warehouse("HAM")
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    assert calendars.waiting_on(elsewhere.pk) == set()
    if comes:
        make.coming(lamp, 1, on=make.TODAY, place=elsewhere, is_confirmed=True)
    else:
        make.on_hand(lamp, 1, place=elsewhere)
    assert calendars.waiting_on(elsewhere.pk) == {lamp.pk}

    calendars.change(elsewhere.pk, WorkingDays("0000011", "", "", None, 0, 0), **BY)

    assert order.lines.get(product=lamp).ready_date == date(2026, 3, 7)  # a Saturday
    books.assert_balanced(at=make.MONDAY)

"""A part that does not ship on the day that was told, while the day of all of it stands: told before it breaks."""

from datetime import date, timedelta

import pytest
from django.core import mail

from inventory.models import Inbound
from inventory.supply import calendars
from inventory.supply.arriving import rescheduling
from inventory.supply.calendars import WorkingDays
from orders.mail import notices
from orders.models import Customer, Notice, NoticeLine, OrderLine
from orders.promising import parted, sweep
from orders.tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST, LAST = make.TODAY + 2 * DAY, make.TODAY + 14 * DAY
"""A Wednesday, which ships on Thursday, and a Monday."""
WAS = "Until now, we said 3 by March 5, then 2 by March 17."


@pytest.fixture
def first():
    """Three of five come with this delivery, two with another; their customer has read it."""
    lamp = make.product(name="Oslo lamp")
    early = make.coming(lamp, 3, on=FIRST)
    make.coming(lamp, 40, on=LAST)
    Inbound.objects.update(is_confirmed=True)
    make.line(lamp, 5)
    notices.send_due(at=make.MONDAY)
    assert "We expect to ship 3 by March 5, then 2 by March 17." in mail.outbox.pop().body
    return early


def move(row: Inbound, day: date, *, on: date) -> None:
    rescheduling.reschedule([rescheduling.DateChange(row.pk, day, day, day, True)], by=None, at=_at(on))


def _at(day: date):
    return make.MONDAY + (day - make.TODAY)


def night(day: date) -> int:
    moved = sweep.sweep(at=_at(day))
    notices.send_due(at=_at(day) + timedelta(hours=4))
    return moved


def said() -> list[str]:
    return [next(line.strip() for line in sent.body.splitlines() if "Until now" in line) for sent in mail.outbox]


def test_it_is_told_on_the_last_working_day_before_and_once(first):
    move(first, FIRST + 6 * DAY, on=make.TODAY)
    promised = OrderLine.objects.get().promised_date

    assert (night(make.TODAY + DAY), said()) == (0, [])
    assert (night(FIRST), night(FIRST)) == (1, 0)
    assert [night(FIRST + days * DAY) for days in range(1, 7)] == [0] * 6

    assert said() == [f"We now expect to ship 3 by March 11, then 2 by March 17. {WAS}"]
    assert OrderLine.objects.get().promised_date == promised


def test_a_warehouse_that_does_not_work_on_the_eve_tells_it_the_working_day_before(first):
    """Told for Thursday, and the warehouse does not work on Wednesdays any more: Tuesday's mail is the last in time."""
    move(first, FIRST + 6 * DAY, on=make.TODAY)
    calendars.change(make.warehouse().pk, WorkingDays("1101100", "", "", None, 0, 1), by=None, at=make.MONDAY)
    assert not [fact for fact in NoticeLine.objects.all() if fact.event.endswith(parted.CAUSE)]

    assert (parted.tell(at=make.MONDAY), parted.tell(at=make.MONDAY + DAY)) == (0, 1)


def test_what_comes_back_to_its_day_or_slips_by_two_working_days_is_no_news(first):
    move(first, FIRST + 6 * DAY, on=make.TODAY)
    move(first, FIRST + 2 * DAY, on=make.TODAY + DAY)

    assert [night(make.TODAY + days * DAY) for days in (1, 2, 3)] == [0, 0, 0]
    assert mail.outbox == []


def test_a_part_that_is_late_without_a_word_is_told_with_the_last_one(first):
    assert [night(FIRST + days * DAY) for days in (0, 1, 2)] == [0, 1, 0]

    assert said() == [f"We now expect to ship them by March 17. {WAS}"]


def test_a_night_that_was_missed_tells_it_when_it_runs(first):
    move(first, FIRST + 9 * DAY, on=make.TODAY)

    assert night(FIRST + 5 * DAY) == 1
    assert said() == [f"We now expect to ship them by March 17. {WAS}"]


def test_what_goes_anyway_says_it_and_nothing_is_written_twice(first):
    move(first, FIRST + 6 * DAY, on=make.TODAY)
    parted.tell(at=_at(FIRST))

    assert parted.tell(at=_at(FIRST)) == 0
    assert NoticeLine.objects.filter(kind="new_date").count() == 1


@pytest.mark.parametrize("state", ["not_wanted", "bounced", "dead", "in_doubt"])
def test_what_could_not_be_told_or_is_not_wanted_is_not_written_each_night(first, state):
    move(first, FIRST + 6 * DAY, on=make.TODAY)
    parted.tell(at=_at(FIRST))
    Notice.objects.filter(kind="new_date").update(state=state, intent_at=_at(FIRST))

    assert [parted.tell(at=_at(FIRST + days * DAY)) for days in (1, 2)] == [0, 0]


def test_who_wants_to_hear_of_later_days_alone_hears_it(first):
    Customer.objects.update(hears="later")
    move(first, FIRST + 6 * DAY, on=make.TODAY)

    night(FIRST)

    assert len(said()) == 1


def test_who_did_not_want_to_hear_that_some_of_it_came_hears_that_the_rest_of_the_part_does_not(first):
    Customer.objects.update(hears="later")
    make.arrived(first, 1, at=make.MONDAY)
    move(first, FIRST + 6 * DAY, on=make.TODAY)

    assert [night(make.TODAY + days * DAY) for days in (1, 2, 3)] == [0, 1, 0]

    assert Notice.objects.get(kind="restocked").state == "not_wanted"
    assert said() == [
        "1 of your 5 is here, 4 will follow. We now expect to ship 2 by March 11, then 2 by March 17. " + WAS
    ]


def test_a_part_of_which_all_came_that_nobody_wanted_to_hear_of_is_no_news(first):
    Customer.objects.update(hears="later")
    make.arrived(first, 3, at=make.MONDAY)

    assert [night(make.TODAY + days * DAY) for days in range(1, 6)] == [0] * 5
    assert mail.outbox == []

"""What a change of date or cover is to a promise: nothing, another day, none; and when its customer hears of it."""

from datetime import date, timedelta

import pytest

from inventory.supply import inbound
from orders import allocation
from orders.mail import notices
from orders.models import NoticeKind, NoticeLine, Promise
from orders.promising import by_hand

from . import make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)


def test_a_slip_within_the_threshold_is_no_news():
    lamp = make.product()
    friday = make.TODAY + timedelta(days=4)
    lorry = make.coming(lamp, 2, on=friday)
    line = make.line(lamp, 2)

    make.moved(lorry, friday + timedelta(days=2), at=TUESDAY)

    line.refresh_from_db()
    assert (line.safe_date - line.promised_date).days == 1
    assert NoticeLine.objects.filter(kind=NoticeKind.NEW_DATE).count() == 0
    assert Promise.objects.count() == 1


def test_a_slip_beyond_the_threshold_is_a_new_promise_and_one_mail():
    lamp = make.product()
    friday = make.TODAY + timedelta(days=4)
    lorry = make.coming(lamp, 2, on=friday)
    line = make.line(lamp, 2)
    first = line.promised_date
    notices.send_due(at=make.MONDAY)

    make.moved(lorry, friday + timedelta(days=10), at=TUESDAY)

    line.refresh_from_db()
    assert line.first_promised_date == first
    assert line.promised_date == line.safe_date == friday + timedelta(days=11)
    assert [str(fact.kind) for fact in NoticeLine.objects.order_by("pk")] == ["backordered", "new_date"]
    assert NoticeLine.objects.last().was_date == first


def test_what_is_here_keeps_its_day_until_that_day_has_passed():
    lamp = make.product()
    make.on_hand(lamp, 1)
    line = make.line(lamp, 1)

    for days, day in ((1, 3), (2, 5)):
        allocation.settle({lamp.pk}, cause="t", dates_all=True, by=None, at=make.MONDAY + timedelta(days=days))
        line.refresh_from_db()
        assert line.promised_date == line.safe_date == date(2026, 3, day)


def test_a_line_whose_typed_date_has_passed_is_dated_anew_though_its_cover_stands():
    lamp = make.product()
    make.coming(lamp, 5, on=make.TODAY + timedelta(days=9))
    line, alike = make.line(lamp, 2), make.line(lamp, 2)
    by_hand.set_date([line.pk], make.TODAY + timedelta(days=1), reason="the customer asked", by=None, at=make.MONDAY)

    changed = allocation.settle([lamp.pk], cause="test", by=None, at=make.MONDAY + timedelta(days=2))

    line.refresh_from_db()
    assert (changed, line.promised_date, line.is_promise_pinned) == (1, alike.promised_date, False)
    assert Promise.objects.filter(line=line).latest("pk").inbound_id is not None


def kinds_of(line):
    """What its customer is owed to hear, in its order; that it was placed aside."""
    found = NoticeLine.objects.filter(line=line).order_by("pk").values_list("kind", flat=True)
    return [kind for kind in found if kind != NoticeKind.BACKORDERED]


def waiting_for(lamp, *, days, likely=None):
    """A line of all that one confirmed delivery brings, whose customer was told its day."""
    lorry = make.coming(lamp, 2, on=make.TODAY + timedelta(days=days), is_confirmed=True)
    line = make.line(lamp, 2)
    notices.send_due(at=make.MONDAY)
    return lorry, line


@pytest.mark.parametrize(("later", "kinds"), [(0, []), (1, []), (2, []), (3, ["new_date"])])
def test_later_by_the_threshold_is_no_news_and_by_a_day_more_it_is(later, kinds, settings):
    settings.MATERIAL_DELAY_DAYS = 2
    lamp = make.product()
    lorry, line = waiting_for(lamp, days=7)
    promised = line.promised_date

    make.moved(lorry, make.TODAY + timedelta(days=7 + later), at=TUESDAY)

    line.refresh_from_db()
    assert (line.safe_date - promised).days == later
    assert line.promised_date == (promised + timedelta(days=later) if kinds else promised)
    assert kinds_of(line) == kinds


@pytest.mark.parametrize(("earlier", "kinds"), [(2, []), (3, ["new_date"])])
def test_earlier_by_the_word_of_its_sender_is_news_beyond_the_threshold(earlier, kinds, settings):
    settings.MATERIAL_DELAY_DAYS = 2
    lamp = make.product()
    lorry, line = waiting_for(lamp, days=17)

    make.moved(lorry, make.TODAY + timedelta(days=17 - earlier), at=TUESDAY)

    assert kinds_of(line) == kinds


def test_earlier_with_a_delivery_of_which_nobody_said_a_day_is_no_news_until_somebody_does():
    """A buyer sent another order, and customers read of its day before its supplier had seen it."""
    lamp = make.product()
    _, line = waiting_for(lamp, days=30)
    promised, soon = line.promised_date, make.TODAY + timedelta(days=9)
    wanted = inbound.Expectation(
        lamp.pk, make.warehouse().pk, 2, "PO-9", "Birk", sent_at=TUESDAY, expected_date=None, likely_date=soon,
        safe_date=soon,
    )  # fmt: skip

    [other] = inbound.expect([wanted], by=None, at=TUESDAY)

    line.refresh_from_db()
    assert (line.promised_date, kinds_of(line)) == (promised, [])
    assert line.safe_date == date(2026, 3, 12)

    make.moved(other, soon - timedelta(days=1), at=TUESDAY)

    line.refresh_from_db()
    assert (line.promised_date, kinds_of(line)) == (date(2026, 3, 11), ["new_date"])


def test_a_typed_date_stands_whatever_its_delivery_does():
    lamp = make.product()
    lorry, line = waiting_for(lamp, days=7)
    day = make.TODAY + timedelta(days=9)
    by_hand.set_date([line.pk], day, reason="asked", by=None, at=make.MONDAY)
    told = kinds_of(line)

    make.moved(lorry, make.TODAY + timedelta(days=60), at=TUESDAY)

    line.refresh_from_db()
    assert (line.promised_date, line.is_promise_pinned, kinds_of(line)) == (day, True, told)


def test_time_alone_gives_two_more_days_and_then_none():
    lamp = make.product()
    make.on_hand(lamp, 1)
    line = make.line(lamp, 1)
    days = []

    for passed in range(1, 12):
        at = make.MONDAY + timedelta(days=passed)
        allocation.settle([lamp.pk], cause=f"time:{at.date()}", dates_all=True, by=None, at=at)
        line.refresh_from_db()
        days.append(line.promised_date)

    assert list(dict.fromkeys(days)) == [date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 9), None]
    assert line.redated == 3


def test_once_something_happens_to_a_line_time_may_give_it_days_again():
    lamp = make.product()
    make.on_hand(lamp, 1)
    line = make.line(lamp, 1)
    for passed in range(1, 12):
        at = make.MONDAY + timedelta(days=passed)
        allocation.settle([lamp.pk], cause=f"time:{at.date()}", dates_all=True, by=None, at=at)

    make.lost(lamp, 1, at=make.MONDAY + timedelta(days=12))

    line.refresh_from_db()
    assert line.redated == 0

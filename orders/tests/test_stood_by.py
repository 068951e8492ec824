"""Which promise a customer was told, and that news is held against it: not against one that never left the outbox."""

from datetime import timedelta

import pytest

from orders import books
from orders.mail import calls, notices
from orders.mail.outbox import notice_outbox
from orders.models import Customer, Notice, NoticeState, Promise
from orders.promising import by_hand, sweep

from . import make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FRIDAY = make.TODAY + timedelta(days=4)


def after(days):
    return make.MONDAY + timedelta(days=days)


@pytest.fixture
def lorry():
    return make.coming(make.product(), 2, on=FRIDAY)


@pytest.fixture
def line(lorry):
    """It waits for the lorry of Friday: promised for Monday, in seven days, of which its customer has read."""
    line = make.line(lorry.product, 2)
    notices.send_due(at=make.MONDAY)
    return line


def told():
    """Of each promise, its day in days from today, and whether it was told."""
    rows = Promise.objects.order_by("pk").values_list("promised_date", "told_at")
    return [((day - make.TODAY).days if day else None, at is not None) for day, at in rows]


def believed(line):
    line.refresh_from_db()
    return (line.told_date - make.TODAY).days if line.told_date else None, line.has_told_date


def mails():
    return sorted(str(kind) for kind in Notice.objects.filter(state="sent").values_list("kind", flat=True))


def broken():
    return [check().rule for check in books.CHECKS if check().broken]


def test_a_promise_is_told_when_its_mail_was_sent(lorry):
    line = make.line(lorry.product, 2)
    before = told(), believed(line)

    notices.send_due(at=make.MONDAY)

    assert before == ([(7, False)], (None, False))
    assert (told(), believed(line)) == ([(7, True)], (7, True))
    assert Promise.objects.get().told_at == Notice.objects.get().sent_at
    assert broken() == []


def test_what_was_overtaken_in_the_outbox_was_not_told(line, lorry):
    make.moved(lorry, FRIDAY + timedelta(days=10), at=after(1))
    make.moved(lorry, FRIDAY + timedelta(days=20), at=after(1) + HOUR)

    notices.send_due(at=after(3))

    assert told() == [(7, True), (15, False), (25, True)]
    assert believed(line) == (25, True)
    assert mails() == ["backordered", "new_date"]
    assert broken() == []


@pytest.mark.parametrize(("slips", "stands", "read"), [(4, 7, 1), (5, 10, 2)])
def test_a_date_that_flaps_back_before_its_mail_has_gone_is_held_against_what_was_told(
    line, lorry, slips, stands, read
):
    """Within the threshold of what was told, two working days, it is no news, though far from what nobody has read."""
    make.moved(lorry, FRIDAY + timedelta(days=10), at=after(1))

    make.moved(lorry, FRIDAY + timedelta(days=slips), at=after(1) + HOUR)
    notices.send_due(at=after(3))

    line.refresh_from_db()
    assert (line.promised_date - make.TODAY).days == stands
    assert len(mails()) == read
    assert broken() == []


def test_a_promise_that_came_back_was_not_told_and_its_customer_believes_the_one_before(line, lorry):
    make.moved(lorry, FRIDAY + timedelta(days=10), at=after(1))
    notices.send_due(at=after(3))
    notice = Notice.objects.order_by("pk").last()
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.BOUNCED)
    notice.refresh_from_db()

    notice_outbox.came_back(notice)

    assert told() == [(7, True), (15, False)]
    assert believed(line) == (7, True)
    assert broken() == []


def test_good_news_that_has_not_gone_is_not_taken_back_by_what_has_nothing_to_do_with_it(line, lorry):
    make.moved(lorry, FRIDAY + timedelta(days=20), at=after(1))
    notices.send_due(at=after(3))
    make.moved(lorry, FRIDAY + timedelta(days=10), at=after(4))

    sweep.sweep(at=after(5))
    notices.send_due(at=after(6))

    assert told() == [(7, True), (25, True), (15, True)]
    assert believed(line) == (15, True)


def test_a_call_tells_and_a_shadow_does_not(lorry, settings):
    line = make.line(lorry.product, 2)
    Customer.objects.update(email="")
    notices.send_due(at=make.MONDAY)
    assert told() == [(7, False)]
    calls.made([Notice.objects.get().pk], by=None, at=after(0) + HOUR)
    assert (told(), believed(line)) == ([(7, True)], (7, True))

    settings.MAIL = "shadow"
    Customer.objects.update(email="ada@shop.example")
    make.moved(lorry, FRIDAY + timedelta(days=10), at=after(1))
    notices.send_due(at=after(3))

    assert (told(), believed(line)) == ([(7, True), (15, False)], (7, True))


def test_a_day_told_elsewhere_was_told_when_the_order_came(lorry):
    line = make.line(lorry.product, 2)

    by_hand.carry({line.pk: FRIDAY}, by=None, at=make.MONDAY)

    assert (told(), believed(line)) == ([(4, True)], (4, True))
    assert Promise.objects.get().told_at == make.MONDAY
    assert broken() == []

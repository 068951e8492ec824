"""A better way to reckon dates moves what is computed. What customers were told stands, and nobody is written to."""

from datetime import timedelta

import pytest

from inventory.models import Inbound
from orders.models import NoticeLine, OrderLine, Promise
from orders.tests import make
from suppliers import performance, purchasing
from suppliers.tests import make as buying

pytestmark = pytest.mark.django_db

CONFIRMED = make.TODAY + timedelta(40)
ONCE_SAFE = CONFIRMED + timedelta(44)
"""What the dates of before made of such a day."""


@pytest.fixture
def lamp():
    return make.product()


@pytest.fixture
def row(lamp):
    """A confirmed order as it was dated before the days were stored, with a queue that was promised on it."""
    order = buying.sent((buying.offer(lamp), 50))
    purchasing.confirm(order.pk, {buying.line(order).pk: CONFIRMED}, by=None, at=make.MONDAY)
    row = buying.expected(order)
    days = dict.fromkeys(("by_50", "by_80", "by_90", "by_95", "by_99"))
    Inbound.objects.filter(pk=row.pk).update(safe_date=ONCE_SAFE, **days)
    for _ in range(5):
        make.line(lamp, 4)
    return row


def told():
    return Promise.objects.count(), NoticeLine.objects.count()


def dates(name):
    return set(OrderLine.objects.values_list(name, flat=True))


def test_the_night_after_an_upgrade_tells_nobody_anything(lamp, row):
    before, promised = told(), dates("promised_date")

    assert performance.learn(at=buying.after(1))["dates"] == 1

    row.refresh_from_db()
    assert (row.safe_date, row.by_95) == (CONFIRMED, CONFIRMED + timedelta(7))
    assert (told(), dates("promised_date")) == (before, promised)
    assert max(dates("safe_date")) < min(promised)


def test_nor_does_the_next_event_of_the_product(lamp, row):
    performance.learn(at=buying.after(1))
    before = told()

    make.on_hand(make.product(), 3)
    make.coming(lamp, 5, on=CONFIRMED + timedelta(90))

    assert told() == before


def test_a_customer_who_orders_after_it_is_told_the_better_day(lamp, row):
    performance.learn(at=buying.after(1))

    line = make.line(lamp, 4, at=buying.after(1))

    assert line.promised_date
    assert line.promised_date < ONCE_SAFE - timedelta(30)


def test_the_senders_word_for_an_earlier_day_is_news(lamp, row):
    performance.learn(at=buying.after(1))
    promises, facts = told()

    line = row.purchase_line
    earlier = CONFIRMED - timedelta(20)
    purchasing.confirm(line.purchase_order_id, {line.pk: earlier}, by=None, at=buying.after(2))

    assert told() == (promises + 5, facts + 5)
    assert max(dates("promised_date")) < CONFIRMED

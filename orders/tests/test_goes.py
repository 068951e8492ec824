"""When a mail goes that is only looked at: with what its customer is owed already, as it will be."""

from datetime import timedelta

import pytest
from django.core import mail

from orders.mail import notices
from orders.models import Customer, NoticeKind, OrderLine
from orders.queue import rehearsal
from orders.tests.mailbox import NOW, fact, tell
from orders.tests.test_digest import HOUR, LATER, MINUTE, arrived, hour_of_quiet, moved, waits

pytestmark = pytest.mark.django_db
__all__ = ["hour_of_quiet"]


@pytest.fixture
def lines() -> tuple[OrderLine, OrderLine]:
    lamp = waits("Oslo lamp")
    return lamp, waits("Bergen chair", of=lamp.order.customer)


def goes(line: OrderLine, at) -> list:
    """When the mail of a receipt goes that is only looked at."""
    effects = rehearsal.rehearse(lambda: tell(arrived(line), cause="movement:9", at=at), at=at)
    return list(effects.goes_at.values())


def test_a_fact_that_another_has_overtaken_moves_nothing(lines):
    lamp, chair = lines
    tell(moved(lamp, LATER), cause="inbound:1:1", at=NOW)
    tell(moved(lamp, LATER + timedelta(days=1)), cause="inbound:1:2", at=NOW + 3 * HOUR)
    at = NOW + 3 * HOUR + 30 * MINUTE

    assert goes(chair, at) == [at + HOUR]


def test_it_goes_with_what_is_owed_already_and_not_after_it(lines):
    lamp, chair = lines
    tell(arrived(lamp), cause="movement:1", at=NOW)
    at = NOW + 3 * HOUR + 30 * MINUTE

    assert goes(chair, at) == [NOW + 4 * HOUR]

    tell(arrived(chair), cause="movement:9", at=at)
    notices.send_due(at=NOW + 4 * HOUR - MINUTE)
    assert mail.outbox == []
    notices.send_due(at=NOW + 4 * HOUR)
    assert len(mail.outbox) == 1


def test_what_its_customer_chose_not_to_hear_moves_nothing(lines):
    lamp, chair = lines
    Customer.objects.update(hears="later")
    tell(arrived(lamp), cause="movement:1", at=NOW)
    at = NOW + 3 * HOUR + 30 * MINUTE

    effects = rehearsal.rehearse(lambda: tell(moved(chair, LATER), cause="inbound:9:1", at=at), at=at)

    assert list(effects.goes_at.values()) == [at + HOUR]


def test_what_waits_and_presses_takes_it_along(lines):
    lamp, chair = lines
    tell(arrived(lamp), cause="movement:1", at=NOW)
    notices.send_due(at=NOW + HOUR)
    at = NOW + 2 * HOUR
    assert goes(chair, at) == [NOW + 22 * HOUR]  # the mail hour of tomorrow
    was = at.date() + timedelta(days=1)

    tell(fact(lamp, NoticeKind.NEW_DATE, was_date=was, promised_date=LATER), cause="inbound:2:1", at=at)

    assert goes(chair, at) == [at + HOUR]

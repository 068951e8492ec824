"""Where an address is in doubt its customer is asked for it, once, and only while the order is stopped."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail

from orders import fulfillment
from orders.fulfillment import Address
from orders.mail import notices
from orders.models import Customer, Notice, NoticeLine

from . import books, make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)
SOON = LATER + timedelta(minutes=30)
BERLIN = Address("Lena Ortiz", "Hauptstr. 5", "Berlin", postal_code="10115", country="DE")


@pytest.fixture
def boss():
    return User.objects.create(username="boss", is_staff=True)


def lamps():
    """An order of seven, two of them here; its customer has read that the others will follow."""
    lamp = make.product("LAMP", name="Oslo lamp")
    make.on_hand(lamp, 2)
    make.coming(lamp, 5, on=make.TODAY + timedelta(days=9))
    order = make.order((lamp, 7), reference="R-1", at=make.MONDAY)
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()
    return order


def stopped(order, boss, reason="address", at=LATER):
    fulfillment.stop(order.pk, fulfillment.Stop(reason, boss.pk, note="no such street"), by=boss, at=at)


def test_its_customer_reads_which_address_we_have_and_what_to_do(boss):
    order = lamps()
    fulfillment.ship_to(order.pk, BERLIN, reason="", keeps=False, by=boss, at=LATER)

    stopped(order, boss)

    assert notices.send_due(at=SOON) == {"sent": 1}
    [letter] = mail.outbox
    assert letter.subject == "Where may we ship to? (order R-1)"
    assert (
        "Before we ship your order, please look at the address we have for it: Lena Ortiz, Hauptstr. 5, 10115 BERLIN,"
        " GERMANY. Reply to this mail with the one that is right, or tell us that it is." in letter.body
    )
    assert "- Oslo lamp (LAMP)\n  All 7 ship once we know where to.\n" in letter.body
    assert "Until we hear from you, nothing of it ships" in letter.body
    assert "no such street" not in letter.body
    books.assert_balanced(at=SOON)


def test_who_has_told_none_is_asked_for_it(boss):
    order = lamps()

    stopped(order, boss)
    notices.send_due(at=SOON)

    assert "We have no address to ship your order to. Please reply to this mail with it" in mail.outbox[0].body


@pytest.mark.parametrize("reason", ["fraud", "customer", "other"])
def test_nobody_is_asked_where_the_address_is_not_in_doubt(boss, reason):
    stopped(lamps(), boss, reason=reason)

    assert not NoticeLine.objects.filter(kind="address").exists()


def test_a_question_that_has_not_left_when_the_order_goes_on_never_does(boss):
    order = lamps()
    stopped(order, boss)

    fulfillment.go_on(order.pk, by=boss, at=SOON)

    assert notices.send_due(at=SOON) == {"superseded": 1}
    assert mail.outbox == []


def test_a_question_is_no_news_of_the_dates_that_were_told(boss):
    """Who was told a day and then asked for an address is told nothing when the order goes on as it was."""
    order = lamps()
    stopped(order, boss)
    notices.send_due(at=SOON)
    mail.outbox.clear()

    fulfillment.go_on(order.pk, by=boss, at=SOON + timedelta(minutes=1))

    notices.send_due(at=SOON + timedelta(minutes=2))
    assert mail.outbox == []


def test_what_waits_to_be_told_is_told_when_it_goes_on(boss):
    """The first mail had not left when the order stopped: the question does not overtake it."""
    lamp = make.product("LAMP", name="Oslo lamp")
    make.coming(lamp, 5, on=make.TODAY + timedelta(days=9))
    order = make.order((lamp, 2), at=make.MONDAY)
    stopped(order, boss)
    notices.send_due(at=LATER)
    assert [letter.subject[:5] for letter in mail.outbox] == ["Where"]

    fulfillment.go_on(order.pk, by=boss, at=SOON)
    notices.send_due(at=SOON)

    assert [letter.subject.partition(":")[0] for letter in mail.outbox[1:]] == ["Will follow"]


def test_a_customer_without_e_mail_is_to_be_called(boss):
    order = lamps()
    Customer.objects.update(email="")

    stopped(order, boss)
    notices.send_due(at=SOON)

    assert list(Notice.objects.filter(kind="address").values_list("state", flat=True)) == ["call"]


def test_a_second_stop_asks_again(boss):
    order = lamps()
    stopped(order, boss)
    notices.send_due(at=LATER)
    fulfillment.go_on(order.pk, by=boss, at=SOON)

    stopped(order, boss, at=SOON + timedelta(minutes=1))
    notices.send_due(at=SOON + timedelta(minutes=2))

    assert [letter.subject[:5] for letter in mail.outbox] == ["Where", "Where"]

"""Money and what comes back: the mail of a return for money, and units that come on after their money went out."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from orders import books as audited
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.fulfillment.afterwards import returns
from orders.fulfillment.afterwards.returns import Becomes, CameBack
from orders.mail import notices
from orders.models import Channel, Notice, NoticeKind, Refund, ReturnWish
from orders.models.payment import TO_COLLECT
from orders.refunds import recording

from . import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY


@pytest.fixture(autouse=True)
def euros(settings):
    settings.SHOP_CURRENCY = "EUR"
    settings.REFUND_WITHIN_DAYS = 13
    Channel.objects.create(name="shop")


def bought(units, price="12.00"):
    lamp = make.product("LAMP", name="Oslo lamp", price=Decimal(price))
    make.on_hand(lamp, 10)
    return make.line(lamp, units, price=lamp.price)


def send_back(line, units, wish):
    shipped = fulfillment.ship([LineUnits(line.pk)], at=NOW, by=None)
    shipment = shipped[0] if isinstance(shipped, list) else shipped
    back = CameBack(wish=wish, becomes=Becomes.DISCARD)
    returns.take_in(shipment.pk, {shipment.lines.get().pk: units}, back, by=None, at=NOW + timedelta(hours=1))


def told():
    return Notice.objects.filter(kind=NoticeKind.RETURNED)


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (1, "One has come back to us. We will refund 12.00 EUR by March 15."),
        (2, "2 have come back to us. We will refund 24.00 EUR by March 15."),
    ],
)
def test_a_return_for_money_is_told_with_what_goes_back_and_until_when(units, words):
    send_back(bought(3), units, ReturnWish.REFUND)

    mail = notices.preview(told().get(), at=NOW + timedelta(hours=2))

    first, second = words.split(" us. ")
    body = " ".join(mail.text.split())
    assert mail.subject.startswith(f"What you sent back is here: {units} × Oslo lamp")
    assert f"{first} us." in body
    assert second in body


def test_what_costs_nothing_says_nothing_of_money():
    send_back(bought(3, price="0"), 1, ReturnWish.REFUND)

    assert "refund" not in notices.preview(told().get(), at=NOW).text


@pytest.mark.parametrize("wish", [ReturnWish.NOTHING, ReturnWish.EXCHANGE])
def test_who_wants_no_money_gets_no_mail_of_it(wish):
    send_back(bought(3), 1, wish)

    assert not told().exists()


@pytest.mark.parametrize(
    ("repaid", "added", "outstanding", "collects"),
    [
        ("0", 2, "0.00", False),
        ("24.00", 1, "-12.00", True),
        ("24.00", 2, "-24.00", True),
        ("24.00", 9, "-24.00", True),
        ("12.00", 1, "0.00", False),
        ("12.00", 2, "-12.00", True),
    ],
)
def test_units_that_come_on_after_their_money_went_out_are_to_be_collected(repaid, added, outstanding, collects):
    boss = User.objects.create(username="boss")
    line = bought(5)
    fulfillment.cancel([LineUnits(line.pk, 2)], reason="x", by=None, at=NOW)
    found = Refund.objects.get()
    if Decimal(repaid):
        recording.record(found.pk, Decimal(repaid), reference="B1", by=boss, at=NOW)

    fulfillment.add_product(line.order_id, line.product_id, added, unit_price=Decimal(12), reason="x", by=None, at=NOW)

    found.refresh_from_db()
    assert (found.outstanding, found.repaid) == (Decimal(outstanding), Decimal(repaid))
    assert Refund.objects.filter(TO_COLLECT).exists() is collects
    assert [finding.rule for finding in audited.broken(at=NOW)] == []


def test_more_paid_back_for_a_reason_is_not_to_be_collected():
    boss = User.objects.create(username="boss")
    line = bought(5)
    fulfillment.cancel([LineUnits(line.pk, 2)], reason="x", by=None, at=NOW)
    recording.record(Refund.objects.get().pk, Decimal(30), reference="B1", reason="postage", by=boss, at=NOW)

    assert Refund.objects.get().outstanding == -6
    assert not Refund.objects.filter(TO_COLLECT).exists()

"""One refund, paid back by many people at one moment: never more than is owed, and never twice."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum

from backoffice.books import audit
from orders import fulfillment
from orders.models import Refund, Repayment
from orders.refunds import owing, recording
from orders.refunds.recording import NotToRefund
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE, PARTS = 4, 12


def one_refund():
    lamp = make.product("LAMP")
    make.on_hand(lamp, PARTS)
    line = make.line(lamp, PARTS, price=Decimal(10), at=NOW)
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="x", by=None, at=NOW)
    return Refund.objects.get()


def pay_back(refund_id, name):
    """Each records the refund in parts, as if nobody else did."""
    found = []
    for number in range(PARTS):
        try:
            recording.record(refund_id, Decimal(10), reference=f"{name}-{number}", by=None, at=NOW)
            found.append("paid")
        except NotToRefund:
            found.append("refused")
    return found


def pay_back_unlocked(refund_id, name):
    """In a process of its own: the control twin reads the refund without its lock."""
    recording._held = lambda pks: list(Refund.objects.filter(pk__in=pks).select_related("order"))
    return pay_back(refund_id, name)


def all_at_once(work, *, unguarded=False):
    refund = one_refund()
    return race.run(work, [(refund.pk, f"p{number}") for number in range(PEOPLE)], unguarded=unguarded)


def is_paid_back_once(found):
    refund = Refund.objects.get()
    said = Repayment.objects.aggregate(total=Sum("amount"))["total"]
    words = [word for some in found for word in some]
    return words.count("paid") == PARTS and said == refund.repaid == refund.amount == Decimal(10 * PARTS)


def test_many_people_at_once_never_pay_back_more_than_is_owed():
    found = all_at_once(pay_back)

    assert is_paid_back_once(found)
    assert audit.balances(audit.run(at=NOW))


def test_without_the_lock_the_same_race_is_lost():
    assert not is_paid_back_once(all_at_once(pay_back_unlocked, unguarded=True))


def owe(line_id, event):
    return owing.owe([owing.Unserved(line_id, 1)], event=event, reason="by_us", at=NOW)


def test_one_event_owes_once_however_many_say_so_at_once():
    refund = one_refund()
    line = refund.lines.get().line_id

    found = race.run(owe, [(line, "again")] * 6)

    assert sorted(found) == [0, 0, 0, 0, 0, 1]
    assert Refund.objects.filter(event="again").count() == 1

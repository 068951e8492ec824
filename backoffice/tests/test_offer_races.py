"""Another product is offered to more customers than there is of it, and all take it at the same instant."""

from collections import Counter

import pytest

from inventory.models import BackorderPolicy, Stock
from orders import fulfillment
from orders.models import NoticeKind, NoticeLine, OrderLine, PageAct, SubstituteOffer
from orders.tests import make
from orders.tests.books import assert_balanced

from . import race
from .test_page_races import EIGHT, decided, page

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TAKEN = 3
LATE = {"NotNow", "StandsOtherwise"}
"""What the others meet: there is not enough any more, or not what they were shown."""


def offered():
    """Eight wait for two of something, each of their own; six birch lamps are offered, and no more may be sold."""
    birch = make.product("BIRCH", backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(birch, 2 * TAKEN)
    orders = [make.order((make.product(), 2)) for _ in range(EIGHT)]
    own = OrderLine.objects.filter(order__in=orders).values_list("pk", flat=True)
    fulfillment.offer_substitute(list(own), birch.pk, unit_price=None, reason="late", by=None, at=make.MONDAY)
    return birch, [("offer", order.pk, page(order, "offer", "offer-1=take")) for order in orders]


def stands(birch):
    """Units of the other product that are set aside, offers by their ends, and units canceled of what was ordered."""
    allocated, available = Stock.objects.values_list("allocated", "available").get(product=birch)
    ends = Counter(SubstituteOffer.objects.values_list("end", flat=True))
    gone = sum(OrderLine.objects.exclude(product=birch).values_list("canceled", flat=True))
    return (allocated, available), ends, gone


def test_it_is_taken_as_often_as_there_is_some_and_nobody_loses_what_they_wait_for():
    birch, takes = offered()

    found = race.run(decided, takes)

    assert found.count(False) == TAKEN
    assert {answer for answer in found if answer is not False} <= LATE, found
    assert stands(birch) == ((2 * TAKEN, 0), {"taken": TAKEN, "": EIGHT - TAKEN}, 2 * TAKEN)
    assert OrderLine.objects.filter(product=birch, backordered=0).count() == TAKEN
    assert PageAct.objects.count() == TAKEN
    assert NoticeLine.objects.filter(kind=NoticeKind.SUBSTITUTED).count() == 2 * TAKEN
    assert_balanced(at=make.MONDAY)


def test_with_the_lock_taken_out_the_same_race_is_lost():
    _, takes = offered()

    found = race.run(decided, takes, unguarded=True)

    kept = found.count(False) == TAKEN and {answer for answer in found if answer is not False} <= LATE
    assert not kept, found


def test_one_offer_that_is_taken_and_declined_at_once_has_one_end():
    birch, takes = offered()
    _, order_id, sent = takes[0]
    declines = ("offer", order_id, sent.replace("=take", "=no"))

    found = race.run(decided, [takes[0], declines] * 4)

    assert Counter(map(str, found)) == {"False": 1, "True": 3, "StandsOtherwise": 4}
    assert SubstituteOffer.objects.filter(line__order=order_id).exclude(end="").count() == 1
    assert stands(birch)[0] in ((0, 2 * TAKEN), (2, 2 * TAKEN - 2))
    assert_balanced(at=make.MONDAY)

"""A customer presses twice, in two windows, at the same instant: what they decided is done once."""

import time

import pytest
from django.http import QueryDict

from backoffice.tests import race
from orders.models import NoticeKind, NoticeLine, Order, OrderLine, PageAct
from orders.pages import deciding, standing
from orders.pages.acts import BY_NAME
from orders.tests import make
from orders.tests.books import assert_balanced

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
EIGHT = 8


def decided(name, order_id, sent):
    order = Order.objects.get(pk=order_id)
    return deciding.decide(BY_NAME[name], order, QueryDict(sent), at=make.MONDAY).is_again


def decided_unguarded(name, order_id, sent, number):
    """The same, with no number claimed, on how the order stood before anybody acted."""
    stood = standing.of(Order.objects.get(pk=order_id), at=make.MONDAY)
    deciding._number = lambda given: number
    deciding.seen = lambda *given: sent.partition("&")[0].partition("=")[2]
    deciding.standings.of = lambda *given, **more: stood
    time.sleep(0.3)
    return decided(name, order_id, sent)


def shop():
    lamp = make.product()
    make.on_hand(lamp, 9)
    return make.order((lamp, 11))


def page(order, name, typed):
    stood = standing.of(order, at=make.MONDAY)
    return f"{deciding.SEEN}={deciding.seen(BY_NAME[name], stood)}&{typed}&do=1"


def test_what_eight_windows_send_at_once_is_done_once():
    order = shop()
    sent = page(order, "cancel", "keep-1=9")

    found = race.run(decided, [("cancel", order.pk, sent)] * EIGHT)

    assert sorted(found) == [False] + [True] * 7
    assert (OrderLine.objects.get().canceled, PageAct.objects.count()) == (2, 1)
    assert NoticeLine.objects.filter(kind=NoticeKind.CANCELED).count() == 1
    assert_balanced(at=make.MONDAY)


def test_of_two_answers_at_once_that_disagree_one_is_done():
    order = shop()
    answers = [("cancel", order.pk, page(order, "cancel", f"keep-1={kept}")) for kept in (9, 3)]

    found = race.run(decided, answers * 4)

    assert sorted(map(str, found)) == ["False", *["StandsOtherwise"] * 4, *["True"] * 3]
    assert OrderLine.objects.get().open in (9, 3)
    assert PageAct.objects.count() == 1


def test_with_the_guard_taken_out_the_same_race_is_lost():
    order = shop()
    sent = page(order, "cancel", "keep-1=9")

    race.run(decided_unguarded, [("cancel", order.pk, sent, place) for place in range(EIGHT)])

    assert (OrderLine.objects.get().canceled, PageAct.objects.count()) == (10, 5)

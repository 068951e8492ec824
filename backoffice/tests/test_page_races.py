"""
A customer presses twice, in two windows, at the same instant: what they decided is done once, and confirmed once.
"""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.http import QueryDict

from backoffice.tests import interleaving, race
from orders.mail import notices
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, Order, OrderLine, PageAct
from orders.pages import deciding, standing
from orders.pages.acts import BY_NAME
from orders.tests import make
from orders.tests.books import assert_balanced

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
EIGHT = 8
SEEDS = range(12)
MINUTE = timedelta(minutes=1)


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


@pytest.mark.parametrize(("name", "typed"), [("ask", "question=Why"), ("together", ""), ("hears", "hears=later")])
def test_what_eight_windows_send_at_once_is_confirmed_once(name, typed):
    order = shop()
    sent = page(order, name, typed)

    found = race.run(decided, [(name, order.pk, sent)] * EIGHT)

    assert sorted(found) == [False] + [True] * 7
    assert list(Notice.objects.filter(kind=NoticeKind.NOTED).values_list("cause")) == [(PageAct.objects.get().event,)]
    assert NoticeLine.objects.filter(kind=NoticeKind.NOTED).count() == 1


def test_of_two_answers_at_once_that_disagree_one_is_done():
    order = shop()
    answers = [("cancel", order.pk, page(order, "cancel", f"keep-1={kept}")) for kept in (9, 3)]

    found = race.run(decided, answers * 4)

    assert sorted(map(str, found)) == ["False", *["StandsOtherwise"] * 4, *["True"] * 3]
    assert OrderLine.objects.get().open in (9, 3)
    assert PageAct.objects.count() == 1


def test_with_the_guard_taken_out_the_same_race_is_lost():
    order = shop()
    sent = page(order, "ask", "question=Why")

    race.run(decided_unguarded, [("ask", order.pk, sent, place) for place in range(EIGHT)])

    assert PageAct.objects.count() == EIGHT
    assert NoticeLine.objects.filter(kind=NoticeKind.NOTED).count() == EIGHT


def test_without_the_guard_no_more_is_canceled_than_they_said_all_the_same():
    order = shop()
    sent = page(order, "cancel", "keep-1=9")

    found = race.run(decided_unguarded, [("cancel", order.pk, sent, place) for place in range(EIGHT)])

    assert sorted(map(str, found)) == ["False", *["NotNow"] * 7]
    assert (OrderLine.objects.get().canceled, PageAct.objects.count()) == (2, 1)


# --- and confirmed ----------------------------------------------------------------------------


def ask(order_id, words, minutes):
    order = Order.objects.select_related("customer").get(pk=order_id)
    at = make.MONDAY + minutes * MINUTE
    sent = QueryDict(page(order, "ask", f"question={words}"))
    return deciding.decide(BY_NAME["ask"], order, sent, at=at)


def played(seed):
    """One act waits to be confirmed; another is done while two senders are at it."""
    order = shop()
    notices.send_due(at=make.MONDAY)
    ask(order.pk, "first", 1)
    mail.outbox.clear()
    scripts = {
        "send": partial(notices.send_due, at=make.MONDAY + 2 * MINUTE),
        "other sender": partial(notices.send_due, at=make.MONDAY + 2 * MINUTE),
        "ask": partial(ask, order.pk, "second", 2),
    }
    play = interleaving.play(scripts, seed)
    for minutes in (4, 6):
        notices.send_due(at=make.MONDAY + minutes * MINUTE)
    said = "".join(sent.body for sent in mail.outbox)
    return play, [said.count(f"Asked: {words}\n") for words in ("first", "second")]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_done_while_a_mail_leaves_is_confirmed_in_that_or_in_another(seed):
    play, confirmed = played(seed)

    assert play.errors == {}
    assert confirmed == [1, 1], play
    assert not Notice.objects.filter(kind=NoticeKind.NOTED).exclude(state=NoticeState.SENT).exists()


def test_with_what_waits_neither_locked_nor_looked_at_again_something_is_never_confirmed(monkeypatch):
    """The mail that waited when the act began is added to, whatever became of it since."""

    def as_it_was(keys, cause, at):
        found = notices_opened(keys, cause, at)
        first = Notice.objects.filter(kind=NoticeKind.NOTED).order_by("pk").values_list("pk", flat=True)[0]
        return dict.fromkeys(found, first)

    notices_opened = notices.opened
    monkeypatch.setattr(notices, "opened", as_it_was)

    assert any(played(seed)[1] != [1, 1] for seed in SEEDS)

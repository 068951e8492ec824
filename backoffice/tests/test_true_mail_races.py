"""
A fact is overtaken at the moment its mail is written: either the mail is true when it leaves, or it does not leave.

Two senders and whoever changes the line are interleaved statement by statement; the control twin takes out the lock
that makes one wait for the other, and the memory of what a mail said.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail

from backoffice.books import audit
from inventory.supply import inbound
from orders.mail import notices, told
from orders.models import Notice, NoticeLine, NoticeState
from orders.tests import make

from . import interleaving

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
SEEDS = range(12)
TRUE = (["Delayed, no date yet"], ["Arrived at our warehouse", "Delayed after all"])
"""What its customer may read: that the day told first is not kept, or that the units were here and are gone again."""


def restocked_line():
    """A line that waited, was told so, and has its units: that mail has not left."""
    lamp = make.product()
    lorry = make.coming(lamp, 7, on=make.TODAY + timedelta(days=10))
    line = make.line(lamp, 7)
    notices.send_due(at=make.MONDAY)
    inbound.receive([inbound.Receipt(lorry.pk, 7)], by=None, at=make.MONDAY + MINUTE)
    mail.outbox.clear()
    return lamp, line


def scripts(lamp):
    return {
        "send": partial(notices.send_due, at=make.MONDAY + 2 * MINUTE),
        "other sender": partial(notices.send_due, at=make.MONDAY + 2 * MINUTE),
        "lose": partial(make.lost, lamp, 7, at=make.MONDAY + 2 * MINUTE),
    }


def drained():
    """What its customer has read when everything has left: the kinds, in their order."""
    for minutes in (4, 6):
        notices.send_due(at=make.MONDAY + minutes * MINUTE)
    return [sent.subject.partition(":")[0] for sent in mail.outbox]


def played(seed):
    lamp, line = restocked_line()
    play = interleaving.play(scripts(lamp), seed)
    subjects = drained()
    known = told.heard(told.of_lines([line.pk])[line.pk], "restocked")
    assert known
    return play, subjects, known


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_lost_while_its_mail_is_written_is_taken_back_or_never_told(seed):
    play, subjects, known = played(seed)

    assert play.errors == {}
    assert subjects in TRUE, play
    assert known == told.Heard(7, None, is_sure=True), play
    assert not Notice.objects.filter(state__in=(NoticeState.QUEUED, NoticeState.CLAIMED)).exists()
    assert audit.balances(audit.run(at=make.MONDAY))


def test_without_lock_and_memory_somebody_is_left_believing_what_is_no_longer_so(monkeypatch):
    def unguarded(notice_ids):
        rows = NoticeLine.objects.filter(notice__in=notice_ids).order_by("pk")
        return list(rows.select_related(*told.RELATED))

    monkeypatch.setattr(told, "locked", unguarded)
    monkeypatch.setattr(told, "keep", lambda facts, news, *, stood: None)

    assert any(played(seed)[1] not in TRUE for seed in range(60))

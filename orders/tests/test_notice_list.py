"""The list of notices says what each mail tells: of a digest, all kinds of news in it."""

import csv
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.mail import notices
from orders.models import Customer, Notice, NoticeKind, NoticeLine

from . import mailbox
from .mailbox import NOW, fact, tell

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/notice/"
HOUR = timedelta(hours=1)
KNOWN, LATER = date(2026, 12, 16), date(2026, 12, 28)


@pytest.fixture(autouse=True)
def hour_of_quiet(settings):
    settings.MAIL_QUIET_MINUTES, settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO = 60, 20, 8
    cache.clear()


def waits(name, of):
    line = mailbox.line(of=of, name=name)
    notices.queue([fact(line, NoticeKind.BACKORDERED)], cause=f"order:{line.pk}", at=NOW - 72 * HOUR)
    notices.send_due(at=NOW - 72 * HOUR)
    return line


def digest(*kinds, at=NOW):
    """One mail that tells somebody of so many lines, each its own news."""
    ada = mailbox.customer(f"Ada{Customer.objects.count()}")
    for number, kind in enumerate(kinds):
        line = waits(f"Lamp {number}", ada)
        here = kind == NoticeKind.RESTOCKED
        numbers = {"ready": 7, "waiting": 0} if here else {"likely_date": LATER, "promised_date": LATER}
        tell(fact(line, kind, was_date=KNOWN, **numbers), cause=f"event:{line.pk}", at=at)
    notices.send_due(at=at + HOUR)
    return Notice.objects.exclude(kind=NoticeKind.BACKORDERED).get(customer=ada, state="sent")


def shown(client, **asked):
    cache.clear()
    rows = client.get(LIST, asked).context["cl"].result_list
    return {row.pk: row.called for row in rows}


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["restocked"], "Restocked"),
        (["restocked", "restocked"], "Restocked"),
        (["restocked", "new_date"], "News: new date, restocked"),
        (["new_date", "restocked", "new_date"], "News: new date, restocked"),
    ],
)
def test_a_digest_is_called_what_it_tells(admin_client, kinds, words):
    sent = digest(*map(NoticeKind, kinds))

    page = admin_client.get(f"{LIST}{sent.pk}/change/").content.decode()
    answer = admin_client.get("/admin/export/orders_notice/csv/", {"state__exact": "sent"})
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))

    assert shown(admin_client)[sent.pk] == words
    assert [row["About"] for row in rows if row["About"] != "Backordered"] == [words]
    assert f">{words}<" in page


def test_what_newer_news_has_overtaken_is_not_told(admin_client):
    sent = digest(NoticeKind.RESTOCKED, NoticeKind.NEW_DATE)
    NoticeLine.objects.filter(notice=sent, kind="new_date").update(is_superseded=True)

    assert shown(admin_client)[sent.pk] == "Restocked"


def test_a_notice_whose_news_another_one_tells_keeps_its_kind(admin_client):
    digest(NoticeKind.RESTOCKED, NoticeKind.NEW_DATE)
    [empty] = Notice.objects.filter(state="superseded")

    assert shown(admin_client)[empty.pk] == empty.get_kind_display()


def test_what_is_sent_again_is_called_so_too(admin_client):
    sent = digest(NoticeKind.RESTOCKED, NoticeKind.NEW_DATE)
    Notice.objects.filter(pk=sent.pk).update(state="bounced")

    page = admin_client.get(f"{LIST}resend/?ids={sent.pk}").content.decode()

    assert "News: new date, restocked" in page


def asked_of(client):
    shown(client)
    with CaptureQueriesContext(connection) as asked:
        shown(client)
    return len(asked)


def test_a_list_of_many_asks_as_often_as_one_of_few(admin_client):
    digest(NoticeKind.RESTOCKED, NoticeKind.NEW_DATE)
    few = asked_of(admin_client)
    for _ in range(8):
        digest(NoticeKind.RESTOCKED, NoticeKind.NEW_DATE)

    assert asked_of(admin_client) == few
    assert list(shown(admin_client).values()).count("News: new date, restocked") == 9

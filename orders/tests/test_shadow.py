"""Mail in shadow: composed in its exact words, kept where people read it, and never sent, now or later."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse

from inventory.ground.post import braking
from orders.mail import notices
from orders.models import MailBrake, NoticeKind, NoticeState, OrderLine

from . import mailbox
from .mailbox import NOW, fact, tell

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def shadow(settings):
    settings.MAIL = "shadow"
    settings.EMAIL_BACKEND = "orders.tests.test_shadow.NobodyAsks"


class NobodyAsks:
    """A server that must not be asked."""

    def __init__(self, *args, **options):
        pass

    def __getattr__(self, name):
        raise AssertionError(f"the mail server was asked to {name}")


def owed(**numbers):
    return tell(fact(mailbox.line(), NoticeKind.BACKORDERED, **numbers), cause="order:1")


def test_a_mail_is_composed_with_its_address_its_words_and_its_time_and_not_sent():
    notice = owed()

    counts = notices.send_due(at=NOW)

    notice.refresh_from_db()
    assert counts == {"shadowed": 1}
    assert mail.outbox == []
    assert (notice.state, notice.recipient, notice.sent_at, notice.attempts) == (
        NoticeState.SHADOWED,
        "ada@shop.example",
        None,
        1,
    )
    assert (notice.intent_at - NOW) < timedelta(seconds=10)
    assert "Oslo lamp" in notice.body_text
    assert "We expect to ship them between December 12 and 16." in notice.body_text


def test_nobody_counts_as_told():
    owed()

    notices.send_due(at=NOW)

    assert OrderLine.objects.get().told_at is None


def test_what_was_shadowed_is_not_sent_when_mail_is_live_again(settings):
    notice = owed()
    notices.send_due(at=NOW)
    settings.MAIL = "live"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    counts = notices.send_due(at=NOW + DAY)

    notice.refresh_from_db()
    assert (counts, mail.outbox, notice.state) == ({}, [], NoticeState.SHADOWED)
    with pytest.raises(notices.NotResendable):
        notices.resend([notice.pk], by=None, at=NOW + DAY)


def test_the_next_mail_reads_in_shadow_as_if_the_first_had_gone_and_live_as_first_news(settings):
    line = mailbox.line()
    tell(fact(line, NoticeKind.BACKORDERED), cause="order:1")
    notices.send_due(at=NOW)
    later = {"was_date": date(2026, 12, 16), "likely_date": date(2026, 12, 20), "promised_date": date(2026, 12, 22)}
    moved = tell(fact(line, **later), cause="inbound:1:1", at=NOW + DAY)

    assert "December 16" in notices.preview(moved, at=NOW + DAY).text

    settings.MAIL = "live"
    told_again = fact(line, promised_date=date(2026, 12, 16))
    assert notices.queue([told_again], cause="inbound:1:2", at=NOW + DAY) == 1


def test_the_date_that_was_shadowed_last_is_no_news_in_shadow():
    line = mailbox.line()
    tell(fact(line, NoticeKind.BACKORDERED), cause="order:1")
    notices.send_due(at=NOW)

    again = notices.queue([fact(line, was_date=date(2026, 12, 10))], cause="inbound:1:1", at=NOW + DAY)

    assert again == 0


def test_a_brake_holds_nothing_up_in_shadow():
    MailBrake.objects.create(pk=1, since=NOW, until=NOW + DAY, reason="no", doubts=2)
    owed()

    assert notices.send_due(at=NOW) == {"shadowed": 1}
    assert braking.standing() is not None


def test_a_mail_that_newer_news_has_overtaken_is_not_composed():
    notice = owed()
    notice.lines.update(is_superseded=True)

    assert notices.send_due(at=NOW) == {"superseded": 1}


def test_who_has_no_address_is_called_in_shadow_too():
    """A person makes the call, so nothing of it is held back."""
    notice = owed()
    notice.customer.email = ""
    notice.customer.save()

    assert notices.send_due(at=NOW) == {"to_call": 1}
    notice.refresh_from_db()
    assert notice.state == NoticeState.CALL


def test_the_list_shows_what_would_have_gone_and_today_says_that_none_is_sent(client):
    notice = owed()
    notices.send_due(at=NOW)
    client.force_login(User.objects.create_superuser("ines"))

    today = client.get(reverse("admin:index")).content.decode()
    listed = client.get(reverse("admin:orders_notice_changelist"), {"state__exact": "shadowed"}).content.decode()
    page = client.get(reverse("admin:orders_notice_change", args=[notice.pk])).content.decode()

    assert "Mail is in shadow" in today
    assert "?state__exact=shadowed" in today
    assert "No mail is sent (MAIL=shadow)" in listed
    assert "ada@shop.example" in listed
    assert "The exact text" in page
    assert "We expect to ship them between December 12 and 16." in page


def test_today_says_nothing_of_it_while_mail_is_live(client, settings):
    settings.MAIL = "live"
    client.force_login(User.objects.create_superuser("ines"))

    assert "shadow" not in client.get(reverse("admin:index")).content.decode()

"""News of customers without an address are calls to make, with the words to say; who called says so."""

import html
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from inventory.tests.hands import carried
from orders import fulfillment
from orders.mail import calls, notices, outbox
from orders.models import Notice, NoticeKind, OrderLine, ShipTo
from orders.tests import mailbox, make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(minutes=1)
NEXT_DAY = make.MONDAY + timedelta(days=1)


@pytest.fixture
def waiting():
    """A line that waits, of somebody at the counter who left no address."""
    who = make.customer("Kim Adams", email="")
    who.phone = "+49 351 4711"
    who.save()
    return make.line(make.product("TEE-S", name="Tee"), 2, who=who, reference="SO-7")


def states():
    return list(Notice.objects.order_by("pk").values_list("kind", "state"))


def test_several_customers_may_have_no_address():
    assert [make.customer("Kim", email="").key, make.customer("Tom", email="").key] == [None, None]


def test_news_without_an_address_is_a_call_and_no_mail_is_tried(waiting):
    counts = notices.send_due(at=LATER)

    assert counts == {"to_call": 1}
    assert states() == [("backordered", "call")]
    assert mail.outbox == []
    assert Notice.objects.get().error == ""
    assert notices.send_due(at=LATER) == {}


def test_a_call_needs_no_mail_server(waiting, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make.line(make.product(), 1)

    counts = notices.send_due(at=LATER)

    assert counts["to_call"] == 1
    assert sorted(states()) == [("backordered", "call"), ("backordered", "queued")]


def test_news_that_is_not_due_is_no_call_yet(waiting):
    Notice.objects.update(due_at=LATER + timedelta(seconds=1))

    assert outbox.sort_out(at=LATER) == 0
    assert outbox.sort_out(at=LATER + timedelta(seconds=1)) == 1


def test_who_called_and_when_is_kept_with_the_words(waiting):
    ines = User.objects.create_user("ines")
    notices.send_due(at=LATER)
    words = notices.preview(Notice.objects.get(), at=NEXT_DAY).text

    assert calls.made([Notice.objects.get().pk], by=ines, at=NEXT_DAY) == 1

    call = Notice.objects.get()
    assert (call.state, call.called_by, call.sent_at, call.recipient) == ("sent", ines, NEXT_DAY, "")
    assert call.body_text == words
    assert "2 × Tee" in call.subject
    assert OrderLine.objects.get(pk=waiting.pk).told_at == NEXT_DAY


def test_a_call_is_made_once(waiting):
    notices.send_due(at=LATER)
    pk = Notice.objects.get().pk
    calls.made([pk], by=None, at=LATER)

    with pytest.raises(calls.NotACall, match="was made already"):
        calls.made([pk], by=None, at=NEXT_DAY)
    assert Notice.objects.get().sent_at == LATER


def test_newer_news_overtakes_a_call_that_nobody_made(waiting):
    notices.send_due(at=LATER)
    make.on_hand(waiting.product, 2, at=NEXT_DAY)
    notices.send_due(at=NEXT_DAY)

    assert states() == [("backordered", "superseded"), ("restocked", "call")]


def test_a_call_that_has_nothing_left_to_tell_tells_nothing(waiting):
    notices.send_due(at=LATER)
    call = Notice.objects.get()
    OrderLine.objects.filter(pk=waiting.pk).update(canceled=2, pegged=0)

    assert calls.made([call.pk], by=None, at=NEXT_DAY) == 0
    assert Notice.objects.get().state == "superseded"
    assert OrderLine.objects.get(pk=waiting.pk).told_at is None


def test_news_goes_by_mail_once_there_is_an_address(waiting):
    notices.send_due(at=LATER)
    who = waiting.order.customer
    who.email = "kim@example.com"
    who.save(update_fields=["email"])

    counts = notices.send_due(at=NEXT_DAY)

    assert counts == {"sent": 1}
    assert [message.to for message in mail.outbox] == [["kim@example.com"]]
    assert Notice.objects.get().called_by is None


def test_an_address_that_is_taken_away_makes_a_call_of_what_was_not_sent(waiting):
    other = make.line(make.product(), 1)
    other.order.customer.email = ""
    other.order.customer.save(update_fields=["email"])

    assert notices.send_due(at=LATER) == {"to_call": 2}


def test_what_left_an_order_is_a_call_too(waiting):
    notices.send_due(at=LATER)
    make.on_hand(waiting.product, 2, at=LATER)
    fulfillment.ship_order(waiting.order_id, by=None, at=LATER)

    notices.send_due(at=NEXT_DAY)

    assert [kind for kind, state in states() if state == "call"] == ["shipped"]


def test_the_list_shows_the_words_and_a_button_says_that_they_were_told(admin_client, waiting):
    notices.send_due(at=LATER)
    call = Notice.objects.get()
    listed = admin_client.get(reverse("admin:orders_notice_changelist") + "?state__exact=call").content.decode()
    page = admin_client.get(reverse("admin:orders_notice_change", args=[call.pk])).content.decode()
    address = reverse("admin:orders_notice_called") + f"?ids={call.pk}"
    asked = admin_client.get(address)

    answer = admin_client.post(address, {}, follow=True)

    assert "+49 351 4711" in listed
    assert "What to say" in page
    assert "+49 351 4711" in asked.content.decode()
    assert calls.words([call], at=LATER)[call.pk] in html.unescape(asked.content.decode())
    assert "1 call is on record as made." in answer.content.decode()
    call.refresh_from_db()
    assert (call.state, call.called_by.is_superuser) == ("sent", True)
    assert "told by phone" in admin_client.get(reverse("admin:orders_notice_changelist")).content.decode()


def test_words_that_changed_meanwhile_are_shown_again(admin_client, waiting):
    notices.send_due(at=LATER)
    call = Notice.objects.get()
    address = reverse("admin:orders_notice_called") + f"?ids={call.pk}"
    seen = carried(admin_client.get(address))
    OrderLine.objects.filter(pk=waiting.pk).update(canceled=1, pegged=0)

    admin_client.post(address, seen)

    assert Notice.objects.get(pk=call.pk).state == "call"


def test_today_counts_the_calls_to_make(admin_client, waiting):
    cache.clear()
    before = admin_client.get(reverse("admin:index")).content.decode()
    notices.send_due(at=LATER)
    cache.clear()
    today = admin_client.get(reverse("admin:index")).content.decode()

    assert "news of customers without an e-mail address" not in before
    assert "news of customers without an e-mail address" in today
    assert f"{reverse('admin:orders_notice_changelist')}?state__exact=call" in today


def test_an_order_is_typed_for_a_customer_by_their_number(admin_client):
    make.product("TEE-S")
    place, who = make.warehouse(), make.customer("Kim", email="")
    page = admin_client.get(reverse("admin:orders_customer_change", args=[who.pk])).content.decode()
    fields = {"reference": "CS-1", "warehouse": place.pk, "warehouse_rule": "any"}
    rows = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-sku": "tee-s", "lines-0-units": 1}

    address = reverse("admin:orders_order_add")
    admin_client.get(address)
    admin_client.post(address, {"customer": f"#{who.pk}", **fields, **rows})

    assert f"customer=%23{who.pk}" in page
    assert who.orders.get().reference == "CS-1"


def test_one_call_tells_all_that_a_customer_is_to_hear(admin_client, waiting):
    other = make.line(make.product("CAP-L", name="Cap"), 1, who=waiting.order.customer, reference="SO-8")
    stranger = make.line(make.product(), 1, who=make.customer("Tom", email=""))
    notices.send_due(at=LATER)
    first = Notice.objects.get(lines__line=waiting)
    address = reverse("admin:orders_notice_called") + f"?ids={first.pk}"

    asked = html.unescape(admin_client.get(address).content.decode())
    answer = admin_client.post(address, carried(admin_client.get(address)), follow=True)

    assert (asked.count("SO-7") > 0, asked.count("SO-8") > 0, "Tom" in asked) == (True, True, False)
    assert "1 call is on record as made." in answer.content.decode()
    told = Notice.objects.exclude(lines__line=stranger)
    assert set(told.values_list("state", flat=True)) == {"sent"}
    assert Notice.objects.get(lines__line=stranger).state == "call"
    assert OrderLine.objects.get(pk=other.pk).told_at is not None


@pytest.mark.parametrize(
    "case",
    [
        (12, "NZ", "from 2 Mar 2026, 19:00 on: it is between 01:00 and 01:45 in New Zealand now"),  # 8:00 in Auckland
        (12, "DE", "now: it is 13:00 in Germany"),
        (6, "DE", "from 2 Mar 2026, 07:00 on: it is 07:00 in Germany now"),
        (12, "", "now"),
        (3, "", "from 2 Mar 2026, 08:00 on: it is night now"),
    ],
)
def test_the_call_says_when_it_is_day_there(admin_client, settings, waiting, case):
    hour, country, said = case
    settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO = 20, 8
    if country:
        ShipTo.objects.create(order=waiting.order, name="Kim", street="Quay 4", city="X", country=country)
    notices.send_due(at=LATER)
    with time_machine.travel(make.MONDAY.replace(hour=hour), tick=False):
        address = reverse("admin:orders_notice_called") + f"?ids={Notice.objects.get().pk}"

        asked = html.unescape(admin_client.get(address).content.decode())

    assert said in asked, asked[asked.find("<table") :][:900]


def test_a_question_beside_other_news_is_said_as_what_it_is():
    """Each call has the words that it has alone, whatever the first of them is about."""
    who = make.customer("Kim Adams", email="")
    asked, shipped = (mailbox.line(2, of=who, name=name) for name in ("Oslo lamp", "Bergen chair"))
    mailbox.tell(mailbox.fact(asked, NoticeKind.ADDRESS), cause="stop:1")
    mailbox.tell(mailbox.fact(shipped, NoticeKind.SHIPPED, waiting=0), cause="shipment:1")
    OrderLine.objects.filter(pk=asked.pk).update(is_stopped=True)
    notices.send_due(at=mailbox.NOW)
    found = list(Notice.objects.order_by("pk"))

    together = calls.words(found, at=mailbox.NOW)

    assert together == {call.pk: calls.words([call], at=mailbox.NOW)[call.pk] for call in found}
    assert "Both ship once we know where to." in together[found[0].pk]
    assert "Both are on their way." in together[found[1].pk]

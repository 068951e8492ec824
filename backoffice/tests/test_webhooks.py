"""Mail that came back, from a provider's API to the lines that were not told after all."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.models import StaffLetter
from backoffice.watching import telling
from backoffice.web import providers
from inventory.ground.post import bounces
from orders.mail import notices
from orders.models import Notice, NoticeKind, OrderLine
from orders.tests import mailbox
from orders.tests.mailbox import NOW, fact, tell

pytestmark = pytest.mark.django_db

SECRET = "post:a long secret"
PAGE = "/anymail/postmark/tracking/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def provider(settings) -> Iterator[list[dict[str, Any]]]:
    """A provider's API that takes every mail and gives it a name of its own; what it was asked."""
    asked: list[dict[str, Any]] = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = {"ErrorCode": 0, "Message": "OK", "MessageID": f"id-{len(asked)}", "To": asked[-1]["To"]}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *given: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)  # how soon it hears that it is to stop
    thread.start()
    url = f"postmark://a-token@?api_url=http://127.0.0.1:{server.server_port}/"
    for name, value in providers.configured(url).items():
        setattr(settings, name, value)
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": SECRET}
    yield asked
    server.shutdown()
    server.server_close()
    thread.join(5)


def owed(line: OrderLine | None = None, cause: str = "inbound:1:1") -> Notice:
    return tell(fact(line or mailbox.line()), cause=cause)


def report(event: object, *, secret: str = SECRET, page: str = PAGE) -> Any:
    auth = {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    body = event if isinstance(event, str) else json.dumps(event)
    return Client().post(page, body, content_type="application/json", headers=auth)


def bounce(name: Any = "id-1", **more: Any) -> dict[str, Any]:
    given = {"RecordType": "Bounce", "Type": "HardBounce", "MessageID": name, "Email": "ada@shop.example"}
    return given | {"Description": "The mailbox does not exist.", "BouncedAt": (NOW + MINUTE).isoformat()} | more


def test_a_mail_keeps_the_name_that_its_provider_gives_it(provider):
    notice = owed()

    assert notices.send_due(at=NOW) == {"sent": 1}
    notice.refresh_from_db()
    assert (notice.provider_id, provider[0]["Metadata"]) == ("id-1", {"notice": str(notice.pk)})


def test_a_bounce_means_that_nobody_was_told(provider):
    notice = owed()
    notices.send_due(at=NOW)

    assert report(bounce()).status_code == 200
    notice.refresh_from_db()
    assert (notice.state, notice.error) == ("bounced", "It came back. The mailbox does not exist.")
    assert notice.sent_at is not None
    assert OrderLine.objects.get().told_at is None


def test_a_bounce_leaves_the_lines_to_the_mail_that_told_them_before(provider):
    line = mailbox.line()
    first = owed(line)
    notices.send_due(at=NOW)
    tell(fact(line, NoticeKind.RESTOCKED, ready=7, waiting=0), cause="movement:2", at=NOW + MINUTE)
    notices.send_due(at=NOW + MINUTE)

    report(bounce("id-2", BouncedAt=(NOW + 2 * MINUTE).isoformat()))

    first.refresh_from_db()
    assert OrderLine.objects.get().told_at == first.sent_at


def test_a_bounce_of_an_older_mail_does_not_touch_what_a_newer_one_told(provider):
    line = mailbox.line()
    owed(line)
    notices.send_due(at=NOW)
    tell(fact(line, NoticeKind.RESTOCKED, ready=7, waiting=0), cause="movement:2", at=NOW + MINUTE)
    notices.send_due(at=NOW + timedelta(days=1))

    report(bounce("id-1"))

    assert OrderLine.objects.get().told_at == Notice.objects.get(provider_id="id-2").sent_at
    assert list(Notice.objects.order_by("pk").values_list("state", flat=True)) == ["bounced", "sent"]


def test_a_complaint_counts_as_not_told_and_is_not_sent_again(provider):
    notice = owed()
    notices.send_due(at=NOW)

    report(bounce(RecordType="SpamComplaint", Type="SpamComplaint"))

    notice.refresh_from_db()
    assert (notice.state, OrderLine.objects.get().told_at) == ("complained", None)
    with pytest.raises(notices.NotResendable):
        notices.resend([notice.pk], by=None, at=NOW)


@pytest.mark.parametrize("type_", ["BadEmailAddress", "Blocked", "SMTPApiError", "SoftBounce"])
def test_what_the_provider_rejects_or_fails_to_send_is_not_told_either(provider, type_):
    notice = owed()
    notices.send_due(at=NOW)

    report(bounce(Type=type_))

    notice.refresh_from_db()
    assert notice.state == "bounced"


@pytest.mark.parametrize(
    "event",
    [
        bounce(Type="Transient"),
        bounce(Type="DnsError"),
        bounce(Type="AutoResponder"),
        {"RecordType": "Delivery", "MessageID": "id-1", "DeliveredAt": NOW.isoformat()},
        {"RecordType": "Open", "MessageID": "id-1", "ReceivedAt": NOW.isoformat()},
        {"RecordType": "What?", "MessageID": "id-1"},
    ],
)
def test_what_is_only_late_or_went_well_changes_nothing(provider, event):
    notice = owed()
    notices.send_due(at=NOW)

    assert report(event).status_code == 200
    notice.refresh_from_db()
    assert (notice.state, OrderLine.objects.get().told_at) == ("sent", notice.sent_at)


def test_the_same_event_twice_or_a_delivery_after_it_changes_nothing_more(provider):
    owed()
    notices.send_due(at=NOW)
    report(bounce())
    before = Notice.objects.values().get()

    answers = [report(bounce()), report({"RecordType": "Delivery", "MessageID": "id-1"}), report(bounce())]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert Notice.objects.values().get() == before


def test_an_event_that_broke_off_half_way_is_finished_when_it_is_repeated(provider):
    owed()
    notices.send_due(at=NOW)
    Notice.objects.update(state="bounced")  # the process died before it came to the lines

    report(bounce())

    assert OrderLine.objects.get().told_at is None


def test_a_bounce_that_comes_before_we_know_the_providers_name_is_found_by_our_own_key(provider):
    notice = owed()
    Notice.objects.update(state="claimed", intent_at=NOW, claim="a worker", claimed_until=NOW + MINUTE)

    report(bounce("id-1", Metadata={"notice": str(notice.pk)}))

    notice.refresh_from_db()
    assert notice.state == "bounced"


def test_a_mail_that_has_not_left_cannot_come_back(provider):
    notice = owed()

    assert report(bounce("id-1", Metadata={"notice": str(notice.pk)})).status_code == 200
    notice.refresh_from_db()
    assert (notice.state, notice.error) == ("queued", "")


def test_a_mail_that_staff_sent_again_is_not_hit_by_the_bounce_of_the_first_one(provider):
    notice = owed()
    notices.send_due(at=NOW)
    report(bounce())
    notices.resend([notice.pk], by=None, at=NOW + 5 * MINUTE)
    notices.send_due(at=NOW + 5 * MINUTE)

    report(bounce("id-1", Metadata={"notice": str(notice.pk)}))

    notice.refresh_from_db()
    assert (notice.state, notice.provider_id) == ("sent", "id-2")


def test_a_mail_sent_by_smtp_is_found_by_its_message_id():
    notice = owed()
    notices.send_due(at=NOW)
    notice.refresh_from_db()

    assert not bounces.came_back(name=notice.message_id, happened_at=NOW - 2 * MINUTE)
    assert not bounces.came_back(name=notice.message_id.replace("notice", "1.notice"))
    assert bounces.came_back(name=notice.message_id, happened_at=NOW + MINUTE)

    notice.refresh_from_db()
    assert (notice.state, notice.error) == ("bounced", "It came back.")


@pytest.mark.parametrize("by", ["the provider's name", "our Message-ID", "our key"])
def test_a_letter_to_staff_comes_back_too_and_is_not_taken_for_the_notice_of_the_same_key(provider, settings, by):
    settings.ADMINS = [("Ada", "ada@shop.example")]
    notice = owed()
    telling.write("The night did not run", "Look at it.", about={}, at=NOW)
    StaffLetter.objects.update(id=notice.pk)
    notices.send_due(at=NOW)
    letter = StaffLetter.objects.get()
    assert provider[0]["Metadata"] == {"staffletter": str(letter.pk)}
    if by != "the provider's name":
        StaffLetter.objects.update(provider_id="")
        Notice.objects.update(provider_id="")

    name = letter.message_id if by == "our Message-ID" else "id-1"
    report(bounce(name, Metadata={"staffletter": str(letter.pk)} if by == "our key" else {}))

    letter.refresh_from_db()
    notice.refresh_from_db()
    assert (letter.state, letter.error) == ("bounced", "It came back. The mailbox does not exist.")
    assert (notice.state, OrderLine.objects.get().told_at) == ("sent", notice.sent_at)


@pytest.mark.parametrize(
    "event",
    [
        bounce("nobody knows"),
        bounce("x" * 5000),
        bounce("id-1\x00"),
        bounce(""),
        bounce({"a": 1}),
        bounce("id-9", Metadata={"notice": "9" * 18}),
        bounce("id-9", Metadata={"notice": "²"}),
        bounce("id-9", Metadata={"notice": [1]}),
        bounce("<1.notice.999999999999999999999.x@b.example>"),
    ],
)
def test_an_event_about_nothing_of_ours_is_accepted_so_that_it_is_not_repeated_for_days(provider, event):
    notice = owed()
    Notice.objects.update(state="sent", provider_id="id-0", sent_at=NOW)

    assert report(event).status_code == 200
    notice.refresh_from_db()
    assert notice.state == "sent"


@pytest.mark.parametrize(
    "body",
    ["", "{", "null", "[]", "7", '"text"', "\x00", '{"RecordType": []}', '{"RecordType": "Bounce", "BouncedAt": 7}'],
)
def test_what_is_no_report_is_refused(provider, body):
    assert report(body).status_code == 400


@pytest.mark.parametrize("secret", ["", "post:wrong", "post:a long secre", "wrong"])
def test_who_does_not_know_the_secret_changes_nothing(provider, secret):
    notice = owed()
    notices.send_due(at=NOW)

    assert report(bounce(), secret=secret).status_code == 400
    notice.refresh_from_db()
    assert notice.state == "sent"


def test_without_a_secret_there_is_no_such_page(provider, settings):
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": ""}

    assert report(bounce()).status_code == 404


@pytest.mark.parametrize("name", ["nobody", "mailgun", "amazon_ses", "postmark%00"])
def test_another_provider_than_ours_reports_nothing(provider, name):
    assert report(bounce(), page=f"/anymail/{name}/tracking/").status_code in (404, 400)


def test_looking_at_the_page_of_reports_changes_nothing(provider):
    assert Client().get(PAGE).status_code == 405


@pytest.mark.parametrize("query", ["", "?state__exact=bounced", "?state__exact=complained"])
def test_staff_see_what_came_back_and_send_it_again(provider, admin_client, query):
    notice = owed()
    notices.send_due(at=NOW)
    report(bounce() if "complained" not in query else bounce(RecordType="SpamComplaint", Type="SpamComplaint"))

    page = admin_client.get(reverse("admin:orders_notice_changelist") + query).content.decode()

    assert "The mailbox does not exist." in page
    assert ("came back" if "complained" not in query else "called spam by who got it") in page
    if "complained" not in query:
        assert notices.resend([notice.pk], by=None, at=NOW) == 1


@pytest.mark.parametrize(
    ("url", "backend", "anymail"),
    [
        ("postmark://a%2Fb@", "postmark", {"POSTMARK_SERVER_TOKEN": "a/b"}),
        ("sendgrid://key@", "sendgrid", {"SENDGRID_API_KEY": "key"}),
        ("brevo://key@", "brevo", {"BREVO_API_KEY": "key"}),
        (
            "mailgun://key@mg.b.example?webhook_signing_key=s",
            "mailgun",
            {"MAILGUN_API_KEY": "key", "MAILGUN_SENDER_DOMAIN": "mg.b.example", "MAILGUN_WEBHOOK_SIGNING_KEY": "s"},
        ),
    ],
)
def test_a_provider_is_set_up_by_its_address(url, backend, anymail):
    assert providers.configured(url) == {
        "EMAIL_BACKEND": f"anymail.backends.{backend}.EmailBackend",
        "ANYMAIL": anymail,
    }

"""Mail to staff passes the one sender: once, first, past a dead server and a killed worker, under the same brake."""

import signal
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from socket import create_server

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection

from backoffice.models import StaffLetter
from backoffice.watching import telling
from inventory.ground.post import sender
from inventory.ground.post.letter import Letter
from orders.mail import notices
from orders.models import MailBrake, Notice, RestockLetter
from orders.tests import mailbox
from orders.tests.mailbox import NOW, Post, fact, tell
from orders.tests.test_outbox import sender as worker
from suppliers.models import OrderLetter

MINUTE = timedelta(minutes=1)
LEASE = sender.Outbox.LEASE


@pytest.fixture
def post(settings) -> Iterator[Post]:
    """The mail goes to a real SMTP server that is ours."""
    with mailbox.smtp_server() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        yield post


def written(settings, *people: str) -> list[StaffLetter]:
    """Letters to these people of the house, by what the server does with them."""
    settings.ADMINS = [("", f"{who}@shop.example") for who in people]
    telling.write("Mail stands still", "Look at it.", about={}, at=NOW)
    return list(StaffLetter.objects.order_by("pk"))


def owed(*people: str) -> list[Notice]:
    made = []
    for who in people:
        line = mailbox.line(of=mailbox.customer(who.title(), f"{who}@shop.example"))
        made.append(tell(fact(line), cause=f"inbound:{line.pk}:1"))
    return made


def states(letters: list) -> list[tuple[str, int]]:
    for letter in letters:
        letter.refresh_from_db()
    return [(letter.state, letter.attempts) for letter in letters]


def test_every_table_of_letters_passes_the_one_sender():
    tables = {model for model in apps.get_models() if issubclass(model, Letter)}

    assert [outbox.model for outbox in sender.OUTBOXES] == [StaffLetter, Notice, RestockLetter, OrderLetter]
    assert tables == {StaffLetter, Notice, RestockLetter, OrderLetter}


# --- Sent -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_letter_to_staff_is_sent_once_as_it_was_written(post, settings):
    settings.SERVER_EMAIL = "ops@harbor.example"
    [letter] = written(settings, "ada")

    assert notices.send_due(at=NOW) == {"sent": 1}
    assert notices.send_due(at=NOW + MINUTE) == {}

    [received] = post.mails
    letter.refresh_from_db()
    assert (received["To"], received["From"], received["Reply-To"]) == ("ada@shop.example", "ops@harbor.example", None)
    assert (received["Subject"], received.get_content()) == ("Mail stands still", "Look at it.\r\n")
    assert received["Message-ID"].strip() == letter.message_id
    assert ".staffletter." in letter.message_id
    assert received["Auto-Submitted"] == "auto-generated"
    assert not received.is_multipart()


@pytest.mark.django_db
def test_staff_are_told_before_any_customer_however_long_the_queue_is(post, settings):
    owed(*(f"c{place}" for place in range(60)))
    Notice.objects.update(due_at=NOW - MINUTE)
    written(settings, "ada")

    assert notices.send_due(at=NOW) == {"sent": 61}
    assert post.recipients[0] == "ada@shop.example"


@pytest.mark.django_db
def test_of_two_long_queues_none_waits_for_the_end_of_the_other(post, settings):
    owed(*(f"c{place}" for place in range(2)))
    written(settings, *(f"s{place}" for place in range(60)))

    assert notices.send_due(at=NOW, limit=55) == {"sent": 55}
    assert [who[0] for who in post.recipients] == ["s"] * 50 + ["c"] * 2 + ["s"] * 3


@pytest.mark.django_db
def test_staff_are_told_while_mail_to_customers_is_in_shadow(post, settings):
    settings.MAIL = "shadow"
    notice, [letter] = owed("ben")[0], written(settings, "ada")

    assert notices.send_due(at=NOW) == {"shadowed": 1, "sent": 1}
    assert post.recipients == ["ada@shop.example"]
    assert states([letter, notice]) == [("sent", 1), ("shadowed", 1)]


@pytest.mark.django_db
def test_a_long_queue_in_shadow_holds_up_no_letter_to_staff(post, settings):
    settings.MAIL = "shadow"
    owed(*(f"c{place}" for place in range(5)))
    written(settings, "ada")

    assert notices.send_due(at=NOW, limit=3) == {"shadowed": 3, "sent": 1}


@pytest.mark.django_db
def test_an_address_that_is_refused_or_broken_costs_nobody_else_the_news_and_is_in_the_log(post, settings, caplog):
    letters = written(settings, "nobody", "ada", "no body")

    assert notices.send_due(at=NOW) == {"dead": 2, "sent": 1}
    dead = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [words.partition(".")[0] for words in dead] == [
        f"StaffLetter {letters[0].pk} could not be delivered",
        f"StaffLetter {letters[2].pk} could not be delivered",
    ]
    assert states(letters) == [("dead", 1), ("sent", 1), ("dead", 1)]


@pytest.mark.django_db
def test_what_is_attached_and_the_language_go_with_a_letter(settings):
    [letter] = written(settings, "ada")
    row = {"name": "order.pdf", "media_type": "application/pdf", "content": b64encode(b"%PDF-1.7").decode()}
    StaffLetter.objects.update(language="de", attached=[row], body_html="<p>Look at it.</p>")

    notices.send_due(at=NOW)

    [sent] = mail.outbox
    letter.refresh_from_db()
    assert [tuple(each) for each in sent.attachments] == [("order.pdf", b"%PDF-1.7", "application/pdf")]
    assert [tuple(each) for each in sent.alternatives] == [("<p>Look at it.</p>", "text/html")]
    assert sent.extra_headers["Content-Language"] == "de"
    assert letter.attached == [row]


# --- The brake ------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_brakes_a_letter_to_staff_brakes_all_mail_and_costs_none_an_attempt(post, settings):
    letters, waiting = written(settings, "ada"), owed("ben")
    post.says["MAIL"] = "553 5.7.1 Sender address rejected"

    counts = notices.send_due(at=NOW)

    assert counts == {"put_back": 1, "braked": "The mail server said: 553 5.7.1 Sender address rejected"}
    assert states([*letters, *waiting]) == [("queued", 0), ("queued", 0)]
    assert post.asked == ["MAIL"]
    assert MailBrake.objects.get().reason == counts["braked"]


@pytest.mark.django_db
def test_a_letter_to_staff_is_the_one_that_is_tried_and_takes_the_brake_off_for_all(post, settings):
    owed("spam", "ben")
    assert "braked" in notices.send_due(at=NOW)
    written(settings, "ada")

    assert notices.send_due(at=NOW + MINUTE) == {"sent": 2}
    assert post.recipients == ["ada@shop.example", "ben@shop.example"]
    assert not MailBrake.objects.exists()


@pytest.mark.django_db
def test_a_letter_that_was_refused_already_lets_one_of_another_kind_try_first(post, settings):
    letters = written(settings, "ada")
    StaffLetter.objects.update(refused_at=NOW)
    owed("ben")
    MailBrake.objects.create(pk=1, since=NOW, until=NOW, reason="no", doubts=0)

    assert notices.send_due(at=NOW + 2 * MINUTE) == {"sent": 2}
    assert post.recipients == ["ben@shop.example", "ada@shop.example"]
    assert states(letters) == [("sent", 1)]


@pytest.mark.django_db
def test_every_other_minute_the_letter_that_was_refused_longest_ago_goes_first(post, settings):
    written(settings, "ada")
    StaffLetter.objects.update(refused_at=NOW)
    owed("ben")
    MailBrake.objects.create(pk=1, since=NOW, until=NOW, reason="no", doubts=0)

    assert notices.send_due(at=NOW + MINUTE) == {"sent": 2}
    assert post.recipients == ["ada@shop.example", "ben@shop.example"]


@pytest.mark.django_db
def test_what_customers_get_no_answer_to_keeps_staff_waiting_as_long(post, settings):
    owed("ben", "cleo", "dora")
    post.says["DATA"] = "drop"
    assert notices.send_due(at=NOW)["in_doubt"] == 2
    [letter] = written(settings, "ada")
    post.says.clear()

    assert "sent" not in notices.send_due(at=NOW + MINUTE - timedelta(seconds=1))
    assert states([letter]) == [("queued", 0)]
    assert notices.send_due(at=NOW + 2 * MINUTE) == {"sent": 2}


@pytest.mark.django_db
def test_a_brake_on_mail_to_staff_holds_up_no_shadow(post, settings):
    settings.MAIL = "shadow"
    MailBrake.objects.create(pk=1, since=NOW, until=NOW + 9 * MINUTE, reason="no", doubts=2)
    owed("ben")
    [letter] = written(settings, "ada")

    assert notices.send_due(at=NOW) == {"shadowed": 1, "braked": "no"}
    assert states([letter]) == [("queued", 0)]


# --- Workers that die -----------------------------------------------------------------


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_claim_and_intent_leaves_the_letter_for_the_next(post, settings):
    [letter] = written(settings, "ada")
    with create_server(("127.0.0.1", 0)) as says_nothing:
        says_nothing.settimeout(180)
        dying = worker(settings, says_nothing.getsockname()[1])
        line, _ = says_nothing.accept()  # it waits for the greeting: the claim stands, and no intent
        [(state, intent_at)] = StaffLetter.objects.values_list("state", "intent_at")
        dying.send_signal(signal.SIGKILL)
        dying.wait(10)
        line.close()

    assert (state, intent_at) == ("claimed", None)
    assert notices.send_due(at=NOW) == {}
    assert notices.send_due(at=NOW + LEASE + MINUTE) == {"sent": 1}
    assert (states([letter]), post.recipients) == ([("sent", 2)], ["ada@shop.example"])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_moment_of_sending_leaves_the_letter_in_doubt(post, settings):
    letters = written(settings, "deaf", "ada")
    dying = worker(settings, settings.EMAIL_PORT)
    assert post.has_mail.wait(180)

    dying.send_signal(signal.SIGKILL)
    dying.wait(10)

    assert notices.send_due(at=NOW + LEASE + MINUTE) == {"in_doubt": 1, "sent": 1}
    assert states(letters) == [("in_doubt", 1), ("sent", 2)]
    assert notices.send_due(at=NOW + timedelta(days=9)) == {}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_letter_of_each_table_once(post, settings):
    letters, told = (
        written(settings, *(f"s{place}" for place in range(20))),
        owed(*(f"c{place}" for place in range(30))),
    )

    workers = [worker(settings, settings.EMAIL_PORT) for _ in range(2)]

    assert [each.wait(180) for each in workers] == [0, 0]
    assert sorted(post.recipients) == sorted(f"{who}@shop.example" for who in [*people("s", 20), *people("c", 30)])
    assert set(states([*letters, *told])) == {("sent", 1)}


def people(letter: str, count: int) -> list[str]:
    return [f"{letter}{place}" for place in range(count)]


# --- A live shop ----------------------------------------------------------------------

BEFORE = [("orders", "0022_keys_know_one_dash"), ("backoffice", "0008_where_people_live")]
AFTER = [("orders", "0023_a_notice_is_a_letter"), ("backoffice", "0009_letters_to_staff")]


@pytest.mark.proof
@pytest.mark.embedded
def test_the_notices_of_a_live_shop_are_letters_as_they_stand_and_troubles_are_kept(migrate):
    old = migrate(BEFORE)
    who = old.get_model("orders", "Customer").objects.create(
        name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE"
    )
    kept = {"customer": who, "kind": "new_date", "created_at": NOW, "due_at": NOW}
    said = {"state": "sent", "sent_at": NOW, "subject": "Hello", "body_text": "Hello Ada", "message_id": "<notice.1@b>"}
    table = old.get_model("orders", "Notice").objects
    table.create(cause="inbound:1:1", **kept, **said)
    table.create(cause="inbound:2:1", **kept)
    before = list(table.order_by("pk").values())
    old.get_model("orders", "MailBrake").objects.create(pk=1, since=NOW, until=NOW, reason="no", doubts=2)
    old.get_model("backoffice", "ClockTick").objects.create(pk=1, at=NOW, since=NOW, telling_until=NOW)
    old.get_model("backoffice", "Trouble").objects.create(
        name="mail", key="mail", words="no", began_at=NOW, told_at=NOW
    )

    new = migrate(AFTER)
    table = new.get_model("orders", "Notice").objects
    after = list(table.order_by("pk").values())
    with connection.cursor() as cursor:  # a process of before, which goes on while this comes
        cursor.execute(
            "INSERT INTO orders_notice (customer_id, kind, cause, state, due_at, created_at, attempts, claim, "
            "error, message_id, recipient, subject, body_text, body_html) SELECT customer_id, kind, 'old', "
            "'queued', due_at, created_at, 0, '', '', '', '', '', '', '' FROM orders_notice WHERE cause = 'inbound:2:1'"
        )
    by_old = table.values("language", "attached", "provider_id").get(cause="old")
    brake, tick = (
        new.get_model("orders", "MailBrake").objects.get(),
        new.get_model("backoffice", "ClockTick").objects.get(),
    )
    back = migrate(BEFORE)

    assert after == [{**row, "language": "", "attached": []} for row in before]
    assert by_old == {"language": "", "attached": [], "provider_id": ""}
    assert (brake.reason, brake.doubts, tick.at) == ("no", 2, NOW)
    assert new.get_model("backoffice", "Trouble").objects.filter(told_at=NOW).count() == 1
    assert list(back.get_model("orders", "Notice").objects.exclude(cause="old").order_by("pk").values()) == before

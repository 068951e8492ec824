"""Mail leaves once, over real SMTP: refused, dropped, killed or raced for, nothing is lost and nothing pretended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection, transaction

from inventory.ground.post import smtp
from orders import books
from orders.mail import notices
from orders.mail import outbox as outbox_of_orders
from orders.mail.outbox import notice_outbox as outbox
from orders.models import Customer, Notice, NoticeLine, NoticeState, OrderLine, Promise
from orders.models.customer import Hears
from orders.tasks import send_notices

from . import mailbox
from .mailbox import NOW, Post, fact, tell

MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(settings) -> Iterator[Post]:
    """The mail goes to a real SMTP server that is ours."""
    with mailbox.smtp_server() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        yield post


def owed(who: str = "ada") -> Notice:
    """A new date that is owed to a customer whose address says what the server will do."""
    line = mailbox.line(of=mailbox.customer(who.title(), f"{who}@shop.example"))
    return tell(fact(line), cause=f"inbound:{line.pk}:1")


def send(at=NOW) -> dict[str, int | str]:
    return notices.send_due(at=at)


def read(notice: Notice) -> Notice:
    notice.refresh_from_db()
    return notice


# --- Sent -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_notice_arrives_as_the_mail_that_was_stored(post, settings):
    settings.DEFAULT_FROM_EMAIL = "Backoffice <orders@harbor.example>"
    settings.REPLY_TO_EMAIL = "service@harbor.example"
    notice = owed()

    counts = send()

    assert counts == {"sent": 1}
    read(notice)
    received = post.mails[0]
    assert (notice.state, notice.attempts, notice.error, notice.recipient) == ("sent", 1, "", "ada@shop.example")
    assert notice.intent_at
    assert notice.sent_at
    assert NOW <= notice.intent_at <= notice.sent_at < NOW + MINUTE
    assert received["From"] == "Harbor & Pine <orders@harbor.example>"
    assert received["Reply-To"] == "Harbor & Pine <service@harbor.example>"
    assert received["To"] == notice.recipient
    assert received["Subject"].strip() == notice.subject == "New shipping date: 7 × Oslo lamp (order R-1001)"
    assert received["Message-ID"].strip() == notice.message_id  # a long one is folded
    assert notice.message_id.endswith("@harbor.example>")
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["List-Unsubscribe"] is None
    assert body(received, "plain") == notice.body_text
    assert body(received, "html") == notice.body_html


def body(received: EmailMessage, kind: str) -> str:
    part = received.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.proof
@pytest.mark.django_db
def test_all_that_is_due_goes_over_one_connection_and_each_customer_gets_their_own(post):
    for place in range(60):
        owed(f"c{place}")

    assert send() == {"sent": 60}
    assert sorted(post.recipients) == sorted(f"c{place}@shop.example" for place in range(60))
    assert len(post.connections) == 1


@pytest.mark.django_db
def test_what_is_sent_is_sent_once(post):
    owed()
    send()

    assert send(NOW + timedelta(days=9)) == {}
    assert len(post.mails) == 1


@pytest.mark.django_db
def test_what_is_not_due_waits(post):
    notice = owed()
    Notice.objects.update(due_at=NOW + 10 * MINUTE)

    assert send() == {}
    assert read(notice).state == NoticeState.QUEUED
    assert post.mails == []


@pytest.mark.django_db
def test_no_more_than_the_limit_goes_out_oldest_first(post):
    for who in ("first", "second", "third"):
        owed(who)
    Notice.objects.filter(customer__name="Third").update(due_at=NOW - MINUTE)

    assert notices.send_due(at=NOW, limit=2) == {"sent": 2}
    assert post.recipients == ["third@shop.example", "first@shop.example"]


@pytest.mark.django_db
def test_a_line_is_told_when_its_mail_was_sent_and_not_before(post):
    sent, refused = owed("ada"), owed("nobody")

    send()

    assert OrderLine.objects.get(notice_lines__notice=sent).told_at == read(sent).sent_at
    assert OrderLine.objects.get(notice_lines__notice=refused).told_at is None


@pytest.mark.django_db
def test_a_notice_with_nothing_left_to_tell_is_superseded_instead_of_sent(post):
    notice = owed()
    notice.lines.update(is_superseded=True)

    assert send() == {"superseded": 1}
    assert read(notice).state == NoticeState.SUPERSEDED
    assert post.mails == []


@pytest.mark.django_db
def test_without_a_mail_server_the_mail_is_a_file_to_read(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    owed()

    assert send() == {"sent": 1}
    written = [path.read_text() for path in tmp_path.iterdir()]
    assert len(written) == 1
    assert "To: ada@shop.example" in written[0]


# --- Later ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("busy", "The mail server said: 451 4.3.0 Try again later"),
        ("full", "The mail server said: 452 4.2.2 Mailbox full"),
        ("cut", "The connection failed before the mail was handed over: Connection unexpectedly closed"),
    ],
)
def test_a_temporary_error_and_a_drop_before_the_final_dot_are_tried_again_later(post, who, error):
    notice = owed(who)

    assert send() == {"delayed": 1}
    read(notice)
    assert (notice.state, notice.attempts, notice.intent_at, notice.claim) == ("queued", 1, None, "")
    assert notice.error.startswith(error)
    assert MINUTE <= notice.due_at - NOW < 2 * MINUTE
    assert post.mails == []


@pytest.mark.django_db
def test_one_refusal_does_not_hold_up_the_others(post):
    for who in ("busy", "ada", "cut", "ben", "nobody", "cleo"):
        owed(who)

    assert send() == {"sent": 3, "delayed": 2, "dead": 1}
    assert post.recipients == ["ada@shop.example", "ben@shop.example", "cleo@shop.example"]


@pytest.mark.django_db
def test_the_delays_grow_and_after_the_eighth_attempt_it_is_a_dead_letter(post):
    notice = owed("busy")
    delays = []
    at = NOW
    while read(notice).state == NoticeState.QUEUED:
        owed(f"passes{at:%d%H%M}")  # alone, it would be why mail stands still
        send(at)
        read(notice)
        delays.append(round((notice.due_at - at) / MINUTE))
        at = notice.due_at

    assert delays == [1, 5, 15, 60, 240, 240, 240, 0]
    assert (notice.state, notice.attempts) == (NoticeState.DEAD, 8)
    assert notice.error == "Gave up after 8 attempts. The mail server said: 451 4.3.0 Try again later"


@pytest.mark.django_db
def test_a_server_that_cannot_be_reached_costs_no_notice_an_attempt(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with mailbox.smtp_server() as (_, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    first, second = owed("ada"), owed("ben")

    counts = send()

    assert counts == {"put_back": 1, "braked": read(first).error}
    assert first.error.startswith("The mail server cannot be reached: ")
    assert (first.attempts, first.state, first.intent_at, first.due_at) == (0, NoticeState.QUEUED, None, NOW)
    assert (read(second).attempts, second.state, second.due_at) == (0, NoticeState.QUEUED, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("again", ["drop", "421 4.4.2 Idle too long, closing"])
def test_a_line_that_the_server_closes_after_each_mail_costs_no_attempt(post, again):
    post.again = again
    three = [owed(f"c{place}") for place in range(3)]

    assert send() == {"sent": 3}
    assert sorted(post.recipients) == [f"c{place}@shop.example" for place in range(3)]
    assert len(post.connections) == 3
    assert [(read(notice).attempts, notice.error) for notice in three] == [(1, "")] * 3


@pytest.mark.django_db
def test_a_server_that_closes_the_line_and_is_gone_costs_no_attempt(post, monkeypatch):
    post.again = "drop"
    first, second = owed("ada"), owed("ben")
    opened = smtp.EmailBackend.open

    def once(self):
        if post.mails and not self.connection:
            raise ConnectionRefusedError("gone")
        return opened(self)

    monkeypatch.setattr(smtp.EmailBackend, "open", once)

    assert send() == {"sent": 1, "put_back": 1, "braked": "The mail server cannot be reached: gone"}
    assert (read(first).state, read(second).state, second.attempts) == (NoticeState.SENT, NoticeState.QUEUED, 0)


@pytest.mark.django_db
def test_a_new_line_that_is_closed_at_once_is_not_tried_again_and_again(post):
    post.says["MAIL"] = "drop"
    owed()

    assert send() == {"delayed": 1}
    assert post.asked == ["MAIL"]


@pytest.mark.django_db
def test_a_mail_that_cannot_be_written_is_tried_again_and_holds_up_nobody(post, settings):
    broken = owed("ada")
    Notice.objects.filter(pk=broken.pk).update(kind="no such kind")
    owed("ben")

    assert send() == {"delayed": 1, "sent": 1}
    assert read(broken).error.startswith("The mail could not be written: ValueError")
    assert post.recipients == ["ben@shop.example"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "counts", "recipients"),
    [
        ({"email": "eva@shop.example"}, {"sent": 1}, ["eva@shop.example"]),
        ({"email": ""}, {"to_call": 1}, []),
        ({"hears": Hears.SHIPPED}, {"not_wanted": 1}, []),
    ],
    ids=["another address", "no address", "another wish"],
)
def test_what_a_customer_changes_while_the_mails_before_theirs_leave_holds_for_theirs(
    post, monkeypatch, change, counts, recipients
):
    notice, read_batch = owed(), outbox.loaded

    def loaded(ids, claim):
        for found in read_batch(ids, claim):
            Customer.objects.update(**change)
            yield found

    monkeypatch.setattr(outbox, "loaded", loaded)

    assert send() == counts
    assert post.recipients == recipients
    assert (read(notice).recipient, notice.attempts) == (
        "".join(recipients),
        len(recipients) or counts.get("not_wanted", 0),
    )


# --- Never ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_address_that_is_refused_is_a_dead_letter_at_once(post):
    notice = owed("nobody")

    assert send() == {"dead": 1}
    error = "The mail server said: 550 5.1.1 No such user here"
    assert (read(notice).state, notice.error, notice.attempts) == (NoticeState.DEAD, error, 1)
    assert send(NOW + timedelta(days=1)) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["ada", "ada@", "ada@shop example", "ada@shop.example\nBcc: all@shop.example"])
def test_a_broken_address_is_a_dead_letter_that_no_server_is_asked_about(post, address):
    notice = owed()
    Customer.objects.update(email=address)

    assert send() == {"dead": 1}
    assert read(notice).error == f"“{address}” is not a valid e-mail address."
    assert notice.intent_at is None
    assert post.mails == []


# --- In doubt -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_drop_after_the_final_dot_is_in_doubt_and_never_repeated_by_itself(post):
    notice = owed("lost")

    assert send() == {"in_doubt": 1}
    assert read(notice).state == NoticeState.IN_DOUBT
    assert notice.error.startswith("No answer after the whole mail was handed over: ")
    assert send(NOW + timedelta(days=9)) == {}
    assert len(post.mails) == 1


@pytest.mark.django_db
def test_a_server_that_never_answers_the_final_dot_leaves_the_mail_in_doubt(post, settings):
    settings.EMAIL_TIMEOUT = 1
    notice = owed("deaf")
    owed("ada")

    assert send() == {"in_doubt": 1, "sent": 1}
    assert read(notice).state == NoticeState.IN_DOUBT
    assert OrderLine.objects.get(notice_lines__notice=notice).told_at is None


@pytest.mark.django_db
def test_a_doubt_that_staff_send_again_keeps_its_message_id_so_that_a_mailbox_may_drop_the_second(post):
    notice = owed("lost")
    send()
    name = read(notice).message_id
    Customer.objects.update(email="ada@shop.example")

    notices.resend([notice.pk], by=None, at=NOW + MINUTE)
    send(NOW + MINUTE)

    assert [received["Message-ID"] for received in post.mails] == [name, name]
    assert read(notice).state == NoticeState.SENT


@pytest.mark.django_db
def test_a_doubt_that_is_sent_again_in_other_words_is_another_mail(post):
    notice = owed("lost")
    send()
    OrderLine.objects.update(promised_date="2026-12-30", likely_date="2026-12-30")
    Customer.objects.update(email="ada@shop.example")

    notices.resend([notice.pk], by=None, at=NOW + MINUTE)
    send(NOW + MINUTE)

    first, second = (received["Message-ID"] for received in post.mails)
    assert first != second
    assert read(notice).message_id == second.strip()


@pytest.mark.django_db
def test_a_claim_that_ran_out_before_its_intent_goes_back_to_the_queue(post):
    notice = claimed(attempts=1)

    assert send(NOW + outbox.LEASE + MINUTE) == {"sent": 1}
    assert (read(notice).state, notice.attempts) == (NoticeState.SENT, 2)


@pytest.mark.django_db
def test_a_claim_that_ran_out_after_its_intent_is_in_doubt(post):
    notice = claimed(attempts=1, intent_at=NOW)

    assert send(NOW + outbox.LEASE + MINUTE) == {"in_doubt": 1}
    assert read(notice).error == "The worker stopped while it was sending this: it may or may not have gone out."
    assert post.mails == []


@pytest.mark.django_db
def test_a_claim_that_stands_is_left_alone(post):
    notice = claimed(attempts=1, intent_at=NOW)

    assert send(NOW + outbox.LEASE - MINUTE) == {}
    assert read(notice).state == NoticeState.CLAIMED


@pytest.mark.django_db
def test_a_notice_that_kills_its_worker_each_time_is_parked(post):
    notice = claimed(attempts=8)

    assert send(NOW + outbox.LEASE + MINUTE) == {"dead": 1}
    assert read(notice).error == "Gave up after 8 attempts: the worker stopped each time before it could send."


def claimed(**fields: object) -> Notice:
    """What a worker leaves that was killed."""
    notice = owed()
    Notice.objects.update(state="claimed", claim="dead worker", claimed_until=NOW + outbox.LEASE, **fields)
    return notice


# --- Killed before it had told what somebody held -------------------------------------


def left_untold(who: str, *, at: datetime = NOW) -> Notice:
    """A mail that was sent by a worker who died before it told its line, which somebody held."""
    notice = owed(who)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "was_sent", lambda told_of, *, at: ())
        assert send(at)["sent"]
    return read(notice)


def untold() -> int:
    """How many lines the audit finds that got a mail and were not told."""
    found = [check() for check in books.CHECKS if check.__name__ == "_got"]
    assert [each.rule for each in found] == ["Who got a mail was told"]
    return found[0].broken


@pytest.mark.django_db
def test_what_a_dead_worker_left_untold_is_told_by_the_next_minute_and_once(post):
    notice = left_untold("ada")
    before = untold()

    send(NOW + MINUTE)

    line = OrderLine.objects.get()
    assert (before, untold()) == (1, 0)
    assert (line.told_at, outbox_of_orders.tell_left()) == (notice.sent_at, 0)
    assert len(post.mails) == 1


@pytest.mark.django_db
def test_what_was_told_before_is_left_untold_by_a_second_mail_too_and_told(post):
    """The promise of the second mail, and that its customer believes its day, are written with it."""
    first = owed()
    send()
    line = OrderLine.objects.get()
    day = NOW.date() + timedelta(days=30)
    Promise.objects.create(line=line, promised_date=day, basis="confirmed", at=NOW + timedelta(days=1))
    OrderLine.objects.update(promised_date=day, first_promised_date=day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "was_sent", lambda told_of, *, at: ())
        second = tell(fact(line, promised_date=day), cause="inbound:9:2", at=NOW + timedelta(days=1))
        assert send(NOW + timedelta(days=2)) == {"sent": 1}
    assert (OrderLine.objects.get().told_at, untold()) == (read(first).sent_at, 1)

    assert outbox_of_orders.tell_left(of_newest=1) == 1

    line.refresh_from_db()
    assert (line.told_at, line.has_told_date, line.told_date) == (read(second).sent_at, True, day)
    assert Promise.objects.get().told_at == read(second).sent_at
    assert untold() == 0


@pytest.mark.django_db
def test_the_minute_looks_at_the_newest_mails_and_the_night_at_all(post):
    left_untold("ada")
    owed("ben")
    send(NOW + MINUTE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "sort_out", lambda *, at: 0)
        owed("cyd")
        send(NOW + MINUTE)
    OrderLine.objects.filter(order__customer__name="Ada").update(told_at=None)

    assert outbox_of_orders.tell_left(of_newest=2) == 0
    assert untold() == 1
    assert outbox_of_orders.tell_left(of_newest=3) == 1
    assert untold() == 0


@pytest.mark.django_db
def test_of_two_mails_that_leave_at_once_the_later_one_tells_though_it_is_written_down_first(post):
    owed()
    send()
    line, later = OrderLine.objects.get(), NOW + 10 * MINUTE
    Notice.objects.update(sent_at=later)
    OrderLine.objects.update(told_at=later)

    with transaction.atomic():
        assert outbox.was_sent([line.pk], at=NOW + MINUTE) == ()

    assert (OrderLine.objects.get().told_at, untold()) == (later, 0)


@pytest.mark.django_db
def test_a_mail_that_came_back_before_its_line_was_told_tells_it_not(post):
    notice = left_untold("ada")
    Notice.objects.update(state=NoticeState.BOUNCED)
    outbox.came_back(read(notice))

    outbox.was_sent_before([OrderLine.objects.get().pk], at=NOW + MINUTE)

    assert (OrderLine.objects.get().told_at, untold()) == (None, 0)


# --- Several processes ----------------------------------------------------------------

SENDER = """
import sys
from datetime import datetime
import django
django.setup()
from orders import books
from orders.mail import notices
from orders.mail import outbox as outbox_of_orders
notices.send_due(at=datetime.fromisoformat(sys.argv[1]))
"""


def sender(settings, port: int) -> "subprocess.Popen[bytes]":
    """Another process that drains the outbox of this test's database."""
    at = connection.settings_dict
    url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATABASE_URL": url,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "SECRET_KEY": "a worker of a test",
        "MAIL_QUIET_MINUTES": "0",
    }
    command = [sys.executable, "-c", SENDER, NOW.isoformat()]
    return subprocess.Popen(command, env=environment, cwd=Path(settings.BASE_DIR))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_mail_once(post, settings):
    everybody = [f"c{place}@shop.example" for place in range(70)]
    for address in everybody:
        owed(address.partition("@")[0])

    workers = [sender(settings, settings.EMAIL_PORT) for _ in range(2)]

    assert [worker.wait(180) for worker in workers] == [0, 0]
    assert sorted(post.recipients) == sorted(everybody)
    assert set(Notice.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_moment_of_sending_leaves_its_notice_in_doubt_and_loses_no_other(post, settings):
    doubtful, waiting = owed("deaf"), owed("ada")
    worker = sender(settings, settings.EMAIL_PORT)
    assert post.has_mail.wait(180)

    worker.send_signal(signal.SIGKILL)
    worker.wait(10)

    assert send(NOW) == {}
    assert send(NOW + outbox.LEASE + MINUTE) == {"in_doubt": 1, "sent": 1}
    assert (read(doubtful).state, read(waiting).state) == (NoticeState.IN_DOUBT, NoticeState.SENT)
    assert post.recipients == ["ada@shop.example"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_sender_does_not_wait_for_an_allocation_that_holds_the_line(post, settings):
    """The line is told once the allocation lets go of it; the mail has gone out before that."""
    notice = owed()
    with transaction.atomic():
        OrderLine.objects.select_for_update().get()
        worker = sender(settings, settings.EMAIL_PORT)
        assert post.has_mail.wait(180)
    assert worker.wait(180) == 0

    assert read(notice).state == NoticeState.SENT
    assert OrderLine.objects.get().told_at is not None


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_waits_to_tell_lines_leaves_them_to_the_next_minute(post, settings):
    notice = owed()
    with transaction.atomic():
        OrderLine.objects.select_for_update().get()
        worker = sender(settings, settings.EMAIL_PORT)
        assert _in_time(lambda: read(notice).state == NoticeState.SENT)
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        is_told = OrderLine.objects.get().told_at is not None
    assert (is_told, untold()) == (False, 1)

    assert send(NOW + MINUTE) == {}

    assert (OrderLine.objects.get().told_at, untold()) == (read(notice).sent_at, 0)
    assert post.recipients == ["ada@shop.example"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_what_is_left_to_tell_and_held_again_is_not_waited_for(post, settings):
    notice = left_untold("ada")
    with transaction.atomic():
        OrderLine.objects.select_for_update().get()
        worker = sender(settings, settings.EMAIL_PORT)
        assert worker.wait(60) == 0
    assert untold() == 1

    assert outbox_of_orders.tell_left() == 1
    assert (OrderLine.objects.get().told_at, untold()) == (read(notice).sent_at, 0)


def _in_time(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 120
    while not (found := is_so()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_mail_waits_whose_facts_somebody_is_just_overtaking_and_that_is_no_attempt(post, settings):
    notice = owed()
    with transaction.atomic():
        NoticeLine.objects.select_for_update().get()
        worker = sender(settings, settings.EMAIL_PORT)
        assert worker.wait(180) == 0

    assert (read(notice).state, notice.attempts, notice.intent_at) == (NoticeState.QUEUED, 0, None)
    assert notice.due_at - NOW >= outbox.BUSY
    assert post.mails == []
    assert send(NOW + MINUTE) == {"sent": 1}


@pytest.mark.django_db
def test_the_clock_sends_what_is_due():
    owed()

    assert send_notices() == {"sent": 1}
    assert len(mail.outbox) == 1

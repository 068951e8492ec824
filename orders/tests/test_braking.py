"""Sending is braked: what is about us costs no mail its life; a mail that is itself the cause stops nobody for long."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from inventory.ground.post import braking, results
from inventory.ground.post.smtp import EmailBackend
from orders.mail import notices
from orders.mail.outbox import notice_outbox as outbox
from orders.models import Customer, MailBrake, Notice, NoticeState, RestockLetter

from . import askers, mailbox, make
from .mailbox import NOW, Post, fact, tell

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.proof]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(settings) -> Iterator[Post]:
    """The mail goes to a real SMTP server that is ours."""
    with mailbox.smtp_server() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        yield post


def owed(*people: str) -> list[Notice]:
    made = []
    for who in people:
        line = mailbox.line(of=mailbox.customer(who.title(), f"{who}@{who}.example"))
        made.append(tell(fact(line), cause=f"inbound:{line.pk}:1"))
    return made


def crowd(size: int) -> list[Notice]:
    return owed(*(f"c{place}" for place in range(size)))


def send(at: datetime = NOW) -> dict[str, int | str]:
    return notices.send_due(at=at)


def states() -> dict[tuple[str, int], int]:
    """How many notices there are by state and attempts."""
    found: dict[tuple[str, int], int] = {}
    for key in Notice.objects.order_by("pk").values_list("state", "attempts"):
        found[key] = found.get(key, 0) + 1
    return found


# --- About us -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("MAIL", "530 5.7.0 Authentication required"),
        ("MAIL", "553 5.7.1 Sender address rejected"),
        ("MAIL", "421 4.7.0 Too many connections"),
        ("MAIL", "450 4.3.2 Not now"),
        ("MAIL", "451 4.7.1 Try later"),
        ("MAIL", "452 4.3.1 Insufficient system storage"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("DATA", "554 5.7.1 Your address is on a list"),
        ("DATA", "552 5.7.0 Blocked by policy"),
        ("DATA", "421 4.3.2 Shutting down"),
    ],
)
def test_a_refusal_about_us_puts_the_mail_back_and_stops_the_run(post, command, said):
    crowd(60)
    post.says[command] = said

    counts = send()

    assert counts == {"put_back": 1, "braked": f"The mail server said: {said}"}
    assert states() == {("queued", 0): 60}
    assert post.asked.count(command) == 1
    assert MailBrake.objects.get().reason == counts["braked"]


def test_the_next_tick_tries_one_mail_and_with_it_all_the_others(post):
    crowd(60)
    post.says["MAIL"] = "553 5.7.1 Sender address rejected"
    send()
    post.says.clear()

    assert send(NOW + MINUTE) == {"sent": 60}
    assert not MailBrake.objects.exists()


def test_however_long_we_are_refused_no_mail_loses_an_attempt(post, monkeypatch):
    monkeypatch.setattr(braking.Run, "now", property(lambda run: run.at))  # however slow the machine is
    crowd(3)
    post.says["DATA"] = "554 5.7.1 Your address is on a list"

    for minute in range(60):
        send(NOW + minute * MINUTE)

    assert states() == {("queued", 0): 3}
    assert post.asked.count("DATA") == 36  # each mail goes five minutes behind the others
    assert MailBrake.objects.get().since - NOW < MINUTE


def test_one_mail_that_is_itself_the_cause_stops_the_others_for_a_tick_and_ends_as_a_dead_letter(post):
    [poison, *_] = owed("spam", "ada", "ben")

    first, second = send(), send(NOW + MINUTE)

    assert first == {"put_back": 1, "braked": "The mail server said: 554 5.7.1 We do not like this"}
    assert second == {"sent": 2}
    at, attempts = NOW + MINUTE, []
    while poison.state == NoticeState.QUEUED:
        poison.refresh_from_db()
        at = max(at, poison.due_at) + MINUTE
        send(at)
        owed(f"later{len(attempts)}")  # meanwhile the shop goes on selling
        send(at + MINUTE / 2)
        poison.refresh_from_db()
        attempts.append(poison.attempts)
    assert attempts == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (poison.state, Notice.objects.filter(state="sent").count()) == ("dead", 10)
    assert poison.error == "Gave up after 8 attempts. The mail server said: 554 5.7.1 We do not like this"


def test_a_refusal_after_others_passed_in_the_same_run_counts_against_the_mail(post):
    [_, poison, waiting] = owed("ada", "spam", "ben")

    counts = send()

    assert counts == {"sent": 1, "delayed": 1, "braked": "The mail server said: 554 5.7.1 We do not like this"}
    poison.refresh_from_db()
    waiting.refresh_from_db()
    assert (poison.attempts, waiting.attempts, waiting.state) == (1, 0, "queued")


def test_a_refusal_of_one_address_brakes_nobody(post):
    owed("nobody", "ada")

    assert send() == {"dead": 1, "sent": 1}
    assert not MailBrake.objects.exists()


# --- The line -------------------------------------------------------------------------


def test_two_doubts_in_a_row_stop_the_run(post):
    crowd(60)
    post.says["DATA"] = "drop"

    counts = send()

    assert counts["in_doubt"] == 2
    assert str(counts["braked"]).startswith("No answer after the whole mail was handed over")
    assert states() == {("in_doubt", 1): 2, ("queued", 0): 58}


def test_a_doubt_between_mails_that_pass_stops_nothing(post):
    owed("lost", "ada", "lost2", "ben")
    # the server looks at what stands before the @: another customer, who fares as the first
    Customer.objects.filter(name="Lost2").update(email="lost@other.example")

    assert send() == {"in_doubt": 2, "sent": 2}
    assert not MailBrake.objects.exists()


def test_after_doubts_the_tries_grow_rare_since_each_may_cost_one(post):
    crowd(60)
    post.says["DATA"] = "drop"

    tried = [minute for minute in range(180) if "in_doubt" in send(NOW + minute * MINUTE)]

    assert tried == [0, 2, 8, 24, 85, 146]  # each pause begins when the try has ended
    assert states() == {("in_doubt", 1): 7, ("queued", 0): 53}


def test_once_a_mail_passes_after_doubts_all_go(post):
    crowd(60)
    post.says["DATA"] = "drop"
    send()
    post.says.clear()

    assert "sent" not in send(NOW + MINUTE)
    assert send(NOW + 2 * MINUTE) == {"sent": 58}
    assert not MailBrake.objects.exists()


def test_two_drops_before_the_dot_stop_the_run_and_later_ones_cost_no_attempt(post):
    crowd(60)
    post.says["RCPT"] = "drop"

    first = send()
    for minute in range(1, 90):
        send(NOW + minute * MINUTE)

    assert (first["delayed"], post.asked.count("RCPT") > 80) == (2, True)
    assert states() == {("queued", 1): 2, ("queued", 0): 58}


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_server_that_says_later_to_everybody_costs_no_mail_its_life(post, command):
    """As one does whose look-ups fail: for thirteen hours it was each mail's own eighth attempt, and all were dead."""
    crowd(4)
    post.says[command] = "451 4.3.0 Temporary lookup failure"

    first = send()
    for minute in range(2, 60 * 15, 15):
        send(NOW + minute * MINUTE)

    assert (first["delayed"], first["braked"]) == (2, "The mail server said: 451 4.3.0 Temporary lookup failure")
    assert states() == {("queued", 1): 2, ("queued", 0): 2}
    assert MailBrake.objects.get().since - NOW < MINUTE
    post.says.clear()
    assert send(NOW + 60 * 25 * MINUTE) == {"sent": 4}


def test_in_a_quiet_shop_later_is_said_to_one_mail_at_a_time_and_costs_none_its_life(post):
    owed("ada")
    post.says["RCPT"] = "451 4.3.0 Temporary lookup failure"
    for minute in range(0, 60 * 15, 10):
        if minute == 30:
            owed("ben")
        send(NOW + minute * MINUTE)

    assert states() == {("queued", 4): 1, ("queued", 1): 1}
    post.says.clear()
    assert send(NOW + 60 * 25 * MINUTE) == {"sent": 2}


def test_two_that_are_refused_while_others_pass_stop_nobody(post):
    owed("busy", "ada")
    assert send() == {"delayed": 1, "sent": 1}
    owed("cut")
    assert send(NOW + MINUTE / 2) == {"delayed": 1}
    assert not MailBrake.objects.exists()


def busy(size: int) -> None:
    """As many mails to mailboxes of one name, which the server looks at: each is told “later”."""
    for place in range(size):
        owed(f"b{place}")
        Customer.objects.filter(name=f"B{place}").update(email=f"busy@b{place}.example")


@pytest.mark.parametrize(
    ("size", "left", "found"),
    [
        (19, 0, {"sent": 2, "delayed": 19}),
        (25, 6, {"sent": 1, "delayed": 20, "braked": "The mail server said: 451 4.3.0 Try again later"}),
    ],
)
def test_where_some_pass_what_is_told_later_stops_nobody_before_the_twentieth_in_a_row(post, size, left, found):
    owed("ada")
    busy(size)
    owed("ben")

    assert send() == found
    assert Notice.objects.filter(state="queued", attempts=0).count() == left


LATER = "The mail server said: 451 4.3.0 Try again later"


def at_one_domain(*people: str) -> None:
    """Mails to mailboxes of one domain, of which the server says “later”."""
    for who in people:
        owed(who)
        domain = "small.example" if who < "x5" else "SMALL.example"
        Customer.objects.filter(name=who.title()).update(email=f"busy-{who}@{domain}")


@pytest.mark.parametrize("size", [2, 19])
def test_what_is_told_later_at_one_domain_alone_stops_nobody_whose_ever_it_is(post, size):
    """Two mails to one broken mailbox were enough, and mail stood still for everybody."""
    at_one_domain(*(f"x{place}" for place in range(size)))

    assert send() == {"delayed": size}
    assert not MailBrake.objects.exists()
    owed("ada")
    assert send(NOW + MINUTE / 2) == {"sent": 1}


def test_the_twentieth_in_a_row_at_one_domain_does(post):
    at_one_domain(*(f"x{place}" for place in range(21)))

    assert send() == {"delayed": 20, "braked": LATER}


def test_of_two_domains_the_second_mail_does(post):
    at_one_domain("x", "y", "z")
    Customer.objects.filter(name="Z").update(email="busy@big.example")

    assert send() == {"delayed": 3, "braked": LATER}


def test_one_at_the_same_domain_that_was_refused_before_is_no_second(post):
    at_one_domain("x")
    assert send() == {"delayed": 1}
    at_one_domain("y")

    assert send(NOW + MINUTE / 2) == {"delayed": 1}
    assert not MailBrake.objects.exists()
    owed("busy")
    assert send(NOW + MINUTE * 3 / 4) == {"delayed": 1, "braked": LATER}


def test_two_doubts_at_one_domain_stop_the_run(post):
    """What is in doubt is not sent again by itself: another one is not risked."""
    at_one_domain("x", "y", "z")
    post.says["DATA"] = "drop"
    Customer.objects.update(email=Concat(F("name"), Value("@small.example")))

    counts = send()

    assert counts["in_doubt"] == 2
    assert str(counts["braked"]).startswith("No answer after the whole mail was handed over")


def test_a_server_that_says_later_to_whom_it_has_not_heard_of_is_through_within_minutes(post, monkeypatch):
    """While mail stood still only who was new was tried, a mail a minute: none passed before all had been tried."""
    monkeypatch.setattr(braking.Run, "now", property(lambda run: run.at))
    seen: dict[str, datetime] = {}
    clock = [NOW]
    take = Post.handle_RCPT

    async def suspicious(self, *given):
        address = given[3]
        if clock[0] - seen.setdefault(address, clock[0]) < 5 * MINUTE:
            return "451 4.7.1 Please try again"
        return await take(self, *given)

    monkeypatch.setattr(Post, "handle_RCPT", suspicious)
    crowd(40)
    sent = []
    for minute in range(16):
        clock[0] = NOW + minute * MINUTE
        send(clock[0])
        sent.append(Notice.objects.filter(state="sent").count())

    assert sent.index(40) == 15
    assert sent[:6] == [0] * 6


@pytest.mark.parametrize("minute", [0, 1])
def test_while_mail_stands_still_who_was_not_refused_yet_and_who_was_longest_ago_take_turns(post, minute):
    [first, _, third, *_, older, new] = crowd(12)
    Notice.objects.exclude(pk__in=[older.pk, new.pk]).update(refused_at=NOW)
    Notice.objects.filter(pk=third.pk).update(refused_at=NOW - 2 * MINUTE)
    Notice.objects.filter(pk=first.pk).update(refused_at=NOW - MINUTE)
    braking.put_on("Later", since=NOW, doubts=0, at=NOW)
    order = braking.Run(NOW + minute * MINUTE, EmailBackend(), braking.standing()).first

    tried = [outbox._claim(f"{place}", 1, NOW, order) for place in range(4)]

    unrefused, refused = [[older.pk], [new.pk]], [[third.pk], [first.pk]]
    assert tried == ([*refused, *tried[2:]] if minute else [*unrefused, *refused])


def test_one_mail_a_day_outlives_a_day_on_which_everybody_is_told_later(post):
    [ada] = owed("ada")
    post.says["RCPT"] = "451 4.3.0 Temporary lookup failure"

    found = [minute for minute in range(0, 60 * 30, 10) if send(NOW + minute * MINUTE)]

    ada.refresh_from_db()
    assert (ada.state, ada.attempts, found[:6]) == ("queued", 6, [0, 10, 20, 40, 110, 360])
    assert MailBrake.objects.get().reason == "The mail server said: 451 4.3.0 Temporary lookup failure"
    post.says.clear()
    assert send(NOW + 60 * 30 * MINUTE) == {"sent": 1}
    assert not MailBrake.objects.exists()


def test_letters_of_two_tables_that_are_told_later_fare_alike(post):
    askers.asked(make.product("LAMP"))
    assert RestockLetter.objects.update(due_at=NOW + 60 * MINUTE, refused_at=NOW) == 1
    owed("ada")
    post.says["RCPT"] = "451 4.3.0 Temporary lookup failure"

    assert send(NOW + MINUTE) == {"delayed": 1, "braked": "The mail server said: 451 4.3.0 Temporary lookup failure"}


def test_mailboxes_that_are_full_stop_nobody(post):
    crowd(3)
    post.says["RCPT"] = "452 4.2.2 Mailbox full"

    assert send() == {"delayed": 3}
    assert not MailBrake.objects.exists()


# --- The budget and the lease ---------------------------------------------------------


def test_the_time_budget_is_looked_at_before_each_mail(post, monkeypatch):
    owed("ada", "ben", "cleo")
    passed = braking.BUDGET - braking.LONGEST + timedelta(seconds=1)
    real = outbox._send

    def takes_long(notice, run):
        real(notice, run)
        run.started -= passed.total_seconds()

    monkeypatch.setattr(outbox, "_send", takes_long)

    assert send() == {"sent": 1}
    assert states() == {("sent", 1): 1, ("queued", 0): 2}


def test_a_run_ends_within_its_budget_even_if_its_last_mail_takes_longest():
    assert timedelta(minutes=4) == braking.BUDGET
    assert timedelta(seconds=60) == braking.LONGEST
    assert outbox.RENEWED_AFTER + braking.LONGEST < outbox.LEASE == timedelta(minutes=2)


def test_the_mails_still_to_come_keep_their_claim_while_others_go_out(post, monkeypatch):
    monkeypatch.setattr(outbox, "RENEWED_AFTER", timedelta(seconds=0.5))
    owed("slow", "ada", "ben")
    leases = []
    real = outbox._send

    def look(*given):
        leases.append(Notice.objects.get(customer__name="Ben").claimed_until)
        return real(*given)

    monkeypatch.setattr(outbox, "_send", look)
    send()

    assert leases[1] - leases[0] > timedelta(seconds=0.9)


# --- A worker that was only slow --------------------------------------------------------


@pytest.fixture
def meanwhile(monkeypatch):
    """What happens between the server's answer and our writing it down."""
    acts = []
    real = EmailBackend._send

    def slowly(self, mail):
        try:
            return real(self, mail)
        finally:
            while acts:
                acts.pop()()

    monkeypatch.setattr(EmailBackend, "_send", slowly)
    return acts


def another_worker_sweeps() -> None:
    assert send(NOW + outbox.LEASE + MINUTE) == {"in_doubt": 1}


def test_a_slow_worker_that_finds_its_mail_in_doubt_corrects_it(post, meanwhile):
    [notice] = owed("ada")
    meanwhile.append(another_worker_sweeps)

    assert send() == {"sent": 1}
    notice.refresh_from_db()
    assert (notice.state, notice.error, notice.sent_at is not None) == ("sent", "", True)
    assert notice.lines.get().line.told_at == notice.sent_at


def test_a_slow_worker_whose_mail_was_refused_after_all_says_so(post, meanwhile):
    [notice] = owed("nobody")
    meanwhile.append(another_worker_sweeps)

    assert send() == {"dead": 1}
    notice.refresh_from_db()
    assert (notice.state, notice.error) == ("dead", "The mail server said: 550 5.1.1 No such user here")


def test_a_slow_worker_writes_nothing_once_staff_have_sent_the_mail_again(post, meanwhile):
    [notice] = owed("ada")

    def staff_send_it_again() -> None:
        another_worker_sweeps()
        notices.resend([notice.pk], by=None, at=NOW + 4 * MINUTE)

    meanwhile.append(staff_send_it_again)

    assert send() == {}
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.sent_at) == ("queued", 0, None)
    assert notice.error.startswith(f"Sent again by the system, 2026-11-23 12:04 UTC. Before: {results.STOPPED}"[:300])
    assert notice.lines.get().line.told_at is None


def test_a_worker_whose_claim_was_given_back_does_not_send(post):
    [notice] = owed("ada")
    connection = EmailBackend()
    run = braking.Run(NOW, connection, None)
    [claimed] = outbox._claim("slow worker", 1, NOW) and [Notice.objects.get()]
    run.started -= (outbox.LEASE + MINUTE).total_seconds()

    outbox._send_batch([claimed.pk], "slow worker", run)

    notice.refresh_from_db()
    assert (post.mails, notice.state) == ([], "queued")


def test_a_slow_worker_writes_nothing_into_the_claim_of_another(post, meanwhile):
    [notice] = owed("nobody")

    def another_worker_is_at_it() -> None:
        another_worker_sweeps()
        notices.resend([notice.pk], by=None, at=NOW + 4 * MINUTE)
        assert outbox._claim("other worker", 1, NOW + 4 * MINUTE) == [notice.pk]

    meanwhile.append(another_worker_is_at_it)

    assert send() == {}
    notice.refresh_from_db()
    assert (notice.state, notice.claim) == ("claimed", "other worker")


def test_the_next_try_begins_the_moment_its_pause_is_over(post):
    owed("ada")
    braking.put_on("No answer", since=NOW, doubts=2, at=NOW)

    assert send(NOW + MINUTE - timedelta(microseconds=1)) == {"braked": "No answer"}
    assert send(NOW + MINUTE) == {"sent": 1}

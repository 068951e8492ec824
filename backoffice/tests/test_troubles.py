"""Whoever looks after it is told of each trouble once when it begins and once when it is over, whatever is away."""

import socket
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.core import mail
from django.db import connections, transaction

from backoffice import tasks
from backoffice.models import ClockTick, JobRun, StaffLetter, ToldTrouble, Trouble, Upload
from backoffice.watching import troubles, watch
from backoffice.watching.watch import Watched
from inventory.ground.post import sender
from orders.tasks import send_notices

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MAIL = Watched("mail", False, "Mail to customers has stood still since 08:50: 535 wrong password", key="mail")
FILE = Watched("file", False, "The file “a\nb.csv” could not be loaded.", key="file:7")


def night(day):
    return Watched("night", False, f"The night of {day} Mar 2026 did not run.", key=f"night:2026-03-{day:02}")


@pytest.fixture(autouse=True)
def _told_to(settings):
    settings.ADMINS = [("Ada", "ada@shop.example")]
    settings.SHOP_NAME = "Harbor & Pine"


class Broken:
    """What is wrong, as the watch sees it from minute to minute."""

    def __init__(self, monkeypatch):
        self.found: list[Watched] = []
        self.minute = 0
        monkeypatch.setattr(watch, "wrong", lambda at: list(self.found))

    def ticks(self, *found, minutes=1):
        """The clock ticks so many times, and this is found; the subjects of the mails that went out."""
        self.found = list(found)
        mail.outbox.clear()
        for _ in range(minutes):
            self.minute += 1
            troubles.look(at=NOW + self.minute * MINUTE)
            sender.send_due(at=NOW + self.minute * MINUTE)
        return [sent.subject for sent in mail.outbox]


@pytest.fixture
def shop(monkeypatch):
    return Broken(monkeypatch)


@pytest.fixture
def server(settings):
    """A mail server that can be away."""
    here = settings.EMAIL_BACKEND
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody_listens.getsockname()

        class Server:
            def goes(self):
                settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

            def comes_back(self):
                settings.EMAIL_BACKEND = here

        yield Server()


def test_a_trouble_is_told_once_and_its_end_once(shop):
    assert shop.ticks(minutes=3) == []
    assert shop.ticks(MAIL, minutes=20) == ["[Harbor & Pine] Mail stands still"]
    assert shop.ticks(minutes=20) == ["[Harbor & Pine] Over: mail stands still"]
    assert shop.ticks(MAIL, minutes=5) == ["[Harbor & Pine] Mail stands still"]

    assert Trouble.objects.count() == 2


def test_the_mail_says_what_since_when_and_where_to_look(shop, settings):
    shop.ticks(MAIL, FILE, night(5))

    (sent,) = mail.outbox
    assert sent.subject == "[Harbor & Pine] Mail stands still (and 2 more)"
    assert (sent.to, sent.from_email, sent.reply_to) == (["ada@shop.example"], settings.SERVER_EMAIL, [])
    assert sent.body == (
        "5 Mar 2026, 09:01: Mail to customers has stood still since 08:50: 535 wrong password\n\n"
        "5 Mar 2026, 09:01: The file “a b.csv” could not be loaded.\n\n"
        "5 Mar 2026, 09:01: The night of 5 Mar 2026 did not run.\n\n"
        "Today: http://127.0.0.1:8000/admin/\nWhat to do: backoffice/docs/operations.md\n"
    )

    shop.ticks(minutes=2)
    assert [message.body.splitlines()[0] for message in mail.outbox] == [
        f"5 Mar 2026, 09:02: over. What was found 5 Mar 2026, 09:01: {MAIL.words}"
    ]
    assert mail.outbox[0].subject == "[Harbor & Pine] Over: mail stands still (and 1 more)"
    assert "a b.csv" not in mail.outbox[0].body


def test_what_comes_later_is_told_alone(shop):
    shop.ticks(MAIL)

    assert shop.ticks(MAIL, night(5), minutes=3) == ["[Harbor & Pine] The night did not run"]
    assert "Mail to customers" not in mail.outbox[0].body


def test_a_second_night_that_did_not_run_is_told_and_mends_not_the_first(shop):
    assert shop.ticks(night(5), minutes=3) == ["[Harbor & Pine] The night did not run"]
    assert shop.ticks(night(6), minutes=3) == ["[Harbor & Pine] The night did not run"]
    assert shop.ticks(minutes=3) == ["[Harbor & Pine] Over: the night did not run"]


def test_each_of_those_who_look_after_it_gets_a_letter_of_their_own(shop, settings):
    settings.ADMINS = [("Ada", "ada@shop.example"), ("", "ops@shop.example"), ("Ada too", "ada@shop.example")]

    shop.ticks(MAIL, minutes=3)

    assert [sent.to for sent in mail.outbox] == [["ada@shop.example"], ["ops@shop.example"]]


def test_an_alert_is_not_lost_while_the_mail_server_is_away(shop, server):
    server.goes()
    assert shop.ticks(MAIL, minutes=5) == []
    assert StaffLetter.objects.values_list("state", "attempts").get() == ("queued", 0)

    server.comes_back()
    assert shop.ticks(MAIL, minutes=5) == ["[Harbor & Pine] Mail stands still"]


def test_what_began_and_ended_while_the_mail_server_was_away_is_told_once_as_over(shop, server):
    server.goes()
    shop.ticks(MAIL, minutes=5)
    shop.ticks(minutes=5)

    server.comes_back()
    assert shop.ticks(minutes=5) == ["[Harbor & Pine] Over: mail stands still"]
    assert set(StaffLetter.objects.values_list("subject", "state")) == {
        ("[Harbor & Pine] Mail stands still", "superseded"),
        ("[Harbor & Pine] Over: mail stands still", "sent"),
    }


def test_what_began_is_told_beside_its_end_where_the_letter_of_it_tells_more(shop, server):
    server.goes()
    shop.ticks(MAIL, night(5))
    shop.ticks(night(5))

    server.comes_back()
    assert shop.ticks(night(5)) == [
        "[Harbor & Pine] Mail stands still (and 1 more)",
        "[Harbor & Pine] Over: mail stands still",
    ]


def test_a_file_that_is_over_in_silence_is_told_all_the_same(shop, server):
    server.goes()
    shop.ticks(FILE)
    shop.ticks()

    server.comes_back()
    assert shop.ticks() == ["[Harbor & Pine] A file could not be loaded"]


def test_what_is_told_and_its_letter_are_written_together_or_not_at_all(shop, monkeypatch):
    def breaks(*rows, **options):
        raise ConnectionResetError("the database went away")

    monkeypatch.setattr(ToldTrouble.objects, "bulk_create", breaks)
    with pytest.raises(ConnectionResetError):
        shop.ticks(MAIL)
    assert (StaffLetter.objects.count(), Trouble.objects.get().told_at) == (0, None)

    monkeypatch.undo()
    assert Trouble.objects.count() == 1
    assert troubles.tell(at=NOW) == 1
    assert StaffLetter.objects.count() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_who_tell_at_once_one_does(shop):
    troubles.note([MAIL], at=NOW)
    told = []

    def tell():
        told.append(troubles.tell(at=NOW))
        connections.close_all()

    other = Thread(target=tell)
    with transaction.atomic():
        Trouble.objects.select_for_update(no_key=True).get()
        other.start()
        told.append(troubles.tell(at=NOW))
    other.join(60)

    assert sorted(told) == [0, 1]
    assert StaffLetter.objects.count() == 1


def test_without_anybody_to_tell_it_is_noted_and_logged(shop, settings, caplog):
    settings.ADMINS = []

    assert shop.ticks(MAIL, minutes=3) == []
    assert Trouble.objects.get().told_at is None
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [MAIL.words]


def test_what_was_over_a_week_ago_is_told_to_nobody(shop, settings):
    settings.ADMINS = []
    shop.ticks(MAIL)
    shop.ticks()
    Trouble.objects.update(began_at=NOW - timedelta(days=7))
    settings.ADMINS = [("Ada", "ada@shop.example")]

    assert shop.ticks() == []


def test_books_that_are_being_checked_again_are_not_known_to_balance(shop):
    wrong = Watched("books", False, "Held is the sum of holds: not for 3.", key="books:Held is the sum of holds")
    shop.ticks(wrong)
    run = JobRun.objects.create(job="audit", business_date=NOW.date(), started_at=NOW)
    assert shop.ticks(minutes=3) == []

    JobRun.objects.filter(pk=run.pk).update(finished_at=NOW)
    assert shop.ticks(minutes=3) == ["[Harbor & Pine] Over: the books do not balance"]


def test_the_task_notes_the_tick_and_finds_a_file_that_failed(settings):
    died = {"state": "failed", "error": "MemoryError", "claimed_until": datetime(2999, 1, 1, tzinfo=UTC)}
    Upload.objects.create(kind="stock", name="stock.csv", uploaded_at=NOW, **died)

    counts = tasks.watch()

    assert counts["begun"] >= 1
    assert ClockTick.objects.count() == 1
    assert "file" in Trouble.objects.values_list("name", flat=True)
    assert send_notices() == {"sent": 1}
    assert len(mail.outbox) == 1


def test_a_shop_name_breaks_no_header(shop, settings):
    settings.SHOP_NAME = "Harbor\r\nBcc: eve@example.com"

    assert shop.ticks(MAIL) == ["[Harbor Bcc: eve@example.com] Mail stands still"]

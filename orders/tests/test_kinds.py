"""Kinds of mail: each is declared once and has its words; the first word of what waits, and what is taken back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail

from orders.mail import letters, notices
from orders.models import Notice, NoticeKind, NoticeLine, kinds
from orders.promising import by_hand

from . import mailbox, make
from .test_told import DAY, Story

WORDS = settings.BASE_DIR / "templates" / "email"
SHARED = {"base", "closing", "date", "news", "note", "page", "rest", "standing", "waits"}
"""What is no kind's own: how a line that is no news stands, what a mail of several kinds and what several say alike."""


def test_a_kind_is_its_declaration_and_its_words():
    words = {path.name.partition(".")[0] for path in WORDS.iterdir()}

    assert words - SHARED == {str(kind) for kind in NoticeKind}
    for kind in NoticeKind:
        own = {path.name.removeprefix(f"{kind}.") for path in WORDS.glob(f"{kind}.*")}
        assert {"headline.txt", "intro.txt", "line.txt", "subject.txt"} == own - {"closing.txt"}, kind


def test_what_is_kept_of_a_kind_keeps_its_meaning():
    assert kinds.choices() == [
        ("backordered", "Backordered"),
        ("lost", "Lost again"),
        ("new_date", "New date"),
        ("restocked", "Restocked"),
        ("shipped", "Shipped"),
        ("canceled", "Canceled"),
        ("substituted", "Substituted"),
        ("not_left", "Has not left yet"),
        ("parcel_lost", "Lost on its way"),
        ("exchanged", "Exchanged"),
        ("returned", "Came back, money goes back"),
        ("corrected", "Another tracking number"),
        ("address", "Address asked"),
        ("offered", "Substitute offered"),
        ("late", "Late, and asked for"),
        ("noted", "Act confirmed"),
    ]
    for model in (Notice, NoticeLine):
        assert max(len(value) for value in NoticeKind.values) <= model._meta.get_field("kind").max_length


def test_a_kind_says_how_a_line_stands_what_left_its_order_asks_or_confirms():
    assert kinds.STATES == ("backordered", "lost", "new_date", "restocked", "late")
    assert kinds.EVENTS == (
        "shipped",
        "canceled",
        "substituted",
        "not_left",
        "parcel_lost",
        "exchanged",
        "returned",
        "corrected",
    )
    assert kinds.QUESTIONS == ("address", "offered")
    assert kinds.CONFIRMATIONS == ("noted",)
    assert kinds.APART == ("address", "offered", "noted")
    assert kinds.ENDS == ("canceled", "substituted")
    assert kinds.LOSSES == ("backordered", "lost")
    assert kinds.DIGESTED == ("lost", "new_date", "restocked", "late")
    assert kinds.ANSWERS == ("backordered", "noted")
    assert kinds.EXPLAINED == ("backordered", "lost", "new_date")


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("backordered", 2),
        ("lost", 2),
        ("new_date", 2),
        ("restocked", 5),
        ("shipped", 9),
        ("canceled", 9),
        ("substituted", 9),
        ("not_left", 9),
        ("parcel_lost", 9),
        ("exchanged", 9),
        ("returned", 9),
        ("corrected", 9),
        ("address", 2),
        ("offered", 2),
        ("late", 2),
        ("noted", 9),
    ],
)
def test_a_kind_is_about_its_units(kind, about):
    assert NoticeKind(kind).declared.about(NoticeLine(units=9, ready=5, waiting=2)) == about


def test_a_new_date_of_what_is_here_is_about_what_is_here():
    assert NoticeKind.NEW_DATE.declared.about(NoticeLine(units=9, ready=5, waiting=0)) == 5


# --- Lost again -------------------------------------------------------------------------


def kind_of_the_last():
    return Notice.objects.latest("pk").kind


@pytest.mark.django_db
def test_what_was_told_to_be_here_and_is_lost_is_taken_back():
    story = Story()
    story.arrive(7)
    story.mails()

    story.lose(4)

    [(subject, [words])] = story.mails()
    assert kind_of_the_last() == "lost"
    assert subject == "Delayed after all"
    assert mail.outbox[0].subject == "Delayed after all: 4 × Oslo lamp (order R-1)"
    assert "We wrote that what you have been waiting for had arrived. Not all of it is still" in mail.outbox[0].body
    assert words.startswith(
        "We are sorry: units that were set aside for you can no longer be shipped. 3 of your 7 are here, 4 will follow."
    )


@pytest.mark.django_db
def test_what_nobody_was_told_to_be_here_and_is_lost_is_a_delay():
    story = Story(here=7)

    story.lose(4)

    assert [subject for subject, _ in story.mails()] == ["Delayed"]
    assert kind_of_the_last() == "lost"
    assert "We wrote" not in mail.outbox[0].body


@pytest.mark.django_db
def test_what_was_taken_back_is_not_taken_back_twice():
    story = Story()
    story.arrive(7)
    story.mails()
    story.lose(4)
    story.mails()

    story.lose(1)
    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["Delayed"]
    assert "We wrote" not in mail.outbox[0].body


@pytest.mark.django_db
def test_a_day_told_since_does_not_hide_that_it_was_told_to_be_here():
    story = Story()
    story.arrive(5)
    story.mails()
    story.redate(30)
    story.next_morning()
    assert [subject for subject, _ in story.mails()] == ["New shipping date"]

    story.lose(5)
    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["Delayed after all"]


@pytest.mark.django_db
def test_mails_of_before_this_kind_are_worded_as_what_they_are():
    """One that waited when "backordered" was both: units are gone that its customer counted on."""
    notice = mailbox.tell(mailbox.fact(mailbox.line(), NoticeKind.BACKORDERED, was_date=mailbox.NOW.date() + DAY))

    assert letters.preview(notice, at=mailbox.NOW).subject == "Delayed: 7 × Oslo lamp (order R-1001)"


# --- The first word of what waits -------------------------------------------------------


@pytest.mark.django_db
def test_a_date_that_moves_before_the_first_mail_is_in_the_first_mail():
    story = Story(told=False)

    story.redate(30)

    assert story.mails() == [
        ("Will follow", ["Your 7 are not here yet and will follow. We expect to ship them by April 2."])
    ]
    assert list(Notice.objects.order_by("pk").values_list("kind", "state")) == [
        ("backordered", "superseded"),
        ("backordered", "sent"),
    ]
    assert "Thank you for your order." in mail.outbox[0].body
    assert "Until now" not in mail.outbox[0].body


@pytest.mark.django_db
def test_units_that_come_before_the_first_mail_are_good_news_though_others_wait():
    story = Story(told=False)

    story.arrive(3)

    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]
    assert kind_of_the_last() == "restocked"


@pytest.mark.django_db
def test_a_date_that_somebody_types_before_the_first_mail_is_there_with_its_reason():
    story = Story(told=False)
    day = make.TODAY + 20 * DAY

    by_hand.set_date([story.line.pk], day, reason="You asked for it.", tells_reason=True, by=None, at=next(story.clock))

    assert [subject for subject, _ in story.mails()] == ["Will follow"]
    assert "Reason: You asked for it.\n" in mail.outbox[0].body


@pytest.mark.django_db
def test_a_date_that_moves_once_the_first_mail_has_left_is_a_new_date():
    story = Story()

    story.redate(30)

    assert [subject for subject, _ in story.mails()] == ["New shipping date"]


@pytest.mark.django_db
def test_a_first_mail_that_nobody_got_is_told_as_the_first():
    story = Story()
    Notice.objects.update(state="dead")

    story.redate(30)

    assert [subject for subject, _ in story.mails()] == ["Will follow"]


@pytest.mark.django_db
def test_the_first_mail_does_not_wait_for_the_pause_between_new_dates():
    story = Story(told=False)
    story.redate(30)

    notice = Notice.objects.get(state="queued")

    assert notice.due_at == notice.created_at
    assert notices.send_due(at=make.MONDAY + timedelta(hours=1))["sent"] == 1

"""Who is owed to hear what: one fact is told once, newer news overtakes older, and nothing is said too often."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail

from inventory.supply import calendars
from inventory.supply.calendars import WorkingDays
from orders.mail import notices
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState

from . import mailbox
from .mailbox import NOW, fact, tell

pytestmark = pytest.mark.django_db

KINDS = list(NoticeKind)
BACKORDERED, LOST, NEW_DATE, RESTOCKED, SHIPPED, CANCELED, *_ = NoticeKind
HOUR = timedelta(hours=1)


def states() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "state"))


def test_one_event_makes_one_mail_for_each_customer_however_many_lines_it_touches():
    ada, ben = mailbox.customer("Ada"), mailbox.customer("Ben")
    lines = [mailbox.line(of=ada), mailbox.line(of=ada), mailbox.line(of=ben)]

    told = notices.queue([fact(line) for line in lines], cause="inbound:77:3", at=NOW)

    assert told == 3
    assert sorted(Notice.objects.values_list("customer__name", "kind", "cause", "state", "due_at")) == [
        ("Ada", "new_date", "inbound:77:3", "queued", NOW),
        ("Ben", "new_date", "inbound:77:3", "queued", NOW),
    ]
    assert set(Notice.objects.get(customer=ada).lines.values_list("line", "event")) == {
        (lines[0].pk, "inbound:77:3"),
        (lines[1].pk, "inbound:77:3"),
    }


def test_an_event_that_is_settled_twice_is_told_once():
    line = mailbox.line()

    first = notices.queue([fact(line, RESTOCKED)], cause="movement:1", at=NOW)
    again = notices.queue([fact(line, RESTOCKED)], cause="movement:1", at=NOW + HOUR)

    assert (first, again) == (1, 0)
    assert states() == [("restocked", "queued")]
    assert NoticeLine.objects.count() == 1


def test_an_event_that_is_settled_again_after_its_mail_went_out_sends_no_other():
    line = mailbox.line()
    tell(fact(line))
    notices.send_due(at=NOW)

    again = notices.queue([fact(line)], cause="movement:1", at=NOW + HOUR)

    assert again == 0
    assert notices.send_due(at=NOW + HOUR) == {}
    assert len(mail.outbox) == 1


def test_a_line_restocked_lost_and_restocked_again_is_told_each_time_a_mail_went_in_between():
    line = mailbox.line()

    for number, (kind, ready) in enumerate(((RESTOCKED, 7), (BACKORDERED, 0), (RESTOCKED, 7))):
        at = NOW + number * 24 * HOUR  # one digest a day
        tell(fact(line, kind, ready=ready, waiting=7 - ready), cause=f"movement:{number}", at=at)
        notices.send_due(at=at)

    assert states() == [("restocked", "sent"), ("backordered", "sent"), ("restocked", "sent")]


def test_a_line_restocked_lost_and_restocked_again_before_a_mail_went_is_told_once():
    line = mailbox.line()
    was = {"was_date": date(2026, 12, 16)}

    tell(fact(line, RESTOCKED, ready=7, waiting=0, **was), cause="movement:1")
    tell(fact(line, BACKORDERED, **was), cause="movement:2")
    tell(fact(line, RESTOCKED, ready=7, waiting=0, **was), cause="movement:3")

    assert states() == [("restocked", "superseded"), ("restocked", "queued")]


STATES = ("backordered", "lost", "new_date", "restocked", "late")
"""What newer news of a line overtakes while it is queued and unsent."""
LEFT = ("shipped", "canceled", "substituted", "not_left", "parcel_lost", "exchanged", "returned", "corrected")
"""What stays true, and is told beside what comes after it."""
ASKS = ("address", "offered", "noted")
"""What overtakes nothing: it asks, or confirms what its customer did."""
PAIRS = [
    (older, newer, older in STATES and newer not in ASKS)
    for older in (*STATES, *LEFT, *ASKS)
    for newer in (*STATES, *LEFT, *ASKS)
]


def test_every_pair_of_kinds_is_decided():
    assert {(older, newer) for older, newer, _ in PAIRS} == {(old.value, new.value) for old in KINDS for new in KINDS}


@pytest.mark.parametrize(("older", "newer", "is_overtaken"), PAIRS)
def test_newer_news_overtakes_older_that_has_not_gone_out(older, newer, is_overtaken):
    line = mailbox.line(9)
    was = {"was_date": date(2026, 11, 30)} if older == LOST else {}

    first = tell(fact(line, NoticeKind(older), units=1, ready=1, waiting=6, **was), cause="movement:1")
    second = tell(fact(line, NoticeKind(newer), units=2, ready=3, waiting=3, detail="DHL"), cause="movement:2")

    first.refresh_from_db()
    assert first.state == (NoticeState.SUPERSEDED if is_overtaken else NoticeState.QUEUED)
    assert first.lines.get().is_superseded is is_overtaken
    assert second.state == NoticeState.QUEUED
    assert not second.lines.get().is_superseded


@pytest.mark.parametrize("state", [NoticeState.DEAD, NoticeState.IN_DOUBT, NoticeState.CLAIMED])
def test_what_is_not_told_for_sure_is_overtaken_too(state):
    line = mailbox.line()
    first = tell(fact(line), cause="inbound:1:1")
    Notice.objects.filter(pk=first.pk).update(state=state)

    tell(fact(line, RESTOCKED, ready=7, waiting=0), cause="movement:1")

    first.refresh_from_db()
    assert (first.state, first.lines.get().is_superseded) == (state, True)


def test_a_digest_keeps_the_lines_that_no_newer_news_overtook():
    ada = mailbox.customer()
    lamp, chair = mailbox.line(of=ada, name="Oslo lamp"), mailbox.line(of=ada, name="Bergen chair")
    digest = tell(fact(lamp), fact(chair), cause="inbound:1:1")

    tell(fact(lamp, RESTOCKED, ready=7, waiting=0), cause="movement:1")

    digest.refresh_from_db()
    assert digest.state == NoticeState.QUEUED
    text = notices.preview(digest, at=NOW).text
    assert "Bergen chair" in text
    assert "Oslo lamp" not in text


def test_news_of_one_line_leaves_the_news_of_another_alone():
    tell(fact(mailbox.line()), cause="inbound:1:1")

    tell(fact(mailbox.line()), cause="inbound:1:2")

    assert states() == [("new_date", "queued"), ("new_date", "queued")]


def test_two_facts_of_one_line_from_one_event_are_one_mail_with_the_newer_kind_of_news():
    line = mailbox.line()

    notices.queue([fact(line, RESTOCKED), fact(line, NEW_DATE)], cause="movement:1", at=NOW)

    assert states() == [("new_date", "superseded"), ("restocked", "queued")]


def test_news_that_was_sent_is_not_overtaken():
    line = mailbox.line()
    sent = tell(fact(line), cause="inbound:1:1")
    notices.send_due(at=NOW)

    tell(fact(line, SHIPPED), cause="shipment:1")

    sent.refresh_from_db()
    assert sent.state == NoticeState.SENT
    assert not sent.lines.get().is_superseded


def test_a_cause_that_comes_in_blocks_adds_to_the_mail_that_waits_and_makes_a_second_once_it_has_gone():
    ada = mailbox.customer()
    first, second, third = (mailbox.line(of=ada) for _ in range(3))
    notices.queue([fact(first)], cause="nightly:1", at=NOW)
    notices.queue([fact(second)], cause="nightly:1", at=NOW)
    assert Notice.objects.get().lines.count() == 2
    notices.send_due(at=NOW)

    notices.queue([fact(third)], cause="nightly:1", at=NOW + HOUR)
    assert notices.send_due(at=NOW + HOUR) == {}
    notices.send_due(at=NOW + 22 * HOUR)

    assert [notice.lines.count() for notice in Notice.objects.order_by("pk")] == [2, 1]
    assert len(mail.outbox) == 2
    assert notices.queue([fact(third)], cause="nightly:1", at=NOW + 2 * HOUR) == 0


def test_a_date_that_flaps_back_to_what_was_last_told_sends_no_mail():
    line = mailbox.line()
    tell(fact(line, BACKORDERED), cause="order:1")
    notices.send_due(at=NOW)
    slipped = date(2027, 1, 20)
    tell(fact(line, NEW_DATE, was_date=date(2026, 12, 16), promised_date=slipped), cause="inbound:1:2")

    back = fact(line, NEW_DATE, was_date=slipped, promised_date=date(2026, 12, 17))
    told = notices.queue([back], cause="inbound:1:3", at=NOW + HOUR)

    assert told == 0
    assert states() == [("backordered", "sent"), ("new_date", "superseded")]


def test_the_number_of_statements_does_not_grow_with_the_facts(django_assert_num_queries):
    lines = [mailbox.line(of=mailbox.customer(f"C{place}")) for place in range(200)]
    facts = [fact(line) for line in lines]

    with django_assert_num_queries(7):
        notices.queue(facts[:2], cause="inbound:1:1", at=NOW)
    with django_assert_num_queries(7):
        notices.queue(facts[2:], cause="inbound:2:1", at=NOW)


def test_a_dead_letter_is_sent_again_to_the_address_of_today_and_keeps_who_asked():
    ada = mailbox.customer("Ada", "no address")
    boss = User(username="maria")
    notice = tell(fact(mailbox.line(of=ada)))
    assert notices.send_due(at=NOW) == {"dead": 1}
    ada.email = "ada@shop.example"
    ada.save()

    again = notices.resend([notice.pk], by=boss, at=NOW + HOUR)

    assert again == 1
    assert notices.send_due(at=NOW + HOUR) == {"sent": 1}
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.recipient) == (NoticeState.SENT, 1, "ada@shop.example")
    assert notice.error == (
        "Sent again by maria, 2026-11-23 13:00 UTC. Before: “no address” is not a valid e-mail address."
    )


@pytest.mark.parametrize(
    "state", [NoticeState.QUEUED, NoticeState.CLAIMED, NoticeState.SENT, NoticeState.COMPLAINED, NoticeState.SUPERSEDED]
)
def test_only_what_is_dead_or_in_doubt_can_be_sent_again(state):
    dead, other = tell(fact(mailbox.line()), cause="movement:1"), tell(fact(mailbox.line()), cause="movement:2")
    Notice.objects.filter(pk=dead.pk).update(state=NoticeState.DEAD)
    Notice.objects.filter(pk=other.pk).update(state=state)

    with pytest.raises(notices.NotResendable, match="could not be delivered, came back or are in doubt"):
        notices.resend([dead.pk, other.pk], by=None, at=NOW)

    assert set(Notice.objects.values_list("pk", "state")) == {(dead.pk, "dead"), (other.pk, state)}


def test_a_dead_letter_that_newer_news_overtook_is_not_sent_after_it():
    line = mailbox.line()
    dead = tell(fact(line), cause="inbound:1:1")
    Notice.objects.filter(pk=dead.pk).update(state=NoticeState.DEAD)
    tell(fact(line, RESTOCKED, ready=7, waiting=0), cause="movement:1")

    again = notices.resend([dead.pk], by=None, at=NOW)

    assert again == 0
    dead.refresh_from_db()
    assert dead.state == NoticeState.SUPERSEDED
    assert notices.send_due(at=NOW) == {"sent": 1}


def test_the_preview_shows_what_will_go_out_and_then_what_went_out():
    notice = tell(fact(mailbox.line(), promised_date=date(2026, 12, 16)))
    before = notices.preview(notice, at=NOW)

    notices.send_due(at=NOW)

    notice.refresh_from_db()
    assert notices.preview(notice, at=NOW) == before == (notice.subject, notice.body_text, notice.body_html)
    assert mail.outbox[0].subject == before.subject


def test_the_preview_of_overtaken_news_shows_what_it_would_have_said():
    line = mailbox.line()
    notice = tell(fact(line), cause="inbound:1:1")
    said = notices.preview(notice, at=NOW)
    tell(fact(line, CANCELED), cause="cancel:1")

    notice.refresh_from_db()

    assert notice.state == NoticeState.SUPERSEDED
    assert notices.preview(notice, at=NOW) == said


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "told"), [(-4, 0), (-3, 1), (0, 1), (1, 1)])
def test_a_later_date_close_to_what_was_told_is_news_from_the_last_working_day_before_that_on(days, told):
    """Told for Monday, and Wednesday is as good: no mail on Thursday. On Friday it is the last word in time."""
    line = mailbox.line()
    first = tell(fact(line, NEW_DATE, promised_date=NOW.date()), cause="inbound:1:1")
    Notice.objects.filter(pk=first.pk).update(state=NoticeState.SENT)
    later = fact(line, NEW_DATE, was_date=NOW.date(), promised_date=NOW.date() + timedelta(days=2))

    assert notices.queue([later], cause="time:1", at=NOW + timedelta(days=days)) == told


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "told"), [(-4, 0), (-3, 1)])
def test_the_last_day_before_a_told_one_is_one_on_which_the_warehouse_works(days, told):
    """Told for Tuesday of a warehouse that does not work on Mondays: the last word in time is Friday's."""
    line, tuesday = mailbox.line(), NOW.date() + timedelta(days=1)
    calendars.change(line.order.warehouse_id, WorkingDays("0111100", "", "", None, 0, 1), by=None, at=NOW)
    first = tell(fact(line, NEW_DATE, promised_date=tuesday), cause="inbound:1:1")
    Notice.objects.filter(pk=first.pk).update(state=NoticeState.SENT)
    later = fact(line, NEW_DATE, was_date=tuesday, promised_date=tuesday + timedelta(days=2))

    assert notices.queue([later], cause="time:1", at=NOW + timedelta(days=days)) == told

"""One mail a day: what a customer is owed of how their lines stand, over orders, kinds and causes, goes together."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from inventory.models import Warehouse
from orders.mail import digest, notices
from orders.models import Customer, Notice, NoticeKind, NoticeLine, NoticeState, Order, OrderLine, Promise, ShipTo

from . import mailbox
from .mailbox import NOW, fact, tell

pytestmark = pytest.mark.django_db

LOST, NEW_DATE, RESTOCKED, SHIPPED, BACKORDERED = (
    NoticeKind.LOST,
    NoticeKind.NEW_DATE,
    NoticeKind.RESTOCKED,
    NoticeKind.SHIPPED,
    NoticeKind.BACKORDERED,
)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KNOWN = date(2026, 12, 16)
LATER, SOONER = date(2026, 12, 28), date(2026, 12, 2)


@pytest.fixture(autouse=True)
def hour_of_quiet(settings):
    settings.MAIL_QUIET_MINUTES, settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO = 60, 20, 8


def waits(name: str, *, of: Customer | None = None, to=None) -> OrderLine:
    """A line that its customer was told to be waiting for, days ago, until December 16."""
    line = mailbox.line(of=of, to=to, name=name)
    notices.queue([fact(line, BACKORDERED)], cause=f"order:{line.pk}", at=NOW - 72 * HOUR)
    notices.send_due(at=NOW - 72 * HOUR)
    mail.outbox.clear()
    return line


def arrived(line: OrderLine, **numbers) -> notices.Fact:
    return fact(line, RESTOCKED, ready=7, waiting=0, was_date=KNOWN, **numbers)


def moved(line: OrderLine, day: date) -> notices.Fact:
    return fact(line, NEW_DATE, was_date=KNOWN, likely_date=day, promised_date=day)


def told() -> list[tuple[str, int]]:
    """What stands in each notice that said something: its kind and state, and how many facts it told."""
    rows = Notice.objects.exclude(kind=BACKORDERED).order_by("pk")
    return [(f"{row.kind} {row.state}", row.lines.filter(told_waiting__isnull=False).count()) for row in rows]


def test_three_receipts_are_one_mail():
    lines = [waits(name) for name in ("Oslo lamp", "Bergen chair", "Molde desk")]
    for number, line in enumerate(lines):
        tell(arrived(line), cause=f"movement:{number}", at=NOW + number * 10 * MINUTE)

    assert notices.send_due(at=NOW + 79 * MINUTE) == {}
    counts = notices.send_due(at=NOW + 80 * MINUTE)

    assert counts == {"sent": 1, "superseded": 2}
    assert [sent.subject for sent in mail.outbox] == [
        "Arrived at our warehouse: 3 items (orders R-1001, R-1002, R-1003)"
    ]
    assert told() == [("restocked sent", 3), ("restocked superseded", 0), ("restocked superseded", 0)]
    assert OrderLine.objects.filter(told_at=Notice.objects.get(kind=RESTOCKED, state="sent").sent_at).count() == 3


def test_what_means_several_things_is_one_mail_that_says_the_most_important_first():
    ada = mailbox.customer()
    order = mailbox.order("R-77", ada)
    lost, late = waits("Bergen chair", of=ada), waits("Molde desk", to=order)
    here, early = waits("Oslo lamp", to=order), waits("Narvik stool", of=ada)
    OrderLine.objects.filter(pk=lost.pk).update(allocated=7)
    tell(arrived(lost), cause="movement:0", at=NOW - 60 * HOUR)
    notices.send_due(at=NOW - 48 * HOUR)
    mail.outbox.clear()

    tell(moved(early, SOONER), cause="inbound:1:2", at=NOW)
    tell(arrived(here), cause="movement:2", at=NOW)
    tell(moved(late, LATER), cause="redated:4:2", at=NOW)
    tell(fact(lost, LOST, was_date=KNOWN), cause="count:1", at=NOW)
    counts = notices.send_due(at=NOW + HOUR)

    [sent] = mail.outbox
    assert counts["sent"] == 1
    own = ", ".join(each.order.reference for each in (early, here, lost))
    assert sent.subject == f"Delayed: 7 × Bergen chair, and news of 3 other items (orders {own})"
    headings = ["Waiting again", "Later than we said", "Here now", "Earlier than we said"]
    assert [line for line in sent.body.splitlines() if line in headings] == headings
    places = [sent.body.index(text) for text in (*headings[:2], "Molde desk", "Here now", "Oslo lamp", "Narvik stool")]
    assert places == sorted(places)
    assert all(f">{heading}</h2>" in sent.alternatives[0][0] for heading in headings)
    assert sent.body.count("Order R-77") == 2  # once under what comes later, once under what is here


def test_a_mail_that_means_one_thing_has_no_headings():
    tell(moved(waits("Oslo lamp"), LATER), moved(waits("Molde desk"), LATER), at=NOW)

    notices.send_due(at=NOW + HOUR)

    assert "Later than we said" not in mail.outbox[0].body
    assert mail.outbox[0].subject == "New shipping date: 2 items (orders R-1001, R-1002)"


def test_news_of_the_night_goes_at_the_mail_hour():
    tell(moved(waits("Oslo lamp"), LATER), cause="time:2026-11-24+1", at=NOW + 14 * HOUR)

    assert notices.send_due(at=NOW + 22 * HOUR - MINUTE) == {}
    assert notices.send_due(at=NOW + 22 * HOUR) == {"sent": 1}


def test_news_of_the_night_goes_with_what_a_receipt_brings_in_the_morning():
    lamp, desk = waits("Oslo lamp"), waits("Molde desk")
    tell(moved(lamp, LATER), cause="time:2026-11-24+1", at=NOW + 14 * HOUR)
    tell(arrived(desk), cause="movement:1", at=NOW + 20 * HOUR)

    assert notices.send_due(at=NOW + 21 * HOUR - MINUTE) == {}
    assert notices.send_due(at=NOW + 21 * HOUR) == {"sent": 1}
    assert notices.send_due(at=NOW + 22 * HOUR) == {}
    assert len(mail.outbox) == 1


def test_who_had_a_digest_today_gets_the_next_one_at_the_mail_hour_of_another_day():
    lamp, desk = waits("Oslo lamp"), waits("Molde desk")
    tell(arrived(lamp), cause="movement:1", at=NOW)
    assert notices.send_due(at=NOW + HOUR)["sent"] == 1
    tell(arrived(desk), cause="movement:2", at=NOW + 2 * HOUR)

    assert notices.send_due(at=NOW + 3 * HOUR) == {}
    assert notices.send_due(at=NOW + 22 * HOUR - MINUTE) == {}
    assert notices.send_due(at=NOW + 22 * HOUR) == {"sent": 1}


def test_a_promise_for_tomorrow_that_breaks_is_told_today_though_a_digest_went():
    lamp, desk = waits("Oslo lamp"), mailbox.line(name="Molde desk")
    tomorrow = NOW.date() + timedelta(days=1)
    notices.queue([fact(desk, BACKORDERED, promised_date=tomorrow)], cause="order:9", at=NOW - 72 * HOUR)
    tell(arrived(lamp), cause="movement:1", at=NOW)
    assert notices.send_due(at=NOW + HOUR)["sent"] == 2

    tell(fact(desk, NEW_DATE, was_date=tomorrow, promised_date=LATER), cause="inbound:1:2", at=NOW + 2 * HOUR)

    assert notices.send_due(at=NOW + 3 * HOUR) == {"sent": 1}


def test_a_new_order_is_answered_by_night_and_all_else_waits_for_the_morning():
    night = NOW + 10 * HOUR
    tell(fact(mailbox.line(name="Oslo lamp"), BACKORDERED), cause="order:1", at=night)
    shipped = fact(mailbox.line(name="Molde desk"), SHIPPED, ready=0, waiting=0, promised_date=None)
    tell(shipped, cause="shipment:1", at=night)

    assert notices.send_due(at=night) == {"sent": 1}
    assert notices.send_due(at=night + 10 * HOUR - MINUTE) == {}
    assert notices.send_due(at=night + 10 * HOUR) == {"sent": 1}
    assert [sent.subject.partition(":")[0] for sent in mail.outbox] == ["Will follow", "On its way"]


def test_night_is_where_the_order_goes():
    lines = mailbox.line(name="Oslo lamp"), mailbox.line(of=mailbox.customer("Kiri"), name="Molde desk")
    ShipTo.objects.create(order=lines[1].order, name="Kiri", street="Quay St 1", city="Auckland", country="NZ")
    for number, line in enumerate(lines):
        shipped = fact(line, SHIPPED, ready=0, waiting=0, promised_date=None)
        tell(shipped, cause=f"shipment:{number}", at=NOW)

    assert notices.send_due(at=NOW) == {"sent": 1}
    assert notices.send_due(at=NOW + 7 * HOUR - MINUTE) == {}
    assert notices.send_due(at=NOW + 7 * HOUR) == {"sent": 1}  # 8:00 in Auckland


def test_news_of_the_night_waits_for_a_day_on_which_the_warehouse_works():
    lamp = waits("Oslo lamp")
    Warehouse.objects.update(week="0111100", calendar_revision=4711)
    tell(moved(lamp, LATER), cause="time:2026-11-28+1", at=datetime(2026, 11, 28, 3, tzinfo=UTC))

    for hours in (7, 31, 55):  # Saturday, Sunday and Monday at ten
        assert notices.send_due(at=datetime(2026, 11, 28, 3, tzinfo=UTC) + hours * HOUR) == {}
    assert notices.send_due(at=datetime(2026, 12, 1, 10, tzinfo=UTC)) == {"sent": 1}


def test_a_clock_that_jumps_a_day_sends_one_digest():
    for number, name in enumerate(("Oslo lamp", "Molde desk", "Bergen chair")):
        tell(arrived(waits(name)), cause=f"movement:{number}", at=NOW + number * HOUR)

    assert notices.send_due(at=NOW + 30 * HOUR)["sent"] == 1
    assert notices.send_due(at=NOW + 6 * HOUR) == {}
    assert len(mail.outbox) == 1


def test_restocked_lost_and_restocked_before_it_goes_is_one_true_mail():
    line = waits("Oslo lamp")
    tell(arrived(line), cause="movement:1", at=NOW)
    tell(fact(line, LOST, was_date=KNOWN), cause="movement:2", at=NOW + 20 * MINUTE)
    tell(arrived(line), cause="movement:3", at=NOW + 40 * MINUTE)

    notices.send_due(at=NOW + 90 * MINUTE)
    notices.send_due(at=NOW + 100 * MINUTE)

    assert [sent.subject for sent in mail.outbox] == ["Arrived at our warehouse: 7 × Oslo lamp (order R-1001)"]
    assert "All 7 are here" in mail.outbox[0].body


def test_a_date_that_flaps_all_day_is_one_mail_at_most():
    line = waits("Oslo lamp")
    for number in range(20):
        day = LATER + timedelta(days=10 * (number % 2))
        tell(moved(line, day), cause=f"inbound:1:{number}", at=NOW + number * 20 * MINUTE)
        notices.send_due(at=NOW + number * 20 * MINUTE)
    notices.send_due(at=NOW + 7 * HOUR + 20 * MINUTE)

    assert len(mail.outbox) == 1


def test_what_was_queued_by_an_earlier_release_goes_in_one_mail():
    """Its notices were due at once, whatever their kind."""
    for number, name in enumerate(("Oslo lamp", "Molde desk")):
        tell(arrived(waits(name)), cause=f"movement:{number}", at=NOW - 2 * HOUR)
    Notice.objects.filter(state=NoticeState.QUEUED).update(due_at=NOW - 2 * HOUR)

    assert notices.send_due(at=NOW) == {"sent": 1, "superseded": 1}


# --- What a customer chose to hear ----------------------------------------------------------


def choose(hears: str) -> None:
    Customer.objects.update(hears=hears)


def test_what_a_customer_chose_not_to_hear_is_not_sent_and_stands_apart():
    line = waits("Oslo lamp")
    Promise.objects.create(line=line, promised_date=SOONER, basis="confirmed", at=NOW)
    choose("shipped")
    tell(moved(line, SOONER), at=NOW)

    counts = notices.send_due(at=NOW + HOUR)

    assert counts == {"not_wanted": 1}
    assert mail.outbox == []
    assert told() == [("new_date not_wanted", 0)]
    assert NoticeLine.objects.get(kind=NEW_DATE).is_superseded is False
    assert Promise.objects.get(promised_date=SOONER).told_at is None


@pytest.mark.parametrize(
    ("hears", "subjects"),
    [
        ("all", ["New shipping date: 7 × Molde desk, and news of 2 other items"]),
        ("later", ["New shipping date: 7 × Molde desk"]),
        ("shipped", []),
    ],
)
def test_only_what_they_chose_is_in_the_mail(hears, subjects):
    here, late, early = waits("Oslo lamp"), waits("Molde desk"), waits("Bergen chair")
    choose(hears)
    tell(arrived(here), cause="movement:1", at=NOW)
    notices.queue([moved(late, LATER), moved(early, SOONER)], cause="inbound:1:2", at=NOW)

    notices.send_due(at=NOW + HOUR)
    notices.send_due(at=NOW + 2 * HOUR)

    assert [sent.subject.partition(" (")[0] for sent in mail.outbox] == subjects
    unwanted = NoticeLine.objects.filter(notice__state=NoticeState.NOT_WANTED).values_list("line__product__name")
    expected = {
        "all": [],
        "later": ["Bergen chair", "Oslo lamp"],
        "shipped": ["Bergen chair", "Molde desk", "Oslo lamp"],
    }
    assert sorted(name for (name,) in unwanted) == expected[hears]
    assert not Notice.objects.filter(state=NoticeState.QUEUED).exists()


@pytest.mark.parametrize("kind", [BACKORDERED, SHIPPED, NoticeKind.CANCELED])
def test_a_new_order_and_what_left_it_goes_in_any_case(kind):
    line = mailbox.line()
    choose("shipped")
    tell(fact(line, kind, units=2, waiting=5), at=NOW)

    assert notices.send_due(at=NOW) == {"sent": 1}


@pytest.mark.parametrize(
    ("cause", "hours"),
    [("order:7", [3]), ("goes_on:7:1", [8]), ("redated:7:1", [10])],
    ids=["ordered", "somebody lets it go on", "a day went by"],
)
def test_a_first_word_wakes_nobody_who_has_not_just_ordered(cause, hours):
    night = NOW.replace(hour=3, minute=0)
    tell(fact(mailbox.line(), BACKORDERED, units=2, waiting=2), cause=cause, at=night)
    Order.objects.update(placed_at=night - digest.ANSWERED_WITHIN)

    sent = [hour for hour in range(3, 12) if notices.send_due(at=night.replace(hour=hour)) == {"sent": 1}]

    assert sent == hours


def test_who_has_just_ordered_is_answered_at_night_though_another_day_was_found_meanwhile():
    """Mail stood still from Friday evening until Sunday: the answer to an order would have waited until Monday."""
    night = NOW.replace(hour=3, minute=0)
    tell(fact(mailbox.line(), BACKORDERED, units=2, waiting=2), cause="redated:7:1", at=night)
    Order.objects.update(placed_at=night - digest.ANSWERED_WITHIN + timedelta(seconds=1))

    assert notices.send_due(at=night) == {"sent": 1}


def test_a_first_word_of_the_night_waits_for_no_digest():
    night = NOW.replace(hour=3, minute=0)
    who = mailbox.customer()
    tell(fact(mailbox.line(of=who)), cause="redated:1:1", at=night)
    tell(fact(mailbox.line(of=who), BACKORDERED, units=2, waiting=2), cause="redated:7:1", at=night)
    Order.objects.update(placed_at=night - digest.ANSWERED_WITHIN)

    sent = [notices.send_due(at=night.replace(hour=hour)).get("sent", 0) for hour in range(8, 12)]

    assert sent == [0, 0, 2, 0]


@pytest.mark.parametrize(
    ("hears", "day", "state"),
    [
        ("all", SOONER, "call"),
        ("later", SOONER, "not_wanted"),
        ("later", LATER, "call"),
        ("later", None, "call"),
        ("later", KNOWN, "call"),  # a part of it comes later
        ("shipped", LATER, "not_wanted"),
    ],
)
def test_nobody_is_called_about_what_they_chose_not_to_hear(hears, day, state):
    line = waits("Oslo lamp")
    Customer.objects.update(email="", hears=hears)
    notice = tell(moved(line, day)._replace(is_of_parts=day == KNOWN), at=NOW)

    notices.send_due(at=NOW + HOUR)

    notice.refresh_from_db()
    assert notice.state == state

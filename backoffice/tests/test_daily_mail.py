"""One mail a day about what somebody follows: what is in it, what is not, and that silence sends nothing."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice import tasks
from backoffice.models import DailyMail, JobRun, StaffLetter
from backoffice.people import roles
from backoffice.watching import daily
from inventory.models import Alert, Assignment, Follow, Note
from inventory.notebook import alerts, assignments, following, hanging, mentions, notes, owners
from orders.mail import notices
from orders.models import Customer, Order
from orders.tests import make

pytestmark = pytest.mark.django_db
ASKED = make.MONDAY  # Monday, 2 March, 9:00
NOON = ASKED + timedelta(hours=3)
MORNING = ASKED + timedelta(hours=22)  # Tuesday, 7:00
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def person(name: str, *groups: str) -> User:
    user = User.objects.create_user(name, f"{name}@shop.example", is_staff=True, first_name=name.title())
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def mia(settings) -> User:
    """Mia of customer service wants the mail; what is hers before she asked is no news."""
    settings.SHOP_NAME, settings.SITE_URL = "Harbor & Pine", "https://shop.example"
    roles.keep()
    mia = person("mia", roles.CUSTOMER_SERVICE)
    daily.choose(mia, True, at=ASKED)
    return mia


@pytest.fixture
def tom(mia) -> User:
    return person("tom", roles.CUSTOMER_SERVICE, roles.BUYER)


@pytest.fixture
def order(mia) -> Order:
    return make.order((make.product("LAMP-1"), 2), reference="SO-1", who=make.customer("Lena Ortiz"), at=ASKED)


def note(row, text, by, at=NOON):
    notes.write([hanging.key(row)], text, by=by, at=at)


def give(row, to, by, at=NOON, **known):
    assignments.assign([hanging.key(row)], to, by=by, at=at, **known)


def turns(row):
    return list(Assignment.objects.filter(hanging.on([hanging.key(row)])).values_list("pk", flat=True))


def follow(row, who):
    following.follow([hanging.key(row)], by_id=who.pk, at=ASKED)


def write(at=MORNING) -> int:
    return daily.write(at=at)["letters"]


def said(at=MORNING) -> list[str]:
    """What a morning's mail says between greeting and end, a paragraph each; nothing if there is none."""
    before = set(StaffLetter.objects.values_list("pk", flat=True))
    write(at)
    letters = StaffLetter.objects.exclude(pk__in=before)
    return [part for letter in letters for part in letter.body_text.split("\n\n")[2:-3]]


def path(row) -> str:
    return f"https://shop.example/admin/orders/{row._meta.model_name}/{row.pk}/change/"


def test_the_mail_says_what_others_did_where_to_look_and_how_to_stop_it(mia, tom, order):
    follow(order, mia)
    note(order, "Rang twice.", tom)
    note(order, "And again.", tom)
    give(order.customer, owners.person(mia), tom, task="Call back", due_date=date(2026, 3, 4))

    assert write() == 1

    letter = StaffLetter.objects.get()
    assert (letter.recipient, letter.reader, letter.due_at) == ("mia@shop.example", mia, MORNING)
    assert letter.subject == "[Harbor & Pine] What you follow, 3 Mar 2026: 2 things"
    assert letter.body_text == (
        "Hello Mia,\n\n"
        "since the last mail this has happened to what you follow:\n\n"
        f"Lena Ortiz\n- Tom gave it to you: “Call back”, until 4 Mar 2026\n{path(order.customer)}\n\n"
        f"SO-1\n- 2 new notes by Tom\n{path(order)}\n\n"
        "What is yours to do: https://shop.example/admin/inbox/\n\n"
        "You asked for this mail, one a day at most. To stop it: https://shop.example/admin/own-time/\n\n"
        "Harbor & Pine\n"
    )


def test_it_is_sent_by_the_one_sender(mia, tom, order):
    follow(order, mia)
    note(order, "Rang twice.", tom)
    write()

    assert notices.send_due(at=MORNING)["sent"] >= 1

    assert [each.subject for each in mail.outbox if each.to == ["mia@shop.example"]] == [
        "[Harbor & Pine] What you follow, 3 Mar 2026: 1 thing"
    ]


def test_in_shadow_it_is_written_and_kept_and_does_not_go(mia, tom, order, settings):
    settings.MAIL = "shadow"
    follow(order, mia)
    note(order, "Rang twice.", tom)

    assert write() == 1
    notices.send_due(at=MORNING)

    assert StaffLetter.objects.get().state == "shadowed"
    assert [each.to for each in mail.outbox] == []


# --- what one follows -------------------------------------------------------------------


def test_who_writes_a_note_and_to_whom_a_row_is_given_follow_it_until_they_stop(mia, tom, order):
    other = make.order((make.product("MUG-1"), 1), reference="SO-2", at=ASKED)
    note(order, "Mine.", mia)
    give(other, owners.person(mia), tom, at=ASKED - DAY)
    assignments.done(turns(other), by=mia, at=ASKED - DAY)
    for row in (order, other):
        note(row, "Rang.", tom)

    assert {part.partition("\n")[0] for part in said()} == {"SO-1", "SO-2"}

    following.stop([hanging.key(row) for row in (order, other)], by=mia)
    for row in (order, other):
        note(row, "Rang.", tom, at=MORNING + 3 * DAY)
    assert said(MORNING + 4 * DAY) == []


def test_what_is_a_roles_turn_is_followed_by_all_who_have_it_while_it_is(mia, tom, order):
    service, buyers = (owners.role(Group.objects.get(name=name)) for name in (roles.CUSTOMER_SERVICE, roles.BUYER))
    give(order, service, tom, task="Ask for the address")

    assert said() == [f"SO-1\n- Tom gave it to Customer service: “Ask for the address”\n{path(order)}"]

    give(order, buyers, tom, at=NOON + DAY)
    assert said(MORNING + DAY) == []


def test_who_is_named_follows_until_they_have_read_it(mia, tom, order):
    note(order, "@mia look", tom)
    assert said() == [f"SO-1\n- 1 new note by Tom\n{path(order)}"]

    note(order, "Never mind.", tom, at=NOON + DAY)
    mentions.read(mentions.unread(mia).values_list("pk", flat=True), by=mia, at=NOON + DAY)

    assert said(MORNING + DAY) == []


def test_what_nobody_follows_and_what_one_did_oneself_is_no_news(mia, tom, order):
    note(order.customer, "Elsewhere.", tom)
    note(order, "Mine.", mia)
    give(order, owners.person(mia), mia)

    assert said() == []
    assert not StaffLetter.objects.exists()


@pytest.mark.parametrize(("after", "found"), [(timedelta(), 0), (timedelta(microseconds=1), 1)])
def test_what_was_before_they_asked_is_in_no_mail(after, found, mia, tom, order):
    follow(order, mia)
    note(order, "Rang.", tom, at=ASKED + after)

    assert len(said()) == found


def test_a_note_that_was_taken_away_is_no_news(mia, tom, order):
    follow(order, mia)
    note(order, "Wrong order.", tom)
    notes.remove([Note.objects.get().pk], by=tom, at=NOON)

    assert said() == []


# --- what is told -----------------------------------------------------------------------


def test_a_turn_that_somebody_else_finished_is_told(mia, tom, order):
    give(order, owners.person(mia), mia, at=ASKED, task="Call back")
    assignments.done(turns(order), by=tom, at=NOON)

    assert said() == [f"SO-1\n- Tom says it is done: “Call back”\n{path(order)}"]


def test_a_turn_that_one_finished_oneself_or_that_was_handed_on_is_not_told_as_done(mia, tom, order):
    give(order, owners.person(mia), mia, at=ASKED, task="Call back")
    give(order.customer, owners.person(mia), mia, at=ASKED, task="Ask")
    assignments.done(turns(order), by=mia, at=NOON)
    give(order.customer, owners.person(tom), tom, task="Ask")

    assert said() == [f"Lena Ortiz\n- Tom took it: “Ask”\n{path(order.customer)}"]


def test_what_is_due_is_told_on_its_day_and_on_the_next_and_is_no_news_after_that(mia, tom, order):
    give(order, owners.person(mia), mia, at=ASKED, task="Call back", due_date=date(2026, 3, 4))

    assert said(MORNING) == []
    assert said(MORNING + DAY) == [f"SO-1\n- “Call back”, due today\n{path(order)}"]
    assert said(MORNING + 2 * DAY) == [f"SO-1\n- “Call back”, late: it was due on 4 Mar 2026\n{path(order)}"]
    assert [said(MORNING + days * DAY) for days in range(3, 9)] == [[]] * 6

    follow(order.customer, mia)
    note(order.customer, "Rang.", tom, at=MORNING + 8 * DAY)
    assert said(MORNING + 9 * DAY) == [
        f"Lena Ortiz\n- 1 new note by Tom\n{path(order.customer)}",
        f"SO-1\n- “Call back”, late: it was due on 4 Mar 2026\n{path(order)}",
    ]
    assert StaffLetter.objects.latest("pk").subject.endswith(": 1 thing")


def test_a_day_on_which_the_clock_stood_still_is_told_the_day_after(mia, order):
    give(order, owners.person(mia), mia, at=ASKED, due_date=date(2026, 3, 3))

    assert said(MORNING + DAY) == [f"SO-1\n- it is your turn, late: it was due on 3 Mar 2026\n{path(order)}"]


def alert(row, kind: str, to: owners.Owner) -> Alert:
    alerts.raise_all(
        [alerts.Matter(kind, hanging.key(row), "Call Lena Ortiz.", date(2026, 3, 3), to)], by=None, at=ASKED
    )
    return Alert.objects.latest("pk")


def test_a_solved_alert_is_told_to_who_follows_its_row_and_to_whose_it_was(mia, tom, order):
    notice = order.customer.notices.get()
    on_order = alert(order, "typed_passed", owners.person(tom))
    own = alert(notice, "call", owners.person(mia))
    taken = alert(order.lines.get(), "typed_passed", owners.person(tom))
    alerts.take([taken.pk], by=mia, at=ASKED)
    followed = alert(make.customer("Kim Adams"), "call", owners.person(tom))
    follow(followed, mia)
    by_myself = alert(make.customer("Ben Moor"), "call", owners.person(mia))
    alerts.solve([by_myself.pk], reason="Rang.", by=mia, at=NOON)
    elses = alert(order.customer, "call", owners.role(Group.objects.get(name=roles.CUSTOMER_SERVICE)))
    follow(order, mia)
    alerts.solve([on_order.pk, own.pk, taken.pk, followed.pk, elses.pk], reason="Rang.", by=tom, at=NOON)

    url = "https://shop.example/admin/inventory/alert"
    assert said() == [
        f"Call Lena Ortiz.\n- Tom solved it: Rang.\n{url}/{each.pk}/change/"
        for each in (on_order, own, taken, followed)
    ]


def test_an_alert_of_a_kind_that_one_may_not_see_is_not_in_it(mia, tom, order):
    hidden = alert(order, "unsent", owners.person(tom))
    follow(order, mia)
    alerts.solve([hidden.pk], reason="Sent.", by=tom, at=NOON)

    assert said() == []


def test_what_somebody_may_not_see_any_more_or_is_gone_is_not_in_it(mia, tom, order):
    nobody = Customer.objects.create(name="Gone", email="gone@shop.example")
    lamp = order.lines.get().product
    for row in (order, nobody, lamp):
        follow(row, mia)
        note(row, "Rang.", tom)
    nobody.delete()
    Group.objects.get(name=roles.CUSTOMER_SERVICE).permissions.remove(
        Permission.objects.get(codename="view_order", content_type__app_label="orders")
    )

    assert [part.partition("\n")[0] for part in said()] == [str(lamp)]


def test_more_than_a_mail_can_hold_is_counted(mia, tom):
    who = [make.customer(f"Kim {number:02}") for number in range(daily.MOST + 1)]
    for each in who:
        follow(each, mia)
    notes.write([hanging.key(each) for each in who], "Sale.", by=tom, at=NOON)

    parts = said()

    assert (len(parts), parts[-1]) == (daily.MOST + 1, "And 1 thing more.")


# --- when it goes, and to whom ----------------------------------------------------------


def test_it_is_one_a_day_however_often_the_clock_asks_and_the_last_minutes_are_told_the_next_day(mia, tom, order):
    follow(order, mia)
    note(order, "Just in time.", tom, at=MORNING - daily.SETTLED)
    note(order, "Just now.", tom, at=MORNING - daily.SETTLED + MINUTE)

    assert said() == [f"SO-1\n- 1 new note by Tom\n{path(order)}"]
    assert [write(MORNING + hours * timedelta(hours=1)) for hours in range(16)] == [0] * 16
    assert said(MORNING + DAY) == [f"SO-1\n- 1 new note by Tom\n{path(order)}"]


def test_what_was_before_they_asked_stays_so_where_the_clock_comes_minutes_later(mia, tom, order):
    asked, midnight = ASKED + timedelta(hours=14, minutes=58), ASKED + timedelta(hours=15)
    daily.choose(mia, False, at=NOON)
    daily.choose(mia, True, at=asked)
    follow(order, mia)
    note(order, "Before.", tom, at=asked - MINUTE)

    assert write(midnight) == 0
    assert said(midnight + DAY) == []


def test_a_month_in_which_nobody_does_anything_sends_nothing(mia, tom, order):
    follow(order, mia)
    give(order, owners.person(mia), mia, at=ASKED)

    assert [write(MORNING + days * DAY) for days in range(31)] == [0] * 31
    assert not StaffLetter.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
def test_who_left_or_has_no_address_gets_none_and_no_month_of_old_news_when_they_are_back(change, mia, tom, order):
    was = {name: getattr(mia, name) for name in change}
    User.objects.filter(pk=mia.pk).update(**change)
    follow(order, mia)
    note(order, "Rang.", tom)

    assert write() == 0

    User.objects.filter(pk=mia.pk).update(**was)
    assert write(MORNING + DAY) == 0


def test_who_leaves_while_the_mail_server_is_away_gets_nothing_when_it_is_back(mia, tom, order):
    follow(order, mia)
    note(order, "Rang.", tom)
    write()
    User.objects.filter(pk=mia.pk).update(is_active=False)

    notices.send_due(at=MORNING + DAY)

    assert StaffLetter.objects.get().state == "superseded"
    assert "mia@shop.example" not in [to for each in mail.outbox for to in each.to]


def test_the_clock_writes_it_from_its_hour_on_once_a_day(mia, tom, order, settings, time_machine):
    settings.DAILY_MAIL_HOUR = 7
    follow(order, mia)
    note(order, "Rang.", tom)

    time_machine.move_to(MORNING - timedelta(microseconds=1), tick=False)
    assert tasks.daily_mail() == {}
    time_machine.move_to(MORNING, tick=False)
    assert tasks.daily_mail() == {"letters": 1}
    assert tasks.daily_mail() == {}
    assert list(JobRun.objects.values_list("job", "counts")) == [("daily_mail", {"letters": 1})]


def test_many_rows_ask_no_more_of_the_database_than_few(mia, tom):
    def asked(count: int, at) -> int:
        rows = [make.customer(f"Kim {at:%d} {number}") for number in range(count)]
        for row in rows:
            follow(row, mia)
        notes.write([hanging.key(row) for row in rows], "Sale.", by=tom, at=at - timedelta(hours=2))
        with CaptureQueriesContext(connection) as found:
            assert write(at) == 1
        return len(found)

    asked(1, MORNING)
    assert asked(2, MORNING + DAY) == asked(40, MORNING + 2 * DAY)


# --- asked for by who gets it -----------------------------------------------------------


def test_nobody_gets_it_who_did_not_ask_and_who_stops_it_gets_none(mia, tom, order):
    follow(order, tom)
    follow(order, mia)
    note(order, "Rang.", person("ada", roles.CUSTOMER_SERVICE))
    daily.choose(mia, False, at=NOON)

    assert write() == 0
    assert not DailyMail.objects.exists()


def test_asking_again_for_what_one_has_keeps_what_was_told(mia):
    before = DailyMail.objects.values().get()

    daily.choose(mia, True, at=NOON + 3 * DAY)

    assert DailyMail.objects.values().get() == before


def test_two_customers_who_are_joined_keep_who_follows_them_once(mia, tom):
    one, other = make.customer("Lena"), make.customer("Lena O.", "lena@shop.example")
    for row, who in ((one, mia), (other, mia), (one, tom)):
        follow(row, who)

    following.move(hanging.key(one), hanging.key(other))

    assert sorted(Follow.objects.values_list("object_id", "person__username")) == [
        (other.pk, "mia"),
        (other.pk, "tom"),
    ]

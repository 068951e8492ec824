"""Alerts: raised while their fact stands, solved by it when it is gone, or by a person, who says how."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from inventory.models import Alert, Product
from inventory.notebook import alerts, hanging, owners, wording
from inventory.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
FRIDAY = date(2026, 3, 6)
KINDS = {"short": "There is enough again.", "torn": "It was mended."}


def hours(count):
    return NOW + timedelta(hours=count)


@pytest.fixture
def mia():
    return User.objects.create_user("mia")


@pytest.fixture
def buyers():
    return owners.role(Group.objects.create(name="Buyers"))


@pytest.fixture
def lamp():
    return make.product("LAMP-1")


@pytest.fixture
def matter(lamp, buyers):
    """Make a matter: lamps are short."""

    def matter(row=lamp, kind="short", words="Order 12 today.", due=FRIDAY):
        return alerts.Matter(kind, hanging.key(row), words, due, buyers)

    return matter


def synced(*found, at):
    return alerts.sync(KINDS, lambda: found, at=at)


def story():
    """How the alerts stand, in the order in which they were raised: since when, until when, by whom, and how."""
    return list(Alert.objects.order_by("pk").values_list("raised_at", "solved_at", "solved_by__username", "solution"))


def test_an_alert_says_what_about_which_row_whose_it_is_and_by_when(lamp, matter, mia):
    assert alerts.raise_all([matter()], by=mia, at=NOW) == 1

    alert = Alert.objects.get()
    assert (alert.kind, alert.row, alert.words, str(alert)) == ("short", lamp, "Order 12 today.", "Order 12 today.")
    assert (alert.role.name, alert.person, alert.due_date) == ("Buyers", None, FRIDAY)
    assert (alert.raised_at, alert.raised_by, alert.solved_at, alert.gone_at) == (NOW, mia, None, None)


def test_an_alert_is_open_once_a_kind_and_row(lamp, matter):
    mug = make.product("MUG-1")

    raised = [
        alerts.raise_all([matter(), matter(words="Order 13 today.")], by=None, at=NOW),
        alerts.raise_all([matter()], by=None, at=hours(1)),
        alerts.raise_all([matter(), matter(kind="torn"), matter(mug)], by=None, at=hours(1)),
        alerts.raise_all([], by=None, at=hours(1)),
    ]

    assert raised == [1, 0, 2, 0]
    with pytest.raises(IntegrityError, match=r"alert_open_once|UNIQUE"), transaction.atomic():
        Alert.objects.create(
            kind="short", row=lamp, words="x", due_date=FRIDAY, raised_at=NOW, role_id=matter().owner.role_id
        )


def test_what_is_too_long_for_a_line_is_cut_and_stays_as_it_was_cut(matter):
    long = matter(words="Order\n" + "x" * 400)

    synced(long, at=NOW)
    again = synced(long, at=hours(1))

    assert Alert.objects.get().words == f"Order {'x' * 293}…"
    assert again == (0, 0, 0)


def test_a_fact_raises_an_alert_once_and_solves_it_when_it_is_gone(matter):
    counts = [synced(matter(), at=hours(0)), synced(matter(), at=hours(1)), synced(at=hours(2)), synced(at=hours(3))]

    assert counts == [(1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0)]
    assert story() == [(NOW, hours(2), None, "There is enough again.")]
    assert Alert.objects.get().gone_at == hours(2)


def test_a_fact_that_returns_is_raised_again(matter):
    synced(matter(), at=hours(0))
    synced(at=hours(1))

    assert synced(matter(), at=hours(2)) == (1, 0, 0)

    assert story() == [(NOW, hours(1), None, "There is enough again."), (hours(2), None, None, "")]


def test_a_fact_that_says_something_else_now_is_the_same_alert(matter, mia):
    synced(matter(), at=NOW)

    assert synced(matter(words="Order 14 today."), at=hours(1)) == (0, 0, 1)
    assert synced(matter(words="Order 14 today.", due=FRIDAY + timedelta(days=1)), at=hours(2)) == (0, 0, 1)

    alert = Alert.objects.get()
    assert (alert.words, alert.due_date, alert.raised_at) == ("Order 14 today.", FRIDAY + timedelta(days=1), NOW)


def test_each_kind_that_is_gone_says_how_and_other_kinds_are_left_alone(matter):
    alerts.raise_all([matter(kind="other")], by=None, at=NOW)
    synced(matter(), matter(kind="torn"), at=NOW)

    assert synced(at=hours(1)) == (0, 2, 0)

    assert dict(Alert.objects.values_list("kind", "solution")) == {**KINDS, "other": ""}


def test_a_person_solves_an_alert_once_and_says_how(matter, mia):
    synced(matter(), at=NOW)
    alert = Alert.objects.get()

    assert alerts.solve([alert.pk], reason=" Ordered\nby phone ", by=mia, at=hours(1)) == 1
    with pytest.raises(alerts.NotOpen, match="solved already"):
        alerts.solve([alert.pk], reason="Again", by=mia, at=hours(2))

    assert story() == [(NOW, hours(1), "mia", "Ordered by phone")]


def test_one_that_is_solved_already_lets_none_be_solved(matter, mia):
    synced(matter(), matter(kind="torn"), at=NOW)
    first, second = Alert.objects.order_by("pk")
    alerts.solve([first.pk], reason="Ordered", by=mia, at=hours(1))

    with pytest.raises(alerts.NotOpen):
        alerts.solve([first.pk, second.pk], reason="Both", by=mia, at=hours(2))

    second.refresh_from_db()
    assert second.solved_at is None


def test_a_solution_needs_words(matter, mia):
    synced(matter(), at=NOW)

    with pytest.raises(wording.NoWords, match="A solution needs words"):
        alerts.solve([Alert.objects.get().pk], reason="  ", by=mia, at=hours(1))

    assert Alert.objects.get().solved_at is None


def test_what_a_person_has_solved_is_not_raised_again_while_its_fact_stands(matter, mia):
    synced(matter(), at=NOW)
    alerts.solve([Alert.objects.get().pk], reason="Ordered by phone", by=mia, at=hours(1))

    assert synced(matter(), at=hours(2)) == (0, 0, 0)
    assert synced(matter(words="Order 14 today."), at=hours(3)) == (0, 0, 0)
    assert story() == [(NOW, hours(1), "mia", "Ordered by phone")]

    # its fact is gone: that is noted and changes nothing that was said; when it returns, it is another
    assert synced(at=hours(4)) == (0, 1, 0)
    assert story() == [(NOW, hours(1), "mia", "Ordered by phone")]
    assert synced(matter(), at=hours(5)) == (1, 0, 0)


def test_what_a_person_has_solved_is_raised_again_when_it_is_due_on_another_day(matter, mia):
    synced(matter(), at=NOW)
    alerts.solve([Alert.objects.get().pk], reason="Ordered by phone", by=mia, at=hours(1))

    assert synced(matter(due=FRIDAY + timedelta(days=7)), at=hours(2)).raised == 1
    assert synced(matter(due=FRIDAY + timedelta(days=7)), at=hours(3)) == (0, 0, 0)

    assert story() == [(NOW, hours(1), "mia", "Ordered by phone"), (hours(2), None, None, "")]


def test_what_is_given_to_somebody_stays_theirs_however_its_fact_changes(matter, mia):
    synced(matter(), at=NOW)
    alert = Alert.objects.get()
    boss = User.objects.create_user("boss")

    given = [alerts.give([alert.pk], owners.person(mia), by=boss, at=hours(1)) for _ in range(2)]
    synced(matter(words="Order 14 today."), at=hours(2))

    alert.refresh_from_db()
    assert given == [1, 0]
    assert (alert.person, alert.role, alert.given_by, alert.words) == (mia, None, boss, "Order 14 today.")


def test_what_is_solved_is_given_to_nobody(matter, mia):
    synced(matter(), at=NOW)
    synced(at=hours(1))

    with pytest.raises(alerts.NotOpen):
        alerts.give([Alert.objects.get().pk], owners.person(mia), by=mia, at=hours(2))

    assert Alert.objects.get().person is None


def test_an_alert_that_is_raised_while_facts_are_asked_is_not_solved_by_what_they_said_before(matter):
    """Facts are asked after the alerts were read: whoever raises in between is not contradicted."""

    def find():
        alerts.raise_all([matter()], by=None, at=NOW)
        return []

    assert alerts.sync(KINDS, find, at=NOW) == (0, 0, 0)
    assert Alert.objects.get().solved_at is None


def test_facts_of_an_earlier_hour_do_not_solve_what_was_raised_since(matter):
    synced(matter(), at=hours(2))

    assert synced(at=hours(1)) == (0, 0, 0)
    assert synced(matter(words="Order 9 today."), at=hours(1)) == (0, 0, 0)
    assert synced(at=hours(2)) == (0, 1, 0)


@pytest.mark.parametrize("count", [5, 80])
def test_many_facts_take_as_many_statements_as_few(buyers, count, django_assert_num_queries):
    ids = [make.product(f"LAMP-{number}").pk for number in range(count)]

    def found(words, which=ids):
        return [alerts.Matter("short", row, words, FRIDAY, buyers) for row in hanging.keys(Product, which)]

    with django_assert_num_queries(4):  # read, the savepoint and its end, one INSERT
        assert synced(*found("Order 1"), at=NOW) == (count, 0, 0)
    with django_assert_num_queries(1):
        assert synced(*found("Order 1"), at=hours(1)) == (0, 0, 0)
    with django_assert_num_queries(6):  # and locked, solved, said anew
        assert synced(*found("Order 2", ids[1:]), at=hours(2)) == (0, 1, count - 1)


def test_the_database_knows_no_alert_whose_fact_is_gone_and_which_is_open(matter):
    synced(matter(), at=NOW)

    with pytest.raises(IntegrityError, match="alert_gone_is_solved"), transaction.atomic():
        Alert.objects.update(gone_at=NOW)


def test_who_takes_an_alert_has_it_in_work_and_keeps_since_when(matter, mia, buyers):
    alerts.raise_all([matter(), matter(kind="torn")], by=None, at=NOW)
    first, second = Alert.objects.order_by("pk")

    assert alerts.take([first.pk], by=mia, at=hours(1)) == 1
    assert alerts.take([first.pk, second.pk], by=mia, at=hours(2)) == 1

    assert list(Alert.objects.order_by("pk").values_list("taken_by", "taken_at", "role")) == [
        (mia.pk, hours(1), buyers.role_id),
        (mia.pk, hours(2), buyers.role_id),
    ]


def test_what_somebody_has_in_work_is_taken_by_nobody_else_and_nothing_beside_it(matter, mia):
    tom = User.objects.create_user("tom")
    alerts.raise_all([matter(), matter(kind="torn")], by=None, at=NOW)
    first, second = Alert.objects.order_by("pk")
    alerts.take([second.pk], by=mia, at=NOW)

    with pytest.raises(alerts.InWork):
        alerts.take([first.pk, second.pk], by=tom, at=hours(1))

    assert list(Alert.objects.order_by("pk").values_list("taken_by", flat=True)) == [None, mia.pk]


def test_let_go_it_is_whose_it_was_and_given_on_it_is_in_work_no_more(matter, mia, buyers):
    tom = User.objects.create_user("tom")
    mia.groups.add(buyers.role_id)
    tom.groups.add(buyers.role_id)
    alerts.raise_all([matter()], by=None, at=NOW)
    alert = Alert.objects.get()
    whose = lambda: [Alert.objects.filter(alerts.mine(who)).count() for who in (mia, tom)]  # noqa: E731

    assert whose() == [1, 1]
    alerts.take([alert.pk], by=mia, at=NOW)
    assert whose() == [1, 0]
    assert (alerts.let_go([alert.pk]), alerts.let_go([alert.pk])) == (1, 0)
    assert whose() == [1, 1]

    alerts.take([alert.pk], by=mia, at=NOW)
    assert alerts.give([alert.pk], buyers, by=mia, at=NOW) == 1
    assert whose() == [1, 1]
    alert.refresh_from_db()
    assert (alert.taken_by, alert.taken_at, alert.role_id, alert.person) == (None, None, buyers.role_id, None)


def test_what_is_solved_is_neither_taken_nor_let_go_and_its_fact_solves_what_is_in_work(matter, mia):
    synced(matter(), at=NOW)
    alert = Alert.objects.get()
    alerts.take([alert.pk], by=mia, at=NOW)
    synced(matter(words="Order 13 today."), at=hours(1))
    alert.refresh_from_db()
    assert (alert.words, alert.taken_by) == ("Order 13 today.", mia)

    synced(at=hours(2))

    assert story() == [(NOW, hours(2), None, "There is enough again.")]
    for late in (lambda: alerts.take([alert.pk], by=mia, at=hours(3)), lambda: alerts.let_go([alert.pk])):
        with pytest.raises(alerts.NotOpen):
            late()


def test_nothing_is_due_before_it_was_raised(lamp, matter, mia):
    """A mail of last week that comes back today: nobody could have done it last week."""
    late = matter(due=NOW.date() - timedelta(days=7))

    synced(late, at=NOW)
    again = synced(late, at=NOW + timedelta(days=2))

    alert = Alert.objects.get()
    assert (alert.due_date, again) == (NOW.date(), (0, 0, 0))


def test_one_of_before_that_rule_is_due_when_it_was_raised_and_one_that_was_solved_stays_so(lamp, matter, mia):
    late = matter(due=NOW.date() - timedelta(days=7))
    synced(late, at=NOW)
    Alert.objects.update(due_date=late.due_date)

    assert synced(late, at=hours(1)) == (0, 0, 1)
    assert Alert.objects.get().due_date == NOW.date()

    alerts.solve([Alert.objects.get().pk], reason="Called", by=mia, at=hours(2))
    Alert.objects.update(due_date=late.due_date)
    assert synced(late, at=hours(3)) == (0, 0, 0)
    assert synced(matter(due=FRIDAY), at=hours(4)) == (1, 1, 0)

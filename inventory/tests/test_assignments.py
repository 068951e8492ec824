"""Whose turn it is with a row: a person's or a role's, one at a time, and what became of it."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from inventory.models import Assignment, Product
from inventory.notebook import assignments, hanging, owners, wording
from inventory.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
LATER = NOW + timedelta(hours=1)
FRIDAY = date(2026, 3, 6)


@pytest.fixture
def mia():
    return User.objects.create_user("mia")


@pytest.fixture
def packers():
    return Group.objects.create(name="Packers")


@pytest.fixture
def row():
    return hanging.key(make.product("LAMP-1"))


def story():
    return list(Assignment.objects.order_by("pk").values_list("person__username", "role__name", "ended_at", "is_done"))


def test_a_row_is_given_to_a_person_with_what_to_do_until_when(row, mia):
    boss = User.objects.create_user("boss")

    assert assignments.assign([row], owners.person(mia), task="Ask the sender", due_date=FRIDAY, by=boss, at=NOW) == 1

    given = Assignment.objects.get()
    assert (given.row.sku, given.person, given.role, given.task) == ("LAMP-1", mia, None, "Ask the sender")
    assert (given.due_date, given.assigned_by, given.assigned_at, str(given)) == (FRIDAY, boss, NOW, "Ask the sender")


def test_the_same_given_twice_is_given_once_and_another_day_is_another(row, mia):
    given = [
        assignments.assign([row], owners.person(mia), due_date=FRIDAY, by=mia, at=NOW),
        assignments.assign([row], owners.person(mia), due_date=FRIDAY, by=mia, at=LATER),
        assignments.assign([row], owners.person(mia), due_date=FRIDAY + timedelta(days=1), by=mia, at=LATER),
    ]

    assert given == [1, 0, 1]
    assert story() == [("mia", None, LATER, False), ("mia", None, None, False)]


def test_a_row_that_is_handed_on_has_one_owner_and_keeps_who_had_it(row, mia, packers):
    assignments.assign([row], owners.person(mia), by=None, at=NOW)

    assert assignments.assign([row], owners.role(packers), by=mia, at=LATER) == 1

    assert story() == [("mia", None, LATER, False), (None, "Packers", None, False)]
    assert Assignment.objects.get(ended_at__isnull=False).ended_by == mia


def test_what_is_done_is_done_once_and_the_row_may_be_given_again(row, mia):
    assignments.assign([row], owners.person(mia), by=None, at=NOW)
    given = Assignment.objects.get()

    assert assignments.done([given.pk], by=mia, at=LATER) == 1
    assert assignments.done([given.pk], by=mia, at=LATER + timedelta(hours=1)) == 0
    assert assignments.assign([row], owners.person(mia), by=None, at=LATER) == 1

    assert story() == [("mia", None, LATER, True), ("mia", None, None, False)]


def test_mine_is_what_is_given_to_me_or_to_a_role_of_mine(row, mia, packers):
    mug, pen = hanging.key(make.product("MUG-1")), hanging.key(make.product("PEN-1"))
    mia.groups.add(packers)
    assignments.assign([row], owners.person(mia), by=None, at=NOW)
    assignments.assign([mug], owners.role(packers), by=None, at=NOW)
    assignments.assign([pen], owners.role(Group.objects.create(name="Painters")), by=None, at=NOW)

    mine = Assignment.objects.filter(owners.mine(mia), ended_at=None)

    assert sorted(each.row.sku for each in mine) == ["LAMP-1", "MUG-1"]


@pytest.mark.parametrize("count", [4, 60])
def test_many_rows_change_hands_in_as_many_statements_as_few(mia, packers, count, django_assert_num_queries):
    rows = hanging.keys(Product, [make.product(f"LAMP-{number}").pk for number in range(count)])
    assignments.assign(rows, owners.person(mia), by=None, at=NOW)

    with django_assert_num_queries(5):  # the savepoint and its end, three of ours
        assert assignments.assign(rows, owners.role(packers), by=mia, at=LATER) == count

    assert Assignment.objects.filter(ended_at=None, role=packers).count() == count


def test_what_is_to_be_done_is_one_line(row, mia):
    with pytest.raises(wording.NoWords, match="What is to be done has at most 300 signs; this one has 301"):
        assignments.assign([row], owners.person(mia), task="x" * 301, by=None, at=NOW)

    assert assignments.assign([row], owners.person(mia), task="Ask\n the sender", by=None, at=NOW) == 1
    assert Assignment.objects.get().task == "Ask the sender"


def test_an_owner_is_one_person_or_one_role():
    with pytest.raises(ValueError, match="a person or a role"):
        owners.Owner()
    with pytest.raises(ValueError, match="a person or a role"):
        owners.Owner(person_id=1, role_id=1)


@pytest.mark.parametrize("who", [{}, {"person": True, "role": True}])
def test_the_database_knows_no_row_of_nobody_or_of_two(row, mia, packers, who):
    given = {name: {"person": mia, "role": packers}[name] for name in who}

    with pytest.raises(IntegrityError, match="assignment_has_one_owner"), transaction.atomic():
        Assignment.objects.create(content_type_id=row[0], object_id=row[1], assigned_at=NOW, **given)

"""The mail of the day, written by several workers at once, or by one that is killed in the middle: each is one."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections

from backoffice.models import DailyMail, StaffLetter
from backoffice.people import roles
from backoffice.watching import daily, telling
from inventory.notebook import assignments, following, hanging, notes, owners
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ASKED = make.MONDAY
MORNING = ASKED + timedelta(hours=22)
PEOPLE = 12
PATIENCE = 60


def asked_for() -> None:
    """A dozen people of customer service follow one customer, about whom a colleague writes, and have a turn today."""
    roles.keep()
    lena, tom = make.customer("Lena Ortiz"), User.objects.create_user("tom", is_staff=True)
    for number in range(PEOPLE):
        who = User.objects.create_user(f"p{number}", f"p{number}@shop.example", is_staff=True)
        who.groups.add(Group.objects.get(name=roles.CUSTOMER_SERVICE))
        daily.choose(who, True, at=ASKED)
        following.follow([hanging.key(lena)], by_id=who.pk, at=ASKED)
        row, mine = hanging.key(make.customer(f"Kim {number}")), owners.person(who)
        assignments.assign([row], mine, due_date=MORNING.date(), by=who, at=ASKED)
    notes.write([hanging.key(lena)], "Rang.", by=tom, at=ASKED + timedelta(hours=1))


def write_it() -> int:
    try:
        return daily.write(at=MORNING)["letters"]
    finally:
        connections.close_all()


def told() -> list[str]:
    return sorted(StaffLetter.objects.values_list("recipient", flat=True))


EVERYBODY = sorted(f"p{number}@shop.example" for number in range(PEOPLE))


def test_four_workers_at_once_write_everybody_one_letter():
    asked_for()

    found = race.run(write_it, [()] * 4)

    assert sum(found) == PEOPLE
    assert told() == EVERYBODY


def write_until(place: int, line: str) -> None:
    """In a process of its own: a worker that stands still at somebody's letter, before it or after it is written."""
    write, written = telling.write_to, 0

    def write_to(*given, **named):
        nonlocal written
        written += 1
        if written == place and line == "before":
            time.sleep(3600)
        write(*given, **named)
        if written == place:
            time.sleep(3600)

    telling.write_to = write_to
    daily.write(at=MORNING)


@pytest.mark.parametrize("line", ["before", "after"])
def test_a_worker_that_is_killed_between_two_lines_loses_nobodys_letter_and_doubles_none(line):
    asked_for()
    worker = race.start(write_until, 5, line)
    ends = time.monotonic() + PATIENCE
    while DailyMail.objects.filter(on=MORNING.date()).count() < 4:
        assert time.monotonic() < ends, "It never came to that."
        time.sleep(0.05)
    time.sleep(0.5)  # it stands still at the fifth

    at_work = write_it()  # whoever comes meanwhile does not wait for it
    worker.kill()
    worker.join(10)
    left = write_it()

    assert (at_work, left) == (PEOPLE - 5, 1)
    assert told() == EVERYBODY
    assert write_it() == 0

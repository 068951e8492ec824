"""Suppliers asked by several workers at once, or by one that is killed in the middle: each question is asked once."""

import time
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import QuerySet

from inventory.models import Inbound
from suppliers import purchasing
from suppliers.asking import questions
from suppliers.letters import asked as asked_letters
from suppliers.models import AskedDate, OrderLetter
from suppliers.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ORDERS, LINES = 12, 3
DAY = make.TODAY + timedelta(days=11)
MORNING = make.after(12)
PATIENCE = 60


def confirmed() -> None:
    """A dozen orders of three lines each, confirmed for a day that has passed by the morning."""
    who = make.supplier("Nordlys", email="nordlys@supplier.example")
    for _ in range(ORDERS):
        order = make.sent(*[(make.offer(make.product(), who), 5) for _ in range(LINES)])
        purchasing.confirm(order.pk, {line.pk: DAY for line in order.lines.all()}, by=None, at=make.MONDAY)


def ask() -> int:
    try:
        return questions.ask(at=MORNING)["letters"]
    finally:
        connections.close_all()


def ask_without_locks() -> int:
    QuerySet.select_for_update = lambda self, **named: self  # type: ignore[method-assign]
    write = asked_letters.write

    def write_late(*given, **named):
        time.sleep(1)  # between what is read and what is written
        return write(*given, **named)

    asked_letters.write = write_late
    return ask()


def asked() -> tuple[int, int, int]:
    return AskedDate.objects.count(), OrderLetter.objects.count(), Inbound.objects.filter(asked_on=None).count()


def test_four_workers_at_once_ask_each_supplier_once():
    confirmed()

    found = race.run(ask, [()] * 4)

    assert sum(found) == ORDERS
    assert asked() == (ORDERS * LINES, ORDERS, 0)


def test_without_the_locks_they_meet():
    confirmed()

    found = race.run(ask_without_locks, [()] * 4, unguarded=True)

    assert "IntegrityError" in found


def ask_until(blocks: int) -> None:
    """In a process of its own: a worker that stands still after so many blocks of one order."""
    questions.BLOCK = 1
    done = 0

    def block_done() -> None:
        nonlocal done
        done += 1
        if done == blocks:
            time.sleep(3600)

    questions.ask(at=MORNING, block_done=block_done)


def stand_still_inside(orders: int) -> None:
    """In a process of its own: a worker that stands still with the letter of an order written and not its rows."""
    questions.BLOCK = 1
    write, written = asked_letters.write, 0

    def write_and_wait(*given, **named):
        nonlocal written
        found = write(*given, **named)
        written += 1
        if written == orders:
            time.sleep(3600)
        return found

    asked_letters.write = write_and_wait
    questions.ask(at=MORNING)


@pytest.mark.parametrize(("work", "committed"), [(ask_until, 5), (stand_still_inside, 4)])
def test_a_worker_that_is_killed_loses_no_question_and_doubles_none(work, committed):
    confirmed()
    worker = race.start(work, 5)
    ends = time.monotonic() + PATIENCE
    while OrderLetter.objects.count() < committed:
        assert time.monotonic() < ends, "It never came to that."
        time.sleep(0.05)
    time.sleep(0.5)

    worker.kill()
    worker.join(10)

    assert asked() == (committed * LINES, committed, (ORDERS - committed) * LINES)
    assert ask() == ORDERS - committed
    assert asked() == (ORDERS * LINES, ORDERS, 0)

"""The door of allocation: what is said to change is written as one, or not at all."""

from datetime import timedelta

import pytest

from orders import allocation
from orders.allocation import writing
from orders.models import Allocation, EventKind, LineEvent, OrderLine
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


def _forget_to_commit(line: OrderLine) -> None:
    with allocation.locked(lines=[line.pk], at=TUESDAY) as queue:
        OrderLine.objects.filter(pk=line.pk).update(priority=4)
        state = queue.lines[line.pk]
        queue.change(state, state.but(open=2, canceled=1))


def test_what_is_not_committed_is_an_error_and_nothing_of_it_is_written():
    line = make.line(make.product(), 3)

    with pytest.raises(RuntimeError, match=r"^What changes was not committed\.$"):
        _forget_to_commit(line)

    line.refresh_from_db()
    assert (line.open, line.canceled, line.priority) == (3, 0, 0)


def test_a_commit_stamps_lines_whose_demand_is_other_than_before_and_no_others():
    lamp = make.product()
    less, same = make.line(lamp, 3), make.line(lamp, 2)

    with allocation.locked(lines=[less.pk, same.pk], at=TUESDAY) as queue:
        for pk, gone in ((less.pk, 1), (same.pk, 0)):
            line = queue.lines[pk]
            after = line.but(open=line.open - gone, canceled=gone)
            queue.change(line, after, writing.history(line, EventKind.QUANTITY, "looked at"))
        queue.commit(cause="test:1", by=None)

    less.refresh_from_db()
    same.refresh_from_db()
    assert (less.open, less.changed_at, same.changed_at) == (2, TUESDAY, MONDAY)
    assert LineEvent.objects.filter(cause="test:1").count() == 2


def test_lines_and_supply_are_read_again_after_a_commit():
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 3)

    with allocation.locked(lines=[line.pk], at=TUESDAY) as queue:
        before = queue.lines[line.pk]
        (shelf,) = queue.supplies.shelves.values()
        queue.change(before, before.but(open=1, canceled=2, claims={(shelf.stock_id, None): 1}))
        assert (shelf.available, queue.commit(cause="test:2", by=None)) == (2, 0)
        (shelf,) = queue.supplies.shelves.values()
        assert (shelf.available, queue.lines[line.pk].open, queue.changes) == (4, 1, [])

    assert Allocation.objects.get(line=line).quantity == 1


def test_a_commit_that_does_not_plan_again_leaves_what_it_frees_to_whom_moves_supply_next():
    lamp = make.product()
    make.on_hand(lamp, 1)
    first, next_one = make.line(lamp, 1), make.line(lamp, 1)

    with allocation.locked(lines=[first.pk], at=TUESDAY) as queue:
        before = queue.lines[first.pk]
        queue.change(before, before.but(open=0, canceled=1, claims={}))
        queue.commit(cause="test:3", by=None, replans=False)

    next_one.refresh_from_db()
    assert next_one.allocated == 0

    assert allocation.settle([lamp.pk], cause="test:4", by=None, at=TUESDAY) == 1
    next_one.refresh_from_db()
    assert next_one.allocated == 1

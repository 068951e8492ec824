from datetime import timedelta

import pytest

from orders import ordering

from . import make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)


def quantities(line):
    line.refresh_from_db()
    return (line.allocated, line.pegged, line.uncovered)


def test_a_priority_moves_a_line_forward_and_inbound_moves_with_it():
    lamp = make.product()
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=4))
    first = make.line(lamp, 2)
    second = make.line(lamp, 2, at=TUESDAY)

    ordering.set_priority([second.pk], 1, reason="hospital", by=None, at=TUESDAY)

    assert (quantities(first), quantities(second)) == ((0, 0, 2), (0, 2, 0))


def test_a_priority_does_not_take_units_on_hand_from_somebody():
    lamp = make.product()
    make.on_hand(lamp, 2)
    first = make.line(lamp, 2)
    second = make.line(lamp, 2, at=TUESDAY)

    ordering.set_priority([second.pk], 9, reason="hospital", by=None, at=TUESDAY)

    assert (quantities(first), quantities(second)) == ((2, 0, 0), (0, 0, 2))


def test_a_pinned_line_stands_before_all_unpinned_ones():
    lamp = make.product()
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=4))
    first = make.line(lamp, 2)
    second = make.line(lamp, 2, at=TUESDAY)

    ordering.pin(second.pk, 1, reason="board", by=None, at=TUESDAY)

    assert (quantities(first), quantities(second)) == ((0, 0, 2), (0, 2, 0))


@pytest.mark.parametrize("priority", [-1, 10])
def test_an_absurd_priority_is_refused_and_nothing_moves(priority):
    line = make.line(make.product(), 1)
    before = line.queue_at

    with pytest.raises(ordering.NotAPlace, match="A priority is 0 to 9"):
        ordering.set_priority([line.pk], priority, reason="because", by=None, at=TUESDAY)

    line.refresh_from_db()
    assert (line.queue_at, line.priority) == (before, 0)

from datetime import timedelta

import pytest

from orders.models import OrderLine
from orders.promising import by_hand
from orders.queue import ordering

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


def places(thing):
    return list(
        OrderLine.objects.filter(product=thing, backordered__gt=0).in_queue_order().values_list("pk", flat=True)
    )


@pytest.fixture
def queue():
    """Five lines for a lamp, a day apart, and four lamps on their way."""
    lamp = make.product("LAMP")
    make.coming(lamp, 4, on=make.TODAY + timedelta(days=4))
    return [make.line(lamp, 2, at=make.MONDAY - timedelta(days=9 - number)) for number in range(5)]


def test_a_line_moved_up_passes_those_before_it_and_nobody_else_moves(queue):
    first, second, third, fourth, fifth = queue
    before = dict(OrderLine.objects.exclude(pk=fourth.pk).values_list("pk", "queue_at"))

    passed = ordering.move_up(fourth.pk, 2, reason="hotel opens", by=None, at=TUESDAY)

    assert passed == 2
    assert places(first.product) == [first.pk, fourth.pk, second.pk, third.pk, fifth.pk]
    assert dict(OrderLine.objects.exclude(pk=fourth.pk).values_list("pk", "queue_at")) == before
    assert [quantities(line) for line in queue] == [(0, 2, 0), (0, 0, 2), (0, 0, 2), (0, 2, 0), (0, 0, 2)]
    assert fourth.events.get(kind="ranked").text == "from place 4 to 2: hotel opens"


def test_a_move_survives_every_later_plan_and_a_new_line_still_joins_behind(queue):
    ordering.move_up(queue[4].pk, 1, reason="hotel opens", by=None, at=TUESDAY)
    lorry = make.coming(queue[0].product, 2, on=make.TODAY + timedelta(days=1))

    make.arrived(lorry, 2, at=TUESDAY)
    new = make.line(queue[0].product, 1, at=TUESDAY)

    assert quantities(queue[4]) == (2, 0, 0)
    assert places(new.product)[-1] == new.pk


def test_between_two_that_stand_a_microsecond_apart_they_exchange_their_places():
    lamp = make.product("LAMP")
    lines = [make.line(lamp, 1) for _ in range(4)]

    ordering.move_up(lines[3].pk, 1, reason="hotel opens", by=None, at=TUESDAY)
    ordering.move_up(lines[2].pk, 2, reason="hospital", by=None, at=TUESDAY)

    assert places(lamp) == [lines[3].pk, lines[2].pk, lines[0].pk, lines[1].pk]


def test_units_on_hand_stay_with_whom_they_are_set_aside_for():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 3)
    first, second, third = (make.line(lamp, 2) for _ in range(3))

    ordering.move_up(third.pk, 1, reason="hotel opens", by=None, at=TUESDAY)

    assert [quantities(line) for line in (first, second, third)] == [(2, 0, 0), (1, 0, 1), (0, 0, 2)]
    assert places(lamp) == [third.pk, second.pk]


@pytest.mark.parametrize(
    ("number", "place", "reason", "error"),
    [
        (3, 4, "x", "It stands at place 4: up means a place from 2 to 3."),
        (3, 5, "x", "It stands at place 4"),
        (3, 0, "x", "It stands at place 4"),
        (3, -7, "x", "It stands at place 4"),
        (3, 1, "x", "The first line is pinned: place 2 is the first that is free."),
        (4, 1, "x", "This line is pinned, at place 1"),
        (3, 2, " ", "A move has a reason"),
    ],
)
def test_a_place_that_is_none_is_refused_and_nothing_moves(queue, number, place, reason, error):
    ordering.pin(queue[4].pk, 1, reason="board", by=None, at=make.MONDAY)
    # it stands at place 1 of 5 now, and all others one later
    before = places(queue[0].product)
    line = queue[2] if number == 3 else queue[4]

    with pytest.raises(ordering.NotAPlace, match=error):
        ordering.move_up(line.pk, place, reason=reason, by=None, at=TUESDAY)

    assert places(queue[0].product) == before


def test_the_first_of_the_queue_cannot_move_up(queue):
    with pytest.raises(ordering.NotAPlace, match="It stands at place 1, and only pinned lines can stand before it"):
        ordering.move_up(queue[0].pk, 1, reason="x", by=None, at=TUESDAY)


def test_a_line_that_waits_for_nothing_has_no_place():
    lamp = make.product()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 2)

    with pytest.raises(ordering.NotAPlace, match="waits for nothing"):
        ordering.move_up(line.pk, 1, reason="x", by=None, at=TUESDAY)


def test_many_lines_are_pinned_and_let_go_at_once(queue):
    ids = [queue[4].pk, queue[3].pk]

    assert ordering.pin_lines(ids, 2, reason="board", by=None, at=TUESDAY) == 2
    pinned = places(queue[0].product)
    assert ordering.pin_lines(ids, 2, reason="board", by=None, at=TUESDAY) == 0
    assert ordering.pin_lines(ids, None, reason="done", by=None, at=TUESDAY) == 2

    assert pinned == [queue[3].pk, queue[4].pk, *[line.pk for line in queue[:3]]]
    assert places(queue[0].product) == [line.pk for line in queue]
    assert [event.text for event in queue[4].events.filter(kind="pinned")] == ["pinned to 2: board", "released: done"]


@pytest.mark.parametrize("place", [0, -1, 2**31 - 1])
def test_an_absurd_rank_is_refused(queue, place):
    with pytest.raises(ordering.NotAPlace, match="A pinned place is 1 or more"):
        ordering.pin(queue[4].pk, place, reason="board", by=None, at=TUESDAY)


def test_a_typed_date_that_is_let_go_gives_way_to_the_computed_one(queue):
    line = queue[0]
    line.refresh_from_db()
    computed = line.promised_date
    typed = make.TODAY + timedelta(days=40)
    by_hand.set_date([line.pk], typed, reason="she insisted", by=None, at=TUESDAY)

    assert by_hand.release([line.pk, queue[1].pk], reason="a mistake", by=None, at=TUESDAY) == 1

    line.refresh_from_db()
    assert (line.promised_date, line.is_promise_pinned) == (computed, False)
    texts = [event.text for event in line.events.filter(kind="date")][1:]
    assert texts == [f"typed date {typed} let go: a mistake", f"{typed} → {computed}, learned from the sender's record"]
    assert by_hand.release([line.pk], by=None, at=TUESDAY) == 0

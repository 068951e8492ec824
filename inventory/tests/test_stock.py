import pytest

from inventory.models import Movement, MovementKind, Stock
from inventory.supply import counts, stock

from . import make

pytestmark = pytest.mark.django_db


def test_on_hand_is_the_sum_of_its_movements():
    lamp = make.product()
    make.on_hand(lamp, 8)
    make.lost(lamp, 3)

    assert Stock.objects.get().on_hand == 5
    assert [row.quantity for row in Movement.objects.order_by("pk")] == [8, -3]


def test_no_more_can_be_taken_than_is_there_and_then_nothing_is():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 2)
    place = make.warehouse().pk
    posts = [
        stock.Post(mug.pk, place, 5, MovementKind.OPENING),
        stock.Post(lamp.pk, place, -3, MovementKind.DAMAGE),
    ]

    with pytest.raises(stock.NotEnoughStock, match="LAMP in BER has 2 on hand, 3 cannot be taken away"):
        stock.adjust(posts, by=None, at=make.MONDAY)

    assert (Stock.objects.get().on_hand, Movement.objects.count()) == (2, 1)


def test_a_movement_of_nothing_is_refused():
    lamp = make.product()

    with pytest.raises(stock.NothingToPost):
        stock.adjust([stock.Post(lamp.pk, make.warehouse().pk, 0, MovementKind.RETURN)], by=None, at=make.MONDAY)


def test_the_ledger_cannot_be_erased():
    make.on_hand(make.product(), 1)

    with pytest.raises(TypeError, match="append-only"):
        Movement.objects.get().delete()


def test_a_count_posts_the_difference_with_its_reason():
    lamp = make.product()
    make.on_hand(lamp, 8)

    counts.count([counts.Count(lamp.pk, make.warehouse().pk, 6, "Yearly count")], by=None, at=make.MONDAY)

    row = Movement.objects.order_by("pk").last()
    assert (row.quantity, row.kind, row.reason) == (-2, "count", "Yearly count")
    assert Stock.objects.get().on_hand == 6


def test_a_count_that_agrees_writes_nothing():
    lamp = make.product()
    make.on_hand(lamp, 8)

    assert counts.count([counts.Count(lamp.pk, make.warehouse().pk, 8)], by=None, at=make.MONDAY) is None
    assert Movement.objects.count() == 1


@pytest.mark.parametrize(("entries", "message"), [([-1], "0 or more"), ([3, 4], "counted twice")])
def test_an_impossible_count_is_refused(entries, message):
    lamp = make.product()
    place = make.warehouse().pk

    with pytest.raises(counts.NotACount, match=message):
        counts.count([counts.Count(lamp.pk, place, units) for units in entries], by=None, at=make.MONDAY)

    assert Movement.objects.count() == 0

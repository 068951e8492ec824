"""Units of single lines that will not come: taken off once, no more than are to come, and what came stays."""

import pytest

from suppliers import purchasing, shortening
from suppliers.models import Lesson

from . import make

LATER = make.after(3)


@pytest.fixture
def order():
    return make.sent((make.offer(make.product("LAMP")), 100), (make.offer(make.product("MUG")), 10))


def by_sku(order, sku):
    return order.lines.get(product__sku=sku)


def left(order, sku):
    row = by_sku(order, sku).inbound
    return row.received, row.canceled, row.outstanding


def shorten(order, at=LATER, **units):
    wanted = {by_sku(order, sku).pk: count for sku, count in units.items()}
    return shortening.shorten(order.pk, wanted, reason="The mold broke", by=None, at=at)


@pytest.mark.django_db
def test_a_part_of_a_line_is_taken_off_and_the_rest_still_comes(order):
    assert shorten(order, LAMP=40) == 40

    order.refresh_from_db()
    assert (left(order, "LAMP"), left(order, "MUG")) == ((0, 40, 60), (0, 0, 10))
    assert (order.words, order.note) == ("Sent", "Will not come: 40 LAMP. The mold broke")
    purchasing.receive(order.pk, {by_sku(order, "LAMP").pk: (60, 0)}, by=None, at=LATER)
    assert left(order, "LAMP") == (60, 40, 0)


@pytest.mark.django_db
def test_a_line_that_is_closed_short_teaches_how_long_it_took_and_one_that_is_not_teaches_nothing_yet(order):
    purchasing.receive(order.pk, {by_sku(order, "LAMP").pk: (50, 0)}, by=None, at=make.after(2))

    shorten(order, LAMP=49)
    assert not Lesson.objects.exists()
    shorten(order, at=make.after(9), LAMP=1)

    lesson = Lesson.objects.get()
    assert (lesson.item, lesson.days, left(order, "LAMP")) == ("LAMP", 9.0, (50, 50, 0))


@pytest.mark.django_db
def test_a_whole_line_goes_and_the_order_stands_until_nothing_of_it_is_left(order):
    shorten(order, MUG=10)
    order.refresh_from_db()
    assert (order.words, left(order, "MUG")) == ("Sent", (0, 10, 0))

    shorten(order, LAMP=100)

    order.refresh_from_db()
    assert (order.words, order.canceled_at) == ("Canceled", LATER)


@pytest.mark.django_db
def test_an_order_of_which_something_came_is_complete_and_not_canceled(order):
    purchasing.receive(order.pk, {by_sku(order, "MUG").pk: (10, 0)}, by=None, at=LATER)

    shorten(order, LAMP=100)

    order.refresh_from_db()
    assert order.canceled_at is None


@pytest.mark.django_db
def test_no_more_is_taken_off_than_is_to_come_and_then_nothing_of_any_line(order):
    with pytest.raises(
        shortening.MoreThanOutstanding, match=r"LAMP of PO-.*: 101 cannot be taken off, 100 are to come"
    ):
        shorten(order, LAMP=101, MUG=1)

    assert (left(order, "LAMP"), left(order, "MUG")) == ((0, 0, 100), (0, 0, 10))
    assert shorten(order, LAMP=100) == 100
    with pytest.raises(purchasing.NothingOutstanding):
        shorten(order, LAMP=1)


@pytest.mark.django_db
def test_none_at_all_or_of_an_order_that_was_not_sent_is_refused(order):
    with pytest.raises(purchasing.NoUnits):
        shorten(order, LAMP=0)
    draft = make.draft((make.offer(make.product("CUP")), 5))
    with pytest.raises(purchasing.NotSent):
        shorten(draft, CUP=1)

    assert make.line(draft).quantity == 5

"""Who has an order sent together, by its page, reads when that is, may take it back, and is not asked about it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from inventory.models import Inbound
from orders.models import Order, OrderLine
from orders.tests import make
from orders.tests.pages import decide, look, text

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def of_two(mug_in: int = 20, lamps: int = 1) -> Order:
    """Lamps that are here and can be had again within days, and a mug that comes much later."""
    lamp, mug = make.product("LAMP", name="Lamp"), make.product("MUG", name="Mug")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, lamps)
    make.coming(mug, 1, on=make.TODAY + timedelta(days=mug_in))
    return make.order((lamp, lamps), (mug, 1), reference="HP-6807")


def here(order: Order) -> int:
    return OrderLine.objects.get(order=order, position=1).allocated


def test_before_it_is_done_it_says_when_the_last_of_it_ships():
    order = of_two()

    said = text(look(order, "together"))

    assert "Nothing more of this order ships until all of it is here. As it stands that is by March 24." in said


def test_where_a_part_has_no_date_it_says_so():
    order = of_two()
    make.moved(Inbound.objects.get(), None, at=NOW)

    assert "until all of it is here. For some of it no date can be given yet." in text(look(order, "together"))


def test_a_day_that_follows_from_their_own_wish_is_not_asked_about():
    order = of_two()

    said = text(decide(order, "together"))

    assert here(order) == 0
    assert "1 × Lamp is still to come; we expect to ship it by March 24." in said
    assert "Is the new date all right?" not in said
    assert "We are sorry" not in said
    assert "Is the new date all right? In your order" in text(look(order, "agree"))
    assert "There is no new date to agree to" in text(look(order, "agree"))


def test_a_later_day_than_that_is_asked_about_beside_the_day_they_chose():
    order = of_two()
    decide(order, "together")

    make.moved(Inbound.objects.get(), make.TODAY + timedelta(days=40), at=NOW)
    said = text(look(order))

    assert "Until now we said by March 24. We are sorry. Is the new date all right?" in said


def test_what_was_left_to_others_meanwhile_can_still_be_sent_as_it_comes():
    order = of_two()
    decide(order, "together")

    asked, page = text(look(order, "now")), text(look(order))
    said = text(decide(order, "now"))

    assert "Send each part when it is here…" in page
    assert "Each part ships by itself, as soon as it is here and packed: 1 × Lamp and 1 × Mug." in asked
    assert "Thank you. Each part ships by itself, as soon as it is here." in said
    assert (Order.objects.get().is_ship_complete, here(order)) == (False, 1)


def test_units_of_one_line_may_ship_apart_again_too():
    lamp = make.product(name="Lamp")
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=20))
    order = make.order((lamp, 2), is_ship_complete=True)

    assert "Send each part when it is here…" in text(look(order))


def test_one_unit_cannot_ship_apart():
    lamp = make.product(name="Lamp")
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=20))
    order = make.order((lamp, 1), is_ship_complete=True)

    assert "There is nothing left that could ship apart." in text(look(order, "now"))
    assert "Send each part" not in text(look(order))


def test_what_is_wanted_later_does_not_ship_before():
    order = of_two()
    Order.objects.update(is_ship_complete=True, wanted_date=make.TODAY + timedelta(days=1))

    assert "You want it on March 3, so nothing of it ships before that day." in text(look(order, "now"))
    Order.objects.update(wanted_date=make.TODAY)
    assert "This will happen" in text(look(order, "now"))

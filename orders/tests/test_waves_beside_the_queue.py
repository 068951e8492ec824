"""A wave holds units that a line had left to others: what that line is planned for is what is left to it then."""

from datetime import date

import pytest

from inventory.models import Stock
from orders import allocation
from orders.allocation import offering
from orders.models import Allocation, Hold, OrderLine, RestockLetter
from orders.waiting_list import holding, letters, steering

from . import books, make
from .askers import waiting

pytestmark = pytest.mark.django_db

NOON = make.MONDAY.replace(hour=12, minute=0)
OCTOBER = date(2026, 10, 13)
HERE, TO_ORDER = (date(2026, 3, 3), "on_hand", True), (date(2026, 3, 13), "lead_time", True)
"""When a line alone could ship, how we know that, and that it leaves units on hand to others."""


@pytest.fixture(autouse=True)
def is_open(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"


def lamp():
    thing = make.product("LAMP")
    make.lead_time(thing, likely=5, safe=8)
    return thing


def later(thing, units, **more):
    """A line that is wanted in October, and leaves what is here to others until then."""
    return make.order((thing, units), wanted_date=OCTOBER, **more).lines.get()


def ready(line):
    return OrderLine.objects.values_list("ready_safe_date", "ready_basis", "is_held_back").get(pk=line.pk)


def shelf(thing):
    return Stock.objects.values_list("on_hand", "allocated", "held", "available").get(product=thing)


def test_a_line_wanted_later_could_not_have_what_is_held_for_somebody_else():
    thing = lamp()
    line = later(thing, 5)
    waiting(thing, 4)

    make.on_hand(thing, 6, at=NOON)

    assert shelf(thing) == (6, 0, 3, 3)
    assert ready(line) == TO_ORDER
    assert not Allocation.objects.exists()
    books.assert_balanced(at=NOON)


def test_one_that_still_finds_enough_beside_the_wave_could_ship_as_before():
    thing = lamp()
    line = later(thing, 3)
    waiting(thing, 4)

    make.on_hand(thing, 6, at=NOON)

    assert shelf(thing) == (6, 0, 3, 3)
    assert ready(line) == HERE
    books.assert_balanced(at=NOON)


def test_a_line_of_who_is_offered_some_takes_them_at_once_and_they_read_of_no_offer():
    thing, lena = lamp(), make.customer()
    line = later(thing, 5, who=lena)
    asker = waiting(thing, 4, email=lena.email)

    make.on_hand(thing, 6, at=NOON)

    assert shelf(thing) == (6, 3, 0, 3)
    assert list(Allocation.objects.values_list("line", "quantity")) == [(line.pk, 3)]
    assert list(Hold.objects.values_list("request", "quantity", "taken", "units")) == [(asker.pk, 3, 3, 0)]
    books.assert_balanced(at=NOON)
    asker.refresh_from_db()
    assert letters.offer(asker, at=NOON) is None
    holding.close(at=NOON)
    asker.refresh_from_db()
    assert asker.state == "served"


def test_a_wave_that_goes_on_is_planned_for_as_well(monkeypatch):
    thing = lamp()
    line = later(thing, 5)
    waiting(thing, 1)
    waiting(thing, 1)
    waiting(thing, 1)
    monkeypatch.setattr(offering, "MOST", 1)

    make.on_hand(thing, 6, at=NOON)
    first = shelf(thing), ready(line)
    monkeypatch.setattr(offering, "MOST", 2)
    made = holding.go_on(at=NOON)

    assert first == ((6, 0, 1, 5), HERE)
    assert made == 2
    assert (shelf(thing), ready(line)) == ((6, 0, 3, 3), TO_ORDER)
    books.assert_balanced(at=NOON)


def test_a_wave_that_is_sent_by_hand_is_planned_for_as_well():
    thing = lamp()
    make.on_hand(thing, 6)
    line = later(thing, 5)
    waiting(thing, 4)
    before = ready(line)

    steering.send_now(thing.pk, at=NOON)

    assert before == HERE
    assert (shelf(thing), ready(line)) == ((6, 0, 3, 3), TO_ORDER)
    books.assert_balanced(at=NOON)


def test_a_wave_that_holds_nothing_takes_nothing_from_anybody(settings):
    settings.WAVES_HOLD = False
    thing = lamp()
    line = later(thing, 5)
    waiting(thing, 4)

    make.on_hand(thing, 6, at=NOON)

    assert RestockLetter.objects.filter(kind="offer").count() == 1
    assert (shelf(thing), ready(line)) == ((6, 0, 0, 6), HERE)
    books.assert_balanced(at=NOON)


def together(thing):
    """An order of four lamps and a mug that ships complete, while the lamps are here and the mug is to be ordered."""
    mug = make.product("MUG")
    make.lead_time(mug, likely=4, safe=5)
    order = make.order((thing, 4), (mug, 1), is_ship_complete=True)
    waiting(thing, 2)
    return order


def dates(order):
    return list(order.lines.order_by("position").values_list("safe_date", flat=True))


def test_the_rest_of_an_order_waits_for_what_a_wave_by_hand_has_taken():
    thing = lamp()
    make.on_hand(thing, 4)
    order = together(thing)
    before = dates(order)

    steering.send_now(thing.pk, at=NOON)

    assert before == [date(2026, 3, 12)] * 2
    assert dates(order) == [date(2026, 3, 12), date(2026, 3, 13)]
    books.assert_balanced(at=NOON)


def test_the_rest_of_an_order_waits_for_what_the_wave_of_a_later_event_has_taken(settings):
    thing = lamp()
    order = together(thing)
    settings.RESTOCK_LIST = False  # it is switched off for a while
    make.on_hand(thing, 4)
    before = dates(order)
    settings.RESTOCK_LIST = True

    allocation.settle([thing.pk], cause="again", by=None, at=NOON)

    assert before == [date(2026, 3, 12)] * 2
    assert (shelf(thing), dates(order)) == ((4, 0, 2, 2), [date(2026, 3, 12), date(2026, 3, 13)])
    books.assert_balanced(at=NOON)

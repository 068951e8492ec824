"""Units that are set aside for a line go to another warehouse, and its claim goes with them."""

from datetime import timedelta

import pytest

from inventory.models import Inbound, Stock
from inventory.supply import inbound
from orders import fulfillment
from orders.models import Allocation, Notice

from . import books, make

pytestmark = pytest.mark.django_db
IN_TEN = make.TODAY + timedelta(days=10)


@pytest.fixture
def lamp():
    return make.product("LAMP")


@pytest.fixture
def places():
    return make.warehouse("BER"), make.warehouse("HAM", rank=2)


def carried(line, places, units=4, day=IN_TEN):
    wanted = fulfillment.Carried(line.pk, places[0].pk, places[1].pk, units, day, "For SO-1")
    return fulfillment.send_along(wanted, by=None, at=make.MONDAY + timedelta(hours=2))


def covered(line):
    rows = Allocation.objects.filter(line=line).order_by("pk")
    return [
        (row.stock and row.stock.warehouse.code, row.inbound and row.inbound.reference[:3], row.quantity)
        for row in rows
    ]


def test_the_line_waits_for_the_transfer_and_keeps_its_place(lamp, places):
    make.on_hand(lamp, 4, place=places[0])
    first, second = make.line(lamp, 4, place=places[1]), make.line(lamp, 2, place=places[1])
    place = first.queue_at

    sent = carried(first, places)

    first.refresh_from_db()
    second.refresh_from_db()
    assert covered(first) == [(None, "TR-", 4)]
    assert (first.allocated, first.backordered, first.uncovered, first.queue_at) == (0, 4, 0, place)
    assert second.uncovered == 2
    assert list(Stock.objects.values_list("on_hand", "allocated")) == [(0, 0)]
    assert (sent.lines.get().quantity, Inbound.objects.get().committed) == (4, 4)
    assert first.promised_date > make.TODAY + timedelta(days=9)
    books.assert_balanced(at=make.MONDAY + timedelta(hours=3))


def test_it_is_served_from_the_other_shelf_when_the_transfer_is_there(lamp, places):
    make.on_hand(lamp, 4, place=places[0])
    line = make.line(lamp, 4, place=places[1])
    carried(line, places)

    inbound.receive([inbound.Receipt(Inbound.objects.get().pk, 4)], by=None, at=make.MONDAY + timedelta(days=10))

    assert covered(line) == [("HAM", None, 4)]
    books.assert_balanced(at=make.MONDAY + timedelta(hours=3))


def test_a_part_of_it_goes_along_and_the_rest_stays(lamp, places):
    make.on_hand(lamp, 4, place=places[0])
    line = make.line(lamp, 4, place=places[1])

    carried(line, places, units=1)

    assert sorted(covered(line), key=str) == [("BER", None, 3), (None, "TR-", 1)]
    books.assert_balanced(at=make.MONDAY + timedelta(hours=3))


@pytest.mark.parametrize("units", [0, 5])
def test_no_more_goes_along_than_is_set_aside_for_it(lamp, places, units):
    make.on_hand(lamp, 4, place=places[0])
    line = make.line(lamp, 4, place=places[1])

    with pytest.raises(fulfillment.NotCarried, match=f"4 units are set aside for it there, and {units} cannot"):
        carried(line, places, units=units)
    assert covered(line) == [("BER", None, 4)]


def test_where_free_units_would_serve_it_nothing_is_sent(lamp, places):
    make.on_hand(lamp, 9, place=places[0])
    line = make.line(lamp, 4, place=places[1])
    mails = Notice.objects.count()

    with pytest.raises(fulfillment.NotCarried, match="Other units would serve this line"):
        carried(line, places)

    assert covered(line) == [("BER", None, 4)]
    assert (Inbound.objects.count(), Notice.objects.count()) == (0, mails)
    assert Stock.objects.get().available == 5


def test_where_somebody_stands_before_it_nothing_is_sent(lamp, places):
    """Who wants it from Hamburg alone waits longer, and would be given what comes there."""
    make.on_hand(lamp, 4, place=places[0])
    make.line(lamp, 3, place=places[1], warehouse_rule="preferred")
    line = make.line(lamp, 4, place=places[1])

    with pytest.raises(fulfillment.NotCarried, match="another line stands before it"):
        carried(line, places)

    assert covered(line) == [("BER", None, 4)]

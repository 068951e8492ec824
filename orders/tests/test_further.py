"""A further product in an order that stands: behind the tail, by its policy, told if it waits."""

from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.models import DemandEntry
from orders import demand_feed, fulfillment
from orders.models import AddedLine, NoticeLine, OrderEvent, OrderLine

from . import books, make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)


def added(order, thing, units, **said):
    pk = fulfillment.add_product(order.pk, thing.pk, units, reason="she rang", by=None, at=LATER, **said)
    return OrderLine.objects.get(pk=pk)


def test_it_takes_what_is_here_stands_last_in_the_order_and_tells_nobody():
    lamp, mug = make.product("LAMP"), make.product("MUG", price="7.50")
    make.on_hand(mug, 5)
    order = make.order((lamp, 1))
    NoticeLine.objects.all().delete()

    line = added(order, mug, 3)

    assert (line.position, line.allocated, line.unit_price) == (2, 3, Decimal("7.50"))
    assert (line.placed_at, line.priority) == (LATER, 0)
    assert not NoticeLine.objects.exists()
    assert OrderEvent.objects.get().text == "3 × MUG: she rang"
    assert AddedLine.objects.get(line=line).beside is None
    books.assert_balanced(at=LATER)


def test_it_overtakes_nobody_and_its_customer_reads_that_it_waits():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.coming(mug, 4, on=make.TODAY + timedelta(days=9))
    order = make.order((lamp, 1))
    before = make.line(mug, 3, at=make.MONDAY + timedelta(minutes=1))

    line = added(order, mug, 2, unit_price=Decimal("1.00"))

    assert (line.pegged, line.uncovered, line.unit_price) == (1, 1, Decimal("1.00"))
    assert line.queue_at > before.queue_at
    assert NoticeLine.objects.get(line=line).kind == "backordered"
    books.assert_balanced(at=LATER)


def test_an_order_that_ships_complete_waits_for_it_too():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=make.TODAY + timedelta(days=2))
    order = make.order((lamp, 1), is_ship_complete=True)

    line = added(order, mug, 1)

    assert (
        OrderLine.objects.get(order=order, product=lamp).safe_date == line.safe_date == make.TODAY + timedelta(days=3)
    )
    books.assert_balanced(at=LATER)


def test_it_is_demand_of_its_own():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    order = make.order((lamp, 1))
    added(order, mug, 4)

    demand_feed.feed(at=LATER + timedelta(days=1))

    assert dict(DemandEntry.objects.values_list("product__sku", "units")) == {"LAMP": 1, "MUG": 4}


@pytest.mark.parametrize(
    ("units", "price", "words"),
    [
        (0, None, "A line has 1 to 1,000,000 units, not 0."),
        (1_000_001, None, "A line has 1 to 1,000,000 units, not 1,000,001."),
        (1, Decimal("-0.01"), "A price is 0 or more."),
    ],
)
def test_what_no_line_can_be_is_refused(units, price, words):
    order, mug = make.order((make.product(), 1)), make.product()

    with pytest.raises(fulfillment.NotAFurtherProduct) as refused:
        added(order, mug, units, unit_price=price)

    assert str(refused.value) == words
    assert order.lines.count() == 1


def test_a_product_that_may_not_wait_is_not_added_beyond_what_is_here():
    order, mug = make.order((make.product(), 1)), make.product("MUG", backorder_policy="never")
    make.on_hand(mug, 2)

    with pytest.raises(fulfillment.BackorderLimit, match="MUG: 3 asked for, 2 can be sold now"):
        added(order, mug, 3)

    assert added(order, mug, 2).allocated == 2


def test_nothing_joins_an_order_that_has_shipped():
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1), reference="SO-T")
    fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)

    with pytest.raises(fulfillment.NotAFurtherProduct, match="Nothing of SO-T is open: it is shipped or canceled"):
        added(order, lamp, 1)

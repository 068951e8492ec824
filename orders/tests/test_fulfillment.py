from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import BackorderPolicy, Movement, Stock
from orders import fulfillment
from orders.models import Allocation, Notice, NoticeKind, NoticeLine, Order, OrderLine, Promise, Refusal

from . import make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)


def test_the_same_order_placed_again_gives_the_first_one_back():
    lamp = make.product()
    make.on_hand(lamp, 5)
    lena = make.customer()
    first = make.order((lamp, 2), who=lena, reference="SO-1")

    again = make.order((lamp, 2), who=lena, reference="SO-1", at=TUESDAY)

    assert again == first
    assert OrderLine.objects.count() == 1
    assert Stock.objects.get().allocated == 2


def test_the_same_reference_with_other_content_is_refused():
    lamp = make.product()
    lena = make.customer()
    make.order((lamp, 2), who=lena, reference="SO-1")

    with pytest.raises(fulfillment.OrderDiffers, match="SO-1 was placed before with other content"):
        make.order((lamp, 3), who=lena, reference="SO-1")

    assert OrderLine.objects.get().quantity == 2


def test_two_lines_of_one_product_share_its_units_and_never_count_them_twice():
    lamp = make.product()
    make.on_hand(lamp, 5)

    order = make.order((lamp, 4), (lamp, 4))

    assert [(line.allocated, line.backordered) for line in order.lines.order_by("position")] == [(4, 0), (1, 3)]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_an_absurd_quantity_is_refused_and_nothing_is_written(quantity):
    with pytest.raises(fulfillment.NotAnOrder, match="A line has 1 to 1,000,000 units"):
        make.order((make.product(), quantity))

    assert Order.objects.count() == 0


def test_an_unknown_product_is_refused_and_nothing_is_written():
    lamp = make.product()
    ghost = make.product()
    ghost_pk = ghost.pk
    ghost.delete()
    ghost.pk = ghost_pk

    with pytest.raises(fulfillment.NotAnOrder, match="1 of the products are not known"):
        make.order((lamp, 1), (ghost, 1))

    assert Order.objects.count() == 0


def test_a_closed_warehouse_takes_no_orders():
    closed = make.warehouse("OLD", is_open=False)

    with pytest.raises(fulfillment.NotAnOrder, match="the warehouse is closed"):
        make.order((make.product(), 1), place=closed)

    assert Order.objects.count() == 0


def test_a_product_that_is_never_backordered_sells_what_is_here_and_the_refusal_is_kept_as_demand():
    lamp = make.product(backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, 3)

    with pytest.raises(fulfillment.BackorderLimit, match="5 asked for, 3 can be sold now") as refused:
        make.order((lamp, 5))

    assert (refused.value.units, refused.value.possible) == (5, 3)
    assert (Order.objects.count(), Stock.objects.get().allocated) == (0, 0)
    assert [(row.units, row.possible) for row in Refusal.objects.all()] == [(5, 3)]


def test_a_discontinued_product_sells_what_is_left_and_no_more():
    lamp = make.product(is_discontinued=True)
    make.on_hand(lamp, 2)
    make.order((lamp, 2))

    with pytest.raises(fulfillment.BackorderLimit, match="1 asked for, 0 can be sold now"):
        make.order((lamp, 1))


def test_a_limit_counts_the_units_that_wait():
    lamp = make.product(backorder_policy=BackorderPolicy.LIMIT, backorder_limit=3)
    make.order((lamp, 2))

    with pytest.raises(fulfillment.BackorderLimit, match="2 asked for, 1 can be sold now"):
        make.order((lamp, 2))

    assert make.line(lamp, 1).backordered == 1


def test_a_covered_product_sells_only_what_is_on_its_way_in_time():
    lamp = make.product(backorder_policy=BackorderPolicy.COVERED, covered_days=10)
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=5))
    make.coming(lamp, 9, on=make.TODAY + timedelta(days=50))

    with pytest.raises(fulfillment.BackorderLimit, match="3 asked for, 2 can be sold now"):
        make.order((lamp, 3))

    assert make.line(lamp, 2).pegged == 2


def test_an_order_in_stock_gets_a_date_and_no_mail():
    lamp = make.product()
    make.on_hand(lamp, 5)

    line = make.line(lamp, 2)

    assert line.promised_date == make.TODAY + timedelta(days=1)
    assert Promise.objects.get().basis == "on_hand"
    assert Notice.objects.count() == 0


def test_what_waits_is_told_in_units():
    lamp = make.product()
    make.on_hand(lamp, 5)

    make.line(lamp, 7)

    fact = NoticeLine.objects.get()
    assert (fact.kind, fact.units, fact.ready, fact.waiting) == (NoticeKind.BACKORDERED, 2, 5, 2)


def test_shipping_takes_the_units_off_the_shelf_and_off_the_books():
    lamp = make.product()
    make.on_hand(lamp, 5)
    order = make.order((lamp, 3))

    shipments = fulfillment.ship_order(order.pk, carrier="DHL", tracking="X1", by=None, at=TUESDAY)

    line = order.lines.get()
    assert (line.shipped, line.allocated, line.open, line.words) == (3, 0, 0, "Shipped")
    stock = Stock.objects.get()
    assert (stock.on_hand, stock.allocated) == (2, 0)
    assert Movement.objects.order_by("pk").last().quantity == -3
    assert (len(shipments), Allocation.objects.count()) == (1, 0)
    assert NoticeLine.objects.get().detail == "DHL X1"


def test_a_line_ships_in_parts_from_two_warehouses():
    lamp = make.product()
    make.on_hand(lamp, 2, place=make.warehouse("BER"))
    make.on_hand(lamp, 2, place=make.warehouse("HAM", rank=2))
    order = make.order((lamp, 5))

    shipments = fulfillment.ship_order(order.pk, by=None, at=TUESDAY)

    assert [(s.warehouse.code, [row.quantity for row in s.lines.all()]) for s in shipments] == [
        ("BER", [2]),
        ("HAM", [2]),
    ]
    line = order.lines.get()
    assert (line.shipped, line.open, line.words) == (4, 1, "4 shipped, 1 waiting")


def test_an_order_that_ships_complete_does_not_leave_in_parts():
    lamp = make.product()
    make.on_hand(lamp, 2)
    order = make.order((lamp, 3), is_ship_complete=True)

    with pytest.raises(fulfillment.NothingToShip, match="ships only complete"):
        fulfillment.ship_order(order.pk, by=None, at=TUESDAY)

    assert Stock.objects.get().on_hand == 2


def test_a_canceled_line_cannot_be_shipped():
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="no", by=None, at=TUESDAY)

    with pytest.raises(fulfillment.NothingToShip, match="Nothing of this line is here to ship"):
        fulfillment.ship([fulfillment.LineUnits(line.pk)], by=None, at=TUESDAY)

    assert Stock.objects.get().on_hand == 3


def test_more_than_is_open_cannot_be_canceled():
    line = make.line(make.product(), 3)

    with pytest.raises(fulfillment.NothingToCancel, match="3 units of this line are open, 4 cannot be canceled"):
        fulfillment.cancel([fulfillment.LineUnits(line.pk, 4)], reason="no", by=None, at=TUESDAY)

    line.refresh_from_db()
    assert line.canceled == 0


def test_an_order_of_any_number_of_lines_takes_twelve_statements_in_three_trips():
    products = [make.product() for _ in range(10)]
    for number, thing in enumerate(products):
        make.on_hand(thing, 1 + number % 2)
        make.lead_time(thing, 5, 9)
    make.coming(products[0], 1, on=make.TODAY + timedelta(days=3))
    make.coming(products[1], 1, on=None)
    lena, ber = make.customer(), make.warehouse()

    make.order((products[0], 1), who=lena, place=ber)  # and this connection knows the query for supply

    with CaptureQueriesContext(connection) as captured:
        make.order(*((thing, 3) for thing in products), who=lena, place=ber)

    trips = [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(trips) == (3 if connection.vendor == "postgresql" else 12)
    assert sum(len(sql.split("; ")) for sql in trips) == 12

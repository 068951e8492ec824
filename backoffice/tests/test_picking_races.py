"""Two people print the same orders at once, and somebody cancels in that moment: one gets them, the books hold."""

from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from inventory.models import Stock
from inventory.supply.stock import UnitsPicked
from orders import books, fulfillment, shipping
from orders.fulfillment import LineUnits
from orders.models import Batch, ParcelLine, Shipment
from orders.tests import make
from orders.tests.make import MONDAY

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def print_all(warehouse, orders, by):
    """Print a batch of these orders; give the number of parcels in it."""
    batch, _ = shipping.make(warehouse, orders, by=User.objects.get(pk=by), at=MONDAY)
    return batch.parcels.count()


def hand_over(batch, by):
    return len(shipping.hand_over(batch, by=User.objects.get(pk=by), at=MONDAY).shipments)


def cancel(line):
    return fulfillment.cancel([LineUnits(line)], reason="rang", by=None, at=MONDAY)


def floor():
    lamp, by = make.product(), User.objects.create_user("robin")
    make.on_hand(lamp, 20)
    orders = [make.order((lamp, 1)) for _ in range(20)]
    return by, orders


def print_unlocked(warehouse, orders, by):
    """The same, with no row of the database locked."""
    QuerySet.select_for_update = lambda self, *args, **kwargs: self
    return print_all(warehouse, orders, by)


def printed_by_four(work=print_all, *, unguarded=False):
    by, orders = floor()
    given = (make.warehouse().pk, [order.pk for order in orders], by.pk)
    return race.run(work, [given] * 4, unguarded=unguarded)


def test_of_four_who_print_the_same_orders_one_gets_them():
    found = printed_by_four()

    assert sorted(found, key=str) == [20, "NothingToPick", "NothingToPick", "NothingToPick"]
    assert (Batch.objects.count(), ParcelLine.objects.count(), Stock.objects.get().picked) == (1, 20, 20)
    assert books.broken(at=MONDAY) == []


def test_without_the_lock_the_same_race_is_lost_by_a_worse_error():
    found = printed_by_four(print_unlocked, unguarded=True)

    # the figure on the claim holds even then: nobody picks a unit twice, but nobody hears why the order stays
    assert "UnitsPicked" in found
    assert ParcelLine.objects.count() == 20


def test_a_batch_that_two_people_hand_over_leaves_once():
    by, orders = floor()
    batch, _ = shipping.make(make.warehouse().pk, [order.pk for order in orders], by=by, at=MONDAY)

    found = race.run(hand_over, [(batch.pk, by.pk)] * 3)

    assert sorted(found, key=str) == [20, "NothingLeaves", "NothingLeaves"]
    assert Shipment.objects.count() == 20
    assert books.broken(at=MONDAY) == []


def test_an_order_is_canceled_or_picked_and_never_both():
    by, orders = floor()
    lines = [order.lines.get().pk for order in orders[:5]]

    found = race.run(_either, [("print", make.warehouse().pk, [o.pk for o in orders], by.pk), ("cancel", lines, 0, 0)])

    picked, canceled = found
    assert picked + canceled == 20
    assert books.broken(at=MONDAY) == []


def _either(what, first, orders, by):
    if what == "print":
        return print_all(first, orders, by)
    gone = 0
    for line in first:
        with suppress(UnitsPicked):
            gone += cancel(line)
    return gone

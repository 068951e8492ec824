"""
Two people who ship different products at the same instant never give one tracking number to two parcels.

They share no product, so no lock of theirs meets; the control twin takes out the one on the number.
"""

import time
from datetime import UTC, datetime

import pytest

from orders import fulfillment
from orders.fulfillment import labels
from orders.models import Shipment
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def ship(order, number):
    """Ship, with a moment between asking whether the number is used and writing it."""
    asked = labels._refuse_used

    def slow(given, at):
        asked(given, at)
        time.sleep(0.5)

    labels._refuse_used = slow
    fulfillment.ship_order(order, carrier="UPS", tracking=number, by=None, at=NOW)
    return "shipped"


def ship_unguarded(order, number):
    labels.hold = lambda numbers: None
    return ship(order, number)


def two_people(work):
    orders = []
    for name in ("LAMP", "MUG"):
        thing = make.product(name)
        make.on_hand(thing, 1)
        orders.append(make.order((thing, 1)).pk)
    return race.run(work, [(orders[0], "1Z 999"), (orders[1], "1z999")])


def test_one_number_is_given_once():
    assert sorted(two_people(ship)) == ["NumberGivenTwice", "shipped"]
    assert Shipment.objects.count() == 1


def test_without_the_lock_on_the_number_two_parcels_carry_it():
    assert two_people(ship_unguarded) == ["shipped", "shipped"]
    assert Shipment.objects.numbered(["1Z999"]).count() == 2

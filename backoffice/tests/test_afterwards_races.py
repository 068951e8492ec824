"""Two people take the same parcel up at the same time: each unit has one fate, and the books balance."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from backoffice.books import audit
from inventory.models import Inbound, Product, Stock
from inventory.supply import inbound, unreceiving
from orders import fulfillment
from orders.fulfillment.afterwards import parcels, returns
from orders.models import OrderLine, Return, ShipmentLine
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROWS = 12


def take_back(rows, times):
    """Take back one unit of each, again and again; say how many were."""
    back = returns.CameBack(becomes=returns.Becomes.RESTOCK)
    return sum(done(returns.take_in, pair, back, by=None, at=NOW) for _ in range(times) for pair in rows)


def lose(rows, times):
    return sum(done(parcels.lose, pair, reason="race", by=None, at=NOW) for _ in range(times) for pair in rows)


def reverse(rows, times):
    return sum(done(parcels.reverse, pair, reason="race", by=None, at=NOW) for _ in range(times) for pair in rows)


def ship(line_ids, times):
    """Ship again what is here of these lines, one unit each time; say how many went."""
    sent = 0
    for _ in range(times):
        for pk in line_ids:
            try:
                fulfillment.ship([fulfillment.LineUnits(pk, 1)], by=None, at=NOW)
                sent += 1
            except fulfillment.NothingToShip:
                continue
    return sent


def done(deed, pair, *given, **known):
    shipment_id, row_id = pair
    try:
        deed(shipment_id, {row_id: 1}, *given, **known)
    except parcels.NotInTheParcel:
        return 0
    return 1


def shipped(units):
    """Parcels of so many units each; give them as (shipment, its row)."""
    lamp = make.product("LAMP")
    make.on_hand(lamp, units * ROWS)
    for _ in range(ROWS):
        line = make.line(lamp, units)
        fulfillment.ship([fulfillment.LineUnits(line.pk)], by=None, at=NOW)
    return list(ShipmentLine.objects.order_by("pk").values_list("shipment_id", "pk"))


def test_two_people_who_take_back_the_same_units_take_each_back_once():
    rows = shipped(3)

    got = race.run(take_back, [(rows, 3), (rows, 3)])

    assert sum(got) == 3 * ROWS
    assert ShipmentLine.objects.aggregate(units=Sum("returned"))["units"] == 3 * ROWS
    assert Return.objects.count() == 3 * ROWS
    assert Stock.objects.get().on_hand == 3 * ROWS
    assert audit.balances(audit.run(at=NOW))


def test_without_the_lock_the_same_race_is_lost():
    rows = shipped(3)
    # what each brings back goes to who waits: of several at once, somebody gives a unit twice
    make.line(Product.objects.get(), 3 * ROWS)

    got = race.run(take_back, [(rows, 4), (rows[::-1], 4), (rows[ROWS // 2 :], 4)], unguarded=True)

    assert any(isinstance(each, str) for each in got) or not audit.balances(audit.run(at=NOW))


def test_of_lost_returned_and_reversed_each_unit_is_one_and_what_is_here_ships_again():
    rows = shipped(3)
    line_ids = list(OrderLine.objects.order_by("pk").values_list("pk", flat=True))
    work = [("take_back", rows, 2), ("lose", rows, 2), ("reverse", rows, 2), ("ship", line_ids, 2)]

    results = race.run(call, work)

    assert all(isinstance(each, int) for each in results)
    found = ShipmentLine.objects.aggregate(*map(Sum, ("returned", "lost", "reversed")))
    assert [found[f"{name}__sum"] for name in ("returned", "lost", "reversed")] == results[:3]
    assert all(row.with_customer >= 0 for row in ShipmentLine.objects.all())
    assert audit.balances(audit.run(at=NOW))


def unreceive(inbound_id, times):
    """Take back one unit that had not arrived, again and again; say how many."""
    back = 0
    for _ in range(times):
        try:
            unreceiving.take_back([unreceiving.Reversal(inbound_id, 1)], reason="race", by=None, at=NOW)
            back += 1
        except (unreceiving.NotReceived, unreceiving.NotHere):
            continue
    return back


def test_a_receipt_is_taken_back_as_far_as_its_units_are_here_while_others_ship_them():
    lamp = make.product("LAMP")
    lorry = make.coming(lamp, 20, on=make.TODAY + timedelta(days=1))
    lines = [make.line(lamp, 2).pk for _ in range(10)]
    inbound.receive([inbound.Receipt(lorry.pk, 20)], by=None, at=NOW)

    results = race.run(call, [("unreceive", lorry.pk, 12), ("ship", lines, 1), ("unreceive", lorry.pk, 12)])

    row = Inbound.objects.get()
    assert row.received == 20 - results[0] - results[2]
    assert Stock.objects.get().on_hand == 20 - sum(results)
    assert audit.balances(audit.run(at=NOW))


def call(name, *given):
    return globals()[name](*given)

from datetime import timedelta

import pytest

from backoffice import audit
from inventory.models import Inbound, Stock
from suppliers import purchasing, replenishment
from suppliers.models import Delivery, PurchaseOrder, PurchaseOrderLine
from suppliers.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ARRIVED = make.after(7)


def receive(order_id, line_id, units, times):
    got = 0
    for _ in range(times):
        try:
            purchasing.receive(order_id, {line_id: (units, 0)}, by=None, at=ARRIVED)
            got += units
        except (purchasing.OverReceipt, purchasing.NothingOutstanding):
            pass
    return got


def test_two_people_who_receive_the_same_delivery_get_its_units_once():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)

    got = race.run(receive, [(order.pk, line.pk, 1, 8), (order.pk, line.pk, 1, 8)])

    assert sum(got) == 10
    assert Stock.objects.get().on_hand == 10
    assert Delivery.objects.count() == 10
    assert audit.balances(audit.run(at=ARRIVED))


def test_the_whole_of_a_delivery_is_received_by_one_of_two():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)

    got = race.run(receive, [(order.pk, line.pk, 10, 1)] * 3)

    assert sorted(got) == [0, 0, 10]
    assert Delivery.objects.get().quantity == 10
    assert Inbound.objects.get().outstanding == 0


def send(order_id):
    try:
        return len(purchasing.send([order_id], by=None, at=make.MONDAY))
    except purchasing.AlreadySent:
        return 0


def test_an_order_that_three_people_send_is_sent_once():
    order = make.approved((make.offer(make.product()), 10))

    assert sorted(race.run(send, [(order.pk,)] * 3)) == [0, 0, 1]
    assert Inbound.objects.get().quantity == 10


def propose_tonight(days):
    counts = replenishment.propose(on=make.TODAY, at=make.MONDAY + timedelta(seconds=days))
    return counts["created"], counts["updated"], counts["removed"]


def test_two_nightly_runs_at_once_draft_once():
    for _ in range(20):
        make.needed(5)

    changes = race.run(propose_tonight, [(0,), (1,), (2,)])

    assert sorted(changes) == [(0, 0, 0), (0, 0, 0), (20, 0, 0)]
    assert PurchaseOrder.objects.count() == 1
    assert set(PurchaseOrderLine.objects.values_list("quantity", flat=True)) == {5}


def approve(order_id, line_id):
    try:
        return purchasing.approve([order_id], by=None, at=make.MONDAY)
    except purchasing.NotADraft:
        return 0


def edit(order_id, line_id):
    edited = 0
    for units in range(1, 30):
        try:
            edited = purchasing.edit_line(line_id, quantity=units, by=None, at=make.MONDAY).quantity
        except purchasing.NotADraft:
            break
    return edited


def first_or_second(place, order_id, line_id):
    return (approve, edit)[place](order_id, line_id)


def test_nothing_is_edited_after_its_approval():
    order = make.draft((make.offer(make.product()), 100))
    line = make.line(order)

    approved, edited = race.run(first_or_second, [(0, order.pk, line.pk), (1, order.pk, line.pk)])

    line.refresh_from_db()
    assert approved == 1
    assert line.quantity == (edited or 100)

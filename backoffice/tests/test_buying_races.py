from contextlib import suppress
from datetime import timedelta
from time import sleep, time

import pytest
from django.contrib.auth.models import User

from backoffice.books import audit
from inventory.models import Inbound, Stock
from suppliers import drafts, needs, purchasing, replenishment, splitting
from suppliers.models import Delivery, PurchaseOrder, PurchaseOrderLine
from suppliers.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ARRIVED = make.after(7)
TICK = 0.05
"""Seconds from one instant at which two begin to the next."""


def receive(order_id, line_id, units, times):
    got = 0
    for _ in range(times):
        try:
            purchasing.receive(order_id, {line_id: (units, 0)}, by=None, at=ARRIVED)
            got += units
        except (purchasing.OverReceipt, purchasing.NothingOutstanding):
            pass
    return got


def test_two_people_who_receive_the_same_delivery_get_its_units_once_and_the_one_more_that_may_come():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)

    got = race.run(receive, [(order.pk, line.pk, 1, 8), (order.pk, line.pk, 1, 8)])

    assert sum(got) == 11
    assert Stock.objects.get().on_hand == 11
    assert Delivery.objects.count() == 10  # what came beyond teaches nothing
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


def type_in(offer_ids, place_id):
    """Type five units of each, by somebody who has been shown that no draft holds any, at every tick of the clock."""
    for offer_id in offer_ids:
        sleep(-time() % TICK)
        line = purchasing.DraftLine(offer_id=offer_id, warehouse_id=place_id, quantity=5, seen=0)
        with suppress(purchasing.AlreadyDrafted):
            purchasing.propose([line], by=None, at=make.MONDAY)


def two_buyers_at_two_suppliers(*, products=40, unguarded=False):
    things = [make.product() for _ in range(products)]
    first, second = ([make.offer(thing, make.supplier(name)).pk for thing in things] for name in ("Birk", "Nordlys"))
    place = make.warehouse().pk
    race.run(type_in, [(first, place), (second, place)], unguarded=unguarded)
    return list(PurchaseOrderLine.objects.values_list("product", flat=True))


def test_of_two_buyers_who_type_the_same_product_at_two_suppliers_one_is_asked():
    drafted = two_buyers_at_two_suppliers()

    assert (len(drafted), len(set(drafted))) == (40, 40)


def test_without_the_product_lock_both_would_be_believed():
    # on a busy machine the two may happen to take turns: one race of a few is lost
    races = (two_buyers_at_two_suppliers(products=60, unguarded=True) for _ in range(4))

    assert any(len(drafted) > len(set(drafted)) for drafted in races)


def add_one(offer_ids, place_id):
    for offer_id in offer_ids:
        line = purchasing.DraftLine(offer_id=offer_id, warehouse_id=place_id, quantity=1)
        purchasing.propose([line], by=User.objects.get(), at=make.MONDAY)
    return len(offer_ids)


def propose_slowly(lock):
    """A night that takes a second between what it reads and what it writes."""
    read = needs.find

    def find(*block, **given):
        found = read(*block, **given)
        sleep(1)
        return found

    needs.find = find
    if not lock:
        drafts.lock_all = lambda: list(PurchaseOrder.objects.filter(drafts.IS_DRAFT).order_by("pk"))
    return replenishment.propose(on=make.TODAY, at=make.MONDAY)["lines"]


def night_or_buyer(place, offer_ids, place_id, lock):
    if not place:
        return propose_slowly(lock)
    sleep(0.3)
    return add_one(offer_ids, place_id)


def a_buyer_types_during_the_night(*, lock=True):
    """Five of each are needed, and the buyer adds one; how the lines of a product stand then, each and whose."""
    make.buyer()
    offers = [make.needed(5).pk for _ in range(10)]
    place = make.warehouse().pk
    race.run(night_or_buyer, [(0, offers, place, lock), (1, offers, place, lock)])
    drafted = {}
    for thing, units, touched in PurchaseOrderLine.objects.values_list("product", "quantity", "is_touched"):
        drafted.setdefault(thing, []).append((units, touched))
    return {tuple(sorted(lines)) for lines in drafted.values()}


def test_what_is_typed_during_the_night_is_added_to_what_it_proposes():
    assert a_buyer_types_during_the_night() == {((6, True),)}


def test_a_night_that_does_not_lock_the_drafts_proposes_what_is_typed_already():
    assert ((1, True), (5, False)) in a_buyer_types_during_the_night(lock=False)


def replace_or_approve(place, offer_id, order_id):
    if place:
        try:
            return purchasing.approve([order_id], by=None, at=make.MONDAY)
        except purchasing.PurchaseRefused:
            return 0
    place_id = PurchaseOrder.objects.get(pk=order_id).warehouse_id
    line = purchasing.DraftLine(offer_id=offer_id, warehouse_id=place_id, quantity=1, replaces=True, seen=162)
    try:
        return len(purchasing.propose([line], by=None, at=make.MONDAY))
    except purchasing.AlreadyDrafted:
        return 0


def test_a_draft_is_replaced_or_approved_never_both():
    for _ in range(3):
        PurchaseOrder.objects.all().delete()
        lamp = make.offer(make.product())
        order = make.draft((lamp, 162))

        race.run(replace_or_approve, [(0, lamp.pk, order.pk), (1, lamp.pk, order.pk)])

        order.refresh_from_db()
        assert order.approved_at is not None
        assert PurchaseOrderLine.objects.get().quantity in (1, 162)


def split(line_ids):
    done = 0
    for line_id in line_ids:
        parts = [splitting.ConfirmedPart(90, make.after(9).date()), splitting.ConfirmedPart(10, make.after(23).date())]
        with suppress(splitting.NotInParts):
            done += len(splitting.split(line_id, parts, by=None, at=make.MONDAY))
    return done


def two_people_split_the_same_lines(*, lines=20, unguarded=False):
    """How many parts each line has then, and whether their units are those that were ordered."""
    place = make.warehouse()
    orders = [make.sent((make.offer(make.product()), 100), place=place) for _ in range(lines)]
    line_ids = [make.line(order).pk for order in orders]
    race.run(split, [(line_ids,), (line_ids,)], unguarded=unguarded)
    return [sorted(order.lines.values_list("inbound__quantity", flat=True)) for order in orders]


def test_a_line_that_two_people_confirm_in_parts_comes_in_the_parts_of_one_of_them():
    assert two_people_split_the_same_lines() == [[10, 90]] * 20
    assert audit.balances(audit.run(at=ARRIVED))


def test_without_the_product_lock_a_line_comes_in_the_parts_of_both():
    assert [10, 10, 80] in two_people_split_the_same_lines(unguarded=True)


def split_or_receive(place, order_id, line_id):
    if not place:
        return split([line_id])
    return receive(order_id, line_id, 1, 60)


def test_what_arrives_while_a_line_is_confirmed_in_parts_is_neither_lost_nor_counted_twice():
    order = make.sent((make.offer(make.product()), 100))
    line = make.line(order)

    _, got = race.run(split_or_receive, [(0, order.pk, line.pk), (1, order.pk, line.pk)])

    rows = Inbound.objects.values_list("quantity", "received", "surplus")
    assert (sum(row[0] for row in rows), sum(row[1] for row in rows)) == (100, 60)
    assert (got, Stock.objects.get().on_hand, sum(row[2] for row in rows)) == (60, 60, 0)
    assert audit.balances(audit.run(at=ARRIVED))

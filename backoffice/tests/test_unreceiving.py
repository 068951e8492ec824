"""Receipts that were wrong: their units leave the shelf, are expected again, and teach nothing."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from backoffice.books import audit
from inventory.models import Inbound, Movement, Stock
from inventory.supply import inbound, transfers, unreceiving
from orders import fulfillment
from orders.mail import notices
from orders.models import OrderLine
from orders.tests import make
from suppliers import performance, purchasing
from suppliers.models import Delivery, Lesson, Offer
from suppliers.tests.make import expected, line, offer, sent

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ARRIVED = make.MONDAY + 9 * DAY
SEEN = ARRIVED + 2 * MINUTE


def bought(units=10, *, days=9):
    """An order of ours that is confirmed, whose units two customers wait for, 6 and 4."""
    order = sent((offer(make.product("LAMP", name="Oslo lamp"), days=days), units))
    purchasing.confirm(order.pk, {line(order).pk: ARRIVED.date()}, by=None, at=make.MONDAY)
    thing = line(order).product
    first = make.line(thing, 6, who=make.customer("Ada", "ada@shop.example"), reference="R-1")
    second = make.line(thing, 4, who=make.customer("Tom", "tom@shop.example"), reference="R-2")
    notices.send_due(at=make.MONDAY + MINUTE)
    return order, first, second


def received(order, units, damaged=0, at=ARRIVED):
    purchasing.receive(order.pk, {line(order).pk: (units, damaged)}, by=None, at=at)
    notices.send_due(at=at + MINUTE)
    mail.outbox.clear()


def back(order, units, damaged=0, at=SEEN):
    purchasing.unreceive(order.pk, {line(order).pk: (units, damaged)}, reason="Another lorry", by=None, at=at)


def here():
    return list(OrderLine.objects.order_by("pk").values_list("allocated", "pegged"))


def test_who_got_units_of_a_wrong_receipt_waits_again_the_last_in_the_queue_first():
    order, *_ = bought()
    received(order, 10)
    assert here() == [(6, 0), (4, 0)]

    back(order, 3)

    row = expected(order)
    assert here() == [(6, 0), (1, 3)]
    assert (row.received, row.outstanding, row.committed) == (7, 3, 3)
    assert Stock.objects.get().on_hand == 7
    notices.send_due(at=SEEN + timedelta(hours=26))  # they had a digest today
    [told] = mail.outbox
    assert told.subject == "Delayed after all: 3 × Oslo lamp (order R-2)"
    assert "A delivery to us that we had noted has not arrived." in told.body
    assert audit.balances(audit.run(at=SEEN))


def test_what_it_taught_is_forgotten_and_learned_anew_when_it_does_come():
    order, *_ = bought()
    received(order, 10)
    assert Lesson.objects.get().came_on == ARRIVED.date()
    performance.learn(at=ARRIVED + 4 * MINUTE)
    assert Offer.objects.get().observed == 1

    seen = ARRIVED + 2 * DAY
    back(order, 10, at=seen)

    assert (Lesson.objects.count(), Delivery.objects.count()) == (0, 0)
    performance.learn(at=seen + MINUTE)
    assert Offer.objects.get().observed == 0
    row = expected(order)
    assert (row.received, row.outstanding, row.is_confirmed) == (0, 10, True)
    assert row.safe_date > seen.date()
    later = ARRIVED + 6 * DAY
    received(order, 10, at=later)
    assert Lesson.objects.get().came_on == later.date()
    assert audit.balances(audit.run(at=later))


def test_a_part_taken_back_leaves_the_rest_its_delivery():
    order, *_ = bought()
    received(order, 4)
    received(order, 6, damaged=2, at=ARRIVED + MINUTE)

    back(order, 3, damaged=1)

    assert list(Delivery.objects.order_by("pk").values_list("quantity", "damaged")) == [(4, 0), (3, 1)]
    assert Stock.objects.get().on_hand == 6
    assert list(Movement.objects.order_by("pk").values_list("kind", "quantity"))[-2:] == [
        ("receipt", -3),
        ("damage", 1),
    ]
    assert audit.balances(audit.run(at=SEEN))


def test_what_came_beyond_the_order_goes_first():
    order, *_ = bought(40)
    received(order, 40)
    purchasing.receive(order.pk, {line(order).pk: (1, 0)}, by=None, at=ARRIVED + MINUTE)

    back(order, 2)

    row = expected(order)
    assert (row.received, row.surplus, row.outstanding) == (39, 0, 1)
    assert list(Delivery.objects.values_list("quantity", flat=True)) == [39]


def test_what_has_left_cannot_be_taken_back():
    order, first, _ = bought()
    received(order, 10)
    fulfillment.ship([fulfillment.LineUnits(first.pk)], by=None, at=SEEN)

    with pytest.raises(unreceiving.NotHere) as refused:
        back(order, 5)

    assert str(refused.value) == (
        f"LAMP of {order}: of the 5 to take back, only 4 are still here. What has left, or is picked, cannot "
        "be taken back. Nothing was written."
    )
    assert expected(order).received == 10
    assert Lesson.objects.count() == 1
    back(order, 4)
    assert expected(order).received == 6


@pytest.mark.parametrize(("units", "damaged"), [(11, 0), (0, 0), (3, 2), (10, 0), (2, 3)])
def test_no_more_is_taken_back_than_came(units, damaged):
    order, *_ = bought()
    received(order, 10, damaged=1)

    with pytest.raises((unreceiving.NotReceived, purchasing.NoUnits)):
        back(order, units, damaged)

    assert expected(order).received == 10


def test_an_order_that_was_canceled_expects_nothing_again():
    order, *_ = bought()
    received(order, 4)
    purchasing.cancel(order.pk, reason="Too late", by=None, at=ARRIVED + MINUTE)

    with pytest.raises(purchasing.CanceledSince, match="was canceled"):
        back(order, 2)

    assert expected(order).received == 4


def test_a_transfer_that_had_not_arrived_is_on_its_way_again():
    lamp, hamburg = make.product("LAMP"), make.warehouse("HAM", rank=2)
    make.on_hand(lamp, 5, place=hamburg)
    draft = transfers.TransferDraft(hamburg.pk, make.warehouse("BER").pk, {lamp.pk: 3}, make.TODAY)
    row = transfers.send(draft, by=None, at=make.MONDAY).lines.get().inbound
    inbound.receive([inbound.Receipt(row.pk, 3)], by=None, at=make.MONDAY)

    unreceiving.take_back([unreceiving.Reversal(row.pk, 2)], reason="Wrong pallet", by=None, at=SEEN)

    row.refresh_from_db()
    assert (row.received, row.outstanding) == (1, 2)
    assert audit.balances(audit.run(at=SEEN))


def test_who_loses_is_shown_with_the_words_before_it_is_done(admin_client):
    order, *_ = bought()
    received(order, 10)
    row = Inbound.objects.get()
    address = reverse("admin:unreceive_inbound", args=[row.pk])

    seen = admin_client.post(address, {f"units-{row.pk}": "3", "reason": "Another lorry", "preview": "1"})
    done = admin_client.agree(address, {f"units-{row.pk}": "3", "reason": "Another lorry"})

    assert seen.context["in_words"] == "3 units off the books again, and expected as before."
    assert "has not arrived" in seen.content.decode()
    words = [str(message) for message in done.wsgi_request._messages]
    assert words[0].startswith(f"3 units of {row} had not arrived: taken back.")
    order.refresh_from_db()
    assert order.note.endswith("Took back a receipt of 3 units: Another lorry")
    row.refresh_from_db()
    assert row.received == 7


def test_what_is_picked_is_nobodys_to_take_back():
    order, *_ = bought()
    received(order, 10)
    Stock.objects.update(picked=4)

    with pytest.raises(unreceiving.NotHere, match="of the 7 to take back, only 6 are still here"):
        back(order, 7)

    assert expected(order).received == 10
    back(order, 6)
    assert Stock.objects.get().on_hand == 4


def test_what_came_beyond_the_order_goes_and_the_line_keeps_what_it_taught():
    order, *_ = bought(40)
    received(order, 40)
    purchasing.receive(order.pk, {line(order).pk: (2, 0)}, by=None, at=ARRIVED + MINUTE)
    performance.learn(at=SEEN)
    taught, dates = Lesson.objects.get(), Inbound.objects.values_list("likely_date", "safe_date").get()

    back(order, 2, at=SEEN + DAY)

    kept = Lesson.objects.get()
    assert (kept.pk, kept.came_on, kept.is_learned) == (taught.pk, ARRIVED.date(), True)
    assert Offer.objects.get().learned_from is not None
    row = expected(order)
    assert (row.received, row.surplus, (row.likely_date, row.safe_date)) == (40, 0, dates)
    back(order, 1, at=SEEN + DAY)
    assert Lesson.objects.get().pk != taught.pk


def test_what_its_sender_replaces_stays_with_its_delivery():
    order, *_ = bought(30)
    purchasing.receive(order.pk, {line(order).pk: (10, 4)}, is_replaced=True, by=None, at=ARRIVED)
    purchasing.receive(order.pk, {line(order).pk: (5, 2)}, by=None, at=ARRIVED + MINUTE)
    assert expected(order).received == 11

    def deliveries():
        return list(Delivery.objects.order_by("pk").values_list("quantity", "damaged", "replaced"))

    back(order, 2, damaged=1)
    assert deliveries() == [(10, 4, 4), (3, 1, 0)]
    back(order, 4, damaged=1)
    assert deliveries() == [(9, 4, 4)]
    back(order, 5)
    assert deliveries() == [(4, 4, 4)]
    assert (expected(order).received, expected(order).outstanding) == (0, 30)
    assert audit.balances(audit.run(at=SEEN))

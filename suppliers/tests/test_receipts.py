import pytest
from django.db import transaction

from inventory.models import Inbound, Movement, Stock
from inventory.supply import inbound
from suppliers import purchasing
from suppliers.models import Delivery

from . import make

pytestmark = pytest.mark.django_db


def ledger():
    return list(Movement.objects.order_by("pk").values_list("quantity", "kind", "reason"))


def test_goods_may_come_in_parts():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)

    purchasing.receive(order.pk, {line.pk: (4, 0)}, by=None, at=make.after(7))
    assert (Stock.objects.get().on_hand, Inbound.objects.get().outstanding) == (4, 6)

    purchasing.receive(order.pk, {line.pk: (6, 0)}, by=None, at=make.after(9))
    assert (Stock.objects.get().on_hand, Inbound.objects.get().outstanding) == (10, 0)


def test_damaged_units_come_in_and_go_out_again():
    order = make.sent((make.offer(make.product()), 10))

    purchasing.receive(order.pk, {make.line(order).pk: (10, 3)}, by=None, at=make.after(7))

    assert Stock.objects.get().on_hand == 7
    assert ledger() == [(10, "receipt", ""), (-3, "damage", "Damaged on arrival")]
    assert Delivery.objects.get().damaged == 3


def test_every_receipt_teaches_the_lead_time_against_the_quote():
    lamp = make.offer(make.product(), days=14)
    order = make.sent((lamp, 10))

    [delivery] = purchasing.receive(order.pk, {make.line(order).pk: (4, 0)}, by=None, at=make.after(17.5))

    delivery.refresh_from_db()
    assert (delivery.offer, delivery.quantity, delivery.days, delivery.planned_days) == (lamp, 4, 17.5, 14)
    assert delivery.received_at == make.after(17.5)


def test_every_receipt_teaches_the_lead_time_against_the_first_confirmed_date():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)
    purchasing.confirm(order.pk, {line.pk: make.after(10).date()}, by=None, at=make.after(1))
    purchasing.reschedule(line.pk, make.after(20).date(), reason="Strike", by=None, at=make.after(2))

    [delivery] = purchasing.receive(order.pk, {line.pk: (10, 0)}, by=None, at=make.after(15))

    assert (delivery.days, delivery.planned_days) == (15, 10)


def test_more_than_was_ordered_is_a_question_that_names_all_of_it_and_nothing_is_written():
    lamp, chair = make.offer(make.product("LAMP")), make.offer(make.product("CHAIR"))
    order = make.sent((lamp, 10), (chair, 5))

    with pytest.raises(purchasing.OverReceipt) as refused:
        purchasing.receive(
            order.pk,
            {make.line(order, chair.product).pk: (9, 0), make.line(order, lamp.product).pk: (12, 0)},
            by=None,
            at=make.after(7),
        )

    assert str(refused.value) == (
        f"LAMP of {order.reference}: 12 arrived, but 10 are outstanding and at most 11 are accepted. "
        f"CHAIR of {order.reference}: 9 arrived, but 5 are outstanding and at most 6 are accepted. "
        "Nothing was received."
    )
    assert not Movement.objects.exists()
    assert not Stock.objects.filter(on_hand__gt=0).exists()
    assert not Delivery.objects.exists()
    assert set(Inbound.objects.values_list("received", flat=True)) == {0}


def test_a_few_more_are_taken_within_the_tolerance(settings):
    settings.OVER_RECEIPT_PERCENT = 10
    order = make.sent((make.offer(make.product()), 20))
    line = make.line(order)

    with pytest.raises(purchasing.OverReceipt, match="23 arrived, but 20 are outstanding and at most 22 are accepted"):
        purchasing.receive(order.pk, {line.pk: (23, 0)}, by=None, at=make.after(7))
    purchasing.receive(order.pk, {line.pk: (22, 21)}, by=None, at=make.after(7))

    assert Stock.objects.get().on_hand == 1
    assert ledger() == [
        (20, "receipt", ""),
        (2, "receipt", "More than expected"),
        (-21, "damage", "Damaged on arrival"),
    ]
    assert Inbound.objects.get().outstanding == 0
    assert Delivery.objects.get().quantity == 22


def test_a_complete_line_takes_one_more_and_then_asks():
    order = make.sent((make.offer(make.product("LAMP")), 10))
    line = make.line(order)
    purchasing.receive(order.pk, {line.pk: (10, 0)}, by=None, at=make.after(7))

    purchasing.receive(order.pk, {line.pk: (1, 0)}, by=None, at=make.after(8))
    with pytest.raises(purchasing.OverReceipt, match=r"LAMP of PO-\d+: 1 arrived, but 0 are outstanding and no more"):
        purchasing.receive(order.pk, {line.pk: (1, 0)}, by=None, at=make.after(8))

    row = Inbound.objects.get()
    assert (row.received, row.surplus, Stock.objects.get().on_hand) == (10, 1, 11)
    assert [delivery.quantity for delivery in Delivery.objects.all()] == [10]


def test_a_question_that_was_answered_takes_all_of_it():
    order = make.sent((make.offer(make.product()), 10))

    purchasing.receive(order.pk, {make.line(order).pk: (14, 1)}, takes_surplus=True, by=None, at=make.after(7))

    row = Inbound.objects.get()
    assert (row.received, row.surplus, row.outstanding, Stock.objects.get().on_hand) == (10, 4, 0, 13)
    assert ledger() == [
        (10, "receipt", ""),
        (4, "receipt", "More than expected"),
        (-1, "damage", "Damaged on arrival"),
    ]


def test_of_a_line_that_was_canceled_in_part_the_rest_is_what_was_expected():
    order = make.sent((make.offer(make.product()), 100))
    line = make.line(order)
    inbound.cancel([inbound.Cancellation(Inbound.objects.get().pk, 60)], by=None, at=make.after(1))

    with pytest.raises(purchasing.OverReceipt, match="43 arrived, but 40 are outstanding and at most 42 are accepted"):
        purchasing.receive(order.pk, {line.pk: (43, 0)}, by=None, at=make.after(7))
    purchasing.receive(order.pk, {line.pk: (42, 0)}, by=None, at=make.after(7))

    assert (Inbound.objects.get().received, Inbound.objects.get().surplus) == (40, 2)


def test_what_was_canceled_whole_and_comes_all_the_same_is_a_question():
    order = make.sent((make.offer(make.product("LAMP")), 10))
    line = make.line(order)
    purchasing.cancel(order.pk, reason="Too late", by=None, at=make.after(1))

    with pytest.raises(purchasing.OverReceipt, match="1 arrived, but 0 are outstanding and no more are accepted"):
        purchasing.receive(order.pk, {line.pk: (1, 0)}, by=None, at=make.after(7))
    purchasing.receive(order.pk, {line.pk: (10, 0)}, takes_surplus=True, by=None, at=make.after(7))

    assert Stock.objects.get().on_hand == 10


def test_what_came_damaged_may_come_again_on_the_same_line():
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)
    purchasing.receive(order.pk, {line.pk: (10, 3)}, by=None, at=make.after(7))

    with pytest.raises(purchasing.OverReceipt, match="5 arrived, but 0 are outstanding and at most 4 are accepted"):
        purchasing.receive(order.pk, {line.pk: (5, 0)}, by=None, at=make.after(20))
    purchasing.receive(order.pk, {line.pk: (4, 1)}, by=None, at=make.after(20))
    purchasing.receive(order.pk, {line.pk: (1, 0)}, by=None, at=make.after(25))

    assert Stock.objects.get().on_hand == 11
    assert ledger()[2:] == [
        (3, "receipt", "In place of damaged units"),
        (1, "receipt", "More than expected"),
        (-1, "damage", "Damaged on arrival"),
        (1, "receipt", "More than expected"),
    ]
    assert [delivery.days for delivery in Delivery.objects.all()] == [7]


@pytest.mark.parametrize("arrived", [(), (0, 0), (2, 3), (-1, 0), (0, 2)])
def test_a_receipt_has_units_and_no_more_damaged_than_arrived(arrived):
    order = make.sent((make.offer(make.product()), 10))
    line = make.line(order)

    with pytest.raises(purchasing.NoUnits):
        purchasing.receive(order.pk, dict.fromkeys([line.pk] if arrived else [], arrived), by=None, at=make.after(7))

    assert not Movement.objects.exists()


def test_a_line_left_at_zero_is_not_received():
    lamp, chair = make.offer(make.product()), make.offer(make.product())
    order = make.sent((lamp, 10), (chair, 5))
    counted = {make.line(order, lamp.product).pk: (10, 0), make.line(order, chair.product).pk: (0, 0)}

    deliveries = purchasing.receive(order.pk, counted, by=None, at=make.after(7))

    assert [delivery.line.product for delivery in deliveries] == [lamp.product]
    assert make.expected(order, chair.product).outstanding == 5


def test_a_line_of_another_order_is_refused():
    order = make.sent((make.offer(make.product()), 10))
    other = make.sent((make.offer(make.product(), make.supplier("Birk")), 10))

    with pytest.raises(purchasing.UnknownLine):
        purchasing.receive(order.pk, {make.line(other).pk: (1, 0)}, by=None, at=make.after(7))

    assert not Movement.objects.exists()


def test_a_receipt_that_was_only_tried_leaves_nothing_behind():
    order = make.sent((make.offer(make.product()), 10))

    with transaction.atomic():
        purchasing.receive(order.pk, {make.line(order).pk: (10, 0)}, by=None, at=make.after(7))
        tried = Stock.objects.get().on_hand
        transaction.set_rollback(True)

    assert tried == 10
    assert not Movement.objects.exists()
    assert not Delivery.objects.exists()
    assert Inbound.objects.get().outstanding == 10

from datetime import timedelta

import pytest

from inventory.models import Inbound, Movement, Stock
from inventory.supply import inbound, transfers
from inventory.supply.arriving import rescheduling

from . import make

pytestmark = pytest.mark.django_db
FRIDAY = make.TODAY + timedelta(days=4)


def test_units_arrive_in_several_receipts():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=FRIDAY)

    make.arrived(lorry, 2)
    make.arrived(lorry, 3)

    lorry.refresh_from_db()
    assert (lorry.received, lorry.outstanding) == (5, 0)
    assert Stock.objects.get().on_hand == 5


def test_more_than_the_tolerance_is_refused_and_nothing_is_received():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    first = make.coming(lamp, 5, on=FRIDAY, reference="PO-7")
    second = make.coming(mug, 5, on=FRIDAY)

    with pytest.raises(inbound.OverReceipt, match="LAMP of PO-7: 7 arrived, but 5 are outstanding and at most 6"):
        inbound.receive([inbound.Receipt(second.pk, 5), inbound.Receipt(first.pk, 7)], by=None, at=make.MONDAY)

    assert (Movement.objects.count(), Stock.objects.count()) == (0, 0)


def test_damaged_units_come_in_and_go_out_again():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=FRIDAY)

    make.arrived(lorry, 5, damaged=2)

    assert Stock.objects.get().on_hand == 3
    assert [(row.kind, row.quantity) for row in Movement.objects.order_by("pk")] == [("receipt", 5), ("damage", -2)]


@pytest.mark.parametrize(("units", "damaged"), [(0, 0), (-1, 0), (2, 3)])
def test_an_impossible_receipt_is_refused(units, damaged):
    lorry = make.coming(make.product(), 5, on=FRIDAY)

    with pytest.raises(inbound.NotAnInbound, match="receive at least 1 unit"):
        make.arrived(lorry, units, damaged=damaged)

    assert Movement.objects.count() == 0


def test_a_date_that_does_not_move_is_no_change():
    lorry = make.coming(make.product(), 5, on=FRIDAY)

    assert make.moved(lorry, FRIDAY, safe=FRIDAY) == 0
    assert make.moved(lorry, FRIDAY + timedelta(days=1)) == 1
    lorry.refresh_from_db()
    assert (lorry.expected_date, lorry.revision) == (FRIDAY + timedelta(days=1), 2)


def test_the_first_confirmed_date_stays_however_often_it_moves():
    lorry = make.coming(make.product(), 5, on=None)
    for days in (0, 3):
        day = FRIDAY + timedelta(days=days)
        rescheduling.reschedule(
            [rescheduling.DateChange(lorry.pk, day, day, day, is_confirmed=True)], by=None, at=make.MONDAY
        )

    lorry.refresh_from_db()
    assert (lorry.first_date, lorry.expected_date) == (FRIDAY, FRIDAY + timedelta(days=3))


def test_no_more_can_be_canceled_than_is_outstanding():
    lorry = make.coming(make.product(), 5, on=FRIDAY)
    make.arrived(lorry, 2)

    with pytest.raises(inbound.NotOutstanding, match="4 cannot be canceled, 3 are outstanding"):
        inbound.cancel([inbound.Cancellation(lorry.pk, 4)], by=None, at=make.MONDAY)

    assert inbound.cancel([inbound.Cancellation(lorry.pk)], by=None, at=make.MONDAY) == 3


def test_a_transfer_leaves_now_and_arrives_later():
    lamp = make.product()
    ber, ham = make.warehouse("BER"), make.warehouse("HAM", rank=2)
    make.on_hand(lamp, 5, place=ham)
    draft = transfers.TransferDraft(ham.pk, ber.pk, {lamp.pk: 3}, FRIDAY, "BER runs low")

    transfer = transfers.send(draft, by=None, at=make.MONDAY)

    road = Inbound.objects.get()
    assert (road.reference, road.sender, road.outstanding) == (transfer.reference, "HAM", 3)
    assert Stock.objects.get(warehouse=ham).on_hand == 2
    make.arrived(road, 3)
    assert Stock.objects.get(warehouse=ber).on_hand == 3


def test_a_transfer_of_more_than_is_available_is_refused():
    lamp = make.product("LAMP")
    ber, ham = make.warehouse("BER"), make.warehouse("HAM", rank=2)
    make.on_hand(lamp, 2, place=ham)

    with pytest.raises(transfers.NotATransfer, match="LAMP: 3 cannot be sent, 2 are available there"):
        transfers.send(transfers.TransferDraft(ham.pk, ber.pk, {lamp.pk: 3}, FRIDAY), by=None, at=make.MONDAY)

    assert Inbound.objects.count() == 0

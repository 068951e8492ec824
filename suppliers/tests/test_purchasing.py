from datetime import date

import pytest

from inventory.models import Inbound, Movement, Stock, Warehouse
from suppliers import purchasing
from suppliers.models import Delivery, PurchaseOrder, Slip

from . import make

pytestmark = pytest.mark.django_db


def test_sending_expects_the_units_under_the_orders_reference():
    lamp = make.offer(make.product(), days=14)

    order = make.sent((lamp, 40))

    inbound = Inbound.objects.get()
    assert (inbound.reference, inbound.sender, inbound.quantity) == (order.reference, "Nordlys", 40)
    assert (inbound.product, inbound.warehouse, inbound.sent_at) == (lamp.product, make.warehouse(), make.MONDAY)
    assert make.expected(order) == inbound
    assert (order.sent_at, PurchaseOrder.objects.get().words) == (make.MONDAY, "Sent")


def test_until_a_supplier_confirms_a_date_only_its_record_gives_one():
    """Quoted 14 days, nothing learned: sd .35 × 14 × √(4/3) = 5.66; gamma median 13.25, 90 % 21.6 days."""
    make.sent((make.offer(make.product(), days=14), 40))

    inbound = Inbound.objects.get()
    assert (inbound.expected_date, inbound.first_date, inbound.is_confirmed) == (None, None, False)
    assert (inbound.likely_date, inbound.safe_date) == (date(2026, 3, 16), date(2026, 3, 24))


def test_an_order_nobody_approved_is_not_sent():
    draft = make.draft((make.offer(make.product()), 4))

    with pytest.raises(purchasing.NotApproved, match=f"{draft.reference} is not approved yet"):
        purchasing.send([draft.pk], by=None, at=make.MONDAY)

    assert not Inbound.objects.exists()


def test_an_order_is_sent_once():
    order = make.sent((make.offer(make.product()), 4))

    with pytest.raises(purchasing.AlreadySent, match=f"{order.reference} was sent on 2 March 2026"):
        purchasing.send([order.pk], by=None, at=make.after(1))

    assert Inbound.objects.count() == 1


def test_sending_several_is_all_or_nothing():
    ready = make.approved((make.offer(make.product()), 4))
    draft = make.draft((make.offer(make.product(), make.supplier("Birk")), 4))

    with pytest.raises(purchasing.NotApproved):
        purchasing.send([ready.pk, draft.pk], by=None, at=make.MONDAY)

    ready.refresh_from_db()
    assert ready.sent_at is None
    assert not Inbound.objects.exists()


def test_a_supplier_on_hold_is_not_sent_an_order():
    nordlys = make.supplier()
    order = make.approved((make.offer(make.product(), nordlys), 4))
    nordlys.is_on_hold, nordlys.hold_reason = True, "unpaid credit notes"
    nordlys.save()

    with pytest.raises(purchasing.SupplierOnHold, match="Nordlys is on hold: unpaid credit notes"):
        purchasing.send([order.pk], by=None, at=make.MONDAY)


def test_nothing_is_ordered_for_a_warehouse_that_is_closed():
    order = make.approved((make.offer(make.product()), 4))
    Warehouse.objects.update(is_open=False)

    with pytest.raises(purchasing.WarehouseClosed, match="BER is closed"):
        purchasing.send([order.pk], by=None, at=make.MONDAY)

    order.refresh_from_db()
    assert (order.sent_at, Inbound.objects.count()) == (None, 0)


def test_a_supplier_that_is_closed_that_day_is_sent_the_order_when_it_opens():
    nordlys = make.supplier()
    order = make.approved((make.offer(make.product(), nordlys), 4))
    make.closed(nordlys, make.TODAY, make.after(2).date(), "stock-taking")

    with pytest.raises(purchasing.SupplierOnHold, match="Nordlys is closed until 4 March 2026: stock-taking"):
        purchasing.send([order.pk], by=None, at=make.after(2))

    assert purchasing.send([order.pk], by=None, at=make.after(3)) == [order]


def test_a_confirmed_date_stands_as_first_date_and_is_no_slip():
    """Nothing learned: a confirmed day is taken at its word, with a week more for .95 and 45 days for .99."""
    order = make.sent((make.offer(make.product()), 4))

    changed = purchasing.confirm(order.pk, {make.line(order).pk: date(2026, 3, 22)}, by=None, at=make.after(1))

    inbound = Inbound.objects.get()
    assert changed == 1
    assert (inbound.expected_date, inbound.first_date, inbound.is_confirmed) == (*[date(2026, 3, 22)] * 2, True)
    assert (inbound.likely_date, inbound.safe_date) == (date(2026, 3, 22), date(2026, 3, 22))
    assert (inbound.by_95, inbound.by_99) == (date(2026, 3, 29), date(2026, 5, 6))
    assert PurchaseOrder.objects.get().words == "Confirmed"
    assert not Slip.objects.exists()


def test_confirming_the_same_again_changes_nothing():
    order = make.sent((make.offer(make.product()), 4))
    dates = {make.line(order).pk: date(2026, 3, 22)}
    purchasing.confirm(order.pk, dates, by=None, at=make.after(1))

    assert purchasing.confirm(order.pk, dates, by=None, at=make.after(1)) == 0

    assert Inbound.objects.get().revision == 2
    assert not Slip.objects.exists()


def test_confirming_another_date_is_a_slip():
    order = make.sent((make.offer(make.product()), 4))
    line = make.line(order)
    purchasing.confirm(order.pk, {line.pk: date(2026, 3, 22)}, by=None, at=make.after(1))

    purchasing.confirm(order.pk, {line.pk: date(2026, 3, 29)}, by=make.buyer(), at=make.after(2))

    slip = Slip.objects.get()
    assert (slip.line, slip.was, slip.now, slip.by) == (line, date(2026, 3, 22), date(2026, 3, 29), make.buyer())
    assert Inbound.objects.get().first_date == date(2026, 3, 22)


def test_an_order_is_confirmed_when_its_last_line_is():
    lamp, chair = make.offer(make.product()), make.offer(make.product())
    order = make.sent((lamp, 4), (chair, 4))

    purchasing.confirm(order.pk, {make.line(order, lamp.product).pk: date(2026, 3, 22)}, by=None, at=make.after(1))
    assert PurchaseOrder.objects.get().confirmed_at is None

    purchasing.confirm(order.pk, {make.line(order, chair.product).pk: date(2026, 3, 22)}, by=None, at=make.after(2))
    assert PurchaseOrder.objects.get().confirmed_at == make.after(2)


def test_a_day_that_has_passed_cannot_be_expected():
    order = make.sent((make.offer(make.product("LAMP")), 4))
    line = make.line(order)

    with pytest.raises(purchasing.ImpossibleDate, match=r"LAMP of PO-\d+: 2 March 2026 has passed"):
        purchasing.confirm(order.pk, {line.pk: make.TODAY}, by=None, at=make.after(1))
    with pytest.raises(purchasing.ImpossibleDate):
        purchasing.reschedule(line.pk, make.TODAY, reason="", by=None, at=make.after(1))

    assert Inbound.objects.get().expected_date is None


def test_a_slip_moves_all_dates_and_says_why():
    order = make.sent((make.offer(make.product()), 4))
    line = make.line(order)
    purchasing.confirm(order.pk, {line.pk: date(2026, 3, 22)}, by=None, at=make.after(1))

    slip = purchasing.reschedule(line.pk, date(2026, 4, 1), reason="Strike", by=make.buyer(), at=make.after(2))

    inbound = Inbound.objects.get()
    assert (slip.was, slip.now, slip.reason, slip.by) == (
        date(2026, 3, 22), date(2026, 4, 1), "Strike", make.buyer(),
    )  # fmt: skip
    assert (inbound.expected_date, inbound.first_date) == (date(2026, 4, 1), date(2026, 3, 22))
    assert (inbound.likely_date, inbound.safe_date) == (date(2026, 4, 1), date(2026, 4, 1))
    assert (inbound.by_95, inbound.by_99) == (date(2026, 4, 8), date(2026, 5, 16))
    assert inbound.revision == 3


def test_a_date_taken_back_falls_back_to_the_suppliers_record():
    order = make.sent((make.offer(make.product()), 4))
    line = make.line(order)
    before = Inbound.objects.get()
    purchasing.confirm(order.pk, {line.pk: date(2026, 3, 22)}, by=None, at=make.MONDAY)

    purchasing.reschedule(line.pk, None, reason="Machine broke", by=None, at=make.MONDAY)

    inbound = Inbound.objects.get()
    assert (inbound.expected_date, inbound.is_confirmed) == (None, False)
    assert (inbound.likely_date, inbound.safe_date) == (before.likely_date, before.safe_date)


def test_the_date_already_known_is_no_slip():
    order = make.sent((make.offer(make.product("LAMP")), 4))
    line = make.line(order)
    purchasing.confirm(order.pk, {line.pk: date(2026, 3, 22)}, by=None, at=make.after(1))

    with pytest.raises(purchasing.NothingChanged, match=r"LAMP of PO-\d+ is expected on 22 March 2026 already"):
        purchasing.reschedule(line.pk, date(2026, 3, 22), reason="", by=None, at=make.after(2))

    assert not Slip.objects.exists()


def test_canceling_a_draft_keeps_it_on_record_and_expects_nothing():
    order = make.draft((make.offer(make.product()), 4))

    assert purchasing.cancel(order.pk, reason="Too early", by=None, at=make.after(1)) == 4

    order.refresh_from_db()
    assert (order.words, order.note) == ("Canceled", "Canceled 4 units: Too early")
    with pytest.raises(purchasing.NotADraft, match="it is canceled"):
        purchasing.approve([order.pk], by=None, at=make.after(1))


def test_a_canceled_order_is_neither_sent_nor_canceled_again():
    order = make.approved((make.offer(make.product()), 4))
    purchasing.cancel(order.pk, reason="Too early", by=None, at=make.after(1))

    with pytest.raises(purchasing.AlreadyCanceled):
        purchasing.send([order.pk], by=None, at=make.after(1))
    with pytest.raises(purchasing.AlreadyCanceled):
        purchasing.cancel(order.pk, reason="Again", by=None, at=make.after(1))

    assert not Inbound.objects.exists()


def test_canceling_a_sent_order_takes_what_is_outstanding_off_the_road():
    order = make.sent((make.offer(make.product()), 10))
    purchasing.receive(order.pk, {make.line(order).pk: (4, 0)}, by=None, at=make.after(9))

    assert purchasing.cancel(order.pk, reason="Late", by=None, at=make.after(10)) == 6

    inbound = Inbound.objects.get()
    assert (inbound.received, inbound.canceled, inbound.outstanding) == (4, 6, 0)
    assert Stock.objects.get().on_hand == 4


def test_one_line_of_a_sent_order_can_be_canceled():
    lamp, chair = make.offer(make.product()), make.offer(make.product())
    order = make.sent((lamp, 4), (chair, 5))

    units = purchasing.cancel(
        order.pk, line_ids=[make.line(order, lamp.product).pk], reason="Out of the range", by=None, at=make.after(1)
    )

    order.refresh_from_db()
    assert units == 4
    assert order.canceled_at is None
    assert make.expected(order, chair.product).outstanding == 5


def test_what_arrived_cannot_be_canceled():
    order = make.sent((make.offer(make.product()), 4))
    purchasing.receive(order.pk, {make.line(order).pk: (4, 0)}, by=None, at=make.after(9))

    with pytest.raises(purchasing.NothingOutstanding, match=f"Nothing of {order.reference} is outstanding"):
        purchasing.cancel(order.pk, reason="Late", by=None, at=make.after(10))

    order.refresh_from_db()
    assert order.canceled_at is None


def test_nothing_of_an_order_that_was_not_sent_is_confirmed_moved_or_received():
    order = make.approved((make.offer(make.product()), 4))
    line = make.line(order)

    for attempt in (
        lambda: purchasing.confirm(order.pk, {line.pk: date(2026, 3, 22)}, by=None, at=make.after(1)),
        lambda: purchasing.reschedule(line.pk, date(2026, 3, 22), reason="", by=None, at=make.after(1)),
        lambda: purchasing.receive(order.pk, {line.pk: (4, 0)}, by=None, at=make.after(1)),
    ):
        with pytest.raises(purchasing.NotSent, match=f"{order.reference} was not sent yet"):
            attempt()

    assert not Movement.objects.exists()
    assert not Delivery.objects.exists()

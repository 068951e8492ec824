from datetime import timedelta

import pytest

from inventory.models import Inbound, Owed, Stock
from inventory.supply import inbound
from orders import allocation, fulfillment
from orders.allocation import covering, dating, promises, reading, supply
from orders.models import Allocation, LineEvent, NoticeLine, Promise
from orders.promising import by_hand

from . import make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)


def quantities(line):
    line.refresh_from_db()
    return (line.allocated, line.pegged, line.uncovered)


def owed(product):
    rows = Owed.objects.filter(product=product).exclude(units=0, lines=0)
    return sorted((row.warehouse.code, row.promised_date, row.units, row.lines) for row in rows)


def test_a_line_takes_what_is_here_then_what_is_coming_and_waits_for_the_rest():
    lamp = make.product()
    make.on_hand(lamp, 5)
    lorry = make.coming(lamp, 1, on=make.TODAY + timedelta(days=4))

    line = make.line(lamp, 7)

    assert quantities(line) == (5, 1, 1)
    assert line.backordered == 2
    lorry.refresh_from_db()
    assert (lorry.committed, lorry.uncommitted) == (1, 0)
    assert Stock.objects.get(product=lamp).available == 0


def test_a_receipt_fills_the_queue_in_order():
    lamp = make.product()
    lorry = make.coming(lamp, 6, on=make.TODAY + timedelta(days=4))
    first = make.line(lamp, 4)
    second = make.line(lamp, 4)

    make.arrived(lorry, 5, at=TUESDAY)

    assert (quantities(first), quantities(second)) == ((4, 0, 0), (1, 1, 2))
    assert Stock.objects.get(product=lamp).allocated == 5
    lorry.refresh_from_db()
    assert (lorry.received, lorry.committed) == (5, 1)


def test_a_receipt_goes_to_the_first_in_the_queue_even_if_others_were_pegged_to_it():
    lamp = make.product()
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=2))
    late = make.coming(lamp, 2, on=make.TODAY + timedelta(days=9))
    first = make.line(lamp, 2)
    second = make.line(lamp, 2)

    make.arrived(late, 2, at=TUESDAY)

    assert (quantities(first), quantities(second)) == ((2, 0, 0), (0, 2, 0))


def test_a_loss_of_stock_puts_the_last_in_the_queue_back_on_order():
    lamp = make.product()
    make.on_hand(lamp, 8)
    first = make.line(lamp, 4)
    second = make.line(lamp, 4, at=make.MONDAY + timedelta(hours=1))

    make.lost(lamp, 1, at=TUESDAY)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.backordered, second.backordered) == (0, 1)
    assert Stock.objects.get(product=lamp).allocated == 7
    assert sum(Allocation.objects.values_list("quantity", flat=True)) == 7


def test_settling_twice_changes_nothing_and_tells_nobody_twice():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY + timedelta(days=4))
    make.line(lamp, 4)
    make.line(lamp, 4)
    make.arrived(lorry, 3)
    told = (NoticeLine.objects.count(), Promise.objects.count(), LineEvent.objects.count())

    changed = allocation.settle({lamp.pk}, cause="again", by=None, at=TUESDAY)

    assert changed == 0
    assert (NoticeLine.objects.count(), Promise.objects.count(), LineEvent.objects.count()) == told


def test_what_a_cancellation_frees_goes_to_the_next_in_the_queue():
    lamp = make.product()
    make.on_hand(lamp, 4)
    first = make.line(lamp, 4)
    second = make.line(lamp, 3)

    fulfillment.cancel([fulfillment.LineUnits(first.pk, 2)], reason="changed their mind", by=None, at=TUESDAY)

    first.refresh_from_db()
    assert (first.canceled, first.allocated) == (2, 2)
    assert quantities(second) == (2, 0, 1)


def test_a_cancellation_takes_the_units_nobody_sends_first():
    lamp = make.product()
    make.on_hand(lamp, 2)
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=2))
    line = make.line(lamp, 6)

    fulfillment.cancel([fulfillment.LineUnits(line.pk, 3)], reason="less will do", by=None, at=TUESDAY)

    assert quantities(line) == (2, 1, 0)
    assert Inbound.objects.get().committed == 1


def test_an_imported_older_order_stands_where_its_age_puts_it():
    lamp = make.product()
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=4))
    first = make.line(lamp, 2)

    older = make.line(lamp, 2, placed_at=make.MONDAY - timedelta(days=3), keeps_age=True)

    assert (quantities(first), quantities(older)) == ((0, 0, 2), (0, 2, 0))


def test_units_owed_are_kept_in_step_by_warehouse_and_promised_date():
    lamp = make.product()
    make.on_hand(lamp, 2, place=make.warehouse("HAM", rank=2))
    make.coming(lamp, 1, on=make.TODAY + timedelta(days=4))
    ber = make.warehouse("BER")

    line = make.line(lamp, 5, place=ber)

    assert line.promised_date is None
    assert owed(lamp) == [("BER", None, 3, 1), ("HAM", None, 2, 1)]
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="no", by=None, at=TUESDAY)
    assert owed(lamp) == []


def test_a_canceled_inbound_gives_its_lines_back_to_waiting():
    lamp = make.product()
    lorry = make.coming(lamp, 3, on=make.TODAY + timedelta(days=4))
    line = make.line(lamp, 3)

    inbound.cancel([inbound.Cancellation(lorry.pk)], by=None, at=TUESDAY)

    assert quantities(line) == (0, 0, 3)
    assert Allocation.objects.count() == 0
    line.refresh_from_db()
    assert (line.basis, line.promised_date) == ("none", None)


def test_a_claim_that_goes_from_the_road_to_the_shelf_stays_the_same_row():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    whole, part = make.line(lamp, 3), make.line(lamp, 4)
    before = {claim.line_id: claim.pk for claim in Allocation.objects.all()}

    make.arrived(lorry, 5)

    claims = Allocation.objects.order_by("line").values_list("line", "pk", "stock", "inbound", "quantity")
    shelf = Stock.objects.get().pk
    assert list(claims) == [(whole.pk, before[whole.pk], shelf, None, 3), (part.pk, before[part.pk], shelf, None, 2)]


def taken_from(line):
    return [(each.stock or each.inbound).warehouse.code for each in line.allocations.all()]


def test_of_the_other_warehouses_the_one_ranked_first_is_asked_first_however_young_it_is():
    lamp = make.product()
    make.warehouse("BER")
    for code, rank in (("HAM", 3), ("RTM", 2)):
        make.on_hand(lamp, 1, place=make.warehouse(code, rank=rank))

    assert taken_from(make.line(lamp, 1)) == ["RTM"]


def test_of_warehouses_with_one_rank_the_older_is_asked_first():
    lamp = make.product()
    places = [make.warehouse(code, rank=rank) for code, rank in (("BER", 1), ("HAM", 2), ("RTM", 2))]
    for place in reversed(places[1:]):
        make.on_hand(lamp, 1, place=place)

    assert taken_from(make.line(lamp, 1)) == ["HAM"]


def test_of_inbound_that_comes_on_one_day_the_first_expected_is_taken_whatever_the_rank_of_its_warehouse():
    lamp = make.product()
    make.warehouse("BER")
    for code, rank in (("HAM", 3), ("RTM", 2)):
        make.coming(lamp, 1, on=make.TODAY + timedelta(days=4), place=make.warehouse(code, rank=rank))

    assert taken_from(make.line(lamp, 1)) == ["HAM"]


@pytest.mark.parametrize(("cause", "mugs"), [("redated:1:2", 0), ("inbound:1:2", 1)])
def test_a_day_that_goes_by_concerns_those_who_wait_and_nobody_else(monkeypatch, cause, mugs):
    lamp, mug = make.product(), make.product()
    make.line(lamp, 2)
    looked_at = []
    read = supply.read
    monkeypatch.setattr(
        supply, "read", lambda ids, claimed=(): looked_at.append(set(ids)) or read(ids, claimed=claimed)
    )

    allocation.settle({lamp.pk, mug.pk}, cause=cause, by=None, at=make.MONDAY)

    assert looked_at == [{lamp.pk, *[mug.pk] * mugs}]


def test_lines_that_share_a_decision_get_what_each_of_them_would_get_alone():
    """Lines of five sorts, some alike, as the ship they wait for comes later and somebody's units are here."""
    lamp = make.product()
    make.on_hand(lamp, 3)
    ship = make.coming(lamp, 40, on=make.TODAY + timedelta(days=9))
    for units in (2, 2, 1, 4, 1, 4, 4):
        make.line(lamp, units)
    typed = make.line(lamp, 4)
    by_hand.set_date([typed.pk], make.TODAY + timedelta(days=60), reason="x", by=None, at=make.MONDAY)
    later = make.TODAY + timedelta(days=40)
    Inbound.objects.filter(pk=ship.pk).update(expected_date=later, likely_date=later, safe_date=later)
    waiting = reading.queue([lamp.pk], short=())
    supplies = supply.read([lamp.pk], claimed=reading.claimed(waiting))

    changes = covering.planned(waiting, supplies, excess={}, at=TUESDAY)

    alone = [
        promises.decide(line, dating.dated(line, supplies, at=TUESDAY), supplies, at=TUESDAY)
        for line in waiting
        if line.backordered
    ]
    assert changes == [change for change in alone if change.before != change.after]
    assert [change.after.line_id for change in changes] == [line.line_id for line in waiting]
    assert [len(change.news) for change in changes] == [3] * 6 + [0]
    assert {item.fact.customer_id for change in changes for item in change.news if item.fact} == {
        change.after.customer_id for change in changes[:-1]
    }

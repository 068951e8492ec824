"""What is picked is its line's: no loss takes it, nothing changes it, until its parcel leaves or is stopped."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from inventory.ground.tabular import Sheet, Source
from inventory.models import Movement, Stock
from inventory.resources import stock as stock_file
from inventory.supply import counts, sheets, stock
from inventory.supply.stock import UnitsPicked
from orders import books, fulfillment, shipping
from orders.fulfillment import Address, LineUnits, Stop, ready
from orders.models import (
    Allocation,
    Batch,
    Notice,
    NoticeKind,
    NoticeLine,
    Order,
    Parcel,
    ParcelLine,
    Shipment,
    StopReason,
)
from orders.queue import ordering
from orders.shipping import standing
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def floor() -> User:
    return User.objects.create_user("robin")


def balanced() -> list[str]:
    return [each.rule for each in books.broken(at=LATER)]


def batch_of(*orders: Order, by: User) -> Batch:
    return shipping.make(make.warehouse().pk, [order.pk for order in orders], by=by, at=MONDAY)[0]


def here(line) -> int:
    line.refresh_from_db()
    return int(line.allocated)


def test_a_batch_picks_what_is_here_and_nothing_twice(floor):
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 7)

    batch, staying = shipping.make(make.warehouse().pk, [line.order_id], carrier="UPS", by=floor, at=MONDAY)

    assert staying == {}
    assert [(row.line_id, row.quantity) for row in ParcelLine.objects.all()] == [(line.pk, 5)]
    assert Parcel.objects.get().carrier == "UPS"
    assert Allocation.objects.get(stock__isnull=False).picked == 5
    assert Stock.objects.get().picked == 5
    assert shipping.look(make.warehouse().pk, at=MONDAY).leaving == []
    assert ready.of_orders([line.order]) == ([], {line.order: ready.PICKED})
    with pytest.raises(shipping.NothingToPick, match="picked already"):
        batch_of(line.order, by=floor)
    assert Batch.objects.get() == batch
    assert balanced() == []


def test_a_loss_goes_past_what_is_picked_to_the_next_last_in_the_queue(floor):
    lamp = make.product()
    make.on_hand(lamp, 12)
    first, second, last = (make.line(lamp, 4, at=MONDAY + timedelta(minutes=n)) for n in range(3))
    batch_of(last.order, by=floor)

    make.lost(lamp, 5, at=LATER)

    assert [here(first), here(second), here(last)] == [3, 0, 4]
    assert balanced() == []


def test_a_line_that_is_picked_in_part_loses_the_rest(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    first = make.line(lamp, 4)
    last = make.line(lamp, 5, at=MONDAY + timedelta(minutes=1))
    make.on_hand(lamp, 3)
    batch_of(last.order, by=floor)
    make.on_hand(lamp, 2)
    assert (here(last), Allocation.objects.get(line=last, stock__isnull=False).picked) == (5, 3)

    make.lost(lamp, 4, at=LATER)

    assert [here(first), here(last)] == [2, 3]
    assert balanced() == []


def test_a_loss_of_what_is_picked_is_said_and_nothing_is_written(floor):
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 4)
    batch_of(line.order, by=floor)

    with pytest.raises(UnitsPicked, match="4 of 5 units are picked, so 2 cannot be taken away"):
        make.lost(lamp, 2, at=LATER)
    with pytest.raises(UnitsPicked, match="4 of 5 units are picked"):
        counts.count([counts.Count(lamp.pk, make.warehouse().pk, 3)], by=None, at=LATER)
    make.lost(lamp, 1, at=LATER)

    assert (Stock.objects.get().on_hand, here(line)) == (4, 4)
    assert [row.quantity for row in Movement.objects.filter(quantity__lt=0)] == [-1]
    assert balanced() == []


def test_the_database_itself_holds_what_is_picked():
    lamp = make.product()
    make.on_hand(lamp, 5)
    make.line(lamp, 4)

    for broken in (
        lambda: Stock.objects.update(picked=5),
        lambda: Allocation.objects.update(picked=5),
        lambda: stock.pick({Stock.objects.get().pk: 5}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


CHANGES = {
    "cancel": lambda line, by: fulfillment.cancel([LineUnits(line.pk)], reason="x", by=by, at=LATER),
    "fewer": lambda line, by: fulfillment.change_quantity([LineUnits(line.pk, 1)], reason="x", by=by, at=LATER),
    "substitute": lambda line, by: fulfillment.substitute(
        [LineUnits(line.pk)], make.product().pk, reason="x", by=by, at=LATER
    ),
    "stop": lambda line, by: fulfillment.stop(line.order_id, Stop(StopReason.CUSTOMER, by.pk), by=by, at=LATER),
    "address": lambda line, by: fulfillment.ship_to(
        line.order_id, Address("Ana", "Street 1", "Bergen"), reason="x", keeps=False, by=by, at=LATER
    ),
    "later": lambda line, by: fulfillment.change_terms(
        line.order_id, {"wanted_date": (LATER + timedelta(days=20)).date()}, reason="x", by=by, at=LATER
    ),
    "ship": lambda line, by: fulfillment.ship([LineUnits(line.pk)], by=by, at=LATER),
    "ship some": lambda line, by: fulfillment.ship([LineUnits(line.pk, 1)], by=by, at=LATER),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_picked_does_not_change_until_its_parcel_is_stopped(floor, change):
    lamp = make.product()
    make.on_hand(lamp, 4)
    make.lead_time(lamp, likely=5, safe=8)
    line = make.line(lamp, 4)
    batch = batch_of(line.order, by=floor)

    with pytest.raises(UnitsPicked, match=rf"picked, in batch {batch.pk}. Stop the parcel first"):
        change(line, floor)
    assert (here(line), line.open) == (4, 4)
    assert shipping.stop_of_orders([line.order_id], why="asked", by=floor, at=LATER) == 1
    change(line, floor)

    parcel = Parcel.objects.get()
    assert (parcel.stopped_why, parcel.stopped_by, parcel.stands) == ("asked", floor, False)
    assert Batch.objects.get().put_away_at == LATER
    assert balanced() == []


def test_what_is_not_picked_of_a_line_may_go(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    line = make.line(lamp, 6)
    batch_of(line.order, by=floor)
    make.on_hand(lamp, 1)

    fulfillment.cancel([LineUnits(line.pk, 2)], reason="x", by=floor, at=LATER)
    with pytest.raises(UnitsPicked):
        fulfillment.cancel([LineUnits(line.pk, 1)], reason="x", by=floor, at=LATER)

    assert (here(line), line.open) == (4, 4)
    assert balanced() == []


def test_units_that_are_handed_out_anew_stay_where_they_are_picked(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    first = make.line(lamp, 4)
    other = make.line(lamp, 4, at=MONDAY + timedelta(minutes=1))
    batch_of(first.order, by=floor)

    ordering.pin_lines([other.pk], 1, reason="x", by=floor, at=LATER)

    assert [here(first), here(other)] == [4, 0]
    assert balanced() == []


def test_a_batch_that_is_put_away_frees_its_picks(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    line = make.line(lamp, 4)
    batch = batch_of(line.order, by=floor)

    assert shipping.put_away(batch.pk, by=floor, at=LATER) == 1

    batch.refresh_from_db()
    assert (batch.put_away_at, batch.posted_at, batch.ended_by) == (LATER, None, floor)
    assert [(p.stopped_at, p.put_back_at) for p in Parcel.objects.all()] == [(LATER, LATER)]
    assert (Stock.objects.get().picked, here(line)) == (0, 4)
    assert [each.units for each in shipping.look(make.warehouse().pk, at=LATER).leaving] == [4]
    with pytest.raises(shipping.NotThisParcel):
        shipping.put_away(batch.pk, by=floor, at=LATER)
    assert balanced() == []


def test_of_a_parcel_that_stands_whoever_missed_it_is_asked_to_look_again_and_of_none_that_there_is_none(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    line = make.line(lamp, 2)
    batch_of(line.order, by=floor)
    parcel = Parcel.objects.get()

    assert standing.why_gone([parcel.pk]) == f"The parcel of {line.order} was made just now. Look again."
    with pytest.raises(shipping.NotThisParcel, match=r"^There is no such parcel\.$"):
        shipping.stop_parcels([parcel.pk + 1], why="crushed", by=floor, at=LATER)


def test_a_parcel_whose_products_nobody_locked_was_made_in_this_moment_and_is_not_stopped(floor, monkeypatch):
    lamp = make.product()
    make.on_hand(lamp, 4)
    line = make.line(lamp, 2)
    batch_of(line.order, by=floor)
    parcel = Parcel.objects.get()
    locked = standing.allocation.locked
    monkeypatch.setattr(standing.allocation, "locked", lambda *, lines, at: locked(lines=(), at=at))

    with pytest.raises(shipping.NotThisParcel, match=f"^The parcel of {line.order} was made just now. Look again.$"):
        shipping.stop_parcels([parcel.pk], why="crushed", by=floor, at=LATER)

    parcel.refresh_from_db()
    assert (parcel.stopped_at, Stock.objects.get().picked) == (None, 2)


def test_a_stopped_parcel_stands_at_the_desk_until_it_is_put_back(floor):
    lamp = make.product()
    make.on_hand(lamp, 4)
    line, other = make.line(lamp, 2), make.line(lamp, 2)
    batch = batch_of(line.order, other.order, by=floor)
    parcel = Parcel.objects.get(order=line.order)

    shipping.stop_parcels([parcel.pk], why="crushed", by=floor, at=LATER)

    batch.refresh_from_db()
    assert batch.stands
    assert shipping.put_back([parcel.pk], at=LATER) == 1
    assert shipping.put_back([parcel.pk], at=LATER) == 0
    told = f"The parcel of {line.order} is stopped already, by {floor}: crushed."
    with pytest.raises(shipping.NotThisParcel, match=told):
        shipping.stop_parcels([parcel.pk], why="again", by=floor, at=LATER)
    with pytest.raises(shipping.NotThisParcel, match=told):
        shipping.split(parcel.pk, {line.pk: 1}, at=LATER)
    shipping.hand_over(batch.pk, by=floor, at=LATER)
    with pytest.raises(shipping.NotThisParcel, match=f"The parcel of {other.order} has left already, by {floor}."):
        shipping.stop_parcels([Parcel.objects.get(order=other.order).pk], why="again", by=floor, at=LATER)
    assert balanced() == []


def test_what_may_not_leave_stays_with_its_reason_and_blocks_nobody(floor):
    lamp, vase = make.product(), make.product()
    make.on_hand(lamp, 9)
    make.on_hand(vase, 1)
    complete = make.order((lamp, 1), (vase, 1), is_ship_complete=True)
    make.lost(vase, 1, at=MONDAY)
    stopped = make.order((lamp, 1))
    fulfillment.stop(stopped.pk, Stop(StopReason.OTHER, floor.pk, "asks"), by=floor, at=MONDAY)
    later = make.order((lamp, 1), wanted_date=MONDAY.date() + timedelta(days=1))
    plain = make.order((lamp, 1))

    choice = shipping.look(make.warehouse().pk, at=MONDAY)
    batch, staying = shipping.make(
        make.warehouse().pk, [o.pk for o in (complete, stopped, later, plain)], by=floor, at=MONDAY
    )

    reasons = {complete: ready.INCOMPLETE, stopped: "is stopped: asks", later: "is wanted on 3 March 2026"}
    assert [(each.order, each.units) for each in choice.leaving] == [(plain, 1)]
    assert choice.staying == reasons
    assert staying == reasons
    assert [parcel.order for parcel in batch.parcels.all()] == [plain]


def test_an_order_with_two_parcels_has_two_numbers_and_one_mail(floor):
    lamp = make.product()
    make.on_hand(lamp, 9)
    line = make.line(lamp, 9)
    alone = make.line(make.product(), 1)
    make.on_hand(alone.product, 1)
    batch = batch_of(line.order, alone.order, by=floor)
    first, third = Parcel.objects.order_by("pk")
    second = shipping.split(first.pk, {line.pk: 3}, at=MONDAY)
    labels = {
        first.pk: shipping.ParcelLabel("UPS", "Ground", tracking="1Z 1"),
        second.pk: shipping.ParcelLabel("UPS", "Ground", tracking="1Z2"),
    }
    shipping.save_labels(batch.pk, labels, at=MONDAY)

    done = shipping.hand_over(batch.pk, only_numbered=True, by=floor, at=LATER)

    assert [(s.carrier, s.tracking) for s in done.shipments] == [("UPS Ground", "1Z 1"), ("UPS Ground", "1Z2")]
    assert [(row.shipment_id, row.quantity) for s in done.shipments for row in s.lines.all()] == [
        (done.shipments[0].pk, 6),
        (done.shipments[1].pk, 3),
    ]
    assert {parcel.pk: why for parcel, why in done.staying.items()} == {third.pk: "has no tracking number yet"}
    [notice] = Notice.objects.filter(kind=NoticeKind.SHIPPED)
    [told] = NoticeLine.objects.filter(notice=notice)
    assert (told.units, told.detail) == (9, "UPS Ground 1Z 1, UPS Ground 1Z2")
    batch.refresh_from_db()
    assert batch.stands
    shipping.hand_over(batch.pk, by=floor, at=LATER)
    batch.refresh_from_db()
    assert (batch.posted_at, batch.ended_by) == (LATER, floor)
    with pytest.raises(shipping.NothingLeaves):
        shipping.hand_over(batch.pk, by=floor, at=LATER)
    assert Shipment.objects.count() == 3
    assert balanced() == []


def test_a_number_is_that_of_one_parcel(floor):
    lamp = make.product()
    make.on_hand(lamp, 9)
    one, two, three = (make.line(lamp, 1) for _ in range(3))
    fulfillment.ship([LineUnits(three.pk)], carrier="UPS", tracking="OLD", by=floor, at=MONDAY)
    batch = batch_of(one.order, two.order, by=floor)
    first, second = Parcel.objects.order_by("pk")

    with pytest.raises(shipping.NotTheseNumbers) as refused:
        shipping.save_labels(
            batch.pk,
            {first.pk: shipping.ParcelLabel(tracking="a1"), second.pk: shipping.ParcelLabel(tracking="A 1")},
            at=MONDAY,
        )
    assert refused.value.wrong == {second.pk: f"A 1 is also on {one.order}."}
    with pytest.raises(shipping.NotTheseNumbers, match="old left with"):
        shipping.save_labels(batch.pk, {first.pk: shipping.ParcelLabel(tracking="old")}, at=MONDAY)
    assert [parcel.tracking for parcel in Parcel.objects.all()] == ["", ""]


def test_an_order_that_ships_complete_leaves_whole_or_stays(floor):
    lamp = make.product()
    make.on_hand(lamp, 9)
    order = make.order((lamp, 3), is_ship_complete=True)
    batch = batch_of(order, by=floor)
    [first] = Parcel.objects.all()
    second = shipping.split(first.pk, {order.lines.get().pk: 1}, at=MONDAY)
    shipping.save_labels(batch.pk, {second.pk: shipping.ParcelLabel(is_left_out=True)}, at=MONDAY)

    with pytest.raises(shipping.NothingLeaves, match="ships only complete"):
        shipping.hand_over(batch.pk, by=floor, at=LATER)
    assert Shipment.objects.count() == 0
    shipping.save_labels(batch.pk, {second.pk: shipping.ParcelLabel()}, at=MONDAY)
    shipping.hand_over(batch.pk, by=floor, at=LATER)

    assert Shipment.objects.count() == 2
    assert balanced() == []


@pytest.mark.parametrize("units", [{}, {0: 1}, {1: 4}, {1: 3}, {1: -1}])
def test_a_parcel_is_parted_into_two_that_hold_something(floor, units):
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)
    batch_of(line.order, by=floor)
    [parcel] = Parcel.objects.all()

    with pytest.raises(shipping.NotThisParcel):
        shipping.split(parcel.pk, {line.pk if key else 0: count for key, count in units.items()}, at=MONDAY)

    assert [row.quantity for row in ParcelLine.objects.all()] == [3]


def test_a_count_file_that_finds_less_than_is_picked_is_refused_by_name(floor, tmp_path):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 5)
    line = make.line(lamp, 4)
    batch_of(line.order, by=floor)
    path = tmp_path / "count.csv"
    path.write_text("sku,quantity,warehouse\nLAMP-1,3,BER\n")

    plan = stock_file.check(Sheet(Source(path, "count.csv"), stock_file.COLUMNS))
    overtaken = counts.count_standing([counts.Count(lamp.pk, make.warehouse().pk, 3)], by=None, at=LATER)

    [words] = plan.problems.lines()
    assert "4 or more, as many are picked and have not left" in words
    assert list(overtaken.values()) == [counts.too_few(4)]
    assert Stock.objects.get().on_hand == 5


def test_a_count_sheet_that_finds_less_than_is_picked_leaves_that_product_as_it_was_and_says_so(floor):
    lamp, mug = make.product("LAMP-1"), make.product("MUG-1")
    make.on_hand(lamp, 5)
    make.on_hand(mug, 3)
    line = make.line(lamp, 4)
    batch_of(line.order, by=floor)
    (sheet,) = sheets.open_sheets(sheets.Wanted(make.warehouse().pk), by=None, at=MONDAY)
    sheets.enter(sheet.pk, {lamp.pk: 3, mug.pk: 2}, counted_at=MONDAY, by=None, at=LATER)

    shown = sheets.found(sheet)
    posted = sheets.post(sheet.pk, by=None, at=LATER)

    assert shown == posted
    assert [(each.why_not, each.becomes, each.difference) for each in shown] == [
        (counts.too_few(4), 5, 0),
        ("", 2, -1),
    ]
    assert list(sheet.lines.values_list("product__sku", "counted", "difference")) == [
        ("LAMP-1", 3, None),
        ("MUG-1", 2, -1),
    ]
    assert list(Stock.objects.order_by("pk").values_list("on_hand", flat=True)) == [5, 2]
    assert (here(line), balanced()) == (4, [])


@pytest.mark.parametrize(("units", "why"), [(3, counts.too_few(4)), (4, "")])
def test_a_count_may_find_just_what_is_picked(floor, units, why):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 5)
    batch_of(make.line(lamp, 4).order, by=floor)
    (sheet,) = sheets.open_sheets(sheets.Wanted(make.warehouse().pk), by=None, at=MONDAY)
    sheets.enter(sheet.pk, {lamp.pk: units}, counted_at=MONDAY, by=None, at=LATER)

    (each,) = sheets.post(sheet.pk, by=None, at=LATER)

    assert (each.why_not, each.becomes) == (why, 4 if not why else 5)

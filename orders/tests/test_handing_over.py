"""What may not leave is listed apart with its reason, and blocks nobody."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from orders import books, fulfillment, shipping
from orders.fulfillment import Label, LineUnits, ready
from orders.fulfillment.afterwards import parcels as afterwards
from orders.models import Notice, Order, OrderLine, OrderStop, Parcel, Shipment, StopReason
from orders.shipping import Choice, HandedOver
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def floor() -> User:
    return User.objects.create_user("robin")


@pytest.fixture
def orders(floor):
    """Three orders in one batch, each in a parcel with a number."""
    lamp = make.product()
    make.on_hand(lamp, 7)
    made = [make.order((lamp, 2), reference=f"SO-{number}") for number in (1, 2, 3)]
    batch_of(*made, by=floor)
    for parcel in Parcel.objects.all():
        Parcel.objects.filter(pk=parcel.pk).update(tracking=f"1Z {parcel.order_id}")
    return made


def batch_of(*orders: Order, by: User):
    return shipping.make(make.warehouse().pk, [order.pk for order in orders], by=by, at=MONDAY)[0]


def handed_over(by: User) -> HandedOver:
    return shipping.hand_over(Parcel.objects.order_by("pk")[0].batch_id, by=by, at=LATER)


def told(done: HandedOver) -> tuple[list[str], dict[str, str]]:
    left = sorted(str(parcel.order) for parcel in done.parcels)
    return left, {str(parcel.order): why for parcel, why in done.staying.items()}


def balanced() -> list[str]:
    return [each.rule for each in books.broken(at=LATER)]


def mailed() -> int:
    return Notice.objects.filter(kind="shipped").count()


def test_a_number_that_left_with_another_parcel_meanwhile_holds_up_nobody_else(orders, floor):
    other = make.line(OrderLine.objects.all()[0].product, 1, reference="SO-9")
    number = orders[0].parcels.get().tracking
    fulfillment.ship([LineUnits(other.pk)], carrier="UPS", tracking=number, by=None, at=MONDAY)

    done = handed_over(floor)

    assert told(done) == (
        ["SO-2", "SO-3"],
        {"SO-1": f"has the number {number}, with which SO-9 left on 2 March 2026"},
    )
    assert (orders[0].shipments.count(), orders[0].parcels.get().stands) == (0, True)
    assert (mailed(), balanced()) == (3, [])


def test_a_number_that_a_correction_gave_away_meanwhile_holds_up_nobody_else(orders, floor):
    other = make.line(OrderLine.objects.all()[0].product, 1, reference="SO-9")
    [shipment] = fulfillment.ship([LineUnits(other.pk)], carrier="UPS", tracking="1Z0", by=None, at=MONDAY)
    number = orders[0].parcels.get().tracking
    shipping.correct(shipment.pk, Label("UPS", number.lower()), reason="mixed up", by=floor, at=MONDAY)

    assert told(handed_over(floor))[0] == ["SO-2", "SO-3"]


def test_two_parcels_with_one_number_both_stay(orders, floor):
    Parcel.objects.filter(order__in=orders[:2]).update(tracking="1Z7")

    done = handed_over(floor)

    assert told(done) == (
        ["SO-3"],
        {"SO-1": "has the number 1Z7, and so has SO-2", "SO-2": "has the number 1Z7, and so has SO-1"},
    )
    assert (mailed(), balanced()) == (1, [])


def test_a_number_of_a_parcel_that_stays_is_anothers_no_more_than_before(orders, floor):
    """The other leaves with it, and the one that is left out hears of it when it would leave."""
    Parcel.objects.filter(order__in=orders[:2]).update(tracking="1Z7")
    Parcel.objects.filter(order=orders[0]).update(is_left_out=True)

    assert told(handed_over(floor)) == (["SO-2", "SO-3"], {"SO-1": "is left out"})

    Parcel.objects.filter(order=orders[0]).update(is_left_out=False)
    with pytest.raises(shipping.NothingLeaves, match="SO-1 has the number 1Z7, with which SO-2 left on 2 March 2026"):
        handed_over(floor)


def unpaid(order):
    Order.objects.filter(pk=order.pk).update(is_unpaid=True)


def unsold(order):
    order.lines.update(is_stopped=True)


def halted(order):
    OrderStop.objects.create(
        order=order, reason=StopReason.FRAUD, owner=User.objects.get(), by=User.objects.get(), at=MONDAY
    )
    unsold(order)


def wanted_later(order):
    Order.objects.filter(pk=order.pk).update(wanted_date=make.TODAY + timedelta(days=3))


STAYS = {
    unpaid: ready.UNPAID,
    unsold: ready.UNSOLD,
    halted: "is stopped: suspicion of fraud",
    wanted_later: "is wanted on 5 March 2026",
}


@pytest.mark.parametrize(("becomes", "why"), STAYS.items())
def test_what_an_order_became_since_its_batch_was_printed_holds_up_nobody_else(orders, floor, becomes, why):
    becomes(orders[1])

    assert told(handed_over(floor)) == (["SO-1", "SO-3"], {"SO-2": why})
    assert sorted(Shipment.objects.values_list("order__reference", flat=True)) == ["SO-1", "SO-3"]
    assert mailed() == 2


# --- an order that ships only complete --------------------------------------------------------


@pytest.fixture
def whole(floor):
    """One order that ships only complete, in two parcels of a batch; the second one."""
    lamp = make.product()
    make.on_hand(lamp, 3)
    order = make.order((lamp, 3), reference="SO-1", is_ship_complete=True)
    batch_of(order, by=floor)
    return shipping.split(order.parcels.get().pk, {order.lines.get().pk: 1}, at=MONDAY)


def looked() -> Choice:
    return shipping.look(make.warehouse().pk, at=LATER)


def test_an_order_that_ships_complete_and_is_picked_in_part_says_one_thing(whole, floor):
    shipping.stop_parcels([whole.pk], why="wet", by=floor, at=MONDAY)

    desk = {str(order): why for order, why in looked().staying.items()}
    with pytest.raises(shipping.NothingLeaves) as refused:
        handed_over(floor)

    assert desk == {"SO-1": "ships only complete, and only part of it is picked: stop its parcel, and pick all of it"}
    assert f"SO-1 {desk['SO-1']}." in str(refused.value)
    shipping.stop_of_orders([whole.order_id], why="anew", by=floor, at=LATER)
    assert [(str(each.order), each.units) for each in looked().leaving] == [("SO-1", 3)]


def test_an_order_that_ships_complete_and_is_picked_whole_leaves_with_its_batch(whole, floor):
    assert looked() == Choice([], {})
    assert ready.of_orders([whole.order]) == ([], {whole.order: ready.PICKED})

    assert len(handed_over(floor).shipments) == 2


def test_an_order_that_ships_complete_waits_for_its_parcel_that_stays(whole, floor):
    Parcel.objects.filter(pk=whole.pk).update(is_left_out=True)

    with pytest.raises(shipping.NothingLeaves, match="SO-1 ships only complete, and another parcel of it stays"):
        handed_over(floor)


def test_an_order_that_ships_complete_and_is_short_says_that_it_is(floor):
    lamp = make.product()
    make.on_hand(lamp, 3)
    order = make.order((lamp, 2), (lamp, 1), reference="SO-1", is_ship_complete=True)
    batch_of(order, by=floor)
    order.lines.order_by("pk")[1].parcel_lines.all().delete()
    OrderLine.objects.filter(pk=order.lines.order_by("pk")[1].pk).update(allocated=0)

    with pytest.raises(shipping.NothingLeaves, match=f"SO-1 {ready.INCOMPLETE}"):
        handed_over(floor)


# --- parting ------------------------------------------------------------------------------


def test_another_parcel_of_what_is_left_out_is_left_out_too(whole, floor):
    Parcel.objects.filter(order=whole.order_id).update(is_left_out=True)
    first = Parcel.objects.order_by("pk")[0]

    shipping.split(first.pk, {whole.order.lines.get().pk: 1}, at=MONDAY)

    assert list(Parcel.objects.values_list("is_left_out", flat=True)) == [True, True, True]
    with pytest.raises(shipping.NothingLeaves, match="is left out"):
        handed_over(floor)


def test_a_batch_that_is_put_away_leaves_what_was_stopped_before_to_be_put_back(orders, floor):
    first = orders[0].parcels.get()
    shipping.stop_parcels([first.pk], why="wet", by=floor, at=MONDAY)

    assert shipping.put_away(first.batch_id, by=floor, at=LATER) == 2

    rows = Parcel.objects.order_by("order_id").values_list("order__reference", "stopped_why", "put_back_at")
    assert list(rows) == [
        ("SO-1", "wet", None),
        ("SO-2", "its batch was put away", LATER),
        ("SO-3", "its batch was put away", LATER),
    ]
    assert balanced() == []


def test_what_never_left_leaves_with_the_number_that_it_carries(orders, floor):
    """Posted by mistake and taken back: the box stands there still, with its label."""
    number = orders[0].parcels.get().tracking
    handed_over(floor)
    shipment = orders[0].shipments.get()
    afterwards.reverse(shipment.pk, {row.pk: 2 for row in shipment.lines.all()}, reason="early", by=floor, at=LATER)
    batch = batch_of(orders[0], by=floor)
    parcel = batch.parcels.get()

    shipping.save_labels(batch.pk, {parcel.pk: shipping.ParcelLabel(tracking=number)}, at=LATER)
    done = shipping.hand_over(batch.pk, by=floor, at=LATER)

    assert (len(done.shipments), done.shipments[0].tracking) == (1, number)
    assert balanced() == []


def test_what_never_left_gives_its_number_free_and_what_left_in_part_does_not(orders, floor):
    number = orders[0].parcels.get().tracking
    handed_over(floor)
    shipment = orders[0].shipments.get()
    other = make.line(OrderLine.objects.all()[0].product, 1, reference="SO-9")

    def ship():
        return fulfillment.ship([LineUnits(other.pk)], carrier="UPS", tracking=number, by=None, at=LATER)

    for _ in range(2):
        with pytest.raises(fulfillment.NumberGivenTwice):
            ship()
        afterwards.reverse(shipment.pk, {row.pk: 1 for row in shipment.lines.all()}, reason="early", by=floor, at=LATER)
    assert ship()[0].tracking == number

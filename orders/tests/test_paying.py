"""An unpaid order keeps its units for a while; paid in time it stands where it stood, late where it was paid."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.models import BackorderPolicy, DemandEntry, Owed, Stock
from inventory.supply import position
from orders import books as audited
from orders import demand_feed, fulfillment, moving_in, tasks
from orders.fulfillment import Paid, ready
from orders.fulfillment.afterwards import parcels, returns
from orders.fulfillment.afterwards.returns import CameBack
from orders.mail import notices
from orders.models import (
    Channel,
    Notice,
    NoticeLine,
    Order,
    OrderEvent,
    OrderLine,
    OrderPayment,
    ReturnWish,
    ShipmentLine,
    StopReason,
)
from orders.queue import questions

from . import books, make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def boss():
    return User.objects.create(username="boss", is_staff=True)


@pytest.fixture
def bank():
    return Channel.objects.create(name="bank", arrives_unpaid=True)


def fresh(line):
    return OrderLine.objects.get(pk=line.pk)


def stand(*lines):
    return [(row.allocated, row.pegged, row.is_stopped) for row in map(fresh, lines)]


def one_lamp(**policy):
    lamp = make.product("LAMP", **policy)
    make.lead_time(lamp, likely=20, safe=30)
    make.on_hand(lamp, 1)
    return lamp


def paid(order, at, by=None):
    return fulfillment.pay(order.pk, by=by, at=at)


def test_an_order_of_a_channel_that_is_told_later_keeps_its_units_and_may_not_leave(bank):
    lamp = one_lamp()

    line = make.line(lamp, 1, channel="Bank ")
    other = make.line(lamp, 1, at=NOW + MINUTE)

    order = line.order
    assert (order.is_unpaid, other.order.is_unpaid) == (True, False)
    payment = order.payment
    assert (payment.reserved_until, payment.cancel_at) == (NOW + HOUR, NOW + 7 * DAY)
    assert stand(line, other) == [(1, 0, False), (0, 0, False)]
    assert ready.of_orders([order]) == ([], {order: "may not leave: it is not paid"})
    with pytest.raises(fulfillment.NotPaid, match=f"{order} is not paid: nothing of it leaves before it is."):
        fulfillment.ship_order(order.pk, by=None, at=NOW + MINUTE)
    asked = questions.QUESTIONS
    assert not OrderLine.objects.filter(asked["ship"].ask(NOW)).exists()
    assert not OrderLine.objects.filter(asked["past"].ask(NOW + 60 * DAY), pk=line.pk).exists()
    books.assert_balanced(at=NOW + MINUTE)


@pytest.mark.parametrize(
    ("arrives_unpaid", "said", "is_unpaid"),
    [(True, None, True), (True, False, False), (False, None, False), (False, True, True)],
)
def test_what_an_order_says_itself_counts_before_what_its_channel_says(arrives_unpaid, said, is_unpaid):
    Channel.objects.create(name="bank", arrives_unpaid=arrives_unpaid, payment_minutes=90, cancel_after_days=None)

    order = make.order((one_lamp(), 1), channel="bank", is_unpaid=said)

    assert Order.objects.get(pk=order.pk).is_unpaid is is_unpaid
    assert list(OrderPayment.objects.values_list("reserved_until", "cancel_at")) == (
        [(NOW + timedelta(minutes=90), None)] if is_unpaid else []
    )


def test_an_order_whose_channel_nobody_has_described_arrives_paid_and_has_the_times_of_any_new_one_if_it_is_not():
    lamp = one_lamp()

    assert not make.order((lamp, 1)).is_unpaid
    assert make.order((lamp, 1), is_unpaid=True).payment.reserved_until == NOW + HOUR


def test_an_order_that_comes_late_is_kept_for_its_time_from_then_on(bank):
    order = make.order((one_lamp(), 1), channel="bank", placed_at=NOW - 30 * DAY, at=NOW)

    assert order.payment.reserved_until == NOW + HOUR
    assert (fulfillment.release_due(at=NOW + MINUTE), fulfillment.cancel_due(at=NOW + MINUTE)) == (0, 0)


def test_placed_again_it_is_one_order_paid_or_not(bank):
    lamp, lena = one_lamp(), make.customer()
    first = make.order((lamp, 1), channel="bank", reference="B-1", who=lena)

    again = make.order((lamp, 1), channel="bank", reference="B-1", who=lena, is_unpaid=False)

    assert (again.pk, again.is_unpaid, OrderPayment.objects.count()) == (first.pk, True, 1)


def test_paid_in_time_it_keeps_its_place_and_its_units(bank, boss):
    lamp = one_lamp()
    line = make.line(lamp, 2, channel="bank")
    make.line(lamp, 1, at=NOW + MINUTE)
    mails = NoticeLine.objects.count()

    assert paid(line.order, NOW + HOUR - MINUTE, by=boss) == Paid.IN_TIME

    assert fulfillment.release_due(at=NOW + 2 * HOUR) == 0
    after = fresh(line)
    assert (after.queue_at, after.allocated, after.is_stopped) == (line.queue_at, 1, False)
    assert (after.order.is_unpaid, after.order.payment.paid_at) == (False, NOW + HOUR - MINUTE)
    assert after.order.payment.paid_by == boss
    assert NoticeLine.objects.count() == mails
    assert [event.text for event in OrderEvent.objects.filter(kind="paid")] == ["is paid; it keeps its place"]
    fulfillment.ship_order(line.order_id, by=boss, at=NOW + 2 * HOUR)
    books.assert_balanced(at=NOW + 2 * HOUR)


def test_not_paid_in_time_its_units_are_the_next_ones_and_it_is_not_in_the_queue(bank):
    lamp = one_lamp()
    make.coming(lamp, 1, on=make.TODAY + 10 * DAY)
    line = make.line(lamp, 2, channel="bank")
    other = make.line(lamp, 2, at=NOW + MINUTE)
    assert stand(line, other) == [(1, 1, False), (0, 0, False)]

    assert fulfillment.release_due(at=NOW + HOUR - MINUTE) == 0
    assert fulfillment.release_due(at=NOW + HOUR) == 1
    assert fulfillment.release_due(at=NOW + HOUR) == 0

    assert stand(line, other) == [(0, 0, True), (1, 1, False)]
    assert (Stock.objects.get().stopped, sum(Owed.objects.values_list("units", flat=True))) == (0, 2)
    place = line.order.warehouse_id
    found = position.of([lamp.pk], [place], on=make.TODAY, days=[40.0])
    assert (int(found.on_hand[0]), int(found.inbound[0]), int(found.owed[0])) == (1, 1, 2)
    assert ready.of_orders([line.order]) == ([], {line.order: "may not leave: it is not paid"})
    books.assert_balanced(at=NOW + HOUR)


def test_paid_late_its_place_is_the_time_of_its_payment(bank):
    lamp = one_lamp()
    line = make.line(lamp, 1, channel="bank")
    second = make.line(lamp, 2, at=NOW + MINUTE)
    tasks_done = fulfillment.release_due(at=NOW + HOUR)
    assert (tasks_done, stand(line, second)) == (1, [(0, 0, True), (1, 0, False)])

    assert paid(line.order, NOW + 3 * HOUR) == Paid.LATE

    third = make.line(lamp, 1, at=NOW + 4 * HOUR)
    assert fresh(line).queue_at == NOW + 3 * HOUR
    assert list(OrderLine.objects.in_queue_order()) == [second, line, third]
    assert stand(line, second, third) == [(0, 0, False), (1, 0, False), (0, 0, False)]
    make.on_hand(lamp, 2, at=NOW + 5 * HOUR)
    assert stand(line, second, third) == [(1, 0, False), (2, 0, False), (0, 0, False)]
    books.assert_balanced(at=NOW + 5 * HOUR)


def test_paid_late_it_has_the_lift_of_its_priority(bank):
    lamp = one_lamp()
    line = make.order((lamp, 1), channel="bank", priority=1).lines.get()
    fulfillment.release_due(at=NOW + HOUR)

    paid(line.order, NOW + 2 * HOUR)

    assert fresh(line).queue_at == NOW + 2 * HOUR - 7 * DAY


def test_paid_late_and_sold_out_since_a_person_decides_and_nothing_is_sold_twice(bank, boss):
    lamp = one_lamp(backorder_policy=BackorderPolicy.NEVER)
    line = make.line(lamp, 1, channel="bank")
    fulfillment.release_due(at=NOW + HOUR)
    other = make.line(lamp, 1, at=NOW + 2 * HOUR)

    assert paid(line.order, NOW + 3 * HOUR) == Paid.UNSOLD

    assert stand(line, other) == [(0, 0, True), (1, 0, False)]
    order = Order.objects.get(pk=line.order_id)
    assert (order.is_unpaid, order.payment.paid_at, order.payment.resumed_at) == (False, NOW + 3 * HOUR, None)
    assert "LAMP: 1 asked for, 0 can be sold now" in OrderEvent.objects.filter(kind="paid").get().text
    with pytest.raises(fulfillment.BackorderLimit):
        fulfillment.resume(order.pk, by=boss, at=NOW + 4 * HOUR)
    assert OrderPayment.objects.get().resumed_at is None
    make.on_hand(lamp, 1, at=NOW + 5 * HOUR)
    assert stand(line) == [(0, 0, True)]

    fulfillment.resume(order.pk, by=boss, at=NOW + 6 * HOUR)

    assert stand(line, other) == [(1, 0, False), (1, 0, False)]
    assert fresh(line).queue_at == NOW + 3 * HOUR
    with pytest.raises(fulfillment.NotToPay):
        fulfillment.resume(order.pk, by=boss, at=NOW + 7 * HOUR)
    books.assert_balanced(at=NOW + 7 * HOUR)


def test_an_order_is_sold_whole_or_not_at_all_when_it_is_paid_late(bank):
    lamp, mug = one_lamp(backorder_policy=BackorderPolicy.NEVER), make.product("MUG")
    make.on_hand(mug, 1)
    order = make.order((lamp, 1), (mug, 1), channel="bank")
    fulfillment.release_due(at=NOW + HOUR)
    make.line(lamp, 1, at=NOW + 2 * HOUR)

    assert paid(order, NOW + 3 * HOUR) == Paid.UNSOLD

    assert [(line.allocated, line.is_stopped) for line in order.lines.order_by("pk")] == [(0, True), (0, True)]
    books.assert_balanced(at=NOW + 3 * HOUR)


def test_paid_twice_it_is_paid_once(bank, boss):
    line = make.line(one_lamp(), 1, channel="bank")
    paid(line.order, NOW + MINUTE)

    with pytest.raises(fulfillment.NotToPay, match="is paid already"):
        paid(line.order, NOW + 2 * MINUTE, by=boss)

    assert OrderPayment.objects.get().paid_at == NOW + MINUTE
    assert OrderEvent.objects.filter(kind="paid").count() == 1


def test_what_was_never_paid_is_canceled_once_told_once_and_no_demand(bank):
    lamp, mug = one_lamp(), make.product("MUG")
    order = make.order((lamp, 2), (mug, 3), channel="bank")
    kept = make.order((mug, 1))
    fulfillment.release_due(at=NOW + HOUR)
    Notice.objects.all().delete()

    assert fulfillment.cancel_due(at=NOW + 7 * DAY - MINUTE) == 0
    assert fulfillment.cancel_due(at=NOW + 7 * DAY) == 1
    assert fulfillment.cancel_due(at=NOW + 7 * DAY) == 0

    assert [(line.canceled, line.open) for line in order.lines.order_by("pk")] == [(2, 0), (3, 0)]
    told = NoticeLine.objects.filter(kind="canceled").order_by("pk")
    assert [(row.line.order_id, row.units, row.detail) for row in told] == [
        (order.pk, 2, "it was not paid in time"),
        (order.pk, 3, "it was not paid in time"),
    ]
    assert Notice.objects.filter(kind="canceled").count() == 1
    demand_feed.feed(at=NOW + 8 * DAY)
    assert list(DemandEntry.objects.filter(units__gt=0).values_list("product__sku", "units")) == [("MUG", 1)]
    assert kept.lines.get().open == 1
    books.assert_balanced(at=NOW + 7 * DAY)


def test_what_we_cancel_of_an_unpaid_order_is_demand_and_what_its_customer_takes_back_is_none(bank):
    lamp = one_lamp()
    ours, theirs = (make.line(lamp, 1, channel="bank") for _ in range(2))
    for line, is_ours in ((ours, True), (theirs, False)):
        wanted = [fulfillment.LineUnits(line.pk)]
        fulfillment.cancel(wanted, reason="", is_ours=is_ours, by=None, at=NOW + 3 * DAY)

    demand_feed.feed(at=NOW + 4 * DAY)

    assert sum(DemandEntry.objects.values_list("units", flat=True)) == 1


def test_a_channel_that_cancels_nothing_leaves_it_to_a_person():
    Channel.objects.create(name="bank", arrives_unpaid=True, cancel_after_days=None)
    line = make.line(one_lamp(), 1, channel="bank")
    fulfillment.release_due(at=NOW + HOUR)

    assert fulfillment.cancel_due(at=NOW + 300 * DAY) == 0
    assert stand(line) == [(0, 0, True)]


def test_a_channel_that_changes_leaves_the_orders_that_were_placed_as_they_are(bank):
    order = make.order((one_lamp(), 1), channel="bank")

    bank.payment_minutes, bank.arrives_unpaid = 5, False
    bank.save()

    assert fulfillment.release_due(at=NOW + HOUR - MINUTE) == 0
    assert Order.objects.get(pk=order.pk).is_unpaid


def test_what_was_paid_after_it_was_canceled_is_for_a_person_to_decide(bank):
    line = make.line(one_lamp(), 1, channel="bank")
    fulfillment.release_due(at=NOW + HOUR)
    fulfillment.cancel_due(at=NOW + 7 * DAY)

    assert paid(line.order, NOW + 8 * DAY) == Paid.OVER

    payment = OrderPayment.objects.get()
    assert (payment.paid_at, payment.canceled_at) == (NOW + 8 * DAY, NOW + 7 * DAY)
    books.assert_balanced(at=NOW + 8 * DAY)


def test_a_stop_and_a_payment_that_is_missing_are_two_reasons_and_each_keeps_it_out(bank, boss):
    lamp = one_lamp()
    line = make.line(lamp, 1, channel="bank")
    wanted = fulfillment.Stop(StopReason.CUSTOMER, boss.pk)
    fulfillment.stop(line.order_id, wanted, by=boss, at=NOW + MINUTE)
    assert stand(line) == [(1, 0, True)]
    fulfillment.release_due(at=NOW + HOUR)
    assert stand(line) == [(0, 0, True)]
    books.assert_balanced(at=NOW + HOUR)

    fulfillment.go_on(line.order_id, by=boss, at=NOW + 2 * HOUR)
    assert stand(line) == [(0, 0, True)]
    with pytest.raises(fulfillment.NotToStop, match="goes on when it is paid"):
        fulfillment.go_on(line.order_id, by=boss, at=NOW + 2 * HOUR)
    books.assert_balanced(at=NOW + 2 * HOUR)

    fulfillment.stop(line.order_id, wanted, by=boss, at=NOW + 3 * HOUR)
    assert paid(line.order, NOW + 4 * HOUR) == Paid.STOPPED
    assert stand(line) == [(0, 0, True)]
    with pytest.raises(fulfillment.NotToPay, match="is stopped: it asks for its units when it goes on"):
        fulfillment.resume(line.order_id, by=boss, at=NOW + 4 * HOUR)
    books.assert_balanced(at=NOW + 4 * HOUR)
    fulfillment.go_on(line.order_id, by=boss, at=NOW + 5 * HOUR)
    assert stand(line) == [(1, 0, False)]
    assert fresh(line).queue_at == NOW + 4 * HOUR
    books.assert_balanced(at=NOW + 5 * HOUR)


def test_what_was_paid_while_it_was_stopped_is_not_sold_again_after_somebody_else_took_the_last_unit(bank, boss):
    lamp = one_lamp(backorder_policy="never")
    line = make.line(lamp, 1, channel="bank")
    fulfillment.release_due(at=NOW + HOUR)
    fulfillment.stop(line.order_id, fulfillment.Stop(StopReason.CUSTOMER, boss.pk), by=boss, at=NOW + 2 * HOUR)
    assert paid(line.order, NOW + 3 * HOUR) == Paid.STOPPED
    other = make.line(lamp, 1, at=NOW + 4 * HOUR)

    fulfillment.go_on(line.order_id, by=boss, at=NOW + 5 * HOUR)

    assert (stand(line), stand(other)) == ([(0, 0, True)], [(1, 0, False)])
    told = line.order.events.filter(kind="paid").order_by("pk").values_list("text", flat=True)
    assert [text.partition(":")[0] for text in told] == [
        "is paid late, while it is stopped", "is paid late, and not all of it may be sold any more",
    ]  # fmt: skip
    books.assert_balanced(at=NOW + 5 * HOUR)

    make.on_hand(lamp, 1, at=NOW + 6 * HOUR)
    fulfillment.resume(line.order_id, by=boss, at=NOW + 6 * HOUR)
    assert stand(line) == [(1, 0, False)]
    books.assert_balanced(at=NOW + 6 * HOUR)


def test_a_further_line_of_an_order_that_was_not_paid_in_time_is_not_in_the_queue_either(bank):
    lamp = one_lamp()
    line = make.line(lamp, 1, channel="bank")
    fulfillment.release_due(at=NOW + HOUR)

    pk = fulfillment.add_product(line.order_id, lamp.pk, 1, reason="", by=None, at=NOW + 2 * HOUR)

    assert OrderLine.objects.get(pk=pk).is_stopped
    books.assert_balanced(at=NOW + 2 * HOUR)
    assert paid(line.order, NOW + 3 * HOUR) == Paid.LATE
    assert set(OrderLine.objects.values_list("queue_at", "is_stopped")) == {(NOW + 3 * HOUR, False)}
    books.assert_balanced(at=NOW + 3 * HOUR)


def test_mail_of_an_order_that_left_the_queue_says_nothing_of_how_its_lines_stand(bank):
    line = make.line(one_lamp(), 2, channel="bank")
    assert Notice.objects.filter(kind="backordered").count() == 1

    fulfillment.release_due(at=NOW + HOUR)
    notices.send_due(at=NOW + 2 * HOUR)

    assert not NoticeLine.objects.filter(line=line, notice__state="sent").exists()


def test_the_audit_names_what_disagrees_with_a_payment(bank):
    line = make.line(one_lamp(), 1, channel="bank")

    def rules(**changed):
        with transaction.atomic():
            OrderPayment.objects.update(**changed)
            found = {each.rule for each in audited.broken(at=NOW + HOUR)}
            transaction.set_rollback(True)
        return found

    assert rules() == set()
    assert rules(released_at=NOW) == {
        "The lines of a stopped order are stopped, and claim nothing on its way",
        "Nothing is set aside for what was not paid in time",
    }
    assert rules(paid_at=NOW) == {"An order is unpaid while its payment is waited for"}
    Order.objects.filter(pk=line.order_id).update(is_unpaid=False)
    assert rules() == {"An order is unpaid while its payment is waited for"}


def test_the_database_refuses_what_cannot_be():
    for wrong in ({"payment_minutes": 0}, {"payment_minutes": 1441, "cancel_after_days": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Channel.objects.create(name="bank", **wrong)
    Channel.objects.create(name="bank")
    with pytest.raises(IntegrityError), transaction.atomic():
        Channel.objects.create(name=" BANK")


def test_a_paid_order_is_placed_in_as_many_statements_as_before_there_were_channels(bank):
    lamp, lena, ber = one_lamp(), make.customer(), make.warehouse()
    make.order((lamp, 1), who=lena, place=ber)

    def statements(channel):
        with CaptureQueriesContext(connection) as made:
            make.order((lamp, 1), who=lena, place=ber, channel=channel, at=NOW + MINUTE)
        return len(made.captured_queries)

    paid_ones, unpaid = statements("shop"), statements("bank")
    assert unpaid - paid_ones == 3
    assert OrderPayment.objects.count() == 1


def test_the_clock_does_both(bank, monkeypatch):
    line = make.line(one_lamp(), 1, channel="bank")
    for at, done in ((NOW + HOUR, (1, 0)), (NOW + 7 * DAY, (0, 1))):
        monkeypatch.setattr("django.utils.timezone.now", lambda at=at: at)
        counts = tasks.settle_left()
        assert (counts["not_paid_in_time"], counts["never_paid"]) == done
    assert fresh(line).canceled == 1


@pytest.mark.parametrize("is_exchange", [False, True])
def test_what_left_before_an_unpaid_order_came_here_and_opens_again_is_not_in_the_queue_either(bank, is_exchange):
    lamp, mug = one_lamp(), make.product("MUG")
    make.on_hand(mug, 5)
    draft = fulfillment.OrderDraft("bank", "R-1", make.customer().pk, make.warehouse().pk, (), placed_at=NOW)
    moved = (moving_in.MovedLine(lamp.pk, 1), moving_in.MovedLine(mug.pk, 2, shipped=2))
    order = moving_in.move_in(moving_in.Moving(draft, moved, moving_in.Gone(shipped_at=NOW)), by=None, at=NOW)
    fulfillment.release_due(at=NOW + HOUR)
    row = ShipmentLine.objects.get()

    units, at = {row.pk: 2}, NOW + 2 * HOUR
    if is_exchange:
        returns.take_in(row.shipment_id, units, CameBack(wish=ReturnWish.EXCHANGE), by=None, at=at)
    else:
        parcels.lose(row.shipment_id, units, reason="UPS says so", by=None, at=at)

    assert stand(*order.lines.order_by("position")) == [(0, 0, True), (0, 0, True)]
    books.assert_balanced(at=at)
    assert paid(order, NOW + 3 * HOUR) == Paid.LATE
    assert stand(*order.lines.order_by("position")) == [(1, 0, False), (2, 0, False)]
    books.assert_balanced(at=NOW + 3 * HOUR)

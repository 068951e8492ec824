"""What a cancellation, fewer units, a cheaper product or a return owes to who paid, and what people did about it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders import books as audited
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.fulfillment.afterwards import parcels, returns
from orders.fulfillment.afterwards.returns import Becomes, CameBack
from orders.mail import letters, notices
from orders.models import Channel, Notice, Order, OrderLine, Refund, RefundLine, RefundReason, Repayment, ReturnWish
from orders.refunds import owing, recording
from orders.refunds.recording import NotToRefund

from . import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def euros(settings):
    settings.SHOP_CURRENCY = "EUR"
    Channel.objects.create(name="shop")


@pytest.fixture
def boss():
    return User.objects.create(username="boss", is_staff=True)


def lamp(sku="LAMP", price="12.00", on_hand=10):
    found = make.product(sku, price=Decimal(price))
    if on_hand:
        make.on_hand(found, on_hand)
    return found


def bought(thing, units, **fields):
    return make.line(thing, units, price=thing.price, **fields)


def cancel(line, units=None, *, at=NOW, **words):
    return fulfillment.cancel([LineUnits(line.pk, units)], reason="no need", by=None, at=at, **words)


def owed():
    rows = Refund.objects.order_by("pk")
    return list(rows.values_list("reason", "amount", "repaid", "waived", "outstanding"))


def amounts(reason, amount, repaid="0", waived="0"):
    numbers = [Decimal(each) for each in (amount, repaid, waived)]
    return (reason, *numbers, numbers[0] - numbers[1] - numbers[2])


def refund(price="12.00", units=2):
    cancel(bought(lamp(price=price), units))
    return Refund.objects.get()


def balanced():
    return [finding.rule for finding in audited.broken(at=NOW)] == []


def test_a_cancellation_owes_its_units_at_their_price_within_the_days_of_the_shop(settings):
    settings.REFUND_WITHIN_DAYS = 13
    line = bought(lamp(), 5)

    cancel(line, 2)

    found = Refund.objects.get()
    assert owed() == [amounts("canceled", "24.00")]
    assert (found.order, found.currency, found.is_known_paid) == (line.order, "EUR", True)
    assert found.due_date == make.TODAY + 13 * DAY
    assert list(found.lines.values_list("line", "units", "withdrawn", "unit_amount")) == [
        (line.pk, 2, 0, Decimal("12.00"))
    ]
    assert balanced()


def test_each_event_owes_once_and_each_order_its_own():
    thing = lamp()
    first, second = bought(thing, 3), bought(thing, 2)

    fulfillment.cancel([LineUnits(first.pk, 1), LineUnits(second.pk)], reason="x", is_ours=True, by=None, at=NOW)
    cancel(first, 1)
    event = Refund.objects.order_by("pk").first().event
    again = owing.owe([owing.Unserved(first.pk, 1)], event=event, reason=RefundReason.BY_US, at=NOW)

    assert again == 0
    assert owed() == [amounts("by_us", "12.00"), amounts("by_us", "24.00"), amounts("canceled", "12.00")]
    assert RefundLine.objects.count() == 3


def test_what_costs_nothing_owes_nothing():
    cancel(make.line(make.product("FREE"), 1))

    assert owed() == []


def test_an_order_that_was_never_paid_owes_nothing_and_one_that_was_paid_owes():
    unpaid, paid = (bought(lamp(sku), 1, is_unpaid=True) for sku in ("A", "B"))
    fulfillment.pay(paid.order_id, by=None, at=NOW)

    cancel(unpaid)
    cancel(paid)

    assert Refund.objects.get().order_id == paid.order_id
    assert Refund.objects.get().is_known_paid


def test_an_order_that_is_never_paid_is_canceled_and_owes_nothing():
    bought(lamp(), 1, is_unpaid=True)

    assert fulfillment.cancel_due(at=NOW + 8 * DAY) == 1
    assert owed() == []


def test_what_is_paid_after_it_was_canceled_is_owed():
    line = bought(lamp(), 3, is_unpaid=True)
    fulfillment.change_quantity([LineUnits(line.pk, 2)], reason="x", by=None, at=NOW)
    cancel(line)

    assert fulfillment.pay(line.order_id, by=None, at=NOW + DAY) == fulfillment.Paid.OVER

    assert owed() == [amounts("paid_late", "24.00")]
    assert Refund.objects.get().is_known_paid
    assert balanced()


@pytest.mark.parametrize(
    ("channel", "is_unpaid", "is_known"),
    [("shop", None, True), ("nobody", None, False), ("bank", False, True), ("SHOP", None, True)],
)
def test_whether_it_was_paid_is_known_of_channels_that_say_so(channel, is_unpaid, is_known):
    Channel.objects.create(name="bank", arrives_unpaid=True)

    cancel(bought(lamp(), 1, channel=channel, is_unpaid=is_unpaid))

    assert Refund.objects.get().is_known_paid is is_known


def test_what_was_added_later_may_not_be_paid():
    line = bought(lamp(), 1)
    fulfillment.change_quantity([LineUnits(line.pk, 3)], reason="x", by=None, at=NOW)
    more = OrderLine.objects.latest("pk")

    cancel(more)
    cancel(line)

    assert list(Refund.objects.order_by("pk").values_list("is_known_paid", flat=True)) == [False, True]


def test_fewer_units_owe_and_units_that_come_back_take_it_out_again():
    line = bought(lamp(), 5)

    fulfillment.change_quantity([LineUnits(line.pk, 2)], reason="x", by=None, at=NOW)
    assert owed() == [amounts("fewer", "36.00")]

    fulfillment.change_quantity([LineUnits(line.pk, 4)], reason="x", by=None, at=NOW)
    assert owed() == [amounts("fewer", "12.00")]
    assert RefundLine.objects.get().withdrawn == 2

    fulfillment.change_quantity([LineUnits(line.pk, 5)], reason="x", by=None, at=NOW)
    assert owed() == [amounts("fewer", "0.00")]
    assert balanced()


def test_a_product_that_is_added_again_takes_its_refund_out_if_it_costs_the_same():
    thing, other = lamp(), lamp("CHAIR")
    order = make.order((thing, 2), (other, 1), price=Decimal(12))
    cancel(order.lines.get(product=thing))

    fulfillment.add_product(order.pk, thing.pk, 1, unit_price=Decimal(11), reason="", by=None, at=NOW)
    assert owed() == [amounts("canceled", "24.00")]

    fulfillment.add_product(order.pk, thing.pk, 1, unit_price=Decimal(12), reason="", by=None, at=NOW)
    assert owed() == [amounts("canceled", "12.00")]


def test_what_was_paid_back_is_to_be_collected_when_its_units_come_back(boss):
    line = bought(lamp(), 5)
    fulfillment.change_quantity([LineUnits(line.pk, 2)], reason="x", by=None, at=NOW)
    recording.record(Refund.objects.get().pk, Decimal("20.00"), reference="B1", by=boss, at=NOW)

    fulfillment.change_quantity([LineUnits(line.pk, 5)], reason="x", by=None, at=NOW)

    assert owed() == [amounts("fewer", "0.00", "20.00")]
    assert balanced()


@pytest.mark.parametrize(("price", "found"), [("10.00", ["4.00"]), ("12.00", []), ("13.00", [])])
def test_something_cheaper_owes_the_difference(price, found):
    line, other = bought(lamp(), 2), lamp("CHAIR")

    fulfillment.substitute([LineUnits(line.pk)], other.pk, unit_price=Decimal(price), reason="x", by=None, at=NOW)

    assert owed() == [amounts("replaced", each) for each in found]
    assert balanced()


def test_the_first_product_taken_back_owes_no_difference_any_more():
    line, other = bought(lamp(), 2), lamp("CHAIR")
    fulfillment.substitute([LineUnits(line.pk)], other.pk, unit_price=Decimal(10), reason="x", by=None, at=NOW)
    second = OrderLine.objects.latest("pk")

    fulfillment.substitute(
        [LineUnits(second.pk, 1)], line.product_id, unit_price=Decimal(12), reason="x", by=None, at=NOW
    )

    assert owed() == [amounts("replaced", "2.00")]


def test_a_cheaper_substitute_that_is_canceled_owes_what_it_costs():
    line, other = bought(lamp(), 2), lamp("CHAIR")
    fulfillment.substitute([LineUnits(line.pk)], other.pk, unit_price=Decimal(10), reason="x", by=None, at=NOW)

    cancel(OrderLine.objects.latest("pk"))

    assert owed() == [amounts("replaced", "4.00"), amounts("canceled", "20.00")]
    assert Refund.objects.latest("pk").is_known_paid
    assert balanced()


@pytest.mark.parametrize(
    ("wish", "found"), [(ReturnWish.REFUND, ["12.00"]), (ReturnWish.NOTHING, []), (ReturnWish.EXCHANGE, [])]
)
def test_what_is_sent_back_for_money_is_owed(wish, found):
    line = bought(lamp(), 3)
    shipped = fulfillment.ship([LineUnits(line.pk)], at=NOW, by=None)
    shipment = shipped[0] if isinstance(shipped, list) else shipped

    returns.take_in(
        shipment.pk,
        {shipment.lines.get().pk: 1},
        CameBack(wish=wish, becomes=Becomes.DISCARD),
        by=None,
        at=NOW,
    )

    assert owed() == [amounts("returned", each) for each in found]
    assert balanced()


def test_a_lost_parcel_that_is_not_replaced_is_owed():
    line = bought(lamp(), 3)
    shipped = fulfillment.ship([LineUnits(line.pk)], at=NOW, by=None)
    shipment = shipped[0] if isinstance(shipped, list) else shipped
    parcels.lose(shipment.pk, {shipment.lines.get().pk: 2}, reason="x", by=None, at=NOW)
    assert owed() == []

    cancel(line, is_ours=True)

    assert owed() == [amounts("by_us", "24.00")]
    assert balanced()


def test_a_refund_is_paid_back_in_parts_and_never_more_than_is_owed_without_a_reason(boss):
    found = refund()

    recording.record(found.pk, Decimal("10.00"), reference="B1", by=boss, at=NOW)
    with pytest.raises(NotToRefund, match=r"14\.00 EUR is still owed: 14\.01 EUR is more"):
        recording.record(found.pk, Decimal("14.01"), reference="B2", by=boss, at=NOW)
    recording.record(found.pk, Decimal("14.00"), reference="B2", reason="unused", by=boss, at=NOW)
    with pytest.raises(NotToRefund, match=r"nothing is owed any more: 0\.01 EUR is more"):
        recording.record(found.pk, Decimal("0.01"), reference="B3", by=boss, at=NOW)
    recording.record(found.pk, Decimal("4.90"), reference="B3", reason="postage", by=boss, at=NOW)

    assert owed() == [amounts("canceled", "24.00", "28.90")]
    assert list(Repayment.objects.order_by("pk").values_list("amount", "reference", "reason", "by", "at")) == [
        (Decimal("10.00"), "B1", "", boss.pk, NOW),
        (Decimal("14.00"), "B2", "", boss.pk, NOW),
        (Decimal("4.90"), "B3", "postage", boss.pk, NOW),
    ]
    assert balanced()


@pytest.mark.parametrize(
    ("amount", "reference", "why"),
    [("0", "B1", "more than 0"), ("-1", "B1", "more than 0"), ("1", " ", "number"), ("1", "A1 ", "recorded already")],
)
def test_a_record_that_says_nothing_is_refused(amount, reference, why, boss):
    found = refund()
    recording.record(found.pk, Decimal("1.00"), reference="A1", by=boss, at=NOW)

    with pytest.raises(NotToRefund, match=why):
        recording.record(found.pk, Decimal(amount), reference=reference, by=boss, at=NOW)

    assert owed() == [amounts("canceled", "24.00", "1.00")]


def test_a_record_in_error_is_taken_back_and_may_be_written_anew(boss):
    found = refund()
    recording.record(found.pk, Decimal("24.00"), reference="B1", by=boss, at=NOW)

    taken = recording.take_back(found.pk, by=boss, at=NOW + DAY)

    assert (taken.taken_back_at, taken.taken_back_by) == (NOW + DAY, boss)
    assert owed() == [amounts("canceled", "24.00")]
    with pytest.raises(NotToRefund, match="No payment is recorded"):
        recording.take_back(found.pk, by=boss, at=NOW)
    recording.record(found.pk, Decimal("24.00"), reference="B1", by=boss, at=NOW)
    assert owed() == [amounts("canceled", "24.00", "24.00")]


def test_what_was_never_paid_is_not_owed_when_somebody_says_so(boss):
    found = refund()
    recording.record(found.pk, Decimal("4.00"), reference="B1", by=boss, at=NOW)

    with pytest.raises(NotToRefund, match="Say why"):
        recording.waive([found.pk], note=" ", by=boss, at=NOW)
    assert recording.waive([found.pk], note="never paid", by=boss, at=NOW) == Decimal("20.00")

    assert owed() == [amounts("canceled", "24.00", "4.00", "20.00")]
    assert Refund.objects.get().note == "never paid (boss, 2026-03-02)"
    with pytest.raises(NotToRefund, match="Nothing is owed any more"):
        recording.waive([found.pk], note="again", by=boss, at=NOW)
    assert balanced()


def test_cents_leave_nothing_over(boss):
    found = refund(price="0.10", units=3)

    for number in range(3):
        recording.record(found.pk, Decimal("0.10"), reference=f"B{number}", by=boss, at=NOW)

    assert owed() == [amounts("canceled", "0.30", "0.30")]
    assert not Refund.objects.filter(outstanding__gt=0).exists()


def test_the_database_refuses_what_cannot_be():
    found = refund()
    line = found.lines.get()

    for wrong in (
        lambda: RefundLine.objects.filter(pk=line.pk).update(withdrawn=3),
        lambda: RefundLine.objects.filter(pk=line.pk).update(units=0),
        lambda: Refund.objects.filter(pk=found.pk).update(repaid=-1),
        lambda: Refund.objects.create(
            order=found.order, event=found.event, reason="fewer", amount=1, due_date=date(2026, 3, 9),
            is_known_paid=True, at=NOW,
        ),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_many_lines_owe_by_as_many_statements_as_one():
    thing = lamp(on_hand=500)
    lines = [bought(thing, 1) for _ in range(60)]

    def statements(some):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            owing.owe([owing.Unserved(line.pk, 1) for line in some], event="x", reason=RefundReason.BY_US, at=NOW)
        return len(asked)

    assert statements(lines[:1]) == statements(lines[1:]) == 4
    assert Refund.objects.count() == Order.objects.count() == 60


def test_units_that_come_back_do_so_by_as_many_statements_however_many():
    thing = lamp(on_hand=500)
    lines = [bought(thing, 4) for _ in range(40)]
    cancelled = [LineUnits(line.pk, 2) for line in lines]
    fulfillment.cancel(cancelled, reason="x", by=None, at=NOW)

    def statements(some):
        with CaptureQueriesContext(connection) as asked:
            owing.withdraw([owing.CameOn(line.order_id, thing.pk, 1, Decimal(12)) for line in some])
        return len(asked)

    one, many = statements(lines[:1]), statements(lines[1:])
    assert one == many
    assert set(Refund.objects.values_list("amount", flat=True)) == {Decimal("12.00")}


# --- what the mail says of it -------------------------------------------------------------


def letter(at=NOW):
    return letters.preview(Notice.objects.filter(kind__in=("canceled", "substituted")).latest("pk"), at=at)


def test_the_mail_says_how_much_goes_back_and_by_when(boss):
    found = refund()

    assert "We will refund 24.00 EUR by March 9. If this is not what you wanted" in letter().text
    assert "We will refund 24.00 EUR by March 9." in letter().html
    assert "by March" not in letter(NOW + 8 * DAY).text

    recording.record(found.pk, Decimal("10.00"), reference="B1", by=boss, at=NOW)
    assert "We have refunded 10.00 EUR, and will refund 14.00 EUR by March 9." in letter().text

    recording.record(found.pk, Decimal("14.00"), reference="B2", by=boss, at=NOW)
    assert "We have refunded 24.00 EUR." in letter().text


def test_the_mail_does_not_claim_that_it_was_paid_where_nobody_said_so():
    cancel(bought(lamp(), 2, channel="nobody"))

    assert "If you have paid for it, we will refund 24.00 EUR by March 9." in letter().text


def test_the_mail_of_something_cheaper_says_the_difference():
    line, other = bought(lamp(), 2), lamp("CHAIR")
    fulfillment.substitute([LineUnits(line.pk)], other.pk, unit_price=Decimal(10), reason="x", by=None, at=NOW)

    assert "We will refund 4.00 EUR by March 9." in letter().text


def test_one_mail_of_two_cancellations_says_both():
    line = bought(lamp(), 5)
    cancel(line, 1)
    cancel(line, 2)

    assert "We will refund 36.00 EUR by March 9." in letter().text


def test_a_mail_says_nothing_of_what_an_earlier_one_said():
    line = bought(lamp(), 5)
    cancel(line, 1)
    notices.send_due(at=NOW + timedelta(minutes=1))

    cancel(line, 2, at=NOW + DAY)

    assert "We will refund 24.00 EUR by March 10." in letter().text

"""A tracking number is corrected: who was told the wrong one is told the right one, nobody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import fulfillment, shipping
from orders.fulfillment import Label, LineUnits
from orders.fulfillment.afterwards import parcels
from orders.mail import notices
from orders.models import Allocation, LineEvent, Notice, NoticeKind, NoticeLine, NoticeState, Shipment
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def by():
    return User.objects.create_user("robin")


def shipped(tracking="1Z1"):
    lamp = make.product()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 2)
    [shipment] = fulfillment.ship([LineUnits(line.pk)], carrier="UPS", tracking=tracking, by=None, at=MONDAY)
    return shipment


def corrected(shipment, tracking, by, carrier="UPS"):
    return shipping.correct(shipment.pk, Label(carrier, tracking), reason="typed wrong", by=by, at=MONDAY)


def test_what_was_told_wrong_is_told_right(by):
    shipment = shipped()
    notices.send_due(at=MONDAY)

    assert corrected(shipment, "1Z2", by)

    shipment.refresh_from_db()
    assert shipment.tracking == "1Z2"
    assert Shipment.found_by("1Z2")
    [told] = NoticeLine.objects.filter(kind=NoticeKind.CORRECTED)
    assert (told.units, told.detail) == (2, "UPS 1Z2")
    assert LineEvent.objects.get(kind="corrected").text == "UPS 1Z1 → UPS 1Z2: typed wrong"
    notices.send_due(at=MONDAY)
    assert mail.outbox[-1].subject.startswith("Another tracking number: 2 ×")
    assert "UPS 1Z2" in mail.outbox[-1].body
    assert "1Z1" not in mail.outbox[-1].body


@pytest.mark.parametrize(("gone", "told"), [(1, [1]), (2, [])])
@pytest.mark.parametrize("how", [parcels.reverse, parcels.lose])
def test_only_what_is_still_in_the_parcel_is_told_to_go_by_another_number(by, how, gone, told):
    shipment = shipped()
    notices.send_due(at=MONDAY)
    how(shipment.pk, {shipment.lines.get().pk: gone}, reason="found out", by=by, at=MONDAY + MINUTE)

    assert corrected(shipment, "1Z2", by) is bool(told)

    facts = NoticeLine.objects.filter(kind=NoticeKind.CORRECTED)
    assert list(facts.values_list("units", flat=True)) == told
    assert Shipment.objects.get().tracking == "1Z2"
    assert LineEvent.objects.get(kind="corrected").units == 2


def test_what_was_not_told_yet_is_told_right_at_once(by):
    shipment = shipped()

    assert not corrected(shipment, "1Z2", by)

    assert Notice.objects.count() == 1
    assert NoticeLine.objects.get().detail == "UPS 1Z2"
    notices.send_due(at=MONDAY)
    assert "UPS 1Z2" in mail.outbox[-1].body


def test_a_first_number_is_no_correction_of_one(by):
    shipment = shipped(tracking="")
    notices.send_due(at=MONDAY)

    assert not corrected(shipment, "1Z2", by)

    assert Notice.objects.count() == 1


def test_corrected_twice_before_its_mail_it_is_told_once(by):
    shipment = shipped()
    notices.send_due(at=MONDAY)

    assert corrected(shipment, "1Z2", by)
    assert not corrected(shipment, "1Z3", by)

    assert [fact.detail for fact in NoticeLine.objects.filter(kind=NoticeKind.CORRECTED)] == ["UPS 1Z3"]


def test_corrected_and_corrected_back_before_its_mail_nobody_hears_of_it(by):
    shipment = shipped()
    notices.send_due(at=MONDAY)
    corrected(shipment, "1Z2", by)
    mail.outbox.clear()

    assert not corrected(shipment, "1Z1", by)

    notices.send_due(at=MONDAY)
    assert mail.outbox == []
    assert Notice.objects.get(kind=NoticeKind.CORRECTED).state == NoticeState.SUPERSEDED


def test_corrected_back_to_what_the_last_mail_took_back_is_told(by):
    shipment = shipped()
    notices.send_due(at=MONDAY)
    corrected(shipment, "1Z2", by)
    notices.send_due(at=MONDAY)
    corrected(shipment, "1Z3", by)
    mail.outbox.clear()

    corrected(shipment, "1Z1", by)

    notices.send_due(at=MONDAY)
    assert ["UPS 1Z1" in each.body for each in mail.outbox] == [True]


def test_a_number_of_another_parcel_is_refused(by):
    one, other = shipped(), shipped("1Z9")

    with pytest.raises(fulfillment.NumberGivenTwice):
        corrected(one, "1z9", by)
    with pytest.raises(shipping.NotACorrection):
        corrected(other, "1Z9 ", by)

    assert sorted(Shipment.objects.values_list("tracking", flat=True)) == ["1Z1", "1Z9"]


def boxed(*numbers, count=1, carrier="UPS"):
    """Parcels of one order that left together, all of its lines in each."""
    lamps = [make.product() for _ in range(count)]
    for lamp in lamps:
        make.on_hand(lamp, len(numbers))
    order = make.order(*((lamp, len(numbers)) for lamp in lamps))
    lines = list(order.lines.order_by("pk"))
    shelves = {line.pk: Allocation.objects.get(line=line).stock_id for line in lines}
    boxes = [
        fulfillment.Box(
            (order.pk, make.warehouse().pk),
            Label(carrier, number),
            {(line.pk, shelves[line.pk]): 1 for line in lines},
        )
        for number in numbers
    ]
    return fulfillment.ship_boxes(boxes, by=None, at=MONDAY)


def test_the_number_12_is_not_told_by_a_mail_that_says_123(by):
    """A mail had no room for the second parcel, or its number came later: only 123 was told."""
    first, second = boxed("123", "")
    notices.send_due(at=MONDAY)
    assert not corrected(second, "12", by)

    assert not corrected(second, "4", by)

    assert Notice.objects.count() == 1
    assert corrected(first, "5", by)


def test_a_mail_that_says_123_is_not_reworded_for_12(by):
    lamp = make.product()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 2)
    [early] = fulfillment.ship([LineUnits(line.pk, 1)], carrier="UPS", tracking="12", by=None, at=MONDAY)
    fulfillment.ship([LineUnits(line.pk, 1)], carrier="UPS", tracking="123", by=None, at=MONDAY + MINUTE)

    corrected(early, "7", by)

    assert list(NoticeLine.objects.order_by("pk").values_list("detail", flat=True)) == ["UPS 7", "UPS 123"]


def test_one_of_two_parcels_in_a_mail_is_corrected_and_the_other_stays(by):
    first, _ = boxed("12", "123")

    corrected(first, "9", by)

    assert [fact.detail for fact in NoticeLine.objects.all()] == ["UPS 9, UPS 123"]


def test_forty_lines_take_no_more_statements_than_two(by):
    def statements(count):
        [shipment] = boxed(f"1Z{count}", count=count)
        with CaptureQueriesContext(connection) as queries:
            corrected(shipment, f"2Z{count}", by)
        assert NoticeLine.objects.filter(detail=f"UPS 2Z{count}").count() == count
        return len(queries)

    assert statements(40) == statements(2)


@pytest.mark.parametrize(
    ("carrier", "stands"), [("UPS Ground", ("UPS", "Ground")), ("DHL", ("DHL", "")), ("", ("", ""))]
)
def test_the_parcel_of_its_batch_says_how_it_went(by, carrier, stands):
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1))
    batch, _ = shipping.make(make.warehouse().pk, [order.pk], carrier="UPS", service="Ground", by=by, at=MONDAY)
    [shipment] = shipping.hand_over(batch.pk, by=by, at=MONDAY).shipments
    assert shipment.carrier == "UPS Ground"

    corrected(shipment, "1Z2", by, carrier=carrier)

    parcel = batch.parcels.get()
    assert ((parcel.carrier, parcel.service), parcel.tracking) == (stands, "1Z2")


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("how", [parcels.reverse, parcels.lose])
def test_a_mail_that_has_not_gone_names_no_parcel_that_is_not_under_way(by, how, which):
    both = boxed("1Z1", "1Z2", count=2)
    how(both[which].pk, {row.pk: 1 for row in both[which].lines.all()}, reason="found out", by=by, at=MONDAY + MINUTE)

    facts = NoticeLine.objects.filter(kind=NoticeKind.SHIPPED)
    assert list(facts.values_list("units", "detail")) == [(1, f"UPS 1Z{2 - which}")] * 2

    assert not corrected(both[1 - which], "1Z9", by)

    assert set(facts.values_list("detail", flat=True)) == {"UPS 1Z9"}


def test_a_parcel_of_which_some_is_under_way_is_named(by):
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)
    [shipment] = fulfillment.ship([LineUnits(line.pk)], carrier="UPS", tracking="1Z1", by=None, at=MONDAY)

    parcels.reverse(shipment.pk, {shipment.lines.get().pk: 2}, reason="two stayed", by=by, at=MONDAY + MINUTE)

    assert list(NoticeLine.objects.values_list("units", "detail")) == [(1, "UPS 1Z1")]


@pytest.mark.parametrize(("gone", "told"), [(1, [1]), (2, [])])
@pytest.mark.parametrize("how", [parcels.reverse, parcels.lose])
def test_another_number_that_was_not_told_yet_is_not_told_of_what_is_not_under_way(by, how, gone, told):
    shipment = shipped()
    notices.send_due(at=MONDAY)
    corrected(shipment, "1Z2", by)

    how(shipment.pk, {shipment.lines.get().pk: gone}, reason="found out", by=by, at=MONDAY + MINUTE)

    facts = NoticeLine.objects.filter(kind=NoticeKind.CORRECTED, is_superseded=False)
    assert list(facts.values_list("units", flat=True)) == told
    notices.send_due(at=MONDAY + MINUTE)
    said = [each.subject for each in mail.outbox if each.subject.startswith("Another tracking number")]
    assert [subject.split(" × ")[0] for subject in said] == [f"Another tracking number: {units}" for units in told]

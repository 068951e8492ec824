"""When a parcel should be there: by its carrier, and the holidays of where it goes; or nothing is said."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse

from orders import fulfillment, shipping
from orders.answering import briefs, spoken
from orders.fulfillment import Address, Box, Label, LineUnits, transit
from orders.mail import notices
from orders.models import Order, Shipment, TransitTime
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
FRIDAY = MONDAY + timedelta(days=4)
BERLIN = Address("Lena Ortiz", "Torstr. 1", "Berlin", postal_code="10119", country="DE")
PARIS = Address("Lena Ortiz", "2 rue Monge", "Paris", postal_code="75005", country="FR")
HERE = Address("Lena Ortiz", "Torstr. 1", "Berlin")


def takes(days, carrier="UPS", service="", country=""):
    return TransitTime.objects.create(carrier=carrier, service=service, country=country, days=days)


def order(units=1, *, to=BERLIN, at=MONDAY, **fields):
    lamp = make.product()
    make.on_hand(lamp, units, at=at)
    placed = make.order((lamp, units), at=at, **fields)
    if to:
        fulfillment.ship_to(placed.pk, to, reason="", keeps=False, by=None, at=at)
    return placed


def shipped(carrier="UPS", *, to=BERLIN, at=MONDAY):
    [shipment] = fulfillment.ship_order(order(to=to, at=at).pk, carrier=carrier, by=None, at=at)
    return shipment


@pytest.mark.parametrize(
    ("at", "days", "day"),
    [
        (MONDAY, 0, date(2026, 3, 2)),
        (MONDAY, 2, date(2026, 3, 4)),
        (FRIDAY, 1, date(2026, 3, 9)),  # over the weekend
        (FRIDAY + timedelta(days=1), 1, date(2026, 3, 10)),  # Saturday counts from Monday
        (MONDAY.replace(month=4, day=2), 1, date(2026, 4, 7)),  # Good Friday and Easter Monday
    ],
)
def test_it_arrives_after_working_days_of_where_it_goes(at, days, day):
    takes(days)

    assert shipped(at=at).arrives_by == day


def test_a_holiday_of_another_country_delays_nobody():
    takes(1)
    at = MONDAY.replace(month=7, day=13)

    assert shipped(to=PARIS, at=at).arrives_by == date(2026, 7, 15)
    assert shipped(to=BERLIN, at=at).arrives_by == date(2026, 7, 14)


@pytest.mark.parametrize(
    ("carrier", "to", "days"),
    [
        ("UPS", BERLIN, 5),
        ("UPS", PARIS, 8),
        ("ups  ground", BERLIN, 3),
        ("UPS Ground", PARIS, 4),
        ("UPS Freight", PARIS, 8),
        ("UPS Ground Saver", BERLIN, 5),
        ("Royal Mail Tracked", BERLIN, 6),
    ],
)
def test_the_most_specific_word_wins(carrier, to, days):
    takes(5)
    takes(8, country="FR")
    takes(3, service="Ground")
    takes(4, service="ground", country="FR")
    takes(6, "Royal Mail")

    assert shipped(carrier, to=to).arrives_by == MONDAY.date() + timedelta(days=days + 2 * (days > 4))


@pytest.mark.parametrize(
    ("carrier", "to"),
    [
        ("DHL", BERLIN),
        ("UPSY", BERLIN),
        ("", BERLIN),
        ("UPS", None),
        ("UPS", HERE),  # a warehouse that nobody placed in a country
        ("GLS", BERLIN),
    ],
)
def test_where_nothing_is_known_no_day_is_said(carrier, to):
    takes(2)
    takes(2, "GLS", country="FR")

    assert shipped(carrier, to=to).arrives_by is None
    notices.send_due(at=MONDAY)
    assert "should be with you" not in mail.outbox[-1].body


def test_an_address_without_a_country_is_where_its_warehouse_stands():
    takes(2)
    make.warehouse("BER", country="DE")

    assert shipped(to=HERE).arrives_by == date(2026, 3, 4)


def test_the_mail_says_the_day_and_what_was_said_stays_when_the_rule_changes():
    rule = takes(2)
    shipment = shipped()
    rule.days = 9
    rule.save()

    notices.send_due(at=MONDAY)

    assert "Sent with UPS\n\nIt should be with you by March 4.\n" in mail.outbox[-1].body
    html = mail.outbox[-1].alternatives[0][0]
    assert "It should be with you by <strong>March 4</strong>." in html
    shipment.refresh_from_db()
    assert shipment.arrives_by == date(2026, 3, 4)


@pytest.mark.parametrize(("late", "is_said"), [(2, True), (3, False)])
def test_a_mail_that_stood_still_says_no_day_that_has_passed(late, is_said):
    takes(2)
    shipped()

    notices.send_due(at=MONDAY + timedelta(days=late))

    assert ("should be with you by March 4" in mail.outbox[-1].body) is is_said


@pytest.mark.parametrize(("second", "said"), [("DHL", "It should be with you by March 9."), ("GLS", None)])
def test_two_parcels_are_there_with_the_later_one_or_no_day_is_said(second, said):
    takes(2)
    takes(5, "DHL")
    placed = order(3)
    line = placed.lines.get()
    [stock_id] = line.allocations.values_list("stock_id", flat=True)
    place = (placed.pk, make.warehouse().pk)
    parcels = ((Label("UPS", "1"), 2), (Label(second, "2"), 1))
    boxes = [Box(place, label, {(line.pk, stock_id): units}) for label, units in parcels]

    fulfillment.ship_boxes(boxes, by=None, at=MONDAY)

    notices.send_due(at=MONDAY)
    body = mail.outbox[-1].body
    assert (said in body) if said else ("should be with you" not in body)
    assert (spoken.arrival(briefs.of_order(placed.pk, at=MONDAY).lines) is None) is (said is None)


def test_another_carrier_is_another_day_also_in_the_mail_that_waits():
    takes(2)
    takes(4, "DHL")
    shipment = shipped()
    robin = User.objects.create_user("robin")

    shipping.correct(shipment.pk, Label("DHL", "7"), reason="typed wrong", by=robin, at=MONDAY + timedelta(days=1))

    shipment.refresh_from_db()
    assert shipment.arrives_by == date(2026, 3, 6)
    notices.send_due(at=MONDAY + timedelta(days=1))
    assert "Sent with DHL 7\n\nIt should be with you by March 6.\n" in mail.outbox[-1].body

    shipping.correct(shipment.pk, Label("GLS", "7"), reason="again", by=robin, at=MONDAY + timedelta(days=1))

    shipment.refresh_from_db()
    assert shipment.arrives_by is None
    notices.send_due(at=MONDAY + timedelta(days=1))
    assert mail.outbox[-1].subject.startswith("Another tracking number")
    assert "should be with you" not in mail.outbox[-1].body


def test_a_batch_leaves_by_its_carrier_and_service():
    takes(4)
    takes(1, service="Express")
    robin = User.objects.create_user("robin")
    fast, slow = order(), order(to=PARIS)
    batch, _ = shipping.make(
        make.warehouse().pk, [fast.pk, slow.pk], carrier="UPS", service="Express", by=robin, at=MONDAY
    )
    batch.parcels.filter(order=slow).update(service="Ground")

    shipping.hand_over(batch.pk, by=robin, at=MONDAY)

    assert dict(Shipment.objects.values_list("order", "arrives_by")) == {
        fast.pk: date(2026, 3, 3),
        slow.pk: date(2026, 3, 6),
    }


def said(placed: Order, day: int) -> str:
    return spoken.of_order(placed, briefs.of_order(placed.pk, at=MONDAY), today=MONDAY.date() + timedelta(days=day))


def test_a_caller_hears_the_day_and_after_it_that_it_should_have_come():
    takes(2)
    placed = order(reference="SO-1")
    fulfillment.ship_order(placed.pk, carrier="UPS", by=None, at=MONDAY)

    assert said(placed, 2) == "Nothing of your order SO-1 is open: all has shipped. It should be with you by March 4."
    assert said(placed, 3) == (
        "Nothing of your order SO-1 is open: all has shipped. It should have been with you by March 4."
    )
    customer = spoken.of_customer(briefs.of_customer(placed.customer_id, at=MONDAY), today=MONDAY.date())
    assert customer == (
        "Nothing of yours is open. Of your last order SO-1, all has shipped. It should be with you by March 4."
    )


@pytest.mark.parametrize(("day", "is_said"), [(2, True), (3, False)])
def test_of_an_order_that_is_still_open_only_a_day_to_come_is_said(day, is_said):
    takes(2)
    placed = order(3, reference="SO-1")
    fulfillment.ship([LineUnits(placed.lines.get().pk, 2)], carrier="UPS", by=None, at=MONDAY)

    assert (" What has shipped should be with you by March 4." in said(placed, day)) is is_said


def test_a_parcel_that_never_left_arrives_on_no_day():
    takes(2)
    placed = order(reference="SO-1")
    [shipment] = fulfillment.ship_order(placed.pk, carrier="UPS", by=None, at=MONDAY)
    shipment.lines.update(reversed=1)

    assert spoken.arrival(briefs.of_order(placed.pk, at=MONDAY).lines) is None


def test_the_page_of_the_order_tells_it_with_the_parcel(admin_client):
    takes(2)
    shipment = shipped()

    page = admin_client.get(reverse("admin:orders_order_change", args=[shipment.order_id])).content.decode()
    own = admin_client.get(reverse("admin:orders_shipment_change", args=[shipment.pk])).content.decode()

    assert "should be there by 4 Mar 2026" in page
    assert "4 Mar 2026" in own


@pytest.mark.parametrize(("rules", "statements"), [(0, 1), (2, 3)])
def test_it_costs_the_same_however_many_parcels_leave(django_assert_num_queries, rules, statements):
    for number in range(rules):
        takes(2, "UPS", f"S{number}")
    place = make.warehouse().pk
    parcels = [((order().pk, place), Label(f"UPS S{number}")) for number in range(5)]

    with django_assert_num_queries(statements):
        found = transit.arrivals(parcels, at=MONDAY)

    assert found == [date(2026, 3, 4)] * rules + [None] * (5 - rules)

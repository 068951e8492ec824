"""Where an order goes: as it was told, until a person or a newer file says otherwise; kept for its customer."""

from datetime import timedelta

import pytest

from orders import fulfillment
from orders.fulfillment import Address
from orders.fulfillment.changes import addressing
from orders.mail import notices
from orders.models import CustomerAddress, Notice, NoticeKind, NoticeState, OrderEvent, ShipTo, StopReason
from orders.resources.addresses import country

from . import make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)
BERLIN = Address("Lena Ortiz", "Hauptstr. 5", "Berlin", street_more="Hinterhaus", postal_code="10115", country="DE")
RENO = Address("Lena Ortiz", "1 Main St", "Reno", region="NV", postal_code="89501", country="US")


def sent(order, address, *, keeps=True, at=LATER):
    return fulfillment.ship_to(order.pk, address, reason="she moved", keeps=keeps, by=None, at=at)


def test_it_is_written_as_the_post_of_its_country_wants_it():
    assert ShipTo(**as_fields(BERLIN)).lines() == ["Lena Ortiz", "Hauptstr. 5", "Hinterhaus", "10115 BERLIN", "GERMANY"]
    assert ShipTo(**as_fields(RENO)).lines() == ["Lena Ortiz", "1 Main St", "RENO, NV 89501", "UNITED STATES"]
    nowhere = Address("Lena Ortiz", "Hauptstr. 5", "Berlin", company="Ortiz GmbH", postal_code="10115")
    assert ShipTo(**as_fields(nowhere)).lines() == ["Lena Ortiz", "Ortiz GmbH", "Hauptstr. 5", "10115 Berlin"]


def as_fields(address):
    return {name: getattr(address, name) for name in address.__slots__}


def test_an_order_goes_where_it_was_told_whatever_its_customer_keeps_later():
    order = make.order((make.product(), 1), reference="SO-T")

    sent(order, BERLIN)
    CustomerAddress.objects.update(street="Somewhere else")

    assert ShipTo.objects.get().street == "Hauptstr. 5"
    assert OrderEvent.objects.get().text == (
        "none → Lena Ortiz, Hauptstr. 5, Hinterhaus, 10115 BERLIN, GERMANY: she moved"
    )


def test_an_address_is_kept_once_and_the_one_used_last_comes_first():
    who = make.customer()
    first, second = (make.order((make.product(), 1), who=who) for _ in range(2))

    sent(first, BERLIN)
    sent(second, RENO, at=LATER + timedelta(hours=1))
    sent(second, BERLIN, at=LATER + timedelta(hours=2))

    assert [(each.city, each.used_at) for each in who.addresses.all()] == [
        ("Berlin", LATER + timedelta(hours=2)),
        ("Reno", LATER + timedelta(hours=1)),
    ]


def test_one_that_is_for_this_order_alone_is_not_kept():
    sent(make.order((make.product(), 1)), BERLIN, keeps=False)

    assert (ShipTo.objects.count(), CustomerAddress.objects.count()) == (1, 0)


def test_who_has_given_another_address_meanwhile_is_not_asked_for_it(admin_user):
    order, other = (make.order((make.product(), 1)) for _ in range(2))
    for each in (order, other):
        doubt = fulfillment.Stop(StopReason.ADDRESS, admin_user.pk)
        fulfillment.stop(each.pk, doubt, by=admin_user, at=make.MONDAY)

    sent(order, BERLIN)

    notices.send_due(at=LATER)
    asked = Notice.objects.filter(kind=NoticeKind.ADDRESS)
    assert {each.lines.get().order: each.state for each in asked} == {
        order: NoticeState.SUPERSEDED,
        other: NoticeState.SENT,
    }


def test_where_it_goes_already_and_what_has_shipped_is_refused_in_words():
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1), reference="SO-T")
    sent(order, BERLIN)

    with pytest.raises(fulfillment.NotAnAddress, match="SO-T goes there already"):
        sent(order, BERLIN)
    fulfillment.ship_order(order.pk, by=None, at=LATER)
    with pytest.raises(fulfillment.NotAnAddress, match="Nothing of SO-T is open: it is shipped or canceled already"):
        sent(order, RENO)

    assert ShipTo.objects.get().city == "Berlin"


@pytest.mark.parametrize("count", [1, 40])
def test_many_orders_of_a_file_are_told_in_as_many_statements_as_one(count, django_assert_num_queries):
    who = make.customer()
    thing = make.product()
    orders = [make.order((thing, 1), who=who) for _ in range(count)]
    told = {order.pk: BERLIN if number % 2 else RENO for number, order in enumerate(orders)}
    addressing.keep({who.pk: [RENO]}, at=make.MONDAY)

    with django_assert_num_queries(4 if count > 1 else 3):
        addressing.tell(told, {order.pk: who.pk for order in orders}, at=LATER)

    assert ShipTo.objects.count() == count
    assert who.addresses.count() == min(2, count)


@pytest.mark.parametrize("cell", ["Atlantis", "XX", "D", "1", "Germany?"])
def test_a_country_that_does_not_exist_is_refused_in_words(cell):
    with pytest.raises(ValueError, match="a country, such as DE or Germany"):
        country(cell)


def test_of_two_long_addresses_the_history_tells_both():
    order = make.order((make.product("MUG"), 1))
    long = fulfillment.Address("N" * 200, "S" * 200, "C" * 120, company="F" * 200)
    fulfillment.ship_to(order.pk, long, reason="", keeps=False, by=None, at=LATER)

    fulfillment.ship_to(order.pk, BERLIN, reason="moved", keeps=False, by=None, at=LATER)

    text = order.events.latest("pk").text
    assert len(text) <= 300
    assert text.startswith("N" * 100)
    assert text.endswith(f" → {BERLIN.told}: moved")
